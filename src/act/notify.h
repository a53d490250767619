/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd_notify(3) for the container's program: <state folder>/notify/notify.sock, which it sees as
 * /run/notify/notify.sock. create makes the folder; whoever starts the program listens, if somebody
 * waits for the word (NOTIFY_SOCKET in the environment), and passes on "READY=1", which is all that
 * a container may say. A manager that does not take it is no reason to fail.
 */
#ifndef ACT_NOTIFY_H
#define ACT_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

#include "libocispec/error.h"

/* create: the folder in the state folder `dir`. */
int notify_make(int dir, struct error *err);

/* start, before the program runs: the socket; -1 if nobody waits, or create has not prepared it. */
int notify_listen(int dir);

/*
 * Takes one message, without waiting. True when the program is ready and this was passed on; with
 * `main` the manager is told to take that process for the service's, unless it is 0.
 */
bool notify_pass(int fd, pid_t main);

/* Waits until the program is ready, or has ended. */
void notify_wait(int fd, int pidfd, pid_t main);

/* delete: what notify_make and notify_listen have made. */
void notify_remove(int dir);

#endif
