/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of the container: the state that hooks read on stdin and `state` prints. The plan
 * has the part that does not change; status and pid are the caller's.
 */
#include "plan/build.h"

const char *const plan_annotation_key[N_ANNOTATIONS] = {
	[ANNOTATION_PROPERTY] = "org.systemd.property.",
	[ANNOTATION_CRIU_CONFIG] = "org.criu.config",
	[ANNOTATION_HOOK_STDOUT] = "run.oci.hooks.stdout",
	[ANNOTATION_HOOK_STDERR] = "run.oci.hooks.stderr",
	[ANNOTATION_KEEP_GROUPS] = "run.oci.keep_original_groups",
	[ANNOTATION_CONTEXT_TYPE] = "run.oci.mount_context_type",
};

const char *plan_annotation_of(const struct plan_state *state, enum plan_annotation which)
{
	for (size_t i = 0; i < state->n_annotation; i++)
		if (streq(state->annotation[i].key, plan_annotation_key[which]))
			return state->annotation[i].value;
	return NULL;
}

int build_state(struct build *b)
{
	const struct oci_config *spec = b->spec;
	struct plan_state *state = &b->plan->state;
	struct plan_pair *pairs = arena_alloc(b->a, spec->n_annotations, sizeof(*pairs));

	for (size_t i = 0; i < spec->n_annotations; i++) {
		const struct oci_pair *from = &spec->annotations[i];

		if (!*from->key)
			return err_in(b->err, "/annotations", "a key must not be empty");
		pairs[i] = (struct plan_pair){ from->key, from->value };
	}
	state->oci_version = spec->oci_version;
	state->id = b->options->id;
	state->bundle = b->options->bundle;
	state->annotation = pairs;
	state->n_annotation = spec->n_annotations;
	return 0;
}

static struct oci_state state_doc(struct arena *a, const struct plan_state *state,
				  const char *status, int pid)
{
	struct oci_state doc = {
		.oci_version = state->oci_version,
		.id = state->id,
		.status = status,
		.has_pid = pid != 0,
		.pid = pid,
		.bundle = state->bundle,
	};

	if (state->n_annotation) {
		doc.annotations = arena_alloc(a, state->n_annotation, sizeof(*doc.annotations));
		doc.n_annotations = state->n_annotation;
	}
	for (size_t i = 0; i < doc.n_annotations; i++)
		doc.annotations[i] = (struct oci_pair){ state->annotation[i].key,
							state->annotation[i].value };
	return doc;
}

char *plan_state_json(struct arena *a, const struct plan_state *state, const char *status, int pid)
{
	struct oci_state doc = state_doc(a, state, status, pid);

	return oci_state_write(a, &doc, TABLE_COMPACT);
}

char *plan_process_state_json(struct arena *a, const struct plan_process_state *process)
{
	const char *fds[] = { "seccompFd" };
	struct oci_state state = state_doc(a, process->state, process->status, process->init);
	struct oci_process_state doc = {
		.oci_version = process->state->oci_version,
		.fds = fds,
		.n_fds = COUNT(fds),
		.has_pid = true,
		.pid = process->pid,
		.metadata = process->metadata,
		.state = &state,
	};

	return oci_process_state_write(a, &doc, TABLE_COMPACT);
}
