/* SPDX-License-Identifier: Apache-2.0 */
/* `checkpoint`: the processes of a container into images, through CRIU. */
#include "act/checkpoint.h"

#include <fcntl.h>

#include "act/facts.h"
#include "base/str.h"
#include "front/criu.h"
#include "front/load.h"

enum { PORT_MAX = 65535 };

static int split_server(const struct criu_given *g, struct arena *a, struct checkpoint_options *out,
			struct error *err)
{
	const char *colon = g->page_server ? strrchr(g->page_server, ':') : NULL;
	uint64_t port;

	if (!g->page_server)
		return 0;
	if (!colon || colon == g->page_server || str_to_u64(colon + 1, PORT_MAX, &port) < 0 ||
	    port == 0)
		return opts_error(err, "checkpoint", "--page-server '%s' is not HOST:PORT",
				  g->page_server);
	out->page_host = arena_strndup(a, g->page_server, (size_t)(colon - g->page_server));
	out->page_port = (unsigned)port;
	return 0;
}

static int fill(const struct criu_given *g, struct arena *a, struct checkpoint_options *out,
		struct error *err)
{
	*out = (struct checkpoint_options){
		.parent = g->parent,
		.status_fd = g->status_fd ? (int)g->status_fd : -1,
		.pre_dump = g->pre_dump,
		.leave_running = g->leave_running,
		.skip_in_flight = g->skip_in_flight,
		.link_remap = g->link_remap,
	};
	if (criu_fill(g, "checkpoint", a, &out->criu, err) < 0)
		return -1;
	if (g->status_fd && fcntl((int)g->status_fd, F_GETFD) < 0)
		return opts_error(err, "checkpoint", "--status-fd %u is not open", g->status_fd);
	if (g->pre_dump && g->lazy_pages)
		return opts_error(err, "checkpoint",
				  "--pre-dump and --lazy-pages exclude each "
				  "other");
	if (g->lazy_pages && !g->page_server)
		return opts_error(err, "checkpoint",
				  "--lazy-pages needs --page-server, where the "
				  "memory is fetched from");
	return split_server(g, a, out, err);
}

/* What is CRIU's to know, from config.json as create kept it. */
static struct plan *make_plan(struct call *call, const struct checkpoint *c, struct error *err)
{
	struct arena *a = call->arena;
	struct facts facts = { 0 };

	call->config = (struct document){ "config.json", c->config, c->config_len };

	const struct oci_config *spec = oci_config_read(a, c->config, c->config_len, err);

	if (!spec)
		return NULL;

	const struct plan_options options = { .id = c->state->id,
					      .bundle = c->state->bundle,
					      .manager = *c->state->cgroup->path
								 ? MANAGER_CGROUPFS
								 : MANAGER_DISABLED };

	if (facts_answer(plan_ask(spec, &options), NULL, a, &facts, err) < 0)
		return NULL;
	return plan_criu_build(a, &(struct plan_input){ spec, &facts, &options }, err);
}

static int checkpoint_run(struct call *call, struct error *err)
{
	autocheckpoint struct checkpoint c = CHECKPOINT_INIT;
	struct checkpoint_options options;
	struct plan_criu host;
	struct plan *plan;

	if (fill(call->options, call->arena, &options, err) < 0 ||
	    checkpoint_open(&c, call->root, call->arg[0], call->arena, err) < 0 ||
	    !(plan = make_plan(call, &c, err)) || plan_criu(call->arena, plan, &host, err) < 0)
		return -1;
	return act_checkpoint(&c, plan, &host, &options, err);
}

const struct command command_checkpoint = {
	.name = "checkpoint",
	.args = "ID",
	.summary = "Writes the processes of a container into images, for restore",
	.run = checkpoint_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 1,
	.options_size = sizeof(struct criu_given),
	.opts = { criu_rows + N_RESTORE_ROWS, N_CRIU_ROWS + N_CHECKPOINT_ROWS },
};
