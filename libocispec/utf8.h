/* SPDX-License-Identifier: Apache-2.0 */
/* What is a character of UTF-8: well formed, no overlong form, no half of a surrogate pair. */
#ifndef OCI_UTF8_H
#define OCI_UTF8_H

#include <stddef.h>

/* Bytes of the character at s (1 to 4), or 0 if there is none. `len` must not be 0. */
size_t utf8_char(const char *s, size_t len);

#endif
