/* SPDX-License-Identifier: Apache-2.0 */
/* pause, resume and ps: what the container's own cgroup knows and can do. See pause.h. */
#include "act/pause.h"

#include <unistd.h>

#include "act/cgroup.h"
#include "act/state.h"
#include "base/trace.h"

enum { FREEZE_MS = 10000 };

static int pause_locked(const struct state_dir *dir, struct arena *a, struct error *err)
{
	autocgroup struct cgroup cg = { .dir = -1 };
	const struct state *state = state_read(dir, a, err);

	if (!state)
		return -1;

	enum status status = state_status(dir, state);

	if (status != STATUS_CREATED && status != STATUS_RUNNING)
		return err_set(err, 0,
			       "cannot pause container \"%s\": container not running "
			       "(it is %s)",
			       dir->id, status_name(status));
	if (state_cgroup_own(dir, state, &cg, a, err) < 0 || cgroup_freeze(&cg, FREEZE_MS, err) < 0)
		return err_add(err, "cannot pause container \"%s\"", dir->id);
	return 0;
}

int act_pause(const char *root, const char *id, struct arena *a, struct error *err)
{
	autostate struct state_dir dir = STATE_DIR_INIT;

	trace_span("pause");
	if (state_open(&dir, root, id, a, err) < 0 || state_lock(&dir, err) < 0)
		return -1;
	return pause_locked(&dir, a, err);
}

/*
 * Without the lock: a start may hold it and wait for an init that somebody froze. A pause that was
 * killed before all stood still has left the wish, which counts.
 */
int act_resume(const char *root, const char *id, struct arena *a, struct error *err)
{
	autostate struct state_dir dir = STATE_DIR_INIT;
	autocgroup struct cgroup cg = { .dir = -1 };
	const struct state *state;

	trace_span("resume");
	if (state_open(&dir, root, id, a, err) < 0 || !(state = state_read(&dir, a, err)))
		return -1;

	enum status status = state_status(&dir, state);

	if (status != STATUS_STOPPED && state_cgroup_own(&dir, state, &cg, a, err) < 0)
		return err_add(err, "cannot resume container \"%s\"", id);
	if (status != STATUS_PAUSED && !cgroup_freezes(&cg))
		return err_set(err, 0,
			       "cannot resume container \"%s\": container not paused "
			       "(it is %s)",
			       id, status_name(status));
	if (cgroup_thaw(&cg, FREEZE_MS, err) < 0)
		return err_add(err, "cannot resume container \"%s\"", id);
	return 0;
}

int act_pids(const char *root, const char *id, struct arena *a, struct pids *out,
	     struct error *err)
{
	autostate struct state_dir dir = STATE_DIR_INIT;
	autocgroup struct cgroup cg = { .dir = -1 };
	const struct state *state;

	*out = (struct pids){ 0 };
	if (state_open(&dir, root, id, a, err) < 0 || !(state = state_read(&dir, a, err)))
		return -1;
	/* The cgroup of a stopped one may be gone, or have outlived init with all else in it. */
	if (state_cgroup_own(&dir, state, &cg, a, err) < 0)
		return state_status(&dir, state) == STATUS_STOPPED ? 0 : -1;
	return cgroup_pids(&cg, a, &out->pid, &out->n, err);
}
