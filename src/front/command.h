/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command is, and what it is given. Each command lives in a file of its own and is one
 * constant of this struct; main.c lists them, and nothing else knows all of them.
 */
#ifndef FRONT_COMMAND_H
#define FRONT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "front/opts.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"

/* Options that stand before the command. */
struct global {
	const char *root, *log, *trace, *criu;
	unsigned log_format, log_level, manager, rootless; /* OPT_WORD */
	bool debug, systemd_cgroup, version;
};

/* --cgroup-manager, as OPT_WORD stores it. */
enum global_manager { MANAGER_WORD_CGROUPFS = 1, MANAGER_WORD_SYSTEMD, MANAGER_WORD_DISABLED };

/* --log-level in the order of enum log_level. */
enum log_level global_level(const struct global *global);

extern const struct opts global_opts;

/* A document that messages point into. */
struct document {
	const char *name; /* as the user knows it: "bundle/config.json"; NULL: none was read */
	char *text;
	size_t len;
};

struct call {
	struct global global;
	const struct command *command;
	void *options;    /* the command's own struct, filled from its rows */
	const char **arg; /* "ID" and so on, as many as the command wants */
	size_t n_arg;
	/* Behind "--" (COMMAND_REST), NULL: there was no "--"; behind the ID (_WORDS, _TAIL). */
	char *const *rest;
	const char *root;  /* absolute; COMMAND_ROOT only */
	unsigned open_fds; /* the caller handed over descriptors 3 to 3 + n - 1 */
	struct arena *arena;
	struct document config; /* set once it was read: where err->at points to */
	int status;             /* the exit status when the command succeeds */
	int failure;            /* and when it fails; 0: the usual one */
};

enum command_flags {
	COMMAND_ROOT = 1 << 0,  /* works on the state root */
	COMMAND_SEAL = 1 << 1,  /* puts mcrun's own code into a container: seal.h */
	COMMAND_REST = 1 << 2,  /* takes words behind "--" */
	COMMAND_WORDS = 1 << 3, /* what stands behind its first argument is a program's words */
	COMMAND_TAIL = 1 << 4,  /* all behind its first argument is another's, options too */
};

struct command {
	const char *name;
	const char *args;    /* for --help: "ID [SIGNAL]" */
	const char *summary; /* one line, no full stop */
	int (*run)(struct call *call, struct error *err);
	enum command_flags flags;
	unsigned min_args, max_args;
	size_t options_size; /* of the struct that the rows fill */
	struct opts opts;
};

extern const struct command command_create, command_run, command_start, command_state,
	command_kill, command_delete, command_exec, command_update, command_list, command_ps,
	command_events, command_pause, command_resume, command_mounts, command_checkpoint,
	command_restore, command_spec, command_explain, command_features, command_help;

/* Every command, in the order of --help. */
extern const struct command *const commands[];
extern const size_t n_commands;

/* By name; when there is none, NULL and err with the nearest name. */
const struct command *command_find(const char *name, struct arena *a, struct error *err);

/* Texts of --help: of the program, and of one command. */
char *help_program(struct arena *a);
char *help_command(struct arena *a, const struct command *command);

/* "mcrun version ..." and what it is made of. */
char *version_text(struct arena *a);

/* Writes all of it to stdout. A full disk is an error. 0 or -1. */
int out_text(const char *text, struct error *err);

/* The parts, one after the other. */
const char *out_join(struct arena *a, const char *const *part, size_t n);

#endif
