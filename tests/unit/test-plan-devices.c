/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules and the program that they come to: every program is run by an interpreter of the
 * few instructions that it may use, and its answers are held against the rules read one by one.
 */
#include <linux/bpf.h>

#include "plan/devices.h"
#include "tests/unit/test.h"

#define ANY DEVICE_ANY
#define RULES(...) (const struct device_rule[]){ __VA_ARGS__ }

struct program {
	const struct bpf_insn *insn;
	size_t n;
	unsigned steps; /* the most that one run took */
};

/* ---- the interpreter ------------------------------------------------------------------------ */

struct machine {
	uint64_t reg[11];
	bool set[11]; /* written before: the verifier refuses to read others */
	const struct bpf_cgroup_dev_ctx *ctx;
};

/* Where the jump goes, or pc itself; -1 for an instruction that no program of ours has. */
static bool jump_taken(const struct bpf_insn *i, uint64_t value, bool *good)
{
	uint64_t imm = (uint64_t)(int64_t)i->imm;

	switch (i->code) {
	case BPF_JMP | BPF_JA | BPF_K:
		return true;
	case BPF_JMP | BPF_JEQ | BPF_K:
		return value == imm;
	case BPF_JMP | BPF_JNE | BPF_K:
		return value != imm;
	case BPF_JMP | BPF_JSET | BPF_K:
		return value & imm;
	}
	*good = false;
	return false;
}

static bool load(struct machine *m, const struct bpf_insn *i)
{
	if (i->src_reg != BPF_REG_1 || i->off < 0 || i->off > 8 || i->off % 4 != 0)
		return false;
	m->reg[i->dst_reg] = ((const uint32_t *)m->ctx)[i->off / 4];
	m->set[i->dst_reg] = true;
	return true;
}

static bool alu(struct machine *m, const struct bpf_insn *i)
{
	uint64_t *dst = &m->reg[i->dst_reg];
	bool known = m->set[i->dst_reg];

	m->set[i->dst_reg] = true;
	switch (i->code) {
	case BPF_ALU64 | BPF_MOV | BPF_X:
		*dst = m->reg[i->src_reg];
		return m->set[i->src_reg];
	case BPF_ALU64 | BPF_MOV | BPF_K:
		*dst = (uint64_t)(int64_t)i->imm;
		return true;
	case BPF_ALU64 | BPF_RSH | BPF_K:
		*dst >>= i->imm;
		return known;
	case BPF_ALU64 | BPF_AND | BPF_K:
		*dst &= (uint64_t)(int64_t)i->imm;
		return known;
	}
	return false;
}

/* The program's answer, 0 or 1; -1 if it is none that the kernel would run to its end. */
static int run(struct program *p, const struct bpf_cgroup_dev_ctx *ctx)
{
	struct machine m = { .ctx = ctx, .set[BPF_REG_1] = true };
	unsigned steps = 0;

	for (size_t pc = 0; pc < p->n; pc++) {
		const struct bpf_insn *i = &p->insn[pc];
		bool good = true;

		p->steps = ++steps > p->steps ? steps : p->steps;
		if (i->code == (BPF_JMP | BPF_EXIT))
			return m.set[0] && m.reg[0] <= 1 ? (int)m.reg[0] : -1;
		if (BPF_CLASS(i->code) == BPF_LDX)
			good = i->code == (BPF_LDX | BPF_MEM | BPF_W) && load(&m, i);
		else if (BPF_CLASS(i->code) == BPF_ALU64)
			good = alu(&m, i);
		else if (i->off < 0)
			return -1;
		else if (jump_taken(i, m.reg[i->dst_reg], &good))
			pc += (size_t)i->off;
		if (!good)
			return -1;
	}
	return -1;
}

/* The kernel's verifier refuses what no path reaches, and jumps to outside. */
static bool is_connected(const struct program *p)
{
	static bool reached[1 << 16];

	memset(reached, 0, sizeof(reached));
	reached[0] = true;
	for (size_t i = 0; i < p->n; i++) {
		uint8_t code = p->insn[i].code;
		size_t to = i + 1 + (size_t)p->insn[i].off;

		if (!reached[i])
			return false;
		if (BPF_CLASS(code) == BPF_JMP && BPF_OP(code) != BPF_EXIT) {
			if (p->insn[i].off < 0 || to >= p->n)
				return false;
			reached[to] = true;
		}
		if (BPF_CLASS(code) != BPF_JMP ||
		    (BPF_OP(code) != BPF_EXIT && BPF_OP(code) != BPF_JA))
			reached[i + 1] = true;
	}
	return !reached[p->n];
}

