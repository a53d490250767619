/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent opens the host's trees, which its child takes with it into the container's mount
 * namespace, and keeps the record. See mounts.h; mounts_init.c is the other side.
 */
#include "act/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act/child.h"
#include "act/idmap.h"
#include "act/mount.h"
#include "act/mounts_init.h"
#include "act/ns.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/trace.h"

static int refuse(const struct mounts *m, enum status status, struct error *err)
{
	if (status == STATUS_STOPPED)
		return err_set(err, 0, "cannot change mounts of container \"%s\": container not "
			       "running (no such process)", m->dir.id);
	return err_set(err, 0, "cannot change mounts of container \"%s\": it is %s", m->dir.id,
		       status_name(status));
}

int mounts_open(struct mounts *m, const char *root, const char *id, struct arena *a,
		struct error *err)
{
	trace_span("mounts");
	if (state_open(&m->dir, root, id, a, err) < 0 || state_lock(&m->dir, err) < 0 ||
	    !(m->state = state_read(&m->dir, a, err)))
		return -1;

	enum status status = state_status(&m->dir, m->state);

	if (state_reach(&m->dir, m->state, &m->pidfd, err) < 0)
		return -1;
	if (m->pidfd < 0 || status == STATUS_CREATING || status == STATUS_STOPPED)
		return refuse(m, m->pidfd < 0 ? STATUS_STOPPED : status, err);
	if (!sys_is_root())
		return err_set(err, 0, "the mounts of a container that is there can be changed by "
			       "root alone");
	return state_config_read(&m->dir, a, &m->config, &m->config_len, err);
}

/* ---- the host's trees ------------------------------------------------------------------------ */

/* A user namespace for mapped ids: one of its own, or the container's. */
static int userns_of(const struct mounts *m, const struct plan_mount *mount, struct error *err)
{
	char path[64];

	if (mount->idmap)
		return idmap_userns(mount->idmap, err);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)m->state->pid);

	int fd = fd_open(path, O_RDONLY);

	return fd < 0 ? err_set(err, errno, "open the container's user namespace") : fd;
}

static int open_tree_of(const struct mounts *m, const struct plan_mount *mount, struct error *err)
{
	autofd int tree = mount_clone(AT_FDCWD, mount->source,
				      (mount->recursive ? AT_RECURSIVE : 0) |
					      (mount->source_nofollow ? AT_SYMLINK_NOFOLLOW : 0));

	if (tree < 0)
		return mount_source_error(mount, -tree, err);
	if (!mount->idmap && !mount->container_idmap)
		return take_fd(&tree);

	autofd int userns = userns_of(m, mount, err);

	if (userns < 0 || mount_idmap(tree, mount, userns, err) < 0)
		return -1;
	return take_fd(&tree);
}

static int open_trees(const struct mounts *m, const struct plan *plan, struct mounts_init *x,
		      struct error *err)
{
	for (size_t i = 0; i < plan->n_mount; i++) {
		if (plan->mount[i].verb != MOUNT_BIND)
			continue;
		x->in.trees.mount[i] = open_tree_of(m, &plan->mount[i], err);
		if (x->in.trees.mount[i] < 0) {
			err_add(err, "%s", plan->mount[i].target);
			return err_at(err, "%s", plan->mount[i].from);
		}
	}
	return 0;
}

static void close_all(int *fd, size_t n)
{
	for (size_t i = 0; i < n; i++)
		autofd_close(&fd[i]);
}

/* ---- the child ------------------------------------------------------------------------------- */

static int start(const struct mounts *m, const struct plan *plan, struct mounts_init *x,
		 struct child *child, struct error *err)
{
	int pair[2];
	bool moved;

	x->container = m->pidfd;
	if (ns_other((pid_t)m->state->pid, &x->join, err) < 0)
		return -1;
	/* Its root may not be seen into, nor this process from inside. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(err, errno, "hide from the container");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, errno, "make the sync socket");
	child->sync.fd = pair[0];
	x->in.sync.fd = pair[1];

	autofd int childs_end = pair[1];
	pid_t pid = child_clone(0, -1, SIGCHLD, &child->sync.pidfd, &moved);

	if (pid == 0) {
		autofd_close(&child->sync.fd); /* its end of file tells of our death */
		mounts_init_main(plan, x);
	}
	if (pid < 0)
		return err_set(err, (int)-pid, "make a process for the container's mounts");
	child->pid = pid;
	return 0;
}

