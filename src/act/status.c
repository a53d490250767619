/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container is doing now. The record says what create and start have done; whether init
 * lives, whether it still waits for start and whether it is frozen, the kernel says.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "act/cgroup.h"
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

int state_pidfd(const struct state *state)
{
	unsigned long long start_time;
	char boot_id[40];

	if (!state->has_pid)
		return -ESRCH;

	int r = procfs_boot_id(boot_id);

	if (r < 0)
		return r;
	if (!streq(boot_id, state->boot_id))
		return -ESRCH;

	/* First the descriptor, then the proof that it is the right process behind it. */
	autofd int fd = sys_pidfd_open((pid_t)state->pid, 0);

	/*
	 * The number of a dead process may live on as that of its group or session, which some
	 * kernels tell as EINVAL or ENOENT: there is no process then.
	 */
	if (fd == -EINVAL || fd == -ENOENT)
		return -ESRCH;
	if (fd < 0)
		return fd;
	r = procfs_start_time((pid_t)state->pid, &start_time);
	if (r < 0)
		return r;
	return start_time == state->start_time ? take_fd(&fd) : -ESRCH;
}

bool state_is_frozen(const struct state *state)
{
	const struct state_cgroup *c = state->cgroup;
	autocgroup struct cgroup cg = { .dir = -1 };
	struct error ignored;

	return cgroup_open(&cg, c->mount, c->path, &ignored) == 0 && cgroup_frozen(&cg) > 0;
}

enum status state_status(const struct state_dir *dir, const struct state *state)
{
	autofd int pidfd = state_pidfd(state);

	if (pidfd < 0 && pidfd != -ESRCH)
		return STATUS_RUNNING; /* not to be found out: the answer that destroys nothing */
	if (pidfd < 0)
		return state->has_pid || state->complete ? STATUS_STOPPED : STATUS_CREATING;
	if (!state->complete)
		return STATUS_CREATING;
	if (state_is_frozen(state))
		return STATUS_PAUSED;
	if (start_is_waiting(dir->fd) || (!dir->locked && start_is_under_way(dir->fd)))
		return STATUS_CREATED;
	return STATUS_RUNNING;
}
