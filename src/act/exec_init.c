/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec from inside: the same words as exec.c, from the other side. Processes of the container may
 * look at this one from the moment of its birth in their pid namespace: it has no descriptor of the
 * host but the few that are listed in become_alone(), and cannot be traced (CVE-2016-9962). It has
 * one exit.
 */
#include "act/exec_init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/attr.h"
#include "act/become.h"
#include "act/child.h"
#include "act/idmap.h"
#include "act/ns.h"
#include "act/procfs.h"
#include "act/tty.h"
#include "base/fd.h"
#include "base/sys.h"
#include "base/trace.h"

/* What could show the host, or be a way to it, goes before anything of the container is near. */
static int part_from_parent(const struct plan *plan, struct exec_init *x, struct error *err)
{
	prctl(PR_SET_NAME, "mcrun:[exec]");
	trace_name("exec");
	if (become_alone(plan, &x->in, x->container, err) < 0)
		return -1;
	sys_reset_signals(); /* the caller may have blocked or ignored some */
	x->in.umask = umask(0);
	return 0;
}

static int hide(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_set(err, errno, "hide from the container");
	return 0;
}

/* The host's procfs, for the labels that stand in it: inside, /proc is the container's. */
static int open_proc(const struct plan *plan, struct exec_init *x, struct error *err)
{
	if (!plan->lsm.apparmor && !plan->lsm.selinux)
		return 0;
	x->in.proc = procfs_root();
	return x->in.proc < 0 ? err_set(err, -x->in.proc, "open /proc, which must be a procfs") : 0;
}

/* The stage ends here; the process that it leaves is the parent's child as well. */
static int pass_stage(struct exec_init *x, struct error *err)
{
	autofd int pidfd = -1;
	bool moved;

	autofd_close(&x->container);
	if (!x->stage)
		return 0;
	if (hide(err) < 0) /* the new credentials may have made it visible again */
		return -1;

	pid_t pid = child_clone(CLONE_PARENT, -1, 0, &pidfd, &moved);

	if (pid == 0) /* no word of ours may come before the stage's last */
		return sync_expect(&x->in.sync, SYNC_GO, NULL, err);
	if (pid < 0)
		return err_set(err, (int)-pid, "make a process in the container%s",
			       pid == -EAGAIN ? " (pids.max of its cgroup, or another limit of "
						"processes, is reached)" : "");
	if (sync_say_fd(&x->in.sync, SYNC_CLONED, pid, pidfd, err) < 0)
		return -1;
	_exit(0);
}

/*
 * setns(2) has made the root of the mount namespace ours. Where that is not the container's alone,
 * its root is the folder of which config.json tells.
 */
static int enter_root(const struct plan *plan, struct exec_init *x, struct error *err)
{
	const struct plan_root *root = &plan->root;

	if (root->enter == ENTER_CHROOT && (chroot(root->path) < 0 || chdir("/") < 0)) {
		err_set(err, errno, "enter the rootfs %s", root->path);
		return err_at(err, "%s", root->from);
	}
	x->in.root = fd_open("/", O_PATH | O_DIRECTORY);
	return x->in.root < 0 ? err_set(err, errno, "open the container's root") : 0;
}

/* After it ids may have changed, which clears the death signal and what hides us. */
static int settle(const struct plan *plan, struct exec_init *x, struct error *err)
{
	if (x->userns && idmap_be_root(plan, err) < 0)
		return -1;
	if (hide(err) < 0)
		return -1;
	if (setsid() < 0)
		return err_set(err, errno, "start a session of its own");
	return become_keyring(plan, x->in.proc, err);
}

static int get_ready(const struct plan *plan, struct exec_init *x, struct error *err)
{
	if (tty_open(&x->in, plan, err) < 0)
		return -1;
	autofd_close(&x->in.root);
	return become_ready(plan, &x->in, err);
}

/*
 * The death signal goes, as it would outlive execve. From here to EXEC the socket tells of exec's
 * death; afterwards the program lives on without it, in the foreground as detached: a caller whose
 * terminal is closed has not asked for the end of what runs in the container.
 */
static int say_ready(const struct exec_init *x, struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return err_set(err, errno, "outlive exec");
	return sync_say(&x->in.sync, SYNC_READY, 0, err);
}

static int exec_steps(const struct plan *plan, struct exec_init *x, struct error *err)
{
	if (part_from_parent(plan, x, err) < 0 ||
	    sync_expect(&x->in.sync, SYNC_GO, NULL, err) < 0 || /* we are in the cgroup */
	    open_proc(plan, x, err) < 0 ||
	    hide(err) < 0 ||
	    ns_join_all(x->container, x->join, err) < 0 ||
	    pass_stage(x, err) < 0 ||
	    enter_root(plan, x, err) < 0 ||
	    settle(plan, x, err) < 0 ||
	    get_ready(plan, x, err) < 0 ||		/* sends the terminal */
	    say_ready(x, err) < 0 ||
	    sync_expect(&x->in.sync, SYNC_KEPT, NULL, err) < 0 ||
	    attr_cpus(plan->attr.exec_cpu_final, "final", x->in.a, err) < 0)
		return -1;
	return become_program(plan, &x->in, err);	/* says EXEC */
}

void exec_init_main(const struct plan *plan, struct exec_init *x)
{
	static struct error err; /* which costs no page of stack */

	exec_steps(plan, x, &err);
	sync_fail(&x->in.sync, &err);
	_exit(1);
}
