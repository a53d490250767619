/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles device rules into a small BPF program: rules that others make idle are dropped, the
 * rest is grouped by type and major number, so that a common access needs a dozen comparisons.
 * Pure: rules in, instructions out; loading them is act's business.
 *
 * The program takes the rules from the last to the first. r2 is the type, r3 the kinds of access
 * that no rule has granted yet, r4 and r5 are major and minor number:
 *
 *	a rule matches and allows:	r3 loses the rule's bits; none left: yes
 *	a rule matches and denies:	one of its bits is left in r3: no
 *	the end:			something is left in r3: no
 */
#include "plan/devices.h"

#include <linux/bpf.h>

enum { TYPE = BPF_REG_2, WANT = BPF_REG_3, MAJOR = BPF_REG_4, MINOR = BPF_REG_5 };

/* ---- fewer rules ---------------------------------------------------------------------------- */

static bool covers(const struct device_rule *wide, const struct device_rule *r)
{
	return (wide->type == 'a' || wide->type == r->type) &&
	       (wide->major == DEVICE_ANY || wide->major == r->major) &&
	       (wide->minor == DEVICE_ANY || wide->minor == r->minor) &&
	       (r->access & ~wide->access) == 0;
}

/* Kinds of access, for each type, that rules for all devices have decided. */
struct decided {
	unsigned block, character;
};

static bool decide(struct decided *d, const struct device_rule *r)
{
	if (r->major == DEVICE_ANY && r->minor == DEVICE_ANY) {
		d->block |= r->type != 'c' ? r->access : 0;
		d->character |= r->type != 'b' ? r->access : 0;
	}
	return d->block == DEVICE_ALL && d->character == DEVICE_ALL;
}

static bool has_deny(const struct device_rule *rule, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!rule[i].allow)
			return true;
	return false;
}

static bool covered_by_any(const struct device_rule *list, size_t n, const struct device_rule *r)
{
	for (size_t i = 0; i < n; i++)
		if (covers(&list[i], r))
			return true;
	return false;
}

/* Is there an access that both speak of? */
static bool overlap(const struct device_rule *a, const struct device_rule *b)
{
	return (a->type == 'a' || b->type == 'a' || a->type == b->type) &&
	       (a->major == DEVICE_ANY || b->major == DEVICE_ANY || a->major == b->major) &&
	       (a->minor == DEVICE_ANY || b->minor == DEVICE_ANY || a->minor == b->minor) &&
	       (a->access & b->access);
}

static bool denies_nothing(const struct device_rule *r, const struct device_rule *weaker, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (weaker[i].allow && overlap(r, &weaker[i]))
			return false;
	return !r->allow;
}

/*
 * Copies the rules to `out`, the strongest (last) first, without those that can decide nothing:
 * a stronger one speaks for the same, or nothing is left to decide, or they deny what no weaker
 * one allows. Returns how many are left. *everything: they allow all there is.
 */
static size_t rules_prune(const struct device_rule *rule, size_t n, struct device_rule *out,
			  bool *everything)
{
	struct decided decided = { 0 };
	size_t kept = 0;
	bool done = false;

	for (size_t i = n; i-- > 0 && !done;) {
		if (covered_by_any(out, kept, &rule[i]))
			continue;
		out[kept++] = rule[i];
		done = decide(&decided, &rule[i]);
	}
	*everything = done && !has_deny(out, kept);

	size_t left = 0;

	for (size_t i = 0; i < kept; i++)
		if (!denies_nothing(&out[i], out + i + 1, kept - i - 1))
			out[left++] = out[i];
	return left;
}

/* The wide before the narrow; the same type and major number side by side. */
static bool rule_before(const struct device_rule *a, const struct device_rule *b)
{
	if (a->type != b->type)
		return a->type < b->type;
	if (a->major != b->major)
		return a->major < b->major;
	return a->minor < b->minor;
}

