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
 * connected to the container's; *out_status is the program's exit status, or 128 + the signal
 * that ended it. The container is deleted then, also when something fails on the way.
 */
int act_run(const struct plan *plan, const struct create_options *options, enum run_flags flags,
	    struct arena *a, int *out_status, struct error *err);

#endif
