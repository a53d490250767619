/* SPDX-License-Identifier: Apache-2.0 */
/* Hands each hook its state and waits for it; what to do about a failure is the caller's matter. */
#include "act/hooks.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/run.h"
#include "base/trace.h"

/* What the state's status is when hooks of a kind run. */
static const char *const statuses[N_HOOK_KINDS] = {
	[HOOK_PRESTART] = "creating",	      [HOOK_CREATE_RUNTIME] = "creating",
	[HOOK_CREATE_CONTAINER] = "creating", [HOOK_START_CONTAINER] = "created",
	[HOOK_POSTSTART] = "running",	      [HOOK_POSTSTOP] = "stopped",
};

int hook_streams_open(struct hook_streams *streams, const struct plan_hooks *hooks,
		      struct error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;

	for (size_t i = 0; i < N_HOOK_STREAMS; i++) {
		if (!hooks->stream[i])
			continue;
		streams->fd[i] = open(hooks->stream[i], flags, 0644);
		if (streams->fd[i] >= 0)
			continue;
		err_set(err, errno, "open %s for what hooks say", hooks->stream[i]);
		return err_at(err, "/annotations/%s",
			      plan_annotation_key[ANNOTATION_HOOK_STDOUT + i]);
	}
	return 0;
}

void hook_streams_close(struct hook_streams *streams)
{
	for (size_t i = 0; i < N_HOOK_STREAMS; i++)
		autofd_close(&streams->fd[i]);
}
#define autostreams __attribute__((cleanup(hook_streams_close)))

static int run_one(const struct plan_hook *hook, const struct hook_call *call, const char *state,
		   struct error *err)
{
	const struct run run = {
		.path = hook->path,
		.argv = hook->argv,
		.envp = hook->envp,
		.cwd = call->cwd,
		.input = state,
		.streams = call->streams->fd,
		.timeout_ms = hook->timeout_ms,
		.kept = !call->from_init,
		.before_exec = call->before_exec,
		.arg = call->arg,
	};

	trace_span(hook->from);
	return run_program(&run, call->stop, err);
}

int hooks_run(const struct plan_hooks *hooks, enum plan_hook_kind kind,
	      const struct hook_call *call, struct arena *a, struct error *err)
{
	autostreams struct hook_streams opened = HOOK_STREAMS_INIT;
	struct hook_call with = *call;
	const char *state;

	if (hooks->n[kind] == 0)
		return 0;
	if (!with.streams && hook_streams_open(&opened, hooks, err) < 0)
		return -1;
	with.streams = with.streams ? with.streams : &opened;
	state = plan_state_json(a, call->state, statuses[kind], call->pid);
	for (size_t i = 0; i < hooks->n[kind]; i++) {
		const struct plan_hook *hook = &hooks->list[kind][i];

		if (run_one(hook, &with, state, err) == 0)
			continue;
		err_add(err, "%s hook", plan_hook_name(kind));
		return err_at(err, "%s", hook->from);
	}
	return 0;
}

void hooks_poststop(const struct plan_hooks *hooks, const struct plan_state *state, struct arena *a)
{
	const enum plan_hook_kind kind = HOOK_POSTSTOP;
	autostreams struct hook_streams opened = HOOK_STREAMS_INIT;
	const struct hook_call call = {
		.state = state, .cwd = state->bundle, .stop = -1, .streams = &opened
	};
	struct error err;

	if (hooks->n[kind] == 0)
		return;
	if (hook_streams_open(&opened, hooks, &err) < 0)
		log_warning("%s: %s", err.at, err.msg);

	const char *text = plan_state_json(a, state, statuses[kind], 0);

	for (size_t i = 0; i < hooks->n[kind]; i++)
		if (run_one(&hooks->list[kind][i], &call, text, &err) < 0)
			log_warning("%s: %s hook: %s", hooks->list[kind][i].from,
				    plan_hook_name(kind), err.msg);
}
