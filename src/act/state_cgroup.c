/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup's part of the record: what delete must know of it, and no more. */
#include <string.h>

#include "act/cgroup.h"
#include "act/scope.h"
#include "act/state.h"

void state_cgroup_save(struct state *state, const struct cgroup *cg, struct arena *a)
{
	struct state_cgroup *c = state->cgroup;

	if (cg->dir < 0)
		return;
	c->existed_up_to = cg->existed;
	if (!cg->taken)
		return;
	c->has_childless = true;
	c->childless = cg->childless;
	c->has_owner = cg->given;
	c->owner = cg->owner;
	c->before = arena_alloc(a, cg->n_before + 1, sizeof(*c->before));
	c->n_before = cg->n_before;
	for (size_t i = 0; i < cg->n_before; i++)
		c->before[i] = (struct state_before){ cg->before[i].file, cg->before[i].value };
}

bool state_cgroup_taken(const struct state *state)
{
	const struct state_cgroup *c = state->cgroup;

	return c->has_existed_up_to && *c->path && c->existed_up_to == strlen(c->path);
}

int state_cgroup_open(const struct state *state, struct cgroup *cg, struct arena *a,
		      struct error *err)
{
	const struct state_cgroup *c = state->cgroup;

	if (cgroup_open(cg, c->mount, c->path, err) < 0)
		return -1;
	if (c->has_existed_up_to && c->existed_up_to < cg->existed)
		cg->existed = c->existed_up_to;
	if (!state_cgroup_taken(state))
		return 0;

	struct plan_write *before = arena_alloc(a, c->n_before + 1, sizeof(*before));

	for (size_t i = 0; i < c->n_before; i++)
		before[i] = (struct plan_write){ .from = "",
						 .file = c->before[i].file,
						 .value = c->before[i].value };
	cg->taken = true;
	cg->childless = c->childless;
	cg->given = c->has_owner;
	cg->owner = (uint32_t)c->owner;
	cg->before = before;
	cg->n_before = c->n_before;
	return 0;
}

int state_cgroup_own(const struct state_dir *dir, const struct state *state, struct cgroup *cg,
		     struct arena *a, struct error *err)
{
	if (state_cgroup_open(state, cg, a, err) < 0)
		return -1;
	if (cg->dir >= 0 && cgroup_is_marked(cg, dir->path))
		return 0;
	return err_set(err, 0, "container \"%s\" has no cgroup of its own", dir->id);
}

int state_cgroup_intend(struct state *state, const struct plan_cgroup *plan, struct scope *scope,
			struct arena *a, struct error *err)
{
	if (plan->unit && scope_find(scope, plan->unit, a, err) < 0)
		return -1;
	state_scope_save(state, scope);
	state->cgroup->has_existed_up_to = !plan->unit;
	state->cgroup->existed_up_to = cgroup_existing(plan);
	return 0;
}

void state_scope_save(struct state *state, const struct scope *scope)
{
	state->cgroup->unit = scope->name;
	state->cgroup->bus = scope->bus;
	state->cgroup->description = scope->description;
}

void state_scope(const struct state *state, struct arena *a, struct scope *out)
{
	const struct state_cgroup *c = state->cgroup;

	*out = (struct scope){ .a = a };
	if (!c->unit || !c->bus || !c->description)
		return;
	out->name = c->unit;
	out->bus = c->bus;
	out->description = c->description;
}
