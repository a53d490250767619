/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a cgroup: who is in it, killing them, waiting for them to be gone, removing it with
 * what was made below it. What is below is the container's doing and may be deep, wide and
 * changing, so nothing here recurses over it without bounds or counts on what it just saw.
 */
#include "act/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "act/cgroup_dir.h"
#include "base/str.h"
#include "base/sys.h"

enum {
	DEPTH_MAX = 256,	/* of cgroups below one, for listing */
	STEPS_MAX = 100000,	/* up and down, for removing */
	PROCS_MAX = 16 << 20,	/* bytes of one cgroup.procs */
	KILL_ROUNDS = 32,
	REMOVE_ROUNDS = 8,
	UNDO_MS = 2000,
};

/* ---- who is in it --------------------------------------------------------------------------- */

struct pids {
	struct arena *a;
	pid_t *list;
	size_t n;
};

/* "gone" and "threaded: the processes are told of elsewhere" are no errors. */
static int nothing_there(int r)
{
	return r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP ? 0 : r;
}

static int pids_of(int dir, struct pids *p)
{
	char *text = NULL;
	ssize_t r = read_at(dir, "cgroup.procs", PROCS_MAX, p->a, &text);

	if (r < 0)
		return nothing_there(r);
	for (char *end; *text; text = *end ? end + 1 : end) {
		long pid = strtol(text, &end, 10);

		if (end == text)
			return -EINVAL;
		if (pid <= 0) /* of another pid namespace */
			continue;
		p->list = arena_grow(p->a, p->list, p->n, sizeof(*p->list));
		p->list[p->n++] = (pid_t)pid;
	}
	return 0;
}

static DIR *list_open(int dir)
{
	autofd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d)
		take_fd(&fd);
	return d;
}

/* The next folder in the list, or NULL. */
static const char *list_next(DIR *d)
{
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		if (e->d_type == DT_DIR && !streq(e->d_name, ".") && !streq(e->d_name, ".."))
			return e->d_name;
	return NULL;
}

