/* SPDX-License-Identifier: Apache-2.0 */
/* The end of what a program said, for the error that tells of it. { 0 } is an empty one. */
#ifndef BASE_TAIL_H
#define BASE_TAIL_H

#include <stdbool.h>
#include <stddef.h>

enum { TAIL_SIZE = 3072 }; /* what fits into a struct error, with a sentence before it */

struct tail {
	size_t n;
	bool cut; /* there was more before it */
	char text[TAIL_SIZE + 1];
};

/* Adds what was said next, at most TAIL_SIZE bytes. */
void tail_add(struct tail *tail, const char *part, size_t len);

/* All on one line: blanks for control characters, none at the end, no half character. */
const char *tail_line(struct tail *tail);

#endif
