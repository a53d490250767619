/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks: programs that run at six points of a container's life, in listed order. Which namespaces
 * a kind runs in is act's business, and whether the program exists too.
 */
#include <inttypes.h>

#include "base/path.h"
#include "plan/build.h"

static const char *const names[N_HOOK_KINDS] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

const char *plan_hook_name(enum plan_hook_kind kind)
{
	return names[kind];
}

bool plan_hooks_at_create(const struct plan_hooks *hooks)
{
	return hooks->n[HOOK_PRESTART] || hooks->n[HOOK_CREATE_RUNTIME] ||
	       hooks->n[HOOK_CREATE_CONTAINER];
}

bool plan_has_hooks(const struct plan_hooks *hooks)
{
	for (int kind = 0; kind < N_HOOK_KINDS; kind++)
		if (hooks->n[kind])
			return true;
	return false;
}

void plan_hook_streams(struct arena *a, const struct plan_state *state, struct plan_hooks *hooks)
{
	for (int i = 0; i < N_HOOK_STREAMS; i++) {
		const char *file = plan_annotation_of(state, ANNOTATION_HOOK_STDOUT + i);

		if (!build_no_text(file))
			hooks->stream[i] = path_join(a, state->bundle, file);
	}
}

/* plan_hook counts in milliseconds; who asks for more than 49 days waits for 49 days. */
static uint32_t timeout_ms(const struct oci_hook *hook)
{
	uint64_t ms = hook->has_timeout ? (uint64_t)hook->timeout * 1000 : 0;

	return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static int plan_hook(struct build *b, const struct oci_hook *hook, struct plan_hook *out)
{
	if (*hook->path != '/')
		return err_in(b->err, build_at(b, "%s/path", out->from),
			      "'%s' is relative; the path of a hook must be absolute", hook->path);
	if (hook->has_timeout && hook->timeout <= 0)
		return err_in(b->err, build_at(b, "%s/timeout", out->from),
			      "%" PRId64 " seconds; it must be more than 0", hook->timeout);
	out->path = hook->path;
	out->argv = hook->n_args ? build_strings(b, hook->args, hook->n_args)
				 : build_strings(b, &out->path, 1);
	out->envp = build_strings(b, hook->env, hook->n_env);
	out->timeout_ms = timeout_ms(hook);
	return 0;
}

int build_hooks(struct build *b)
{
	static const struct oci_hooks none;
	const struct oci_hooks *h = b->spec->hooks ? b->spec->hooks : &none;
	const struct {
		const struct oci_hook *list;
		size_t n;
	} given[N_HOOK_KINDS] = {
		[HOOK_PRESTART] = { h->prestart, h->n_prestart },
		[HOOK_CREATE_RUNTIME] = { h->create_runtime, h->n_create_runtime },
		[HOOK_CREATE_CONTAINER] = { h->create_container, h->n_create_container },
		[HOOK_START_CONTAINER] = { h->start_container, h->n_start_container },
		[HOOK_POSTSTART] = { h->poststart, h->n_poststart },
		[HOOK_POSTSTOP] = { h->poststop, h->n_poststop },
	};

	for (size_t kind = 0; kind < N_HOOK_KINDS; kind++) {
		struct plan_hook *list = arena_alloc(b->a, given[kind].n, sizeof(*list));

		for (size_t i = 0; i < given[kind].n; i++) {
			list[i].from = build_at(b, "/hooks/%s/%zu", names[kind], i);
			if (plan_hook(b, &given[kind].list[i], &list[i]) < 0)
				return -1;
		}
		b->plan->hooks.list[kind] = list;
		b->plan->hooks.n[kind] = given[kind].n;
	}
	plan_hook_streams(b->a, &b->plan->state, &b->plan->hooks);
	return 0;
}
