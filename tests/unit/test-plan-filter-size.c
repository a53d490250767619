/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan/filter.c: programs with far jumps, programs that are too long, none at all; a table that is
 * full; and the table of multiplexed calls.
 */
#include <sys/syscall.h>

#include "plan/filter.h"
#include "plan/filter_table.h"
#include "test-plan-filter-bpf.h"
#include "test.h"

#define NATIVE seccomp_arch_native()
#define HIGH (1ull << 32)

/* `n` rules for one system call: mount's first argument is 1000, 1003, 1006 and so on. */
static int compile_many(struct arena *a, unsigned n, struct plan_filter *out, struct error *err)
{
	static const char *name[] = { "mount" };
	struct oci_syscall *c = arena_alloc(a, n, sizeof(*c));
	struct oci_seccomp s = { .default_action = "SCMP_ACT_ALLOW",
				 .syscalls = c,
				 .n_syscalls = n };

	for (unsigned i = 0; i < n; i++) {
		struct oci_syscall_arg *arg = arena_alloc(a, 1, sizeof(*arg));

		arg->op = "SCMP_CMP_EQ";
		arg->value = (i % 2 ? HIGH : 0) + 1000 + 3ull * i;
		c[i] = (struct oci_syscall){ name, 1, "SCMP_ACT_ERRNO", true, i % 200, arg, 1 };
	}
	return filter_of(a, &s, out, err);
}

static void test_sizes(void)
{
	TEST("jumps over more than 255 instructions arrive") {
		struct arena a = { 0 };
		struct plan_filter filter = { NULL };
		struct error err = { 0 };
		unsigned wrong = 0;

		CHECK(compile_many(&a, 1500, &filter, &err) == 0);

		struct bpf p = { filter.program, filter.n };

		CHECK(bpf_valid(p));
		for (unsigned i = 0; i < 1500; i++) {
			struct seccomp_data d = { .nr = SYS_mount, .arch = NATIVE };

			d.args[0] = (i % 2 ? HIGH : 0) + 1000 + 3ull * i;
			wrong += bpf_run(p, &d) != (SECCOMP_RET_ERRNO | i % 200);
			d.args[0]++;
			wrong += bpf_run(p, &d) != SECCOMP_RET_ALLOW;
		}
		CHECK(wrong == 0);
		arena_done(&a);
	}
	TEST("a program that is too long for the kernel is an error") {
		struct arena a = { 0 };
		struct plan_filter filter = { NULL };
		struct error err = { 0 };

		CHECK(compile_many(&a, 4200, &filter, &err) < 0);
		CHECK_STR(err.at, "/linux/seccomp");
		CHECK_STR(err.msg,
			  "the filter needs more than 4096 instructions, the kernel's limit");
		arena_done(&a);
	}
	TEST("without linux.seccomp there is no program") {
		struct plan_filter filter = { NULL };
		struct error err = { 0 };

		CHECK(filter_of(NULL, NULL, &filter, &err) == 0);
		CHECK(!filter.program && !filter.n);
		CHECK_STR(filter.from, "/linux/seccomp");
	}
}

/* A rule with a condition, and so a verdict, for each call of so many architectures. */
static void fill(struct filter_table *t, size_t n_abi)
{
	struct filter_arch *arch = arena_alloc(t->a, n_abi, sizeof(*arch));
	struct filter_rule rule = { .verdict = filter_table_action(t, SECCOMP_RET_ALLOW), .n = 1 };

	rule.cond[0] = (struct filter_cond){ .op = FILTER_EQ, .mask = UINT32_MAX, .value = 1 };
	for (size_t i = 0; i < n_abi; i++) {
		struct filter_abi *abi = filter_table_abi(t, &arch[i]);

		for (uint32_t number = 0; number < FILTER_WINDOW; number++)
			filter_table_add(t, abi, filter_abi_slot(abi, number), &rule);
	}
}

static void test_full(void)
{
	struct arena a = { 0 };
	struct filter_table t;

	TEST("a table has room for as many verdicts as 16 bits can name, and says so if not") {
		filter_table_begin(&t, &a, SECCOMP_RET_ERRNO);
		fill(&t, FILTER_VERDICTS / FILTER_WINDOW - 1);
		CHECK(!t.full && t.n_verdict < FILTER_VERDICTS);
		filter_table_begin(&t, &a, SECCOMP_RET_ERRNO);
		fill(&t, FILTER_VERDICTS / FILTER_WINDOW);
		CHECK(t.full && t.n_verdict == FILTER_VERDICTS);
		CHECK(!t.verdict[0].rule);
	}
	arena_done(&a);
}

/* Faults in what the table has for libseccomp's number `pseudo`. */
static unsigned muxed_faults(const struct filter_arch *arch, int pseudo)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86, pseudo), *direct = NULL;
	struct filter_muxed m = { 0 };
	bool found = filter_arch_muxed(arch, pseudo, &m);
	unsigned bad = name && !found;

	if (m.direct) {
		direct = seccomp_syscall_resolve_num_arch(arch->token, (int)m.direct);
		bad += !name || !direct || !streq(name, direct);
	}
	if (name && found)
		bad += (int)m.number != seccomp_syscall_resolve_name_rewrite(arch->token, name);
	free(name);
	free(direct);
	return bad;
}

static void test_muxed(void)
{
	for (size_t i = 0; i < n_filter_archs; i++) {
		const struct filter_arch *arch = &filter_archs[i];
		unsigned bad = 0;

		if (arch->mux == MUX_NONE || !arch->token)
			continue;
		for (int pseudo = -101; pseudo >= -224; pseudo--)
			bad += muxed_faults(arch, pseudo);
		TEST(arch->name)
			CHECK(bad == 0);
	}
}

int main(void)
{
	test_sizes();
	test_full();
	test_muxed();
	return test_done();
}
