/* SPDX-License-Identifier: Apache-2.0 */
/* Making init, as its parent sees it. */
#ifndef ACT_CHILD_H
#define ACT_CHILD_H

#include <stdbool.h>

#include "act/cgroup.h"
#include "act/init.h"
#include "act/sync.h"
#include "plan/plan.h"

/* init, seen from its parent. Undo (autochild) kills and reaps it unless keep is set. */
struct child {
	pid_t pid;
	struct sync sync;	/* .pidfd is init's and owned here, like .fd; .stop is borrowed */
	bool keep;
	const char *what;	/* for messages */
	unsigned long oom_kills; /* of its cgroup before it was there */
};
#define CHILD_INIT { .pid = -1, .sync = SYNC_INIT, .what = "the container's init" }

void child_undo(struct child *child);
#define autochild __attribute__((cleanup(child_undo)))

/*
 * Makes init, in its namespaces and, where the kernel can, in its cgroup at once. It then waits
 * for GO, unless in->ahead. `in` is what it inherits; in->sync and in->ahead are filled here.
 */
int child_start(struct child *child, const struct plan *plan, struct init *in,
		const struct cgroup *cg, struct error *err);

/*
 * clone3 into a cgroup where it can, and without where the kernel is too old (*moved false: the
 * caller moves it). Returns as fork does, or -errno. For child_start and stage_main.
 */
pid_t child_clone(unsigned flags, int cgroup, int exit_signal, int *pidfd, bool *moved);

/*
 * Takes the process that `stage`, our child until then, has made in its own place (CLONED); the
 * stage is reaped. child->sync.pidfd is the stage's before and the process's after it.
 */
int child_meet(struct child *child, pid_t stage, bool *moved, struct error *err);

/*
 * After a failure: was init killed at birth, by the kernel's error with cgroup.kill (child_cgroup)?
 * Then another try will do.
 */
bool child_is_stillborn(const struct child *child, const struct cgroup *cg,
			const struct error *err);

/* The sentence for a child_clone that failed with `code`. Always -1. */
int child_refused(const struct plan_ns *ns, int code, struct error *err);

/* The cgroup that init is cloned into, or -1: it is moved, or there is none. */
int child_cgroup(const struct plan *plan, const struct cgroup *cg);

/*
 * After sync_expect gave SYNC_GONE: says why init is gone (signal, exit status, OOM kill) in place
 * of that. Otherwise leaves err as it is. Always -1.
 */
int child_why(const struct child *child, const struct cgroup *cg, struct error *err);

/* The sentence for `what` that the kernel killed for want of memory (OOM). Always -1. */
int child_starved(const char *what, struct error *err);

#endif
