/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The children of this process that others make: CRIU, as siblings of its own. Who became mcrun by
 * exec may have left it some, too, and those are none of ours:
 *
 *	before = children_list(arena);
 *	...
 *	children_end(before, arena);
 */
#ifndef ACT_CHILDREN_H
#define ACT_CHILDREN_H

#include "libocispec/arena.h"

/* The pids, as the kernel writes them down. */
const char *children_list(struct arena *a);

/* Kills those that have come since then, and reaps them. */
void children_end(const char *before, struct arena *a);

#endif
