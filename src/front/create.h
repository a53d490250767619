/* SPDX-License-Identifier: Apache-2.0 */
/* What `create` and `run` share: their options, and how these become a plan. */
#ifndef FRONT_CREATE_H
#define FRONT_CREATE_H

#include "act/create.h"
#include "front/load.h"

/* What was given on the command line. */
struct create_given {
	const char *bundle, *config, *console_socket, *pid_file, *pidfd_socket;
	bool no_pivot, no_new_keyring;
	unsigned preserve_fds;
	bool detach, keep; /* of run alone */
};

/* The options of both; those of run alone are the last ones. */
enum { N_CREATE_ROWS = 9, N_RUN_ROWS = N_CREATE_ROWS + 2 };
extern const struct opt create_rows[N_RUN_ROWS];

struct create_plan {
	const struct plan *plan;
	struct create_options options;
};

/* Bundle, configuration and options of the command become a plan. 0 or -1. */
int create_load(struct call *call, enum load_console console, struct create_plan *out,
		struct error *err);

#endif
