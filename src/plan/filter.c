/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp: from names to the table of which the program is made (filter.h says what a
 * profile means). Of libseccomp it uses the resolver of names alone, which makes no system call;
 * its compiler asks the kernel and is what the tests compare with.
 */
#include "plan/filter.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "plan/build.h"
#include "plan/filter_calls.h"
#include "plan/filter_table.h"

#define AT "/linux/seccomp"
#define AT_CALL AT "/syscalls/%zu"

struct profile {
	struct build *b;
	const struct oci_seccomp *spec;
	struct filter_table table;
	uint32_t default_action;
	const char *notify_at; /* the first SCMP_ACT_NOTIFY, or NULL */
};

/* The rules that one entry of `syscalls` makes for each of its names. */
struct entry {
	size_t index;
	uint16_t verdict;
	bool says_nothing; /* it has the default action */
	bool is_plain;     /* it has no conditions */
	struct filter_rule *rule;
	size_t n_rule;
};

/* ---- words ----------------------------------------------------------------------------------- */

/* The row whose first member, a name, is `word`; NULL if there is none. */
static const void *find_row(const char *word, const void *table, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		const void *row = (const char *)table + i * size;

		if (streq(*(const char *const *)row, word))
			return row;
	}
	return NULL;
}

#define FIND(word, table) find_row((word), (table), n_##table, sizeof((table)[0]))

/* Does this host's kernel have it? Also if nobody asked: then loading the filter will tell. */
static bool kernel_has(const struct build *b, const char *name, bool action)
{
	const struct facts_seccomp *f = b->facts->seccomp;
	size_t n = f ? (action ? f->n_actions : f->n_flags) : 0;

	for (size_t i = 0; i < n; i++)
		if (streq(action ? f->actions[i] : f->flags[i], name))
			return true;
	return !f;
}

static int fail_kernel(struct build *b, const char *at, const char *word)
{
	return err_in(b->err, at, "this kernel has no %s", word);
}

/* The pointer of a member of syscalls[entry], or of linux.seccomp itself. Made for errors alone. */
#define NO_ENTRY SIZE_MAX

static const char *at_key(struct build *b, size_t entry, const char *key)
{
	return entry == NO_ENTRY ? build_at(b, AT "/%s", key)
				 : build_at(b, AT_CALL "/%s", entry, key);
}

struct action_words {
	size_t entry;
	const char *action_key, *action;
	const char *errno_key;
	bool has_errno;
	uint64_t errno_ret;
};

static int read_action(struct profile *p, const struct action_words *w, uint32_t *out)
{
	struct build *b = p->b;
	const struct filter_action *row = filter_action_find(w->action);
	uint64_t value = w->has_errno ? w->errno_ret : EPERM;

	if (!row)
		return err_in(b->err, at_key(b, w->entry, w->action_key), "unknown action '%s'",
			      w->action);
	if (!filter_action_is_old(row) && !kernel_has(b, w->action, true))
		return fail_kernel(b, at_key(b, w->entry, w->action_key), w->action);
	if (row->ret == SECCOMP_RET_USER_NOTIF && !p->notify_at)
		p->notify_at = at_key(b, w->entry, w->action_key);
	if (w->has_errno && !row->max_errno)
		return err_in(b->err, at_key(b, w->entry, w->errno_key), "%s takes no errno",
			      w->action);
	if (row->max_errno && value > row->max_errno)
		return err_in(b->err, at_key(b, w->entry, w->errno_key),
			      "%" PRIu64 " is too large: %s takes at most %" PRIu32, value,
			      w->action, row->max_errno);
	*out = row->ret | (row->max_errno ? (uint32_t)value : 0);
	return 0;
}

static int read_flags(struct profile *p, unsigned *out)
{
	unsigned flags = p->spec->flags ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW; /* as runc has it */

	for (size_t i = 0; i < p->spec->n_flags; i++) {
		const struct filter_flag *row = FIND(p->spec->flags[i], filter_flags);

		if (!row)
			return err_in(p->b->err, build_at(p->b, AT "/flags/%zu", i),
				      "unknown flag '%s'", p->spec->flags[i]);
		if (!kernel_has(p->b, row->name, false))
			return fail_kernel(p->b, build_at(p->b, AT "/flags/%zu", i), row->name);
		if (row->flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV && !p->notify_at)
			return err_in(p->b->err, build_at(p->b, AT "/flags/%zu", i),
				      "%s is of no use without SCMP_ACT_NOTIFY", row->name);
		flags |= row->flag;
	}
	*out = flags;
	return 0;
}

static int read_archs(struct profile *p)
{
	uint32_t native = seccomp_arch_native();

	for (size_t i = 0; i < n_filter_archs; i++)
		if (filter_archs[i].token == native)
			filter_table_abi(&p->table, &filter_archs[i]);
	for (size_t i = 0; i < p->spec->n_architectures; i++) {
		const char *name = p->spec->architectures[i];
		const struct filter_arch *row = FIND(name, filter_archs);

		if (!row)
			return err_in(p->b->err, build_at(p->b, AT "/architectures/%zu", i),
				      "unknown architecture '%s'", name);
		if (filter_arch_can_occur(row))
			filter_table_abi(&p->table, row);
	}
	return 0;
}

