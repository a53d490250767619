/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's root, from the host's folder to "/". For init, in this order: root_prepare, the
 * mounts, dev_all, then (after the hooks) root_hide, root_enter.
 */
#ifndef ACT_ROOT_H
#define ACT_ROOT_H

#include "act/init.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/* Cuts the host's mounts off as planned, makes the rootfs a mount of its own, opens in->root. */
int root_prepare(struct init *in, const struct plan_root *root, struct error *err);

/* The root of the mount that `place` lies in: O_PATH, for the caller to close; -errno. */
int root_above(int place);

/* Masked and read-only paths, the working directory made, then the root itself read-only. */
int root_hide(const struct init *in, const struct plan *plan, struct error *err);

/*
 * pivot_root: after it the host's files are gone for this process. Closes in->root: it is "/" now.
 */
int root_enter(struct init *in, const struct plan_root *root, struct error *err);

#endif
