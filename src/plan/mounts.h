/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts for a container that is there: what `mounts` of the spec means for it. The rest of the
 * spec is the container's own, as it was created.
 */
#ifndef PLAN_MOUNTS_H
#define PLAN_MOUNTS_H

#include "plan/plan.h"

/* The facts (ASK_*) without which it cannot be planned. */
unsigned plan_mounts_ask(const struct oci_config *spec);

/*
 * A plan of which only the mounts and what they need count. NULL and err, with err->at, if one of
 * them cannot be: only bind mounts and new file systems can come later.
 */
struct plan *plan_mounts_build(struct arena *a, const struct plan_input *in, struct error *err);

#endif
