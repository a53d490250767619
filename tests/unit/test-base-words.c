/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of words: what goes into a line comes out of it. */
#include "base/words.h"
#include "base/str.h"
#include "tests/unit/test.h"

static const struct {
	const char *word, *quoted;
} cases[] = {
	{ "plain", "plain" },
	{ "", "%" },
	{ "two words", "two%20words" },
	{ "100%", "100%25" },
	{ "%41", "%2541" },
	{ "a\nb\tc\x7f", "a%0ab%09c%7f" },
	{ "\xc3\xa9", "\xc3\xa9" },
};

int main(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		TEST(cases[i].quoted) {
			const char *quoted = word_quote(&a, cases[i].word);
			char *line = arena_printf(&a, "first %s last\n", quoted);

			CHECK_STR(quoted, cases[i].quoted);
			CHECK_STR(word_take(&line), "first");
			CHECK_STR(word_take(&line), cases[i].word);
			CHECK_STR(word_take(&line), "last");
			CHECK(word_take(&line) == NULL);
		}
	}
	TEST("what is no quoting at all does no harm") {
		char text[] = "%4 %zz %", *line = text;

		CHECK_STR(word_take(&line), "4");
		CHECK_STR(word_take(&line), "zz");
		CHECK_STR(word_take(&line), "");
		CHECK(word_take(&line) == NULL);
	}
	arena_done(&a);
	return test_done();
}
