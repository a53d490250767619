/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at the host for what plan wants to know, and at nothing else: each question costs its
 * system calls only when it is asked. Changes nothing.
 *
 *	struct facts facts = { 0 };
 *
 *	facts_answer(plan_ask(spec, &options), netns_path, &arena, &facts, err);
 *	plan_build(&arena, &(struct plan_input){ spec, &facts, &options }, err);
 */
#ifndef ACT_FACTS_H
#define ACT_FACTS_H

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/facts.h"

/*
 * Fills the facts that `ask` (ASK_*) names; the others stay as they are, that is absent.
 * `netns_path` is the network namespace that is joined by path (ASK_NETNS; otherwise it may be
 * NULL). A host without cgroup v2, or without a controller, is an answer and no error. 0 or -1.
 */
int facts_answer(unsigned ask, const char *netns_path, struct arena *a, struct facts *out,
		 struct error *err);

/* Where a file system of this type is mounted, by /proc/self/mountinfo, the first place; NULL. */
const char *facts_find_mount(struct arena *a, const char *type);

/* facts_rdt.c: out->rdt. */
void facts_rdt(struct arena *a, struct facts *out);
/* The parts that have a file of their own. */
void facts_seccomp(struct arena *a, struct facts *out);
void facts_lsm(struct arena *a, struct facts *out);

#endif
