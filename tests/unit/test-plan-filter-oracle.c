/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan/filter.c against libseccomp's own compiler: for the same profile both programs must give
 * the same verdict on every system call number of every architecture listed and around all values
 * that arguments are compared with. The rule for calls newer than the profile, which libseccomp
 * does not have, is applied here to its verdicts.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test-oci-file.h"
#include "test-plan-filter-bpf.h"
#include "test.h"

#define NUMBERS 1000
#define X32 0x40000000u

/* ---- the oracle ------------------------------------------------------------------------------ */

static uint32_t scmp_action(const char *name, bool has_errno, uint64_t value)
{
	uint16_t data = (uint16_t)(has_errno ? value : EPERM);

	if (streq(name, "SCMP_ACT_ALLOW"))
		return SCMP_ACT_ALLOW;
	if (streq(name, "SCMP_ACT_ERRNO"))
		return SCMP_ACT_ERRNO(data);
	if (streq(name, "SCMP_ACT_TRACE"))
		return SCMP_ACT_TRACE(data);
	if (streq(name, "SCMP_ACT_LOG"))
		return SCMP_ACT_LOG;
	if (streq(name, "SCMP_ACT_TRAP"))
		return SCMP_ACT_TRAP;
	return streq(name, "SCMP_ACT_KILL_PROCESS") ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_KILL_THREAD;
}

static uint32_t scmp_arch(const char *name)
{
	char small[32] = "";

	for (size_t i = 0; name[i + 10] && i < sizeof(small) - 1; i++)
		small[i] = (char)(name[i + 10] >= 'A' && name[i + 10] <= 'Z' ? name[i + 10] + 32
									      : name[i + 10]);
	return seccomp_arch_resolve_name(small);
}

static enum scmp_compare scmp_op(const char *name)
{
	static const struct {
		const char *name;
		enum scmp_compare op;
	} ops[] = {
		{ "SCMP_CMP_NE", SCMP_CMP_NE }, { "SCMP_CMP_LT", SCMP_CMP_LT },
		{ "SCMP_CMP_LE", SCMP_CMP_LE }, { "SCMP_CMP_EQ", SCMP_CMP_EQ },
		{ "SCMP_CMP_GE", SCMP_CMP_GE }, { "SCMP_CMP_GT", SCMP_CMP_GT },
	};

	for (size_t i = 0; i < COUNT(ops); i++)
		if (streq(ops[i].name, name))
			return ops[i].op;
	return SCMP_CMP_MASKED_EQ;
}

static int scmp_add(scmp_filter_ctx ctx, uint32_t action, int number, const struct oci_syscall *s)
{
	struct scmp_arg_cmp cmp[64];
	unsigned seen = 0;
	bool twice = false;
	int r = 0;

	for (size_t i = 0; i < s->n_args; i++) {
		const struct oci_syscall_arg *a = &s->args[i];

		cmp[i] = (struct scmp_arg_cmp){ (unsigned)a->index, scmp_op(a->op), a->value,
						a->value_two };
		twice = twice || seen & 1u << a->index;
		seen |= 1u << a->index;
	}
	if (!twice)
		return seccomp_rule_add_array(ctx, action, number, (unsigned)s->n_args, cmp);
	for (size_t i = 0; i < s->n_args && !r; i++)
		r = seccomp_rule_add_array(ctx, action, number, 1, &cmp[i]);
	return r;
}