/* By hand: libc's qsort may ask the kernel how much memory there is. */
static void run_sort(struct device_rule *run, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct device_rule r = run[i];
		size_t at = i;

		for (; at > 0 && rule_before(&r, &run[at - 1]); at--)
			run[at] = run[at - 1];
		run[at] = r;
	}
}

static bool same_numbers(const struct device_rule *a, const struct device_rule *b)
{
	return a->major == b->major && a->minor == b->minor;
}

/* Two rules of one verdict as one, where that says the same. */
static bool rule_join(struct device_rule *a, const struct device_rule *b)
{
	if (same_numbers(a, b) && a->type == b->type) {
		a->access |= b->access;
		return true;
	}
	if (same_numbers(a, b) && a->access == b->access) {
		a->type = 'a';
		return true;
	}
	if (covers(b, a))
		*a = *b;
	return covers(a, b);
}

/* Joins `r` into the list where it fits, as often as it makes others fit. Returns the length. */
static size_t run_insert(struct device_rule *list, size_t n, struct device_rule r)
{
	for (size_t i = 0; i < n;) {
		if (!rule_join(&list[i], &r)) {
			i++;
			continue;
		}
		r = list[i];
		list[i] = list[--n];
		i = 0;
	}
	list[n] = r;
	return n + 1;
}

/* Rules of one verdict side by side may stand in any order: joins and sorts them. */
static size_t run_tidy(struct device_rule *run, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		kept = run_insert(run, kept, run[i]);
	run_sort(run, kept);
	return kept;
}

/* ---- the program ---------------------------------------------------------------------------- */

/* Targets of jumps that are known at the end only. Real jumps go forward. */
enum target { LATER = 0, TO_YES = -1, TO_NO = -2 };

struct program {
	struct arena *a;
	struct bpf_insn *insn;
	size_t n;
};

static size_t emit(struct program *p, struct bpf_insn insn)
{
	p->insn = arena_grow(p->a, p->insn, p->n, sizeof(insn));
	p->insn[p->n] = insn;
	return p->n++;
}

static void emit_load(struct program *p, int reg, size_t offset)
{
	emit(p, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W,
				   .dst_reg = (uint8_t)reg & 15,
				   .src_reg = BPF_REG_1,
				   .off = (int16_t)offset });
}

static void emit_alu(struct program *p, int op, int reg, int value)
{
	emit(p, (struct bpf_insn){ .code = (uint8_t)(BPF_ALU64 | op | BPF_K),
				   .dst_reg = (uint8_t)reg & 15,
				   .imm = value });
}

/* Jumps if the comparison holds, to a target or to where jump_here() says later. */
static size_t emit_jump(struct program *p, int op, int reg, int64_t value, enum target to)
{
	return emit(p, (struct bpf_insn){ .code = (uint8_t)(BPF_JMP | op | BPF_K),
					  .dst_reg = (uint8_t)reg & 15,
					  .off = (int16_t)to,
					  .imm = (int32_t)value });
}

static void jump_here(struct program *p, size_t at)
{
	p->insn[at].off = (int16_t)(p->n - at - 1);
}

/* Skips what follows unless the register has this value; DEVICE_ANY: needs no comparison. */
static size_t emit_unless(struct program *p, int reg, int64_t value)
{
	return value == DEVICE_ANY ? SIZE_MAX : emit_jump(p, BPF_JNE, reg, value, LATER);
}

static void end_unless(struct program *p, size_t at)
{
	if (at != SIZE_MAX)
		jump_here(p, at);
}

/* What is done when a rule's numbers match. */
static void emit_verdict(struct program *p, const struct device_rule *r)
{
	if (r->access == DEVICE_ALL) {
		emit_jump(p, BPF_JA, 0, 0, r->allow ? TO_YES : TO_NO);
	} else if (r->allow) {
		emit_alu(p, BPF_AND, WANT, DEVICE_ALL & ~(int)r->access);
		emit_jump(p, BPF_JEQ, WANT, 0, TO_YES);
	} else {
		emit_jump(p, BPF_JSET, WANT, r->access, TO_NO);
	}
}

