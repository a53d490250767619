/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of linux.seccomp, as tables that are walked: filter.c translates with them, `features`
 * lists them, act asks the kernel for them. What is in these tables is what mcrun does.
 *
 * What a profile means (filter.c builds it so, tests hold it against libseccomp):
 *
 * - A system call gets the action of the first rule that matches, else the default action. The
 *   conditions in one rule must all hold, except that a rule which tests one argument twice stands
 *   for as many rules of one condition each (so do runc and crun).
 * - A rule with the default action says nothing and is left out. An unconditional rule beats all
 *   conditional ones for its system call; of two unconditional ones the first counts.
 * - Where conditional rules with different actions match at once, the order in the profile does
 *   not count: if the conditions of one begin those of the other, the shorter one decides; else
 *   the later argument, then EQ, NE and MASKED_EQ before LT and LE before GE and GT, then the
 *   narrower range: libseccomp's order, but for ties that it leaves to the order in the profile.
 *   The same conditions with two actions are an error.
 * - The native architecture is always in. What arrives for an architecture that is not listed
 *   kills the thread; so do x32 calls on x86_64 without SCMP_ARCH_X32. An architecture whose
 *   byte order is not the host's cannot occur and is left out.
 * - On 32-bit architectures (x32 too) conditions see the low 32 bits of value and argument.
 * - socketcall(2) and ipc(2): a rule for `socket` holds for the direct call and for the
 *   multiplexer with its first argument 1, where the rule's own condition on argument 0 cannot be
 *   tested and is left out. Of two such rules that are then the same the first counts.
 * - A system call that is newer than all those in the profile gets ENOSYS, so that libc falls back
 *   to an older one: where the default action is neither ALLOW, LOG nor TRACE, each number above
 *   the largest that the profile names for that architecture and that no rule is for.
 * - SCMP_ACT_NOTIFY asks an agent behind listenerPath, which gets the listener of the filter.
 * - Names that libseccomp does not know are passed over: profiles name calls of newer kernels.
 */
#ifndef PLAN_FILTER_H
#define PLAN_FILTER_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct filter_action {
	const char *name;
	uint32_t ret;       /* SECCOMP_RET_* */
	uint32_t max_errno; /* largest errnoRet; 0: takes none */
};
extern const struct filter_action filter_actions[];
extern const size_t n_filter_actions;

/* Since before seccomp(2) itself: no kernel with filters lacks it. */
static inline bool filter_action_is_old(const struct filter_action *action)
{
	return action->ret != SECCOMP_RET_KILL_PROCESS && action->ret != SECCOMP_RET_LOG &&
	       action->ret != SECCOMP_RET_USER_NOTIF;
}

/* The row of a name in config.json, or NULL. */
const struct filter_action *filter_action_find(const char *name);

/* In the order in which they are tried. */
enum filter_op {
	FILTER_EQ,
	FILTER_NE,
	FILTER_MASKED,
	FILTER_LT,
	FILTER_LE,
	FILTER_GT,
	FILTER_GE,
};

struct filter_operator {
	const char *name;
	enum filter_op op;
};
extern const struct filter_operator filter_operators[];
extern const size_t n_filter_operators;

struct filter_flag {
	const char *name;
	unsigned flag; /* SECCOMP_FILTER_FLAG_* */
};
extern const struct filter_flag filter_flags[];
extern const size_t n_filter_flags;

/* Which numbers the calls have that socketcall(2) multiplexes as well. */
enum filter_mux { MUX_NONE, MUX_X86, MUX_S390, MUX_PPC, MUX_MIPS, MUX_M68K, MUX_SH };

/* Architectures whose numbers are in filter_calls.def. */
enum filter_column {
	COLUMN_X86_64,
	COLUMN_X86,
	COLUMN_X32,
	COLUMN_AARCH64,
	COLUMN_ARM,
	N_FILTER_COLUMN,
	COLUMN_NONE = N_FILTER_COLUMN,
};

struct filter_arch {
	const char *name;
	uint32_t token; /* libseccomp's SCMP_ARCH_*; 0: this libseccomp lacks it */
	uint32_t first; /* where its system call numbers begin */
	enum filter_mux mux;
	enum filter_column column;
};
extern const struct filter_arch filter_archs[];
extern const size_t n_filter_archs;

/* The kernel's AUDIT_ARCH_*: the token, but for x32. */
uint32_t filter_arch_audit(const struct filter_arch *arch);
bool filter_arch_is_64(const struct filter_arch *arch);
bool filter_arch_can_occur(const struct filter_arch *arch);

/*
 * Takes apart a number of libseccomp's that stands for a multiplexed call ("socket" on x86: -101).
 * False if it is none, or the architecture does not multiplex: then there is no such call.
 */
struct filter_muxed {
	uint32_t number;   /* of socketcall or ipc */
	uint32_t selector; /* its first argument */
	uint32_t direct;   /* the number of the call itself, or 0 */
};
bool filter_arch_muxed(const struct filter_arch *arch, int pseudo, struct filter_muxed *out);

#endif
