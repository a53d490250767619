/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `exec`: one more process in a container, from a file or from the words of the command line over
 * what config.json was at create. Finds out which of the three a mistake is to be told of.
 */
#include "act/exec.h"

#include "act/facts.h"
#include "base/str.h"
#include "front/load.h"
#include "plan/exec.h"

enum { NOT_STARTED = 255 }; /* exit status: no program's own, or so callers take it */

struct exec_given {
	const char *process, *console_socket, *pidfd_socket, *pid_file;
	const char *cwd, *user, *label, *apparmor;
	struct opt_list env, caps, groups, cgroups;
	enum opt_switch tty, no_new_privs;
	bool detach, ignore_paused;
	unsigned preserve_fds;
};

static const struct opt rows[] = {
	{ "process", 'p', OPT_STR, OPT_AT(exec_given, process), "FILE",
	  "the process as JSON: 'process' of config.json" },
	{ "detach", 'd', OPT_FLAG, OPT_AT(exec_given, detach), NULL,
	  "return as soon as the program runs" },
	{ "tty", 't', OPT_SWITCH, OPT_AT(exec_given, tty), NULL, "give it a terminal" },
	{ "console-socket", 0, OPT_STR, OPT_AT(exec_given, console_socket), "SOCKET",
	  "send the terminal's descriptor to this socket" },
	{ "pid-file", 0, OPT_STR, OPT_AT(exec_given, pid_file), "FILE",
	  "write its pid to FILE, once its program runs" },
	{ "pidfd-socket", 0, OPT_STR, OPT_AT(exec_given, pidfd_socket), "SOCKET",
	  "send a pidfd of the process to this socket" },
	{ "cwd", 0, OPT_STR, OPT_AT(exec_given, cwd), "DIR", "where the program starts" },
	{ "env", 'e', OPT_LIST, OPT_AT(exec_given, env), "NAME=VALUE",
	  "a variable of its environment; may be repeated" },
	{ "user", 'u', OPT_STR, OPT_AT(exec_given, user), "UID[:GID]", "who it runs as" },
	{ "additional-gids", 'g', OPT_LIST, OPT_AT(exec_given, groups), "GID",
	  "a group more that it is in; may be repeated" },
	{ "cap", 'c', OPT_LIST, OPT_AT(exec_given, caps), "CAP_NAME",
	  "a capability more that it has; may be repeated" },
	{ "no-new-privs", 0, OPT_SWITCH, OPT_AT(exec_given, no_new_privs), NULL,
	  "it gains no privileges by executing programs" },
	{ "process-label", 0, OPT_STR, OPT_AT(exec_given, label), "LABEL", "its SELinux label" },
	{ "apparmor", 0, OPT_STR, OPT_AT(exec_given, apparmor), "PROFILE", "its AppArmor profile" },
	{ "cgroup", 0, OPT_LIST, OPT_AT(exec_given, cgroups), "PATH",
	  "a cgroup below the container's that is there" },
	{ "preserve-fds", 0, OPT_UINT, OPT_AT(exec_given, preserve_fds), "N",
	  "pass N descriptors more to the program, from 3 up" },
	{ "ignore-paused", 0, OPT_FLAG, OPT_AT(exec_given, ignore_paused), NULL,
	  "also in a paused container, and wait for 'resume'" },
	{ "no-subreaper", 0, OPT_UNUSED, 0, NULL, "accepted for callers that give it, not used" },
};

/* ---- whose mistake it is --------------------------------------------------------------------- */

/* The command as far as it has come: what to read, and what messages may point into. */
struct exec_call {
	struct call *call;
	const struct exec_given *given;
	struct document file, config; /* of --process, and the container's own */
};

/* The option that has decided what stands at this pointer; NULL if none has. */
static const char *option_at(const struct exec_given *g, const char *at)
{
	const struct {
		const char *at, *option;
		bool given;
	} rows_of[] = {
		{ "/process/cwd", "--cwd", g->cwd },
		{ "/process/env", "--env", g->env.n },
		{ "/process/user/additionalGids", "--additional-gids", g->groups.n },
		{ "/process/user/uid", "--user", g->user },
		{ "/process/user/gid", "--user", g->user && strchr(g->user, ':') },
		{ "/process/capabilities", "--cap", g->caps.n },
		{ "/process/terminal", "--tty", g->tty },
		{ "/process/noNewPrivileges", "--no-new-privs", g->no_new_privs },
		{ "/process/selinuxLabel", "--process-label", g->label },
		{ "/process/apparmorProfile", "--apparmor", g->apparmor },
	};

	for (size_t i = 0; i < COUNT(rows_of); i++)
		if (rows_of[i].given && str_after(at, rows_of[i].at))
			return rows_of[i].option;
	return NULL;
}

/*
 * A pointer is as in config.json. It stays one into that, or becomes one into the file of
 * --process, or the name of an option; words of the command line need no place.
 */
