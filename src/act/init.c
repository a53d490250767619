/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of create and start from inside: the same words as create.c and start.c, from the
 * other side. It decides nothing; what it does, and in which order, faces its parent line for
 * line. It has one exit.
 */
#include "act/init.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/become.h"
#include "act/child.h"
#include "act/cred.h"
#include "act/dev.h"
#include "act/hooks.h"
#include "act/idmap.h"
#include "act/mount.h"
#include "act/ns.h"
#include "act/procfs.h"
#include "act/program.h"
#include "act/root.h"
#include "act/start.h"
#include "act/tty.h"
#include "act/uts.h"
#include "base/fd.h"
#include "base/sys.h"
#include "base/trace.h"

/* Cuts the ties to the parent: from here on only the sync socket and its death connect them. */
static int part_from_parent(const struct plan *plan, struct init *in, struct error *err)
{
	prctl(PR_SET_NAME, INIT_NAME);
	trace_name("init");
	if (become_alone(plan, in, -1, err) < 0)
		return -1;
	sys_reset_signals(); /* the caller may have blocked or ignored some */
	in->umask = umask(0); /* modes of nodes and folders are meant as they are planned */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || setsid() < 0)
		return err_set(err, errno, "start a session of its own");

	autofd int proc = plan->lsm.selinux ? procfs_root() : -1;

	return become_keyring(plan, proc, err);
}

/*
 * After it ids may have changed, which clears the death signal; the parent's /proc is still ours.
 */
