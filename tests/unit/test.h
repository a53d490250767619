/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole test framework: sentences, checks, TAP on stdout.
 *
 *	int main(void)
 *	{
 *		TEST("an empty list has no first element") {
 *			CHECK(list_first(&l) == NULL);
 *			CHECK_STR(l.name, "empty");
 *		}
 *		return test_done();
 *	}
 *
 * TEST takes the sentence of a table row as well: TEST(cases[i].name) { ... }. A failed check
 * prints its place and both values and the test goes on. The exit status is 1 if any test failed.
 */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct {
	const char *name; /* the test that runs now; NULL between two */
	int number, failed;
	bool bad; /* a check of the running test failed */
} test;

static inline bool test_begin(const char *name)
{
	test.name = name;
	test.bad = false;
	return true;
}

static inline bool test_end(void)
{
	printf("%sok %d - %s\n", test.bad ? "not " : "", ++test.number, test.name);
	test.failed += test.bad;
	test.name = NULL;
	return false;
}

static inline void test_check(bool good, const char *file, int line, const char *what)
{
	if (good)
		return;
	test.bad = true;
	printf("# %s:%d: in '%s': %s\n", file, line, test.name ? test.name : "?", what);
}

static inline void test_check_str(const char *got, const char *want, const char *file, int line)
{
	if (got == want || (got && want && strcmp(got, want) == 0))
		return;
	test_check(false, file, line, "strings differ");
	printf("#   got:  %s\n#   want: %s\n", got ? got : "(null)", want ? want : "(null)");
}

/* The last line of main: prints the plan and says how it went. */
static inline int test_done(void)
{
	printf("1..%d\n", test.number);
	return test.failed ? 1 : 0;
}

#define TEST(sentence) for (bool test_on = test_begin(sentence); test_on; test_on = test_end())
#define CHECK(expr) test_check((expr), __FILE__, __LINE__, #expr)
#define CHECK_STR(got, want) test_check_str((got), (want), __FILE__, __LINE__)

#endif