/* ---- the rules, read one by one ------------------------------------------------------------- */

struct question {
	char type;
	unsigned major, minor, access;
};

static bool rule_speaks(const struct device_rule *r, const struct question *q, unsigned bit)
{
	return (r->type == 'a' || r->type == q->type) && (r->access & bit) &&
	       (r->major == ANY || r->major == q->major) &&
	       (r->minor == ANY || r->minor == q->minor);
}

static bool bit_granted(const struct device_rule *r, size_t n, const struct question *q,
			unsigned bit)
{
	bool granted = false;

	for (size_t i = 0; i < n; i++)
		if (rule_speaks(&r[i], q, bit))
			granted = r[i].allow;
	return granted;
}

static bool granted_by_rules(const struct device_rule *r, size_t n, const struct question *q)
{
	bool granted = true;

	for (unsigned bit = 1; bit <= DEVICE_WRITE; bit <<= 1)
		if (q->access & bit)
			granted &= bit_granted(r, n, q, bit);
	return granted;
}

static bool granted_by_program(struct program *p, const struct question *q)
{
	unsigned type = q->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	struct bpf_cgroup_dev_ctx ctx = { .access_type = q->access << 16 | type,
					  .major = q->major,
					  .minor = q->minor };

	if (!p->insn)
		return true;

	int answer = run(p, &ctx);

	CHECK(answer >= 0);
	return answer == 1;
}

/* Numbers on all sides of those in the rules. */
static const unsigned numbers[] = { 0, 1, 3, 5, 8, 136, 200, 1048575 };

static bool same_answers(const struct device_rule *r, size_t n, struct program *p)
{
	bool same = true;

	for (size_t major = 0; major < COUNT(numbers); major++)
		for (size_t minor = 0; minor < COUNT(numbers); minor++)
			for (unsigned i = 0; i < 16; i++) {
				struct question q = { i & 8 ? 'b' : 'c', numbers[major],
						      numbers[minor], i & 7 };

				same &= granted_by_rules(r, n, &q) == granted_by_program(p, &q);
			}
	return same;
}

/* ---- lists ---------------------------------------------------------------------------------- */

#define ENGINE_RULES                                                                               \
	{ true, 'a', ANY, ANY, DEVICE_MKNOD }, { true, 'c', 1, 3, 7 }, { true, 'c', 1, 5, 7 },     \
		{ true, 'c', 1, 7, 7 }, { true, 'c', 1, 8, 7 }, { true, 'c', 1, 9, 7 },            \
		{ true, 'c', 5, 0, 7 }, { true, 'c', 5, 2, 7 }, { true, 'c', 136, ANY, 7 },        \
		{ true, 'c', 10, 200, 7 }

static const struct {
	const char *name;
	const struct device_rule *rule;
	size_t n;
	bool everything;
	size_t at_most; /* instructions */
} lists[] = {
	{ "no rule: nothing is granted", RULES({ 0 }), 0, false, 11 },
	{ "deny all", RULES({ false, 'a', ANY, ANY, 7 }), 1, false, 11 },
	{ "allow all needs no program", RULES({ true, 'a', ANY, ANY, 7 }), 1, true, 0 },
	{ "allow all after exceptions needs none either",
	  RULES({ false, 'a', ANY, ANY, 7 }, { false, 'c', 1, 3, 2 }, { true, 'a', ANY, ANY, 7 }),
	  3, true, 0 },
	{ "allow all in parts needs none",
	  RULES({ false, 'c', 1, 3, 7 }, { true, 'b', ANY, ANY, 7 }, { true, 'c', ANY, ANY, 3 },
		{ true, 'a', ANY, ANY, 4 }),
	  4, true, 0 },
	{ "allow all, then one exception",
	  RULES({ true, 'a', ANY, ANY, 7 }, { false, 'c', 1, 3, 7 }), 2, false, 14 },
	{ "allow all, then one kind of access is denied everywhere",
	  RULES({ true, 'a', ANY, ANY, 7 }, { false, 'a', ANY, ANY, DEVICE_MKNOD }), 2, false, 12 },
	{ "a privileged container as Docker writes it",
	  RULES({ true, 'a', ANY, ANY, 7 }, ENGINE_RULES), 11, true, 0 },
	{ "nothing listed but what engines add", RULES(ENGINE_RULES), 10, false, 27 },
	{ "a default container as Docker writes it",
	  RULES({ false, 'a', ANY, ANY, 7 }, { true, 'c', 1, 5, 7 }, { true, 'c', 1, 3, 7 },
		{ true, 'c', 1, 9, 7 }, { true, 'c', 1, 8, 7 }, { true, 'c', 5, 0, 7 },
		{ true, 'c', 5, 1, 7 }, { false, 'c', 10, 229, 7 }, ENGINE_RULES),
	  18, false, 28 },
	{ "one device by --device, read only",
	  RULES({ false, 'a', ANY, ANY, 7 }, { true, 'b', 8, 0, DEVICE_READ }, ENGINE_RULES), 12,
	  false, 32 },
	{ "reading by one rule, writing by another",
	  RULES({ true, 'c', 5, ANY, DEVICE_READ }, { true, 'c', ANY, 0, DEVICE_WRITE }), 2, false,
	  20 },
	{ "a major number for both types",
	  RULES({ true, 'b', 8, ANY, 7 }, { true, 'c', 8, ANY, 7 }), 2, false, 13 },
	{ "deny, allow and deny again",
	  RULES({ true, 'a', ANY, ANY, 6 }, { false, 'c', 1, ANY, 2 }, { true, 'c', 1, 3, 7 },
		{ false, 'a', ANY, 3, 4 }),
	  4, false, 30 },
};