static void record_add(struct mounts *m, const struct plan_mount *mount, uint64_t id,
		       struct arena *a)
{
	struct state *s = m->state;

	s->mounts = arena_grow(a, s->mounts, s->n_mounts, sizeof(*s->mounts));
	s->mounts[s->n_mounts++] = (struct state_mount){
		.target = mount->target, .has_mount_id = true, .mount_id = id
	};
}

/* The child tells the kernel's number of each, and takes all of them away unless it is kept. */
static int expect_added(struct mounts *m, const struct plan *plan, const struct child *child,
			struct arena *a, struct error *err)
{
	for (size_t i = 0; i < plan->n_mount; i++) {
		int32_t id;

		if (sync_expect(&child->sync, SYNC_MOUNTED, &id, err) < 0)
			return -1;
		record_add(m, &plan->mount[i], (uint32_t)id, a);
	}
	if (state_write(&m->dir, a, m->state, err) < 0)
		return -1;
	return sync_say(&child->sync, SYNC_KEPT, 0, err);
}

static struct mounts_init *child_inherits(const struct plan *plan, struct arena *a)
{
	struct mounts_init *x = arena_new(a, struct mounts_init);

	*x = (struct mounts_init){ .in = INIT_INIT, .container = -1 };
	x->in.a = a;
	x->in.trees.ready = true;
	x->in.trees.mount = arena_alloc(a, plan->n_mount + 1, sizeof(int));
	x->in.made = arena_alloc(a, plan->n_mount + 1, sizeof(int));
	for (size_t i = 0; i < plan->n_mount; i++)
		x->in.trees.mount[i] = x->in.made[i] = -1;
	return x;
}

int mounts_add(struct mounts *m, const struct plan *plan, struct arena *a, struct error *err)
{
	autochild struct child child = CHILD_INIT;
	struct mounts_init *x = child_inherits(plan, a);
	int r = open_trees(m, plan, x, err);

	child.what = "the process in the container's mount namespace";
	if (r == 0)
		r = start(m, plan, x, &child, err);
	close_all(x->in.trees.mount, plan->n_mount);
	return r < 0 ? -1 : expect_added(m, plan, &child, a, err);
}

/* ---- removing -------------------------------------------------------------------------------- */

/* The one at this place that was added last, and none that is taken out already. */
static struct state_mount *find(const struct mounts *m, const char *target)
{
	for (size_t i = m->state->n_mounts; i-- > 0;)
		if (m->state->mounts[i].has_mount_id && streq(m->state->mounts[i].target, target))
			return &m->state->mounts[i];
	return NULL;
}

/* From the last to the first: what was mounted in another goes before it. */
static int take_out(const struct mounts *m, const struct plan *plan, struct mounts_init *x,
		    struct error *err)
{
	for (size_t i = plan->n_mount; i-- > 0;) {
		struct state_mount *found = find(m, plan->mount[i].target);

		if (!found)
			return err_in(err, plan->mount[i].from,
				      "%s: 'mounts add' has mounted nothing there",
				      plan->mount[i].target);
		x->remove[i] = found->mount_id;
		found->has_mount_id = false;
	}
	return 0;
}

static void forget(struct state *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_mounts; i++)
		if (s->mounts[i].has_mount_id)
			s->mounts[n++] = s->mounts[i];
	s->n_mounts = n;
}

int mounts_remove(struct mounts *m, const struct plan *plan, struct arena *a, struct error *err)
{
	autochild struct child child = CHILD_INIT;
	struct mounts_init *x = child_inherits(plan, a);

	child.what = "the process in the container's mount namespace";
	x->remove = arena_alloc(a, plan->n_mount + 1, sizeof(*x->remove));
	if (take_out(m, plan, x, err) < 0 || start(m, plan, x, &child, err) < 0 ||
	    sync_expect(&child.sync, SYNC_MOUNTED, NULL, err) < 0)
		return -1;
	forget(m->state);
	return state_write(&m->dir, a, m->state, err);
}
