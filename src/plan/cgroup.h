/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside plan's cgroup section: how linux.resources becomes writes to cgroup v2 files. cgroup.c
 * collects and orders the writes, the cgroup_*.c files translate. Values in, values out.
 *
 * A value that asks for something needs its controller: where the host has none in its v2 tree,
 * that is an error at the field. A value that asks for nothing (-1, "max", 0 where 0 means unset)
 * is accepted everywhere; it is written only where the file is there anyway.
 */
#ifndef PLAN_CGROUP_H
#define PLAN_CGROUP_H

#include "plan/build.h"

struct limits {
	struct build *b;
	const struct facts_cgroup *tree; /* NULL: the container gets no cgroup */
	const char *why_none;		 /* the sentence for a limit when there is none */
	struct plan_unit *unit;		 /* of systemd's that makes the cgroup; NULL: mcrun does */
	struct plan_write *write;	 /* all of them, in the order of the translators */
	size_t n;
	const char **controller;
	size_t n_controller;
};

enum limit_flags {
	LIMIT_NEUTRAL  = 1 << 0, /* asks for nothing: needs no controller */
	LIMIT_OPTIONAL = 1 << 1, /* asks, but the file may be missing */
};

/* Appends a write. `value` must live as long as the plan; what it points to is not copied. */
int limit_add(struct limits *l, unsigned flags, const char *from, const char *file,
	      const char *value);

/* The same, but takes the place of the write to that file that is there, if any. */
int limit_override(struct limits *l, const char *from, const char *file, const char *value);

/*
 * cgroup_rootless.c: is the default place refused to an ordinary user? Then the container has no
 * cgroup: l->tree and l->why_none say so from there on.
 */
bool cgroup_is_refused(const struct limits *l, const char *asked);
void cgroup_without(struct limits *l, const char *from);

/*
 * The writes that these resources come to, in the order of plan.h: c->early, c->late and the
 * controllers that they need. `tree` and `why_none` as in struct limits. 0 or -1.
 */
struct cgroup_asked {
	const struct facts_cgroup *tree;
	const char *why_none;
	const struct oci_resources *resources;
};
int cgroup_writes(struct build *b, const struct cgroup_asked *asked, struct plan_cgroup *c);

/* cgroup_limits.c, cgroup_cpu.c, cgroup_io.c: each accepts NULL for an absent section. */
int limits_memory(struct limits *l, const struct oci_memory *m);
int limits_cpu(struct limits *l, const struct oci_cpu *c);
int limits_pids(struct limits *l, const struct oci_pids *p);
int limits_io(struct limits *l, const struct oci_block_io *io);
int limits_hugetlb(struct limits *l, const struct oci_hugepage *h, size_t n);
int limits_rdma(struct limits *l, const struct oci_rdma *r, size_t n);
int limits_network(struct limits *l, const struct oci_network *net);
int limits_unified(struct limits *l, const struct oci_pair *u, size_t n);

/*
 * cpu.weight for cpu.shares (1 to 10000; 0 for 0, which is unset): by the formula in use since
 * 2025 (runc 1.3.2, crun 1.23), ceil(10^((x^2 + 125x)/612 - 7/34)) with x = log2(shares).
 */
uint64_t cgroup_weight(uint64_t shares);

/*
 * memory.swap.max for the spec's limit and its swap, which counts memory and swap together; both
 * 0 when absent. *out: bytes, -1 for "max", or CGROUP_SWAP_UNSET. NULL, or what is wrong.
 */
#define CGROUP_SWAP_UNSET (-2)
const char *cgroup_swap(int64_t limit, int64_t swap, int64_t *out);

#endif
