/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper waits for one signal, that of its parent's death. See keeper.h. */
#include "base/keeper.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"

/*
 * No signal but SIGKILL ends it: the group's members may send it others. One that is not about its
 * parent is one of these.
 */
static _Noreturn void keeper_main(pid_t parent)
{
	sigset_t all;

	sys_all_signals(&all);
	sys_signal_mask(SIG_SETMASK, &all, NULL);
	setpgid(0, 0);
	prctl(PR_SET_NAME, "mcrun:[keeper]");
	close_except(NULL, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	while (getppid() == parent)
		sigwaitinfo(&all, NULL);
	kill(0, SIGKILL);
	_exit(0);
}

int keeper_start(struct keeper *keeper)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		keeper_main(parent);
	setpgid(pid, pid); /* in both, so that the group is there before either relies on it */
	keeper->pid = pid;
	return 0;
}

void keeper_end(struct keeper *keeper)
{
	if (keeper->pid <= 0)
		return;
	kill(keeper->pid, SIGKILL);
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
	keeper->pid = -1;
}
