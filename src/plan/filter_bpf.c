/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From table to classic BPF: a jump by architecture, then a binary search over ranges of numbers
 * with the same verdict, then the conditions of the number that was found.
 *
 * The program is written from its end to its start, so that each jump goes to what is there
 * already. A place is named by how many instructions there are from it to the end. Conditional
 * jumps reach 255 instructions far; where that is too short, an unconditional one is put between.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "base/str.h"
#include "plan/filter_table.h"

#define X32_FIRST 0x40000000u
#define NEAR 250  /* leaves room for the jumps that are put between */
#define SINGLES 3 /* numbers tested one by one at the end of a search */

struct prog {
	const struct filter_table *t;
	struct sock_filter *end;
	unsigned n;
	bool full;
	unsigned *at; /* of each verdict: its newest place, or 0 */
};

struct range {
	uint32_t first; /* up to the next range */
	uint16_t verdict;
	uint16_t leaf; /* not of this range: where in the list the leaf with this index begins */
};

/*
 * All numbers of one AUDIT_ARCH_*, and the ranges at which each part of the search begins, of which
 * there are no more. In the arena as long as they are needed: pages of the stack cost more.
 */
struct ranges {
	const struct filter_table *t;
	size_t n, n_leaf;
	struct range list[];
};

static unsigned put(struct prog *p, uint16_t code, uint32_t k)
{
	if (p->n == BPF_MAXINSNS) {
		p->full = true;
		return p->n;
	}
	p->end[-(ptrdiff_t)++p->n] = (struct sock_filter)BPF_STMT(code, k);
	return p->n;
}

/* A place that a conditional jump can reach and from which it goes on at `place`. */
static unsigned near(struct prog *p, unsigned place)
{
	return p->n - place <= NEAR ? place : put(p, BPF_JMP | BPF_JA, p->n - place);
}

static unsigned put_jump(struct prog *p, struct sock_filter test, unsigned yes, unsigned no)
{
	yes = near(p, yes);
	no = near(p, no);

	unsigned n = p->n, place = put(p, test.code, test.k);
	struct sock_filter *insn = p->end - place;

	insn->jt = (uint8_t)(n - yes);
	insn->jf = (uint8_t)(n - no);
	return place;
}

#define TEST(op, value) ((struct sock_filter)BPF_STMT(BPF_JMP | BPF_K | (op), (uint32_t)(value)))

