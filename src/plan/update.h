/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of `update`: other limits for a container that is there. What is given is laid over what
 * is in force, since the limits are tied to each other (memory and swap, quota, period and burst);
 * written is what was given, and what comes out otherwise because of it. The rest is left alone:
 * somebody else may have changed it. Pointers are as in config.json.
 *
 *	facts_answer(plan_update_ask(), NULL, ...);
 *	plan_update_build(&arena, &facts, &update, &err);
 */
#ifndef PLAN_UPDATE_H
#define PLAN_UPDATE_H

#include "plan/plan.h"

struct oci_resources;

struct plan_update {
	const struct oci_resources *in_force; /* config.json's and all updates since; or NULL */
	const struct oci_resources *given;
	/* For linux.intelRdt; NULL or "": stays. */
	const char *l3_cache_schema, *mem_bw_schema;
	/* The container's, from its record. */
	const char *cgroup_mount, *cgroup_path; /* path "": it has none */
	bool systemd; /* it has made the cgroup, and is to be told */
	const char *rdt_mount, *rdt_group;      /* NULL: it is in no class of service of its own */
};

struct plan_updated {
	/*
	 * mount, path, unit (its properties alone), controller, early, late and check_memory; a
	 * device program only where the list of rules is another than before (engines hand it over
	 * each time, and others may have attached programs of theirs since).
	 */
	struct plan_cgroup cgroup;
	bool devices;        /* the program, or none, takes the place of the one before */
	struct plan_rdt rdt; /* mount, group and lines */
	const struct oci_resources *resources; /* in force from then on */
};

/* The facts (ASK_*) without which no update can be planned. */
unsigned plan_update_ask(void);

/* NULL and err, with err->at as if all were in config.json, if it cannot be. */
struct plan_updated *plan_update_build(struct arena *a, const struct facts *facts,
				       const struct plan_update *update, struct error *err);

/* The properties alone that say what these writes say: to tell systemd again what was before. */
const struct plan_unit *plan_update_unit(struct arena *a, const struct plan_write *list, size_t n);

#endif
