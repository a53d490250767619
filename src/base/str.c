/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, times and escapes as text. Pure: the plan layer links this file, so nothing in it may
 * reach the kernel, a file, the clock, the locale or the environment.
 */
#include "base/str.h"

#include <errno.h>
#include <stdio.h>

#include "libocispec/utf8.h"

static const uint64_t SECOND_NS = 1000000000;

const char *str_after(const char *s, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(s, prefix, len) == 0 ? s + len : NULL;
}

int str_char(const char *s)
{
	size_t len = utf8_char(s, strnlen(s, 4));

	return len > 0 ? (int)len : 1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The digits at the start of `s`; *end is what follows. A wrong form beats a wrong size. */
static int digits_read(const char *s, const char **end, uint64_t *out)
{
	uint64_t value = 0;
	bool over = false;

	if (!is_digit(*s))
		return -EINVAL;
	for (; is_digit(*s); s++) {
		over |= __builtin_mul_overflow(value, 10, &value);
		over |= __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value);
	}
	*end = s;
	*out = value;
	return over ? -ERANGE : 0;
}

int str_to_u64(const char *s, uint64_t max, uint64_t *out)
{
	const char *end = s;
	uint64_t value = 0;
	int r = digits_read(s, &end, &value);

	if (r == -EINVAL || *end)
		return -EINVAL;
	if (r < 0 || value > max)
		return -ERANGE;
	*out = value;
	return 0;
}

int str_to_i64(const char *s, int64_t *out)
{
	bool minus = *s == '-';
	uint64_t value;
	int r = str_to_u64(minus ? s + 1 : s, (uint64_t)INT64_MAX + minus, &value);

	if (r < 0)
		return r;
	*out = minus ? (int64_t)(0 - value) : (int64_t)value;
	return 0;
}

/* The power of two that a unit means, or -1. "", "b", "k", "kb", "kib" and so on, in any case. */
static int unit_shift(const char *unit)
{
	static const char letters[] = "kmgtpe";
	const char *at = *unit ? strchr(letters, lower(*unit)) : NULL;

	if (!at)
		return *unit == '\0' || (lower(*unit) == 'b' && unit[1] == '\0') ? 0 : -1;

	unit++;
	if (lower(unit[0]) == 'i' && lower(unit[1]) == 'b')
		unit++;
	if (lower(*unit) == 'b')
		unit++;
	return *unit ? -1 : 10 * (int)(at - letters + 1);
}

int str_to_bytes(const char *s, uint64_t *out)
{
	const char *end = s;
	uint64_t value = 0;
	int r = digits_read(s, &end, &value);
	int shift = unit_shift(end);

	if (r == -EINVAL || shift < 0)
		return -EINVAL;
	if (r < 0 || value > UINT64_MAX >> shift)
		return -ERANGE;
	*out = value << shift;
	return 0;
}

/* The unit at *s, behind which *s is then; 0: there is none. */
static uint64_t read_unit(const char **s)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 },         { "us", 1000 },       { "ms", 1000000 },
		{ "s", 1000000000 }, { "m", 60000000000 }, { "h", 3600000000000 },
	};

	for (size_t i = 0; i < COUNT(units); i++) {
		const char *rest = str_after(*s, units[i].name);

		if (rest) {
			*s = rest;
			return units[i].ns;
		}
	}
	return 0;
}

/* "30s" or "1.5h" at *s. */
static int read_part(const char **s, uint64_t *out)
{
	const char *fraction = NULL;
	uint64_t value = 0, scale = 1, part = 0, unit;
	int r = digits_read(*s, s, &value);

	if (r == 0 && **s == '.') {
		fraction = ++*s;
		r = digits_read(*s, s, &part);
	}
	if (r < 0)
		return r;
	for (; fraction && fraction < *s; fraction++)
		if (__builtin_mul_overflow(scale, 10, &scale))
			return -ERANGE;
	unit = read_unit(s);
	if (!unit)
		return -EINVAL;
	if (__builtin_mul_overflow(value, unit, &value) ||
	    __builtin_mul_overflow(part, unit, &part) ||
	    __builtin_add_overflow(value, part / scale, out))
		return -ERANGE;
	return 0;
}

