/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container is doing now. The record says what create and start have done; whether init
 * lives, whether it still waits for start and whether it is frozen, the kernel says.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "act/cgroup.h"
#include "act/init.h"
#include "act/procfs.h"
#include "act/start.h"
#include "act/state.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

static const char *const names[] = {
	[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created",
	[STATUS_RUNNING] = "running",	[STATUS_PAUSED] = "paused",
	[STATUS_STOPPED] = "stopped",
};

const char *status_name(enum status status)
{
	return names[status];
}

/* -ESRCH: it is dead, or another process has its number. */
static int init_stat(const struct state *state, struct procfs_stat *stat)
{
	char boot_id[40];

	if (!state->has_pid)
		return -ESRCH;

	int r = procfs_boot_id(boot_id);

	if (r < 0)
		return r;
	if (!streq(boot_id, state->boot_id))
		return -ESRCH;
	r = procfs_stat((pid_t)state->pid, stat);
	if (r < 0)
		return r;
	return stat->start_time == state->start_time ? 0 : -ESRCH;
}

int state_pidfd(const struct state *state)
{
	struct procfs_stat stat;

	/* First the descriptor, then the proof that it is the right process behind it. */
	autofd int fd = sys_pidfd_open((pid_t)state->pid, 0);
	int r = init_stat(state, &stat);

	if (r < 0)
		return r;
	/*
	 * The number of a dead process may live on as that of its group or session, which some
	 * kernels tell as EINVAL or ENOENT: there is no process then.
	 */
	return fd == -EINVAL || fd == -ENOENT ? -ESRCH : take_fd(&fd);
}

int state_reach(const struct state_dir *dir, const struct state *state, int *pidfd,
		struct error *err)
{
	*pidfd = state_pidfd(state);
	if (*pidfd < 0 && *pidfd != -ESRCH)
		return err_set(err, -*pidfd, "reach the init of container \"%s\"", dir->id);
	return 0;
}

/*
 * Until it is the program, init has one of mcrun's names: it is not called up to ask it. A program
 * may take such a name, but not make the socket that start takes away: the two are there together
 * only where start was killed and the program says so. `run` has no socket, as its init is nobody's
 * to start: a program with that name is believed while somebody has the lock.
 */
static enum status before_program(const struct state_dir *dir, const struct procfs_stat *init)
{
	if (!str_after(init->name, NAMES_BEGIN))
		return STATUS_RUNNING;
	if (start_has_socket(dir->path))
		return STATUS_CREATED;
	return state_is_locked(dir) ? STATUS_CREATING : STATUS_RUNNING;
}

enum status state_status(const struct state_dir *dir, const struct state *state)
{
	struct procfs_stat init;
	int r = init_stat(state, &init);

	if (r < 0 && r != -ESRCH)
		return STATUS_RUNNING; /* not to be found out: the answer that destroys nothing */
	if (r < 0)
		return state->has_pid || state->complete ? STATUS_STOPPED : STATUS_CREATING;
	if (!state->complete)
		return STATUS_CREATING;
	if (cgroup_is_frozen(state->cgroup->mount, state->cgroup->path))
		return STATUS_PAUSED;
	return before_program(dir, &init);
}
