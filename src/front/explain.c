/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `explain`: prints what create would do, and from which places of config.json that comes. Plans
 * as create does, and changes nothing.
 */
#include <errno.h>
#include <sys/stat.h>

#include "act/state.h"
#include "base/str.h"
#include "front/load.h"

struct explain_given {
	const char *bundle, *config, *facts;
	bool show_facts;
};

static const struct opt rows[] = {
	{ "bundle", 'b', OPT_STR, OPT_AT(explain_given, bundle), "DIR",
	  "folder of config.json (default: the current one)" },
	{ "config", 'f', OPT_STR, OPT_AT(explain_given, config), "FILE",
	  "read FILE in place of the bundle's config.json" },
	{ "facts", 0, OPT_STR, OPT_AT(explain_given, facts), "FILE",
	  "plan for the host of FILE, not for this one" },
	{ "show-facts", 0, OPT_FLAG, OPT_AT(explain_given, show_facts), NULL,
	  "print this host's facts, as --facts reads them" },
};

/* create would fail; but the plan can be read all the same. */
static void warn_rootfs(const struct call *call, const struct plan_root *root)
{
	unsigned line, column;
	struct stat st;
	int r = stat(root->path, &st);

	if (r == 0 && S_ISDIR(st.st_mode))
		return;
	oci_where(call->config.text, call->config.len, root->from, &line, &column);
	log_warning("%s:%u:%u: %s: rootfs %s: %s", call->config.name, line, column, root->from,
		    root->path, r < 0 ? err_text(errno) : "is no folder");
}

static int explain_run(struct call *call, struct error *err)
{
	const struct explain_given *given = call->options;
	const struct load_options options = {
		.bundle = given->bundle,
		.config = given->config,
		.facts = given->facts,
		.id = call->n_arg ? call->arg[0] : "ID",
		.console = CONSOLE_HERE,
	};
	struct loaded loaded;

	if (state_check_id(options.id, err) < 0 || load(call, &options, &loaded, err) < 0)
		return -1;
	if (given->show_facts)
		return out_text(table_write(facts_type(), call->arena, &loaded.facts, TABLE_PRETTY),
				err);
	if (!given->facts)
		warn_rootfs(call, &loaded.plan->root);
	return out_text(plan_print(call->arena, loaded.plan), err);
}

const struct command command_explain = {
	.name = "explain",
	.args = "[ID]",
	.summary = "Prints what create would do, with the places in config.json",
	.run = explain_run,
	.max_args = 1,
	.options_size = sizeof(struct explain_given),
	.opts = { rows, COUNT(rows) },
};
