/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies a tree of the hostile rootfs, descriptor by descriptor: every name is opened with
 * O_NOFOLLOW below a folder that is open already.
 */
#include "act/copyup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/str.h"
#include "plan/plan.h"

enum { MAX_DEPTH = 64, MAX_LINKED = 256, XATTRS_MAX = 64 << 10, XATTR_MAX = 64 << 10 };

/* Files with several names: the copies, to be linked to. What is over the bound is copied again. */
struct linked {
	struct {
		ino_t ino;
		int fd;
	} file[MAX_LINKED];
	size_t n;
};

/* One tree, on one file system: what is mounted below it is not part of it. */
struct copy {
	dev_t dev;
	int depth;
	struct linked *linked;
	char *names, *value;	/* room for extended attributes */
};

static int copy_dir(int from, int to, struct copy c);

static int copy_data(int from, int to)
{
	ssize_t n;

	while ((n = sendfile(to, from, NULL, 1 << 30)) > 0)
		;
	return n < 0 ? -errno : 0;
}

static void fd_path(char path[32], int fd)
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

/* Opening a device may do things: only what has been seen to be a file is opened to be read. */
static int copy_file(int dir, int to, const char *name)
{
	autofd int at = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	autofd int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char path[32];
	struct stat now;

	if (at < 0 || out < 0 || fstat(at, &now) < 0)
		return -errno;
	if (!S_ISREG(now.st_mode))
		return -ESTALE; /* swapped meanwhile */
	fd_path(path, at);

	autofd int in = fd_open(path, O_RDONLY);

	return in < 0 ? -errno : copy_data(in, out);
}

static int copy_symlink(int dir, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlinkat(target, to, name) < 0 ? -errno : 0;
}

static int copy_folder(int dir, int to, const char *name, struct copy c)
{
	if (mkdirat(to, name, 0700) < 0)
		return -errno;

	autofd int in = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autofd int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (in < 0 || out < 0)
		return -errno;
	c.depth++;
	return copy_dir(in, out, c);
}

static int copy_meta(int to, const char *name, const struct stat *st)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };

	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISLNK(st->st_mode) && fchmodat(to, name, st->st_mode & 07777, 0) < 0)
		return -errno;
	return utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/*
 * Of O_PATH descriptors. What a tmpfs does not take (user.* before Linux 6.6), or this user
 * namespace may not set, is left out: the content is there all the same.
 */
static int copy_xattrs(int from, int to, struct copy c)
{
	char in[32], out[32];

	fd_path(in, from);
	fd_path(out, to);

	ssize_t n = listxattr(in, c.names, XATTRS_MAX);

	for (char *name = c.names; n > 0 && name < c.names + n; name += strlen(name) + 1) {
		ssize_t len = getxattr(in, name, c.value, XATTR_MAX);

		if (len < 0 || setxattr(out, name, c.value, (size_t)len, 0) == 0)
			continue;
		if (errno != EOPNOTSUPP && errno != EPERM && errno != EINVAL)
			return -errno;
	}
	return n < 0 && errno != EOPNOTSUPP ? -errno : 0;
}

/* After the owner, since a new one takes a file's capabilities away. */
static int copy_xattrs_at(int dir, int to, const char *name, struct copy c)
{
	autofd int from = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	autofd int out = openat(to, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return from < 0 || out < 0 ? -errno : copy_xattrs(from, out, c);
}

/* 1: the file has been copied under another name, and this is a link to it now. */
static int link_copy(int to, const char *name, const struct stat *st, const struct linked *linked)
{
	char path[32];

	for (size_t i = 0; i < linked->n; i++) {
		if (linked->file[i].ino != st->st_ino)
			continue;
		fd_path(path, linked->file[i].fd);
		return linkat(AT_FDCWD, path, to, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 1;
	}
	return 0;
}

static void keep_linked(int to, const char *name, const struct stat *st, struct linked *linked)
{
	if (st->st_nlink < 2 || linked->n == MAX_LINKED)
		return;

	int fd = openat(to, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	linked->file[linked->n].ino = st->st_ino;
	linked->file[linked->n++].fd = fd;
}

static int copy_regular(int dir, int to, const char *name, const struct stat *st, struct copy c)
{
	int r = st->st_nlink > 1 ? link_copy(to, name, st, c.linked) : 0;

	if (r == 0)
		r = copy_file(dir, to, name);
	if (r == 0)
		keep_linked(to, name, st, c.linked);
	return r;
}

static int copy_entry(int dir, int to, const char *name, struct copy c)
{
	struct stat st;
	int r;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (st.st_dev != c.dev)
		return 0;
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		r = copy_folder(dir, to, name, c);
		break;
	case S_IFREG:
		r = copy_regular(dir, to, name, &st, c);
		break;
	case S_IFLNK:
		r = copy_symlink(dir, to, name);
		break;
	case S_IFSOCK:
		return 0;
	default:
		r = mknodat(to, name, st.st_mode, st.st_rdev) < 0 ? -errno : 0;
	}
	if (r != 0) /* a link has all of it already */
		return r < 0 ? r : 0;
	r = copy_meta(to, name, &st);
	if (r < 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return r;
	return copy_xattrs_at(dir, to, name, c);
}

static int copy_dir(int from, int to, struct copy c)
{
	int copy = fcntl(from, F_DUPFD_CLOEXEC, 3), r = 0;
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;

	if (c.depth > MAX_DEPTH)
		r = -ELOOP;
	if (!d)
		return -errno;
	while (r == 0 && (e = readdir(d)))
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			r = copy_entry(from, to, e->d_name, c);
	closedir(d);
	return r;
}

static int copy_root_meta(int to, const struct stat *st, unsigned root)
{
	uid_t uid = root & COPY_ROOT_UID ? st->st_uid : (uid_t)-1;
	gid_t gid = root & COPY_ROOT_GID ? st->st_gid : (gid_t)-1;

	if (fchown(to, uid, gid) < 0)
		return -errno;
	return root & COPY_ROOT_MODE && fchmod(to, st->st_mode & 07777) < 0 ? -errno : 0;
}

int copy_up(int from, int to, unsigned root, struct arena *a, struct error *err)
{
	autofd int in = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autofd int out = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct copy c = { .linked = arena_new(a, struct linked),
			  .names = arena_alloc(a, XATTRS_MAX, 1),
			  .value = arena_alloc(a, XATTR_MAX, 1) };
	struct stat st;
	int r;

	if (in < 0 || out < 0 || fstat(in, &st) < 0)
		return err_set(err, errno, "copy up the mount point's content");
	c.dev = st.st_dev;
	r = copy_dir(in, out, c);
	if (r == 0)
		r = copy_root_meta(out, &st, root);
	if (r == 0)
		r = copy_xattrs(in, out, c);
	while (c.linked->n > 0)
		close(c.linked->file[--c.linked->n].fd);
	return r < 0 ? err_set(err, -r, "copy up the mount point's content") : 0;
}
