/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mounts add` and `mounts remove`: for a container that is there. The file is what `mounts` is in
 * config.json, alone or as the member of that name.
 */
#include "act/mounts.h"

#include <string.h>

#include "act/facts.h"
#include "base/str.h"
#include "front/load.h"
#include "libocispec/oci.h"
#include "plan/mounts.h"

static const char before_list[] = "{\"mounts\":";

/* A list alone becomes the member of an object, which is what can be read. */
static bool wrap(struct call *call, struct document *file)
{
	const char *text = file->text;

	if (text[strspn(text, " \t\r\n")] != '[')
		return false;
	file->text = arena_printf(call->arena, "%s%s}", before_list, text);
	file->len = strlen(file->text);
	return true;
}

/* What is told of the first line must not count what was put before it. */
static int blame(struct call *call, const struct document *file, bool wrapped, struct error *err)
{
	const unsigned more = sizeof(before_list) - 1;

	if (*err->at && !err->line && !str_after(err->at, "/mounts"))
		return -1;
	call->config = *file;
	if (*err->at && !err->line)
		oci_where(file->text, file->len, err->at, &err->line, &err->column);
	if (wrapped && err->line == 1 && err->column > more)
		err->column -= more;
	return -1;
}

static struct plan *make_plan(struct call *call, const struct mounts *m,
			      const struct oci_mounts *mounts, struct error *err)
{
	const struct plan_options options = { .id = m->dir.id,
					      .bundle = m->state->bundle,
					      .manager = MANAGER_DISABLED };
	struct oci_config *spec =
		oci_config_read(call->arena, m->config, m->config_len, err);
	struct facts facts = { 0 };

	if (!spec)
		return NULL;
	spec->mounts = mounts->mounts;
	spec->n_mounts = mounts->n_mounts;
	if (facts_answer(plan_mounts_ask(spec), NULL, call->arena, &facts, err) < 0)
		return NULL;
	return plan_mounts_build(call->arena, &(struct plan_input){ spec, &facts, &options }, err);
}

static int mounts_run(struct call *call, struct error *err)
{
	bool removes = streq(call->arg[0], "remove");
	automounts struct mounts m = MOUNTS_INIT;
	struct document file;

	if (!removes && !streq(call->arg[0], "add"))
		return opts_error(err, "mounts", "'%s' is neither add nor remove", call->arg[0]);
	if (mounts_open(&m, call->root, call->arg[1], call->arena, err) < 0 ||
	    load_file(call, call->arg[2], &file, err) < 0)
		return -1;

	bool wrapped = wrap(call, &file);
	struct oci_mounts *mounts = oci_mounts_read(call->arena, file.text, file.len, err);

	if (!mounts)
		return blame(call, &file, wrapped, err);
	call->config = (struct document){ "config.json", m.config, m.config_len };

	struct plan *plan = make_plan(call, &m, mounts, err);

	if (!plan || (removes ? mounts_remove : mounts_add)(&m, plan, call->arena, err) < 0)
		return blame(call, &file, wrapped, err);
	return 0;
}

const struct command command_mounts = {
	.name = "mounts",
	.args = "add|remove ID FILE",
	.summary = "Adds mounts to a container that is there, or takes them away again",
	.run = mounts_run,
	.flags = COMMAND_ROOT | COMMAND_SEAL,
	.min_args = 3,
	.max_args = 3,
};
