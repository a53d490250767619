/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a container: its numbers every so often, and the OOM killer's visits. */
#ifndef ACT_EVENTS_H
#define ACT_EVENTS_H

#include "act/stats.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"

/* Takes one event, which lives in `a` until it returns. -1 with err ends everything. */
typedef int event_fn(const struct event *event, struct arena *a, struct error *err);

/*
 * The numbers once, or (interval_ms not 0) at once and then so often until the container ends, with
 * an event "oom" for each time that the OOM killer came. A container that does not run, or has
 * no cgroup of its own, is an error.
 */
struct events {
	const char *root, *id;
	uint64_t interval_ms;
	event_fn *take;
};
int act_events(const struct events *events, struct arena *a, struct error *err);

#endif
