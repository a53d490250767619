/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program may do: ids, capabilities, no_new_privs, the seccomp filter; and the limits that
 * the parent sets from outside.
 */
#ifndef ACT_CRED_H
#define ACT_CRED_H

#include <sys/types.h>

#include "act/listener.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/*
 * init's last step but execve. Groups, bounding set, ids; then, without noNewPrivileges, the filter
 * (it needs CAP_SYS_ADMIN) and the capabilities; with it, the capabilities and then the filter, so
 * that no profile needs to allow more than it must. After it nothing of mcrun's is left to do.
 */
int cred_drop(const struct plan_cred *cred, const struct plan_filter *filter, struct listener *l,
	      struct error *err);

/*
 * For startContainer hooks, which are programs of the hostile rootfs: the container process's own
 * bounding set, capabilities and no_new_privs, but neither its ids nor its filter.
 */
int cred_drop_for_hook(const struct plan_cred *cred, struct error *err);

/* Parent, early: the OOM score of `pid`, so that init's set-up counts already. */
int cred_oom_score(const struct plan_process *process, pid_t pid, struct error *err);

/*
 * Parent: the rlimits of `pid`, but for those that mcrun's own work in it could run into: they
 * leave it some room at first.
 */
int cred_rlimits(const struct plan_process *process, pid_t pid, struct error *err);

/* Init, last: those that leave less than init itself needed up to here. */
int cred_rlimits_last(const struct plan_process *process, struct error *err);

#endif
