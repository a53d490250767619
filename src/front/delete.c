/* SPDX-License-Identifier: Apache-2.0 */
/* `delete`: removes what there is of a container. */
#include "act/stop.h"
#include "base/str.h"
#include "front/match.h"

struct delete_given {
	bool force, regex;
};

static const struct opt rows[] = {
	{ "force", 'f', OPT_FLAG, OPT_AT(delete_given, force), NULL,
	  "kill it if it runs; no error if it is not there" },
	{ "regex", 'r', OPT_FLAG, OPT_AT(delete_given, regex), NULL,
	  "ID is a regular expression: all that match" },
};

static int delete_one(struct call *call, const char *id, struct error *err)
{
	const struct delete_given *given = call->options;

	return act_delete(call->root, id, given->force ? DELETE_FORCE : 0, call->arena, err);
}

static int delete_run(struct call *call, struct error *err)
{
	const struct delete_given *given = call->options;

	return given->regex ? match_each(call, call->arg[0], delete_one, err)
			    : delete_one(call, call->arg[0], err);
}

const struct command command_delete = {
	.name = "delete",
	.args = "ID",
	.summary = "Removes a container that is not running",
	.run = delete_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 1,
	.options_size = sizeof(struct delete_given),
	.opts = { rows, COUNT(rows) },
};
