/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders of the v2 tree by path: one openat2 where the kernel has it, a walk component by
 * component where it has not. The tree has no symlinks of its own, but what an administrator
 * mounted into it is not the tree: neither is followed. See cgroup_dir.h.
 */
#include "act/cgroup_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

int cgroup_top(const char *mount)
{
	int fd = fd_open(mount, O_PATH | O_DIRECTORY);

	return fd < 0 ? -errno : fd;
}

size_t cgroup_parent(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

size_t cgroup_next(const char *path, size_t len)
{
	size_t start = len + (path[len] == '/');

	return start + strcspn(path + start, "/");
}

int cgroup_name(const char *path, size_t len, char *name)
{
	size_t start = cgroup_parent(path, len) + 1;

	if (len <= start || len - start > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, path + start, len - start);
	name[len - start] = '\0';
	return 0;
}

/* The slow way: for kernels before 5.6, and outer sandboxes that refuse openat2. */
static int dir_walk(int top, const char *path, size_t len, int flags)
{
	autofd int dir = openat(top, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t end = 0; dir >= 0 && end < len;) {
		char name[NAME_MAX + 1];

		end = cgroup_next(path, end);
		if (cgroup_name(path, end, name) < 0)
			return -ENAMETOOLONG;

		int how = end < len ? O_PATH : flags;
		int next = openat(dir, name, how | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int r = -errno;

		if (next < 0)
			return r;
		autofd_close(&dir);
		dir = next;
	}
	return dir < 0 ? -errno : take_fd(&dir);
}

int cgroup_dir_open(int top, const char *path, size_t len, int flags)
{
	char below[PATH_MAX];

	if (len >= sizeof(below))
		return -ENAMETOOLONG;
	if (len <= 1) {
		int fd = openat(top, ".", flags | O_DIRECTORY | O_CLOEXEC);

		return fd < 0 ? -errno : fd;
	}
	memcpy(below, path + 1, len - 1);
	below[len - 1] = '\0';

	int r = sys_openat2(top, below, (uint64_t)(flags | O_DIRECTORY), 0,
			    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);

	if (r == -ENOSYS || r == -EPERM)
		r = dir_walk(top, path, len, flags);
	return r;
}

int cgroup_dir_remove(int top, const char *path, size_t len)
{
	char name[NAME_MAX + 1];

	if (cgroup_name(path, len, name) < 0)
		return -ENAMETOOLONG;

	size_t above = cgroup_parent(path, len);
	autofd int parent = above ? cgroup_dir_open(top, path, above, O_PATH) : -1;

	if (above && parent < 0)
		return parent == -ENOENT ? 0 : parent;
	if (unlinkat(above ? parent : top, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

/* A write of no bytes would not reach every file; a line without text does. */
int cgroup_write(int dir, const char *file, const char *text)
{
	return write_at(dir, file, *text ? text : "\n");
}

long cgroup_number(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return strtol(line + len, NULL, 10);
	}
	return -ENOENT;
}

long cgroup_count(int dir, const char *file, const char *key)
{
	char text[1024];
	ssize_t n = read_small(dir, file, text, sizeof(text));

	return n < 0 ? n : cgroup_number(text, key);
}
