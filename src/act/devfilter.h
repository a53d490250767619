/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the planned device program on the container's cgroup. It decides nothing: the program was
 * compiled in plan/devices.c. The kernel keeps it as long as the cgroup lives; there is nothing to
 * undo beside the cgroup.
 */
#ifndef ACT_DEVFILTER_H
#define ACT_DEVFILTER_H

#include "act/cgroup.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/*
 * For create: loads plan->device and attaches it. A plan without a program, and a container
 * without a cgroup, need nothing. err->at is plan->device_from.
 */
int devfilter_attach(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err);

/*
 * For update: the new program takes the place of the one or those that mcrun or others attached
 * to this very cgroup, without a moment in which none is there. Without a program in the plan the
 * old ones are detached.
 */
int devfilter_replace(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err);

#endif