static int scmp_fill(scmp_filter_ctx ctx, const struct oci_seccomp *s, uint32_t defact)
{
	for (size_t i = 0; i < s->n_architectures; i++) {
		int r = seccomp_arch_add(ctx, scmp_arch(s->architectures[i]));

		if (r < 0 && r != -EEXIST)
			return r;
	}
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct oci_syscall *c = &s->syscalls[i];
		uint32_t action = scmp_action(c->action, c->has_errno_ret, c->errno_ret);

		for (size_t k = 0; k < c->n_names && action != defact; k++) {
			int number = seccomp_syscall_resolve_name(c->names[k]), r = 0;

			if (number != __NR_SCMP_ERROR)
				r = scmp_add(ctx, action, number, c);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int stuck;

struct oracle {
	size_t n;
	struct sock_filter insn[BPF_MAXINSNS];
};

static void oracle_make(const struct oci_seccomp *s, struct oracle *out)
{
	uint32_t defact = scmp_action(s->default_action, s->has_default_errno_ret,
				      s->default_errno_ret);
	scmp_filter_ctx ctx = seccomp_init(defact);
	int fd = memfd_create("bpf", MFD_CLOEXEC);
	bool filled = scmp_fill(ctx, s, defact) == 0;

	/*
	 * 2.5.4 forgets to load the number where the first call in its list is one that the
	 * architecture lacks; all profiles here have a rule for getpid.
	 */
	seccomp_syscall_priority(ctx, seccomp_syscall_resolve_name("getpid"), 255);
	if (filled && seccomp_export_bpf(ctx, fd) == 0) {
		ssize_t size = pread(fd, out->insn, sizeof(out->insn), 0);

		out->n = size > 0 ? (size_t)size / sizeof(*out->insn) : 0;
	}
	close(fd);
	seccomp_release(ctx);
}

/*
 * n is 0 where libseccomp refuses the profile, or runs in circles or crashes on it, which 2.5.4
 * does on some: hence the process of its own.
 */
static struct bpf oracle_of(struct oracle *out, const struct oci_seccomp *s)
{
	out->n = 0;

	pid_t pid = fork();

	if (pid == 0) {
		alarm(1);
		oracle_make(s, out);
		_exit(0);
	}

	int status = -1;

	waitpid(pid, &status, 0);
	if (status)
		stuck++;
	return (struct bpf){ out->insn, status ? 0 : out->n };
}

/* ---- calls newer than the profile ------------------------------------------------------------- */

struct part {
	uint32_t token, audit, first, last;
	bool native, with_x32;
};

static uint32_t last_of(const struct oci_seccomp *s, uint32_t token)
{
	int last = 0;

	for (size_t i = 0; i < s->n_syscalls; i++)
		for (size_t k = 0; k < s->syscalls[i].n_names; k++) {
			int n = seccomp_syscall_resolve_name_arch(token, s->syscalls[i].names[k]);

			last = n > last ? n : last;
		}
	return (uint32_t)last;
}

static bool has_rule(const struct oci_seccomp *s, uint32_t token, uint32_t number, uint32_t defact)
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

static bool is_newer(const struct oci_seccomp *s, const struct part *p, uint32_t number)
{
	uint32_t defact = scmp_action(s->default_action, s->has_default_errno_ret,
				      s->default_errno_ret);
	uint32_t kind = defact & SECCOMP_RET_ACTION_FULL;
	bool open = kind == SCMP_ACT_ALLOW || kind == SCMP_ACT_LOG || kind == SECCOMP_RET_TRACE;
	bool foreign = p->token == SCMP_ARCH_X86_64 && number >= X32;

	return !open && !foreign && p->last && number > p->last &&
	       !has_rule(s, p->token, number, defact);
}

/* ---- what the words of the profile mean -------------------------------------------------------- */

/* The actions of all rules that match; of the first unconditional one alone if there is one. */
struct meaning {
	uint32_t action[16];
	size_t n;
};

static bool is_wide(uint32_t token)
{
	return token & __AUDIT_ARCH_64BIT && token != SCMP_ARCH_MIPSEL64N32;
}

static bool holds(const struct oci_syscall_arg *a, uint64_t x, bool wide)
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
static bool rule_holds(const struct oci_syscall *c, const struct seccomp_data *d, bool wide,
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
static bool is_certain(const struct oci_syscall *c, bool wide)
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

static struct meaning meaning_of(const struct oci_seccomp *s, uint32_t token,
				 const struct seccomp_data *d)
{
	uint32_t defact = scmp_action(s->default_action, s->has_default_errno_ret,
				      s->default_errno_ret);
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

static bool may_be(const struct meaning *m, uint32_t action)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->action[i] == action)
			return true;
	return false;
}

/* ---- comparing ------------------------------------------------------------------------------- */

struct pair {
	const struct oci_seccomp *spec;
	struct bpf mine, oracle;
	uint64_t pool[64];
	size_t n_pool;
	size_t asked, wrong, oracle_wrong, order;
};

static uint64_t seed = 1;

static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 16) % below);
}

