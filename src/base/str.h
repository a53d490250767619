/* SPDX-License-Identifier: Apache-2.0 */
/* Small things about strings and numbers that libc lacks. Pure. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* What follows `prefix` in `s`, or NULL. */
const char *str_after(const char *s, const char *prefix);

/*
 * Whole-string decimal numbers: no sign for uint, no blanks, no overflow, nothing behind.
 * 0 or -EINVAL / -ERANGE; *out only on success.
 */
int str_to_u64(const char *s, uint64_t max, uint64_t *out);
int str_to_i64(const char *s, int64_t *out);

/* "512M", "1G", "64k", "4096": powers of 1024, upper or lower case, an optional "b" or "iB". */
int str_to_bytes(const char *s, uint64_t *out);

/*
 * A time as Go writes it, in nanoseconds: "5s", "500ms", "1m30s", "1.5h"; the units are h, m, s,
 * ms, us, ns. A number alone is seconds.
 */
int str_to_duration(const char *s, uint64_t *out);

/*
 * The candidate nearest to `word`, or NULL: "did you mean". At most 2 edits away (1 for words of up
 * to 3 characters); two swapped letters are one edit, and case is none.
 */
const char *str_nearest(const char *word, const char *const *candidates, size_t n);

/* Bytes of the character at s, which must not be empty, for "%.*s"; 1 for what is no UTF-8. */
int str_char(const char *s);

/*
 * `s` as it stands between the quotes of a JSON string; bytes that are no UTF-8 become U+FFFD. Cut
 * (at a whole character) when `size`, which is at least 1, is too small. The length written.
 */
size_t str_to_json(const char *s, char *out, size_t size);

/* Seconds since 1970 as RFC 3339 in UTC: "2026-08-22T10:00:00Z". Years 0 to 9999; beyond: "". */
enum { STR_TIME_SIZE = 21 };
void str_time(int64_t seconds, char out[STR_TIME_SIZE]);

#endif