static void test_lists(void)
{
	for (size_t i = 0; i < COUNT(lists); i++) TEST(lists[i].name) {
			struct arena a = { 0 };
			struct program p = { 0 };

			p.insn = device_program(&a, lists[i].rule, lists[i].n, &p.n);
			CHECK(!p.insn == lists[i].everything);
			CHECK(p.n <= lists[i].at_most);
			CHECK(!p.insn || is_connected(&p));
			CHECK(same_answers(lists[i].rule, lists[i].n, &p));
			printf("# %zu instructions, at most %u steps\n", p.n, p.steps);
			arena_done(&a);
		}
}

/* ---- chance --------------------------------------------------------------------------------- */

static uint32_t chance(uint32_t *state, uint32_t n)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % n;
}

static int64_t chance_number(uint32_t *state)
{
	return chance(state, 3) ? (int64_t)DEVICE_ANY : numbers[chance(state, 4)];
}

static void chance_rule(uint32_t *state, struct device_rule *r)
{
	*r = (struct device_rule){
		.allow = chance(state, 3) != 0,
		.type = "abc"[chance(state, 3)],
		.major = chance_number(state),
		.minor = chance_number(state),
		.access = chance(state, 3) ? DEVICE_ALL : 1 + chance(state, 7),
	};
}

static void test_chance(void)
{
	enum { LISTS = 5000, LONGEST = 12 };
	uint32_t state = 20260822;
	size_t bad = 0, none = 0;

	TEST("five thousand lists by chance: the program says what the rules say") {
		for (size_t i = 0; i < LISTS; i++) {
			struct arena a = { 0 };
			struct device_rule rule[LONGEST];
			struct program p = { 0 };
			size_t n = chance(&state, LONGEST + 1);

			for (size_t j = 0; j < n; j++)
				chance_rule(&state, &rule[j]);
			p.insn = device_program(&a, rule, n, &p.n);
			none += !p.insn;
			bad += (p.insn && !is_connected(&p)) || !same_answers(rule, n, &p);
			arena_done(&a);
		}
		CHECK(bad == 0);
		CHECK(none > 100);
	}
}

static void test_longest(void)
{
	struct arena a = { 0 };
	struct program p = { 0 };
	struct device_rule *rule = arena_alloc(&a, DEVICE_RULES_MAX, sizeof(*rule));

	TEST("the longest list: every jump reaches its target") {
		for (int i = 0; i < DEVICE_RULES_MAX; i++)
			rule[i] = (struct device_rule){ i % 2, i % 3 ? 'b' : 'c', i, i % 7, 5 };
		p.insn = device_program(&a, rule, DEVICE_RULES_MAX, &p.n);
		CHECK(p.n > DEVICE_RULES_MAX && p.n < INT16_MAX);
		CHECK(is_connected(&p));
		CHECK(same_answers(rule, DEVICE_RULES_MAX, &p));
	}
	arena_done(&a);
}

/* ---- config.json ---------------------------------------------------------------------------- */

struct setting {
	enum plan_manager manager;
	const char *mount;
	bool in_userns;
};

static const struct setting usual = { MANAGER_CGROUPFS, "/sys/fs/cgroup", false };
static const struct setting switched_off = { MANAGER_DISABLED, "/sys/fs/cgroup", false };
static const struct setting v1_only = { MANAGER_CGROUPFS, NULL, false };
static const struct setting in_userns = { MANAGER_CGROUPFS, "/sys/fs/cgroup", true };

