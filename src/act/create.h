/* SPDX-License-Identifier: Apache-2.0 */
/* create: from a plan to a container that waits for start. */
#ifndef ACT_CREATE_H
#define ACT_CREATE_H

#include <stddef.h>

#include "act/state.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

struct create_options {
	const char *root;		/* the state root: "/run/mcrun"; absolute */
	const char *config;		/* config.json's text as it was planned: kept for later */
	size_t config_len;
	const char
		*console_socket; /* path of a listening socket that takes the terminal; or NULL */
	const char *pidfd_socket;	/* takes a pidfd of init; or NULL */
	const char *pid_file;		/* gets init's pid, without a newline; or NULL */
	int console;			/* in place of console_socket: a connected socket; or -1 */
};

/*
 * Returns 0 with the container `created`, or -1 with nothing left behind. SIGINT, SIGTERM, SIGHUP
 * and SIGQUIT end it with an error. init becomes a child of the caller's: when this process ends,
 * the nearest subreaper's. `out` (may be NULL) is for whoever goes on with it at once: it is locked
 * until that is done.
 */
int act_create(const struct plan *plan, const struct create_options *options, struct arena *a,
	       struct container *out, struct error *err);

#endif
