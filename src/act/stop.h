/* SPDX-License-Identifier: Apache-2.0 */
/* Ending containers: kill and delete. */
#ifndef ACT_STOP_H
#define ACT_STOP_H

#include "act/state.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"

enum kill_flags {
	KILL_ALL = 1 << 0,	/* every process of the container's cgroup, not init alone */
};

/* Sends a signal. A container that is not running, or not there, is an error. */
int act_kill(const char *root, const char *id, int sig, enum kill_flags flags, struct error *err);

enum delete_flags {
	DELETE_FORCE = 1 << 0,	/* a running one is killed first; a missing one is no error */
};

/*
 * Removes a stopped container (or a created one, which is killed first, as callers rely on), and
 * whatever a create that was killed has left; then runs the poststop hooks, whose failures are
 * warnings.
 */
int act_delete(const char *root, const char *id, enum delete_flags flags, struct arena *a,
	       struct error *err);

/*
 * The same for a container whose folder is open; locks it. `known`: the record as whoever made the
 * container has it, or NULL. Others may have changed what is on disk since, but of what is undone
 * here only that of a cgroup that was taken (update), and then that is read.
 */
int act_delete_open(struct state_dir *dir, const struct state *known, enum delete_flags flags,
		    struct arena *a, struct error *err);

/* The same for a container whose folder is open and locked: kills, removes, runs poststop. */
int stop_destroy(struct state_dir *dir, const struct state *state, struct arena *a,
		 struct error *err);

#endif
