/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update: other limits for a container that is there. In this order:
 *
 *	autoupdate struct update u = UPDATE_INIT;
 *
 *	update_open(&u, root, id, arena, err);	// it is there, and locked
 *	... plan_update_build() from u.config, u.resources and u.state ...
 *	act_update(&u, updated, json, arena, err);
 *
 * All or nothing: what was written before a failure is put back.
 */
#ifndef ACT_UPDATE_H
#define ACT_UPDATE_H

#include "act/state.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

struct update {
	struct state_dir dir; /* locked */
	struct state *state;
	char *config; /* config.json as it was at create */
	size_t config_len;
	char *resources; /* resources.json, as the last update left it; NULL: there was none */
	size_t resources_len;
};
#define UPDATE_INIT                                                                                \
	{                                                                                          \
		.dir = STATE_DIR_INIT                                                              \
	}

static inline void update_done(struct update *u)
{
	state_dir_undo(&u->dir);
}
#define autoupdate __attribute__((cleanup(update_done)))

/* One that is stopped or still being created is an error. */
int update_open(struct update *u, const char *root, const char *id, struct arena *a,
		struct error *err);

struct update_plan {
	const struct plan_cgroup *cgroup;
	bool devices; /* the cgroup's program takes the place of the one before */
	const struct plan_rdt *rdt;
	const char *resources; /* JSON: what is in force from then on, for the next update */
};

int act_update(struct update *u, const struct update_plan *plan, struct arena *a,
	       struct error *err);

#endif
