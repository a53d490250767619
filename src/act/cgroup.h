/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's cgroup (v2): made, limited, entered, emptied, removed. Only cgroup v2, only with
 * plain file operations below the mount that the plan names; no path is resolved through a symlink
 * and none leaves the mount. What is written was decided in plan/cgroup.c.
 *
 * create, in this order:
 *
 *	autocgroup struct cgroup cg = { .dir = -1 };
 *
 *	cgroup_create(&cg, &plan->cgroup, err);			// directories, controllers
 *	cgroup_take(&cg, &plan->cgroup, &arena, err);		// was it there? what is in it?
 *	cgroup_begin(&cg, &plan->cgroup, owner, err);
 *	... clone3() with CLONE_INTO_CGROUP and .cgroup = cg.dir; where that is refused with ENOSYS,
 *	    E2BIG or EINVAL (an old kernel): clone3() without it, then cgroup_add(&cg, pid, err);
 *	    with another code: cgroup_refused(&cg, code, err) says why ...
 *	cgroup_limit(&cg, plan->cgroup.late, plan->cgroup.n_late, err);	// after the hooks
 *	cg.keep = true;						// the last line
 *
 * delete:
 *
 *	autocgroup struct cgroup cg = { .dir = -1 };
 *
 *	cgroup_open(&cg, mount, path, err); cgroup_kill(&cg, err); cgroup_remove(&cg, err);
 *
 * Without a cgroup (MANAGER_DISABLED, or one that is gone) `dir` is -1, and every function here
 * takes that for an empty cgroup: there is nothing to limit, kill or remove. Only limits that were
 * to be written are an error then.
 */
#ifndef ACT_CGROUP_H
#define ACT_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fd.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

struct cgroup {
	int dir;		/* its directory, readable, close-on-exec; -1: there is none */
	const char *mount;	/* of the v2 tree, and the path in it: borrowed, they */
	const char *path;	/* must live as long as this */
	size_t existed;		/* bytes of `path` that were there before cgroup_create */
	bool made;		/* cgroup_create made directories: undo removes them */
	bool keep;		/* commit: nothing is undone; so it is with one that was opened */
	bool move;		/* processes are moved into it, not cloned (child_cgroup) */

	/* Of one that was there as a whole: cgroup_take fills these, removing goes by them. */
	bool taken;
	bool childless;		/* without cgroups below it: those that are there later are ours */
	bool given;		/* to the container: `owner`, a uid, had it before */
	uint32_t owner;
	const struct plan_write *before; /* what stood in the files that create writes */
	size_t n_before;
};

/*
 * Makes plan->path with the parents that it lacks, and enables plan->controller down to it where
 * they are not enabled yet (that is not undone later: a neighbour may count on it by then). A
 * cgroup that is there already is taken if it has no process. It is an error if it has processes,
 * or if it or a parent is frozen. MANAGER_DISABLED: does nothing.
 * On failure cg may be half made: autocgroup removes it.
 */
int cgroup_create(struct cgroup *cg, const struct plan_cgroup *plan, struct error *err);

/*
 * The same of a cgroup that systemd has made for the container, at `path`, which must live as long
 * as cg.
 */
int cgroup_adopt(struct cgroup *cg, const struct plan_cgroup *plan, const char *path,
		 struct error *err);

/*
 * If cgroup_create found the cgroup as it is: remembers what stands in it, before anything is
 * written, so that removing gives it back as it was found. What is remembered is the arena's. One
 * that an ended container of mcrun's has made and not removed yet changes hands instead.
 */
int cgroup_take(struct cgroup *cg, const struct plan_cgroup *plan, struct arena *a,
		struct error *err);

/*
 * Marks the cgroup as `owner`'s, as an extended attribute, and asks for that mark: a path may have
 * been taken over by another container, or by anybody after a reboot. Where the kernel keeps no
 * such attributes every cgroup counts as one's own.
 */
int cgroup_mark(const struct cgroup *cg, const char *owner, struct error *err);
bool cgroup_is_marked(const struct cgroup *cg, const char *owner);
void cgroup_unmark(const struct cgroup *cg);

bool cgroup_mark_is(int dir, const char *owner); /* strictly: it has a mark, owner's */
bool cgroup_mark_made(int dir);	 /* some container of mcrun's has made it */
bool cgroup_mark_taken(int dir); /* the mark says that it was there before (cgroup_take) */

