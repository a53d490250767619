/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the container's cgroup and limits it; its end is in cgroup_end.c. Decides nothing: what
 * is written where was planned. What failed is said in the words of cgroups(7), since the
 * kernel's error numbers say little here.
 */
#include "act/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/cgroup_dir.h"
#include "base/str.h"

enum { MAKE_ROUNDS = 100 };

/* ---- making --------------------------------------------------------------------------------- */

/* 1 if it was made, 0 if it was there, -errno. */
static int make_one(struct cgroup *cg, int dir, size_t end)
{
	char name[NAME_MAX + 1];

	if (cgroup_name(cg->path, end, name) < 0)
		return -ENAMETOOLONG;
	if (mkdirat(dir, name, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	if (!cg->made)
		cg->existed = cgroup_parent(cg->path, end);
	cg->made = true;
	return 1;
}

/* The parent is nearly always there: then one mkdir makes the cgroup. */
static int make_path(struct cgroup *cg, int top)
{
	size_t len = strlen(cg->path), end = cgroup_parent(cg->path, len);
	autofd int dir = end ? cgroup_dir_open(top, cg->path, end, O_PATH) : -1;

	if (end && dir < 0 && dir != -ENOENT)
		return dir;
	if (dir < 0)
		end = 0;
	while (end < len) {
		end = cgroup_next(cg->path, end);

		int r = make_one(cg, dir < 0 ? top : dir, end);

		if (r < 0)
			return r;
		autofd_close(&dir);
		dir = cgroup_dir_open(top, cg->path, end, r == 0 && end < len ? O_PATH : O_RDONLY);
		if (dir < 0)
			return dir;
		if (r > 0 && end < len)
			cgroup_mark_parent(dir);
	}
	cg->dir = take_fd(&dir);
	return 0;
}

/* A parent may go while we are in it, with the last container that had one of its cgroups there. */
static int make_all(struct cgroup *cg, int top)
{
	int r = -ENOENT;

	cg->existed = strlen(cg->path); /* until one is made */
	for (int i = 0; i < MAKE_ROUNDS && (r == -ENOENT || r == -ENODEV); i++)
		r = make_path(cg, top);
	return r;
}

/*
 * Somebody else's processes must not become the container's, and init must not be born frozen.
 * What is all new has nobody's, and nothing above it that could be frozen.
 */
static int cgroup_check(const struct cgroup *cg, struct error *err)
{
	char text[1024];

	if (cg->made && cg->existed == 0)
		return 0;
	if (read_small(cg->dir, "cgroup.events", text, sizeof(text)) < 0)
		return 0;
	if (cgroup_number(text, "populated") > 0)
		return err_set(err, EBUSY, "cgroup %s%s has processes already", cg->mount,
			       cg->path);
	if (cgroup_number(text, "frozen") > 0)
		return err_set(err, 0, "cgroup %s%s is frozen, itself or by a parent", cg->mount,
			       cg->path);
	return 0;
}

int cgroup_create(struct cgroup *cg, const struct plan_cgroup *plan, struct error *err)
{
	if (plan->manager != MANAGER_CGROUPFS)
		return 0;
	cg->mount = plan->mount;
	cg->path = plan->path;

	autofd int top = cgroup_top(plan->mount);
	int r = top < 0 ? top : make_all(cg, top);

	if (r < 0) {
		err_set(err, -r, "make cgroup %s%s%s", plan->mount, plan->path,
			r == -EACCES || r == -EPERM ? cgroup_not_delegated : "");
		return err_at(err, "%s", plan->from);
	}
	if (cgroup_check(cg, err) < 0)
		return err_at(err, "%s", plan->from);
	return cgroup_controllers(cg, top, plan, err);
}

int cgroup_enable(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err)
{
	if (cg->dir < 0)
		return 0;

	autofd int top = cgroup_top(plan->mount);

	if (top < 0)
		return err_set(err, -top, "open %s", plan->mount);
	return cgroup_controllers(cg, top, plan, err);
}

size_t cgroup_existing(const struct plan_cgroup *plan)
{
	size_t len = strlen(plan->path);
	char path[PATH_MAX];

	for (; len > 0; len = cgroup_parent(plan->path, len)) {
		snprintf(path, sizeof(path), "%s%.*s", plan->mount, (int)len, plan->path);
		if (access(path, F_OK) == 0)
			break;
	}
	return len;
}

int cgroup_open(struct cgroup *cg, const char *mount, const char *path, struct error *err)
{
	cg->mount = mount;
	cg->path = path;
	cg->existed = cgroup_parent(path, strlen(path));
	cg->keep = true;
	if (!*path)
		return 0;

	autofd int top = cgroup_top(mount);
	int dir = top < 0 ? top : cgroup_dir_open(top, path, strlen(path), O_RDONLY);

	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return err_set(err, -dir, "open cgroup %s%s", mount, path);
	cg->dir = dir;
	return 0;
}

/* Controllers that systemd knows it has enabled itself; there are others. */
int cgroup_adopt(struct cgroup *cg, const struct plan_cgroup *plan, const char *path,
		 struct error *err)
{
	if (cgroup_open(cg, plan->mount, path, err) < 0)
		return -1;
	if (cg->dir < 0)
		return err_set(err, 0, "cgroup %s%s is gone: its process has ended already",
			       plan->mount, path);
	cg->made = true;

	autofd int top = cgroup_top(plan->mount);

	return cgroup_controllers(cg, top, plan, err);
}

/* ---- limits --------------------------------------------------------------------------------- */

static int write_one(const struct cgroup *cg, const struct plan_write *w)
{
	int r = cgroup_write(cg->dir, w->file, w->value);

	return r == -ENOENT && w->optional ? 0 : r;
}

/*
 * In a cgroup that has a quota already, quota and burst may be in each other's way: neither order
 * is right for all. If the first is refused, it is tried again behind the second.
 */
static bool is_quota_pair(const struct plan_write *w, size_t left)
{
	return left > 1 && str_after(w[0].file, "cpu.max") && str_after(w[1].file, "cpu.max");
}

static int say_write(const struct cgroup *cg, const struct plan_write *w, int code,
		     struct error *err)
{
	const char *hint = "";

	if (code == ENOENT)
		hint = " (this kernel has no such file)";
	if (code == ENODEV || code == ENXIO)
		hint = " (no such device is there)";
	if (code == EOPNOTSUPP && str_after(w->file, "io.bfq."))
		hint = " (bfq is not this device's scheduler)";
	err_set(err, code, "write '%s' to %s%s/%s%s", w->value, cg->mount, cg->path, w->file, hint);
	return err_at(err, "%s", w->from);
}

int cgroup_limit(const struct cgroup *cg, const struct plan_write *write, size_t n,
		 struct error *err)
{
	if (n > 0 && cg->dir < 0) {
		err_set(err, 0, "there is no cgroup to write %s to", write[0].file);
		return err_at(err, "%s", write[0].from);
	}
	for (size_t i = 0; i < n; i++) {
		int r = write_one(cg, &write[i]);

		if (r == -EINVAL && is_quota_pair(&write[i], n - i) &&
		    write_one(cg, &write[i + 1]) == 0)
			r = write_one(cg, &write[i]);
		if (r < 0)
			return say_write(cg, &write[i], -r, err);
	}
	return 0;
}

/* In a cgroup that was used before, the page cache of then counts too. */
int cgroup_check_memory(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err)
{
	char text[32];
	uint64_t limit, used;

	if (!plan->check_memory || cg->dir < 0)
		return 0;
	for (size_t i = 0; i < plan->n_late; i++) {
		const struct plan_write *w = &plan->late[i];

		if (!streq(w->file, "memory.max") || str_to_u64(w->value, UINT64_MAX, &limit) < 0)
			continue; /* "max" */

		ssize_t n = read_small(cg->dir, "memory.current", text, sizeof(text));

		if (n < 0 || str_to_u64(text, UINT64_MAX, &used) < 0 || used <= limit)
			continue;
		err_set(err, 0, "%s bytes are less than the %s in use already, and "
			"checkBeforeUpdate asks for an error then", w->value, text);
		return err_at(err, "%s", w->from);
	}
	return 0;
}

/* ---- processes ------------------------------------------------------------------------------ */

int cgroup_refused(const struct cgroup *cg, int code, struct error *err)
{
	static const struct {
		int code;
		const char *why;
	} reasons[] = {
		{ EOPNOTSUPP, " (it is in a threaded subtree, which takes threads only)" },
		{ EBUSY, " (it has controllers for its children: then it takes no processes)" },
		{ EAGAIN, " (pids.max of it or of a parent, or another limit of processes, "
			  "is reached)" },
		{ ENODEV, " (it was removed meanwhile)" },
		{ EACCES,
		  " (the caller must have write access to it, and to the cgroup above both)" },
		{ EPERM,
		  " (the caller must have write access to it, and to the cgroup above both)" },
	};
	const char *why = "";

	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].code == code)
			why = reasons[i].why;
	return err_set(err, code, "put a process into cgroup %s%s%s", cg->mount, cg->path, why);
}

