/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ps`: the processes of a container. Which they are, its cgroup says; what there is to tell of
 * them, the host's ps(1) says, of whose lines those of the container are shown.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/pause.h"
#include "base/run.h"
#include "base/str.h"
#include "front/command.h"

struct ps_given {
	unsigned format;
};

static const char *const formats[] = { "table", "json", NULL };

enum { FORMAT_JSON = 2 };

static const struct opt rows[] = {
	{ "format", 'f', OPT_WORD, OPT_AT(ps_given, format), "FORMAT",
	  "form of the list (default: table; json: pids)", formats },
};

static int by_number(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool has_pid(const struct pids *pids, const char *word, size_t len)
{
	pid_t pid = (pid_t)strtol(word, NULL, 10);

	return strspn(word, "0123456789") == len &&
	       bsearch(&pid, pids->pid, pids->n, sizeof(pid), by_number);
}

static const char *as_json(struct arena *a, const struct pids *pids)
{
	const char **part = arena_alloc(a, pids->n + 2, sizeof(*part));

	part[0] = "[";
	for (size_t i = 0; i < pids->n; i++)
		part[i + 1] = arena_printf(a, "%s%d", i ? "," : "", (int)pids->pid[i]);
	part[pids->n + 1] = "]\n";
	return out_join(a, part, pids->n + 2);
}

/* ---- the host's ps ------------------------------------------------------------------------- */

static const char *find_ps(struct arena *a)
{
	const char *path = getenv("PATH");

	if (!path || !*path)
		path = "/usr/bin:/bin";
	while (*path) {
		int len = (int)strcspn(path, ":");
		const char *file = arena_printf(a, "%.*s/ps", len, path);

		if (*file == '/' && len > 0 && access(file, X_OK) == 0)
			return file;
		path += len + (path[len] == ':');
	}
	return NULL;
}

/* All processes of the host as lines of text. */
static char *ask_ps(const struct call *call, struct error *err)
{
	static const char *const usual[] = { "-ef", NULL };
	const char *const *word = *call->rest ? (const char *const *)call->rest : usual;
	const char **argv = NULL;
	size_t n = 0;
	struct run_output output = { .a = call->arena };
	struct run run = { .path = find_ps(call->arena),
			   .envp = (const char *const *)environ,
			   .output = &output };

	if (!run.path) {
		err_set(err, 0,
			"the program ps is not in $PATH (Debian has it in the package procps; "
			"--format json does without)");
		return NULL;
	}
	argv = arena_grow(call->arena, argv, n, sizeof(*argv));
	argv[n++] = "ps";
	for (; *word; word++) {
		argv = arena_grow(call->arena, argv, n, sizeof(*argv));
		argv[n++] = *word;
	}
	argv = arena_grow(call->arena, argv, n, sizeof(*argv));
	argv[n] = NULL;
	run.argv = argv;
	if (run_program(&run, -1, err) < 0)
		return NULL;
	return output.text ? output.text : arena_strdup(call->arena, "");
}

/* The beginning of the n-th word of a line, from 0, and its length; 0 where there is none. */
static size_t find_word(const char *line, size_t n, const char **out)
{
	for (;; n--) {
		size_t len;

		line += strspn(line, " ");
		len = strcspn(line, " ");
		if (n == 0 || len == 0) {
			*out = line;
			return n == 0 ? len : 0;
		}
		line += len;
	}
}

/* The column PID by the words of the header: its number, or -1. */
static int find_column(const char *header)
{
	const char *word;

	for (int i = 0;; i++) {
		size_t len = find_word(header, (size_t)i, &word);

		if (len == 0)
			return -1;
		if (len == strlen("PID") && strncmp(word, "PID", len) == 0)
			return i;
	}
}

/* The header and the lines of the container's processes. */
static const char *as_table(const struct call *call, const struct pids *pids, struct error *err)
{
	char *text = ask_ps(call, err), *header = text ? strsep(&text, "\n") : NULL, *line;
	const char **part = NULL, *word;
	size_t n = 0;

	if (!header)
		return NULL;

	int column = find_column(header);

	if (column < 0) {
		err_set(err, 0,
			"ps shows no column PID, by which the container's processes are "
			"known; its first line is '%s'",
			header);
		return NULL;
	}
	part = arena_grow(call->arena, part, n, sizeof(*part));
	part[n++] = arena_printf(call->arena, "%s\n", header);
	while ((line = strsep(&text, "\n"))) {
		size_t len = find_word(line, (size_t)column, &word);

		if (len == 0 || !has_pid(pids, word, len))
			continue;
		part = arena_grow(call->arena, part, n, sizeof(*part));
		part[n++] = arena_printf(call->arena, "%s\n", line);
	}
	return out_join(call->arena, part, n);
}

static int ps_run(struct call *call, struct error *err)
{
	const struct ps_given *given = call->options;
	const char *text;
	struct pids pids;

	if (act_pids(call->root, call->arg[0], call->arena, &pids, err) < 0)
		return -1;
	if (pids.n)
		qsort(pids.pid, pids.n, sizeof(*pids.pid), by_number);
	text = given->format == FORMAT_JSON ? as_json(call->arena, &pids)
					    : as_table(call, &pids, err);
	return text ? out_text(text, err) : -1;
}

const struct command command_ps = {
	.name = "ps",
	.args = "ID [PS-OPTION...]",
	.summary = "Shows the processes of a container",
	.run = ps_run,
	.flags = COMMAND_ROOT | COMMAND_TAIL,
	.min_args = 1,
	.max_args = 1,
	.options_size = sizeof(struct ps_given),
	.opts = { rows, COUNT(rows) },
};
