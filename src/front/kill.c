/* SPDX-License-Identifier: Apache-2.0 */
/* `kill`: sends a signal to a container. */
#include "act/stop.h"
#include "base/names.h"
#include "base/str.h"
#include "front/command.h"

struct kill_given {
	bool all;
};

static const struct opt rows[] = {
	{ "all", 'a', OPT_FLAG, OPT_AT(kill_given, all), NULL,
	  "to every process of the container, not only the first" },
};

static int kill_run(struct call *call, struct error *err)
{
	const struct kill_given *given = call->options;
	const char *name = call->n_arg > 1 ? call->arg[1] : "SIGTERM";
	int sig = signal_number(name);

	if (sig < 0)
		return opts_error(err, "kill", "unknown signal '%s'", name);
	return act_kill(call->root, call->arg[0], sig, given->all ? KILL_ALL : 0, err);
}

const struct command command_kill = {
	.name = "kill",
	.args = "ID [SIGNAL]",
	.summary = "Sends a signal (TERM, SIGTERM or 15; the default is TERM) to a container",
	.run = kill_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 2,
	.options_size = sizeof(struct kill_given),
	.opts = { rows, COUNT(rows) },
};
