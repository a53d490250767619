/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder <root>/<id> and the state.json in it: what exists of a container between commands.
 *
 *	state.json	what plan decided and what has come of it (state.def); replaced as a whole
 *	config.json	as it was at create: later edits of the bundle have no effect
 *	start.sock	init listens here; start takes it away once the program runs. `run` has none
 *
 * Making the folder is the reservation of the id, and it is written before the deed: whatever a
 * killed create left can be found from it. Commands that change something hold a flock on the
 * folder; `state`, `list` and `kill` never lock.
 */
#ifndef ACT_STATE_H
#define ACT_STATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "act/interrupt.h"
#include "act/sync.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

#define TABLE_DEF "act/state.def"
#include "libocispec/table_structs.h"

/* An open folder. Undo (autostate) removes it, unless keep is set or it was not made here. */
struct state_dir {
	int fd;
	char *path;		/* "<root>/<id>", absolute, arena memory */
	const char *id;
	bool made, keep;
	bool locked;		/* by us */
};
#define STATE_DIR_INIT { .fd = -1 }

void state_dir_undo(struct state_dir *dir);
#define autostate __attribute__((cleanup(state_dir_undo)))

/* Is it a name that a container may have? 0, or -1 and err says what is wrong with it. */
int state_check_id(const char *id, struct error *err);

/* Makes <root> (1711, parents 0711) where missing and <root>/<id>; locks it. The id taken: -1. */
int state_reserve(struct state_dir *dir, const char *root, const char *id, struct arena *a,
		  struct error *err);

/*
 * Opens <root>/<id>. Missing: -1, "container "x" does not exist", err->code ENOENT.
 * state_lock waits for whoever holds it; the lock goes with the descriptor. state_lock_now takes
 * it if nobody does, which a state_lock behind it has to make good: the folder may be gone.
 */
int state_open(struct state_dir *dir, const char *root, const char *id, struct arena *a,
	       struct error *err);
int state_lock(struct state_dir *dir, struct error *err);
bool state_lock_now(struct state_dir *dir);
void state_unlock(struct state_dir *dir);
bool state_is_locked(const struct state_dir *dir);	/* by somebody else */

/* What `run` holds of a container from its create on: the folder, locked, the record, and init. */
struct container {
	struct state_dir dir;
	const struct state *state;
	struct sync sync;
	struct interrupt stop;	/* sync.stop, until the program runs */
	bool going;		/* GO has been said */
};
#define CONTAINER_INIT { .dir = STATE_DIR_INIT, .sync = SYNC_INIT, .stop = INTERRUPT_INIT }
void container_done(struct container *c);

/* The record that a plan amounts to, without a process yet. Everything in it is the arena's. */
struct state *state_from_plan(struct arena *a, const struct plan *plan);

int state_write(const struct state_dir *dir, struct arena *a, const struct state *state,
		struct error *err);
struct state *state_read(const struct state_dir *dir, struct arena *a, struct error *err);

/*
 * The record of <root>/<id>, for who only looks: `dir` gets its names, and the folder is not
 * opened. No such container, or no record yet: err->code ENOENT.
 */
struct state *state_look(struct state_dir *dir, const char *root, const char *id, struct arena *a,
			 struct error *err);

/*
 * config.json, for the commands that come later; never the bundle's, which may have changed. Saved
 * once, before there is a record with a process for which somebody would look for it.
 */
int state_config_save(const struct state_dir *dir, const char *text, size_t len, struct error *err);
int state_config_read(const struct state_dir *dir, struct arena *a, char **out, size_t *out_len,
		      struct error *err);

/*
 * Puts init into the record, with what proves later that it is still this process: the boot and the
 * time of its start. 0 or -errno: -ESRCH if it has ended.
 */
int state_note_init(struct state *state, pid_t pid, struct arena *a);

/* A whole file or none, for who waits for it (--pid-file). A path that is NULL: nothing. */
int pid_file_write(const char *path, pid_t pid, struct error *err);
void pid_file_remove(const char *path);

/* Removes the folder and what is in it. For the end of delete. */
int state_remove(struct state_dir *dir, struct error *err);

/* The parts of a record in plan's terms, for hooks and cgroups. */
void state_to_plan(const struct state *state, struct arena *a, struct plan_state *out);
void state_hooks(const struct state *state, struct arena *a, struct plan_hooks *out);

/*
 * The container's cgroup: what create found out about it goes into the record, and comes out of it
 * into `cg` for whoever opens it later. The arena's memory is borrowed by cg.
 */
struct cgroup;
struct scope;
void state_cgroup_save(struct state *state, const struct cgroup *cg, struct arena *a);
int state_cgroup_open(const struct state *state, struct cgroup *cg, struct arena *a,
		      struct error *err);
/* Is it one that create did not make? Records of before this was told say nothing: then no. */
bool state_cgroup_taken(const struct state *state);
/* The same for what makes no sense without: none, or one that is no longer its own, is an error. */
int state_cgroup_own(const struct state_dir *dir, const struct state *state, struct cgroup *cg,
		     struct arena *a, struct error *err);

/* Before it is made: what there is of its path, or the unit that systemd will make it for. */
int state_cgroup_intend(struct state *state, const struct plan_cgroup *plan, struct scope *scope,
			struct arena *a, struct error *err);

/* The same of its unit, when systemd has made the cgroup; else the name is NULL. */
void state_scope_save(struct state *state, const struct scope *scope);
void state_scope(const struct state *state, struct arena *a, struct scope *out);

enum status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };

const char *status_name(enum status status);

/* What the container is doing now, from the record, its init and its cgroup. Never locks. */
enum status state_status(const struct state_dir *dir, const struct state *state);

/*
 * A pidfd of the recorded init, or -errno: -ESRCH when it has ended (another process that got its
 * pid since is not taken for it).
 */
int state_pidfd(const struct state *state);

/* The same, for who tells its failures: -1 unless `*pidfd` is the init's, or -ESRCH. */
int state_reach(const struct state_dir *dir, const struct state *state, int *pidfd,
		struct error *err);

#endif