static int child_open(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int pids_below(int dir, unsigned depth, struct pids *p)
{
	int r = pids_of(dir, p);

	if (r < 0)
		return r;
	if (depth == DEPTH_MAX)
		return -ELOOP;

	DIR *d = list_open(dir);

	if (!d)
		return nothing_there(-errno);
	for (const char *name; r == 0 && (name = list_next(d)) != NULL;) {
		autofd int child = child_open(dir, name);

		r = child < 0 ? nothing_there(child) : pids_below(child, depth + 1, p);
	}
	closedir(d);
	return r;
}

int cgroup_pids(const struct cgroup *cg, struct arena *a, pid_t **out, size_t *out_n,
		struct error *err)
{
	struct pids p = { .a = a };
	int r = cg->dir < 0 ? 0 : pids_below(cg->dir, 0, &p);

	if (r < 0)
		return err_set(err, -r, "list the processes of cgroup %s%s", cg->mount, cg->path);
	*out = p.list;
	*out_n = p.n;
	return 0;
}

/* ---- killing -------------------------------------------------------------------------------- */

/* One after another, again and again, as some may be born meanwhile. */
static int kill_rounds(int dir)
{
	for (int i = 0; i < KILL_ROUNDS; i++) {
		struct arena a = { 0 };
		struct pids p = { .a = &a };
		int r = pids_below(dir, 0, &p);
		size_t hit = 0;

		for (size_t j = 0; j < p.n; j++)
			hit += kill(p.list[j], SIGKILL) == 0;
		arena_done(&a);
		if (r < 0 || hit == 0)
			return r;
	}
	return 0;
}

/* A frozen process of cgroup v2 can be killed, but not fork. */
static int kill_frozen(int dir)
{
	int frozen = write_at(dir, "cgroup.freeze", "1");
	int r = kill_rounds(dir);

	if (frozen == 0)
		write_at(dir, "cgroup.freeze", "0");
	return r;
}

int cgroup_kill(const struct cgroup *cg, struct error *err)
{
	if (cg->dir < 0)
		return 0;

	int r = write_at(cg->dir, "cgroup.kill", "1");

	if (r == -ENOENT || r == -EOPNOTSUPP)
		r = kill_frozen(cg->dir);
	if (nothing_there(r) < 0)
		return err_set(err, -r, "kill the processes of cgroup %s%s", cg->mount, cg->path);
	return 0;
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* 0 or -ETIMEDOUT. A cgroup that is gone is empty. */
static int wait_empty(int dir, int64_t deadline)
{
	return nothing_there(cgroup_await(dir, "populated 0", deadline));
}

/* ---- removing ------------------------------------------------------------------------------- */

/*
 * Removes what goes of the folders in `dir`; the name of one that does not goes into `stuck`.
 * Returns how many there were, or -errno.
 */
static int children_remove(int dir, char stuck[NAME_MAX + 1])
{
	DIR *d = list_open(dir);
	int n = 0;

	if (!d)
		return -errno;
	stuck[0] = '\0';
	for (const char *name; (name = list_next(d)) != NULL;) {
		n++;
		if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno == EBUSY)
			strcpy(stuck, name);
	}
	closedir(d);
	return n;
}

/*
 * Depth first, with two descriptors however deep it is: down into what does not go, up again when
 * nothing is left there. A folder that has no folders and still does not go has processes.
 */
static int below_remove(int top)
{
	autofd int dir = child_open(top, ".");
	size_t depth = 0;
	char stuck[NAME_MAX + 1];

	for (int step = 0; step < STEPS_MAX && dir >= 0; step++) {
		int n = children_remove(dir, stuck);

		if (n < 0)
			return nothing_there(n);
		if (!*stuck && depth == 0)
			return 0;
		if (n == 0 && cgroup_count(dir, "cgroup.events", "populated") > 0)
			return -EBUSY;

		int next = child_open(dir, *stuck ? stuck : "..");

		if (*stuck)
			depth++;
		else
			depth--;
		autofd_close(&dir);
		dir = next;
	}
	return dir < 0 ? nothing_there(dir) : -EBUSY;
}

static int remove_until(const struct cgroup *cg, int top, int64_t deadline)
{
	size_t len = strlen(cg->path);
	int r = cgroup_dir_remove(top, cg->path, len);

	for (int i = 0; i < REMOVE_ROUNDS && r == -EBUSY; i++) {
		r = wait_empty(cg->dir, deadline);
		if (r == 0)
			r = below_remove(cg->dir);
		if (r == 0)
			r = cgroup_dir_remove(top, cg->path, len);
	}
	return r;
}

int cgroup_drain(int dir, bool below, int ms)
{
	int r = wait_empty(dir, sys_now_ms() + ms);

	return r == 0 && below ? below_remove(dir) : r;
}

static bool is_ours(const struct cgroup *cg, int top, size_t len)
{
	if (len > cg->existed)
		return true;

	autofd int dir = cgroup_dir_open(top, cg->path, len, O_RDONLY);

	return dir >= 0 && cgroup_is_parent(dir);
}

/*
 * The parents that create made go with it, and those that the create of another container made,
 * unless somebody uses them by now: those do not go.
 */
static void parents_remove(const struct cgroup *cg, int top)
{
	size_t len = cgroup_parent(cg->path, strlen(cg->path));

	for (; len > 0 && is_ours(cg, top, len); len = cgroup_parent(cg->path, len))
		if (cgroup_dir_remove(top, cg->path, len) < 0)
			return;
}

int cgroup_remove(struct cgroup *cg, struct error *err)
{
	if (cg->dir < 0)
		return 0;
	if (cg->taken)
		return cgroup_give_back(cg, CGROUP_REMOVE_MS, err);

	autofd int top = cgroup_top(cg->mount);
	int r = top < 0 ? nothing_there(top)
			: remove_until(cg, top, sys_now_ms() + CGROUP_REMOVE_MS);

	if (r == -ETIMEDOUT)
		return err_set(err, 0, "remove cgroup %s%s: it still has processes after %d s",
			       cg->mount, cg->path, CGROUP_REMOVE_MS / 1000);
	if (r < 0)
		return err_set(err, -r, "remove cgroup %s%s", cg->mount, cg->path);
	if (top >= 0)
		parents_remove(cg, top);
	autofd_close(&cg->dir);
	return 0;
}

bool cgroup_remove_idle(struct cgroup *cg)
{
	autofd int top = cg->dir < 0 || cg->taken ? -1 : cgroup_top(cg->mount);

	if (top < 0 || cgroup_dir_remove(top, cg->path, strlen(cg->path)) < 0)
		return false;
	parents_remove(cg, top);
	autofd_close(&cg->dir);
	return true;
}

/* ---- undo ----------------------------------------------------------------------------------- */

static void undo_made(const struct cgroup *cg)
{
	autofd int top = cgroup_top(cg->mount);
	struct error ignored = { 0 };

	if (top < 0)
		return;
	if (cg->dir >= 0) {
		cgroup_kill(cg, &ignored);
		remove_until(cg, top, sys_now_ms() + UNDO_MS);
	}
	/* Also when it could not be opened: after an error half way down. */
	if (cgroup_dir_remove(top, cg->path, strlen(cg->path)) == 0)
		parents_remove(cg, top);
}

static void undo_taken(struct cgroup *cg)
{
	struct error ignored = { 0 };

	cgroup_kill(cg, &ignored);
	cgroup_give_back(cg, UNDO_MS, &ignored);
}

void cgroup_undo(struct cgroup *cg)
{
	if (cg->made && !cg->keep)
		undo_made(cg);
	else if (cg->taken && !cg->keep && cg->dir >= 0)
		undo_taken(cg);
	autofd_close(&cg->dir);
}
