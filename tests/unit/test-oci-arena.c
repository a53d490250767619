/* SPDX-License-Identifier: Apache-2.0 */
/* What comes out of an arena is zeroed and stays where it is, also when another one takes it. */
#include "libocispec/arena.h"

#include <stdint.h>
#include <string.h>

#include "tests/unit/test.h"

enum { MANY = 3000, LARGE = 100000 };

static bool is_zero(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

/* Fills it beyond its first chunk; the strings are "0" to "2999". */
static bool fill(struct arena *a, char **text)
{
	bool zeroed = true;

	for (int i = 0; i < MANY; i++) {
		char *p = arena_alloc(a, 1, 40);

		zeroed = zeroed && is_zero(p, 40);
		memset(p, 0xff, 40);
		text[i] = arena_printf(a, "%d", i);
	}
	return zeroed;
}

static bool is_filled(char *const *text)
{
	char want[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(want, sizeof(want), "%d", i);
		if (strcmp(text[i], want) != 0)
			return false;
	}
	return true;
}

/* Texts of so many bytes, each with an object behind it. */
static bool are_copied(struct arena *a, size_t len)
{
	static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char *copy = arena_strndup(a, text, len);
	max_align_t *object = arena_new(a, max_align_t);

	return memcmp(copy, text, len) == 0 && copy[len] == '\0' &&
	       (uintptr_t)object % _Alignof(max_align_t) == 0;
}

int main(void)
{
	static char *one[MANY], *two[MANY];

	TEST("all that comes is zeroed, large or small") {
		struct arena a = { 0 };

		CHECK(fill(&a, one));
		CHECK(is_zero(arena_alloc(&a, 1, LARGE), LARGE));
		CHECK(is_filled(one));
		arena_done(&a);
	}
	TEST("an arena that takes another has both, and goes on where it was") {
		struct arena a = { 0 }, b = { 0 };

		CHECK(fill(&a, one) && fill(&b, two));
		arena_take(&a, &b);
		CHECK(b.head == NULL);
		CHECK_STR(arena_strdup(&b, "empty again"), "empty again");
		CHECK(is_zero(arena_alloc(&a, 1, 40), 40));
		CHECK(is_filled(one) && is_filled(two));
		arena_done(&a);
		arena_done(&b);
	}
	TEST("an empty arena takes one, and an empty one is taken") {
		struct arena a = { 0 }, b = { 0 }, none = { 0 };

		CHECK(fill(&b, two));
		arena_take(&a, &b);
		arena_take(&a, &none);
		CHECK(is_filled(two));
		CHECK_STR(arena_strdup(&a, "more"), "more");
		arena_done(&a);
	}
	TEST("a text of any length is copied whole, and what comes behind it is aligned") {
		struct arena a = { 0 };

		for (size_t len = 0; len <= 62; len++)
			CHECK(are_copied(&a, len));
		arena_done(&a);
	}
	TEST("what is trimmed off comes again, zeroed; what is wanted of it stays") {
		struct arena a = { 0 };
		char *p = arena_room(&a, 1000);

		memset(p, 'x', 1000);
		arena_trim(&a, p, 3);
		CHECK(is_zero(arena_alloc(&a, 1, 1000), 1000));
		CHECK(memcmp(p, "xxx", 3) == 0);
		arena_done(&a);
	}
	TEST("what is not of the newest chunk is not trimmed") {
		struct arena a = { 0 };
		char *p = arena_room(&a, 1000), *q = arena_strdup(&a, "kept");

		(void)arena_alloc(&a, 1, LARGE);
		arena_trim(&a, p, 3);
		CHECK(is_zero(arena_alloc(&a, 1, LARGE), LARGE));
		CHECK_STR(q, "kept");
		arena_done(&a);
	}
	TEST("an arena that is reset gives zeroed memory as a new one does") {
		struct arena a = { 0 };

		arena_reset(&a);
		CHECK(fill(&a, one));
		arena_reset(&a);
		CHECK(fill(&a, two) && is_filled(two));
		arena_done(&a);
	}
	TEST("what is asked for once it was left shares no page with what was there") {
		struct arena a = { 0 };

		arena_leave(&a);
		CHECK(fill(&a, one));

		char *before = arena_strdup(&a, "before");

		arena_leave(&a);

		char *after = arena_alloc(&a, 1, 40);

#ifndef MCRUN_ARENA_SINGLE
		CHECK((uintptr_t)before / 4096 != (uintptr_t)after / 4096);
#endif
		CHECK(is_zero(after, 40) && is_filled(one));
		CHECK_STR(before, "before");
		arena_done(&a);
	}
	return test_done();
}
