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
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "act/cgroup_dir.h"

enum { DEPTH_MAX = 32 };

static const char *mark_name(void)
{
	return geteuid() == 0 ? "trusted.mcrun" : "user.mcrun";
}

int cgroup_mark(const struct cgroup *cg, const char *owner, struct error *err)
{
	if (cg->dir < 0 || fsetxattr(cg->dir, mark_name(), owner, strlen(owner), 0) == 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == EPERM)
		return 0;
	return err_set(err, errno, "mark cgroup %s%s as this container's", cg->mount, cg->path);
}

void cgroup_unmark(const struct cgroup *cg)
{
	fremovexattr(cg->dir, mark_name());
}

bool cgroup_mark_is(int dir, const char *owner)
{
	char text[PATH_MAX];
	ssize_t n = fgetxattr(dir, mark_name(), text, sizeof(text));

	return n >= 0 && (size_t)n == strlen(owner) && memcmp(text, owner, (size_t)n) == 0;
}

bool cgroup_is_marked(const struct cgroup *cg, const char *owner)
{
	if (cg->dir < 0 || cgroup_mark_is(cg->dir, owner))
		return true;
	/* Where there are no marks: EOPNOTSUPP. */
	return fgetxattr(cg->dir, mark_name(), NULL, 0) < 0 && errno != ENODATA;
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
