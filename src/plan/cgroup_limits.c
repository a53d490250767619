/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory, pids, hugetlb, rdma, network and unified of linux.resources, as writes to cgroup v2
 * files. Numbers and names in, text out. Only cgroup.c knows when they are written.
 */
#include "plan/cgroup.h"

#include <inttypes.h>

#define AT "/linux/resources"

static const char *number(struct limits *l, int64_t value)
{
	return value < 0 ? "max" : arena_printf(l->b->a, "%" PRId64, value);
}

/* -1 means "no limit" wherever the spec has signed numbers; less than that means nothing. */
static int check_signed(struct limits *l, const char *at, int64_t value)
{
	if (value >= -1)
		return 0;
	return err_in(l->b->err, at, "must be -1 (no limit) or more, not %" PRId64, value);
}

/* ---- memory --------------------------------------------------------------------------------- */

const char *cgroup_swap(int64_t limit, int64_t swap, int64_t *out)
{
	if (swap == -1 || (swap == 0 && limit == -1))
		*out = -1;
	else if (swap == 0)
		*out = CGROUP_SWAP_UNSET;
	else if (limit == -1)
		*out = swap;
	else if (limit == 0)
		return "needs a memory limit beside it, since it counts memory and swap together";
	else if (swap < limit)
		return "counts memory and swap together and must not be less than the memory limit";
	else
		*out = swap - limit;
	return NULL;
}

/* What cgroup v1 had and v2 has not. A value that asks for nothing passes in silence. */
static int memory_refuse(struct limits *l, const struct oci_memory *m)
{
	const struct {
		bool asks;
		const char *at;
	} gone[] = {
		{ m->has_kernel && m->kernel != -1 && m->kernel != 0, AT "/memory/kernel" },
		{ m->has_kernel_tcp && m->kernel_tcp != -1 && m->kernel_tcp != 0,
		  AT "/memory/kernelTCP" },
		{ m->has_swappiness, AT "/memory/swappiness" },
		{ m->disable_oom_killer, AT "/memory/disableOOMKiller" },
		{ m->has_use_hierarchy && !m->use_hierarchy, AT "/memory/useHierarchy" },
	};

	for (size_t i = 0; i < COUNT(gone); i++)
		if (gone[i].asks)
			return err_in(l->b->err, gone[i].at,
				      "cgroup v2 has nothing like it (cgroup v1 only)");
	return 0;
}

static int memory_swap(struct limits *l, const struct oci_memory *m)
{
	static const char at[] = AT "/memory/swap";
	int64_t bytes = 0;
	const char *wrong = cgroup_swap(m->limit, m->swap, &bytes);

	if (wrong)
		return err_in(l->b->err, at, "%" PRId64 " %s", m->swap, wrong);
	if (bytes == CGROUP_SWAP_UNSET)
		return 0;

	/* A kernel without swap has no such file, and what "0" asks for. */
	unsigned flags = bytes < 0 ? LIMIT_NEUTRAL : bytes == 0 ? LIMIT_OPTIONAL : 0;

	return limit_add(l, flags, at, "memory.swap.max", number(l, bytes));
}

int limits_memory(struct limits *l, const struct oci_memory *m)
{
	if (!m)
		return 0;
	if (memory_refuse(l, m) < 0 ||
	    check_signed(l, AT "/memory/limit", m->limit) < 0 ||
	    check_signed(l, AT "/memory/swap", m->swap) < 0 ||
	    check_signed(l, AT "/memory/reservation", m->reservation) < 0)
		return -1;

	/* An unlimited soft limit was v1's default; "max" here would protect all of the memory. */
	if (m->reservation != 0 &&
	    limit_add(l, m->reservation < 0 ? LIMIT_NEUTRAL : 0, AT "/memory/reservation",
		      "memory.low", m->reservation < 0 ? "0" : number(l, m->reservation)) < 0)
		return -1;
	if (memory_swap(l, m) < 0)
		return -1;
	if (m->limit == 0)
		return 0;
	return limit_add(l, m->limit < 0 ? LIMIT_NEUTRAL : 0, AT "/memory/limit", "memory.max",
			 number(l, m->limit));
}

/* ---- pids, hugetlb, rdma, network ----------------------------------------------------------- */

int limits_pids(struct limits *l, const struct oci_pids *p)
{
	static const char at[] = AT "/pids/limit";

	if (!p || !p->has_limit)
		return 0;
	if (check_signed(l, at, p->limit) < 0)
		return -1;
	return limit_add(l, p->limit < 0 ? LIMIT_NEUTRAL : 0, at, "pids.max", number(l, p->limit));
}

/* "64KB", "2MB", "1GB": it becomes part of a file's name. */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && *s != '0' && s[digits] && strchr("KMG", s[digits]) &&
	       streq(s + digits + 1, "B");
}

