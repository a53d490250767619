/* SPDX-License-Identifier: Apache-2.0 */
/* Messages in the wire format of Protocol Buffers: its documentation's examples, and damage. */
#include <errno.h>

#include "base/pb.h"
#include "base/str.h"
#include "tests/unit/test.h"

static const struct {
	const char *name;
	uint64_t value;
	const char *bytes;
	size_t len;
} numbers[] = {
	{ "nothing is one byte", 0, "\x08\x00", 2 },
	{ "seven bits are one byte", 127, "\x08\x7f", 2 },
	{ "the documentation's 150", 150, "\x08\x96\x01", 3 },
	{ "all 64 bits are ten bytes", UINT64_MAX,
	  "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
};

static const struct {
	const char *name, *bytes;
	size_t len;
} damaged[] = {
	{ "a number that does not end", "\x08\x96", 2 },
	{ "a number of more than ten bytes",
	  "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12 },
	{ "a key without a value", "\x08", 1 },
	{ "text that is longer than the message", "\x12\x05" "abcd", 6 },
	{ "text with a length that would wrap around",
	  "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
	{ "a fixed-width number that is cut", "\x0d\x01\x02\x03", 4 },
	{ "a kind of field that there is not", "\x0b", 1 },
	{ "a field of number 0", "\x00\x01", 2 },
};

static struct pb_reader reader(const void *data, size_t len)
{
	return (struct pb_reader){ data, (const unsigned char *)data + len };
}

int main(void)
{
	struct arena a = { 0 };
	struct pb_field f;

	for (size_t i = 0; i < COUNT(numbers); i++) {
		TEST(numbers[i].name) {
			struct pb m = { .a = &a };

			pb_uint(&m, 1, numbers[i].value);
			CHECK(m.len == numbers[i].len);
			CHECK(memcmp(m.data, numbers[i].bytes, m.len) == 0);

			struct pb_reader r = reader(m.data, m.len);

			CHECK(pb_next(&r, &f) == 1);
			CHECK(f.number == 1 && f.value == numbers[i].value && !f.data);
			CHECK(pb_next(&r, &f) == 0);
		}
	}
	TEST("the documentation's text, and a message in a message") {
		struct pb inner = { .a = &a }, m = { .a = &a };

		pb_uint(&inner, 1, 150);
		pb_text(&m, 2, "testing");
		pb_message(&m, 3, &inner);
		CHECK(m.len == 14);
		CHECK(memcmp(m.data, "\x12\x07testing\x1a\x03\x08\x96\x01", m.len) == 0);

		struct pb_reader r = reader(m.data, m.len);

		CHECK(pb_next(&r, &f) == 1);
		CHECK(f.number == 2 && f.len == 7 && memcmp(f.data, "testing", 7) == 0);
		CHECK(pb_next(&r, &f) == 1);
		r = reader(f.data, f.len);
		CHECK(pb_next(&r, &f) == 1);
		CHECK(f.number == 1 && f.value == 150);
	}
	TEST("fixed-width numbers are stepped over") {
		static const char bytes[] = "\x0d\x01\x02\x03\x04\x11\x01\x02\x03\x04\x05\x06\x07\x08\x18\x05";
		struct pb_reader r = reader(bytes, sizeof(bytes) - 1);

		CHECK(pb_next(&r, &f) == 1 && f.number == 1);
		CHECK(pb_next(&r, &f) == 1 && f.number == 2);
		CHECK(pb_next(&r, &f) == 1 && f.number == 3 && f.value == 5);
		CHECK(pb_next(&r, &f) == 0);
	}
	TEST("a message that outgrows its first room keeps what is in it") {
		struct pb m = { .a = &a };
		unsigned n = 0;

		for (unsigned i = 1; i <= 300; i++)
			pb_uint(&m, i, i);

		struct pb_reader r = reader(m.data, m.len);

		while (pb_next(&r, &f) == 1) {
			n++;
			CHECK(f.number == n && f.value == n);
		}
		CHECK(n == 300);
	}
	for (size_t i = 0; i < COUNT(damaged); i++) {
		TEST(damaged[i].name) {
			struct pb_reader r = reader(damaged[i].bytes, damaged[i].len);

			CHECK(pb_next(&r, &f) == -EBADMSG);
		}
	}
	arena_done(&a);
	return test_done();
}
