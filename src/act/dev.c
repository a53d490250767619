/* SPDX-License-Identifier: Apache-2.0 */
/* Makes nodes by descriptor: the folder is opened inside the root, the rest happens there. */
#include "act/dev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "act/inroot.h"
#include "act/mount.h"
#include "base/fd.h"
#include "base/str.h"

static mode_t kind(char type)
{
	return type == 'p' ? S_IFIFO : type == 'b' ? S_IFBLK : S_IFCHR;
}

static bool same_node(const struct plan_dev *d, const struct stat *st)
{
	if ((st->st_mode & S_IFMT) != kind(d->type))
		return false;
	return d->type == 'p' || st->st_rdev == makedev(d->major, d->minor);
}

/*
 * Opens what is there now, without following it, and proves that it is the node: between two calls
 * a rootfs on a shared volume may have got another one. A node that was there keeps its mode.
 */
static int open_node(int dir, const char *name, const struct plan_dev *d, struct error *err)
{
	autofd int node = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (node < 0 || fstat(node, &st) < 0)
		return err_set(err, errno, "look at device %s", d->path);
	if (!same_node(d, &st))
		return err_set(err, 0,
			       "device %s: the rootfs has something else there, not %c %u:%u",
			       d->path, d->type, d->major, d->minor);
	return take_fd(&node);
}

/* The folder of the node made last, which is nearly always that of the next: /dev. */
struct folder {
	int fd;
	const char *path; /* of a node in it */
	size_t len;       /* of the folder's own path */
};

static void folder_done(struct folder *f)
{
	autofd_close(&f->fd);
}
#define autofolder __attribute__((cleanup(folder_done)))

/* The folder of `path`, which stays the folder's to close, and the last component. Or -errno. */
static int folder_of(struct folder *f, int root, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (f->fd >= 0 && len == f->len && memcmp(path, f->path, len) == 0 && slash &&
	    slash[1] != '\0' && slash[1] != '.') {
		*name = slash + 1;
		return f->fd;
	}
	folder_done(f);
	*f = (struct folder){ inroot_parent(root, path, name), path, len };
	return f->fd;
}

static int make_node(const struct init *in, const struct plan_dev *d, struct folder *f,
		     struct error *err)
{
	const char *name;
	int dir = folder_of(f, in->root, d->path, &name);

	if (dir < 0)
		return err_set(err, -dir, "folder of device %s", d->path);

	bool made = mknodat(dir, name, kind(d->type) | d->mode, makedev(d->major, d->minor)) == 0;

	if (!made && errno != EEXIST)
		return err_set(err, errno, "make device %s", d->path);
	if (made && d->uid == 0 && d->gid == 0)
		return 0;

	autofd int node = open_node(dir, name, d, err);

	if (node < 0)
		return -1;
	if (fchownat(node, "", d->uid, d->gid, AT_EMPTY_PATH) < 0)
		return err_set(err, errno, "set the owner of device %s", d->path);
	return 0;
}

/*
 * In a user namespace the kernel makes no nodes: what the parent made, or else the host's own, is
 * bound in its place.
 */
static int bind_node(const struct init *in, const struct plan_dev *d, int *given, struct error *err)
{
	autofd int made = take_fd(given);
	autofd int tree = made >= 0 ? take_fd(&made) : mount_clone(AT_FDCWD, d->path, 0);
	struct stat st;

	if (tree < 0 || fstat(tree, &st) < 0)
		return err_set(err, tree < 0 ? -tree : errno, "device %s of the host", d->path);
	if (!same_node(d, &st))
		return err_set(err, 0,
			       "device %s: the host has something else there, not %c %u:%u, "
			       "and a user namespace allows no new node",
			       d->path, d->type, d->major, d->minor);

	autofd int target = inroot_open(in->root, d->path, INROOT_CREATE_FILE);
	int r = target < 0 ? target : mount_attach(tree, target);

	return r < 0 ? err_set(err, -r, "bind device %s", d->path) : 0;
}

static int make_link(const struct init *in, const struct plan_link *l, struct folder *f,
		     struct error *err)
{
	const char *name;
	char is[256];
	int dir = folder_of(f, in->root, l->path, &name);

	if (dir < 0)
		return err_set(err, -dir, "folder of symlink %s", l->path);
	if (symlinkat(l->target, dir, name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_set(err, errno, "make symlink %s", l->path);

	ssize_t n = readlinkat(dir, name, is, sizeof(is) - 1);

	if (n >= 0 && (size_t)n == strlen(l->target) && memcmp(is, l->target, (size_t)n) == 0)
		return 0;
	/*
	 * Only what would show the host's things is replaced: a ptmx that is no link to pts/ptmx.
	 */
	if (!streq(l->path, "/dev/ptmx"))
		return 0;
	if (unlinkat(dir, name, 0) < 0 || symlinkat(l->target, dir, name) < 0)
		return err_set(err, errno, "replace %s by a symlink", l->path);
	return 0;
}

int dev_all(struct init *in, const struct plan_root *root, struct error *err)
{
	autofolder struct folder f = { take_fd(&in->dev_mount), "/dev/", strlen("/dev") };

	for (size_t i = 0; i < root->n_dev; i++) {
		const struct plan_dev *d = &root->dev[i];
		bool bind = root->bind_devices && d->type != 'p';

		if ((bind ? bind_node(in, d, &in->trees.dev[i], err) : make_node(in, d, &f, err)) <
		    0)
			return err_at(err, "%s", d->from);
	}
	for (size_t i = 0; i < root->n_link; i++)
		if (make_link(in, &root->link[i], &f, err) < 0)
			return err_at(err, "%s", root->link[i].from);
	return 0;
}
