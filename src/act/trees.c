/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's visit to init's mount namespace, and both sides of the word TREE. */
#include "act/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "act/fsopts.h"
#include "act/idmap.h"
#include "act/mount.h"
#include "act/root.h"
#include "act/sync.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/sys.h"

/* What stands beside TREE, so that a mistake in the order is noticed. */
enum { VALUE_ROOTFS = -1, VALUE_ABOVE = -2, VALUE_DEV = -3 /* and below */ };

static bool is_mapped(const struct plan_mount *m)
{
	return m->idmap || m->container_idmap;
}

static bool wants_above(const struct plan_root *root)
{
	return root->opener == OPENER_PARENT && root->host_propagation == MS_SHARED;
}

/* ---- the visit ------------------------------------------------------------------------------- */

struct visit {
	const struct plan *plan;
	const struct sync *sync;
	struct arena *a;
	pid_t init;
	int home, root, cwd;	/* the parent's own mount namespace, "/", working directory */
	int userns;		/* the container's */
	int room;		/* a tmpfs for device nodes; -1 until it is needed */
	bool refused;	/* it was not to be entered: init has to do what it can */
};

/* setns(2) has changed both. */
static int go_home(const struct visit *v)
{
	return fchdir(v->root) < 0 || chroot(".") < 0 || fchdir(v->cwd) < 0 ? -1 : 0;
}

static void visit_end(struct visit *v)
{
	if (v->home >= 0 && (setns(v->home, CLONE_NEWNS) < 0 || go_home(v) < 0)) {
		log_warning("cannot come back from the container's mount namespace");
		_exit(1); /* in a foreign place nothing may be undone by path */
	}
	autofd_close(&v->home);
	autofd_close(&v->root);
	autofd_close(&v->cwd);
	autofd_close(&v->userns);
	autofd_close(&v->room);
}
#define autovisit __attribute__((cleanup(visit_end)))

static int open_of(pid_t pid, const char *what, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);

	int fd = fd_open(path, flags);

	return fd < 0 ? -errno : fd;
}

/*
 * Where init may not be traced (root without CAP_SYS_PTRACE) there is no visit; only what nobody
 * but the parent can do is an error then.
 */
static int visit_begin(struct visit *v, struct error *err)
{
	autofd int there = open_of(v->init, "ns/mnt", O_RDONLY);
	autofd int root = open_of(v->init, "root", O_PATH | O_DIRECTORY);
	autofd int home = fd_open("/proc/self/ns/mnt", O_RDONLY);

	v->root = fd_open("/", O_PATH | O_DIRECTORY);
	v->cwd = fd_open(".", O_PATH | O_DIRECTORY);
	v->userns = open_of(v->init, "ns/user", O_RDONLY);
	v->refused = there == -EACCES || there == -EPERM;
	if (v->refused)
		return 0;
	if (there < 0 || root < 0 || home < 0 || v->root < 0 || v->cwd < 0 || v->userns < 0)
		return err_set(err, errno, "look into the container's mount namespace");
	/* First its own: root of a user namespace alone may not come back to the host's. */
	if (setns(home, CLONE_NEWNS) < 0) {
		v->refused = errno == EPERM;
		return v->refused ? 0 : err_set(err, errno, "enter its own mount namespace");
	}
	v->home = take_fd(&home);
	if (setns(there, CLONE_NEWNS) < 0) {
		v->refused = errno == EPERM;
		return v->refused ? 0 : err_set(err, errno, "enter the container's mounts");
	}
	if (fchdir(root) < 0 || chroot(".") < 0)
		return err_set(err, errno, "enter the container's mount namespace");
	return 0;
}

static int send_tree(const struct visit *v, int value, int fd, struct error *err)
{
	return sync_say_fd(v->sync, SYNC_TREE, value, fd, err);
}

/* ---- the rootfs ------------------------------------------------------------------------------ */

static int send_rootfs(const struct visit *v, struct error *err)
{
	const struct plan_root *root = &v->plan->root;
	autofd int fd = v->refused ? -1 : fd_open(root->path, O_PATH | O_DIRECTORY);

	if (fd < 0 && !v->refused) {
		err_set(err, errno, "rootfs %s", root->path);
		return err_at(err, "%s", root->from);
	}
	if (send_tree(v, VALUE_ROOTFS, fd, err) < 0)
		return -1;
	if (!wants_above(root))
		return 0;

	autofd int above = v->refused ? -1 : root_above(fd);

	return send_tree(v, VALUE_ABOVE, above, err);
}

