/* SPDX-License-Identifier: Apache-2.0 */
/* The last words before a program runs, as `start` and `exec` hear them; become.h says them. */
#ifndef ACT_LAUNCH_H
#define ACT_LAUNCH_H

#include <stdbool.h>

#include "act/listener.h"
#include "act/sync.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"

struct launch {
	const struct sync *sync;	/* its pidfd is the process's that becomes the program */
	struct listener_call agent;	/* .path NULL: the filter notifies nobody */
	bool ended;			/* out: the process was ended by us */
};

/*
 * EXEC, the filter's listener on its way to the agent, and then end-of-file in place of an error:
 * the program runs. A program must not run without its agent: where that fails, it is ended.
 */
int launch_wait(struct launch *launch, struct arena *a, struct error *err);

#endif
