/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes as state.json, and what later commands make of the record. Root alone can
 * write that file, but a disk that was full or a machine that went down may have damaged it.
 */
#include "act/state.h"
#include "fuzz.h"

static void look_at_hooks(const struct plan_hooks *hooks)
{
	for (int kind = 0; kind < N_HOOK_KINDS; kind++)
		for (size_t i = 0; i < hooks->n[kind]; i++) {
			const struct plan_hook *h = &hooks->list[kind][i];

			must(h->from && h->path && h->argv && h->envp, "a part of a hook is missing");
			for (const char *const *s = h->argv; *s; s++)
				must(strlen(*s) < TABLE_MAX_SIZE, "an argument without an end");
			for (const char *const *s = h->envp; *s; s++)
				must(strlen(*s) < TABLE_MAX_SIZE, "a variable without an end");
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	const struct state *state = must_read(&a, state_type(), (const char *)data, size);
	struct plan_state told;
	struct plan_hooks hooks;

	if (state) {
		state_to_plan(state, &a, &told);
		must(plan_state_json(&a, &told, "stopped", (int)state->pid), "no JSON for hooks");
		state_hooks(state, &a, &hooks);
		look_at_hooks(&hooks);
	}
	arena_done(&a);
	return 0;
}