/* ---- mounts ---------------------------------------------------------------------------------- */

static int open_source(const struct plan_mount *m, struct error *err)
{
	int fd = fd_open(m->source, O_PATH | (m->source_nofollow ? O_NOFOLLOW : 0));

	return fd < 0 ? mount_source_error(m, errno, err) : fd;
}

static int new_tree(const struct visit *v, const struct plan_mount *m, struct error *err)
{
	const struct mount_new what = { .type = m->type,
					.source = m->source,
					.option = m->option,
					.n_option = m->n_option };
	autofd int place = fd_open("/", O_PATH | O_DIRECTORY);

	return place < 0 ? err_set(err, errno, "open /") : fsopts_make(&what, place, v->a, err);
}

/* A copy as init would make it later, when it has set the propagation of all it sees. */
static int copy_tree(const struct visit *v, const struct plan_mount *m, struct error *err)
{
	autofd int source = open_source(m, err);

	if (source < 0)
		return -1;

	struct mount_attr attr = { .propagation = v->plan->root.host_propagation };
	autofd int tree = mount_clone(source, "",
				      AT_EMPTY_PATH | (m->recursive ? AT_RECURSIVE : 0));
	int r = tree < 0 ? tree
			 : sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr);

	return r < 0 ? mount_source_error(m, -r, err) : take_fd(&tree);
}

static int mapped_tree(const struct visit *v, const struct plan_mount *m, struct error *err)
{
	autofd int tree = m->verb == MOUNT_NEW ? new_tree(v, m, err) : copy_tree(v, m, err);
	autofd int own = m->idmap && tree >= 0 ? idmap_userns(m->idmap, err) : -1;

	if (tree < 0 || (m->idmap && own < 0) ||
	    mount_idmap(tree, m, m->idmap ? own : v->userns, err) < 0)
		return -1;
	return take_fd(&tree);
}

static int send_mount(const struct visit *v, const struct plan_mount *m, struct error *err)
{
	autofd int fd = -1;

	if (v->refused && is_mapped(m))
		err_set(err, EPERM, "enter the container's mount namespace to map the ids of a "
			"mount");
	else if (!v->refused)
		fd = is_mapped(m) ? mapped_tree(v, m, err) : open_source(m, err);
	if (fd < 0 && (!v->refused || is_mapped(m))) {
		err_add(err, "%s", m->target);
		return err_at(err, "%s", m->from);
	}
	return send_tree(v, (int)(m - v->plan->mount), fd, err);
}

/* ---- devices --------------------------------------------------------------------------------- */

/* Which id of the host an id of the container is: "INSIDE OUTSIDE COUNT" lines, init's own map. */
static int host_id(const struct visit *v, const char *file, uint32_t id, uint32_t *out,
		   struct error *err)
{
	char path[64], *text, *next;
	uint64_t inside, outside, count;

	snprintf(path, sizeof(path), "/proc/%d/%s", v->init, file);
	if (read_at(AT_FDCWD, path, 1 << 16, v->a, &text) < 0)
		return err_set(err, errno, "read the %s of the user namespace", file);
	for (; *text; text = next) {
		size_t n = strcspn(text, "\n");

		next = text + n + (text[n] == '\n');
		if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &inside, &outside, &count) !=
		    3)
			break;
		if (id < inside || id - inside >= count)
			continue;
		*out = (uint32_t)(outside + (id - inside));
		return 0;
	}
	return err_set(err, 0, "its owner %u is not in the %s of the user namespace", id, file);
}

/* A tmpfs of the host's root, over the root of init's namespace while nodes are made in it. */
static int open_room(struct visit *v, struct error *err)
{
	const struct mount_new room = { .type = "tmpfs", .source = "tmpfs" };

	if (v->room >= 0)
		return 0;

	autofd int top = fd_open("/", O_PATH | O_DIRECTORY);
	autofd int tree = top < 0 ? -1 : mount_make(&room, err);

	if (top < 0)
		return err_set(err, errno, "open /");
	if (tree < 0)
		return -1;

	int r = mount_attach(tree, top);

	if (r < 0)
		return err_set(err, -r, "make room for device nodes");
	v->room = take_fd(&tree);
	return 0;
}

