/* SPDX-License-Identifier: Apache-2.0 */
/* kill and delete: ends processes and takes back what create made, from its record. */
#include "act/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "act/cgroup.h"
#include "act/facts.h"
#include "act/hooks.h"
#include "act/procfs.h"
#include "act/resctrl.h"
#include "act/scope.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/names.h"
#include "base/sys.h"
#include "base/trace.h"

/* ---- kill ------------------------------------------------------------------------------------ */

/* The words are those that containerd and CRI-O look for. */
static int not_running(const char *id, struct error *err)
{
	err_set(err, 0, "container \"%s\": container not running (no such process)", id);
	err->code = ESRCH;
	return -1;
}

static int kill_container(const struct state_dir *dir, const struct state *state, int sig,
			  struct error *err)
{
	autofd int pidfd = state_pidfd(state);
	int r = pidfd < 0 ? pidfd : sys_pidfd_send_signal(pidfd, sig);

	if (r == -ESRCH)
		return not_running(dir->id, err);
	return r < 0 ? err_set(err, -r, "send %s to container \"%s\"", signal_name(sig), dir->id)
		     : 0;
}

/*
 * SIGKILL of an init that is not the init of its pid namespace, which is the host's or another
 * container's: the kernel ends nobody with it, so all that is left in the cgroup goes, too.
 */
static int kill_shared(const struct state_dir *dir, const struct state *state, struct arena *a,
		       struct error *err)
{
	autocgroup struct cgroup cg = { .dir = -1 };
	int inner = procfs_inner_pid((pid_t)state->pid, a);

	if (kill_container(dir, state, SIGKILL, err) < 0)
		return -1;
	if (inner <= 1)
		return 0;
	if (state_cgroup_open(state, &cg, a, err) < 0)
		return -1;
	return cgroup_is_marked(&cg, dir->path) ? cgroup_kill(&cg, err) : 0;
}

static int kill_all(const struct state_dir *dir, const struct state *state, int sig,
		    struct arena *a, struct error *err)
{
	autocgroup struct cgroup cg = { .dir = -1 };
	pid_t *pids;
	size_t n;

