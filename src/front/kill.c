/* SPDX-License-Identifier: Apache-2.0 */
/* `kill`: sends a signal to a container. */
#include "act/stop.h"
#include "base/names.h"
#include "base/str.h"
#include "front/match.h"

struct kill_given {
	bool all, regex;
};

static const struct opt rows[] = {
	{ "all", 'a', OPT_FLAG, OPT_AT(kill_given, all), NULL,
	  "to every process of it, not only to the first" },
	{ "regex", 'r', OPT_FLAG, OPT_AT(kill_given, regex), NULL,
	  "ID is a regular expression: all that match" },
};

static const char *signal_word(const struct call *call)
{
	return call->n_arg > 1 ? call->arg[1] : "SIGTERM";
}

static int kill_one(struct call *call, const char *id, struct error *err)
{
	const struct kill_given *given = call->options;

	return act_kill(call->root, id, signal_number(signal_word(call)),
			given->all ? KILL_ALL : 0, err);
}

static int kill_run(struct call *call, struct error *err)
{
	const struct kill_given *given = call->options;

	if (signal_number(signal_word(call)) < 0)
		return opts_error(err, "kill", "unknown signal '%s'", signal_word(call));
	return given->regex ? match_each(call, call->arg[0], kill_one, err)
			    : kill_one(call, call->arg[0], err);
}

const struct command command_kill = {
	.name = "kill",
	.args = "ID [SIGNAL]",
	.summary = "Sends a signal (TERM, SIGTERM, 15; default: TERM) to a container",
	.run = kill_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 2,
	.options_size = sizeof(struct kill_given),
	.opts = { rows, COUNT(rows) },
};