int str_to_duration(const char *s, uint64_t *out)
{
	uint64_t sum = 0, part;
	int r = str_to_u64(s, UINT64_MAX / SECOND_NS, &part);

	if (r == 0)
		*out = part * SECOND_NS;
	if (r != -EINVAL)
		return r;
	do {
		r = read_part(&s, &part);
		if (r < 0)
			return r;
		if (__builtin_add_overflow(sum, part, &sum))
			return -ERANGE;
	} while (*s);
	*out = sum;
	return 0;
}

enum { WORD_MAX = 48, TOO_FAR = 1000 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * Edits between two words: a character more, less, another one, or two swapped. Case is free.
 * One row of the table a character of `a`; a swap looks two rows back.
 */
static unsigned edits(const char *a, const char *b)
{
	unsigned rows[3][WORD_MAX + 1] = { 0 };
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return TOO_FAR;
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned)j;

	for (size_t i = 1; i <= a_len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			char x = lower(a[i - 1]), y = lower(b[j - 1]);

			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y)
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *str_nearest(const char *word, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	unsigned best_edits = strlen(word) <= 3 ? 2 : 3; /* fewer than this */

	for (size_t i = 0; i < n; i++) {
		unsigned e = edits(word, candidates[i]);

		if (e < best_edits) {
			best = candidates[i];
			best_edits = e;
		}
	}
	return best;
}

/* What stands for the character at `s` in a JSON string, and how many bytes of `s` it took. */
static size_t json_piece(const char *s, char piece[8])
{
	static const char plain[] = "\"\\\n\t\r\b\f", letter[] = "\"\\ntrbf";
	const char *at = strchr(plain, *s);
	size_t len = utf8_char(s, strnlen(s, 4));

	if (at)
		snprintf(piece, 8, "\\%c", letter[at - plain]);
	else if (len == 0)
		strcpy(piece, "\\ufffd");
	else if ((unsigned char)*s < ' ')
		snprintf(piece, 8, "\\u%04x", (unsigned char)*s);
	else
		snprintf(piece, 8, "%.*s", (int)len, s);
	return len ? len : 1;
}

size_t str_to_json(const char *s, char *out, size_t size)
{
	size_t n = 0;

	while (*s) {
		char piece[8];

		s += json_piece(s, piece);
		size_t len = strlen(piece);

		if (n + len >= size)
			break;
		memcpy(out + n, piece, len);
		n += len;
	}
	out[n] = '\0';
	return n;
}

/*
 * Days to a date by whole 400-year cycles, counted from 1 March of the year 0, so that the leap
 * day is a year's last. Not gmtime_r: glibc's reads /etc/localtime the first time.
 */
void str_time(int64_t seconds, char out[STR_TIME_SIZE])
{
	int64_t days = seconds / 86400, rest = seconds % 86400;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	days += 719468; /* from 0000-03-01 to 1970-01-01 */

	int64_t cycle = (days >= 0 ? days : days - 146096) / 146097;
	int64_t day = days - cycle * 146097; /* of the cycle */
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;

	day -= 365 * year + year / 4 - year / 100; /* of the year, which begins in March */
	int64_t march = (5 * day + 2) / 153;       /* months since March */
	int64_t month = march < 10 ? march + 3 : march - 9;

	day -= (153 * march + 2) / 5;
	year += 400 * cycle + (month <= 2);
	int n = snprintf(out, STR_TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)year,
			 (int)month, (int)day + 1, (int)(rest / 3600), (int)(rest / 60 % 60),
			 (int)(rest % 60));

	if (n < 0 || n >= STR_TIME_SIZE)
		out[0] = '\0';
}
