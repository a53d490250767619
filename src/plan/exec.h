/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of `exec`: one more process in a container that is there. It is made from config.json as
 * create kept it and from what the caller gives, and fills these sections of the plan alone: state,
 * cgroup (where the process is put; no limits), ns, idmap and root (which kind of container it is),
 * process, attr, lsm, cred and filter. There are no hooks.
 *
 *	facts_answer(plan_exec_ask(spec, &exec), NULL, ...);
 *	plan_exec_build(&arena, &(struct plan_input){ spec, &facts, &options }, &exec, err);
 */
#ifndef PLAN_EXEC_H
#define PLAN_EXEC_H

#include "plan/plan.h"

struct oci_process;

struct plan_words {
	const char *const *item;
	size_t n;
};

enum plan_choice { CHOICE_NONE, CHOICE_NO, CHOICE_YES };

/*
 * As it was given: nothing of it has been checked yet. The options add to the process or take the
 * place of a part of it, whichever of the two it is.
 */
struct plan_exec {
	/*
	 * --process. What it does not say of labels, capabilities, limits, priorities, CPUs and
	 * umask is as the container's own process has it. NULL: that process, but for its arguments
	 * and its terminal.
	 */
	const struct oci_process *process;
	struct plan_words args; /* the words behind ID; without --process alone */
	struct plan_words env;	/* "NAME=VALUE" */
	struct plan_words caps, groups; /* each item may be several, between commas */
	struct plan_words cgroups;	/* below the container's */
	const char *cwd, *user, *apparmor, *selinux; /* NULL: not given */
	enum plan_choice terminal, no_new_privs;
	bool console_socket, detach;
	/* The container's, from its record. */
	enum plan_manager manager;
	const char *cgroup_mount, *cgroup_path;
};

/* The facts (ASK_*) without which this cannot be planned. */
unsigned plan_exec_ask(const struct oci_config *spec, const struct plan_exec *exec);

/*
 * NULL and err if it cannot be: of an option by its name, of the process with err->at as if it were
 * config.json's. Of the options in `in`, id, bundle, preserve_fds, listen_* and
 * no_new_keyring count.
 */
struct plan *plan_exec_build(struct arena *a, const struct plan_input *in,
			     const struct plan_exec *exec, struct error *err);

#endif
