/* SPDX-License-Identifier: Apache-2.0 */
/* `create`: from a bundle to a container that waits for start. */
#include "front/create.h"

#include "act/state.h"
#include "base/str.h"

const struct opt create_rows[] = {
	{ "bundle", 'b', OPT_STR, OPT_AT(create_given, bundle), "DIR",
	  "folder of config.json (default: the current one)" },
	{ "config", 'f', OPT_STR, OPT_AT(create_given, config), "FILE",
	  "read FILE in place of the bundle's config.json" },
	{ "console-socket", 0, OPT_STR, OPT_AT(create_given, console_socket), "SOCKET",
	  "send the terminal's descriptor to this socket" },
	{ "pid-file", 0, OPT_STR, OPT_AT(create_given, pid_file), "FILE",
	  "write the pid of its first process to FILE" },
	{ "preserve-fds", 0, OPT_UINT, OPT_AT(create_given, preserve_fds), "N",
	  "pass N descriptors more to the program, from 3 up" },
	{ "no-pivot", 0, OPT_FLAG, OPT_AT(create_given, no_pivot), NULL,
	  "without pivot_root (for hosts on an initramfs)" },
	{ "no-new-keyring", 0, OPT_FLAG, OPT_AT(create_given, no_new_keyring), NULL,
	  "keep the session keyring of the caller" },
	{ "no-subreaper", 0, OPT_UNUSED, 0, NULL, "accepted for callers that give it, not used" },
	{ "pidfd-socket", 0, OPT_STR, OPT_AT(create_given, pidfd_socket), "SOCKET",
	  "send a pidfd of its first process to this socket" },

	{ "detach", 'd', OPT_FLAG, OPT_AT(create_given, detach), NULL,
	  "return as soon as the program runs" },
	{ "keep", 0, OPT_FLAG, OPT_AT(create_given, keep), NULL,
	  "keep the container when its program has ended" },
};
_Static_assert(COUNT(create_rows) == N_RUN_ROWS, "create.h counts the rows");

int create_load(struct call *call, enum load_console console, struct create_plan *out,
		struct error *err)
{
	const struct create_given *o = call->options;
	const struct load_options options = {
		.bundle = o->bundle,
		.config = o->config,
		.id = call->arg[0],
		.console = o->console_socket ? CONSOLE_SOCKET : console,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
		.preserve_fds = o->preserve_fds,
	};
	struct loaded loaded;

	if (state_check_id(options.id, err) < 0 || load(call, &options, &loaded, err) < 0)
		return -1;
	*out = (struct create_plan){
		.plan = loaded.plan,
		.options = {
			.root = call->root,
			.config = call->config.text,
			.config_len = call->config.len,
			.console_socket = o->console_socket,
			.pid_file = o->pid_file,
			.pidfd_socket = o->pidfd_socket,
			.console = -1,
		},
	};
	return 0;
}

static int create_run(struct call *call, struct error *err)
{
	struct create_plan c;

	if (create_load(call, CONSOLE_NOBODY, &c, err) < 0)
		return -1;
	return act_create(c.plan, &c.options, call->arena, NULL, err);
}

const struct command command_create = {
	.name = "create",
	.args = "ID",
	.summary = "Creates a container from a bundle; its program waits for 'start'",
	.run = create_run,
	.flags = COMMAND_ROOT | COMMAND_SEAL,
	.min_args = 1,
	.max_args = 1,
	.options_size = sizeof(struct create_given),
	.opts = { create_rows, N_CREATE_ROWS },
};
