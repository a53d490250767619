/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of words, as mcrun and its helper programs write them to each other: one blank between two
 * words. Any text can be a word: what would be misread is written as %XX, no text at all as "%".
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include "libocispec/arena.h"

/* The word as it goes into a line. */
const char *word_quote(struct arena *a, const char *word);

/* The next word of the line, decoded in place; moves *line behind it. NULL: there is none. */
char *word_take(char **line);

#endif
