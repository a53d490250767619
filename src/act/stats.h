/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel counts of a container, as `mcrun events` prints it. Reads files of its cgroup
 * and of its class in the resctrl tree; a file that is not there, because the controller, the
 * kernel's option or the hardware is not, leaves its numbers out.
 */
#ifndef ACT_STATS_H
#define ACT_STATS_H

#include "act/cgroup.h"
#include "act/state.h"
#include "libocispec/arena.h"

#define TABLE_DEF "act/stats.def"
#include "libocispec/table_structs.h"

/* Never fails: of a cgroup that was removed meanwhile, nothing is known. */
struct stats *stats_read(const struct cgroup *cg, const struct state_rdt *rdt, struct arena *a);

/* ---- inside: what both files read with ---------------------------------------------------- */

/* A file's one number; "max" is UINT64_MAX. False: there is none. */
bool stats_number(int dir, const char *file, uint64_t *out);

/* stats_rdt.c; rdt may be NULL. */
struct stats_rdt *stats_rdt(const struct state_rdt *rdt, struct arena *a);

#endif
