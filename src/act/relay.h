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

/*
 * Stays until the child process `pid` has ended, and reaps it: its exit status, or 128 + the signal
 * that ended it; -1 on failure. Every signal that arrives is sent on to it; `signals` is a signalfd
 * of them (they must be blocked). `master` is the container's terminal, or -1; with it the
 * caller's terminal is in raw mode meanwhile, whatever happens, and its size is kept in step.
 */
int relay(pid_t pid, int pidfd, int signals, int master, struct error *err);

#endif