	if (state_cgroup_open(state, &cg, a, err) < 0)
		return -1;
	/* Without a cgroup there is init alone; --all of a stopped one is no error, as in runc. */
	if (cg.dir < 0 || !cgroup_is_marked(&cg, dir->path))
		return kill_container(dir, state, sig, err) < 0 && err->code != ESRCH ? -1 : 0;
	if (sig == SIGKILL)
		return cgroup_kill(&cg, err);
	if (cgroup_pids(&cg, a, &pids, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (kill(pids[i], sig) < 0 && errno != ESRCH)
			return err_set(err, errno, "send %s to process %d", signal_name(sig),
				       pids[i]);
	return 0;
}

/* runtime.md, kill: of what is neither created nor running, an error without effect. */
static int refuse_unfinished(const struct state_dir *dir, const struct state *state,
			     struct error *err)
{
	if (state->complete)
		return 0;
	return err_set(err, 0, "container \"%s\" is still being created (delete --force ends it)",
		       dir->id);
}

static int kill_one(const struct state_dir *dir, const struct state *state, int sig,
		    struct arena *a, struct error *err)
{
	return sig == SIGKILL ? kill_shared(dir, state, a, err)
			      : kill_container(dir, state, sig, err);
}

int act_kill(const char *root, const char *id, int sig, enum kill_flags flags, struct error *err)
{
	autostate struct state_dir dir = STATE_DIR_INIT;
	struct arena a = { 0 };
	struct state *state;
	int r = -1;

	if (state_open(&dir, root, id, &a, err) == 0 && (state = state_read(&dir, &a, err)) &&
	    refuse_unfinished(&dir, state, err) == 0)
		r = flags & KILL_ALL ? kill_all(&dir, state, sig, &a, err)
				     : kill_one(&dir, state, sig, &a, err);
	arena_done(&a);
	return r;
}

/* ---- delete ---------------------------------------------------------------------------------- */

/*
 * Ends init and all that is in its cgroup, and waits until init is gone. Where init has ended and
 * the cgroup can be removed, there is nobody to be killed.
 */
static int kill_hard(const struct state *state, struct cgroup *cg, struct error *err)
{
	autofd int pidfd = state_pidfd(state);
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	if (pidfd == -ESRCH && !state->cgroup->unit && cgroup_remove_idle(cg))
		return 0;

	int r = pidfd < 0 ? pidfd : sys_pidfd_send_signal(pidfd, SIGKILL);

	if (r < 0 && r != -ESRCH && cg->dir < 0) /* else the cgroup reaches it */
		return err_set(err, -r, "end the container's init, process %d", (int)state->pid);
	if (cgroup_kill(cg, err) < 0)
		return -1;
	while (pidfd >= 0 && poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	return 0;
}

static void run_poststop(const struct state *state, struct arena *a)
{
	struct plan_hooks hooks;
	struct plan_state plan;

	state_hooks(state, a, &hooks);
	state_to_plan(state, a, &plan);
	hooks_poststop(&hooks, &plan, a);
}

/*
 * A cgroup with another mark is somebody else's by now. One without a mark is ours only if create
 * died before it could set it, in a cgroup that was not there before.
 */
static bool is_ours(const struct state_dir *dir, const struct state *state, const struct cgroup *cg)
{
	return cgroup_is_marked(cg, dir->path) || (!state->has_pid && !cg->taken);
}

/*
 * A systemd that cannot be asked any more is no reason to keep the container: without processes the
 * unit goes as soon as it looks.
 */
static void remove_unit(const struct state *state, struct arena *a)
{
	struct scope scope;
	struct error err;

	state_scope(state, a, &scope);
	if (scope_stop(&scope, &err) < 0)
		log_warning("%s", err.msg);
}

static int remove_cgroup(const struct state_dir *dir, const struct state *state, struct arena *a,
			 struct error *err)
{
	autocgroup struct cgroup cg = { .dir = -1 };

	if (state_cgroup_open(state, &cg, a, err) < 0)
		return -1;
	if (!is_ours(dir, state, &cg))
		autofd_close(&cg.dir); /* init alone is killed then */
	if (kill_hard(state, &cg, err) < 0)
		return -1;
	remove_unit(state, a);
	return cgroup_remove(&cg, err);
}

int stop_destroy(struct state_dir *dir, const struct state *state, struct arena *a,
		 struct error *err)
{
	if (remove_cgroup(dir, state, a, err) < 0 || resctrl_remove(state->rdt, err) < 0 ||
	    state_remove(dir, err) < 0)
		return -1;
	if (state->complete || state->hooked)
		run_poststop(state, a);
	return 0;
}

/*
 * Without a record that can be read. If there is none at all, create died before it did anything.
 * If it is damaged, the cgroup is found by its mark; hooks are lost. Without a cgroup nobody knows
 * what the container's processes are.
 */
static int remove_unread(struct state_dir *dir, struct arena *a, struct error *err)
{
	autocgroup struct cgroup cg = { .dir = -1 };
	struct facts facts = { 0 };
	struct error damage = *err;

	if (faccessat(dir->fd, "state.json", F_OK, 0) < 0 && errno == ENOENT)
		return state_remove(dir, err);
	if (facts_answer(ASK_CGROUP, NULL, a, &facts, err) < 0)
		return -1;

	const char *mount = facts.cgroup->mount;
	const char *path = mount ? cgroup_find(mount, dir->path, a) : NULL;

	if (path && cgroup_open(&cg, mount, path, err) < 0)
		return -1;
	/* What stood in a cgroup that was taken is lost with the record; the cgroup stays. */
	cg.taken = cg.dir >= 0 && cgroup_mark_taken(cg.dir);
	if (cgroup_kill(&cg, err) < 0 || cgroup_remove(&cg, err) < 0)
		return -1;
	log_warning("%s; %s; its poststop hooks, if it had any, were not run", damage.msg,
		    path ? "the container was found by the mark of its cgroup" :
			   "no cgroup has its mark, so nothing was killed");
	return state_remove(dir, err);
}

/*
 * Create may hold the lock for as long as a mount or a hook takes: --force ends it by ending init.
 */
static void force(struct state_dir *dir, struct arena *a)
{
	static struct error ignored; /* which costs no page of stack */
	struct state *state = state_read(dir, a, &ignored);
	autofd int pidfd = state ? state_pidfd(state) : -1;

	if (pidfd >= 0)
		sys_pidfd_send_signal(pidfd, SIGKILL);
}

static int delete_locked(struct state_dir *dir, const struct state *known, enum delete_flags flags,
			 struct arena *a, struct error *err)
{
	bool lasts = known && !state_cgroup_taken(known);
	const struct state *state = lasts ? known : state_read(dir, a, err);

	if (!state)
		return flags & DELETE_FORCE ? remove_unread(dir, a, err) : -1;

	/* The lock is ours: a create that has not completed is dead, and its init dies with it. */
	bool any = flags & DELETE_FORCE || !state->complete;
	enum status status = any ? STATUS_STOPPED : state_status(dir, state);

	if (status == STATUS_RUNNING || status == STATUS_PAUSED)
		return err_set(err, 0,
			       "cannot delete container \"%s\" that is not stopped: it is %s "
			       "(--force kills it first)",
			       dir->id, status_name(status));
	return stop_destroy(dir, state, a, err);
}

int act_delete_open(struct state_dir *dir, const struct state *known, enum delete_flags flags,
		    struct arena *a, struct error *err)
{
	static struct error missing; /* which costs no page of stack */

	if ((flags & DELETE_FORCE) && !state_lock_now(dir))
		force(dir, a);
	if (state_lock(dir, &missing) == 0)
		return delete_locked(dir, known, flags, a, err);
	if ((flags & DELETE_FORCE) && missing.code == ENOENT)
		return 0;
	*err = missing;
	return -1;
}

int act_delete(const char *root, const char *id, enum delete_flags flags, struct arena *a,
	       struct error *err)
{
	autostate struct state_dir dir = STATE_DIR_INIT;
	static struct error missing; /* which costs no page of stack */

	trace_span("delete");
	if (state_open(&dir, root, id, a, &missing) < 0) {
		if ((flags & DELETE_FORCE) && missing.code == ENOENT)
			return 0;
		*err = missing;
		return -1;
	}
	return act_delete_open(&dir, NULL, flags, a, err);
}
