/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside plan: what each translator gets and gives. One translator per section of plan.h, called
 * by plan_build() in the order below. Each reads spec, facts and options, fills its own section of
 * `plan`, may read sections filled before it, and returns 0, or -1 with err filled by err_in().
 * No translator makes a system call.
 */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include "base/str.h"
#include "libocispec/oci.h"
#include "plan/facts.h"
#include "plan/plan.h"

struct build {
	struct arena *a;
	const struct oci_config *spec;
	const struct oci_linux *linux_; /* spec->linux_, or an empty one where that is NULL */
	const struct facts *facts;
	const struct plan_options *options;
	struct plan *plan;
	struct error *err;
};

int build_check(struct build *b);	/* check.c: version, what must be there */
int build_state(struct build *b);	/* state.c */
int build_ns(struct build *b);		/* ns.c */
int build_idmap(struct build *b);	/* idmap.c */
int build_cgroup(struct build *b);	/* cgroup.c, devices.c */
int build_cgroup_owner(struct build *b);	/* cgroup_owner.c: needs namespaces and id maps */
int build_rdt(struct build *b);		/* rdt.c */
int build_netdevs(struct build *b);	/* netdev.c */
int build_mounts(struct build *b);	/* mount.c */
int build_root(struct build *b);	/* root.c */
int build_uts(struct build *b);		/* uts.c */
int build_hooks(struct build *b);	/* hooks.c */
int build_process(struct build *b);	/* process.c */
int build_notify(struct build *b);	/* notify.c: adds to mounts and environment */
int build_attr(struct build *b);	/* attr.c: scheduler, memory policy ...; needs the hooks */
int build_lsm(struct build *b);		/* lsm.c: labels, of the mounts too; needs the mounts */
int build_cred(struct build *b);	/* cred.c */
int build_filter(struct build *b);	/* filter.c */

/* A plan of these sections alone, in this order. NULL and err as plan_build(). */
struct plan *build_sections(struct arena *a, const struct plan_input *in,
			    int (*const *section)(struct build *), size_t n, struct error *err);

/* "/mounts/3": the pointer of an element of a list, in the arena. */
const char *build_at_index(struct build *b, const char *list, size_t i);

/* Any pointer. For errors, above all: printf takes a thousand instructions. */
const char *build_at(struct build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "/linux/sysctl/net~1core": the pointer of a map's entry, its key escaped as in RFC 6901. */
const char *build_at_key(struct build *b, const char *map, const char *key);

/* Adds to plan->warning: "/mounts/3/options/1: ...". */
void build_warn(struct build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The value of an annotation, or NULL. */
const char *build_annotation(const struct build *b, enum plan_annotation which);

/* Is it absent or empty? Such a string asks for nothing. */
static inline bool build_no_text(const char *s)
{
	return !s || !*s;
}

/* The same strings with a NULL behind them, as execve wants them. */
const char *const *build_strings(struct build *b, const char *const *list, size_t n);

/* Is mcrun run by an ordinary user, or by the root of a user namespace? */
bool build_is_unprivileged(const struct build *b);

/* Does the container have a namespace of this type (CLONE_NEW*), new or joined? From plan->ns. */
bool build_has_ns(const struct build *b, unsigned type);

/* Who opens what the container gets of the host's files. From plan->ns and the facts. */
enum plan_opener build_opener(const struct build *b);

/*
 * Lines for /proc/PID/uid_map from the mappings at the pointer `at`, checked as the kernel will
 * check them: number of lines, bytes, overflow, overlaps. 0 or -1.
 */
struct build_map {
	const struct oci_id_mapping *list;
	size_t n;
};
int build_map_text(struct build *b, const char *at, struct build_map map, const char **out);

/* Is this id of the container in the map? */
bool build_map_has(struct build_map map, uint64_t id);

#endif
