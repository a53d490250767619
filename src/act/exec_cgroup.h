/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup in which a process of `exec` is born. */
#ifndef ACT_EXEC_CGROUP_H
#define ACT_EXEC_CGROUP_H

#include "act/cgroup.h"
#include "act/state.h"

/*
 * Opens the planned one: the container's, or one below it, which must be there. Without a cgroup
 * nothing is opened. Or opens the one that init is in, below the container's: one with controllers
 * for its children takes no process, and an init such as systemd has moved further down then.
 */
int exec_cgroup(struct cgroup *cg, const struct state *state, const struct plan *plan,
		struct arena *a, struct error *err);
int exec_cgroup_beside_init(struct cgroup *cg, const struct state *state, struct arena *a,
			    struct error *err);

/* Is the planned one the container's own, and none below it? */
bool exec_cgroup_is_own(const struct state *state, const struct plan *plan);

/*
 * Has systemd move it there, when the cgroup is a unit's: a process may be moved only by who can
 * write to the cgroup above both, which an ordinary user's session is not below.
 */
int exec_cgroup_ask(const struct state *state, const struct plan *plan, pid_t pid, struct arena *a,
		    struct error *err);

#endif
