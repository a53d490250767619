/* SPDX-License-Identifier: Apache-2.0 */
/* From a JSON pointer to line and column. */
#include <string.h>

#include "libocispec/oci.h"
#include "tests/unit/test.h"

static const struct {
	const char *pointer;
	unsigned line, column;
} places[] = {
	{ "", 2, 1 },
	{ "/a", 2, 6 },
	{ "/a/0", 2, 7 },
	{ "/a/2", 3, 2 },
	{ "/a/2/x~1y~0z", 3, 14 },
	{ "/a/3", 4, 1 },
	{ "/a/4", 2, 6 },
	{ "/a/2/no", 3, 2 },
	{ "/no/thing", 2, 1 },
	{ "/a/x", 2, 6 },
	{ "/e\"\xc3\xa4", 6, 2 },
	{ "/", 6, 10 },
	{ "/a/0/deeper", 2, 7 },
	{ "/a/99999999999999999999", 2, 6 },
	{ "/a/", 2, 6 },
	{ "nonsense", 2, 1 },
};

static void test_where(struct arena *a)
{
	const char *text = "\n{\"a\":[1,\"]\\\"\",\n {\"x\\/y~z\":  [] , \"b\":{}},\nnull]\n,"
			   "\"e\\\"\\u00e4\":\n 2,  \"\": {}}";
	char name[100];
	unsigned line, column;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(name, sizeof(name), "the place of '%s'", places[i].pointer);
		TEST(name) {
			oci_where(text, strlen(text), places[i].pointer, &line, &column);
			CHECK(line == places[i].line);
			CHECK(column == places[i].column);
			if (test.bad)
				printf("# place %u:%u\n", line, column);
		}
	}
	TEST("a place in text that is no JSON is some place in it") {
		for (size_t i = 0; i < strlen(text); i++)
			oci_where(arena_strndup(a, text, i), i, "/a/2/b/c", &line, &column);
		oci_where("[]]]{{", 6, "/0/0", &line, &column);
		CHECK(line == 1);
	}
}

int main(void)
{
	struct arena a = { 0 };

	test_where(&a);
	arena_done(&a);
	return test_done();
}
