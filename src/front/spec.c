/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `spec`: writes a config.json that works, and with options one that need not be edited. Never
 * replaces a file. What is in the document is spec_build's business.
 */
#include "front/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"
#include "front/command.h"

static const struct opt rows[] = {
	{ "bundle", 'b', OPT_STR, OPT_AT(spec_given, bundle), "DIR",
	  "write DIR/config.json (default: ./config.json)" },
	{ "file", 'f', OPT_STR, OPT_AT(spec_given, file), "FILE",
	  "the name in place of config.json, relative to DIR" },
	{ "hostname", 0, OPT_STR, OPT_AT(spec_given, hostname), "NAME",
	  "the container's name for itself" },
	{ "memory", 0, OPT_STR, OPT_AT(spec_given, memory), "SIZE",
	  "limit of its memory: 512M, 1G" },
	{ "cpus", 0, OPT_STR, OPT_AT(spec_given, cpus), "N",
	  "how many processors it may keep busy: 2, 0.5" },
	{ "pids-limit", 0, OPT_STR, OPT_AT(spec_given, pids_limit), "N",
	  "how many processes it may have; -1: no limit" },
	{ "env", 0, OPT_LIST, OPT_AT(spec_given, env), "NAME=VALUE",
	  "a variable of its environment; may be repeated" },
	{ "volume", 0, OPT_LIST, OPT_AT(spec_given, volume), "SOURCE:TARGET[:ro]",
	  "a file or folder of the host; may be repeated" },
	{ "user", 0, OPT_STR, OPT_AT(spec_given, user), "UID[:GID]",
	  "who its program runs as (default: 0:0)" },
	{ "cwd", 0, OPT_STR, OPT_AT(spec_given, cwd), "DIR",
	  "where its program starts (default: /)" },
	{ "terminal", 0, OPT_SWITCH, OPT_AT(spec_given, terminal), NULL,
	  "a terminal (default: when no program is named)" },
	{ "read-only", 0, OPT_SWITCH, OPT_AT(spec_given, read_only), NULL,
	  "a read-only root (default); =false: writable" },
	{ "rootless", 0, OPT_SWITCH, OPT_AT(spec_given, rootless), NULL,
	  "for an ordinary user (root inside, host network)" },
};

/* Makes the file; on failure none is left. */
static int write_config(const char *path, const char *text, struct error *err)
{
	autofd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 && errno == EEXIST)
		return err_set(err, 0, "%s exists already, and is not replaced", path);
	if (fd < 0)
		return err_set(err, errno, "write %s", path);

	int r = write_all(fd, text, strlen(text));

	if (r < 0) {
		unlink(path);
		return err_set(err, -r, "write %s", path);
	}
	return 0;
}

static int spec_run(struct call *call, struct error *err)
{
	const struct spec_given *given = call->options;
	char cwd[PATH_MAX];
	int r = sys_getcwd(cwd, sizeof(cwd));
	const struct spec_input in = {
		.given = given,
		.args = call->rest,
		.cwd = r < 0 || *cwd != '/' ? NULL : cwd,
		.uid = sys_euid(),
		.gid = sys_egid(),
		.a = call->arena,
	};
	const struct oci_config *config = spec_build(&in, err);
	const char *file = given->file ? given->file : "config.json";
	const char *path = given->bundle && *file != '/'
				   ? arena_printf(call->arena, "%s/%s", given->bundle, file)
				   : file;

	if (!config)
		return -1;
	return write_config(path, oci_config_write(call->arena, config, TABLE_PRETTY), err);
}

const struct command command_spec = {
	.name = "spec",
	.args = "[-- PROGRAM [ARGUMENT...]]",
	.summary = "Writes a config.json",
	.run = spec_run,
	.flags = COMMAND_REST,
	.options_size = sizeof(struct spec_given),
	.opts = { rows, COUNT(rows) },
};
