/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start, and the socket between it and the waiting init: <state folder>/start.sock. Create
 * makes it and init keeps it, so while a connection is taken init still waits. start says GO; init
 * answers FAILED with an error, or EXEC and then end-of-file when the program runs. If start dies
 * before GO, init takes the next one. start removes the socket after EXEC.
 */
#ifndef ACT_START_H
#define ACT_START_H

#include <stdbool.h>

#include "act/init.h"
#include "act/state.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"

/*
 * Runs the created container's program and the poststart hooks. The error is exact: a failing
 * startContainer hook, or why the program could not be executed. A failed hook, of either kind,
 * ends and destroys the container (runtime.md, steps 7 and 9). Where a service manager waits for
 * the program to be ready, this waits as well, or out_notify gets the socket on which to (else -1).
 */
int act_start(const char *root, const char *id, int *out_notify, struct arena *a,
	      struct error *err);

/* The same for what this process has just created, and has kept locked since. */
int act_start_made(struct container *c, int *out_notify, struct arena *a, struct error *err);

/* Parent, before init is made: the listening socket; a descriptor or -1. */
int start_bind(int dir, const char *path, struct error *err);

/* init: waits for a start that says GO. in->sync.fd is then the connection to it. */
int start_wait(struct init *in, struct error *err);

/* Is it still in the state folder `path`: has no start made a program of init yet? */
bool start_has_socket(const char *path);

#endif
