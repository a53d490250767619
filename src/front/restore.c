/* SPDX-License-Identifier: Apache-2.0 */
/* `restore`: a container from a bundle and the images of `checkpoint`, through CRIU. */
#include "act/restore.h"

#include "act/state.h"
#include "base/str.h"
#include "front/criu.h"
#include "front/load.h"

static int fill(struct call *call, const struct criu_given *g, struct restore_options *out,
		struct error *err)
{
	*out = (struct restore_options){
		.create = { .root = call->root,
			    .config = call->config.text,
			    .config_len = call->config.len,
			    .console_socket = g->console_socket,
			    .pid_file = g->pid_file,
			    .console = -1 },
		.lsm_profile = g->lsm_profile,
		.lsm_mount = g->lsm_mount,
		.tcp_close = g->tcp_close,
		.detach = g->detach,
	};
	return criu_fill(g, "restore", call->arena, &out->criu, err);
}

static int restore_run(struct call *call, struct error *err)
{
	const struct criu_given *g = call->options;
	const struct load_options load_options = {
		.bundle = g->bundle,
		.id = call->arg[0],
		.console = g->console_socket ? CONSOLE_SOCKET
			   : g->detach       ? CONSOLE_NOBODY
					     : CONSOLE_HERE,
	};
	struct restore_options options;
	struct plan_criu host;
	struct loaded loaded;

	if (state_check_id(call->arg[0], err) < 0 || load(call, &load_options, &loaded, err) < 0 ||
	    plan_criu(call->arena, loaded.plan, &host, err) < 0 || fill(call, g, &options, err) < 0)
		return -1;
	call->status = act_restore(loaded.plan, &host, &options, call->arena, err);
	return call->status < 0 ? -1 : 0;
}

const struct command command_restore = {
	.name = "restore",
	.args = "ID",
	.summary = "Makes a container from a bundle and the images of checkpoint",
	.run = restore_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 1,
	.options_size = sizeof(struct criu_given),
	.opts = { criu_rows, N_RESTORE_ROWS + N_CRIU_ROWS },
};
