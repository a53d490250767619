/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entering and making namespaces, as plan/ns.c decided. Each function is for one process: see
 * names.
 */
#ifndef ACT_NS_H
#define ACT_NS_H

#include <stdbool.h>
#include <sys/types.h>

#include "libocispec/error.h"
#include "plan/plan.h"

/*
 * What the parent changes about its own children-to-be before it clones: the joined pid namespace,
 * the new time namespace with its offsets. ns_parent_leave takes it back, so that hooks do not run
 * there; it is also the destructor (autonsparent).
 */
struct ns_parent {
	int pid, time;	/* the parent's own, to go back to; -1: was not left */
};
#define NS_PARENT_INIT { .pid = -1, .time = -1 }

int ns_parent_enter(struct ns_parent *old, const struct plan_ns *ns, struct error *err);
void ns_parent_leave(struct ns_parent *old);
#define autonsparent __attribute__((cleanup(ns_parent_leave)))

/*
 * Joins the namespaces that are the joiner's, in order. For JOIN_STAGE those before the user
 * namespace that are refused are tried again after it. A file of another type is an error.
 */
int ns_join(const struct plan_ns *ns, enum plan_joiner joiner, struct error *err);

/* The stage, after its joins: the user namespace and the clocks that init is to be born in. */
int ns_stage_make(const struct plan_ns *ns, struct error *err);

/* init, once it is in its cgroup: the namespaces that could not be made by clone. */
int ns_unshare(const struct plan_ns *ns, struct error *err);

/*
 * In a new network namespace "lo" comes up, as programs expect. That takes as long as four mounts:
 * by the parent, where it may enter the namespace, while init mounts; otherwise by init.
 */
int ns_loopback_up(const struct plan_ns *ns, struct error *err);
int ns_parent_loopback_up(const struct plan_ns *ns, int pidfd, struct error *err);

/*
 * exec: which namespaces of the process `pid` are not the caller's own, CLONE_NEW*; and joining
 * those of the process behind a pidfd, all in one call.
 */
int ns_other(pid_t pid, unsigned *out, struct error *err);
int ns_join_all(int pidfd, unsigned types, struct error *err);

/*
 * Parent of exec: until `old` is left its children are born in that process's pid namespace. Who is
 * root of a user namespace alone may go there from the host's, and not come back.
 */
int ns_parent_enter_pid(struct ns_parent *old, int pidfd, struct error *err);
bool ns_parent_comes_back(void);

#endif
