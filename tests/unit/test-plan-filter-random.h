/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of seccomp filters: profiles made up, small ones at random and a large one as
 * engines have it. Random ones are the same in each run.
 */
#ifndef TEST_PLAN_FILTER_RANDOM_H
#define TEST_PLAN_FILTER_RANDOM_H

#include <stdio.h>

#include "test-plan-filter-bpf.h"

static uint64_t seed = 1;

static inline uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 16) % below);
}

static const char *const call_names[] = {
	"read",    "write",      "open",    "close",        "clone",        "clone3", "socket",
	"accept",  "accept4",    "bind",    "recv",         "sendmmsg",     "shmat",  "semtimedop",
	"semop",   "msgget",     "ipc",     "socketcall",   "personality",  "ioctl",  "prctl",
	"openat2", "arch_prctl", "set_tls", "futex_time64", "no_such_call", "mmap",   "mmap2",
};
static const char *const arch_names[] = {
	"SCMP_ARCH_X86",     "SCMP_ARCH_X32",     "SCMP_ARCH_X86_64",   "SCMP_ARCH_ARM",
	"SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPSEL",  "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
	"SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64",
};
static const char *const actions[] = {
	"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",         "SCMP_ACT_LOG",
	"SCMP_ACT_TRAP",  "SCMP_ACT_TRACE", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_ERRNO",
};
static const char *const ops[] = {
	"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",        "SCMP_CMP_EQ",
	"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
};
static const uint64_t values[] = {
	0,           1,           2,          5,          0xffffffff,
	0x100000000, 0x100000005, 0x7e020000, UINT64_MAX, 0x8000000000000000,
};

static const char *getpid_name[] = { "getpid" };

#define PICK(list) ((list)[any(COUNT(list))])

enum random_kind { ONE_ACTION, MIXED_ACTIONS };

static inline void random_args(struct arena *a, struct oci_syscall *c)
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

static inline struct oci_seccomp *random_profile(struct arena *a, enum random_kind kind)
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
		if (streq(c->action, "SCMP_ACT_ERRNO") && any(2) &&
		    (kind != ONE_ACTION || !c->n_args)) {
			c->has_errno_ret = true;
			c->errno_ret = 1 + any(3);
		}
	}
	return s;
}

static inline void print_profile(const struct oci_seccomp *s)
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

/* As moby's: some 370 calls allowed by name, a few under conditions. */
static inline struct oci_seccomp *large_profile(struct arena *a)
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

	*s = (struct oci_seccomp){ .default_action = "SCMP_ACT_ERRNO",
				   .architectures = archs,
				   .n_architectures = 3,
				   .syscalls = c,
				   .n_syscalls = 3 };
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

#endif
