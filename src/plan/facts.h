/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What plan may know of the host: a plain struct, filled by act/facts.c (or, in tests and with
 * `explain --facts`, from literals or a file). plan_ask() names the facts that a spec raises;
 * the others stay absent (has_x false, pointers NULL). From JSON: table_read(facts_type()).
 */
#ifndef PLAN_FACTS_H
#define PLAN_FACTS_H

#include <stdint.h>

#include "libocispec/table.h"

#define TABLE_DEF "plan/facts.def"
#include "libocispec/table_structs.h"

enum facts_ask {
	ASK_IDS     = 1 << 0,	/* uid, gid, in_userns */
	ASK_CAPS    = 1 << 1,	/* caps */
	ASK_CGROUP  = 1 << 2,	/* cgroup */
	ASK_NETNS   = 1 << 3,	/* net_is_host, of the network namespace that is joined by path */
	ASK_RDT     = 1 << 4,	/* rdt */
	ASK_MAPPERS = 1 << 5,	/* newuidmap, newgidmap, which map what an ordinary user may not */
	ASK_SECCOMP = 1 << 6,	/* seccomp */
	ASK_LSM     = 1 << 7,	/* lsm */
	ASK_WRITABLE = 1 << 8,	/* cgroup's writable, of root too, who may write anywhere else */
};

#endif
