/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan/filter.c against libseccomp's own compiler: for the same profile both programs must give
 * the same verdict on every system call number of every architecture listed and around all values
 * that arguments are compared with. The rule for calls newer than the profile, which libseccomp
 * does not have, is applied here to its verdicts.
 *
 * On some profiles of several rules with several conditions for one call, libseccomp 2.5.4 itself
 * is wrong: it forgets rules, refuses or does not end. So each verdict is also held against what
 * the words mean. A profile fails if mcrun is wrong; where libseccomp is, it is counted.
 */
#include <dirent.h>
#include <time.h>

#include "test-oci-file.h"
#include "test-plan-filter-meaning.h"
#include "test-plan-filter-random.h"
#include "test.h"

#define NUMBERS 1000

/* ---- comparing ------------------------------------------------------------------------------- */

struct pair {
	const struct oci_seccomp *spec;
	struct bpf mine, oracle;
	uint64_t pool[64];
	size_t n_pool;
	size_t asked, wrong, oracle_wrong, order;
};

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
	bool foreign =
		p->audit == AUDIT_ARCH_S390X || (p->token == SCMP_ARCH_X86_64 && number >= X32);
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
		       "meant %#x\n",
		       d.arch, number, (unsigned long long)d.args[0], (unsigned long long)d.args[1],
		       (unsigned long long)d.args[2], (unsigned long long)d.args[3], got, want,
		       m.action[0]);
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
					0xf0000,    0xf0001,    0xf0002,    0xf0005,    0xf0006 };

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
	return token == SCMP_ARCH_X32           ? X32
	       : token == SCMP_ARCH_MIPSEL      ? 4000
	       : token == SCMP_ARCH_MIPSEL64    ? 5000
	       : token == SCMP_ARCH_MIPSEL64N32 ? 6000
						: 0;
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
			out = t.wrong          ? WRONG
			      : t.oracle_wrong ? ORACLE_WRONG
			      : t.order        ? ORDER
					       : SAME;
			asked += t.asked;
		}
	}
	arena_done(&a);
	return out;
}

static void random_run(enum random_kind kind, int rounds, int count[N_OUTCOMES])
{
	for (int i = 0; i < rounds; i++) {
		struct arena a = { 0 };
		struct oci_seccomp *s = random_profile(&a, kind);
		enum outcome o = compare(s, kind == ONE_ACTION);

		if (o == WRONG || o == FAILED)
			print_profile(s);
		count[o]++;
		arena_done(&a);
	}
	printf("# same %d, order of rules %d, libseccomp wrong %d, refused by it %d (stuck %d)\n",
	       count[SAME], count[ORDER], count[ORACLE_WRONG], count[REFUSED], stuck);
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

	return dot && streq(dot, ".json") && !strstr(name, ".process") &&
	       !strstr(name, ".resources");
}

/* The profile in a captured config.json, or NULL. */
static struct oci_seccomp *profile_in(struct arena *a, const char *name)
{
	struct error err = { 0 };
	size_t len;

	if (!is_config(name))
		return NULL;

	const char *text = file_text(a, arena_printf(a, "data/engines/%s", name), &len);
	struct oci_config *c = oci_config_read(a, text, len, &err);

	return c && c->linux_ ? c->linux_->seccomp : NULL;
}

/* All that engines hand over here; of neighbours with as many entries only the first. */
static void engines_run(const char *dir)
{
	size_t last = 0;
	struct dirent **list = NULL;
	int n = scandir(dir, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		struct arena a = { 0 };
		struct oci_seccomp *s = profile_in(&a, list[i]->d_name);

		if (s && s->n_syscalls != last) {
			TEST(list[i]->d_name)
				CHECK(compare(s, true) == SAME);
			say_size(list[i]->d_name, s);
			last = s->n_syscalls;
		}
		free(list[i]);
		arena_done(&a);
	}
	free(list);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 300;

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
		/* Ties that libseccomp leaves to the order of the entries. */
		CHECK(!count[WRONG] && !count[FAILED] && count[ORDER] * 100 <= rounds);
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
