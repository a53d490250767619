/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listener of a seccomp filter with SCMP_ACT_NOTIFY, on its way to the agent behind
 * listenerPath. Both ends: the process that loads the filter (init, later exec's), and whoever is
 * at the other end of its sync socket (start, run).
 *
 * Once its filter is loaded a process can count on no system call: each may be refused, kill it, or
 * wait for the agent that has no listener yet. So a second thread is made before, which the filter
 * does not reach. It says LISTENER with the descriptor and waits for TAKEN; the first thread
 * waits in memory meanwhile, and its execve ends the second one. Nothing has to be fetched from
 * outside, which a caller who is not root may not do, and every profile will do.
 *
 *	listener_begin(&l, filter, &sync, err);		// the second thread
 *	...						// credentials
 *	listener_give(&l, fd);				// what seccomp(2) returned
 */
#ifndef ACT_LISTENER_H
#define ACT_LISTENER_H

#include <stdint.h>
#include <sys/types.h>

#include "act/sync.h"
#include "libocispec/arena.h"
#include "plan/plan.h"

struct listener {
	const struct sync *sync;
	bool sleeps;	/* futex(2) passes the filter */
	uint32_t loaded, taken;	/* what the two threads tell each other */
	int fd;
};

/* Nothing where the filter notifies nobody. Needs what fork needs; `l` and `sync` must stay. */
int listener_begin(struct listener *l, const struct plan_filter *filter, const struct sync *sync,
		   struct error *err);

/*
 * The filter is loaded: returns when the agent has the listener, and makes no system call that the
 * filter may not let pass. If the other end fails, or goes, this process ends here.
 */
void listener_give(struct listener *l, int fd);

/* What the agent is told beside the listener (config-linux.md, The Container Process State). */
struct listener_call {
	const char *path; /* of the agent's socket */
	struct plan_process_state process;
};

/*
 * The other end: one connection, one message, one descriptor. An agent that does not take it within
 * some seconds is an error like one that is not there.
 */
int listener_pass(const struct listener_call *call, int fd, struct arena *a, struct error *err);

#endif
