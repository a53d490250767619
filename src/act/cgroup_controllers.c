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

struct names {
	const char *const *name;
	size_t n;
};

static struct names needed_by(const struct plan_cgroup *plan)
{
	return (struct names){ plan->controller, plan->n_controller };
}

static struct names accounting_of(const struct plan_cgroup *plan)
{
	return (struct names){ plan->accounting, plan->n_accounting };
}

static bool has_each(const char *list, struct names want)
{
	for (size_t i = 0; i < want.n; i++)
		if (!has_word(list, want.name[i]))
			return false;
	return true;
}

/* "+cpu +memory": the wanted ones that the cgroup does not pass on. "" if none is missing. */
static int missing_read(int dir, struct names want, char out[512])
{
	char there[512];
	ssize_t n = read_small(dir, "cgroup.subtree_control", there, sizeof(there));
	size_t len = 0;

	out[0] = '\0';
	if (n < 0)
		return (int)n;
	for (size_t i = 0; i < want.n; i++) {
		const char *name = want.name[i];

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

static int enable_needed(const struct cgroup *cg, size_t len, int dir,
			 const struct plan_cgroup *plan, struct error *err)
{
	char wanted[512];
	int r = missing_read(dir, needed_by(plan), wanted);

	if (r == 0 && *wanted)
		r = write_at(dir, "cgroup.subtree_control", wanted);
	if (r < 0) {
		err_set(err, -r, "enable controllers '%s' in cgroup %s%.*s%s", wanted, cg->mount,
			(int)len, cg->path, why_not_enabled(-r));
		return err_at(err, "%s", plan->from);
	}
	return 0;
}

/* The root, which may have both processes and controllers for its children, has no type. */
static bool has_processes(int dir)
{
	char text[32];

	return read_small(dir, "cgroup.type", text, sizeof(text)) > 0 &&
	       read_small(dir, "cgroup.procs", text, sizeof(text)) != 0;
}

/*
 * All at once, or each that can be. Never where processes are: cpu and pids alone would be taken
 * there, and make it a threaded subtree, in which no container can be.
 */
static void enable_accounting(int dir, const struct plan_cgroup *plan)
{
	char wanted[512], *rest = wanted, *word;

	if (missing_read(dir, accounting_of(plan), wanted) < 0 || !*wanted || has_processes(dir) ||
	    write_at(dir, "cgroup.subtree_control", wanted) == 0)
		return;
	while ((word = strtok_r(rest, " ", &rest)))
		if (write_at(dir, "cgroup.subtree_control", word) == -EACCES)
			return; /* nor any other */
}

/* Or there are none that it should have. */
static bool has_all(const struct cgroup *cg, const struct plan_cgroup *plan)
{
	char there[512];

	if (plan->n_controller == 0 && plan->n_accounting == 0)
		return true;
	return read_small(cg->dir, "cgroup.controllers", there, sizeof(there)) >= 0 &&
	       has_each(there, needed_by(plan)) && has_each(there, accounting_of(plan));
}

int cgroup_controllers(const struct cgroup *cg, int top, const struct plan_cgroup *plan,
		       struct error *err)
{
	size_t parent = cgroup_parent(cg->path, strlen(cg->path));

	if (has_all(cg, plan))
		return 0;

	for (size_t len = 0;; len = cgroup_next(cg->path, len)) {
		autofd int dir = cgroup_dir_open(top, cg->path, len, O_PATH);

		if (dir < 0 && plan->n_controller == 0)
			return 0;
		if (dir < 0) {
			err_set(err, -dir, "open cgroup %s%.*s", cg->mount, (int)len, cg->path);
			return err_at(err, "%s", plan->from);
		}
		if (plan->n_controller && enable_needed(cg, len, dir, plan, err) < 0)
			return -1;
		enable_accounting(dir, plan);
		if (len >= parent)
			return 0;
	}
}
