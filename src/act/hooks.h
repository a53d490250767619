/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the hooks of one kind, in order, with the container's state on stdin (config.md, hooks). */
#ifndef ACT_HOOKS_H
#define ACT_HOOKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/* Open files of plan_hooks.stream; -1: there is none. */
struct hook_streams {
	int fd[N_HOOK_STREAMS];
};
#define HOOK_STREAMS_INIT { { -1, -1 } }

/* 0 or -1; what is not asked for is not opened. */
int hook_streams_open(struct hook_streams *streams, const struct plan_hooks *hooks,
		      struct error *err);
void hook_streams_close(struct hook_streams *streams);

struct hook_call {
	const struct plan_state *state;
	pid_t pid;		/* of init, as the hook's pid namespace has it; 0: none any more */
	const char *cwd;
	int stop;		/* a signalfd that ends the wait; -1: none */
	/* For who cannot open them any more. NULL: they are opened for these hooks. */
	const struct hook_streams *streams;
	bool from_init;		/* the container's pid namespace and cgroup see to its children */
	void (*before_exec)(void *arg); /* see base/run.h */
	void *arg;
};

/* Stops at the first that fails; err names it, and err->at is its place. */
int hooks_run(const struct plan_hooks *hooks, enum plan_hook_kind kind,
	      const struct hook_call *call, struct arena *a, struct error *err);

/* All poststop hooks; one that fails is a warning (runtime.md, step 13). */
void hooks_poststop(const struct plan_hooks *hooks, const struct plan_state *state,
		    struct arena *a);

#endif
