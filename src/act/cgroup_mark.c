/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mark that says whose a cgroup is, and the search for it where the record that names the
 * cgroup is damaged: it may be anywhere in the tree, so all of it is walked, seldom, and only when
 * a person asks for force.
 */
#include "act/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "act/cgroup_dir.h"
#include "base/str.h"
#include "base/sys.h"

enum { DEPTH_MAX = 32 };

static const char *mark_name(void)
{
	return sys_is_root() ? "trusted.mcrun" : "user.mcrun";
}

/* Before the owner: the cgroup was there before him. A path begins with '/'. */
static const char taken[] = "taken:";

int cgroup_mark(const struct cgroup *cg, const char *owner, struct error *err)
{
	char text[PATH_MAX + 1];
	int n = snprintf(text, sizeof(text), "%s%s", cg->taken ? taken : "", owner);

	if (cg->dir < 0 || fsetxattr(cg->dir, mark_name(), text, (size_t)n, 0) == 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == EPERM)
		return 0;
	return err_set(err, errno, "mark cgroup %s%s as this container's", cg->mount, cg->path);
}

void cgroup_unmark(const struct cgroup *cg)
{
	fremovexattr(cg->dir, mark_name());
}

/* The owner in the mark, "" if there is none; and whether he has only taken the cgroup. */
static const char *read_mark(int dir, char text[PATH_MAX + 1], bool *was_taken)
{
	ssize_t n = fgetxattr(dir, mark_name(), text, PATH_MAX);

	text[n < 0 ? 0 : n] = '\0';

	const char *owner = str_after(text, taken);

	*was_taken = owner != NULL;
	return owner ? owner : text;
}

bool cgroup_mark_is(int dir, const char *owner)
{
	char text[PATH_MAX + 1];
	bool was_taken;

	return streq(read_mark(dir, text, &was_taken), owner);
}

bool cgroup_mark_made(int dir)
{
	char text[PATH_MAX + 1];
	bool was_taken;

	return *read_mark(dir, text, &was_taken) && !was_taken;
}

bool cgroup_mark_taken(int dir)
{
	char text[PATH_MAX + 1];
	bool was_taken;

	read_mark(dir, text, &was_taken);
	return was_taken;
}

bool cgroup_is_marked(const struct cgroup *cg, const char *owner)
{
	char text[PATH_MAX + 1];
	bool was_taken;

	if (cg->dir < 0)
		return true;
	errno = 0;
	/* Where there are no marks: EOPNOTSUPP. */
	return streq(read_mark(cg->dir, text, &was_taken), owner) || (errno && errno != ENODATA);
}

static const char *parent_name(void)
{
	return sys_is_root() ? "trusted.mcrun.parent" : "user.mcrun.parent";
}

void cgroup_mark_parent(int dir)
{
	fsetxattr(dir, parent_name(), "", 0, 0);
}

bool cgroup_is_parent(int dir)
{
	return fgetxattr(dir, parent_name(), NULL, 0) >= 0;
}

/* ---- the search ----------------------------------------------------------------------------- */

struct search {
	struct arena *a;
	const char *owner;
	const char *found;	/* path in the tree, or NULL */
};

static void search_below(struct search *s, int top, const char *path, int depth)
{
	autofd int dir = cgroup_dir_open(top, path, strlen(path), O_RDONLY);
	DIR *d = dir < 0 || depth == DEPTH_MAX ? NULL : fdopendir(fcntl(dir, F_DUPFD_CLOEXEC, 3));
	struct dirent *e;

	if (dir >= 0 && cgroup_mark_is(dir, s->owner))
		s->found = path;
	while (d && !s->found && (e = readdir(d)))
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			search_below(s, top, arena_printf(s->a, "%s/%s", path, e->d_name),
				     depth + 1);
	if (d)
		closedir(d);
}

const char *cgroup_find(const char *mount, const char *owner, struct arena *a)
{
	struct search s = { .a = a, .owner = owner };
	autofd int top = cgroup_top(mount);

	if (top >= 0)
		search_below(&s, top, "", 0);
	return s.found;
}
