/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New file systems and their options: the strings of config.json that no flag of a mount is, given
 * to fsconfig(2) one by one; and the way around its bounds.
 */
#ifndef ACT_FSOPTS_H
#define ACT_FSOPTS_H

#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"

struct mount_new {
	const char *type, *source;
	const char *const *option;
	size_t n_option;
	uint64_t attr; /* MOUNT_ATTR_* */
};

/* A new detached mount; err carries what the file system itself said. -1 on failure. */
int mount_make(const struct mount_new *what, struct error *err);

/*
 * The same, mounted on an entry of the working directory by mount(2) alone, a tenth of the calls;
 * the entry must not be a symlink. 0, or -errno: what is wrong, or whether it is only more than
 * mount(2) is asked for here (-EINVAL), mount_make finds out.
 */
int fsopts_mount(const struct mount_new *what, const char *entry);

/*
 * The same for options as people write them. Several in one string are split at commas, as the
 * kernel does it with the data of mount(2). Long lists of overlay's layers are given one by one.
 * What fsconfig(2) does not take (values over 255 bytes, on older kernels a comma in one) goes
 * through mount(2), in a tmpfs that is mounted over `place`, a mount of this namespace, for that
 * moment.
 */
int fsopts_make(const struct mount_new *what, int place, struct arena *a, struct error *err);

/* Other options for the file system that the mount behind `fd` shows. */
int fsopts_change(int fd, const struct mount_new *what, struct arena *a, struct error *err);

#endif