static int settle(const struct plan *plan, struct init *in, struct error *err)
{
	if (idmap_become_root(plan, err) < 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_set(err, errno, "hide from the container");
	if (!plan_wants_proc(plan))
		return 0;
	in->proc = procfs_root();
	return in->proc < 0 ? err_set(err, -in->proc, "open /proc, which must be a procfs") : 0;
}

/*
 * From READY to KEPT init only listens, so that end-of-file tells it of create's death. The death
 * signal goes before that: create may well be gone before init has heard its last word.
 */
static int say_ready(const struct init *in, struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return err_set(err, errno, "outlive create");
	return in->prompt ? 0 : sync_say(&in->sync, SYNC_READY, 0, err);
}

static int wait_for_go(const struct init *in, struct error *err)
{
	return in->ahead ? 0 : sync_expect(&in->sync, SYNC_GO, NULL, err);
}

/* After KEPT create is gone, and nobody listens until start does. `run` is both. */
static int wait_for_start(struct init *in, struct error *err)
{
	if (in->listener < 0)
		return sync_expect(&in->sync, SYNC_GO, NULL, err);
	if (sync_expect(&in->sync, SYNC_KEPT, NULL, err) < 0)
		return -1;
	autofd_close(&in->sync.fd);
	sys_forget_stack();
	return start_wait(in, err);
}

/*
 * While createContainer hooks run, create says nothing: the socket becomes readable when it is
 * gone. Then the hook's whole process group has to end, which init, were it killed by its death
 * signal, could not see to.
 */
static int hooks_outside(const struct plan *plan, const struct init *in, struct error *err)
{
	if (plan->hooks.n[HOOK_CREATE_CONTAINER] == 0)
		return 0;

	const struct hook_call call = {
		.state = &plan->state,
		.pid = getpid(), /* as the container sees it (runtime.md, state) */
		.cwd = plan->state.bundle,
		.stop = in->sync.fd,
		.streams = &in->hooks,
		.from_init = true,
	};

	prctl(PR_SET_PDEATHSIG, 0);
	if (hooks_run(&plan->hooks, HOOK_CREATE_CONTAINER, &call, in->a, err) < 0)
		return -1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

static int while_mounted(const struct plan *plan, const struct init *in, struct error *err)
{
	if (in->prompt)
		return sync_say(&in->sync, SYNC_READY, 0, err);
	if (!plan_waits_mounted(plan))
		return 0;
	if (sync_say(&in->sync, SYNC_MOUNTED, 0, err) < 0 ||
	    sync_expect(&in->sync, SYNC_HOOKS_RAN, NULL, err) < 0)
		return -1;
	return hooks_outside(plan, in, err);
}

/* In the child between fork and execve. */
static void become_hook(void *cred)
{
	struct error err;

	if (cred_drop_for_hook(cred, &err) == 0)
		return;
	fprintf(stderr, "mcrun: %s: %s\n", err.at, err.msg);
	_exit(PROGRAM_REFUSED);
}

static int hooks_inside(const struct plan *plan, const struct init *in, struct error *err)
{
	if (plan->hooks.n[HOOK_START_CONTAINER] == 0)
		return 0;

	const struct hook_call call = {
		.state = &plan->state,
		.pid = getpid(), /* as the container sees it (runtime.md, state) */
		.stop = -1,
		.streams = &in->hooks,
		.from_init = true,
		.before_exec = become_hook,
		.arg = (void *)&plan->cred
	};

	return hooks_run(&plan->hooks, HOOK_START_CONTAINER, &call, in->a, err);
}

static int init_steps(const struct plan *plan, struct init *in, struct error *err)
{
	if (part_from_parent(plan, in, err) < 0 ||
	    ns_join(&plan->ns, JOIN_INIT, err) < 0 ||
	    trees_take(&in->trees, plan, &in->sync, in->a, err) < 0 ||
	    wait_for_go(in, err) < 0 ||
	    settle(plan, in, err) < 0 ||
	    mount_note_cgroup(in, plan, err) < 0 ||
	    ns_unshare(&plan->ns, err) < 0 ||	/* cgroup: now that init is in its own */
	    ns_loopback_up(&plan->ns, err) < 0 ||
	    uts_set(&plan->uts, err) < 0 ||
	    sysctl_set(in->proc, &plan->uts, err) < 0 ||
	    root_prepare(in, &plan->root, err) < 0 ||
	    mount_all(in, plan, err) < 0 ||
	    dev_all(in, &plan->root, err) < 0 ||
	    tty_open(in, plan, err) < 0 ||
	    while_mounted(plan, in, err) < 0 ||		/* createContainer hooks */
	    root_hide(in, plan, err) < 0 ||		/* masked and read-only paths */
	    mount_all_late(in, plan, err) < 0 ||
	    root_enter(in, &plan->root, err) < 0 ||	/* pivot_root: the host is out of sight */
	    become_ready(plan, in, err) < 0 ||
	    say_ready(in, err) < 0 ||
	    wait_for_start(in, err) < 0 ||
	    hooks_inside(plan, in, err) < 0)		/* startContainer */
		return -1;
	return become_program(plan, in, err);	/* says EXEC */
}

void init_main(const struct plan *plan, struct init *in)
{
	static struct error err; /* which costs no page of stack */

	init_steps(plan, in, &err);
	/*
	 * The one place where init dies. Programs that could not run leave a shell's exit status.
	 */
	sync_fail(&in->sync, &err);
	_exit(err.code == PROGRAM_MISSING || err.code == PROGRAM_REFUSED ? err.code : 1);
}

/* ---- the stage ------------------------------------------------------------------------------- */

/* Joins what has to be joined first, then makes init as a child of its own parent. */
static int stage_steps(const struct plan *plan, struct init *in, const struct cgroup *cg,
		       struct error *err)
{
	autofd int pidfd = -1;
	bool moved;

	if (become_alone(plan, in, cg->dir, err) < 0 ||
	    ns_join(&plan->ns, JOIN_STAGE, err) < 0 ||
	    ns_stage_make(&plan->ns, err) < 0)
		return -1;

	pid_t pid = child_clone(plan->ns.clone | CLONE_PARENT, child_cgroup(plan, cg), 0, &pidfd,
				&moved);

	if (pid == 0)
		init_main(plan, in);
	if (pid < 0)
		return child_refused(&plan->ns, (int)-pid, err);
	return sync_say_fd(&in->sync, SYNC_CLONED, moved ? pid : -pid, pidfd, err);
}

void stage_main(const struct plan *plan, struct init *in, const struct cgroup *cg)
{
	struct error err = { 0 };

	if (stage_steps(plan, in, cg, &err) < 0)
		sync_fail(&in->sync, &err);
	_exit(0);
}
