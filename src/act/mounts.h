/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts add and remove: mounts of a container that is there. In this order:
 *
 *	automounts struct mounts m = MOUNTS_INIT;
 *
 *	mounts_open(&m, root, id, arena, err);		// it is there, and locked
 *	... plan_mounts_build() from m.config and the file ...
 *	mounts_add(&m, plan, arena, err);		// or mounts_remove
 *
 * All or nothing: what was mounted before a failure is taken away again. Only what `add` has made
 * can be removed: the container may have led the path to another mount by then.
 */
#ifndef ACT_MOUNTS_H
#define ACT_MOUNTS_H

#include "act/state.h"
#include "base/fd.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

struct mounts {
	struct state_dir dir; /* locked */
	struct state *state;
	int pidfd;    /* of the container's init */
	char *config; /* config.json as it was at create */
	size_t config_len;
};
#define MOUNTS_INIT { .dir = STATE_DIR_INIT, .pidfd = -1 }

static inline void mounts_done(struct mounts *m)
{
	autofd_close(&m->pidfd);
	state_dir_undo(&m->dir);
}
#define automounts __attribute__((cleanup(mounts_done)))

/* One that is stopped or still being created is an error; so is a caller who is not root. */
int mounts_open(struct mounts *m, const char *root, const char *id, struct arena *a,
		struct error *err);

int mounts_add(struct mounts *m, const struct plan *plan, struct arena *a, struct error *err);
int mounts_remove(struct mounts *m, const struct plan *plan, struct arena *a, struct error *err);

#endif
