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
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "act/cgroup_dir.h"
#include "base/str.h"
#include "base/sys.h"

enum { DEPTH_MAX = 32 };

static const char mark[] = "mcrun", parent[] = "mcrun.parent";

/* Root of a user namespace may not write trusted attributes, and finds none. */
static bool is_mere_user(bool root)
{
	enum { INITIAL_USERNS = 0xEFFFFFFD }; /* its inode */
	struct stat st;

	return !root || (stat("/proc/self/ns/user", &st) == 0 && st.st_ino != INITIAL_USERNS);
}

/* Of root's attributes, or of those that a user may have. */
static const char *named(char name[64], const char *what, bool trusted)
{
	snprintf(name, 64, "%s.%s", trusted ? "trusted" : "user", what);
	return name;
}

static int mark_set(int dir, const char *what, const char *text, size_t n)
{
	bool root = sys_is_root();
	char name[64];

	if (root && fsetxattr(dir, named(name, what, true), text, n, 0) == 0)
		return 0;
	if (root && errno != EPERM)
		return -1;
	if (!is_mere_user(root))
		return errno = EPERM, -1;
	return fsetxattr(dir, named(name, what, false), text, n, 0);
}

static ssize_t mark_get(int dir, const char *what, char *text, size_t size)
{
	bool root = sys_is_root();
	char name[64];
	ssize_t n = root ? fgetxattr(dir, named(name, what, true), text, size) : -1;

	if (root && (n >= 0 || errno != ENODATA))
		return n;
	if (!is_mere_user(root))
		return errno = ENODATA, -1;
	return fgetxattr(dir, named(name, what, false), text, size);
}

/* Before the owner: the cgroup was there before him. A path begins with '/'. */
static const char taken[] = "taken:";

int cgroup_mark(const struct cgroup *cg, const char *owner, struct error *err)
{
	char text[PATH_MAX + 1];
	int n = snprintf(text, sizeof(text), "%s%s", cg->taken ? taken : "", owner);

	if (cg->dir < 0 || mark_set(cg->dir, mark, text, (size_t)n) == 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == EPERM)
		return 0;
	return err_set(err, errno, "mark cgroup %s%s as this container's", cg->mount, cg->path);
}

void cgroup_unmark(const struct cgroup *cg)
{
	char name[64];

	if (!sys_is_root() || fremovexattr(cg->dir, named(name, mark, true)) < 0)
		fremovexattr(cg->dir, named(name, mark, false));
}

/* The owner in the mark, "" if there is none; and whether he has only taken the cgroup. */
static const char *read_mark(int dir, char text[PATH_MAX + 1], bool *was_taken)
{
	ssize_t n = mark_get(dir, mark, text, PATH_MAX);

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

void cgroup_mark_parent(int dir)
{
	mark_set(dir, parent, "", 0);
}

bool cgroup_is_parent(int dir)
{
	return mark_get(dir, parent, NULL, 0) >= 0;
}

/* ---- the search ----------------------------------------------------------------------------- */

struct search {
	struct arena *a;
	const char *owner;
	const char *found; /* path in the tree, or NULL */
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
