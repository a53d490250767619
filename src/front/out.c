/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdout: each command has one text to print, written as a whole. No stdio, whose buffers would be
 * written when nobody asks any more whether it worked.
 */
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "front/command.h"

int out_text(const char *text, struct error *err)
{
	int r = write_all(STDOUT_FILENO, text, strlen(text));

	return r < 0 ? err_set(err, -r, "write to standard output") : 0;
}

const char *out_join(struct arena *a, const char *const *part, size_t n)
{
	size_t len = 0;
	char *text, *end;

	for (size_t i = 0; i < n; i++)
		len += strlen(part[i]);
	text = end = arena_alloc(a, len + 1, 1);
	for (size_t i = 0; i < n; i++)
		end = stpcpy(end, part[i]);
	return text;
}
