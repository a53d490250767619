/* SPDX-License-Identifier: Apache-2.0 */
/* tmpcopyup: a new tmpfs that starts with what the rootfs has in its place. */
#ifndef ACT_COPYUP_H
#define ACT_COPYUP_H

#include "libocispec/arena.h"
#include "libocispec/error.h"

/*
 * Copies the folder behind `from` (O_PATH) with all below it, on its file system, into the root of
 * the detached mount `to`: folders, files, symlinks, nodes, with owner, mode, times and extended
 * attributes; files with several names stay one. Nothing in it is followed. The folder itself
 * takes over what `root` says (enum plan_copy_root).
 */
int copy_up(int from, int to, unsigned root, struct arena *a, struct error *err);

#endif
