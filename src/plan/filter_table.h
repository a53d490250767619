/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile between config.json and BPF: for each architecture an array from system call number
 * to verdict. filter.c fills it, filter_bpf.c makes the program of it.
 *
 *	struct filter_table t;
 *
 *	filter_table_begin(&t, arena, SECCOMP_RET_ERRNO | EPERM);
 *	struct filter_abi *abi = filter_table_abi(&t, arch);
 *	filter_table_add(&t, abi, number, &rule);	// any order of numbers
 *	n = filter_compile(&t, out);
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
	uint32_t verdict;
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

enum { FILTER_WINDOW = 1024, FILTER_PRIVATE = 16 };

struct filter_abi {
	const struct filter_arch *arch;
	uint32_t last; /* the largest number that the profile names, or 0 */
	unsigned top;  /* slots in use end here */
	/* Verdicts of numbers from arch->first on, then of ARM's private ones. 0: no rule. */
	uint32_t slot[FILTER_WINDOW + FILTER_PRIVATE];
};

struct filter_table {
	struct arena *a;
	struct filter_verdict *verdict; /* the first one is the default action */
	size_t n_verdict;
	uint32_t bad_arch; /* verdict on architectures that are not listed */
	uint32_t newer;    /* on calls newer than the profile: ENOSYS, or 0 */
	struct filter_abi **abi;
	size_t n_abi;
};

void filter_table_begin(struct filter_table *t, struct arena *a, uint32_t default_action);

/* The part for this architecture, made if it is not there yet. */
struct filter_abi *filter_table_abi(struct filter_table *t, const struct filter_arch *arch);

/* The index of the verdict that is this action. */
uint32_t filter_table_action(struct filter_table *t, uint32_t action);

/*
 * Adds a copy of the rule for one number. Returns a rule that has the same conditions and another
 * verdict, in which case nothing was added, else NULL. Only numbers that the ABI has get a rule.
 */
const struct filter_rule *filter_table_add(struct filter_table *t, struct filter_abi *abi,
					   uint32_t number, const struct filter_rule *rule);

/* Is there a slot for this number? There is for all of today, and many more. */
bool filter_abi_has(const struct filter_abi *abi, uint32_t number);

/* Where ARM's private system calls begin; 0 for others, which have none. */
uint32_t filter_abi_private(const struct filter_abi *abi);

/*
 * The program for the table; `out` has room for BPF_MAXINSNS instructions, of which the last ones
 * are used. Returns how many, or -1 if there is no room.
 */
int filter_compile(const struct filter_table *t, struct sock_filter *out);

#endif
