/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: one more process in a container. In this order:
 *
 *	autoexec struct exec e = EXEC_INIT;
 *
 *	exec_open(&e, root, id, arena, err);	// it is there, and takes a process
 *	... plan_exec_build() from e.config and e.state ...
 *	act_exec(&e, plan, &options, arena, err);
 *
 * The state's lock is not taken: nothing of the container's record changes, and a program may run
 * for ever. `delete --force` meanwhile ends the process, which is in the container's cgroup.
 */
#ifndef ACT_EXEC_H
#define ACT_EXEC_H

#include "act/state.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

struct exec {
	struct state_dir dir;
	const struct state *state;
	enum status status;
	int pidfd;		/* the container's init */
	char *config;		/* config.json as it was at create */
	size_t config_len;
	bool ignore_paused;	/* set by the caller before */
};
#define EXEC_INIT { .dir = STATE_DIR_INIT, .pidfd = -1 }

void exec_done(struct exec *e);
#define autoexec __attribute__((cleanup(exec_done)))

/* One that is stopped, still being created, or (without ignore_paused) paused, is an error. */
int exec_open(struct exec *e, const char *root, const char *id, struct arena *a, struct error *err);

struct exec_options {
	const char *console_socket;	/* takes the terminal; or NULL */
	const char *pidfd_socket;	/* takes a pidfd of the process; or NULL */
	const char *pid_file;	/* gets its pid, no newline, once the program runs; or NULL */
	bool detach;
};

/*
 * Returns once the program has ended: its exit status, or 128 + the signal that ended it; detached,
 * once it runs: 0. Or -1: the program does not run, or not any more, and there is no pid file.
 */
int act_exec(const struct exec *e, const struct plan *plan, const struct exec_options *options,
	     struct arena *a, struct error *err);

#endif
