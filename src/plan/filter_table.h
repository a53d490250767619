/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile between config.json and BPF: for each architecture an array from system call number
 * to verdict. filter.c fills it, filter_bpf.c makes the program of it.
 *
 *	struct filter_table t;
 *
 *	filter_table_begin(&t, arena, SECCOMP_RET_ERRNO | EPERM);
 *	struct filter_abi *abi = filter_table_abi(&t, arch);
 *	filter_table_add(&t, abi, filter_abi_slot(abi, number), &rule);	// any order of numbers
 *	n = t.full ? -1 : filter_compile(&t, out);
 *
 * A verdict goes by its index, in 16 bits: an architecture's slots are 2 KiB that way.
 */
#ifndef PLAN_FILTER_TABLE_H
#define PLAN_FILTER_TABLE_H

#include <linux/filter.h>

#include "libocispec/arena.h"
#include "plan/filter.h"

#define FILTER_ARGS 6

struct filter_cond {
	uint8_t arg;
	uint8_t op;    /* enum filter_op */
	bool wide;     /* the upper half of the argument is compared as well */
	uint64_t mask; /* all ones but for FILTER_MASKED */
	uint64_t value;
};

struct filter_rule {
	struct filter_rule *next;
	uint16_t verdict;
	size_t entry; /* index in linux.seccomp.syscalls */
	unsigned n;
	struct filter_cond cond[FILTER_ARGS]; /* by argument, ascending; at most one for each */
};

/*
 * What becomes of a system call: an action, or rules that are tried from the last of the list to
 * the first (programs are made from the end) before the default action applies.
 */
struct filter_verdict {
	uint32_t action;
	struct filter_rule *rule;
};

enum { FILTER_WINDOW = 1024, FILTER_PRIVATE = 16, FILTER_VERDICTS = UINT16_MAX + 1 };

struct filter_abi {
	const struct filter_arch *arch;
	uint32_t last; /* the largest number that the profile names, or 0 */
	unsigned top;  /* slots in use end here */
	/* Verdicts of numbers from arch->first on, then of ARM's private ones. 0: no rule. */
	uint16_t slot[FILTER_WINDOW + FILTER_PRIVATE];
};

struct filter_table {
	struct arena *a;
	struct filter_verdict *verdict; /* the first one is the default action */
	size_t n_verdict;
	bool full;         /* there was no room for one more than FILTER_VERDICTS */
	uint16_t bad_arch; /* verdict on architectures that are not listed */
	uint16_t newer;    /* on calls newer than the profile: ENOSYS, or 0 */
	struct filter_abi **abi;
	size_t n_abi;
};

void filter_table_begin(struct filter_table *t, struct arena *a, uint32_t default_action);

/* The part for this architecture, made if it is not there yet. */
struct filter_abi *filter_table_abi(struct filter_table *t, const struct filter_arch *arch);

/* The index of the verdict that is this action. */
uint16_t filter_table_action(struct filter_table *t, uint32_t action);

/* Where ARM's private system calls begin; 0 for others, which have none. */
uint32_t filter_abi_private(const struct filter_abi *abi);

/* The slot of a number; FILTER_NO_SLOT if there is none: all of today have one, and many more. */
#define FILTER_NO_SLOT SIZE_MAX
size_t filter_abi_slot(const struct filter_abi *abi, uint32_t number);

/*
 * Adds a copy of the rule for the number of a slot. Returns a rule that has the same conditions and
 * another verdict, in which case nothing was added, else NULL.
 */
const struct filter_rule *filter_table_add(struct filter_table *t, struct filter_abi *abi,
					   size_t slot, const struct filter_rule *rule);

/*
 * The same for a rule without conditions, where there is none yet: nearly all of the thousand that
 * a profile has, for a fifth of the instructions. False: not done, it is for filter_table_add().
 */
static inline bool filter_abi_decide(struct filter_abi *abi, uint32_t number, uint16_t verdict)
{
	uint32_t slot = number - abi->arch->first;

	if (slot >= FILTER_WINDOW || abi->slot[slot])
		return false;
	if (slot >= abi->top)
		abi->top = slot + 1;
	abi->slot[slot] = verdict;
	return true;
}

/*
 * The program for the table; `out` has room for BPF_MAXINSNS instructions, of which the last ones
 * are used. Returns how many, or -1 if there is no room.
 */
int filter_compile(const struct filter_table *t, struct sock_filter *out);

#endif
