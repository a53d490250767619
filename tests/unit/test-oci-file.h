/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of libocispec: a file of tests/, found from $srcdir or the current directory. */
#ifndef TEST_OCI_FILE_H
#define TEST_OCI_FILE_H

#include <stdio.h>
#include <stdlib.h>

#include "libocispec/arena.h"

/* All of it, or the end of the test program: a test that cannot run must not seem to pass. */
static inline const char *file_text(struct arena *a, const char *name, size_t *len)
{
	const char *dir = getenv("srcdir");
	const char *path = arena_printf(a, "%s/tests/%s", dir ? dir : ".", name);
	FILE *f = fopen(path, "re");
	char *text = arena_alloc(a, 1, 64 << 10);

	if (!f) {
		printf("Bail out! %s cannot be opened\n", path);
		exit(1);
	}
	*len = fread(text, 1, (64 << 10) - 1, f);
	fclose(f);
	return text;
}

#endif
