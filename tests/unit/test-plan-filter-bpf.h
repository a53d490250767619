/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of seccomp filters: runs a classic BPF program as the kernel would, and makes a
 * filter of a profile. It shares nothing with the code under test.
 */
#ifndef TEST_PLAN_FILTER_BPF_H
#define TEST_PLAN_FILTER_BPF_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>

#include "plan/build.h"

struct bpf {
	const struct sock_filter *insn;
	size_t n;
};

/* What the kernel checks at load: codes, jumps inside the program, a return at the end. */
static inline bool bpf_valid(struct bpf p)
{
	for (size_t i = 0; i < p.n; i++) {
		const struct sock_filter *s = &p.insn[i];
		uint64_t far = s->jt > s->jf ? s->jt : s->jf;

		switch (s->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (s->k % 4 || s->k >= sizeof(struct seccomp_data))
				return false;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
		case BPF_RET | BPF_K:
			break;
		case BPF_JMP | BPF_JA:
			far = s->k;
			__attribute__((fallthrough));
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			if (i + far + 1 >= p.n)
				return false;
			break;
		default:
			return false;
		}
	}
	return p.n && p.n <= BPF_MAXINSNS && p.insn[p.n - 1].code == (BPF_RET | BPF_K);
}

/* The action for this call. */
static inline uint32_t bpf_run(struct bpf p, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t i = 0; i < p.n; i++) {
		const struct sock_filter *s = &p.insn[i];
		bool yes = false;

		switch (s->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + s->k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= s->k;
			continue;
		case BPF_RET | BPF_K:
			return s->k;
		case BPF_JMP | BPF_JA:
			i += s->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == s->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= s->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > s->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = a & s->k;
			break;
		default:
			abort();
		}
		i += yes ? s->jt : s->jf;
	}
	abort();
}

/* What plan makes of linux.seccomp. 0, or -1 and err. */
static inline int filter_of(struct arena *a, const struct oci_seccomp *seccomp,
			    struct plan_filter *out, struct error *err)
{
	struct oci_linux lx = { .seccomp = (struct oci_seccomp *)seccomp };
	struct oci_config spec = { .linux_ = &lx };
	struct plan plan = { .filter = { NULL } };
	struct facts facts = { .has_uid = false };
	struct build b = { .a = a,
			   .spec = &spec,
			   .linux_ = &lx,
			   .facts = &facts,
			   .plan = &plan,
			   .err = err };

	if (build_filter(&b) < 0)
		return -1;
	*out = plan.filter;
	return 0;
}

#endif
