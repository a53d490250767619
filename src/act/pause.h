/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands on the container's own cgroup, whose processes are the container's: pause, resume, ps.
 * A container without one, because its cgroup manager was "disabled" or its user may make none,
 * is an error that says so.
 */
#ifndef ACT_PAUSE_H
#define ACT_PAUSE_H

#include <stddef.h>
#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"

/* Freezes a container that is created or running; returns once all its processes stand still. */
int act_pause(const char *root, const char *id, struct arena *a, struct error *err);

/* Lets a paused container go on. */
int act_resume(const char *root, const char *id, struct arena *a, struct error *err);

/* All processes of a container, as pids of the caller, in the arena. A stopped one has none. */
struct pids {
	pid_t *pid;
	size_t n;
};
int act_pids(const char *root, const char *id, struct arena *a, struct pids *out,
	     struct error *err);

#endif
