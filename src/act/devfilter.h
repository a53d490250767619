/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the planned device program on the container's cgroup. It decides nothing: the program was
 * compiled in plan/devices.c. The kernel keeps it as long as the cgroup lives; there is nothing to
 * undo beside the cgroup.
 */
#ifndef ACT_DEVFILTER_H
#define ACT_DEVFILTER_H

#include <stdbool.h>

#include "act/cgroup.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/* A program on its way from the plan to the cgroup. Released by autodevfilter. */
struct devfilter {
	int program;	/* loaded and not attached yet; or -1 */
	bool attached;	/* or there was nothing to attach */
};
#define DEVFILTER_INIT { .program = -1 }

void devfilter_close(struct devfilter *filter);
#define autodevfilter __attribute__((cleanup(devfilter_close)))

/*
 * Loads plan->device. A plan without a program, and a container without a cgroup, need nothing.
 * err->at is plan->device_from, here and below.
 */
int devfilter_load(struct devfilter *filter, const struct cgroup *cg,
		   const struct plan_cgroup *plan, struct error *err);

/*
 * Attaches what was loaded; in a cgroup that create did not make, the same as devfilter_replace.
 * Once: a second call has nothing to do.
 */
int devfilter_attach(struct devfilter *filter, const struct cgroup *cg,
		     const struct plan_cgroup *plan, struct error *err);

/*
 * For update: the new program takes the place of those that mcrun attached to this very cgroup,
 * for this container or one before it, without a moment in which none is there. Without a program
 * in the plan the old ones are detached. Those of others stay, and go on refusing what they refuse.
 */
int devfilter_replace(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err);

/* Detaches mcrun's programs from a cgroup that stays. Who may not do that has attached none. */
void devfilter_detach(const struct cgroup *cg);

#endif
