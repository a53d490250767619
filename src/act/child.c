/* SPDX-License-Identifier: Apache-2.0 */
/* Clones init and, where a stage stands between, gets hold of it all the same. */
#include "act/child.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/ns.h"
#include "base/fd.h"
#include "base/names.h"
#include "base/sys.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

enum { GRACE_MS = 500 };

/*
 * Without our end of the socket init ends by itself, and its hook with it: a hook's children are
 * out of our reach. Killed it is where it hangs in a system call.
 */
static void child_let_go(struct child *child)
{
	struct pollfd end = { .fd = child->sync.pidfd, .events = POLLIN };

	autofd_close(&child->sync.fd);
	if (child->sync.pidfd >= 0)
		poll(&end, 1, GRACE_MS);
}

void child_undo(struct child *child)
{
	if (child->pid > 0 && !child->keep) {
		child_let_go(child);
		if (child->sync.pidfd >= 0)
			sys_pidfd_send_signal(child->sync.pidfd, SIGKILL);
		while (waitpid(child->pid, NULL, __WALL) < 0 && errno == EINTR)
			;
		child->pid = -1;
	}
	autofd_close(&child->sync.fd);
	autofd_close(&child->sync.pidfd);
}

/* Before clone3 (Linux 5.3). Same flags, but none of the new ones. */
static pid_t old_clone(unsigned flags, int exit_signal, int *pidfd)
{
	if (flags & CLONE_NEWTIME) /* that bit is the exit signal's here */
		return -ENOSYS;

	long r = syscall(SYS_clone, (unsigned long)flags | CLONE_PIDFD | (unsigned)exit_signal, 0UL,
			 pidfd, NULL, 0UL);

	return r < 0 ? -errno : (pid_t)r;
}

pid_t child_clone(unsigned flags, int cgroup, int exit_signal, int *pidfd, bool *moved)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = (uint64_t)exit_signal,
	};

	*moved = true;	/* before the child is there, which has it as it is now */
	if (cgroup >= 0) {
		struct clone_args into = args;

		into.flags |= CLONE_INTO_CGROUP;
		into.cgroup = (uint64_t)cgroup;

		pid_t pid = sys_clone3(&into);

		if (pid >= 0 || (pid != -ENOSYS && pid != -E2BIG && pid != -EINVAL))
			return pid;
		*moved = false;
	}

	pid_t pid = sys_clone3(&args);

	return pid == -ENOSYS ? old_clone(flags, exit_signal, pidfd) : pid;
}

/*
 * Kernels since 6.14 count how often a cgroup was emptied with cgroup.kill, compare the count of
 * the *parent's* cgroup with that of the one a process is cloned into, and kill the process at once
 * where they differ. So init is moved into a cgroup that was there before, and, in a second try
 * (child_is_stillborn), into every one. A stage that has left the caller's user namespace may not
 * have the right to put init into it any more.
 */
int child_cgroup(const struct plan *plan, const struct cgroup *cg)
{
	return cg->taken || cg->move || plan->ns.staged ? -1 : cg->dir;
}

/* Who has run at all has needed a page; who was killed by a person or a limit has run. */
bool child_is_stillborn(const struct child *child, const struct cgroup *cg,
			const struct error *err)
{
	/* The socket is closed a moment before the process counts as dead. */
	int how = WEXITED | WNOWAIT | __WALL | (err->code == SYNC_GONE ? 0 : WNOHANG);
	siginfo_t info = { 0 };
	struct rusage used = { 0 };

	if (child->pid <= 0 || cg->dir < 0 || cg->move ||
	    syscall(SYS_waitid, P_PID, child->pid, &info, how, &used) < 0)
		return false;
	return info.si_pid && info.si_code == CLD_KILLED && info.si_status == SIGKILL &&
	       used.ru_minflt == 0 && used.ru_majflt == 0;
}

int child_meet(struct child *child, pid_t stage, bool *moved, struct error *err)
{
	int32_t pid;
	int pidfd = -1;
	int r = sync_expect_fd(&child->sync, SYNC_CLONED, &pid, &pidfd, err);

	if (r < 0) /* it may hang in the open() of a path */
		sys_pidfd_send_signal(child->sync.pidfd, SIGKILL);
	while (waitpid(stage, NULL, 0) < 0 && errno == EINTR)
		;
	child->pid = -1;
	autofd_close(&child->sync.pidfd);
	if (r < 0)
		return -1;
	if (pid == 0 || pid == INT32_MIN || pidfd < 0)
		return err_set(err, 0, "the stage did not say whom it has made");
	*moved = pid > 0;
	child->pid = pid > 0 ? pid : -pid;
	child->sync.pidfd = pidfd;
	return 0;
}

int child_refused(const struct plan_ns *ns, int code, struct error *err)
{
	if (code == ENOSYS && (ns->clone & CLONE_NEWTIME))
		err_set(err, code, "make a time namespace, which takes clone3(2)");
	else
		err_set(err, code, "make the container's process in its namespaces");
	return err_at(err, "%s", ns->from);
}

static int clone_refused(const struct plan *plan, const struct cgroup *cg, int code,
			 struct error *err)
{
	if (cg->dir >= 0 && (code == EBUSY || code == EOPNOTSUPP || code == EAGAIN ||
			      code == EACCES || code == ENODEV))
		return cgroup_refused(cg, code, err);
	return child_refused(&plan->ns, code, err);
}

int child_start(struct child *child, const struct plan *plan, struct init *in,
		const struct cgroup *cg, struct error *err)
{
	autonsparent struct ns_parent old = NS_PARENT_INIT;
	bool stage = plan->ns.stage, moved;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, errno, "make the sync socket");
	child->sync.fd = pair[0];
	in->sync.fd = pair[1];

	autofd int childs_end = pair[1];

	if (ns_parent_enter(&old, &plan->ns, err) < 0)
		return -1;

	int into = stage ? -1 : child_cgroup(plan, cg);
	pid_t pid = child_clone(stage ? 0 : plan->ns.clone, into, SIGCHLD, &child->sync.pidfd,
				&moved);

	in->ahead = !plan_waits_go(plan) && moved && (into >= 0 || cg->dir < 0);
	if (pid == 0 && stage)
		stage_main(plan, in, cg);
	if (pid == 0)
		init_main(plan, in);
	if (pid < 0)
		return clone_refused(plan, cg, (int)-pid, err);
	arena_leave(in->a);
	child->pid = pid;
	if (stage && child_meet(child, pid, &moved, err) < 0)
		return -1;
	if ((!moved || child_cgroup(plan, cg) < 0) && cgroup_add(cg, child->pid, err) < 0)
		return -1;
	return 0;
}

int child_starved(const char *what, struct error *err)
{
	err_set(err, 0, "%s was killed for want of memory (OOM): the memory limit is too small to "
		"start", what);
	return err_at(err, "/linux/resources/memory/limit");
}

int child_why(const struct child *child, const struct cgroup *cg, struct error *err)
{
	siginfo_t info = { 0 };

	if (err->code != SYNC_GONE || child->pid <= 0)
		return -1;
	if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT) < 0)
		return -1;
	if (info.si_code == CLD_EXITED)
		return err_set(err, 0, "%s ended too early, with status %d", child->what,
			       info.si_status);
	if (info.si_status == SIGKILL && cgroup_oom_kills(cg) > child->oom_kills)
		return child_starved(child->what, err);
	return err_set(err, 0, "%s was killed by %s", child->what, signal_name(info.si_status));
}
