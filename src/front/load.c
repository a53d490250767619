/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way from the command line to a plan: bundle, config.json, facts, plan. Decides nothing of
 * what the configuration means; that is plan's.
 */
#include "front/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "act/facts.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/trace.h"

int load_file(struct call *call, const char *path, struct document *out, struct error *err)
{
	autofd int fd = fd_open(path, O_RDONLY | O_NOCTTY);
	struct document doc = { .name = path };

	if (fd < 0)
		return err_set(err, errno, "open %s", path);

	ssize_t n = read_all(fd, TABLE_MAX_SIZE, call->arena, &doc.text);

	if (n == -EFBIG)
		return err_set(err, 0, "%s is larger than %d MiB", path, TABLE_MAX_SIZE >> 20);
	if (n < 0)
		return err_set(err, (int)-n, "read %s", path);
	doc.len = (size_t)n;
	*out = doc;
	return 0;
}

static int find_bundle(struct call *call, const char *given, const char **out, struct error *err)
{
	char path[PATH_MAX];

	if (!realpath(given, path))
		return err_set(err, errno, "bundle '%s'", given);
	*out = arena_strdup(call->arena, path);
	return 0;
}

static int read_config(struct call *call, const struct load_options *options, struct loaded *out,
		       struct error *err)
{
	const char *path = options->config;

	trace_span("read config.json");
	if (!path)
		path = options->bundle
			       ? arena_printf(call->arena, "%s/config.json", options->bundle)
			       : "config.json";
	if (load_file(call, path, &call->config, err) < 0) {
		if (err->code == ENOENT && !options->config)
			return err_add(err,
				       "bundle '%s' has no config.json ('mcrun spec' writes "
				       "one)",
				       options->bundle ? options->bundle : ".");
		return -1;
	}
	out->spec = oci_config_read(call->arena, call->config.text, call->config.len, err);
	if (!out->spec)
		return -1;
	if (global_level(&call->global) < LOG_DEBUG)
		return 0;

	const char **unknown = oci_config_unknown(call->arena, call->config.text, call->config.len);

	for (; *unknown; unknown++)
		log_debug("%s: %s is not known to mcrun and ignored", path, *unknown);
	return 0;
}

static int pick_manager(const struct global *global, enum plan_manager *out, struct error *err)
{
	bool other = global->manager && global->manager != MANAGER_WORD_SYSTEMD;

	if (global->systemd_cgroup && other)
		return err_set(err, 0,
			       "--systemd-cgroup and --cgroup-manager contradict each other");
	if (global->systemd_cgroup || global->manager == MANAGER_WORD_SYSTEMD)
		*out = MANAGER_SYSTEMD;
	else
		*out = global->manager == MANAGER_WORD_DISABLED ? MANAGER_DISABLED
								: MANAGER_CGROUPFS;
	return 0;
}

/* As OPT_WORD stores it: true, false, auto. */
static enum plan_rootless pick_rootless(const struct global *global)
{
	static const enum plan_rootless words[] = { ROOTLESS_AUTO, ROOTLESS_TRUE, ROOTLESS_FALSE,
						    ROOTLESS_AUTO };

	return words[global->rootless];
}

/* Sockets from systemd, which has put our pid beside their number (sd_listen_fds(3)). */
static void take_listen_fds(struct plan_options *plan)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t number;

	if (!pid || !fds || str_to_u64(pid, INT32_MAX, &number) < 0 || number != (uint64_t)getpid())
		return;
	if (str_to_u64(fds, 1024, &number) < 0)
		return;
	plan->listen_fds = (unsigned)number;
	plan->listen_names = getenv("LISTEN_FDNAMES");
}

int load_fds(const struct call *call, struct plan_options *plan, struct error *err)
{
	take_listen_fds(plan);

	unsigned n = plan->listen_fds + plan->preserve_fds;

	if (n <= call->open_fds)
		return 0;
	return err_set(err, 0, "%u descriptors are to be handed on (--preserve-fds, LISTEN_FDS): "
		       "descriptor %u is not open", n, call->open_fds + 3);
}

static const char *netns_path(const struct oci_config *spec)
{
	const struct oci_linux *lx = spec->linux_;

	for (size_t i = 0; lx && i < lx->n_namespaces; i++)
		if (streq(lx->namespaces[i].type, "network"))
			return lx->namespaces[i].path;
	return NULL;
}

/* A report in place of the host's own answers: places in it are its own, not config.json's. */
static int replay_facts(struct call *call, const char *path, struct facts *out, struct error *err)
{
	struct document doc;
	const struct facts *facts;

	if (load_file(call, path, &doc, err) < 0)
		return -1;
	facts = table_read(facts_type(), call->arena, doc.text, doc.len, err);
	if (!facts) {
		if (err->at[0])
			err_add(err, "%s", err->at);
		err_add(err, "%s:%u:%u", path, err->line, err->column);
		err->at[0] = '\0';
		err->line = 0;
		return -1;
	}
	*out = *facts;
	return 0;
}

static int get_facts(struct call *call, const struct load_options *options,
		     const struct plan_options *plan, struct loaded *out, struct error *err)
{
	trace_span("facts");
	if (options->facts)
		return replay_facts(call, options->facts, &out->facts, err);
	return facts_answer(plan_ask(out->spec, plan), netns_path(out->spec), call->arena,
			    &out->facts, err);
}

static bool has_console(const struct load_options *options, const struct oci_config *spec)
{
	if (options->console == CONSOLE_HERE)
		return spec->process && spec->process->terminal;
	return options->console == CONSOLE_SOCKET;
}

/* "/mounts/1/options/3: text": said with its line in config.json. */
static void warn(const struct call *call, const char *text)
{
	const struct document *doc = &call->config;
	const char *end = *text == '/' ? strstr(text, ": ") : NULL;
	unsigned line, column;

	if (!end) {
		log_warning("%s: %s", doc->name, text);
		return;
	}
	oci_where(doc->text, doc->len, arena_strndup(call->arena, text, (size_t)(end - text)),
		  &line, &column);
	log_warning("%s:%u:%u: %s", doc->name, line, column, text);
}

int load(struct call *call, const struct load_options *options, struct loaded *out,
	 struct error *err)
{
	struct plan_options plan = {
		.id = options->id,
		.root = call->root,
		.rootless = pick_rootless(&call->global),
		.no_pivot = options->no_pivot,
		.no_new_keyring = options->no_new_keyring,
		.preserve_fds = options->preserve_fds,
	};

	*out = (struct loaded){ 0 };
	plan.notify = getenv("NOTIFY_SOCKET") && *getenv("NOTIFY_SOCKET");
	if (pick_manager(&call->global, &plan.manager, err) < 0 ||
	    load_fds(call, &plan, err) < 0 ||
	    find_bundle(call, options->bundle ? options->bundle : ".", &plan.bundle, err) < 0 ||
	    read_config(call, options, out, err) < 0)
		return -1;
	plan.console_socket = has_console(options, out->spec);
	if (get_facts(call, options, &plan, out, err) < 0)
		return -1;

	trace_span("plan");
	out->plan =
		plan_build(call->arena, &(struct plan_input){ out->spec, &out->facts, &plan }, err);
	if (!out->plan)
		return -1;
	for (size_t i = 0; i < out->plan->n_warning; i++)
		warn(call, out->plan->warning[i]);
	return 0;
}
