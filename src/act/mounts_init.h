/* SPDX-License-Identifier: Apache-2.0 */
/* The process that goes into a container's mount namespace to change it, and ends there. */
#ifndef ACT_MOUNTS_INIT_H
#define ACT_MOUNTS_INIT_H

#include <stdint.h>

#include "act/init.h"
#include "plan/plan.h"

struct mounts_init {
	struct init in;		/* its trees are the host's, ready to be attached */
	int container;		/* a pidfd of the container's init */
	unsigned join;		/* its namespaces that are not ours: CLONE_NEW* */
	uint64_t *remove;	/* for each mount of the plan, its number; NULL: they are added */
};

/*
 * Says MOUNTED for each mount that it has added, with its number, and waits for KEPT; or once for
 * all that it has removed. Never returns.
 */
_Noreturn void mounts_init_main(const struct plan *plan, struct mounts_init *x);

#endif
