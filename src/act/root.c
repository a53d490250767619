/* SPDX-License-Identifier: Apache-2.0 */
/* Turns the rootfs into "/". Masks are put in place before the pivot, while the host's own
 * /dev/null can still be had: the container's may be anything (CVE-2025-31133). */
#include "act/root.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "act/fsopts.h"
#include "act/inroot.h"
#include "act/mount.h"
#include "act/place.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

static int set_propagation(int fd, const char *path, uint64_t propagation, bool recursive)
{
	struct mount_attr attr = { .propagation = propagation };

	return sys_mount_setattr(
		fd, path, (*path ? 0 : AT_EMPTY_PATH) | (recursive ? AT_RECURSIVE : 0), &attr);
}

int root_above(int place)
{
	autofd int fd = openat(place, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statx st, before = { 0 };
	int r = 0;

	while (fd >= 0 && (r = sys_statx(fd, STATX_INO, &st)) == 0) {
		if (st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
			return take_fd(&fd);
		if (st.stx_ino == before.stx_ino && st.stx_dev_minor == before.stx_dev_minor)
			return -EINVAL; /* the "/" of a chroot, which is no mount */
		before = st;

		int up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		autofd_close(&fd);
		fd = up;
	}
	return r < 0 ? r : -errno;
}

/*
 * With the host's propagation kept, what is mounted below the rootfs would show up on
 * the host: the mount that the rootfs lies in must be private at least.
 */
static int part_from_host(struct init *in, int place)
{
	autofd int given = take_fd(&in->trees.above);
	autofd int above = given >= 0 ? take_fd(&given) : root_above(place);

	return above < 0 ? above : set_propagation(above, "", MS_PRIVATE, false);
}

static int open_rootfs(struct init *in, const struct plan_root *root, struct error *err)
{
	in->root = fd_open(root->path, O_PATH | O_DIRECTORY);
	if (in->root >= 0)
		return 0;
	err_set(err, errno, "rootfs %s", root->path);
	return err_at(err, "%s", root->from);
}

static const char *why_not_changed(int code)
{
	return code == EINVAL ? " ('/' is no mount point here: is this a chroot?)" : "";
}

int root_prepare(struct init *in, const struct plan_root *root, struct error *err)
{
	if (!root->mount_ns)
		return open_rootfs(in, root, err);

	bool kept = !root->host_propagation || root->host_propagation == MS_SHARED;
	int r = root->host_propagation
			? set_propagation(AT_FDCWD, "/", root->host_propagation, true)
			: 0;

	if (r < 0) {
		err_set(err, -r, "change the propagation of the host's mounts%s",
			why_not_changed(-r));
		return err_at(err, "/linux/rootfsPropagation");
	}

	autofd int given = take_fd(&in->trees.rootfs);
	autofd int place = given >= 0 ? take_fd(&given)
				      : fd_open(root->path, O_PATH | O_DIRECTORY);

	r = place < 0 ? -errno : kept ? part_from_host(in, place) : 0;

	autofd int tree = r < 0 ? r : mount_clone(place, "", AT_EMPTY_PATH | AT_RECURSIVE);

	/* A copy of a shared mount is in its group, and pivot_root takes none that is. */
	if (tree >= 0 && r >= 0 && kept)
		r = set_propagation(tree, "", MS_PRIVATE, false);
	if (tree >= 0 && r >= 0)
		r = mount_attach(tree, place);
	if (tree < 0 || r < 0) {
		err_set(err, tree < 0 ? -tree : -r, "mount the rootfs %s", root->path);
		return err_at(err, "%s", root->from);
	}
	in->root = take_fd(&tree);
	return 0;
}

/* ---- masked and read-only paths -------------------------------------------------------------- */

/* What is mounted over masked paths: made or found once, with the first of its kind. */
struct masks {
	int folder;	/* an empty read-only tmpfs */
	int file;	/* the host's /dev/null */
};

static void masks_done(struct masks *m)
{
	autofd_close(&m->folder);
	autofd_close(&m->file);
}
#define automasks __attribute__((cleanup(masks_done)))

/*
 * The first mask is the tmpfs itself, all others are copies of it, which only what is attached can
 * have (before Linux 6.15). The tree stays the masks' if it is m->folder. -1 and err.
 */
static int empty_folder(struct masks *m, struct error *err)
{
	static const char *const option[] = { "nr_inodes=1", "mode=755" };

	const struct mount_new what = { .type = "tmpfs",
					.source = "tmpfs",
					.option = option,
					.n_option = COUNT(option),
					.attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

	if (m->folder < 0)
		return m->folder = mount_make(&what, err);

	int tree = mount_clone(m->folder, "", AT_EMPTY_PATH);

	return tree < 0 ? err_set(err, -tree, "copy an empty tmpfs") : tree;
}

/* A copy of the mount of the host's /dev/null, which has to be the real one. -1 and err. */
static int null_file(struct masks *m, struct error *err)
{
	struct stat st;

	if (m->file < 0) {
		autofd int file = fd_open("/dev/null", O_PATH | O_NOFOLLOW);

		if (file < 0 || fstat(file, &st) < 0)
			return err_set(err, errno, "take the host's /dev/null");
		if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
			return err_set(err, 0, "the host's /dev/null is another device");
		m->file = take_fd(&file);
	}

	int tree = mount_clone(m->file, "", AT_EMPTY_PATH);

	return tree < 0 ? err_set(err, -tree, "take the host's /dev/null") : tree;
}

/*
 * Finds a path that need not exist. -ENOENT for everything that means "not there". What is below
 * /proc and /sys is looked for in the mounts that were made there, wherever they are by now; what
 * is an entry there, and no symlink, needs not be opened.
 */
static int find_there(const struct init *in, const char *path, struct place *out, struct stat *st)
{
	const char *in_proc = in->proc_mount >= 0 ? str_after(path, "/proc/") : NULL;
	const char *in_sys = in->sys_mount >= 0 ? str_after(path, "/sys/") : NULL;
	const char *rest = in_proc ? in_proc : in_sys ? in_sys : path;
	int dir = in_proc ? in->proc_mount : in_sys ? in->sys_mount : in->root;

	if (place_entry(rest, "")) {
		if (fstatat(dir, rest, st, AT_SYMLINK_NOFOLLOW) < 0)
			return errno == ENOTDIR ? -ENOENT : -errno;
		if (!S_ISLNK(st->st_mode)) {
			*out = (struct place){ dir, rest };
			return 0;
		}
	}

	autofd int fd = inroot_open(dir, rest, 0);

	if (fd < 0)
		return fd == -ENOTDIR || fd == -ELOOP ? -ENOENT : fd;
	if (fstat(fd, st) < 0)
		return -errno;
	*out = (struct place){ take_fd(&fd), "" };
	return 0;
}

static int mask_one(const struct init *in, const char *path, struct masks *m, struct error *err)
{
	autoplace struct place target = PLACE_INIT;
	struct stat st;
	int r = find_there(in, path, &target, &st);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_set(err, -r, "open %s to mask it", path);

	int tree = S_ISDIR(st.st_mode) ? empty_folder(m, err) : null_file(m, err);
	autofd int copy = tree == m->folder ? -1 : tree;

	if (tree < 0)
		return err_add(err, "mask %s", path);
	r = place_attach(&target, tree);
	return r < 0 ? err_set(err, -r, "mask %s", path) : 0;
}

static int readonly_one(const struct init *in, const char *path, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	autoplace struct place target = PLACE_INIT;
	struct stat st;
	int r = find_there(in, path, &target, &st);

	if (r == -ENOENT)
		return 0;

	autofd int tree = r < 0 ? r
				: mount_clone(target.fd, target.name, AT_EMPTY_PATH | AT_RECURSIVE |
								      AT_SYMLINK_NOFOLLOW);

	r = tree < 0 ? tree : sys_mount_setattr(tree, "", AT_EMPTY_PATH, &attr);
	if (r >= 0)
		r = place_attach(&target, tree);
	return r < 0 ? err_set(err, -r, "make %s read-only", path) : 0;
}

static int make_cwd(const struct init *in, const struct plan_process *process, struct error *err)
{
	if (!process->present || streq(process->cwd, "/"))
		return 0;

	autofd int fd = inroot_open(in->root, process->cwd, INROOT_CREATE_DIR);

	/* What cannot be made may still be a link that leads somewhere later: chdir will tell. */
	if (fd >= 0 || fd == -EROFS || fd == -EACCES || fd == -ELOOP || fd == -ENOTDIR)
		return 0;
	err_set(err, -fd, "make the working directory %s", process->cwd);
	return err_at(err, "%s/cwd", process->from);
}

int root_hide(const struct init *in, const struct plan *plan, struct error *err)
{
	const struct plan_root *root = &plan->root;
	automasks struct masks masks = { -1, -1 };

	if (make_cwd(in, &plan->process, err) < 0)
		return -1;
	for (size_t i = 0; i < root->n_readonly_path; i++)
		if (readonly_one(in, root->readonly_path[i].path, err) < 0)
			return err_at(err, "%s", root->readonly_path[i].from);
	for (size_t i = 0; i < root->n_masked; i++)
		if (mask_one(in, root->masked[i].path, &masks, err) < 0)
			return err_at(err, "%s", root->masked[i].from);
	if (root->readonly) {
		struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
		int r = sys_mount_setattr(in->root, "", AT_EMPTY_PATH, &attr);

		if (r < 0) {
			err_set(err, -r, "make the root read-only");
			return err_at(err, "/root/readonly");
		}
	}
	return 0;
}

/* ---- the pivot ------------------------------------------------------------------------------- */

/*
 * The host's own mounts stay in the namespace, below the new root. Its proc and sysfs may not: with
 * a full one in reach the kernel would let a user namespace mount unmasked ones. Those that are
 * locked to what they stand on are covered.
 */
static int hide_host(const char *path)
{
	while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	if (errno == EINVAL || errno == ENOENT) /* no mount, or no more */
		return 0;
	return mount("tmpfs", path, "tmpfs", MS_RDONLY, NULL) < 0 ? -errno : 0;
}

/* On an initramfs there is nothing to pivot: the tree is moved over "/" instead. */
static int move_root(void)
{
	int r = hide_host("/proc");

	if (r == 0)
		r = hide_host("/sys");
	if (r < 0)
		return r;

	autofd int here = fd_open(".", O_PATH | O_DIRECTORY);
	autofd int top = fd_open("/", O_PATH | O_DIRECTORY);

	if (here < 0 || top < 0)
		return -errno;

	r = mount_attach(here, top);
	return r < 0 ? r : chroot(".") < 0 ? -errno : 0;
}

/*
 * The old root lies on top of the new one for a moment and is then let go, with all below. Where
 * it was kept shared with the host, it stops being so first, or the host would lose its mounts.
 */
static int pivot(const struct plan_root *root)
{
	bool shared = root->host_propagation == MS_SHARED;
	autofd int old = shared ? fd_open("/", O_PATH | O_DIRECTORY) : -1;
	int r = shared && old < 0 ? -errno : sys_pivot_root(".", ".");

	if (r >= 0 && shared)
		r = set_propagation(old, "", MS_SLAVE, true);
	if (r < 0)
		return r;
	return umount2(".", MNT_DETACH) < 0 ? -errno : 0;
}

static int enter(const struct plan_root *root)
{
	switch (root->enter) {
	case ENTER_PIVOT:
		return pivot(root);
	case ENTER_MOVE:
		return move_root();
	default:
		return chroot(".") < 0 ? -errno : 0;
	}
}

int root_enter(struct init *in, const struct plan_root *root, struct error *err)
{
	int r = fchdir(in->root) < 0 ? -errno : 0;

	if (r == 0)
		r = enter(root);
	if (r == 0 && chdir("/") < 0)
		r = -errno;
	autofd_close(&in->root);
	autofd_close(&in->proc_mount);
	autofd_close(&in->sys_mount);
	if (r < 0) {
		err_set(err, -r, "make %s the root", root->path);
		return err_at(err, "%s", root->from);
	}
	if (!root->propagation)
		return 0;
	r = set_propagation(AT_FDCWD, "/", root->propagation, false);
	if (r < 0) {
		err_set(err, -r, "set the propagation of the root");
		return err_at(err, "/linux/rootfsPropagation");
	}
	return 0;
}
