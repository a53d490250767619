/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of seccomp filters: the same profile as libseccomp compiles it, in the way runc and
 * crun ask it to.
 */
#ifndef TEST_PLAN_FILTER_SCMP_H
#define TEST_PLAN_FILTER_SCMP_H

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test-plan-filter-bpf.h"

static inline uint32_t scmp_action(const char *name, bool has_errno, uint64_t value)
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

static inline uint32_t scmp_arch(const char *name)
{
	char small[32] = "";

	for (size_t i = 0; name[i + 10] && i < sizeof(small) - 1; i++)
		small[i] = (char)(name[i + 10] >= 'A' && name[i + 10] <= 'Z' ? name[i + 10] + 32
									     : name[i + 10]);
	return seccomp_arch_resolve_name(small);
}

static inline enum scmp_compare scmp_op(const char *name)
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

static inline int scmp_add(scmp_filter_ctx ctx, uint32_t action, int number,
			   const struct oci_syscall *s)
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

static inline int scmp_fill(scmp_filter_ctx ctx, const struct oci_seccomp *s, uint32_t defact)
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

static inline void oracle_make(const struct oci_seccomp *s, struct oracle *out)
{
	uint32_t defact =
		scmp_action(s->default_action, s->has_default_errno_ret, s->default_errno_ret);
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
static inline struct bpf oracle_of(struct oracle *out, const struct oci_seccomp *s)
{
	out->n = 0;

	pid_t pid = fork();

	if (pid == 0) {
		/* Of its own work, not of the clock: other jobs may be running. */
		setrlimit(RLIMIT_CPU, &(struct rlimit){ 1, 1 });
		oracle_make(s, out);
		_exit(0);
	}

	int status = -1;

	waitpid(pid, &status, 0);
	if (status)
		stuck++;
	return (struct bpf){ out->insn, status ? 0 : out->n };
}

#endif
