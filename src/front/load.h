/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a bundle to a plan: what create, run and explain have in common. Looks at the host only for
 * config.json and for the facts that it raises; changes nothing.
 */
#ifndef FRONT_LOAD_H
#define FRONT_LOAD_H

#include "front/command.h"
#include "libocispec/oci.h"
#include "plan/facts.h"
#include "plan/plan.h"

/* Who takes the terminal, where config.json asks for one. */
enum load_console {
	CONSOLE_NOBODY, /* it is an error to ask for one */
	CONSOLE_SOCKET, /* --console-socket: it is an error not to ask for one */
	CONSOLE_HERE,   /* the command itself */
};

struct load_options {
	const char *bundle; /* --bundle; NULL: the current folder */
	const char *config; /* --config, relative to the caller; NULL: the bundle's config.json */
	const char *facts;  /* --facts: a report in place of the host's own facts; or NULL */
	const char *id;
	enum load_console console;
	bool no_pivot, no_new_keyring;
	unsigned preserve_fds;
};

struct loaded {
	struct oci_config *spec;
	struct facts facts;
	struct plan *plan;
};

/* Fills call->config and *out; tells the plan's warnings. 0 or -1. */
int load(struct call *call, const struct load_options *options, struct loaded *out,
	 struct error *err);

/* Reads a whole file of at most 16 MiB into call's arena. 0 or -1 and err names it. */
int load_file(struct call *call, const char *path, struct document *out, struct error *err);

/*
 * The caller's descriptors that are to be handed on: plan->preserve_fds, and before them the
 * sockets of a service manager, which fill plan->listen_*. Each must be open: an error names the
 * first that is not.
 */
int load_fds(const struct call *call, struct plan_options *plan, struct error *err);

#endif
