/* SPDX-License-Identifier: Apache-2.0 */
/* base/str: numbers, hints, escapes and times as text. */
#include "base/str.h"

#include <errno.h>
#include <time.h>

#include "test.h"

static const struct {
	const char *name, *text;
	uint64_t max;
	int want;
	uint64_t value;
} unsigned_cases[] = {
	{ "zero is a number", "0", UINT64_MAX, 0, 0 },
	{ "leading zeros are decimal", "007", UINT64_MAX, 0, 7 },
	{ "RLIM_INFINITY fits", "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
	{ "2^64 is out of range", "18446744073709551616", UINT64_MAX, -ERANGE, 0 },
	{ "ten times 2^64 is out of range", "184467440737095516150", UINT64_MAX, -ERANGE, 0 },
	{ "the maximum itself is taken", "64", 64, 0, 64 },
	{ "more than the maximum is out of range", "65", 64, -ERANGE, 0 },
	{ "nothing is no number", "", UINT64_MAX, -EINVAL, 0 },
	{ "a plus is refused", "+1", UINT64_MAX, -EINVAL, 0 },
	{ "a minus is refused", "-1", UINT64_MAX, -EINVAL, 0 },
	{ "a blank before is refused", " 1", UINT64_MAX, -EINVAL, 0 },
	{ "a blank behind is refused", "1 ", UINT64_MAX, -EINVAL, 0 },
	{ "hexadecimal is refused", "0x10", UINT64_MAX, -EINVAL, 0 },
	{ "a wrong form beats a wrong size", "99999999999999999999999x", 1, -EINVAL, 0 },
};

static const struct {
	const char *name, *text;
	int want;
	int64_t value;
} signed_cases[] = {
	{ "the smallest signed number", "-9223372036854775808", 0, INT64_MIN },
	{ "one less is out of range", "-9223372036854775809", -ERANGE, 0 },
	{ "the largest signed number", "9223372036854775807", 0, INT64_MAX },
	{ "one more is out of range", "9223372036854775808", -ERANGE, 0 },
	{ "minus zero is zero", "-0", 0, 0 },
	{ "two minus signs are refused", "--1", -EINVAL, 0 },
	{ "a lone minus is refused", "-", -EINVAL, 0 },
};

static const struct {
	const char *name, *text;
	int want;
	uint64_t value;
} bytes_cases[] = {
	{ "bytes without a unit", "4096", 0, 4096 },
	{ "bytes with their unit", "4096b", 0, 4096 },
	{ "k is 1024", "64k", 0, 65536 },
	{ "M in upper case", "512M", 0, 512u << 20 },
	{ "GB is a power of 1024 too", "1GB", 0, 1u << 30 },
	{ "MiB", "3MiB", 0, 3u << 20 },
	{ "the case of a unit is free", "3mIb", 0, 3u << 20 },
	{ "E is the last that fits", "15E", 0, 15ull << 60 },
	{ "16E is 2^64", "16E", -ERANGE, 0 },
	{ "i alone is no unit", "1i", -EINVAL, 0 },
	{ "iB needs a letter before it", "1iB", -EINVAL, 0 },
	{ "Ki without B is refused", "1Ki", -EINVAL, 0 },
	{ "an unknown unit is refused", "1x", -EINVAL, 0 },
	{ "text behind the unit is refused", "1Mb ", -EINVAL, 0 },
	{ "fractions are refused", "1.5G", -EINVAL, 0 },
	{ "a unit without a number is refused", "M", -EINVAL, 0 },
	{ "a minus is refused for bytes", "-1", -EINVAL, 0 },
};

static const struct {
	const char *name, *text;
	int want;
	uint64_t ns;
} duration_cases[] = {
	{ "a number alone is seconds", "5", 0, 5000000000 },
	{ "seconds", "5s", 0, 5000000000 },
	{ "milliseconds are not minutes and seconds", "500ms", 0, 500000000 },
	{ "minutes and seconds", "1m30s", 0, 90000000000 },
	{ "all units", "1h1m1s1ms1us1ns", 0, 3661001001001 },
	{ "a fraction", "1.5h", 0, 5400000000000 },
	{ "a fraction behind another part", "1m0.25s", 0, 60250000000 },
	{ "digits below a nanosecond are dropped", "0.0000000019s", 0, 1 },
	{ "zero", "0s", 0, 0 },
	{ "a unit that is none", "5x", -EINVAL, 0 },
	{ "a part without a unit", "1m30", -EINVAL, 0 },
	{ "a unit without a number, for times", "s", -EINVAL, 0 },
	{ "a point without digits", "1.s", -EINVAL, 0 },
	{ "nothing", "", -EINVAL, 0 },
	{ "a minus is refused for times", "-5s", -EINVAL, 0 },
	{ "blanks are refused for times", "5 s", -EINVAL, 0 },
	{ "a time that does not fit", "9999999h", -ERANGE, 0 },
	{ "seconds that do not fit", "99999999999", -ERANGE, 0 },
	{ "a sum that does not fit", "5124095h5124095h", -ERANGE, 0 },
	{ "more digits than fit", "0.999999999999999999999s", -ERANGE, 0 },
};

static void test_durations(void)
{
	for (size_t i = 0; i < COUNT(duration_cases); i++)
		TEST(duration_cases[i].name)
		{
			uint64_t ns = 4711;
			int r = str_to_duration(duration_cases[i].text, &ns);

			CHECK(r == duration_cases[i].want);
			CHECK(ns == (r < 0 ? 4711 : duration_cases[i].ns));
		}
}

static void test_numbers(void)
{
	for (size_t i = 0; i < COUNT(unsigned_cases); i++)
		TEST(unsigned_cases[i].name)
		{
			uint64_t value = 4711;
			int r = str_to_u64(unsigned_cases[i].text, unsigned_cases[i].max, &value);

			CHECK(r == unsigned_cases[i].want);
			CHECK(value == (r < 0 ? 4711 : unsigned_cases[i].value));
		}
	for (size_t i = 0; i < COUNT(signed_cases); i++)
		TEST(signed_cases[i].name)
		{
			int64_t value = 4711;
			int r = str_to_i64(signed_cases[i].text, &value);

			CHECK(r == signed_cases[i].want);
			CHECK(value == (r < 0 ? 4711 : signed_cases[i].value));
		}
	for (size_t i = 0; i < COUNT(bytes_cases); i++)
		TEST(bytes_cases[i].name)
		{
			uint64_t value = 4711;
			int r = str_to_bytes(bytes_cases[i].text, &value);

			CHECK(r == bytes_cases[i].want);
			CHECK(value == (r < 0 ? 4711 : bytes_cases[i].value));
		}
}

static const struct {
	const char *name, *word, *want;
} near_cases[] = {
	{ "one letter is missing", "creat", "create" },
	{ "two letters are swapped", "satrt", "start" },
	{ "two letters are wrong", "dexete", "delete" },
	{ "three are too many", "dxxxte", NULL },
	{ "case is free", "CREATE", "create" },
	{ "of a short word one edit is enough", "rm", "ro" },
	{ "two edits make another short word", "xy", NULL },
	{ "the nearest wins, not the first", "starts", "start" },
	{ "nothing is near nothing", "", NULL },
	{ "a very long word is near nothing",
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
};

static void test_nearest(void)
{
	static const char *const words[] = { "state", "create", "start", "delete", "ro" };

	for (size_t i = 0; i < COUNT(near_cases); i++)
		TEST(near_cases[i].name)
	CHECK_STR(str_nearest(near_cases[i].word, words, COUNT(words)), near_cases[i].want);
	TEST("without candidates there is none")
	CHECK(str_nearest("x", NULL, 0) == NULL);
}

static const struct {
	const char *name, *text, *want;
	size_t size;
} json_cases[] = {
	{ "plain text stays", "a/b c", "a/b c", 100 },
	{ "quotes and backslashes are escaped", "\"\\", "\\\"\\\\", 100 },
	{ "control characters are escaped", "\n\t\r\b\f\x01\x1f", "\\n\\t\\r\\b\\f\\u0001\\u001f",
	  100 },
	{ "UTF-8 stays", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3",
	  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3", 100 },
	{ "a lone byte is replaced",
	  "a\xff"
	  "b",
	  "a\\ufffdb", 100 },
	{ "a cut sequence is replaced byte by byte", "\xe2\x82", "\\ufffd\\ufffd", 100 },
	{ "an overlong slash is replaced", "\xc0\xaf", "\\ufffd\\ufffd", 100 },
	{ "an overlong of three bytes is replaced", "\xe0\x80\xaf", "\\ufffd\\ufffd\\ufffd", 100 },
	{ "a surrogate is replaced", "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd", 100 },
	{ "past the last code point is replaced", "\xf4\x90\x80\x80",
	  "\\ufffd\\ufffd\\ufffd\\ufffd", 100 },
	{ "the last code point stays", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", 100 },
	{ "a sequence broken in its third byte",
	  "\xe2\x82"
	  "a",
	  "\\ufffd\\ufffda", 100 },
	{ "too long is cut", "abcdef", "abc", 4 },
	{ "no escape is cut in half", "ab\n", "ab", 4 },
	{ "no character is cut in half", "ab\xc3\xa4", "ab", 4 },
	{ "room for nothing", "a", "", 1 },
};

static void test_json(void)
{
	for (size_t i = 0; i < COUNT(json_cases); i++)
		TEST(json_cases[i].name)
		{
			char out[100] = "?";
			size_t n = str_to_json(json_cases[i].text, out, json_cases[i].size);

			CHECK_STR(out, json_cases[i].want);
			CHECK(n == strlen(json_cases[i].want));
		}
}

static bool same_as_libc(int64_t seconds)
{
	char got[STR_TIME_SIZE], want[STR_TIME_SIZE + 8];
	time_t t = seconds;
	struct tm tm;

	str_time(seconds, got);
	if (!gmtime_r(&t, &tm) || !strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return false;
	return streq(got, want);
}

static void test_time(void)
{
	char out[STR_TIME_SIZE];

	TEST("time begins in 1970")
	{
		str_time(0, out);
		CHECK_STR(out, "1970-01-01T00:00:00Z");
		str_time(-1, out);
		CHECK_STR(out, "1969-12-31T23:59:59Z");
	}
	TEST("a leap day")
	{
		str_time(1709164800 + 86399, out);
		CHECK_STR(out, "2024-02-29T23:59:59Z");
	}
	TEST("each day from 1600 to 2500 is what libc says")
	{
		const int64_t day = 86400;
		bool same = true;

		for (int64_t d = -135140; d < 193700; d++)
			same = same && same_as_libc(d * day) && same_as_libc(d * day + day - 1);
		CHECK(same);
	}
	TEST("a year of five digits is no RFC 3339")
	{
		str_time(253402300800, out);
		CHECK_STR(out, "");
		str_time(INT64_MAX, out);
		CHECK_STR(out, "");
		str_time(INT64_MIN, out);
		CHECK_STR(out, "");
	}
}

int main(void)
{
	TEST("what follows a prefix")
	{
		CHECK_STR(str_after("name=x", "name="), "x");
		CHECK_STR(str_after("name", "name"), "");
		CHECK(str_after("nam", "name") == NULL);
	}
	TEST("how long a character is")
	{
		CHECK(str_char("a\u00e4") == 1);
		CHECK(str_char("\u00e4a") == 2);
		CHECK(str_char("\u20ac") == 3);
		CHECK(str_char("\xc3") == 1);
	}
	test_numbers();
	test_durations();
	test_nearest();
	test_json();
	test_time();
	return test_done();
}