static int blame(struct exec_call *x, struct error *err)
{
	const char *option = option_at(x->given, err->at), *inside;

	if (option)
		err_add(err, "%s", option);
	if (option || (!x->given->process && str_after(err->at, "/process/args"))) {
		err->at[0] = '\0';
		return -1;
	}
	x->call->config = x->config;
	inside = x->given->process ? str_after(err->at, "/process") : NULL;
	if (!inside)
		return -1;
	x->call->config = x->file;
	memmove(err->at, inside, strlen(inside) + 1);
	return -1;
}

/*
 * What is odd in config.json was told at create. Of a file it is told here, but not where warnings
 * would come out among what the program says.
 */
static void warn(const struct exec_call *x, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_warning; i++) {
		if (x->given->process && (x->call->global.log || x->given->detach))
			log_warning("%s: %s", x->given->process, plan->warning[i]);
		else
			log_debug("%s", plan->warning[i]);
	}
}

/* ---- the command ----------------------------------------------------------------------------- */

static struct plan_words words(struct opt_list list)
{
	return (struct plan_words){ list.item, list.n };
}

static enum plan_choice choice(enum opt_switch given)
{
	return given == SWITCH_ON ? CHOICE_YES : given == SWITCH_OFF ? CHOICE_NO : CHOICE_NONE;
}

static int read_process(struct exec_call *x, const struct oci_process **out, struct error *err)
{
	struct call *call = x->call;
	const char *path = x->given->process;

	if (!path)
		return 0;
	if (load_file(call, path, &x->file, err) < 0)
		return -1;
	*out = oci_process_read(call->arena, x->file.text, x->file.len, err);
	call->config = x->file;
	return *out ? 0 : -1;
}

static void fill(const struct exec_call *x, const struct exec *e, struct plan_exec *out)
{
	const struct exec_given *g = x->given;
	const struct oci_process *process = out->process;
	size_t n = 0;

	while (x->call->rest[n])
		n++;
	*out = (struct plan_exec){
		.process = process,
		.args = { (const char *const *)x->call->rest, n },
		.env = words(g->env),
		.caps = words(g->caps),
		.groups = words(g->groups),
		.cgroups = words(g->cgroups),
		.cwd = g->cwd,
		.user = g->user,
		.apparmor = g->apparmor,
		.selinux = g->label,
		.terminal = choice(g->tty),
		.no_new_privs = choice(g->no_new_privs),
		.console_socket = g->console_socket,
		.detach = g->detach,
		.manager = *e->state->cgroup->path ? MANAGER_CGROUPFS : MANAGER_DISABLED,
		.cgroup_mount = e->state->cgroup->mount,
		.cgroup_path = e->state->cgroup->path,
	};
}

static struct plan *make_plan(struct exec_call *x, const struct exec *e, struct error *err)
{
	struct arena *a = x->call->arena;
	struct plan_options options = {
		.id = e->state->id,
		.bundle = e->state->bundle,
		.preserve_fds = x->given->preserve_fds,
		.no_new_keyring = e->state->no_new_keyring,
	};
	struct plan_exec exec = { 0 };
	struct facts facts = { 0 };

	x->config = (struct document){ "config.json", e->config, e->config_len };
	if (load_fds(x->call, &options, err) < 0 || read_process(x, &exec.process, err) < 0)
		return NULL;
	x->call->config = x->config;

	const struct oci_config *spec = oci_config_read(a, e->config, e->config_len, err);

	if (!spec)
		return NULL;
	fill(x, e, &exec);
	if (facts_answer(plan_exec_ask(spec, &exec), NULL, a, &facts, err) < 0)
		return NULL;

	struct plan *plan =
		plan_exec_build(a, &(struct plan_input){ spec, &facts, &options }, &exec, err);

	if (!plan)
		blame(x, err);
	return plan;
}

static int exec_run(struct call *call, struct error *err)
{
	const struct exec_given *given = call->options;
	struct exec_call x = { .call = call, .given = given };
	autoexec struct exec e = EXEC_INIT;
	const struct exec_options options = { .console_socket = given->console_socket,
					      .pidfd_socket = given->pidfd_socket,
					      .pid_file = given->pid_file,
					      .detach = given->detach };

	call->failure = NOT_STARTED;
	e.ignore_paused = given->ignore_paused;
	if (exec_open(&e, call->root, call->arg[0], call->arena, err) < 0)
		return -1;

	struct plan *plan = make_plan(&x, &e, err);

	if (!plan)
		return -1;
	warn(&x, plan);
	call->status = act_exec(&e, plan, &options, call->arena, err);
	return call->status < 0 ? blame(&x, err) : 0;
}

const struct command command_exec = {
	.name = "exec",
	.args = "ID [PROGRAM [ARGUMENT...]]",
	.summary = "Runs one more process in a container; returns its exit status",
	.run = exec_run,
	.flags = COMMAND_ROOT | COMMAND_SEAL | COMMAND_WORDS,
	.min_args = 1,
	.max_args = 1,
	.options_size = sizeof(struct exec_given),
	.opts = { rows, COUNT(rows) },
};
