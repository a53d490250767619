/* SPDX-License-Identifier: Apache-2.0 */
/* The id maps of a new user namespace: written by the parent, then taken on by init. */
#ifndef ACT_IDMAP_H
#define ACT_IDMAP_H

#include <sys/types.h>

#include "libocispec/error.h"
#include "plan/plan.h"

/* Parent: writes setgroups, uid_map and gid_map of `pid`. Nothing to do without a new namespace. */
int idmap_write(const struct plan_idmap *map, pid_t pid, struct error *err);

/* init or stage, in a user namespace that is new (and mapped) or joined: becomes its root. */
int idmap_become_root(const struct plan *plan, struct error *err);

/* exec, in a user namespace that it has joined. */
int idmap_be_root(const struct plan *plan, struct error *err);

/*
 * A user namespace with these maps and nobody in it, for idmapped mounts: a descriptor that the
 * caller closes, or -1.
 */
int idmap_userns(const struct plan_idmap *map, struct error *err);

#endif
