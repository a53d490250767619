/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits for what the kernel tells of a container: its init's end on the pidfd, the OOM killer on
 * memory.events, and the clock. See events.h.
 */
#include "act/events.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>

#include "act/cgroup_dir.h"
#include "base/fd.h"
#include "base/sys.h"

struct watch {
	const struct events *events;
	const struct state *state;
	const struct cgroup *cg;
	int pidfd;
	int memory;		/* memory.events, or -1 */
	unsigned long n_oom;	/* told so far */
};

static int tell_stats(const struct watch *w, struct error *err)
{
	struct arena a = { 0 };
	struct event event = { .type = "stats", .id = w->events->id };

	event.data = stats_read(w->cg, w->state->rdt, &a);

	int r = w->events->take(&event, &a, err);

	arena_done(&a);
	return r;
}

/* Through this descriptor: only then the kernel tells it of the next change. */
static void read_memory(struct watch *w)
{
	char text[1024];

	if (w->memory >= 0 && pread(w->memory, text, sizeof(text), 0) < 0)
		w->memory = -1; /* removed */
}

static int tell_oom(struct watch *w, struct error *err)
{
	int r = 0;

	read_memory(w);

	unsigned long n = cgroup_oom_kills(w->cg);

	for (; r == 0 && w->n_oom < n; w->n_oom++) {
		struct arena a = { 0 };
		struct event event = { .type = "oom", .id = w->events->id };

		r = w->events->take(&event, &a, err);
		arena_done(&a);
	}
	return r;
}

static int time_left(int64_t deadline)
{
	int64_t left = deadline - sys_now_ms();

	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static int watch(struct watch *w, struct error *err)
{
	int64_t next = sys_now_ms();

	for (;;) {
		enum { END, MEMORY };
		struct pollfd on[] = {
			[END] = { .fd = w->pidfd, .events = POLLIN },
			[MEMORY] = { .fd = w->memory, .events = POLLPRI },
		};
		int r = poll(on, 2, time_left(next));

		if (r < 0 && errno != EINTR)
			return err_set(err, errno, "wait for events of container \"%s\"",
				       w->events->id);
		if (tell_oom(w, err) < 0)
			return -1;
		if (on[END].revents)
			return 0;
		if (time_left(next) > 0)
			continue;
		if (tell_stats(w, err) < 0)
			return -1;
		next += (int64_t)w->events->interval_ms;
		if (time_left(next) == 0) /* nobody read for long: no need to catch up */
			next = sys_now_ms() + (int64_t)w->events->interval_ms;
	}
}

static int not_running(const struct state_dir *dir, const struct state *state, struct error *err)
{
	return err_set(err, 0, "container \"%s\": container not running (it is %s)", dir->id,
		       status_name(state_status(dir, state)));
}

int act_events(const struct events *events, struct arena *a, struct error *err)
{
	autostate struct state_dir dir = STATE_DIR_INIT;
	autocgroup struct cgroup cg = { .dir = -1 };
	struct watch w = { .events = events, .cg = &cg };

	if (state_open(&dir, events->root, events->id, a, err) < 0 ||
	    !(w.state = state_read(&dir, a, err)))
		return -1;

	autofd int pidfd = -1;

	if (state_reach(&dir, w.state, &pidfd, err) < 0)
		return -1;
	if (pidfd < 0)
		return not_running(&dir, w.state, err);
	if (state_cgroup_own(&dir, w.state, &cg, a, err) < 0)
		return -1;
	if (events->interval_ms == 0)
		return tell_stats(&w, err);

	autofd int memory = openat(cg.dir, "memory.events", O_RDONLY | O_CLOEXEC);

	w.pidfd = pidfd;
	w.memory = memory;
	w.n_oom = cgroup_oom_kills(&cg);
	read_memory(&w);
	return watch(&w, err);
}
