/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the planned mounts with the new mount API: first a detached tree, then its place. */
#include "act/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "act/copyup.h"
#include "act/fsopts.h"
#include "act/idmap.h"
#include "act/inroot.h"
#include "act/place.h"
#include "act/procfs.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/trace.h"

enum { CGROUP_FILE_MAX = 64 << 10 };

int mount_clone(int dir, const char *path, unsigned flags)
{
	return sys_open_tree(dir, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

int mount_attach(int tree, int target)
{
	return sys_move_mount(tree, "", target, "",
			      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* ---- attributes ------------------------------------------------------------------------------ */

/*
 * In a user namespace the kernel locks what a mount of the host has of these: they can be added,
 * not taken away; and the access times stay as they are.
 */
static int locked(int tree, const struct mount_attr *attr, struct error *err)
{
	static const struct {
		uint64_t attr;
		unsigned long now;
		const char *name;
	} flags[] = {
		{ MOUNT_ATTR_RDONLY, ST_RDONLY, "ro" },
		{ MOUNT_ATTR_NOSUID, ST_NOSUID, "nosuid" },
		{ MOUNT_ATTR_NODEV, ST_NODEV, "nodev" },
		{ MOUNT_ATTR_NOEXEC, ST_NOEXEC, "noexec" },
	};
	const char *name = attr->attr_clr & MOUNT_ATTR__ATIME ? "the access time flag" : NULL;
	struct statvfs st = { 0 };

	fstatvfs(tree, &st);
	for (size_t i = 0; i < COUNT(flags); i++)
		if (attr->attr_clr & ~attr->attr_set & flags[i].attr && st.f_flag & flags[i].now)
			name = flags[i].name;
	if (!name)
		return err_set(err, EPERM, "change mount flags");
	return err_set(err, EPERM, "change mount flags: the host's mount has them, and in a user "
		       "namespace %s is locked", name);
}

/* Engines ask for relatime as the kernel's default, not to have access times written. */
static bool only_relatime(int tree, const struct mount_attr *attr)
{
	struct statvfs st;

	return attr->attr_clr & MOUNT_ATTR__ATIME && !(attr->attr_set & MOUNT_ATTR__ATIME) &&
	       fstatvfs(tree, &st) == 0 && st.f_flag & ST_NOATIME;
}

static int set_attr(int tree, unsigned how, struct mount_attr attr, const struct plan_mount *m,
		    struct error *err)
{
	if (!attr.attr_set && !attr.attr_clr && !attr.propagation)
		return 0;

	int r = sys_mount_setattr(tree, "", AT_EMPTY_PATH | how, &attr);

	if (r == -EPERM && only_relatime(tree, &attr)) {
		attr.attr_clr &= ~(uint64_t)MOUNT_ATTR__ATIME;
		r = sys_mount_setattr(tree, "", AT_EMPTY_PATH | how, &attr);
		if (r == 0)
			log_warning("%s: %s stays noatime, which the host's mount has locked",
				    m->from, m->target);
	}
	if (r == -EPERM)
		return locked(tree, &attr, err);
	return r < 0 ? err_set(err, -r, "change mount flags") : 0;
}

static uint64_t attr_now(const struct plan_mount *m)
{
	return m->ro_late ? m->attr.set & ~(uint64_t)MOUNT_ATTR_RDONLY : m->attr.set;
}

/* A new file system is made with its flags, unless something is to be put into it before. */
static bool born_with_attr(const struct plan_mount *m)
{
	const uint64_t fsmount = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				 MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;

	return m->verb == MOUNT_NEW && !m->copy_up && !(attr_now(m) & ~fsmount);
}

static int set_attrs(int tree, const struct plan_mount *m, struct error *err)
{
	const struct plan_mount_attr *a = &m->attr;
	const struct mount_attr one = { .attr_set = attr_now(m), .attr_clr = a->clear };
	const struct mount_attr all = { .attr_set = a->rec_set, .attr_clr = a->rec_clear };

	if (!born_with_attr(m) && set_attr(tree, 0, one, m, err) < 0)
		return -1;
	return set_attr(tree, AT_RECURSIVE, all, m, err);
}

static int set_propagation(int tree, const struct plan_mount *m, struct error *err)
{
	return set_attr(tree, m->attr.rec_propagation ? AT_RECURSIVE : 0,
			(struct mount_attr){ .propagation = m->attr.propagation }, m, err);
}

int mount_idmap(int tree, const struct plan_mount *m, int userns, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns };
	int r = sys_mount_setattr(tree, "", AT_EMPTY_PATH | (m->rec_idmap ? AT_RECURSIVE : 0),
				  &attr);

	if (r == -EINVAL)
		return err_set(err, EINVAL, "map the ids of %s (its file system may not support "
			       "that, or have them mapped already)", m->source);
	return r < 0 ? err_set(err, -r, "map the ids of %s", m->source) : 0;
}

/* With a user namespace the parent has done it. */
static int set_idmap(const struct init *in, int tree, const struct plan_mount *m,
		     struct error *err)
{
	if (!m->idmap || m->opener == OPENER_PARENT || in->trees.ready)
		return 0;

	autofd int userns = idmap_userns(m->idmap, err);

	return userns < 0 ? -1 : mount_idmap(tree, m, userns, err);
}

/* ---- trees ----------------------------------------------------------------------------------- */

int mount_source_error(const struct plan_mount *m, int code, struct error *err)
{
	if (code != ENOENT && code != ENOTDIR)
		return err_set(err, code, "bind %s", m->source);
	err_set(err, code, "mount source %s", m->source);
	return err_at(err, "%s/source", m->from);
}

/* `given`: what the parent has opened, as a place or as the tree that is wanted. */
static int tree_bind(const struct plan_mount *m, int *given, struct error *err)
{
	unsigned flags = (m->recursive ? AT_RECURSIVE : 0) |
			 (m->source_nofollow ? AT_SYMLINK_NOFOLLOW : 0);
	autofd int source = take_fd(given);
	int tree = source < 0 ? mount_clone(AT_FDCWD, m->source, flags)
			      : mount_clone(source, "", flags | AT_EMPTY_PATH);

	return tree < 0 ? mount_source_error(m, -tree, err) : tree;
}

static struct mount_new new_of(const struct plan_mount *m)
{
	return (struct mount_new){ .type = m->type,
				   .source = m->source,
				   .option = m->option,
				   .n_option = m->n_option,
				   .attr = born_with_attr(m) ? attr_now(m) : 0 };
}

static int tree_new(const struct init *in, const struct plan_mount *m, struct error *err)
{
	const struct mount_new what = new_of(m);

	return fsopts_make(&what, in->root, in->a, err);
}

/* By its root: the tree's own descriptor is a path only, and those have no attributes to set. */
static int set_label(int tree, const struct plan_mount *m, struct error *err)
{
	if (!m->label)
		return 0;

	autofd int root = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0 || fsetxattr(root, "security.selinux", m->label, strlen(m->label) + 1, 0) < 0)
		return err_set(err, errno, "label it '%s'", m->label);
	return 0;
}

static bool shows_own_cgroup(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_mount; i++)
		if (plan->mount[i].verb == MOUNT_CGROUP && plan->mount[i].tree == TREE_OWN)
			return true;
	return false;
}

int mount_note_cgroup(struct init *in, const struct plan *plan, struct error *err)
{
	static const char v2[] = "0::";
	char *text = NULL, *save = NULL;
	ssize_t n;

	in->cgroup = plan->cgroup.path;
	if (!plan->cgroup.unit || !shows_own_cgroup(plan))
		return 0;

	autofd int fd = procfs_open(in->proc, "self/cgroup", O_RDONLY);

	n = fd < 0 ? fd : read_all(fd, CGROUP_FILE_MAX, in->a, &text);
	if (n < 0)
		return err_set(err, (int)-n, "read /proc/self/cgroup");
	in->cgroup = NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (str_after(line, v2))
			in->cgroup = str_after(line, v2);
	/* Outside of what is mounted here: it can be had by a new mount alone. */
	if (in->cgroup && str_after(in->cgroup, "/.."))
		in->cgroup = NULL;
	return 0;
}

static int tree_cgroup(const struct init *in, const struct plan_mount *m, const struct plan *plan,
		       struct error *err)
{
	const struct plan_cgroup *cg = &plan->cgroup;
	const char *own = m->tree == TREE_OWN ? in->cgroup : "";
	char path[4096];

	if (m->tree == TREE_NAMESPACE || !own)
		return mount_make(&(struct mount_new){ .type = "cgroup2", .source = "cgroup" },
				  err);
	if ((size_t)snprintf(path, sizeof(path), "%s%s", cg->mount, own) >= sizeof(path))
		return err_set(err, ENAMETOOLONG, "cgroup %s", own);

	int tree = mount_clone(AT_FDCWD, path, 0);

	return tree < 0 ? err_set(err, -tree, "show cgroup %s as %s", path, m->target) : tree;
}

static int tree_of(const struct init *in, const struct plan *plan, const struct plan_mount *m,
		   struct error *err)
{
	int *given = &in->trees.mount[m - plan->mount];

	if (in->trees.ready && *given >= 0)
		return take_fd(given);
	if (m->opener == OPENER_PARENT && (m->idmap || m->container_idmap))
		return take_fd(given);
	switch (m->verb) {
	case MOUNT_BIND:
		return tree_bind(m, given, err);
	case MOUNT_CGROUP:
		return tree_cgroup(in, m, plan, err);
	default:
		return tree_new(in, m, err);
	}
}

/* ---- targets --------------------------------------------------------------------------------- */

static void keep_mount(int *out, int *tree)
{
	autofd_close(out);
	*out = take_fd(tree);
}

/* The mount itself is kept, not its place: by the time that it is made read-only, another mount may
 * cover it. */
static int keep_late(struct init *in, const struct plan *plan, const struct plan_mount *m, int fd,
		     struct error *err)
{
	int *late = &in->ro_late[m - plan->mount];

	if (!m->ro_late)
		return 0;
	*late = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *late < 0 ? err_set(err, errno, "keep the mount to make it read-only") : 0;
}

/*
 * What later steps go into by descriptor. Into /dev they do so only while it is a tmpfs that we
 * have just made, and nothing was mounted since but what cannot lead there by a symlink.
 */
static void keep_known(struct init *in, const struct plan_mount *m, int *tree)
{
	bool entry = place_entry(m->target, "/dev/") || m->target_nofollow;

	if (!entry)
		autofd_close(&in->dev_mount);
	if (streq(m->target, "/proc"))
		keep_mount(&in->proc_mount, tree);
	else if (streq(m->target, "/sys"))
		keep_mount(&in->sys_mount, tree);
	else if (streq(m->target, "/")) /* what is mounted over the rootfs is the rootfs now */
		keep_mount(&in->root, tree);
	else if (streq(m->target, "/dev") && born_with_attr(m) && streq(m->type, "tmpfs") &&
		 fchdir(*tree) == 0)
		keep_mount(&in->dev_mount, tree);
}

/*
 * A new file system on an entry of our own /dev, the working directory (keep_known), of which
 * nothing more is wanted than that it is there. False: it is to be made step by step, as all else
 * is, be it that the steps can tell what is wrong with it.
 */
static bool mount_at_once(const struct init *in, const struct plan_mount *m)
{
	const char *entry = place_in_dev(in, m);
	const struct plan_mount_attr *a = &m->attr;

	if (!entry || !born_with_attr(m) || m->label || m->idmap || m->container_idmap ||
	    m->ro_late || in->made || a->propagation || a->rec_set || a->rec_clear)
		return false;

	const struct mount_new what = new_of(m);

	/* What was there already could be a symlink, which mount(2) follows. */
	return mkdirat(in->dev_mount, entry, 0755) == 0 && fsopts_mount(&what, entry) == 0;
}

static int mount_tree(struct init *in, const struct plan *plan, const struct plan_mount *m,
		      struct error *err)
{
	if (mount_at_once(in, m))
		return 0;

	autofd int tree = tree_of(in, plan, m, err);
	autoplace struct place target = PLACE_INIT;

	if (tree < 0 || place_find(&target, in, m, tree, err) < 0 ||
	    (m->copy_up && copy_up(target.fd, tree, m->copy_root, in->a, err) < 0) ||
	    set_label(tree, m, err) < 0 || set_idmap(in, tree, m, err) < 0 ||
	    set_attrs(tree, m, err) < 0)
		return -1;

	int r = place_attach(&target, tree);

	if (r < 0)
		return place_refused(&target, m, tree, -r, err);
	if (in->made && (in->made[m - plan->mount] = fcntl(tree, F_DUPFD_CLOEXEC, 3)) < 0)
		return err_set(err, errno, "keep the mount");
	if (set_propagation(tree, m, err) < 0 || keep_late(in, plan, m, tree, err) < 0)
		return -1;
	keep_known(in, m, &tree);
	return 0;
}

/* Other flags, options or propagation for what is mounted there already. */
static int mount_change(struct init *in, const struct plan *plan, const struct plan_mount *m,
			struct error *err)
{
	const struct mount_new what = { .type = "", .option = m->option, .n_option = m->n_option };
	autofd int fd = inroot_open(in->root, m->target, 0);

	if (fd < 0)
		return err_set(err, -fd, "open the mount point");
	if (m->n_option > 0 && fsopts_change(fd, &what, in->a, err) < 0)
		return -1;
	if (set_attrs(fd, m, err) < 0 || set_propagation(fd, m, err) < 0)
		return -1;
	return keep_late(in, plan, m, fd, err);
}

int mount_all(struct init *in, const struct plan *plan, struct error *err)
{
	in->ro_late = arena_alloc(in->a, plan->n_mount, sizeof(*in->ro_late));
	for (size_t i = 0; i < plan->n_mount; i++)
		in->ro_late[i] = -1;
	for (size_t i = 0; i < plan->n_mount; i++) {
		const struct plan_mount *m = &plan->mount[i];
		bool change = m->verb == MOUNT_REMOUNT || m->verb == MOUNT_PROPAGATE;

		trace_span(m->target);
		if ((change ? mount_change(in, plan, m, err) : mount_tree(in, plan, m, err)) < 0) {
			err_add(err, "%s", m->target);
			return err_at(err, "%s", m->from);
		}
	}
	return 0;
}

int mount_all_late(const struct init *in, const struct plan *plan, struct error *err)
{
	const struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };

	for (size_t i = 0; i < plan->n_mount; i++) {
		autofd int fd = in->ro_late[i];

		in->ro_late[i] = -1;
		if (fd >= 0 && set_attr(fd, 0, ro, &plan->mount[i], err) < 0)
			return err_at(err, "%s", plan->mount[i].from);
	}
	return 0;
}
