/* SPDX-License-Identifier: Apache-2.0 */
/* What reader, writer and table_where ask about raw JSON text. Internal to libocispec. */
#ifndef OCI_TEXT_H
#define OCI_TEXT_H

#include <stddef.h>

/*
 * Finds what yajl lets pass: invalid UTF-8, an escaped NUL, an escaped half of a surrogate pair.
 * Returns its offset and sets *fault to the sentence; without a fault returns len and leaves it.
 */
size_t text_fault(const char *text, size_t len, const char **fault);

/*
 * The bytes that the character or escape at s stands for, in `out`; returns how many, and in *used
 * how many it took. Half a surrogate pair or a bad escape stands for itself. `len` must not be 0.
 */
size_t text_unescape(const char *s, size_t len, char out[4], size_t *used);

/* Offset behind the white space that begins at `at`. */
size_t text_blank(const char *text, size_t len, size_t at);

/* Line and column, from 1 and in characters, of an offset. */
void text_place(const char *text, size_t at, unsigned *line, unsigned *column);

#endif
