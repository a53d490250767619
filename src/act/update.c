/* SPDX-License-Identifier: Apache-2.0 */
/* Writes other limits to a container's cgroup and class of service, or none of them. */
#include "act/update.h"

#include <errno.h>
#include <string.h>

#include "act/cgroup.h"
#include "act/devfilter.h"
#include "act/resctrl.h"
#include "act/scope.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "base/trace.h"
#include "plan/update.h"

static const char record[] = "resources.json";

static int read_record(struct update *u, struct arena *a, struct error *err)
{
	if (state_config_read(&u->dir, a, &u->config, &u->config_len, err) < 0)
		return -1;

	ssize_t n = read_at(u->dir.fd, record, TABLE_MAX_SIZE, a, &u->resources);

	if (n < 0 && n != -ENOENT)
		return err_set(err, (int)-n, "read %s/%s", u->dir.path, record);
	if (n < 0)
		u->resources = NULL;
	u->resources_len = n < 0 ? 0 : (size_t)n;
	return 0;
}

/* The words are those that engines look for. */
static int refuse(const struct update *u, enum status status, struct error *err)
{
	if (status == STATUS_STOPPED)
		return err_set(err, 0, "cannot update container \"%s\": container not running",
			       u->dir.id);
	return err_set(err, 0, "cannot update container \"%s\": it is %s", u->dir.id,
		       status_name(status));
}

int update_open(struct update *u, const char *root, const char *id, struct arena *a,
		struct error *err)
{
	trace_span("update");
	if (state_open(&u->dir, root, id, a, err) < 0 || state_lock(&u->dir, err) < 0)
		return -1;
	u->state = state_read(&u->dir, a, err);
	if (!u->state)
		return -1;

	enum status status = state_status(&u->dir, u->state);

	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return refuse(u, status, err);
	return read_record(u, a, err);
}

/* ---- carrying it out ------------------------------------------------------------------------- */

/* What stood there before. Undo (autochange) puts it back, unless keep is set. */
struct change {
	const struct update *u;
	const struct update_plan *plan;
	struct cgroup was;     /* the container's; its dir is borrowed */
	const char *schemata;  /* NULL: not written */
	bool limits, recorded; /* written, or begun */
	struct scope scope;    /* systemd's, once that has been told: `told` */
	bool told;
	bool keep;
};

/* It would write its new values to the files again when it pleases. */
static void tell_again(const struct change *c)
{
	const struct plan_unit *unit =
		plan_update_unit(c->scope.a, c->was.before, c->was.n_before);
	struct error err;

	if (scope_set(&c->scope, unit, &err) < 0)
		log_warning("systemd keeps the new limits of unit %s, and was to have the old ones "
			    "again: %s",
			    c->scope.name, err.msg);
}

static void change_undo(struct change *c)
{
	if (c->keep)
		return;
	if (c->recorded && c->u->resources)
		replace_at(c->u->dir.fd, record, c->u->resources, c->u->resources_len, 0600);
	else if (c->recorded)
		unlinkat(c->u->dir.fd, record, 0);
	resctrl_restore(c->plan->rdt, c->schemata);
	if (c->told)
		tell_again(c);
	if (c->limits)
		cgroup_restore(&c->was);
}
#define autochange __attribute__((cleanup(change_undo)))

static bool is_noted(const struct cgroup *cg, const struct plan_write *w)
{
	for (size_t i = 0; i < cg->n_before; i++)
		if (streq(cg->before[i].file, w->file))
			return true;
	return false;
}

/* A cgroup that create has only taken is to be given back as it was, in these files too. */
static int note(struct update *u, struct cgroup *cg, const struct cgroup *was, struct arena *a,
		struct error *err)
{
	struct plan_write *list;

	if (!cg->taken || !was->n_before)
		return 0;
	list = arena_alloc(a, cg->n_before + was->n_before + 1, sizeof(*list));
	for (size_t i = 0; i < cg->n_before; i++)
		list[i] = cg->before[i];

	size_t n = cg->n_before;

	for (size_t i = 0; i < was->n_before; i++)
		if (!is_noted(cg, &was->before[i]))
			list[n++] = was->before[i];
	cg->before = list;
	cg->n_before = n;
	cg->existed = strlen(cg->path); /* all of it: it was taken */
	state_cgroup_save(u->state, cg, a);
	return state_write(&u->dir, a, u->state, err);
}

static int write_limits(struct change *c, const struct cgroup *cg, struct error *err)
{
	const struct plan_cgroup *plan = c->plan->cgroup;

	c->limits = true;
	if (cgroup_limit(cg, plan->early, plan->n_early, err) < 0 ||
	    cgroup_limit(cg, plan->late, plan->n_late, err) < 0)
		return -1;
	return 0;
}

static int write_record(struct change *c, struct error *err)
{
	const char *text = c->plan->resources;
	int r = replace_at(c->u->dir.fd, record, text, strlen(text), 0600);

	c->recorded = r == 0;
	return r < 0 ? err_set(err, -r, "write %s/%s", c->u->dir.path, record) : 0;
}

/*
 * systemd takes all of it or nothing, and what it is told is what it would write to the files
 * again: behind what fails more easily.
 */
static int tell_systemd(struct change *c, struct arena *a, struct error *err)
{
	const struct plan_unit *unit = c->plan->cgroup->unit;

	if (!unit)
		return 0;
	state_scope(c->u->state, a, &c->scope);
	if (scope_set(&c->scope, unit, err) < 0)
		return -1;
	c->told = true;
	return 0;
}

static bool has_writes(const struct update_plan *plan)
{
	return plan->cgroup->n_early || plan->cgroup->n_late || plan->devices;
}

int act_update(struct update *u, const struct update_plan *plan, struct arena *a, struct error *err)
{
	autocgroup struct cgroup cg = { .dir = -1 };
	autochange struct change change = { .u = u, .plan = plan };

	if (has_writes(plan) && state_cgroup_own(&u->dir, u->state, &cg, a, err) < 0)
		return -1;
	change.was = cg;
	cgroup_remember(&change.was, plan->cgroup, a);
	if (cgroup_enable(&cg, plan->cgroup, err) < 0 ||
	    cgroup_check_memory(&cg, plan->cgroup, err) < 0 ||
	    note(u, &cg, &change.was, a, err) < 0 || write_limits(&change, &cg, err) < 0 ||
	    resctrl_update(plan->rdt, a, &change.schemata, err) < 0 ||
	    write_record(&change, err) < 0 || tell_systemd(&change, a, err) < 0 ||
	    (plan->devices && devfilter_replace(&cg, plan->cgroup, err) < 0))
		return -1;
	change.keep = true;
	return 0;
}
