/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the cgroup for a process of exec. See exec_cgroup.h; nothing is made or changed here. */
#include "act/exec_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "act/scope.h"
#include "base/path.h"
#include "base/str.h"

enum { PROC_FILE_MAX = 1 << 20 };

bool exec_cgroup_is_own(const struct state *state, const struct plan *plan)
{
	return streq(plan->cgroup.path, state->cgroup->path);
}

int exec_cgroup(struct cgroup *cg, const struct state *state, const struct plan *plan,
		struct arena *a, struct error *err)
{
	const struct plan_cgroup *c = &plan->cgroup;

	if (exec_cgroup_is_own(state, plan))
		return state_cgroup_open(state, cg, a, err);
	if (cgroup_open(cg, c->mount, c->path, err) < 0)
		return -1;
	return cg->dir < 0 ? err_set(err, 0, "--cgroup: there is no cgroup %s%s", c->mount, c->path)
			   : 0;
}

/* "0::/user.slice/x", as this process sees it; NULL. */
static const char *own_path(pid_t pid, struct arena *a)
{
	char path[64], *text = NULL, *save = NULL;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (read_at(AT_FDCWD, path, PROC_FILE_MAX, a, &text) < 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (str_after(line, "0::"))
			return str_after(line, "0::");
	return NULL;
}

int exec_cgroup_beside_init(struct cgroup *cg, const struct state *state, struct arena *a,
			    struct error *err)
{
	const struct state_cgroup *c = state->cgroup;
	const char *path = own_path((pid_t)state->pid, a);

	if (!path || !path_below(path, c->path) || cgroup_open(cg, c->mount, path, err) < 0 ||
	    cg->dir < 0)
		return err_set(err, 0,
			       "cgroup %s%s takes no process, as it has controllers for its "
			       "children, and the container's init is not in one of these",
			       c->mount, c->path);
	return 0;
}

int exec_cgroup_ask(const struct state *state, const struct plan *plan, pid_t pid, struct arena *a,
		    struct error *err)
{
	const char *below = str_after(plan->cgroup.path, state->cgroup->path);
	struct scope scope;

	state_scope(state, a, &scope);
	return scope_attach(&scope, pid, below ? below : "", err);
}
