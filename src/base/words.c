/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of words: see words.h. Knows nothing of what they mean. */
#include "base/words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_plain(unsigned char c)
{
	return c > ' ' && c != '%' && c != 0x7f;
}

const char *word_quote(struct arena *a, const char *word)
{
	static const char digits[] = "0123456789abcdef";
	char *out = arena_alloc(a, 3 * strlen(word) + 2, 1), *to = out;

	for (const unsigned char *c = (const unsigned char *)word; *c; c++) {
		if (is_plain(*c)) {
			*to++ = (char)*c;
			continue;
		}
		*to++ = '%';
		*to++ = digits[*c >> 4];
		*to++ = digits[*c & 15];
	}
	if (to == out)
		*to = '%';
	return out;
}

static char *decode(char *word)
{
	char *to = word;

	for (const char *from = word; *from; from++) {
		const unsigned char *hex = (const unsigned char *)from + 1;

		if (*from != '%') {
			*to++ = *from;
		} else if (isxdigit(hex[0]) && isxdigit(hex[1])) {
			const char pair[] = { from[1], from[2], '\0' };

			*to++ = (char)strtoul(pair, NULL, 16);
			from += 2;
		}
	}
	*to = '\0';
	return word;
}

char *word_take(char **line)
{
	char *word = *line + strspn(*line, " "), *end = word + strcspn(word, " \n");

	if (end == word)
		return NULL;
	*line = *end ? end + 1 : end;
	*end = '\0';
	return decode(word);
}
