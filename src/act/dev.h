/* SPDX-License-Identifier: Apache-2.0 */
/* The container's device nodes and the symlinks in its /dev. */
#ifndef ACT_DEV_H
#define ACT_DEV_H

#include "act/init.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/*
 * Makes them below in->root. A node that is there already must be the same one: another kind, or
 * other numbers, is an error (config-linux.md, devices).
 */
int dev_all(struct init *in, const struct plan_root *root, struct error *err);

#endif
