/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program: arguments, environment, terminal, limits. Who it runs as is planned in cred.c.
 * A container may be created without a process; only start needs one (runtime.md).
 */
#include <inttypes.h>

#include "base/names.h"
#include "base/path.h"
#include "plan/build.h"

static int plan_args(struct build *b, const struct oci_process *p)
{
	struct plan_process *out = &b->plan->process;

	if (!p->n_args)
		return err_in(b->err, "/process/args", "at least one entry is needed: the program");
	if (!*p->args[0])
		return err_in(b->err, "/process/args/0", "the program's name is empty");
	if (*p->cwd != '/')
		return err_in(b->err, "/process/cwd", "'%s' is relative; it must be absolute",
			      p->cwd);
	out->argv = build_strings(b, p->args, p->n_args);
	out->cwd = path_clean(b->a, p->cwd);
	return 0;
}

/* environ(7) has no rule for entries without '='; programs see them as they are. */
static void plan_env(struct build *b, const struct oci_process *p)
{
	for (size_t i = 0; i < p->n_env; i++)
		if (!strchr(p->env[i], '='))
			build_warn(b, "/process/env/%zu: '%s' has no '='", i, p->env[i]);

	const struct plan_options *o = b->options;
	const char **env = arena_alloc(b->a, p->n_env + 3, sizeof(*env));
	size_t n = 0;

	for (size_t i = 0; i < p->n_env; i++)
		env[n++] = p->env[i];
	if (o->listen_fds)
		env[n++] = arena_printf(b->a, "LISTEN_FDS=%u", o->listen_fds);
	if (o->listen_fds && o->listen_names)
		env[n++] = arena_printf(b->a, "LISTEN_FDNAMES=%s", o->listen_names);
	b->plan->process.envp = env;
}

static int plan_terminal(struct build *b, const struct oci_process *p)
{
	struct plan_process *out = &b->plan->process;
	const struct oci_console_size *size = p->console_size;

	if (p->terminal && !b->options->console_socket)
		return err_in(b->err, "/process/terminal", "is true, but there is nobody to take "
			      "the terminal; give --console-socket");
	if (!p->terminal && b->options->console_socket)
		return err_in(b->err, "/process/terminal", "is not true, but --console-socket "
			      "waits for a terminal");
	out->terminal = p->terminal;
	if (!p->terminal || !size)
		return 0;
	if (size->height > UINT16_MAX || size->width > UINT16_MAX)
		return err_in(b->err, "/process/consoleSize", "%" PRIu64 " x %" PRIu64 " is more "
			      "than a terminal can have", size->height, size->width);
	out->rows = (uint16_t)size->height;
	out->columns = (uint16_t)size->width;
	return 0;
}

static int plan_rlimit(struct build *b, const struct oci_rlimit *given, struct plan_rlimit *out)
{
	const struct plan_process *p = &b->plan->process;
	int resource = rlimit_number(given->type);

	if (resource < 0)
		return err_in(b->err, build_at(b, "%s/type", out->from),
			      "unknown limit '%s'; there are RLIMIT_NOFILE and others, see "
			      "getrlimit(2)", given->type);
	for (size_t i = 0; i < p->n_rlimit; i++)
		if (p->rlimit[i].resource == resource)
			return err_in(b->err, build_at(b, "%s/type", out->from),
				      "'%s' is listed twice, first at %s", given->type,
				      p->rlimit[i].from);
	if (given->soft > given->hard)
		return err_in(b->err, build_at(b, "%s/soft", out->from), "%" PRIu64 " is more than "
			      "the hard limit, %" PRIu64, given->soft, given->hard);
	out->resource = resource;
	out->soft = given->soft;
	out->hard = given->hard;
	return 0;
}

static int plan_rlimits(struct build *b, const struct oci_process *p)
{
	struct plan_process *out = &b->plan->process;
	struct plan_rlimit *list = arena_alloc(b->a, p->n_rlimits, sizeof(*list));

	out->rlimit = list;
	for (size_t i = 0; i < p->n_rlimits; i++) {
		list[i].from = build_at_index(b, "/process/rlimits", i);
		if (plan_rlimit(b, &p->rlimits[i], &list[i]) < 0)
			return -1;
		out->n_rlimit++;
	}
	return 0;
}

int build_process(struct build *b)
{
	static const struct oci_process none;
	const struct oci_process *p = b->spec->process ? b->spec->process : &none;
	struct plan_process *out = &b->plan->process;

	*out = (struct plan_process){
		.from = "/process",
		.present = b->spec->process,
		.argv = build_strings(b, NULL, 0),
		.cwd = "/",
		.set_oom_score_adj = p->has_oom_score_adj,
		.oom_score_adj = (int)p->oom_score_adj,
		.preserve_fds = b->options->listen_fds + b->options->preserve_fds,
		.listens = b->options->listen_fds,
		.new_keyring = !b->options->no_new_keyring,
	};
	plan_env(b, p);
	if (plan_terminal(b, p) < 0)
		return -1;
	if (!out->present)
		return 0;
	if (plan_args(b, p) < 0 || plan_rlimits(b, p) < 0)
		return -1;
	return 0;
}