int cgroup_add(const struct cgroup *cg, pid_t pid, struct error *err)
{
	char text[16];

	if (cg->dir < 0)
		return 0;
	snprintf(text, sizeof(text), "%d", (int)pid);

	int r = write_at(cg->dir, "cgroup.procs", text);

	return r < 0 ? cgroup_refused(cg, -r, err) : 0;
}

/* By one path, as `list` asks for each container: the kernel makes no symlinks in that tree. */
bool cgroup_is_frozen(const char *mount, const char *path)
{
	char file[PATH_MAX];

	if (!*path || (size_t)snprintf(file, sizeof(file), "%s%s/cgroup.events", mount, path) >=
			      sizeof(file))
		return false;
	return cgroup_count(AT_FDCWD, file, "frozen") > 0;
}

unsigned long cgroup_oom_kills(const struct cgroup *cg)
{
	long n = cg->dir < 0 ? 0 : cgroup_count(cg->dir, "memory.events", "oom_kill");

	return n < 0 ? 0 : (unsigned long)n;
}

static int give_one(const struct cgroup *cg, const char *file, uint32_t owner)
{
	int flags = AT_SYMLINK_NOFOLLOW | (*file ? 0 : AT_EMPTY_PATH);

	/* Not every file of the list exists with every controller. */
	return fchownat(cg->dir, file, owner, (gid_t)-1, flags) < 0 && errno != ENOENT ? -errno : 0;
}

int cgroup_give(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err)
{
	/* What may always be delegated; the list of the kernel has more. */
	char list[4096] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads", *rest = list,
	     *file;
	int r;

	if (!plan->give || cg->dir < 0)
		return 0;
	(void)read_small(AT_FDCWD, "/sys/kernel/cgroup/delegate", list, sizeof(list));
	r = give_one(cg, "", plan->owner);
	while (r == 0 && (file = strsep(&rest, "\n")))
		r = *file ? give_one(cg, file, plan->owner) : 0;
	return r < 0 ? err_set(err, -r, "give cgroup %s%s to uid %u", plan->mount, plan->path,
			       plan->owner)
		     : 0;
}

int cgroup_begin(const struct cgroup *cg, const struct plan_cgroup *plan, const char *owner,
		 struct error *err)
{
	if (cgroup_mark(cg, owner, err) < 0 ||
	    cgroup_limit(cg, plan->early, plan->n_early, err) < 0)
		return -1;
	return cgroup_give(cg, plan, err);
}