/* ---- conditions ------------------------------------------------------------------------------ */

static int read_cond(struct profile *p, size_t entry, size_t i, struct filter_cond *out)
{
	const struct oci_syscall_arg *arg = &p->spec->syscalls[entry].args[i];
	const struct filter_operator *row = FIND(arg->op, filter_operators);

	if (!row)
		return err_in(p->b->err, build_at(p->b, AT_CALL "/args/%zu/op", entry, i),
			      "unknown operator '%s'", arg->op);
	if (arg->index >= FILTER_ARGS)
		return err_in(p->b->err, build_at(p->b, AT_CALL "/args/%zu/index", entry, i),
			      "%" PRIu64 " is no argument; the last one is 5", arg->index);

	bool masked = row->op == FILTER_MASKED;
	uint64_t mask = masked ? arg->value : UINT64_MAX;

	*out = (struct filter_cond){
		.arg = (uint8_t)arg->index,
		.op = (uint8_t)(mask == UINT64_MAX && masked ? FILTER_EQ : row->op),
		.mask = mask,
		.value = masked ? arg->value_two : arg->value,
	};
	return 0;
}

/* Keeps a rule's conditions in the order of their arguments. */
static void rule_add(struct filter_rule *rule, const struct filter_cond *c)
{
	unsigned i = rule->n++;

	for (; i > 0 && rule->cond[i - 1].arg > c->arg; i--)
		rule->cond[i] = rule->cond[i - 1];
	rule->cond[i] = *c;
}

static int read_rules(struct profile *p, struct entry *e)
{
	const struct oci_syscall *spec = &p->spec->syscalls[e->index];
	struct filter_cond *cond = arena_alloc(p->b->a, spec->n_args, sizeof(*cond));
	unsigned seen = 0;
	bool twice = false;

	for (size_t i = 0; i < spec->n_args; i++) {
		if (read_cond(p, e->index, i, &cond[i]) < 0)
			return -1;
		twice = twice || seen & 1u << cond[i].arg;
		seen |= 1u << cond[i].arg;
	}
	e->n_rule = twice ? spec->n_args : 1;
	e->rule = arena_alloc(p->b->a, e->n_rule, sizeof(*e->rule));
	for (size_t i = 0; i < e->n_rule; i++)
		e->rule[i] = (struct filter_rule){ .verdict = e->verdict, .entry = e->index };
	for (size_t i = 0; i < spec->n_args; i++)
		rule_add(&e->rule[twice ? i : 0], &cond[i]);
	return 0;
}

/* ---- system calls ---------------------------------------------------------------------------- */

/* One system call of one architecture. */
struct call {
	struct filter_abi *abi;
	const char *name;
	const struct filter_call *row; /* of that name, or NULL */
};

static int add_rules(struct profile *p, const struct call *c, uint32_t number,
		     const struct entry *e)
{
	struct build *b = p->b;
	size_t slot = filter_abi_slot(c->abi, number);

	if (slot == FILTER_NO_SLOT)
		return err_in(b->err, build_at(b, AT_CALL, e->index),
			      "%s has the number %" PRIu32 " on %s, which mcrun has no room for",
			      c->name, number, c->abi->arch->name);
	for (size_t i = 0; i < e->n_rule; i++) {
		const struct filter_rule *other =
			filter_table_add(&p->table, c->abi, slot, &e->rule[i]);

		if (other)
			return err_in(b->err, build_at(b, AT_CALL, e->index),
				      "another action for %s than " AT_CALL
				      " has under the same conditions",
				      c->name, other->entry);
	}
	return 0;
}

/* `selector` takes the place of argument 0, which the multiplexer keeps where no filter sees it. */
static struct filter_rule mux_rule(const struct filter_rule *rule, uint32_t selector)
{
	struct filter_cond cond = { .op = FILTER_EQ, .mask = UINT64_MAX, .value = selector };
	struct filter_rule mux = *rule;

	mux.n = 0;
	rule_add(&mux, &cond);
	for (unsigned i = 0; i < rule->n; i++)
		if (rule->cond[i].arg)
			rule_add(&mux, &rule->cond[i]);
	return mux;
}

/* A call for which libseccomp has a pseudo number, or none. */
static int add_muxed(struct profile *p, const struct call *c, int pseudo, const struct entry *e)
{
	struct filter_muxed muxed;

	if (!filter_arch_muxed(c->abi->arch, pseudo, &muxed))
		return 0;
	for (size_t i = 0; i < e->n_rule; i++) {
		struct filter_rule rule = mux_rule(&e->rule[i], muxed.selector);

		filter_table_add(&p->table, c->abi, filter_abi_slot(c->abi, muxed.number), &rule);
	}
	return muxed.direct ? add_rules(p, c, muxed.direct, e) : 0;
}

