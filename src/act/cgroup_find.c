/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for a container's cgroup by its mark, where the record that names it is damaged. It may be
 * anywhere in the tree, so all of it is walked: seldom, and only when a person asks for force.
 */
#include "act/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "act/cgroup_dir.h"

enum { DEPTH_MAX = 32 };

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
