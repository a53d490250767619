/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's class of service in the resctrl tree, and its monitoring group: folders whose
 * file "tasks" takes the pid. Children of a task are born into its class and group.
 */
#ifndef ACT_RESCTRL_H
#define ACT_RESCTRL_H

#include <stdbool.h>
#include <sys/types.h>

#include "act/state.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/* What create has made. Undo (autoresctrl) removes it, unless keep is set. */
struct resctrl {
	const struct plan_rdt *plan;
	int root;
	bool made_group, made_monitor;
	bool keep;
};
#define RESCTRL_INIT { .root = -1 }

void resctrl_undo(struct resctrl *rdt);
#define autoresctrl __attribute__((cleanup(resctrl_undo)))

/*
 * Makes the folders that are planned, writes the schemata, and puts the process into them, before
 * it has any work of its own to do. A plan that asks for nothing needs nothing.
 */
int resctrl_apply(struct resctrl *rdt, const struct plan_rdt *plan, pid_t pid, struct error *err);

/* For exec: puts one more process into them, before it has children. NULL: there are none. */
int resctrl_join(const struct state_rdt *made, pid_t pid, struct error *err);

/*
 * For update: writes plan->line to the class of service that is there. What stood in its schemata
 * goes to *out_before, the arena's, for a resctrl_restore that needs no other reason to succeed.
 */
int resctrl_update(const struct plan_rdt *plan, struct arena *a, const char **out_before,
		   struct error *err);
void resctrl_restore(const struct plan_rdt *plan, const char *before);

/*
 * For delete: takes away what was made for this container alone. A class that config.json named
 * stays, whoever made it (config-linux.md). NULL, and what is gone already, is no error.
 */
int resctrl_remove(const struct state_rdt *made, struct error *err);

#endif
