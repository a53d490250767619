/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as strings. Pure: the plan layer links this file, so it must not look at a file system;
 * what it returns is text, and no proof of where a path leads.
 */
#include "base/path.h"

#include <string.h>

/* Takes the last component off a clean path of `len` bytes that has no slash at its end. */
static size_t cut_last(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

char *path_clean(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) + 2, 1);
	size_t len = 0; /* of out, "" standing for the top */

	for (;;) {
		path += strspn(path, "/");
		size_t n = strcspn(path, "/");

		if (n == 0)
			break;
		if (n == 2 && memcmp(path, "..", 2) == 0) {
			len = cut_last(out, len);
		} else if (n != 1 || *path != '.') {
			out[len++] = '/';
			memcpy(out + len, path, n);
			len += n;
		}
		path += n;
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	return out;
}

char *path_join(struct arena *a, const char *base, const char *path)
{
	if (*path == '/')
		return path_clean(a, path);
	return path_clean(a, arena_printf(a, "%s/%s", base, path));
}

bool path_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (len == 1)
		return *path == '/'; /* everything is below the top */
	return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/');
}
