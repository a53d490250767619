/* SPDX-License-Identifier: Apache-2.0 */
/* `mcrun run`: the other commands' functions, one after the other, and staying in between. */
#include "act/foreground.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "act/relay.h"
#include "act/start.h"
#include "act/stop.h"
#include "base/fd.h"

struct run {
	const struct plan *plan;
	const struct create_options *options;
	struct arena *a;
	struct container c;
};

/* start, and then the relay: the exit status or -1. */
static int stay(struct run *run, int console, int signals, struct error *err)
{
	autofd int master = -1;
	char name[16];
	ssize_t n = console < 0 ? 1 : fd_recv(console, name, sizeof(name), &master);

	if (n <= 0 || (console >= 0 && master < 0))
		return err_set(err, n < 0 ? (int)-n : 0, "take the container's terminal");

	relay_terminal(master);

	/* mcrun stays the service's main process: it has the exit status, and takes the signals. */
	autofd int notify = -1;

	if (act_start_made(&run->c, &notify, run->a, err) < 0)
		return -1;

	const struct relay_ends ends = { (pid_t)run->c.state->pid, run->c.sync.pidfd, signals,
					 master, notify };

	return relay(&ends, err);
}

/* What is left of it, unless it is to be kept. Returns `status`, or -1. */
static int clear_away(struct run *run, enum run_flags flags, int status, struct error *err)
{
	static struct error cleaning; /* which costs no page of stack */

	if (status < 0)
		pid_file_remove(run->options->pid_file);
	if ((flags & RUN_KEEP) && status >= 0)
		return status;
	if (act_delete_open(&run->c.dir, run->c.state, DELETE_FORCE, run->a, &cleaning) < 0 &&
	    status >= 0) {
		*err = cleaning;
		return -1;
	}
	return status;
}

static int run_foreground(struct run *run, enum run_flags flags, struct error *err)
{
	struct create_options options = *run->options;
	int pair[2] = { -1, -1 };
	autofd int signals = relay_watch(err);

	if (signals < 0)
		return -1;
	if (run->plan->process.terminal && !options.console_socket &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, errno, "make a socket for the terminal");

	autofd int ours = pair[0];
	autofd int inits = pair[1];

	options.console = inits;
	if (act_create(run->plan, &options, run->a, &run->c, err) < 0)
		return -1;
	autofd_close(&inits);

	return clear_away(run, flags, stay(run, ours, signals, err), err);
}

static int run_detached(struct run *run, struct error *err)
{
	struct error ignored;

	if (act_create(run->plan, run->options, run->a, &run->c, err) < 0)
		return -1;
	if (act_start_made(&run->c, NULL, run->a, err) == 0)
		return 0;
	pid_file_remove(run->options->pid_file);
	act_delete_open(&run->c.dir, run->c.state, DELETE_FORCE, run->a, &ignored);
	return -1;
}

int act_run(const struct plan *plan, const struct create_options *options, enum run_flags flags,
	    struct arena *a, struct error *err)
{
	struct run run = { .plan = plan, .options = options, .a = a, .c = CONTAINER_INIT };

	/* Orphans of a container without a pid namespace come to us, as they would to its init. */
	if (!(flags & RUN_DETACH))
		prctl(PR_SET_CHILD_SUBREAPER, 1);

	int r = flags & RUN_DETACH ? run_detached(&run, err) : run_foreground(&run, flags, err);

	container_done(&run.c);
	return r;
}
