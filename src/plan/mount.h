/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of mount options, for those who only want to tell of it: `features` lists the names,
 * `explain` turns flags back into them. What the options mean is in mount.c.
 */
#ifndef PLAN_MOUNT_H
#define PLAN_MOUNT_H

#include "libocispec/arena.h"
#include "plan/plan.h"

/* Every option that mcrun knows, in the table's order; all others go to the file system. */
const char *const *plan_mount_option_names(struct arena *a, size_t *n);

/* "nosuid nodev rro rslave": the flags of a mount as options, "" if none. */
const char *plan_mount_flag_names(struct arena *a, const struct plan_mount_attr *attr);

#endif
