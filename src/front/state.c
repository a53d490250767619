/* SPDX-License-Identifier: Apache-2.0 */
/* `state`: one container as JSON. Says nothing on stderr when all is well: callers mix the two. */
#include "front/command.h"
#include "front/view.h"

static int state_run(struct call *call, struct error *err)
{
	const struct view *view = view_read(call->root, call->arg[0], call->arena, err);

	if (!view)
		return -1;
	return out_text(table_write(view_type(), call->arena, view, TABLE_PRETTY), err);
}

const struct command command_state = {
	.name = "state",
	.args = "ID",
	.summary = "Prints the state of a container as JSON",
	.run = state_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 1,
};
