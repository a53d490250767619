/* SPDX-License-Identifier: Apache-2.0 */
/* `run`: create and start, and unless detached stay until the program has ended. */
#include "act/foreground.h"
#include "front/create.h"

static int run_run(struct call *call, struct error *err)
{
	const struct create_given *given = call->options;
	const unsigned flags = (given->detach ? RUN_DETACH : 0) | (given->keep ? RUN_KEEP : 0);
	struct create_plan c;

	if (create_load(call, given->detach ? CONSOLE_NOBODY : CONSOLE_HERE, &c, err) < 0)
		return -1;
	call->status = act_run(c.plan, &c.options, flags, call->arena, err);
	return call->status < 0 ? -1 : 0;
}

const struct command command_run = {
	.name = "run",
	.args = "ID",
	.summary = "Creates and starts a container; returns its program's exit status",
	.run = run_run,
	.flags = COMMAND_ROOT | COMMAND_SEAL,
	.min_args = 1,
	.max_args = 1,
	.options_size = sizeof(struct create_given),
	.opts = { create_rows, N_RUN_ROWS },
};
