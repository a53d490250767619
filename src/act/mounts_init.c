/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts add and remove from inside: the same words as mounts.c, from the other side. It joins the
 * container's user and mount namespaces but not that of its processes, so that none of them sees
 * it; what the container put at the places of the mounts is hostile all the same (inroot.h).
 */
#include "act/mounts_init.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/idmap.h"
#include "act/inroot.h"
#include "act/mount.h"
#include "act/ns.h"
#include "act/procfs.h"
#include "base/fd.h"
#include "base/mount.h"
#include "base/sys.h"

/* A mount's number is the kernel's; 0 where the descriptor is not at the top of a mount. */
static uint64_t number_of(int fd)
{
	struct statx st;

	if (sys_statx(fd, STATX_MNT_ID, &st) < 0 ||
	    !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return 0;
	return st.stx_mnt_id;
}

/* By the host's procfs: a descriptor is the only name of a mount that cannot be led astray. */
static int detach(const struct init *in, int fd)
{
	char name[32];

	snprintf(name, sizeof(name), "self/fd/%d", fd);
	if (fchdir(in->proc) < 0 || umount2(name, MNT_DETACH) < 0)
		return -errno;
	return 0;
}

/* Our own death signal would leave half of it: it is the end of the socket that ends us. */
static int enter(const struct plan *plan, struct mounts_init *x, struct error *err)
{
	const unsigned wanted = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC;

	prctl(PR_SET_NAME, "mcrun:[mounts]");
	umask(0);
	setsid();
	x->in.proc = procfs_root();
	if (x->in.proc < 0)
		return err_set(err, -x->in.proc, "open /proc, which must be a procfs");
	if (!(x->join & CLONE_NEWNS))
		return err_set(err, 0, "the container has no mount namespace of its own");
	if (ns_join_all(x->container, x->join & wanted, err) < 0)
		return -1;
	if ((x->join & CLONE_NEWUSER) && idmap_be_root(plan, err) < 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(err, errno, "hide from the container");
	x->in.root = fd_open("/", O_PATH | O_DIRECTORY);
	return x->in.root < 0 ? err_set(err, errno, "open the container's root") : 0;
}

/* ---- adding ---------------------------------------------------------------------------------- */

static int tell(const struct plan *plan, const struct mounts_init *x, struct error *err)
{
	for (size_t i = 0; i < plan->n_mount; i++) {
		uint64_t id = number_of(x->in.made[i]);

		if (id == 0 || id > INT32_MAX)
			return err_set(err, 0, "%s: its mount has no number (Linux 5.8 gives one)",
				       plan->mount[i].target);
		if (sync_say(&x->in.sync, SYNC_MOUNTED, (int32_t)id, err) < 0)
			return -1;
	}
	return sync_expect(&x->in.sync, SYNC_KEPT, NULL, err);
}

static int add(const struct plan *plan, struct mounts_init *x, struct error *err)
{
	if (mount_all(&x->in, plan, err) == 0 && mount_all_late(&x->in, plan, err) == 0 &&
	    tell(plan, x, err) == 0)
		return 0;
	for (size_t i = plan->n_mount; i-- > 0;)
		if (x->in.made[i] >= 0)
			detach(&x->in, x->in.made[i]);
	return -1;
}

/* ---- removing -------------------------------------------------------------------------------- */

/* Is it still the one that was added, and not one that the container led us to? */
static int find(const struct plan_mount *m, const struct mounts_init *x, uint64_t id, int *out,
		struct error *err)
{
	int fd = inroot_open(x->in.root, m->target, INROOT_NOFOLLOW);

	if (fd < 0)
		return err_set(err, -fd, "open the mount point %s", m->target);
	*out = fd;
	return number_of(fd) == id ? 0 : err_set(err, 0, "%s: what is there is not what 'mounts "
						 "add' has mounted", m->target);
}

static int remove_all(const struct plan *plan, struct mounts_init *x, struct error *err)
{
	for (size_t i = 0; i < plan->n_mount; i++)
		if (find(&plan->mount[i], x, x->remove[i], &x->in.made[i], err) < 0)
			return err_at(err, "%s", plan->mount[i].from);
	for (size_t i = plan->n_mount; i-- > 0;) {
		int r = detach(&x->in, x->in.made[i]);

		if (r < 0) {
			err_set(err, -r, "unmount %s", plan->mount[i].target);
			return err_at(err, "%s", plan->mount[i].from);
		}
	}
	return sync_say(&x->in.sync, SYNC_MOUNTED, 0, err);
}

void mounts_init_main(const struct plan *plan, struct mounts_init *x)
{
	struct error err = { 0 };

	if (enter(plan, x, &err) == 0 &&
	    (x->remove ? remove_all(plan, x, &err) : add(plan, x, &err)) == 0)
		_exit(0);
	sync_fail(&x->in.sync, &err);
	_exit(1);
}
