/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that stand before the command, and what follows from them for all commands: the log,
 * the trace, the state root. What an option means to one command is not known here.
 */
#include "front/global.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/facts.h"
#include "base/path.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/trace.h"

static const char *const formats[] = { "text", "json", NULL };
static const char *const levels[] = { "error", "warning", "info", "debug", NULL };
static const char *const managers[] = { "cgroupfs", "systemd", "disabled", NULL };
static const char *const rootless[] = { "true", "false", "auto", NULL };

enum { FORMAT_JSON = 2 };

static const struct opt rows[] = {
	{ "root", 0, OPT_STR, OPT_AT(global, root), "DIR",
	  "folder of the containers' states (/run/mcrun)" },
	{ "log", 0, OPT_STR, OPT_AT(global, log), "FILE",
	  "errors also to FILE, journald:NAME or syslog:NAME" },
	{ "log-format", 0, OPT_WORD, OPT_AT(global, log_format), "FORMAT",
	  "form of the log's lines (default: text)", formats },
	{ "log-level", 0, OPT_WORD, OPT_AT(global, log_level), "LEVEL",
	  "what to tell (default: warning; to a file: error)", levels },
	{ "debug", 0, OPT_FLAG, OPT_AT(global, debug), NULL, "the same as --log-level debug" },
	{ "cgroup-manager", 0, OPT_WORD, OPT_AT(global, manager), "NAME",
	  "who makes cgroups (default: cgroupfs, by mcrun)", managers },
	{ "systemd-cgroup", 0, OPT_FLAG, OPT_AT(global, systemd_cgroup), NULL,
	  "the same as --cgroup-manager systemd" },
	{ "rootless", 0, OPT_WORD, OPT_AT(global, rootless), "WHEN",
	  "go on without a cgroup: always, never, for users",
	  rootless },
	{ "criu", 0, OPT_STR, OPT_AT(global, criu), "PROGRAM",
	  "accepted for callers that give it, not used" },
	{ "trace", 0, OPT_STR, OPT_AT(global, trace), "FILE",
	  "where time goes, for Perfetto or chrome://tracing" },
	{ "version", 'v', OPT_FLAG, OPT_AT(global, version), NULL, "show the version" },
	{ "help", 'h', OPT_HELP, 0, NULL, "show help; after a command: its options" },
};

const struct opts global_opts = { rows, COUNT(rows) };

enum log_level global_level(const struct global *global)
{
	if (global->debug)
		return LOG_DEBUG;
	if (global->log_level)
		return (enum log_level)(global->log_level - 1);
	/* Engines read the file and want nothing in it but the reason of a failure. */
	return global->log && log_is_file(global->log) ? LOG_ERROR : LOG_WARNING;
}

int global_log(const struct global *global, struct error *err)
{
	const struct log_options log = {
		.file = global->log,
		.json = global->log_format == FORMAT_JSON,
		.level = global_level(global),
	};

	return log_open(&log, err);
}

int global_trace(const struct global *global, struct error *err)
{
	return global->trace ? trace_open(global->trace, err) : 0;
}

static int absolute(const char *path, struct arena *a, const char **out, struct error *err)
{
	char cwd[PATH_MAX] = "/";
	int r = *path == '/' ? 0 : sys_getcwd(cwd, sizeof(cwd));

	if (r < 0 || *cwd != '/')
		return err_set(err, r < 0 ? -r : 0,
			       "--root '%s' is relative, and the current "
			       "folder has no path",
			       path);
	*out = path_join(a, cwd, path);
	return 0;
}

/*
 * The root of a user namespace is an ordinary user on the host, whose folder the environment names.
 * Below sudo that is kept as well: there root is root. So is who has logged in as root to a system
 * that runs in a user namespace.
 */
static bool is_root(struct arena *a, const char *runtime)
{
	const char *user = getenv("USER");
	struct facts facts = { 0 };
	struct error ignored;

	if (!sys_is_root())
		return false;
	if (!runtime || (user && streq(user, "root")))
		return true;
	return facts_answer(ASK_IDS, NULL, a, &facts, &ignored) < 0 || !facts.in_userns;
}

/*
 * The folder of what runs for this user: XDG_RUNTIME_DIR, or else where that is always; NULL: he
 * has none.
 */
static const char *runtime_dir(struct arena *a)
{
	const char *given = getenv("XDG_RUNTIME_DIR");
	const char *usual = arena_printf(a, "/run/user/%u", sys_euid());
	struct stat st;

	if (given && *given == '/')
		return given;
	if (sys_is_root() || lstat(usual, &st) < 0 || !S_ISDIR(st.st_mode) ||
	    st.st_uid != sys_euid())
		return NULL;
	return usual;
}

const char *global_root(const struct global *global, struct arena *a, struct error *err)
{
	const char *root = global->root, *runtime = runtime_dir(a);

	if (root && !*root) {
		err_set(err, 0, "--root is empty");
		return NULL;
	}
	if (!root && is_root(a, runtime))
		return "/run/mcrun";
	if (!root && !runtime) {
		err_set(err, 0,
			"there is no folder for the containers' states: XDG_RUNTIME_DIR "
			"is not set, and /run/user/%u is not there; give --root",
			sys_euid());
		return NULL;
	}
	if (!root)
		root = arena_printf(a, "%s/mcrun", runtime);
	if (absolute(root, a, &root, err) < 0)
		return NULL;
	if (streq(root, "/")) {
		err_set(err, 0, "--root must not be '/'");
		return NULL;
	}
	return root;
}