static int close_room(struct visit *v, struct error *err)
{
	if (v->room < 0)
		return 0;
	if (fchdir(v->room) < 0 || umount2(".", MNT_DETACH) < 0)
		return err_set(err, errno, "clear the room of device nodes");
	return 0;
}

static int make_node(struct visit *v, const struct plan_dev *d, struct error *err)
{
	mode_t kind = d->type == 'b' ? S_IFBLK : S_IFCHR;
	uint32_t uid, gid;
	char name[16];

	snprintf(name, sizeof(name), "%zu", (size_t)(d - v->plan->root.dev));
	if (host_id(v, "uid_map", d->uid, &uid, err) < 0 ||
	    host_id(v, "gid_map", d->gid, &gid, err) < 0 || open_room(v, err) < 0)
		return -1;
	/* The caller's umask is no part of the plan: so the mode is set, and after the owner. */
	if (mknodat(v->room, name, kind | 0600, makedev(d->major, d->minor)) < 0 ||
	    fchownat(v->room, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(v->room, name, d->mode, 0) < 0)
		return err_set(err, errno, "make device %s", d->path);

	int tree = mount_clone(v->room, name, AT_SYMLINK_NOFOLLOW);

	return tree < 0 ? err_set(err, -tree, "take device %s", d->path) : tree;
}

static int send_devices(struct visit *v, struct error *err)
{
	const struct plan_root *root = &v->plan->root;

	for (size_t i = 0; i < root->n_dev; i++) {
		if (!root->dev[i].by_parent)
			continue;

		autofd int tree = v->refused ? -1 : make_node(v, &root->dev[i], err);

		if (tree < 0 && !v->refused)
			return err_at(err, "%s", root->dev[i].from);
		if (send_tree(v, VALUE_DEV - (int)i, tree, err) < 0)
			return -1;
	}
	return close_room(v, err);
}

/* ---- the two sides --------------------------------------------------------------------------- */

static bool anything(const struct plan *plan)
{
	return plan->root.opener == OPENER_PARENT; /* and without a rootfs there is no mount */
}

int trees_send(const struct plan *plan, pid_t init, const struct sync *s, struct arena *a,
	       struct error *err)
{
	autovisit struct visit v = { .plan = plan, .sync = s, .a = a, .init = init, .home = -1,
				     .root = -1, .cwd = -1, .userns = -1, .room = -1 };

	if (!anything(plan))
		return 0;
	if (visit_begin(&v, err) < 0 || send_rootfs(&v, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->n_mount; i++)
		if (plan->mount[i].opener == OPENER_PARENT &&
		    send_mount(&v, &plan->mount[i], err) < 0)
			return -1;
	return send_devices(&v, err);
}

static int take_one(const struct sync *s, int want, int *out, struct error *err)
{
	int32_t value;

	if (sync_expect_fd(s, SYNC_TREE, &value, out, err) < 0)
		return -1;
	return value == want ? 0 : err_set(err, 0, "heard TREE %d, expected %d", value, want);
}

static int *unset(struct arena *a, size_t n)
{
	int *list = arena_alloc(a, n, sizeof(*list));

	for (size_t i = 0; i < n; i++)
		list[i] = -1;
	return list;
}

int trees_take(struct trees *trees, const struct plan *plan, const struct sync *s, struct arena *a,
	       struct error *err)
{
	const struct plan_root *root = &plan->root;

	trees->mount = unset(a, plan->n_mount);
	trees->dev = unset(a, root->n_dev);
	if (!anything(plan))
		return 0;
	if (take_one(s, VALUE_ROOTFS, &trees->rootfs, err) < 0 ||
	    (wants_above(root) && take_one(s, VALUE_ABOVE, &trees->above, err) < 0))
		return -1;
	for (size_t i = 0; i < plan->n_mount; i++)
		if (plan->mount[i].opener == OPENER_PARENT &&
		    take_one(s, (int)i, &trees->mount[i], err) < 0)
			return -1;
	for (size_t i = 0; i < root->n_dev; i++)
		if (root->dev[i].by_parent &&
		    take_one(s, VALUE_DEV - (int)i, &trees->dev[i], err) < 0)
			return -1;
	return 0;
}
