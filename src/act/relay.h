/* SPDX-License-Identifier: Apache-2.0 */
/* What a foreground command does while its process runs: signals in, terminal both ways. */
#ifndef ACT_RELAY_H
#define ACT_RELAY_H

#include <sys/types.h>

#include "libocispec/error.h"

/*
 * First thing: a signalfd of all signals that a person or a supervisor may send, which are blocked
 * from here on; those of a fault of our own stay ours. The caller closes it. -1: failed.
 */
int relay_watch(struct error *err);

/*
 * Before the program runs, which may look at it at once: gives the container's terminal the size of
 * the caller's, and plain newlines. -1: there is none.
 */
void relay_terminal(int master);

/* Between what a command stands. */
struct relay_ends {
	pid_t pid;	/* of the process: a child */
	int pidfd;
	int signals;	/* a signalfd of those that are sent on to it; they must be blocked */
	int master;	/* of the container's terminal, or -1 */
	int notify;	/* where it says that it is ready (notify.h), or -1 */
};

/*
 * Stays until the process has ended, and reaps it: its exit status, or 128 + the signal that ended
 * it; -1 on failure. With a terminal the caller's is in raw mode meanwhile, whatever happens, and
 * its size is kept in step.
 */
int relay(const struct relay_ends *ends, struct error *err);

#endif
