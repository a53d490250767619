/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of numbers in the kernel's notation ("0-3,7") as bit masks. What the numbers count is not
 * known here, nor how many of them this machine has.
 */
#include "base/str.h"
#include "plan/plan.h"

enum { NUMBER_MAX = 65535, WORD_BITS = 8 * sizeof(unsigned long) };

/* Digits at *s; moves *s behind them. */
static bool take_number(const char **s, unsigned *out)
{
	const char *p = *s;

	for (*out = 0; *p >= '0' && *p <= '9'; p++)
		if ((*out = *out * 10 + (unsigned)(*p - '0')) > NUMBER_MAX)
			return false;
	if (p == *s)
		return false;
	*s = p;
	return true;
}

static void skip_blanks(const char **s)
{
	*s += strspn(*s, " ");
}

/* One element, a number or a range, up to its comma; false leaves the fault to be told. */
static bool take_range(const char **s, unsigned *first, unsigned *last)
{
	if (!take_number(s, first))
		return false;
	*last = *first;
	skip_blanks(s);
	if (**s == '-') {
		++*s;
		skip_blanks(s);
		if (!take_number(s, last))
			return false;
		skip_blanks(s);
	}
	return !**s || **s == ',';
}

int plan_mask_read(struct arena *a, const char *list, struct plan_mask *out, const char **why)
{
	struct plan_mask mask = { NULL, 0 };
	unsigned long bits[NUMBER_MAX / WORD_BITS + 1] = { 0 };
	const char *s = list ? list : "";

	for (skip_blanks(&s); *s; skip_blanks(&s)) {
		unsigned first, last;

		if (!take_range(&s, &first, &last)) {
			*why = "is no list of numbers up to 65535 and ranges, like '0-3,7'";
			return -1;
		}
		if (last < first) {
			*why = "has a range that ends before it begins";
			return -1;
		}
		for (unsigned i = first; i <= last; i++)
			bits[i / WORD_BITS] |= 1ul << i % WORD_BITS;
		if (mask.n_word < last / WORD_BITS + 1)
			mask.n_word = last / WORD_BITS + 1;
		if (*s == ',' && !s[1 + strspn(s + 1, " ")]) {
			*why = "ends in a comma";
			return -1;
		}
		s += *s == ',';
	}
	if (mask.n_word) {
		unsigned long *word = arena_alloc(a, mask.n_word, sizeof(*word));

		memcpy(word, bits, mask.n_word * sizeof(*word));
		mask.word = word;
	}
	*out = mask;
	return 0;
}