/* Values on both sides of each one that is compared with, in both halves. */
static void fill_pool(struct pair *t)
{
	t->pool[t->n_pool++] = 0;
	t->pool[t->n_pool++] = UINT64_MAX;
	for (size_t i = 0; i < t->spec->n_syscalls; i++) {
		const struct oci_syscall *c = &t->spec->syscalls[i];

		for (size_t k = 0; k < c->n_args && t->n_pool + 8 < COUNT(t->pool); k++) {
			uint64_t v = c->args[k].value, two = c->args[k].value_two;

			if (streq(c->args[k].op, "SCMP_CMP_MASKED_EQ"))
				v = any(2) ? two : (two & v) | (any(2) ? ~v : 0);
			t->pool[t->n_pool++] = v;
			t->pool[t->n_pool++] = v - 1;
			t->pool[t->n_pool++] = v + 1;
			t->pool[t->n_pool++] = v + (1ull << 32);
			t->pool[t->n_pool++] = v - (1ull << 32);
			t->pool[t->n_pool++] = v ^ (1ull << any(64));
			t->pool[t->n_pool++] = v & UINT32_MAX;
		}
	}
	t->pool[t->n_pool++] = any(12);
}

static void ask(struct pair *t, const struct part *p, uint32_t number, bool show)
{
	struct seccomp_data d = { .nr = (int)number, .arch = p->audit };

	for (size_t i = 0; i < 6; i++)
		d.args[i] = t->pool[any((uint32_t)t->n_pool)];
	if ((number == 102 || number == 117) && any(4))
		d.args[0] = any(26);

	uint32_t want = bpf_run(t->oracle, &d), got = bpf_run(t->mine, &d);
	bool foreign = p->audit == AUDIT_ARCH_S390X || (p->token == SCMP_ARCH_X86_64 && number >= X32);
	struct meaning m = { { want }, 1 };

	if (!foreign)
		m = meaning_of(t->spec, p->token, &d);
	t->asked++;
	if (is_newer(t->spec, p, number)) {
		want = SECCOMP_RET_ERRNO | ENOSYS;
		m = (struct meaning){ { want }, 1 };
	}
	t->wrong += !may_be(&m, got);
	t->oracle_wrong += !may_be(&m, want);
	t->order += want != got && may_be(&m, got) && may_be(&m, want);
	if (show && !may_be(&m, got))
		printf("# arch %#x number %#x args %#llx %#llx %#llx %#llx: %#x, libseccomp %#x, "
		       "meant %#x\n", d.arch, number, (unsigned long long)d.args[0],
		       (unsigned long long)d.args[1], (unsigned long long)d.args[2],
		       (unsigned long long)d.args[3], got, want, m.action[0]);
}

static bool is_tested(const struct oci_seccomp *s, const struct part *p, uint32_t number)
{
	char *name = seccomp_syscall_resolve_num_arch(p->token, (int)number);
	bool found = number == 102 || number == 117;

	for (size_t i = 0; name && i < s->n_syscalls && !found; i++)
		for (size_t k = 0; s->syscalls[i].n_args && k < s->syscalls[i].n_names; k++)
			found = found || streq(s->syscalls[i].names[k], name);
	free(name);
	return found;
}

static void ask_part(struct pair *t, const struct part *p, bool show)
{
	static const uint32_t odd[] = { 0x3fffffff, 0x40000000, 0x40000001, 0x400003ff, 0x7fffffff,
					0x80000000, 0xc0000000, 0xfffffffe, 0xffffffff, 0xeffff,
					0xf0000,    0xf0001,	0xf0002,    0xf0005,	0xf0006 };

	for (uint32_t i = p->first; i < p->first + NUMBERS; i++)
		for (int k = is_tested(t->spec, p, i) ? 120 : 1; k > 0; k--)
			ask(t, p, i, show);
	for (uint32_t i = 0; p->first && p->first != X32 && i < 5; i++)
		ask(t, p, p->first - 1 - i, show);
	for (size_t i = 0; i < COUNT(odd); i++)
		if (!p->with_x32 || (odd[i] >= X32) == (p->token == SCMP_ARCH_X32))
			ask(t, p, odd[i], show);
}

