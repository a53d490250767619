/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of the command line, from a table. The same rows parse and print --help.
 *
 *	struct x_options { const char *bundle; bool force; };
 *
 *	static const struct opt rows[] = {
 *		{ "bundle", 'b', OPT_STR, OPT_AT(x_options, bundle), "DIR", "the bundle" },
 *		{ "force", 'f', OPT_FLAG, OPT_AT(x_options, force), NULL, "kill it first" },
 *	};
 *
 * Forms: --flag, --flag=true, --flag=false, --name VALUE, --name=VALUE, and all these with a single
 * dash, as of Go's flags; -n VALUE, -nVALUE, -n=VALUE, -xfalse, -xyn VALUE (letters in one word),
 * and --na VALUE (the beginning of one name alone), as of getopt. A word with a single dash is
 * looked up as a name first. Options may stand before and after arguments; "--" ends them. Of an
 * option given twice the last one counts, but OPT_LIST collects. --help and -h are always there and
 * end the parsing.
 */
#ifndef FRONT_OPTS_H
#define FRONT_OPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"

enum opt_kind {
	OPT_FLAG,   /* bool */
	OPT_SWITCH, /* enum opt_switch: tells "not given" from "=false" */
	OPT_STR,    /* const char *; NULL: not given */
	OPT_LIST,   /* struct opt_list */
	OPT_UINT,   /* unsigned */
	OPT_WORD,   /* unsigned: 1 + the index in `words`; 0: not given */
	OPT_UNUSED, /* a flag that callers give and that means nothing here */
	OPT_HELP,   /* every command knows --help without such a row */
};

enum opt_switch { SWITCH_NOT_GIVEN, SWITCH_OFF, SWITCH_ON };

struct opt_list {
	const char **item;
	size_t n;
};

struct opt {
	const char *name; /* without dashes */
	char letter;      /* the short form, or 0 */
	enum opt_kind kind;
	size_t at;       /* where in the command's struct the value goes */
	const char *arg; /* what --help calls the value; NULL: takes none */
	const char *help;
	const char *const *words; /* OPT_WORD: what may be given; NULL behind the last */
};
#define OPT_AT(type, member) offsetof(struct type, member)

struct opts {
	const struct opt *row;
	size_t n;
};

enum opts_flags {
	OPTS_STOP_AT_ARG = 1 << 0, /* the first argument ends it: what follows is not ours */
	OPTS_REST = 1 << 1,        /* what stands behind "--" is kept apart, in `rest` */
	OPTS_WORDS = 1 << 2,       /* the second argument ends it, as does "--" behind the first */
	/* Both: the first argument ends it, and is one; what follows is `rest`, options too. */
	OPTS_TAIL = OPTS_STOP_AT_ARG | OPTS_WORDS,
};

struct opts_input {
	const char *command; /* for messages; NULL: global options */
	struct opts opts;
	enum opts_flags flags;
	char *const *argv; /* the words, with a NULL behind the last */
	struct arena *a;
};

struct opts_parsed {
	const char **arg;
	size_t n_arg;
	char *const *rest; /* behind "--" (OPTS_REST), or from the argument on that ended it */
	bool help;         /* the other members are not complete then */
};

/* Fills the struct behind `out` (zeroed by the caller, or with defaults). 0 or -1. */
int opts_parse(const struct opts_input *in, void *out, struct opts_parsed *parsed,
	       struct error *err);

/* A mistake in the call: "<command>: <text> (try 'mcrun <command> --help')". Returns -1. */
int opts_error(struct error *err, const char *command, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ", did you mean 'x'?", or "" when no candidate is near. `dashes` go before it: "--" or "". */
const char *opts_nearest(struct arena *a, const char *dashes, const char *word,
			 const char *const *candidates, size_t n);

/* One line for each row: "  --bundle, -b DIR   the bundle", "  --format table|json   the form". */
char *opts_help(struct arena *a, struct opts opts);

/* As few lines as will do: "  --root, --log". */
char *opts_names(struct arena *a, struct opts opts);

#endif
