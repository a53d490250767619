/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts of the plan, made one after the other by init, in its mount namespace, before the
 * pivot. Every target is opened by inroot_open and everything is attached to the descriptor;
 * sources on the host are paths of config.json, which is trusted.
 */
#ifndef ACT_MOUNT_H
#define ACT_MOUNT_H

#include "act/init.h"
#include "libocispec/error.h"
#include "plan/plan.h"

int mount_all(struct init *in, const struct plan *plan, struct error *err);

/*
 * Before init makes its cgroup namespace: where its cgroup is, if systemd has decided that. A copy
 * of the host's mount at that place is what is shown then.
 */
int mount_note_cgroup(struct init *in, const struct plan *plan, struct error *err);

/* Once nothing is to be made in them any more: makes those read-only that had to wait for it. */
int mount_all_late(const struct init *in, const struct plan *plan, struct error *err);

/*
 * A detached copy of the tree at `path` (AT_EMPTY_PATH flags: of `dir` itself), for the caller to
 * attach or close; -errno.
 */
int mount_clone(int dir, const char *path, unsigned flags);

/* Maps the ids of a detached tree by a user namespace. 0 or -1. */
int mount_idmap(int tree, const struct plan_mount *m, int userns, struct error *err);

/* Why the source of a bind mount cannot be had: the error with its place. -1. */
int mount_source_error(const struct plan_mount *m, int code, struct error *err);

/* Attaches a detached tree to an open target. 0 or -errno. */
int mount_attach(int tree, int target);

#endif
