/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw text: characters, places, and the faults in strings that yajl does not see (it takes overlong
 * UTF-8 and turns half a surrogate pair into a question mark). Knows no JSON beyond the backslash.
 */
#include "libocispec/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "libocispec/utf8.h"

/* The value of \uXXXX at s, or -1 if that does not stand there. */
static int escape_value(const char *s, size_t len)
{
	int value = 0;

	if (len < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int c = s[i] | 0x20;

		if (s[i] >= '0' && s[i] <= '9')
			value = value * 16 + s[i] - '0';
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + c - 'a' + 10;
		else
			return -1;
	}
	return value;
}

/* Bytes of the escape at s; what is no escape at all is left to yajl. Sets *fault, or does not. */
static size_t escape_check(const char *s, size_t len, const char **fault)
{
	int value = escape_value(s, len);

	if (value == 0)
		*fault = "NUL (\\u0000) in a string";
	if (value >= 0xd800 && value <= 0xdbff) {
		int low = escape_value(s + 6, len - 6);

		if (low >= 0xdc00 && low <= 0xdfff)
			return 12;
		*fault = "half a surrogate pair in a string";
	}
	if (value >= 0xdc00 && value <= 0xdfff)
		*fault = "half a surrogate pair in a string";
	if (value >= 0)
		return 6;
	return len < 2 || s[1] & 0x80 ? 1 : 2;
}

static size_t encode(unsigned c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}

	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)((0xf00 >> n & 0xf0) | c);
	return n;
}

size_t text_unescape(const char *s, size_t len, char out[4], size_t *used)
{
	static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *name = s[0] == '\\' && len > 1 && s[1] ? strchr(names, s[1]) : NULL;
	int value = escape_value(s, len);

	if (value >= 0) {
		int low = escape_value(s + 6, len - 6);
		bool pair = value >> 10 == 0xd800 >> 10 && low >> 10 == 0xdc00 >> 10;

		*used = pair ? 12 : 6;
		if (pair)
			value = 0x10000 + ((value & 0x3ff) << 10) + (low & 0x3ff);
		return encode((unsigned)value, out);
	}
	*used = name ? 2 : 1;
	out[0] = name ? meant[name - names] : s[0];
	return 1;
}

enum { PLAIN_WORDS = 2, PLAIN_STEP = PLAIN_WORDS * sizeof(uint64_t) };

/* Whether the next bytes are ASCII without a backslash, as nearly all are. */
static bool is_plain(const char *s)
{
	const uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
	uint64_t word[PLAIN_WORDS], found = 0;

	memcpy(word, s, sizeof(word));
	for (int i = 0; i < PLAIN_WORDS; i++) /* of ASCII, only a backslash is 0 here */
		found |= word[i] | ((word[i] ^ (ones * '\\')) - ones);
	return !(found & high);
}

size_t text_fault(const char *text, size_t len, const char **fault)
{
	const char *found = NULL;
	size_t at = 0, n;

	while (at < len) {
		if (len - at >= PLAIN_STEP && is_plain(text + at)) {
			at += PLAIN_STEP;
			continue;
		}
		if (text[at] == '\\')
			n = escape_check(text + at, len - at, &found);
		else if (!(n = utf8_char(text + at, len - at)))
			found = "invalid UTF-8";
		if (found) {
			*fault = found;
			return at;
		}
		at += n;
	}
	return len;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t text_blank(const char *text, size_t len, size_t at)
{
	while (at < len && is_blank(text[at]))
		at++;
	return at;
}

void text_place(const char *text, size_t at, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}