#define DEVICES(list)                                                                              \
	"{\"ociVersion\":\"1.3.0\",\"linux\":{\"resources\":{\"devices\":[" list "]}}}"

static const struct {
	const char *name;
	const struct setting *on;
	const char *config;
	const char *at, *msg; /* NULL: no error */
	bool program;
	size_t n_warning;
} configs[] = {
	{ "without any rule a container gets what engines grant", &usual,
	  "{\"ociVersion\":\"1.3.0\"}", NULL, NULL, true, 0 },
	{ "deny all", &usual, DEVICES("{\"allow\":false,\"access\":\"rwm\"}"), NULL, NULL, true,
	  0 },
	{ "allow all", &usual, DEVICES("{\"allow\":true,\"access\":\"rwm\"}"), NULL, NULL, false,
	  0 },
	{ "no access given is all access", &usual, DEVICES("{\"allow\":true}"), NULL, NULL, false,
	  0 },
	{ "-1 is every number", &usual,
	  DEVICES("{\"allow\":true,\"type\":\"a\",\"major\":-1,\"minor\":-1,\"access\":\"mrw\"}"),
	  NULL, NULL, false, 0 },
	{ "in a user namespace no program can be loaded", &in_userns,
	  DEVICES("{\"allow\":false,\"access\":\"rwm\"}"), NULL, NULL, false, 0 },
	{ "without a cgroup, asked for: a warning", &switched_off,
	  DEVICES("{\"allow\":false,\"access\":\"rwm\"}"), NULL, NULL, false, 1 },
	{ "without a cgroup and without rules: nothing to say", &switched_off,
	  "{\"ociVersion\":\"1.3.0\"}", NULL, NULL, false, 0 },
	{ "without cgroup v2 and without rules: only that there is no cgroup", &v1_only,
	  "{\"ociVersion\":\"1.3.0\"}", NULL, NULL, false, 1 },
	{ "without cgroup v2 rules cannot be carried out", &v1_only,
	  DEVICES("{\"allow\":false,\"access\":\"rwm\"}"), "/linux/resources/devices",
	  "needs cgroup v2, but no v2 tree is mounted here "
	  "(mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified)",
	  false, 1 },
	{ "a type that is none", &usual,
	  DEVICES("{\"allow\":true},{\"allow\":true,\"type\":\"u\"}"),
	  "/linux/resources/devices/1/type", "'u' must be a, b or c", false, 0 },
	{ "an access that is none", &usual, DEVICES("{\"allow\":true,\"access\":\"rx\"}"),
	  "/linux/resources/devices/0/access", "'rx' must consist of r, w and m", false, 0 },
	{ "an empty access", &usual, DEVICES("{\"allow\":true,\"access\":\"\"}"),
	  "/linux/resources/devices/0/access", "must not be empty", false, 0 },
	{ "a number that no device has", &usual, DEVICES("{\"allow\":true,\"minor\":4294967295}"),
	  "/linux/resources/devices/0/minor", "4294967295 is not the number of a device", false,
	  0 },
};

static void test_configs(void)
{
	for (size_t i = 0; i < COUNT(configs); i++) TEST(configs[i].name) {
			struct arena a = { 0 };
			struct error err = { 0 };
			struct plan plan = { 0 };
			struct plan_options options = { .id = "x",
							.manager = configs[i].on->manager };
			struct facts_cgroup tree = { .mount = configs[i].on->mount, .own = "/" };
			struct facts facts = { .cgroup = &tree,
					       .has_in_userns = true,
					       .in_userns = configs[i].on->in_userns };
			struct oci_linux none = { 0 };
			struct oci_config *spec = oci_config_read(&a, configs[i].config,
								  strlen(configs[i].config), &err);

			CHECK(spec != NULL);
			struct build b = { &a,     spec,     spec->linux_ ? spec->linux_ : &none,
					   &facts, &options, &plan,
					   &err };
			int r = build_cgroup(&b);

			CHECK(r == (configs[i].at ? -1 : 0));
			CHECK_STR(err.at, configs[i].at ? configs[i].at : "");
			CHECK_STR(err.msg, configs[i].at ? configs[i].msg : "");
			CHECK((plan.cgroup.device != NULL) == configs[i].program);
			CHECK((plan.cgroup.n_device != 0) == configs[i].program);
			CHECK(plan.n_warning == configs[i].n_warning);
			arena_done(&a);
		}
}

int main(void)
{
	test_lists();
	test_chance();
	test_longest();
	test_configs();
	return test_done();
}
