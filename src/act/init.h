/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The init stub: the child that becomes the container's process. It inherits the plan by clone
 * and talks over one sync socket.
 */
#ifndef ACT_INIT_H
#define ACT_INIT_H

#include "act/hooks.h"
#include "act/lsm.h"
#include "act/sync.h"
#include "act/trees.h"
#include "plan/plan.h"

/*
 * What the process is called until it is the program: by that `state` knows it. It is born with its
 * parent's name, which begins with the same words.
 */
#define NAMES_BEGIN "mcrun:["
#define INIT_NAME NAMES_BEGIN "init]"

/* What init takes over from its parent, and what it opens on its way. */
struct init {
	struct sync sync;	/* to create, and once create is gone, to start */
	bool ahead;		/* nothing has to be done for it first: it does not wait for GO */
	bool prompt;		/* READY comes early, from `run` GO as well: plan_waits_ready */
	int listener;		/* start connects here; -1: create starts it itself */
	struct hook_streams hooks; /* what hooks that init runs say goes there */
	int console;		/* a connected socket that takes the terminal's master; -1: none */
	int proc;		/* the host's procfs, from before the mounts */
	const char *cgroup;	/* its own, as the host has it; NULL: where it does not see it */
	int root;		/* the rootfs */
	int proc_mount;		/* what was mounted on its /proc and /sys: a rootfs on a shared */
	int sys_mount;		/* volume may rename these folders; masks must not get lost */
	int dev_mount;		/* the new tmpfs on /dev, while nothing can cover it; or -1 */
	struct trees trees;	/* what the parent opened for it */
	int *made;	/* for each mount, itself: for who may take it away again; NULL: nobody */
	int *ro_late;		/* for each mount, itself if it is still to be read-only; or -1 */
	struct lsm lsm;
	int terminal;		/* the slave of the container's terminal; -1: none */
	mode_t umask;		/* the caller's */
	char *program;		/* argv[0] resolved */
	char *head;	/* what it begins with, HEAD_SIZE bytes, to tell why it does not run */
	struct arena *a;
};
enum { HEAD_SIZE = 256 };

#define INIT_INIT                                                                                  \
	{                                                                                          \
		.sync = SYNC_INIT, .listener = -1, .hooks = HOOK_STREAMS_INIT, .console = -1,      \
		.proc = -1, .root = -1, .proc_mount = -1, .sys_mount = -1, .dev_mount = -1,        \
		.trees = TREES_INIT, .lsm = LSM_INIT, .terminal = -1                               \
	}

/* Runs in the new process and never returns. Closes every other descriptor of the parent first. */
_Noreturn void init_main(const struct plan *plan, struct init *in);

/* The process that joins before init is made, where plan->ns.stage says so. Never returns. */
struct cgroup;
_Noreturn void stage_main(const struct plan *plan, struct init *in, const struct cgroup *cg);

#endif