static uint32_t first_of(uint32_t token)
{
	return token == SCMP_ARCH_X32 ? X32 :
	       token == SCMP_ARCH_MIPSEL ? 4000 :
	       token == SCMP_ARCH_MIPSEL64 ? 5000 :
	       token == SCMP_ARCH_MIPSEL64N32 ? 6000 : 0;
}

static void ask_all(struct pair *t, bool show)
{
	const struct oci_seccomp *s = t->spec;
	struct part other = { .audit = AUDIT_ARCH_S390X };
	bool x32 = false;

	for (size_t i = 0; i < s->n_architectures; i++)
		x32 = x32 || streq(s->architectures[i], "SCMP_ARCH_X32");
	fill_pool(t);
	for (size_t i = 0; i <= s->n_architectures; i++) {
		bool native = i == s->n_architectures;
		uint32_t token = native ? seccomp_arch_native() : scmp_arch(s->architectures[i]);
		struct part p = { .token = token, .audit = token, .first = first_of(token) };

		p.last = last_of(s, token);
		if (token == SCMP_ARCH_X32)
			p.audit = AUDIT_ARCH_X86_64;
		p.with_x32 = x32 && p.audit == AUDIT_ARCH_X86_64;
		ask_part(t, &p, show);
	}
	for (uint32_t i = 0; i < 20; i++)
		ask(t, &other, i, show);
}

static struct oracle *shared;

enum outcome { SAME, WRONG, ORDER, ORACLE_WRONG, REFUSED, FAILED, N_OUTCOMES };

static size_t asked;

static enum outcome compare(const struct oci_seccomp *s, bool show)
{
	struct arena a = { 0 };
	struct pair t = { .spec = s };
	struct plan_filter filter = { NULL };
	struct error err = { 0 };
	enum outcome out = FAILED;

	t.oracle = oracle_of(shared, s);
	if (filter_of(&a, s, &filter, &err) < 0) {
		out = t.oracle.n ? FAILED : REFUSED;
		if (show)
			printf("# %s: %s\n", err.at, err.msg);
	} else if (!t.oracle.n) {
		out = REFUSED;
	} else {
		t.mine = (struct bpf){ filter.program, filter.n };
		if (bpf_valid(t.mine)) {
			ask_all(&t, show);
			out = t.wrong ? WRONG : t.oracle_wrong ? ORACLE_WRONG :
			      t.order ? ORDER : SAME;
			asked += t.asked;
		}
	}
	arena_done(&a);
	return out;
}

/* ---- random profiles --------------------------------------------------------------------------- */

static const char *const call_names[] = {
	"read",	   "write",    "open",	 "close",    "clone",	"clone3",   "socket",
	"accept",  "accept4",  "bind",	 "recv",     "sendmmsg", "shmat",   "semtimedop",
	"semop",   "msgget",   "ipc",	 "socketcall", "personality", "ioctl", "prctl",
	"openat2", "arch_prctl", "set_tls", "futex_time64", "no_such_call", "mmap", "mmap2",
};
static const char *const arch_names[] = {
	"SCMP_ARCH_X86",    "SCMP_ARCH_X32",	   "SCMP_ARCH_X86_64",	"SCMP_ARCH_ARM",
	"SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPSEL",   "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
	"SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64",
};
static const char *const actions[] = {
	"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",	     "SCMP_ACT_LOG",
	"SCMP_ACT_TRAP",  "SCMP_ACT_TRACE", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_ERRNO",
};
static const char *const ops[] = {
	"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",	    "SCMP_CMP_EQ",
	"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
};
static const uint64_t values[] = {
	0, 1, 2, 5, 0xffffffff, 0x100000000, 0x100000005, 0x7e020000, UINT64_MAX, 0x8000000000000000,
};

static const char *getpid_name[] = { "getpid" };

#define PICK(list) ((list)[any(COUNT(list))])

enum random_kind { ONE_ACTION, MIXED_ACTIONS };

