/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process group that does not outlive its maker. PR_SET_PDEATHSIG reaches the program that was
 * started, but not what that started in turn. So a process of ours, which does nothing else, leads
 * the group: when its parent dies, however that happens, it sends SIGKILL to all of the group. As
 * long as it is there, reaped or not, no other group can have the number.
 */
#ifndef BASE_KEEPER_H
#define BASE_KEEPER_H

#include <sys/types.h>

struct keeper {
	pid_t pid;	/* the group's number as well; -1: there is none */
};
#define KEEPER_INIT { .pid = -1 }

/* The group, empty but for its keeper. 0 or -errno. */
int keeper_start(struct keeper *keeper);

/* The keeper goes; what else is left in the group lives on. */
void keeper_end(struct keeper *keeper);

#endif
