/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the seccomp filter that plan made. */
#ifndef ACT_FILTER_H
#define ACT_FILTER_H

#include "act/listener.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/*
 * For the calling process, for good. Without a filter in the plan it does nothing. The caller has
 * CAP_SYS_ADMIN in its user namespace, or no_new_privs is set. From here on the profile holds for
 * mcrun's own calls too: what is left to do must be execve, and what the profile may not refuse.
 * A filter that notifies has its listener handed over by `l` before this returns. 0 or -1.
 */
int filter_load(const struct plan_filter *f, struct listener *l, struct error *err);

#endif
