/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of `exec`: born in the container's cgroup and pid namespace, it joins the rest and
 * becomes the program. It inherits the plan by clone, and talks to exec.c over one sync socket.
 */
#ifndef ACT_EXEC_INIT_H
#define ACT_EXEC_INIT_H

#include "act/init.h"

struct exec_init {
	struct init in;		/* sync, console; the rest is opened on the way */
	int container;		/* pidfd of the container's init */
	unsigned join;		/* its namespaces that are not ours, CLONE_NEW* */
	bool userns;		/* a user namespace is among those that it joins */
	/*
	 * Is it a process that joins and makes the other one, inside? Only a child enters a pid
	 * namespace, and who is not root outside may enter it only together with the user
	 * namespace, which exec itself must stay out of.
	 */
	bool stage;
};
#define EXEC_INIT_INIT { .in = INIT_INIT, .container = -1 }

/* Runs in the new process and never returns. Closes every other descriptor of the parent first. */
_Noreturn void exec_init_main(const struct plan *plan, struct exec_init *x);

#endif
