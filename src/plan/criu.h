/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CRIU has to be told of a container to checkpoint and to restore it: what of it belongs to
 * the host and so is not in the images. It is the same for both, but for where it comes from.
 */
#ifndef PLAN_CRIU_H
#define PLAN_CRIU_H

#include "plan/plan.h"

/* A mount whose contents are the host's. Its target is its name in the images. */
struct plan_external {
	const char *from;   /* "/mounts/3" */
	const char *target; /* in the container; unresolved */
	const char *source; /* on the host */
	bool device; /* only where a device is mounted there: a masked file, not a masked folder */
};

struct plan_criu {
	const struct plan_external *external;
	size_t n_external;
	const char
		*config; /* a configuration file for CRIU (annotation org.criu.config), or NULL */
};

/* From config.json as create kept it: the sections state, ns, idmap, mounts and root, no others. */
struct plan *plan_criu_build(struct arena *a, const struct plan_input *in, struct error *err);

/* From such a plan, or from a whole one. What CRIU cannot do is an error, with its place. */
int plan_criu(struct arena *a, const struct plan *plan, struct plan_criu *out, struct error *err);

#endif
