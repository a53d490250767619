/* SPDX-License-Identifier: Apache-2.0 */
/* Enables controllers for a cgroup in those above it. */
#include "act/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "act/cgroup_dir.h"

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (;; list += strcspn(list, " ")) {
		list += strspn(list, " ");
		if (!*list)
			return false;
		if (strcspn(list, " ") == len && strncmp(list, word, len) == 0)
			return true;
	}
}

/* "+cpu +memory": the wanted ones that are not in the folder's list. "" if none is missing. */
static int missing_read(int dir, const char *file, const struct plan_cgroup *plan, char out[512])
{
	char there[512];
	ssize_t n = read_small(dir, file, there, sizeof(there));
	size_t len = 0;

	if (n < 0)
		return (int)n;
	out[0] = '\0';
	for (size_t i = 0; i < plan->n_controller; i++) {
		const char *name = plan->controller[i];

		if (has_word(there, name) || len + strlen(name) + 3 > 512)
			continue;
		len += (size_t)snprintf(out + len, 512 - len, "%s+%s", len ? " " : "", name);
	}
	return 0;
}

const char cgroup_not_delegated[] = " (the place is not delegated to this user: systemd-run --user "
				    "--scope -p Delegate=yes runs mcrun in one that is)";

static const char *why_not_enabled(int code)
{
	switch (code) {
	case EBUSY:
		return " (it has processes of its own: in cgroup v2, only a cgroup without any can "
		       "have controllers for its children)";
	case EACCES:
	case EPERM:
		return cgroup_not_delegated;
	case EOPNOTSUPP:
		return " (it is in a threaded subtree)";
	case ENOENT:
		return " (its own parent does not offer them)";
	default:
		return "";
	}
}

static int enable_in(const struct cgroup *cg, size_t len, int dir, const struct plan_cgroup *plan,
		     struct error *err)
{
	char wanted[512] = "";
	int r = missing_read(dir, "cgroup.subtree_control", plan, wanted);

	if (r == 0 && *wanted)
		r = write_at(dir, "cgroup.subtree_control", wanted);
	if (r < 0) {
		err_set(err, -r, "enable controllers '%s' in cgroup %s%.*s%s", wanted, cg->mount,
			(int)len, cg->path, why_not_enabled(-r));
		return err_at(err, "%s", plan->from);
	}
	return 0;
}

int cgroup_controllers(const struct cgroup *cg, int top, const struct plan_cgroup *plan,
		       struct error *err)
{
	size_t parent = cgroup_parent(cg->path, strlen(cg->path));
	char wanted[512];

	if (plan->n_controller == 0)
		return 0;
	if (missing_read(cg->dir, "cgroup.controllers", plan, wanted) == 0 && !*wanted)
		return 0;

	for (size_t len = 0;; len = cgroup_next(cg->path, len)) {
		autofd int dir = cgroup_dir_open(top, cg->path, len, O_PATH);

		if (dir < 0) {
			err_set(err, -dir, "open cgroup %s%.*s", cg->mount, (int)len, cg->path);
			return err_at(err, "%s", plan->from);
		}
		if (enable_in(cg, len, dir, plan, err) < 0)
			return -1;
		if (len >= parent)
			return 0;
	}
}
