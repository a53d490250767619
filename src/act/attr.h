/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduler, I/O priority, memory policy and personality of the container's process, as planned.
 * What is not planned is left as the caller of mcrun has it. An error names the field, and the
 * system call where the kernel has it not.
 */
#ifndef ACT_ATTR_H
#define ACT_ATTR_H

#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/*
 * Parent, once init is set up: scheduler and I/O priority of `pid`, from outside, as it takes
 * capabilities of the first user namespace, and as init's own work must not starve on it.
 */
int attr_set(const struct plan_attr *attr, pid_t pid, struct error *err);

/* Init, last before its credentials: what a process can only set of itself. */
int attr_set_own(const struct plan_attr *attr, struct error *err);

/*
 * exec: the CPUs on which the calling process may run from here on; `list` is plan_attr's
 * exec_cpu_initial or exec_cpu_final, `key` the last name of its pointer. NULL: as they are.
 */
int attr_cpus(const char *list, const char *key, struct arena *a, struct error *err);

#endif
