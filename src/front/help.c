/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --help and the command `help`. All that is said here comes from the tables that parse the
 * command line; no option or command is described twice.
 */
#include "base/str.h"
#include "front/command.h"

/* A screen of 24 lines holds it. */
char *help_program(struct arena *a)
{
	char *text = arena_strdup(
		a, "Runs OCI containers. Usage: mcrun [OPTION...] COMMAND [OPTION...] "
		   "[ARGUMENT...]\n");

	for (size_t i = 0; i < n_commands; i++)
		text = arena_printf(a, "%s  %-10s %s\n", text, commands[i]->name,
				    commands[i]->summary);
	return arena_printf(a,
			    "%sOptions ('mcrun help options' tells more; of a command: 'mcrun "
			    "COMMAND --help'):\n%s",
			    text, opts_names(a, global_opts));
}

static const char *help_options(struct arena *a)
{
	return arena_printf(a, "Options before the command:\n%s", opts_help(a, global_opts));
}

char *help_command(struct arena *a, const struct command *command)
{
	return arena_printf(a, "Usage: mcrun %s%s%s%s\n\n%s.\n%s%s", command->name,
			    command->opts.n ? " [OPTION...]" : "", *command->args ? " " : "",
			    command->args, command->summary, command->opts.n ? "\nOptions:\n" : "",
			    opts_help(a, command->opts));
}

static int help_run(struct call *call, struct error *err)
{
	const struct command *about;

	if (call->n_arg == 0)
		return out_text(help_program(call->arena), err);
	if (streq(call->arg[0], "options"))
		return out_text(help_options(call->arena), err);
	about = command_find(call->arg[0], call->arena, err);
	return about ? out_text(help_command(call->arena, about), err) : -1;
}

const struct command command_help = {
	.name = "help",
	.args = "[COMMAND|options]",
	.summary = "Shows how to call mcrun, or one of its commands",
	.run = help_run,
	.max_args = 1,
};
