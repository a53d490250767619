/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as strings only; nothing here looks at a file system. What these return says nothing
 * about symlinks: paths inside a rootfs are resolved by act/inroot.h alone.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>

#include "libocispec/arena.h"

/*
 * An absolute path without "//", "/./", "/../" or a slash at its end; ".." at the top stays at the
 * top. A relative path is taken from "/".
 */
char *path_clean(struct arena *a, const char *path);

/* `path` when it is absolute, otherwise base/path; cleaned. `base` must be absolute. */
char *path_join(struct arena *a, const char *base, const char *path);

/* Is `path` `dir` itself or below it? Both clean and absolute. */
bool path_below(const char *path, const char *dir);

#endif
