/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of scheduler, ioPriority, memoryPolicy and personality and their numbers, as tables
 * that are walked: attr.c translates with them, `features` lists them.
 */
#ifndef PLAN_ATTR_H
#define PLAN_ATTR_H

#include <stddef.h>
#include <stdint.h>

struct attr_word {
	const char *name;	/* NULL ends a table */
	uint64_t value;
};

extern const struct attr_word attr_memory_modes[];	/* MPOL_* */
extern const struct attr_word attr_memory_flags[];	/* MPOL_F_* */

#endif