static void emit_minor(struct program *p, const struct device_rule *r)
{
	if (r->minor != DEVICE_ANY && r->access == DEVICE_ALL) {
		emit_jump(p, BPF_JEQ, MINOR, r->minor, r->allow ? TO_YES : TO_NO);
		return;
	}

	size_t unless = emit_unless(p, MINOR, r->minor);

	emit_verdict(p, r);
	end_unless(p, unless);
}

/* How many of the rules have the type, or the type and major number, of the first. */
static size_t same_type(const struct device_rule *r, size_t n)
{
	size_t i = 1;

	while (i < n && r[i].type == r[0].type)
		i++;
	return i;
}

static size_t same_major(const struct device_rule *r, size_t n)
{
	size_t i = 1;

	while (i < n && r[i].type == r[0].type && r[i].major == r[0].major)
		i++;
	return i;
}

static void emit_majors(struct program *p, const struct device_rule *r, size_t n)
{
	for (size_t i = 0, group; i < n; i += group) {
		group = same_major(r + i, n - i);

		size_t unless = emit_unless(p, MAJOR, r[i].major);

		for (size_t j = 0; j < group; j++)
			emit_minor(p, &r[i + j]);
		end_unless(p, unless);
	}
}

static int64_t type_number(char type)
{
	if (type == 'a')
		return DEVICE_ANY;
	return type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
}

/* Rules of one verdict, sorted. */
static void emit_run(struct program *p, const struct device_rule *r, size_t n)
{
	for (size_t i = 0, group; i < n; i += group) {
		group = same_type(r + i, n - i);

		size_t unless = emit_unless(p, TYPE, type_number(r[i].type));

		emit_majors(p, r + i, group);
		end_unless(p, unless);
	}
}

static void emit_start(struct program *p)
{
	emit_load(p, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(p, (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X,
				   .dst_reg = WANT,
				   .src_reg = TYPE });
	emit_alu(p, BPF_RSH, WANT, 16);
	emit_alu(p, BPF_AND, TYPE, 0xffff);
	emit_load(p, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(p, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	emit_jump(p, BPF_JEQ, WANT, 0, TO_YES); /* access(X_OK) wants none of the three */
}

static size_t emit_answer(struct program *p, int answer)
{
	size_t at = p->n;

	emit_alu(p, BPF_MOV, BPF_REG_0, answer);
	emit(p, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
	return at;
}

/* `open`: whoever gets to the end may. The other answer has been jumped to from somewhere. */
static void emit_end(struct program *p, bool open)
{
	size_t first = emit_answer(p, open), second = emit_answer(p, !open);
	size_t yes = open ? first : second, no = open ? second : first;

	for (size_t i = 0; i < first; i++) {
		struct bpf_insn *insn = &p->insn[i];

		if (insn->off < 0)
			insn->off = (int16_t)((insn->off == TO_YES ? yes : no) - i - 1);
	}
}

/* All devices, all access: the end of the list says the same. */
static bool is_everything(const struct device_rule *r)
{
	return r->type == 'a' && r->major == DEVICE_ANY && r->minor == DEVICE_ANY &&
	       r->access == DEVICE_ALL;
}

const struct bpf_insn *device_program(struct arena *a, const struct device_rule *rule,
				      size_t n_rule, size_t *n)
{
	struct program p = { .a = a };
	struct device_rule *r = arena_alloc(a, n_rule + 1, sizeof(*r));
	bool everything = false, open = false;
	size_t left = rules_prune(rule, n_rule, r, &everything);

	*n = 0;
	if (everything)
		return NULL;

	emit_start(&p);
	for (size_t i = 0, run; i < left; i += run) {
		for (run = 1; i + run < left && r[i + run].allow == r[i].allow;)
			run++;

		size_t tidy = run_tidy(r + i, run);

		open = r[i].allow && is_everything(&r[i]);
		if (!open)
			emit_run(&p, r + i, tidy);
	}
	emit_end(&p, open);
	*n = p.n;
	return p.insn;
}