static unsigned put_load(struct prog *p, size_t offset)
{
	return put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static unsigned put_load_half(struct prog *p, unsigned arg, bool upper)
{
	bool second = upper == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

	return put_load(p, offsetof(struct seccomp_data, args[arg]) + (second ? 4 : 0));
}

/* ---- conditions ------------------------------------------------------------------------------ */

/* Goes on at `yes` if the condition holds, else at `no`. */
static unsigned put_cond(struct prog *p, const struct filter_cond *c, unsigned yes, unsigned no)
{
	bool less = c->op == FILTER_LT || c->op == FILTER_LE;
	bool more = c->op == FILTER_GT || c->op == FILTER_GE, order = less || more;
	bool turn = less || c->op == FILTER_NE; /* BPF has no such tests, but their opposites */
	unsigned good = turn ? no : yes, bad = turn ? yes : no;
	uint16_t op = BPF_JEQ;
	uint32_t low_mask = (uint32_t)c->mask, high_mask = c->mask >> 32;

	if (order)
		op = c->op == FILTER_GT || c->op == FILTER_LE ? BPF_JGT : BPF_JGE;
	put_jump(p, TEST(op, c->value), good, bad);
	if (low_mask != UINT32_MAX)
		put(p, BPF_ALU | BPF_AND | BPF_K, low_mask);

	unsigned place = put_load_half(p, c->arg, false);

	if (!c->wide)
		return place;
	place = put_jump(p, TEST(BPF_JEQ, c->value >> 32), place, bad);
	if (order)
		put_jump(p, TEST(BPF_JGT, c->value >> 32), good, place);
	if (high_mask != UINT32_MAX)
		put(p, BPF_ALU | BPF_AND | BPF_K, high_mask);
	return put_load_half(p, c->arg, true);
}

static unsigned put_action(struct prog *p, uint16_t verdict)
{
	unsigned *at = &p->at[verdict];

	if (!*at || p->n - *at > NEAR)
		*at = put(p, BPF_RET | BPF_K, p->t->verdict[verdict].action);
	return *at;
}

static bool is_plain(const struct filter_rule *r)
{
	return r->n == 1 && r->cond[0].op == FILTER_EQ;
}

/* Rules that only compare one argument with values share its load and their upper half. */
static bool is_alike(const struct filter_rule *a, const struct filter_rule *b)
{
	return is_plain(b) && a->cond[0].arg == b->cond[0].arg &&
	       a->cond[0].value >> 32 == b->cond[0].value >> 32;
}

static unsigned put_plain(struct prog *p, const struct filter_rule **rule, unsigned no)
{
	const struct filter_rule *first = *rule, *r = first;
	const struct filter_cond *c = &first->cond[0];
	unsigned place = no;

	for (; r && is_alike(first, r); r = r->next)
		place = put_jump(p, TEST(BPF_JEQ, r->cond[0].value), put_action(p, r->verdict),
				 place);
	*rule = r;
	place = put_load_half(p, c->arg, false);
	if (!c->wide)
		return place;
	put_jump(p, TEST(BPF_JEQ, c->value >> 32), place, no);
	return put_load_half(p, c->arg, true);
}

static unsigned put_rules(struct prog *p, const struct filter_rule *rule)
{
	unsigned place = put_action(p, 0);

	while (rule) {
		unsigned no = place;

		if (is_plain(rule)) {
			place = put_plain(p, &rule, no);
			continue;
		}
		place = put_action(p, rule->verdict);
		for (unsigned i = rule->n; i > 0; i--)
			place = put_cond(p, &rule->cond[i - 1], place, no);
		rule = rule->next;
	}
	return place;
}

static unsigned put_verdict(struct prog *p, uint16_t verdict)
{
	const struct filter_rule *rule = p->t->verdict[verdict].rule;

	if (!rule)
		return put_action(p, verdict);
	if (!p->at[verdict])
		p->at[verdict] = put_rules(p, rule);
	return p->at[verdict];
}

/* ---- ranges of numbers ----------------------------------------------------------------------- */

/* From `first` on, until the next call, numbers have this verdict. Ascending. */
static void add_range(struct ranges *r, uint32_t first, uint16_t verdict)
{
	if (r->n && r->list[r->n - 1].verdict == verdict)
		return;
	r->list[r->n++] = (struct range){ .first = first, .verdict = verdict };
}

/* Of a number without a rule. On s390, 0 is what the kernel sees of a number that it lacks. */
static uint16_t verdict_unnamed(const struct ranges *r, const struct filter_abi *abi,
				uint32_t number)
{
	bool lacking = abi->arch->mux == MUX_S390 && number == 0;

	return abi->last && (number > abi->last || lacking) ? r->t->newer : 0;
}

/* Numbers without a rule, up to `end`, which is not in. */
static void add_gap(struct ranges *r, const struct filter_abi *abi, uint32_t first, uint32_t end)
{
	add_range(r, first, verdict_unnamed(r, abi, first));
	if (first == 0 && end > 1)
		add_range(r, 1, verdict_unnamed(r, abi, 1));
	if (abi->last >= first && abi->last < end - 1)
		add_range(r, abi->last + 1, verdict_unnamed(r, abi, abi->last + 1));
}

static void add_slots(struct ranges *r, const struct filter_abi *abi, uint32_t first, size_t slot,
		      size_t n)
{
	const uint16_t *is = abi->slot + slot;

	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && is[end] == is[i]; end++)
			continue;
		if (is[i])
			add_range(r, first + i, is[i]);
		else
			add_gap(r, abi, first + i, first + end);
	}
}

static void add_abi(struct ranges *r, const struct filter_abi *abi)
{
	uint32_t first = abi->arch->first, private = filter_abi_private(abi),
		 end = first + abi->top;

	add_slots(r, abi, first, 0, abi->top);
	if (private) {
		add_gap(r, abi, end, private);
		add_slots(r, abi, private, FILTER_WINDOW, FILTER_PRIVATE);
		end = private + FILTER_PRIVATE;
	}
	add_gap(r, abi, end, UINT32_MAX);
}

/*
 * A range of one number between two of the same verdict needs but one test at the end of the
 * search: a leaf of the search tree is a range with up to SINGLES such exceptions.
 */