int limits_hugetlb(struct limits *l, const struct oci_hugepage *h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = build_at(l->b, AT "/hugepageLimits/%zu", i);
		const char *size = h[i].page_size;
		const char *bytes = arena_printf(l->b->a, "%" PRIu64, h[i].limit);

		if (!is_page_size(size))
			return err_in(l->b->err, build_at(l->b, "%s/pageSize", at),
				      "'%s' is not a page size like 64KB, 2MB or 1GB", size);

		/* Reservations are what the spec prefers; kernels before 5.7 cannot limit them. */
		const char *max = arena_printf(l->b->a, "hugetlb.%s.max", size);
		const char *rsvd = arena_printf(l->b->a, "hugetlb.%s.rsvd.max", size);

		if (limit_add(l, 0, at, max, bytes) < 0 ||
		    limit_add(l, LIMIT_OPTIONAL, at, rsvd, bytes) < 0)
			return -1;
	}
	return 0;
}

/* The kernel counts to INT_MAX, which it calls "max". */
static const char *rdma_count(struct limits *l, const char *what, bool has, uint64_t count)
{
	if (!has)
		return "";
	if (count >= INT32_MAX)
		return arena_printf(l->b->a, " %s=max", what);
	return arena_printf(l->b->a, " %s=%" PRIu64, what, count);
}

int limits_rdma(struct limits *l, const struct oci_rdma *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = build_at_key(l->b, AT "/rdma", r[i].key);

		if (!*r[i].key || strpbrk(r[i].key, "/ \t\n"))
			return err_in(l->b->err, at, "'%s' is not the name of a device", r[i].key);
		if (!r[i].has_hca_handles && !r[i].has_hca_objects)
			return err_in(l->b->err, at, "needs hcaHandles, hcaObjects or both");

		const char *value = arena_printf(
			l->b->a, "%s%s%s", r[i].key,
			rdma_count(l, "hca_handle", r[i].has_hca_handles, r[i].hca_handles),
			rdma_count(l, "hca_object", r[i].has_hca_objects, r[i].hca_objects));

		if (limit_add(l, 0, at, "rdma.max", value) < 0)
			return -1;
	}
	return 0;
}

int limits_network(struct limits *l, const struct oci_network *net)
{
	if (!net)
		return 0;
	if (net->class_id != 0)
		return err_in(l->b->err, AT "/network/classID",
			      "cgroup v2 has nothing like it (cgroup v1 only)");
	if (net->n_priorities > 0)
		return err_in(l->b->err, AT "/network/priorities",
			      "cgroup v2 has nothing like it (cgroup v1 only)");
	return 0;
}

/* ---- unified -------------------------------------------------------------------------------- */

/*
 * Files that are no settings: writing to them moves, stops or ends processes, or makes a cgroup
 * of another kind, which takes no process.
 */
static const char *const not_settings[] = { "cgroup.procs", "cgroup.threads",
					    "cgroup.kill",  "cgroup.freeze",
					    "cgroup.type",  "cgroup.subtree_control" };

/* One line a device: what two sections say about two devices stands side by side. */
static const char *const keyed[] = { "io.", "rdma.", "misc." };

static bool is_keyed(const char *file)
{
	for (size_t i = 0; i < COUNT(keyed); i++)
		if (str_after(file, keyed[i]))
			return true;
	return false;
}

static int unified_check(struct limits *l, const char *at, const char *file)
{
	const char *dot = strchr(file, '.');

	if (strchr(file, '/') || !dot || dot == file || !dot[1])
		return err_in(l->b->err, at,
			      "'%s' is not the name of a cgroup file like memory.high", file);
	for (size_t i = 0; i < COUNT(not_settings); i++)
		if (streq(file, not_settings[i]))
			return err_in(l->b->err, at, "%s is no setting: mcrun uses it itself",
				      file);
	return 0;
}

static int unified_lines(struct limits *l, const char *at, const struct oci_pair *u)
{
	bool replace = !is_keyed(u->key);

	/* Nothing is a value as well: the CPUs of the parent, say. */
	if (!*u->value)
		return limit_override(l, at, u->key, "");
	for (const char *line = u->value; *line;) {
		size_t len = strcspn(line, "\n");
		const char *value = arena_strndup(l->b->a, line, len);

		line += len + (line[len] == '\n');
		if (len == 0)
			continue;

		int r = replace ? limit_override(l, at, u->key, value)
				: limit_add(l, 0, at, u->key, value);

		if (r < 0)
			return -1;
		replace = false;
	}
	return 0;
}

int limits_unified(struct limits *l, const struct oci_pair *u, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = build_at_key(l->b, AT "/unified", u[i].key);

		if (unified_check(l, at, u[i].key) < 0 || unified_lines(l, at, &u[i]) < 0)
			return -1;
	}
	return 0;
}
