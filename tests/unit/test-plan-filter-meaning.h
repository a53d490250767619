/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of seccomp filters: what a profile says about one call, found by going through its
 * words. Slow, and shares nothing with the code under test: the judge where libseccomp differs.
 */
#ifndef TEST_PLAN_FILTER_MEANING_H
#define TEST_PLAN_FILTER_MEANING_H

#include "test-plan-filter-scmp.h"

#define X32 0x40000000u

/* ---- calls newer than the profile ------------------------------------------------------------ */

struct part {
	uint32_t token, audit, first, last;
	bool native, with_x32;
};

static inline uint32_t last_of(const struct oci_seccomp *s, uint32_t token)
{
	int last = 0;

	for (size_t i = 0; i < s->n_syscalls; i++)
		for (size_t k = 0; k < s->syscalls[i].n_names; k++) {
			int n = seccomp_syscall_resolve_name_arch(token, s->syscalls[i].names[k]);

			last = n > last ? n : last;
		}
	return (uint32_t)last;
}

static inline bool has_rule(const struct oci_seccomp *s, uint32_t token, uint32_t number,
			    uint32_t defact)
{
	char *name = seccomp_syscall_resolve_num_arch(token, (int)number);
	int muxed = 0;
	bool found = false;

	if (name && streq(name, "socketcall"))
		muxed = -100;
	if (name && streq(name, "ipc"))
		muxed = -200;
	for (size_t i = 0; name && i < s->n_syscalls && !found; i++) {
		const struct oci_syscall *c = &s->syscalls[i];

		if (scmp_action(c->action, c->has_errno_ret, c->errno_ret) == defact)
			continue;
		for (size_t k = 0; k < c->n_names && !found; k++) {
			int n = seccomp_syscall_resolve_name_arch(token, c->names[k]);

			found = streq(c->names[k], name) || (muxed && n < muxed && n > muxed - 25);
		}
	}
	free(name);
	return found;
}

static inline bool is_newer(const struct oci_seccomp *s, const struct part *p, uint32_t number)
{
	uint32_t defact =
		scmp_action(s->default_action, s->has_default_errno_ret, s->default_errno_ret);
	uint32_t kind = defact & SECCOMP_RET_ACTION_FULL;
	bool open = kind == SCMP_ACT_ALLOW || kind == SCMP_ACT_LOG || kind == SECCOMP_RET_TRACE;
	bool foreign = p->token == SCMP_ARCH_X86_64 && number >= X32;

	return !open && !foreign && p->last && number > p->last &&
	       !has_rule(s, p->token, number, defact);
}

/* ---- what the words of the profile mean ------------------------------------------------------ */

/* The actions of all rules that match; of the first unconditional one alone if there is one. */
struct meaning {
	uint32_t action[16];
	size_t n;
};

static inline bool is_wide(uint32_t token)
{
	return token & __AUDIT_ARCH_64BIT && token != SCMP_ARCH_MIPSEL64N32;
}

static inline bool holds(const struct oci_syscall_arg *a, uint64_t x, bool wide)
{
	uint64_t all = wide ? UINT64_MAX : UINT32_MAX, v = a->value & all;

	x &= all;
	switch (scmp_op(a->op)) {
	case SCMP_CMP_NE:
		return x != v;
	case SCMP_CMP_LT:
		return x < v;
	case SCMP_CMP_LE:
		return x <= v;
	case SCMP_CMP_EQ:
		return x == v;
	case SCMP_CMP_GE:
		return x >= v;
	case SCMP_CMP_GT:
		return x > v;
	default:
		return (x & v) == (a->value_two & v);
	}
}

/* Without a selector the call itself; with one the multiplexer, which has no argument 0. */
static inline bool rule_holds(const struct oci_syscall *c, const struct seccomp_data *d, bool wide,
			      bool mux)
{
	unsigned seen = 0;
	bool twice = false, every = true, one = false;

	for (size_t i = 0; i < c->n_args; i++) {
		const struct oci_syscall_arg *a = &c->args[i];
		bool good = (mux && !a->index) || holds(a, d->args[a->index], wide);

		twice = twice || seen & 1u << a->index;
		seen |= 1u << a->index;
		every = every && good;
		one = one || good;
	}
	return twice ? one : every;
}

/* No condition that this architecture can see. */
static inline bool is_certain(const struct oci_syscall *c, bool wide)
{
	unsigned seen = 0;
	bool twice = false;
	size_t empty = 0;

	for (size_t i = 0; i < c->n_args; i++) {
		const struct oci_syscall_arg *a = &c->args[i];
		uint64_t mask = wide ? a->value : a->value & UINT32_MAX;

		twice = twice || seen & 1u << a->index;
		seen |= 1u << a->index;
		empty += scmp_op(a->op) == SCMP_CMP_MASKED_EQ && !mask;
	}
	return twice ? empty > 0 : empty == c->n_args;
}

static inline struct meaning meaning_of(const struct oci_seccomp *s, uint32_t token,
					const struct seccomp_data *d)
{
	uint32_t defact =
		scmp_action(s->default_action, s->has_default_errno_ret, s->default_errno_ret);
	struct meaning m = { .n = 0 };
	char *name = seccomp_syscall_resolve_num_arch(token, d->nr);
	int base = !name ? 0 : streq(name, "socketcall") ? -100 : streq(name, "ipc") ? -200 : 0;

	for (size_t i = 0; name && i < s->n_syscalls; i++) {
		const struct oci_syscall *c = &s->syscalls[i];
		uint32_t action = scmp_action(c->action, c->has_errno_ret, c->errno_ret);

		for (size_t k = 0; k < c->n_names && action != defact; k++) {
			int n = seccomp_syscall_resolve_name_arch(token, c->names[k]);
			bool direct = streq(c->names[k], name);
			bool mux = base && n < base && n > base - 25 &&
				   (uint32_t)d->args[0] == (uint32_t)(base - n) &&
				   (!is_wide(token) || d->args[0] >> 32 == 0);

			if (direct && is_certain(c, is_wide(token))) {
				free(name);
				return (struct meaning){ { action }, 1 };
			}
			if ((direct || mux) && rule_holds(c, d, is_wide(token), mux) &&
			    m.n < COUNT(m.action))
				m.action[m.n++] = action;
		}
	}
	free(name);
	if (!m.n)
		m.action[m.n++] = defact;
	return m;
}

static inline bool may_be(const struct meaning *m, uint32_t action)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->action[i] == action)
			return true;
	return false;
}

#endif