static void random_args(struct arena *a, struct oci_syscall *c)
{
	unsigned used = 0;

	c->n_args = 1 + any(3);
	c->args = arena_alloc(a, c->n_args, sizeof(*c->args));
	for (size_t i = 0; i < c->n_args; i++) {
		struct oci_syscall_arg *arg = &c->args[i];

		do
			arg->index = any(4);
		while (used & 1u << arg->index && any(8));
		used |= 1u << arg->index;
		arg->op = PICK(ops);
		arg->value = PICK(values);
		arg->value_two = PICK(values);
	}
}

static struct oci_seccomp *random_profile(struct arena *a, enum random_kind kind)
{
	struct oci_seccomp *s = arena_new(a, struct oci_seccomp);
	const char *conditional = PICK(actions);

	s->default_action = PICK(actions);
	s->n_architectures = any(4);
	s->architectures = arena_alloc(a, 4, sizeof(char *));
	for (size_t i = 0; i < s->n_architectures; i++)
		s->architectures[i] = PICK(arch_names);
	s->n_syscalls = 1 + any(8);
	s->syscalls = arena_alloc(a, s->n_syscalls, sizeof(*s->syscalls));
	s->syscalls[0] = (struct oci_syscall){ .names = getpid_name, .n_names = 1 };
	do
		s->syscalls[0].action = PICK(actions);
	while (streq(s->syscalls[0].action, s->default_action));
	for (size_t i = 1; i < s->n_syscalls; i++) {
		struct oci_syscall *c = &s->syscalls[i];

		c->action = PICK(actions);
		c->n_names = 1 + any(4);
		c->names = arena_alloc(a, c->n_names, sizeof(char *));
		for (size_t k = 0; k < c->n_names; k++)
			c->names[k] = PICK(call_names);
		if (any(3)) {
			random_args(a, c);
			if (kind == ONE_ACTION)
				c->action = conditional;
		}
		if (streq(c->action, "SCMP_ACT_ERRNO") && any(2) && (kind != ONE_ACTION || !c->n_args)) {
			c->has_errno_ret = true;
			c->errno_ret = 1 + any(3);
		}
	}
	return s;
}

static void print_profile(const struct oci_seccomp *s)
{
	printf("# default %s;", s->default_action);
	for (size_t i = 0; i < s->n_architectures; i++)
		printf(" %s", s->architectures[i]);
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct oci_syscall *c = &s->syscalls[i];

		printf("\n#  %s %d:", c->action, (int)c->errno_ret);
		for (size_t k = 0; k < c->n_names; k++)
			printf(" %s", c->names[k]);
		for (size_t k = 0; k < c->n_args; k++)
			printf(" [%d %s %#llx %#llx]", (int)c->args[k].index, c->args[k].op,
			       (unsigned long long)c->args[k].value,
			       (unsigned long long)c->args[k].value_two);
	}
	printf("\n");
}

static void random_run(enum random_kind kind, int rounds, int count[N_OUTCOMES])
{
	for (int i = 0; i < rounds; i++) {
		struct arena a = { 0 };
		struct oci_seccomp *s = random_profile(&a, kind);
		enum outcome o = compare(s, kind == ONE_ACTION);

		if (o == WRONG || o == FAILED || (o == ORDER && getenv("SHOW")))
			print_profile(s);
		count[o]++;
		arena_done(&a);
	}
	printf("# same %d, order of rules %d, libseccomp wrong %d, refused by it %d (stuck %d)\n",
	       count[SAME], count[ORDER], count[ORACLE_WRONG], count[REFUSED], stuck);
}

/* ---- whole profiles ---------------------------------------------------------------------------- */