/* Marks one that was made for those below it: it goes with the last of them, whoever made that. */
void cgroup_mark_parent(int dir);
bool cgroup_is_parent(int dir);

/* The path of the cgroup below `mount` that has owner's mark, in the arena; NULL if none has. */
const char *cgroup_find(const char *mount, const char *owner, struct arena *a);

/* How many bytes of the planned path are there already: whole components; 0 without a cgroup. */
size_t cgroup_existing(const struct plan_cgroup *plan);

/*
 * Opens an existing one, for later commands. One that is gone is no error: dir stays -1. An empty
 * path is that of a container without a cgroup. Its parents count as others'.
 */
int cgroup_open(struct cgroup *cg, const char *mount, const char *path, struct error *err);

/* Carries out the writes in their order. err->at is the write's `from`. */
int cgroup_limit(const struct cgroup *cg, const struct plan_write *write, size_t n,
		 struct error *err);

/* For update: enables plan->controller down to it, as cgroup_create does. */
int cgroup_enable(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err);

/*
 * Notes in cg->before what stands in the files that the plan writes, and puts it back. What does
 * not go back is a warning. The list is the arena's.
 */
void cgroup_remember(struct cgroup *cg, const struct plan_cgroup *plan, struct arena *a);
void cgroup_restore(const struct cgroup *cg);

/*
 * memory.checkBeforeUpdate, if it is planned: an error at the limit when more memory is in use than
 * plan->late is going to allow.
 */
int cgroup_check_memory(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err);

/*
 * Gives the directory, and those of its files that the kernel lists for it, to plan->owner, if
 * that is planned (/sys/kernel/cgroup/delegate, cgroups(7) on delegation).
 */
int cgroup_give(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err);

/* What comes before the container's first process: cgroup_mark, the early limits, cgroup_give. */
int cgroup_begin(const struct cgroup *cg, const struct plan_cgroup *plan, const char *owner,
		 struct error *err);

/* Moves a process there: for kernels without CLONE_INTO_CGROUP, and for exec. */
int cgroup_add(const struct cgroup *cg, pid_t pid, struct error *err);

/* The sentence for a clone3() or a move into the cgroup that failed with `code`. Returns -1. */
int cgroup_refused(const struct cgroup *cg, int code, struct error *err);

/*
 * Sends SIGKILL to everything in it and below. Where cgroup.kill is missing (before Linux 5.14)
 * the cgroup is frozen meanwhile, so that nothing forks away. Does not wait for the end.
 */
int cgroup_kill(const struct cgroup *cg, struct error *err);

/*
 * Removes the cgroup, and those that were made below it from inside, however deep. Waits up to
 * CGROUP_REMOVE_MS for its last processes to be gone, woken by the kernel. One that is gone
 * already is no error. Closes dir. Then its empty parents, as far as create made them; a cgroup
 * that create has only taken stays, and gets back what stood in it.
 */
#define CGROUP_REMOVE_MS 10000
int cgroup_remove(struct cgroup *cg, struct error *err);

/* The same for one that create made and that nobody is in any more; false: it is as it was. */
bool cgroup_remove_idle(struct cgroup *cg);

/* All processes in it and below, as pids of the caller's pid namespace, in the arena. */
int cgroup_pids(const struct cgroup *cg, struct arena *a, pid_t **out, size_t *out_n,
		struct error *err);

/* Is the cgroup `path` in the tree `mount` frozen, itself or by a parent? Not if it is gone. */
bool cgroup_is_frozen(const char *mount, const char *path);

/*
 * Stops everything in it and below, or lets it go on, and returns when that is so, after `ms` at
 * most. What cannot be frozen runs on. The cgroup must be there (dir is not -1).
 */
int cgroup_freeze(const struct cgroup *cg, int ms, struct error *err);
int cgroup_thaw(const struct cgroup *cg, int ms, struct error *err);

/* Is it, and not a parent, asked to be frozen? It may not have come to that yet. */
bool cgroup_freezes(const struct cgroup *cg);

/* Processes of it that the OOM killer ended so far; 0 where that is not counted. */
unsigned long cgroup_oom_kills(const struct cgroup *cg);

/* Removes what cgroup_create made, as far as it is empty, unless `keep`; closes dir. */
void cgroup_undo(struct cgroup *cg);
#define autocgroup __attribute__((cleanup(cgroup_undo)))

#endif
