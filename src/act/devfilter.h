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
 * For create: loads plan->device and attaches it; in a cgroup that create did not make, the same as
 * devfilter_replace. A plan without a program, and a container without a cgroup, need nothing.
 * err->at is plan->device_from.
 */
int devfilter_attach(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err);

/*
 * For update: the new program takes the place of those that mcrun attached to this very cgroup,
 * for this container or one before it, without a moment in which none is there. Without a program
 * in the plan the old ones are detached. Those of others stay, and go on refusing what they refuse.
 */
int devfilter_replace(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err);

/* Detaches mcrun's programs from a cgroup that stays. Who may not do that has attached none. */
void devfilter_detach(const struct cgroup *cg);

#endif
