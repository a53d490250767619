/* SPDX-License-Identifier: Apache-2.0 */
/* `start`: lets the program of a created container run. */
#include "act/start.h"

#include "act/state.h"
#include "front/load.h"

/*
 * A program that could not be executed is config.json's fault: the container's own copy tells the
 * line, where the failure has left one. Nothing is looked at before something has gone wrong.
 */
static void find_config(struct call *call)
{
	struct document doc;
	struct error ignored;

	if (load_file(call,
		      arena_printf(call->arena, "%s/%s/config.json", call->root, call->arg[0]),
		      &doc, &ignored) < 0)
		return;
	doc.name = "config.json";
	call->config = doc;
}

static int start_run(struct call *call, struct error *err)
{
	if (act_start(call->root, call->arg[0], NULL, call->arena, err) == 0)
		return 0;
	if (err->at[0])
		find_config(call);
	return -1;
}

const struct command command_start = {
	.name = "start",
	.args = "ID",
	.summary = "Starts the program of a created container",
	.run = start_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 1,
};
