/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parent opens for init, where the plan says OPENER_PARENT: sources of bind mounts, the
 * rootfs, and trees that only root of the host can make (mapped ids, device nodes). The parent goes
 * into init's new mount namespace for that, while init waits for GO: so everything belongs to that
 * namespace, and flags that the kernel locked there (a host's ro or nosuid) stay locked.
 *
 * Each is a word TREE with the descriptor beside it. Both sides know the plan: the rootfs, the
 * mounts, the devices come in this order.
 */
#ifndef ACT_TREES_H
#define ACT_TREES_H

#include <stdbool.h>
#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/* init's side. -1: nothing came, init has to open it. Whoever uses one takes it out. */
struct trees {
	int rootfs;	/* O_PATH, a place in init's namespace: to be copied, and mounted over */
	int above;	/* the root of the mount that this lies in; with MS_SHARED only */
	int *mount;	/* for each: idmapped ones, a detached tree; the others O_PATH */
	bool ready;	/* each of `mount` is such a tree, and its ids are mapped */
	int *dev;	/* for each: a detached tree */
};
#define TREES_INIT { .rootfs = -1, .above = -1 }

struct sync;

/* Parent, once the ids of init are mapped. */
int trees_send(const struct plan *plan, pid_t init, const struct sync *s, struct arena *a,
	       struct error *err);

/* init, before it waits for GO. */
int trees_take(struct trees *trees, const struct plan *plan, const struct sync *s, struct arena *a,
	       struct error *err);

#endif