/* As moby's: some 370 calls allowed by name, a few under conditions. */
static struct oci_seccomp *large_profile(struct arena *a)
{
	static const char *archs[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" };
	static const char *personality[] = { "personality" }, *clone_name[] = { "clone" };
	static struct oci_syscall_arg persona[] = {
		{ .value = 0, .op = "SCMP_CMP_EQ" },
		{ .value = 8, .op = "SCMP_CMP_EQ" },
		{ .value = 0x20000, .op = "SCMP_CMP_EQ" },
		{ .value = 0x20008, .op = "SCMP_CMP_EQ" },
		{ .value = UINT32_MAX, .op = "SCMP_CMP_EQ" },
	};
	static struct oci_syscall_arg flags[] = { { .value = 0x7e020000,
						    .op = "SCMP_CMP_MASKED_EQ" } };
	struct oci_seccomp *s = arena_new(a, struct oci_seccomp);
	struct oci_syscall *c = arena_alloc(a, 3, sizeof(*c));

	*s = (struct oci_seccomp){ .default_action = "SCMP_ACT_ERRNO", .architectures = archs,
				   .n_architectures = 3, .syscalls = c, .n_syscalls = 3 };
	c[0] = (struct oci_syscall){ .action = "SCMP_ACT_ALLOW" };
	c[0].names = arena_alloc(a, 1000, sizeof(char *));
	for (int i = 0; i < 1000; i++) {
		uint32_t token = i < 500 ? SCMP_ARCH_X86_64 : SCMP_ARCH_X86;
		char *name = seccomp_syscall_resolve_num_arch(token, i % 500);

		if (name && i % 7 && !streq(name, "clone") && !streq(name, "personality"))
			c[0].names[c[0].n_names++] = arena_strdup(a, name);
		free(name);
	}
	c[1] = (struct oci_syscall){ personality, 1, "SCMP_ACT_ALLOW", false, 0, persona, 5 };
	c[2] = (struct oci_syscall){ clone_name, 1, "SCMP_ACT_ALLOW", false, 0, flags, 1 };
	return s;
}

static double ms_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) * 1e3 + (double)(now.tv_nsec - t->tv_nsec) / 1e6;
}

static void say_size(const char *name, const struct oci_seccomp *s)
{
	struct plan_filter filter = { NULL };
	struct error err = { 0 };
	struct timespec t;
	double best = 1e9;

	for (int i = 0; i < 20; i++) {
		struct arena a = { 0 };

		clock_gettime(CLOCK_MONOTONIC, &t);
		filter_of(&a, s, &filter, &err);
		if (ms_since(&t) < best)
			best = ms_since(&t);
		arena_done(&a);
	}
	clock_gettime(CLOCK_MONOTONIC, &t);

	size_t theirs = oracle_of(shared, s).n;

	printf("# %s: %zu instructions in %.3f ms (libseccomp: %zu in %.1f ms)\n", name, filter.n,
	       best, theirs, ms_since(&t));
}

static bool is_config(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && streq(dot, ".json") && !strstr(name, ".process") && !strstr(name, ".resources");
}

/* All that engines hand over here, each profile once. */
static void engines_run(const char *dir)
{
	char last[64] = "";
	struct dirent **list = NULL;
	int n = scandir(dir, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		struct arena a = { 0 };
		struct error err = { 0 };
		char now[64];
		size_t len;

		if (is_config(list[i]->d_name)) {
			const char *text = file_text(&a, arena_printf(&a, "data/engines/%s",
								      list[i]->d_name), &len);
			struct oci_config *c = oci_config_read(&a, text, len, &err);
			struct oci_seccomp *s = c && c->linux_ ? c->linux_->seccomp : NULL;

			snprintf(now, sizeof(now), "%zu %s", s ? s->n_syscalls : 0,
				 s ? s->default_action : "");
			if (s && !streq(now, last)) {
				TEST(list[i]->d_name)
					CHECK(compare(s, true) == SAME);
				say_size(list[i]->d_name, s);
				strcpy(last, now);
			}
		}
		free(list[i]);
		arena_done(&a);
	}
	free(list);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1000;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);

	TEST("random profiles whose conditional rules have one action") {
		int count[N_OUTCOMES] = { 0 };

		random_run(ONE_ACTION, rounds, count);
		CHECK(!count[WRONG] && !count[FAILED] && !count[ORDER]);
	}
	TEST("random profiles with mixed actions") {
		int count[N_OUTCOMES] = { 0 };

		random_run(MIXED_ACTIONS, rounds, count);
		CHECK(!count[WRONG] && !count[FAILED]);
	}
	TEST("a profile with most names that there are") {
		struct arena a = { 0 };
		struct oci_seccomp *s = large_profile(&a);

		CHECK(compare(s, true) == SAME);
		say_size("large", s);
		arena_done(&a);
	}

	const char *src = getenv("srcdir");
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/tests/data/engines", src ? src : ".");
	engines_run(dir);
	printf("# %zu verdicts compared\n", asked);
	return test_done();
}
