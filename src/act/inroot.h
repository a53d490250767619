/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way into the rootfs. Whatever lies below it is hostile: a symlink may point anywhere, a
 * folder may become a symlink between two calls. So a path inside the container is opened by
 * inroot_open() and by nothing else, and all further work happens on the descriptor.
 * (CVE-2021-30465, CVE-2024-45310, CVE-2025-52881, CVE-2026-41579 are what happens otherwise.)
 */
#ifndef ACT_INROOT_H
#define ACT_INROOT_H

#include "libocispec/arena.h"

enum inroot_flags {
	INROOT_CREATE_DIR  = 1 << 0,	/* make it, and missing parents, as folders of mode 0755 */
	INROOT_CREATE_FILE = 1 << 1,	/* the last component is made as an empty file */
	INROOT_NOFOLLOW    = 1 << 2,	/* a symlink as the last component is -ELOOP */
};

/*
 * Opens `path` as if `root` were "/": ".." stops there, absolute symlinks start there, magic
 * links of procfs are not followed. O_PATH. A symlink that leads to nothing is followed and its
 * target made when a CREATE flag is given, as programs inside would see it.
 * Returns a descriptor that the caller closes, or -errno.
 */
int inroot_open(int root, const char *path, enum inroot_flags flags);

/*
 * The folder that holds `path`, made if need be, and the last component's name, for calls that
 * make something there (mknodat, symlinkat). *name points into `path`. -errno; -EINVAL for "/".
 */
int inroot_parent(int root, const char *path, const char **name);

#endif
