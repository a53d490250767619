/* SPDX-License-Identifier: Apache-2.0 */
#include "libocispec/utf8.h"

#include <stdbool.h>

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t utf8_char(const char *s, size_t len)
{
	/* By first byte: how many bytes, and what the second must be for the shortest form. */
	static const struct {
		unsigned char first, last, n, low, high;
	} forms[] = {
		{ 0x00, 0x7f, 1, 0x00, 0x00 }, { 0xc2, 0xdf, 2, 0x80, 0xbf },
		{ 0xe0, 0xe0, 3, 0xa0, 0xbf }, { 0xe1, 0xec, 3, 0x80, 0xbf },
		{ 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf },
		{ 0xf0, 0xf0, 4, 0x90, 0xbf }, { 0xf1, 0xf3, 4, 0x80, 0xbf },
		{ 0xf4, 0xf4, 4, 0x80, 0x8f },
	};
	const unsigned char *c = (const unsigned char *)s;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t n = forms[i].n;

		if (c[0] < forms[i].first || c[0] > forms[i].last)
			continue;
		if (n > len || (n > 1 && (c[1] < forms[i].low || c[1] > forms[i].high)))
			return 0;
		if ((n > 2 && !is_tail(c[2])) || (n > 3 && !is_tail(c[3])))
			return 0;
		return n;
	}
	return 0;
}
