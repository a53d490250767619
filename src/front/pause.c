/* SPDX-License-Identifier: Apache-2.0 */
/* `pause` and `resume`: stops all processes of a container where they are, and lets them go on. */
#include "act/pause.h"
#include "front/command.h"

static int pause_run(struct call *call, struct error *err)
{
	return act_pause(call->root, call->arg[0], call->arena, err);
}

static int resume_run(struct call *call, struct error *err)
{
	return act_resume(call->root, call->arg[0], call->arena, err);
}

const struct command command_pause = {
	.name = "pause",
	.args = "ID",
	.summary = "Stops all processes of a container where they are",
	.run = pause_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 1,
};

const struct command command_resume = {
	.name = "resume",
	.args = "ID",
	.summary = "Lets a paused container go on",
	.run = resume_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 1,
};
