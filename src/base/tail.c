/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tail.h"

#include <string.h>

void tail_add(struct tail *tail, const char *part, size_t len)
{
	if (tail->n + len > TAIL_SIZE) {
		size_t drop = tail->n + len - TAIL_SIZE;

		memmove(tail->text, tail->text + drop, tail->n - drop);
		tail->n -= drop;
		tail->cut = true;
	}
	memcpy(tail->text + tail->n, part, len);
	tail->n += len;
}

const char *tail_line(struct tail *tail)
{
	char *s = tail->text;

	while (tail->n > 0 && (unsigned char)s[tail->n - 1] <= ' ')
		tail->n--;
	s[tail->n] = '\0';
	for (size_t i = 0; i < tail->n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			s[i] = ' ';
	while (tail->cut && ((unsigned char)*s & 0xc0) == 0x80)
		s++;
	return s;
}
