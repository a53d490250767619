/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for a program to run. See launch.h. */
#include "act/launch.h"

#include <poll.h>
#include <signal.h>

#include "base/fd.h"
#include "base/sys.h"

enum { END_MS = 10000 };

static int end(struct launch *launch)
{
	struct pollfd ended = { .fd = launch->sync->pidfd, .events = POLLIN };

	sys_pidfd_send_signal(launch->sync->pidfd, SIGKILL);
	poll(&ended, 1, END_MS);
	launch->ended = true;
	return -1;
}

/* Only with SCMP_ACT_NOTIFY: the filter is loaded, and nobody can be asked yet. */
static int pass_listener(struct launch *launch, struct arena *a, struct error *err)
{
	autofd int fd = -1;

	if (!launch->agent.path)
		return 0;
	if (sync_expect_fd(launch->sync, SYNC_LISTENER, NULL, &fd, err) < 0)
		return -1;
	if (listener_pass(&launch->agent, fd, a, err) < 0)
		return end(launch);
	return sync_say(launch->sync, SYNC_TAKEN, 0, err);
}

int launch_wait(struct launch *launch, struct arena *a, struct error *err)
{
	struct error after;

	if (sync_expect(launch->sync, SYNC_EXEC, NULL, err) < 0 ||
	    pass_listener(launch, a, err) < 0)
		return -1;
	if (sync_expect(launch->sync, SYNC_EXEC, NULL, &after) < 0 && after.code != SYNC_GONE) {
		*err = after;
		return -1;
	}
	return 0;
}
