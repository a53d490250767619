/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where mcrun begins: finds the command, prepares what all commands need, and is the one place
 * that prints a failure, once. Nothing about containers is decided here.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/seal.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/trace.h"
#include "front/command.h"
#include "front/global.h"
#include "libocispec/oci.h"

const struct command *const commands[] = {
	&command_create,
	&command_start,
	&command_state,
	&command_kill,
	&command_delete,
	&command_run,
	&command_exec,
	&command_update,
	&command_list,
	&command_ps,
	&command_events,
	&command_checkpoint,
	&command_restore,
	&command_pause,
	&command_resume,
	&command_mounts,
	&command_spec,
	&command_explain,
	&command_features,
	&command_help,
};
const size_t n_commands = COUNT(commands);

const struct command *command_find(const char *name, struct arena *a, struct error *err)
{
	const char *names[COUNT(commands)];

	for (size_t i = 0; i < n_commands; i++) {
		if (streq(commands[i]->name, name))
			return commands[i];
		names[i] = commands[i]->name;
	}
	opts_error(err, NULL, "unknown command '%s'%s", name,
		   opts_nearest(a, "", name, names, n_commands));
	return NULL;
}

/* One call for what is nearly always so. poll(2) takes one that is a path only for closed. */
static bool has_standard_fds(void)
{
	struct pollfd fd[] = { { STDIN_FILENO, 0, 0 }, { STDOUT_FILENO, 0, 0 },
			       { STDERR_FILENO, 0, 0 } };

	return poll(fd, COUNT(fd), 0) >= 0 &&
	       !((fd[0].revents | fd[1].revents | fd[2].revents) & POLLNVAL);
}

static int open_standard_fds(struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY | O_NOCTTY) != fd)
			return err_set(err, errno, "open /dev/null in place of descriptor %d", fd);
	return 0;
}

/*
 * A caller may have closed standard descriptors, or ignore SIGCHLD: what mcrun opens must not
 * become somebody's stdout, and its children must leave a status. Writes to such a stdout fail.
 */
static int sane_process(struct error *err)
{
	if (!has_standard_fds() && open_standard_fds(err) < 0)
		return -1;
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return err_set(err, errno, "reset SIGCHLD");
	return 0;
}

static unsigned count_open_fds(void)
{
	int fd = STDERR_FILENO + 1;

	while (fcntl(fd, F_GETFD) >= 0)
		fd++;
	return (unsigned)(fd - STDERR_FILENO - 1);
}

static int check_args(const struct call *call, struct error *err)
{
	const struct command *c = call->command;

	if (call->n_arg > c->max_args)
		return opts_error(err, c->name, "'%s' is one argument too many",
				  call->arg[c->max_args]);
	if (call->n_arg < c->min_args)
		return opts_error(err, c->name, "an argument is missing: %s", c->args);
	return 0;
}

static int run_command(struct call *call, struct error *err)
{
	if (check_args(call, err) < 0)
		return -1;
	if (call->command->flags & COMMAND_ROOT) {
		call->root = global_root(&call->global, call->arena, err);
		if (!call->root)
			return -1;
	}
	return call->command->run(call, err);
}

/* argv[1...]: what the options before the command ask for, and which words are the command's. */
static int parse_global(char *const *argv, struct call *call, char *const **out_words,
			struct error *err)
{
	const struct opts_input in = { NULL, global_opts, OPTS_STOP_AT_ARG, argv, call->arena };
	struct opts_parsed parsed;

	if (opts_parse(&in, &call->global, &parsed, err) < 0)
		return -1;
	if (parsed.help)
		return out_text(help_program(call->arena), err);
	if (call->global.version)
		return out_text(version_text(call->arena), err);
	*out_words = parsed.rest;
	if (*parsed.rest)
		return 0;

	char *help = help_program(call->arena);

	(void)write_all(STDERR_FILENO, help, strlen(help));
	return err_set(err, 0, "a command is missing");
}

static enum opts_flags flags_of(const struct command *c)
{
	if (c->flags & COMMAND_REST)
		return OPTS_REST;
	if (c->flags & COMMAND_WORDS)
		return OPTS_WORDS;
	return c->flags & COMMAND_TAIL ? OPTS_TAIL : 0;
}

static int run(char *const *argv, struct call *call, struct error *err)
{
	char *const *words = NULL;
	struct opts_parsed parsed;

	if (parse_global(argv + 1, call, &words, err) < 0)
		return -1;
	if (!words) /* --help or --version, which is done */
		return 0;
	call->command = command_find(words[0], call->arena, err);
	if (!call->command)
		return -1;

	const struct command *c = call->command;
	const struct opts_input in = { c->name, c->opts, flags_of(c), words + 1, call->arena };

	call->options = arena_alloc(call->arena, 1, c->options_size + 1);
	if (opts_parse(&in, call->options, &parsed, err) < 0)
		return -1;
	if (parsed.help)
		return out_text(help_command(call->arena, c), err);
	call->arg = parsed.arg;
	call->n_arg = parsed.n_arg;
	call->rest = parsed.rest;
	if ((c->flags & COMMAND_SEAL) && seal_self(argv, err) < 0)
		return -1;
	call->open_fds = count_open_fds(); /* before mcrun opens any of its own */
	if (global_log(&call->global, err) < 0 || global_trace(&call->global, err) < 0)
		return -1;
	trace_name(arena_printf(call->arena, "mcrun %s", c->name));
	return run_command(call, err);
}

/* A system call is not there. What it was for, the failure has said. */
static const char *hint(const struct error *err)
{
	return err->code == ENOSYS ? " (mcrun needs Linux 5.12 or later, and no filter around it "
				     "that hides system calls)"
				   : "";
}

/* Prints the failure: "config.json:41:17: /mounts/3/options/2: ..." where it is the document's. */
static void report(const struct call *call, const struct error *err)
{
	const struct document *doc = &call->config;
	unsigned line = err->line, column = err->column;
	static struct error ignored;

	if (call->global.log && log_fd() < 0) /* failed before it came to that */
		global_log(&call->global, &ignored);
	if (err->at[0] == '/' && !line && doc->text)
		oci_where(doc->text, doc->len, err->at, &line, &column);
	if (doc->name && line)
		log_fatal("%s:%u:%u: %s%s%s%s", doc->name, line, column, err->at,
			  err->at[0] ? ": " : "", err->msg, hint(err));
	else
		log_fatal("%s%s%s%s", err->at, err->at[0] ? ": " : "", err->msg, hint(err));
}

/* At once: stdio is not used, and memory goes with the process. A sanitizer looks for leaks. */
static _Noreturn void end(struct arena *arena, int status)
{
#ifdef MCRUN_ARENA_SINGLE
	arena_done(arena);
	exit(status);
#else
	(void)arena;
	_exit(status);
#endif
}

int main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct call call = { .arena = &arena };
	static struct error err; /* which costs no page of stack */

	if (argc < 1) /* execve with no words at all; a kernel before 5.18 lets it pass */
		return EXIT_FAILURE;
	if ((!LIBC_SEALS_RELOCATED && seal_relocated(&err) < 0) || sane_process(&err) < 0 ||
	    run(argv, &call, &err) < 0) {
		report(&call, &err);
		call.status = call.failure ? call.failure : EXIT_FAILURE;
	}
	end(&arena, call.status);
}
