/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a path inside the container's root, whatever the container put there. The kernel resolves
 * it where it can (openat2); where something is to be made on the way, and on kernels without
 * openat2, a walk does: one component at a time, never through a symlink, ".." by going back to
 * the descriptor that it came from. Nothing else may join a rootfs path with a string.
 */
#include "act/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

enum {
	MAX_LINKS = 40,
	MAX_DEPTH = 128,
	MAX_REST = 2 * PATH_MAX,
};

struct walk {
	enum inroot_flags flags;
	int root;           /* borrowed */
	int dir[MAX_DEPTH]; /* the folders passed through, without the root; owned */
	int depth;
	int links;
	char rest[MAX_REST]; /* what is still to be walked */
};

static void walk_done(struct walk *w)
{
	while (w->depth > 0)
		close(w->dir[--w->depth]);
}

static int walk_here(const struct walk *w)
{
	return w->depth ? w->dir[w->depth - 1] : w->root;
}

/* Cuts the first component off `rest`. False at the end. `last`: nothing follows it. */
static bool walk_next(struct walk *w, char name[NAME_MAX + 1], bool *last, int *r)
{
	char *s = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(s, "/");

	*r = 0;
	if (len == 0)
		return false;
	if (len > NAME_MAX) {
		*r = -ENAMETOOLONG;
		return false;
	}
	memcpy(name, s, len);
	name[len] = '\0';
	s += len;
	*last = s[strspn(s, "/")] == '\0';
	memmove(w->rest, s, strlen(s) + 1);
	return true;
}

/* Puts what the symlink says in front of the rest. */
static int walk_link(struct walk *w, int link)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(link, "", text, sizeof(text));
	size_t rest = strlen(w->rest) + 1;

	if (n < 0)
		return -errno;
	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if ((size_t)n == sizeof(text) || (size_t)n + 1 + rest > sizeof(w->rest))
		return -ENAMETOOLONG;
	if (n > 0 && text[0] == '/')
		walk_done(w);
	memmove(w->rest + n + 1, w->rest, rest);
	memcpy(w->rest, text, (size_t)n);
	w->rest[n] = '/';
	return 0;
}

static int make(int dir, const char *name, bool as_file)
{
	int r = as_file ? mknodat(dir, name, S_IFREG | 0644, 0) : mkdirat(dir, name, 0755);

	return r < 0 && errno != EEXIST ? -errno : 0;
}

/* Opens one component where the walk stands, making it if it is to be made. */
static int walk_open(struct walk *w, const char *name, bool last)
{
	const int how = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	bool create = w->flags & (INROOT_CREATE_DIR | INROOT_CREATE_FILE);
	int fd = openat(walk_here(w), name, how);

	if (fd >= 0 || errno != ENOENT || !create)
		return fd < 0 ? -errno : fd;

	int r = make(walk_here(w), name, last && (w->flags & INROOT_CREATE_FILE));

	if (r < 0)
		return r;
	fd = openat(walk_here(w), name, how);
	return fd < 0 ? -errno : fd;
}

/* One component forward. 1: *out is what the path leads to; 0: go on. */
static int walk_step(struct walk *w, const char *name, bool last, int *out)
{
	struct stat st;

	if (streq(name, "."))
		return 0;
	if (streq(name, "..")) {
		if (w->depth > 0)
			close(w->dir[--w->depth]);
		return 0;
	}

	autofd int fd = walk_open(w, name, last);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode)) {
		if (last && (w->flags & INROOT_NOFOLLOW))
			return -ELOOP;
		return walk_link(w, fd);
	}
	if (!S_ISDIR(st.st_mode)) {
		if (!last)
			return -ENOTDIR;
		*out = take_fd(&fd);
		return 1;
	}
	if (w->depth == MAX_DEPTH)
		return -ENAMETOOLONG;
	w->dir[w->depth++] = take_fd(&fd);
	return 0;
}

static int walk(int root, const char *path, enum inroot_flags flags)
{
	struct walk w = { .flags = flags, .root = root };
	char name[NAME_MAX + 1];
	bool last;
	int r, fd = -1;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(w.rest, path);
	while (walk_next(&w, name, &last, &r)) {
		r = walk_step(&w, name, last, &fd);
		if (r != 0)
			break;
	}
	if (r == 0)
		fd = openat(walk_here(&w), ".", O_PATH | O_CLOEXEC);
	if (r == 0 && fd < 0)
		r = -errno;
	walk_done(&w);
	return r < 0 ? r : fd;
}

/*
 * The common case of what is to be made: only the last component is missing. The folder is resolved
 * by the kernel like all else; whatever is in the way is left to the walk.
 */
static int make_last(int root, const char *path, enum inroot_flags flags)
{
	const char *name;
	char dir[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(dir) || path[len - 1] == '/')
		return -ENOENT;
	strcpy(dir, path);
	name = strrchr(path, '/');
	dir[name ? name - path : 0] = '\0';
	name = name ? name + 1 : path;
	if (streq(name, ".") || streq(name, ".."))
		return -ENOENT;

	autofd int parent = sys_openat2(root, *dir ? dir : "/", O_PATH | O_DIRECTORY, 0,
					RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	int r = parent < 0 ? parent : make(parent, name, flags & INROOT_CREATE_FILE);

	return r < 0 ? r : sys_openat2(parent, name, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH);
}

int inroot_open(int root, const char *path, enum inroot_flags flags)
{
	uint64_t how = O_PATH | O_CLOEXEC;
	struct stat st;

	if (flags & INROOT_NOFOLLOW)
		how |= O_NOFOLLOW;

	autofd int fd = sys_openat2(root, path, how, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	if (fd == -ENOSYS || fd == -EPERM)
		return walk(root, path, flags);
	if (fd == -ENOENT && (flags & (INROOT_CREATE_DIR | INROOT_CREATE_FILE))) {
		fd = make_last(root, path, flags);
		if (fd < 0 || fstat(fd, &st) < 0 || S_ISLNK(st.st_mode))
			return walk(root, path, flags);
		return take_fd(&fd);
	}
	if (fd < 0)
		return fd;
	if ((flags & INROOT_NOFOLLOW) && (fstat(fd, &st) < 0 || S_ISLNK(st.st_mode)))
		return -ELOOP;
	return take_fd(&fd);
}

int inroot_parent(int root, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	size_t len = slash ? (size_t)(slash - path) : 0;

	*name = slash ? slash + 1 : path;
	if (**name == '\0' || streq(*name, "..") || streq(*name, "."))
		return -EINVAL;
	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	return inroot_open(root, len ? dir : "/", INROOT_CREATE_DIR);
}