static int add_call(struct profile *p, const struct call *c, const struct entry *e)
{
	int number = filter_call_number(c->row, c->name, c->abi->arch);

	if (number >= 0 && c->abi->last < (uint32_t)number)
		c->abi->last = (uint32_t)number;
	if (e->says_nothing)
		return 0;
	if (number < 0)
		return add_muxed(p, c, number, e);
	if (e->is_plain && filter_abi_decide(c->abi, (uint32_t)number, e->verdict))
		return 0;
	return add_rules(p, c, (uint32_t)number, e);
}

static int add_entry(struct profile *p, size_t index)
{
	const struct oci_syscall *spec = &p->spec->syscalls[index];
	struct action_words words = {
		index, "action", spec->action, "errnoRet", spec->has_errno_ret, spec->errno_ret,
	};
	struct entry e = { .index = index, .is_plain = !spec->n_args };
	uint32_t action;

	if (read_action(p, &words, &action) < 0)
		return -1;
	e.says_nothing = action == p->default_action;
	e.verdict = filter_table_action(&p->table, action);
	if (read_rules(p, &e) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_names; i++) {
		struct call call = { .name = spec->names[i],
				     .row = filter_call_find(spec->names[i]) };

		for (size_t k = 0; k < p->table.n_abi; k++) {
			call.abi = p->table.abi[k];
			if (add_call(p, &call, &e) < 0)
				return -1;
		}
	}
	return 0;
}

static int read_profile(struct profile *p)
{
	const struct oci_seccomp *spec = p->spec;
	struct action_words words = {
		NO_ENTRY,
		"defaultAction",
		spec->default_action,
		"defaultErrnoRet",
		spec->has_default_errno_ret,
		spec->default_errno_ret,
	};

	if (read_action(p, &words, &p->default_action) < 0)
		return -1;
	filter_table_begin(&p->table, p->b->a, p->default_action);
	if (read_archs(p) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_syscalls; i++)
		if (add_entry(p, i) < 0)
			return -1;
	if (p->table.full)
		return err_in(p->b->err, AT "/syscalls",
			      "more than %d actions and calls with conditions, which mcrun has no "
			      "room for",
			      FILTER_VERDICTS);
	return 0;
}

/* ---- notifications --------------------------------------------------------------------------- */

/* Does a call of this machine's own pass, whatever its arguments? */
static bool lets_pass(const struct profile *p, const char *name)
{
	const struct filter_abi *abi = p->table.abi[0]; /* the native one, read_archs() */
	int number = seccomp_syscall_resolve_name(name);
	uint32_t slot = number < 0 || number >= FILTER_WINDOW ? 0 : abi->slot[number];

	if (number < 0 || number >= FILTER_WINDOW)
		return false;
	if (!slot && p->table.newer && (uint32_t)number > abi->last)
		return false;
	return !p->table.verdict[slot].rule &&
	       p->table.verdict[slot].action == SECCOMP_RET_ALLOW;
}

/*
 * Who loads the filter has one thread that will become the program, and one that hands the listener
 * over, which the filter must not reach: TSYNC asks for nothing that is not so without it.
 */
static int plan_listener(struct profile *p, struct plan_filter *out)
{
	struct build *b = p->b;
	const char *path = p->spec->listener_path;

	if (!build_no_text(p->spec->listener_metadata) && build_no_text(path))
		return err_in(b->err, AT "/listenerMetadata", "is of no use without listenerPath");
	if (!p->notify_at)
		return 0;
	if (build_no_text(path))
		return err_in(b->err, AT "/listenerPath", "missing; SCMP_ACT_NOTIFY (%s) needs an "
			      "agent to ask", p->notify_at);
	out->listener_path =
		*path == '/' ? path : arena_printf(b->a, "%s/%s", b->options->bundle, path);
	out->listener_metadata = p->spec->listener_metadata;
	out->flags = (out->flags & ~SECCOMP_FILTER_FLAG_TSYNC) | SECCOMP_FILTER_FLAG_NEW_LISTENER;
	out->lets_futex = lets_pass(p, "futex");
	return 0;
}

/* Static, since most of it is never used: a stack's pages are all touched. */
static int compile(struct profile *p, struct plan_filter *plan)
{
	static struct sock_filter insn[BPF_MAXINSNS];
	int n = filter_compile(&p->table, insn);

	if (n < 0)
		return err_in(p->b->err, AT,
			      "the filter needs more than %d instructions, the kernel's limit",
			      BPF_MAXINSNS);

	struct sock_filter *program = arena_alloc(p->b->a, (size_t)n, sizeof(*program));

	memcpy(program, insn + BPF_MAXINSNS - n, (size_t)n * sizeof(*program));
	plan->program = program;
	plan->n = (size_t)n;
	return 0;
}

int build_filter(struct build *b)
{
	struct profile p = { .b = b, .spec = b->linux_->seccomp };
	struct plan_filter *plan = &b->plan->filter;

	plan->from = AT;
	if (!p.spec)
		return 0;
	if (read_profile(&p) < 0 || read_flags(&p, &plan->flags) < 0 || plan_listener(&p, plan) < 0)
		return -1;

	return compile(&p, plan);
}