static void find_leaves(struct ranges *r)
{
	const struct range *l = r->list;

	for (size_t i = 0; i < r->n; i++) {
		r->list[r->n_leaf++].leaf = (uint16_t)i;
		for (int s = 0; s < SINGLES && i + 2 < r->n; s++, i += 2)
			if (l[i + 2].verdict != l[i].verdict ||
			    l[i + 2].first != l[i + 1].first + 1)
				break;
	}
	r->list[r->n_leaf].leaf = (uint16_t)r->n;
}

static unsigned put_leaf(struct prog *p, const struct ranges *r, size_t leaf)
{
	size_t first = r->list[leaf].leaf, next = r->list[leaf + 1].leaf;
	unsigned place = put_verdict(p, r->list[first].verdict);

	for (size_t i = next - 1; i > first; i -= 2) {
		const struct range *single = &r->list[i - 1];
		unsigned yes = put_verdict(p, single->verdict);

		place = put_jump(p, TEST(BPF_JEQ, single->first), yes, place);
	}
	return place;
}

static unsigned put_search(struct prog *p, const struct ranges *r, size_t from, size_t to)
{
	if (to - from == 1)
		return put_leaf(p, r, from);

	size_t middle = (from + to) / 2;
	unsigned above = put_search(p, r, middle, to), below = put_search(p, r, from, middle);

	return put_jump(p, TEST(BPF_JGE, r->list[r->list[middle].leaf].first), above, below);
}

/* ---- architectures --------------------------------------------------------------------------- */

static const struct filter_abi *find_abi(const struct filter_table *t, uint32_t audit, bool x32)
{
	for (size_t i = 0; i < t->n_abi; i++) {
		const struct filter_arch *arch = t->abi[i]->arch;

		if (filter_arch_audit(arch) == audit && (arch->first == X32_FIRST) == x32)
			return t->abi[i];
	}
	return NULL;
}

/* No more than this many ranges come from it: for each slot one, and a few for the gaps. */
static size_t max_ranges(const struct filter_abi *abi)
{
	return abi ? abi->top + FILTER_PRIVATE + 8 : 0;
}

static struct ranges *make_ranges(const struct filter_table *t, const struct filter_abi *abi,
				  const struct filter_abi *x32)
{
	size_t max = max_ranges(abi) + max_ranges(x32) + 4; /* 0, x32's two, one behind */
	struct ranges *r = arena_room(t->a, sizeof(*r) + max * sizeof(r->list[0]));

	r->t = t;
	r->n = r->n_leaf = 0;
	add_range(r, 0, 0);
	if (abi)
		add_abi(r, abi);
	if (x32)
		add_abi(r, x32);
	return r;
}

static unsigned put_arch(struct prog *p, uint32_t audit)
{
	const struct filter_abi *abi = find_abi(p->t, audit, false);
	const struct filter_abi *x32 = find_abi(p->t, audit, true);
	struct ranges *r = make_ranges(p->t, abi, x32);

	if (!x32 && audit == AUDIT_ARCH_X86_64) {
		/* -1 is what a tracer writes to have a call skipped: no x32 call. */
		add_range(r, X32_FIRST, p->t->bad_arch);
		add_range(r, UINT32_MAX, 0);
	}
	find_leaves(r);

	unsigned place = put_search(p, r, 0, r->n_leaf);

	arena_trim(p->t->a, r, 0);
	return place == p->n ? put_load(p, offsetof(struct seccomp_data, nr)) : place;
}

/* Is there a part before it for the same AUDIT_ARCH_*? */
static bool is_second(const struct filter_table *t, size_t abi)
{
	for (size_t i = 0; i < abi; i++)
		if (filter_arch_audit(t->abi[i]->arch) == filter_arch_audit(t->abi[abi]->arch))
			return true;
	return false;
}

int filter_compile(const struct filter_table *t, struct sock_filter *out)
{
	struct prog p = { .t = t, .end = out + BPF_MAXINSNS };
	unsigned *part = arena_alloc(t->a, t->n_abi, sizeof(*part));

	p.at = arena_alloc(t->a, t->n_verdict, sizeof(*p.at));
	for (size_t i = t->n_abi; i-- > 0;)
		if (!is_second(t, i))
			part[i] = put_arch(&p, filter_arch_audit(t->abi[i]->arch));

	unsigned place = put_action(&p, t->bad_arch);

	for (size_t i = t->n_abi; i-- > 0;)
		if (part[i])
			place = put_jump(&p, TEST(BPF_JEQ, filter_arch_audit(t->abi[i]->arch)),
					 part[i], place);
	put_load(&p, offsetof(struct seccomp_data, arch));
	return p.full ? -1 : (int)p.n;
}
