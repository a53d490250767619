/* SPDX-License-Identifier: Apache-2.0 */
/*
 * <sys/mount.h> with what the calls on descriptors want (open_tree(2), fsconfig(2) and so on). A
 * libc that leaves those names to the kernel's own header gets them from there: musl, for one.
 */
#ifndef BASE_MOUNT_H
#define BASE_MOUNT_H

#include <sys/mount.h>

#ifndef OPEN_TREE_CLONE
#include <linux/mount.h>
#endif

#endif
