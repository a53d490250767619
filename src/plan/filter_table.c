/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table between profile and program: which verdict each system call number has, and in which
 * order the conditional rules of one number are tried. Knows neither names nor BPF.
 */
#include "plan/filter_table.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "base/str.h"

#define ARM_PRIVATE 0xf0000 /* breakpoint, cacheflush, set_tls ... */

void filter_table_begin(struct filter_table *t, struct arena *a, uint32_t default_action)
{
	uint32_t kind = default_action & SECCOMP_RET_ACTION_FULL;
	bool open =
		kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG || kind == SECCOMP_RET_TRACE;

	*t = (struct filter_table){ .a = a };
	filter_table_action(t, default_action);
	t->bad_arch = filter_table_action(t, SECCOMP_RET_KILL_THREAD);
	if (!open)
		t->newer = filter_table_action(t, SECCOMP_RET_ERRNO | ENOSYS);
}

struct filter_abi *filter_table_abi(struct filter_table *t, const struct filter_arch *arch)
{
	for (size_t i = 0; i < t->n_abi; i++)
		if (t->abi[i]->arch == arch)
			return t->abi[i];

	struct filter_abi *abi = arena_new(t->a, struct filter_abi);

	abi->arch = arch;
	t->abi = arena_grow(t->a, t->abi, t->n_abi, sizeof(*t->abi));
	t->abi[t->n_abi++] = abi;
	return abi;
}

static uint16_t add_verdict(struct filter_table *t, uint32_t action)
{
	if (t->n_verdict == FILTER_VERDICTS) {
		t->full = true;
		return 0;
	}
	t->verdict = arena_grow(t->a, t->verdict, t->n_verdict, sizeof(*t->verdict));
	t->verdict[t->n_verdict] = (struct filter_verdict){ .action = action };
	return (uint16_t)t->n_verdict++;
}

uint16_t filter_table_action(struct filter_table *t, uint32_t action)
{
	for (size_t i = 0; i < t->n_verdict; i++)
		if (!t->verdict[i].rule && t->verdict[i].action == action)
			return (uint16_t)i;
	return add_verdict(t, action);
}

uint32_t filter_abi_private(const struct filter_abi *abi)
{
	return abi->arch->token == SCMP_ARCH_ARM ? ARM_PRIVATE : 0;
}

size_t filter_abi_slot(const struct filter_abi *abi, uint32_t number)
{
	uint32_t private = filter_abi_private(abi), i = number - abi->arch->first;

	if (i < FILTER_WINDOW)
		return i;
	if (private && number - private < FILTER_PRIVATE)
		return FILTER_WINDOW + number - private;
	return FILTER_NO_SLOT;
}

/* As the architecture sees it: its width, without what always holds. */
static struct filter_rule fit_rule(const struct filter_rule *rule, const struct filter_arch *arch)
{
	struct filter_rule fit = *rule;

	fit.n = 0;
	for (unsigned i = 0; i < rule->n; i++) {
		struct filter_cond c = rule->cond[i];

		if (!filter_arch_is_64(arch))
			c.mask &= UINT32_MAX;
		if (!c.mask)
			continue;
		c.wide = c.mask > UINT32_MAX;
		c.value &= c.mask;
		fit.cond[fit.n++] = c;
	}
	return fit;
}

/* EQ, NE and MASKED_EQ before LE and LT before GE and GT. */
static int op_class(uint8_t op)
{
	return op <= FILTER_MASKED ? 0 : op <= FILTER_LE ? 1 : 2;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Less than 0 if `a` is tried before `b`: the later argument, the narrower range. */
static int compare_cond(const struct filter_cond *a, const struct filter_cond *b)
{
	if (a->arg != b->arg)
		return b->arg - a->arg;
	if (op_class(a->op) != op_class(b->op))
		return op_class(a->op) - op_class(b->op);
	if (a->value != b->value)
		return op_class(a->op) == 1 ? compare(a->value, b->value)
					    : compare(b->value, a->value);
	if (a->op != b->op)
		return a->op - b->op;
	return compare(a->mask, b->mask);
}

/* The same, for all conditions: what is shorter is tried first, so that it decides alone. */
static int compare_rule(const struct filter_rule *a, const struct filter_rule *b)
{
	for (unsigned i = 0; i < a->n && i < b->n; i++) {
		int c = compare_cond(&a->cond[i], &b->cond[i]);

		if (c)
			return c;
	}
	return (int)a->n - (int)b->n;
}

/* Into the list that is tried from its end. */
static const struct filter_rule *insert(struct filter_table *t, struct filter_verdict *v,
					const struct filter_rule *rule)
{
	struct filter_rule **at = &v->rule;
	int c = -1;

	while (*at && (c = compare_rule(rule, *at)) < 0)
		at = &(*at)->next;
	if (*at && !c)
		return (*at)->verdict == rule->verdict ? NULL : *at;

	struct filter_rule *copy = arena_new(t->a, struct filter_rule);

	*copy = *rule;
	copy->next = *at;
	*at = copy;
	return NULL;
}

static const struct filter_rule *add_cond(struct filter_table *t, const struct filter_abi *abi,
					  uint16_t *verdict, const struct filter_rule *rule)
{
	struct filter_rule fit = fit_rule(rule, abi->arch);

	if (!fit.n) {
		*verdict = rule->verdict;
		return NULL;
	}
	if (!*verdict)
		*verdict = add_verdict(t, t->verdict[0].action);
	return t->full ? NULL : insert(t, &t->verdict[*verdict], &fit);
}

const struct filter_rule *filter_table_add(struct filter_table *t, struct filter_abi *abi,
					   size_t slot, const struct filter_rule *rule)
{
	uint16_t *verdict = &abi->slot[slot];

	if (slot < FILTER_WINDOW && slot >= abi->top)
		abi->top = (unsigned)slot + 1;
	if (*verdict && !t->verdict[*verdict].rule) /* decided without conditions */
		return NULL;
	if (rule->n)
		return add_cond(t, abi, verdict, rule);
	*verdict = rule->verdict;
	return NULL;
}
