/* SPDX-License-Identifier: Apache-2.0 */
/* run: create, start, and unless detached stay with the container to its end. */
#ifndef ACT_FOREGROUND_H
#define ACT_FOREGROUND_H

#include "act/create.h"

enum run_flags {
	RUN_DETACH = 1 << 0,	/* return once it runs */
	RUN_KEEP   = 1 << 1,	/* do not delete it when it has ended */
};

/*
 * In the foreground: signals are forwarded; with a terminal the caller's is put into raw mode and
 * connected to the container's; returned is the program's exit status, or 128 + the signal that
 * ended it; -1 when something failed. The container is deleted either way. Detached: 0 or -1.
 */
int act_run(const struct plan *plan, const struct create_options *options, enum run_flags flags,
	    struct arena *a, struct error *err);

#endif
