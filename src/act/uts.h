/* SPDX-License-Identifier: Apache-2.0 */
/* Host and domain name, and sysctls of the container's namespaces. */
#ifndef ACT_UTS_H
#define ACT_UTS_H

#include "libocispec/error.h"
#include "plan/plan.h"

int uts_set(const struct plan_uts *uts, struct error *err);

/* `proc`: the host's procfs. A sysctl file acts on the namespaces of the process that opens it. */
int sysctl_set(int proc, const struct plan_uts *uts, struct error *err);

#endif
