/* SPDX-License-Identifier: Apache-2.0 */
/* What `update` writes, from what is in force and what is given. See update.h. */
#include "plan/update.h"

#include "plan/build.h"
#include "plan/cgroup.h"
#include "plan/devices.h"
#include "plan/rdt.h"
#include "plan/unit.h"

#define AT "/linux/resources"

struct update {
	struct build b;
	const struct plan_update *u;
	struct oci_linux linux_;
	struct oci_resources given; /* without what asks for nothing */
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_block_io block_io;
};

/* ---- what is given --------------------------------------------------------------------------- */

/* 0 is "unset" there, which a caller may well send along; what is in force stays so. */
static void forget_zero(bool *has, bool is_zero)
{
	if (is_zero)
		*has = false;
}

static void read_memory(struct update *x)
{
	struct oci_memory *m = &x->memory;

	if (!x->given.memory)
		return;
	*m = *x->given.memory;
	x->given.memory = m;
	forget_zero(&m->has_limit, m->limit == 0);
	forget_zero(&m->has_reservation, m->reservation == 0);
	forget_zero(&m->has_swap, m->swap == 0);
	/* No limit of memory leaves no sense to one of both together. */
	if (m->has_limit && m->limit == -1 && !m->has_swap) {
		m->has_swap = true;
		m->swap = -1;
	}
}

static void read_cpu(struct update *x)
{
	struct oci_cpu *c = &x->cpu;

	if (!x->given.cpu)
		return;
	*c = *x->given.cpu;
	x->given.cpu = c;
	forget_zero(&c->has_shares, c->shares == 0);
	forget_zero(&c->has_quota, c->quota == 0);
	forget_zero(&c->has_period, c->period == 0);
	if (build_no_text(c->cpus))
		c->cpus = NULL;
	if (build_no_text(c->mems))
		c->mems = NULL;
}

static void read_io(struct update *x)
{
	struct oci_block_io *io = &x->block_io;

	if (!x->given.block_io)
		return;
	*io = *x->given.block_io;
	x->given.block_io = io;
	forget_zero(&io->has_weight, io->weight == 0);
}

/* ---- what is written ------------------------------------------------------------------------- */

/* Was the value behind this pointer given? */
static bool is_given(struct update *x, const char *from)
{
	static const struct oci_memory no_memory;
	static const struct oci_cpu no_cpu;
	static const struct oci_block_io no_io;
	const struct oci_resources *g = &x->given;
	const struct oci_memory *m = g->memory ? g->memory : &no_memory;
	const struct oci_cpu *c = g->cpu ? g->cpu : &no_cpu;
	const struct oci_block_io *io = g->block_io ? g->block_io : &no_io;
	const struct {
		const char *at;
		bool given;
	} rows[] = {
		{ AT "/memory/limit", m->has_limit },
		{ AT "/memory/reservation", m->has_reservation },
		{ AT "/memory/swap", m->has_swap },
		{ AT "/cpu/shares", c->has_shares },
		{ AT "/cpu/quota", c->has_quota || c->has_period },
		{ AT "/cpu/period", c->has_period },
		{ AT "/cpu/burst", c->has_burst },
		{ AT "/cpu/idle", c->has_idle },
		{ AT "/cpu/cpus", c->cpus },
		{ AT "/cpu/mems", c->mems },
		{ AT "/pids/", g->pids && g->pids->has_limit },
		{ AT "/blockIO/weightDevice/", io->weight_device },
		{ AT "/blockIO/weight", io->has_weight },
		{ AT "/blockIO/throttleReadBpsDevice/", io->throttle_read_bps_device },
		{ AT "/blockIO/throttleWriteBpsDevice/", io->throttle_write_bps_device },
		{ AT "/blockIO/throttleReadIOPSDevice/", io->throttle_read_iops_device },
		{ AT "/blockIO/throttleWriteIOPSDevice/", io->throttle_write_iops_device },
		{ AT "/hugepageLimits/", g->hugepage_limits },
		{ AT "/rdma/", g->rdma },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (str_after(from, rows[i].at))
			return rows[i].given;
	for (size_t i = 0; i < g->n_unified; i++)
		if (streq(from, build_at_key(&x->b, AT "/unified", g->unified[i].key)))
			return true;
	return false;
}

static bool has_write(const struct plan_write *list, size_t n, const struct plan_write *w)
{
	for (size_t i = 0; i < n; i++)
		if (streq(list[i].file, w->file) && streq(list[i].value, w->value))
			return true;
	return false;
}

/* Of `list`, what was given, and what was not among the writes before. */
static const struct plan_write *pick(struct update *x, const struct plan_cgroup *before,
				     const struct plan_write *list, size_t *n)
{
	struct plan_write *out = arena_alloc(x->b.a, *n + 1, sizeof(*out));
	size_t k = 0;

	for (size_t i = 0; i < *n; i++)
		if (is_given(x, list[i].from) ||
		    !(has_write(before->early, before->n_early, &list[i]) ||
		      has_write(before->late, before->n_late, &list[i])))
			out[k++] = list[i];
	*n = k;
	return out;
}

static int plan_limits(struct update *x, const struct oci_resources *after, struct plan_cgroup *out)
{
	static const char none[] = "asks for a limit, but the container has no cgroup to set it on";
	const struct facts_cgroup *tree = *x->u->cgroup_path ? x->b.facts->cgroup : NULL;
	struct plan_cgroup before = { 0 };

	if (cgroup_writes(&x->b, &(struct cgroup_asked){ tree, none, after }, out) < 0 ||
	    cgroup_writes(&x->b, &(struct cgroup_asked){ tree, none, x->u->in_force }, &before) < 0)
		return -1;
	out->early = pick(x, &before, out->early, &out->n_early);
	out->late = pick(x, &before, out->late, &out->n_late);
	out->check_memory = after->memory && after->memory->check_before_update;
	return 0;
}

static struct plan_write *copy(struct arena *a, const struct plan_write *list, size_t n)
{
	struct plan_write *out = arena_alloc(a, n + 1, sizeof(*out));

	for (size_t i = 0; i < n; i++)
		out[i] = list[i];
	return out;
}

/* The files and systemd's properties are to agree, as they did at create. */
static void plan_properties(struct update *x, struct plan_cgroup *out)
{
	struct properties to = { .a = x->b.a };
	struct plan_unit *unit = arena_new(x->b.a, struct plan_unit);
	struct plan_write *early = copy(x->b.a, out->early, out->n_early);
	struct plan_write *late = copy(x->b.a, out->late, out->n_late);

	unit_limits(&to, early, out->n_early);
	unit_limits(&to, late, out->n_late);
	unit->property = to.list;
	unit->n_property = to.n;
	out->early = early;
	out->late = late;
	out->unit = unit;
}

const struct plan_unit *plan_update_unit(struct arena *a, const struct plan_write *list, size_t n)
{
	struct properties to = { .a = a };
	struct plan_unit *unit = arena_new(a, struct plan_unit);

	unit_limits(&to, copy(a, list, n), n);
	unit->property = to.list;
	unit->n_property = to.n;
	return unit;
}

static bool is_same_rule(const struct oci_device_rule *a, const struct oci_device_rule *b)
{
	return a->allow == b->allow && a->has_major == b->has_major && a->major == b->major &&
	       a->has_minor == b->has_minor && a->minor == b->minor &&
	       streq(a->type ? a->type : "a", b->type ? b->type : "a") &&
	       streq(a->access ? a->access : "rwm", b->access ? b->access : "rwm");
}

static bool has_other_devices(const struct oci_resources *before, const struct oci_resources *given)
{
	if (!given->devices)
		return false;
	if (!before || before->n_devices != given->n_devices)
		return true;
	for (size_t i = 0; i < given->n_devices; i++)
		if (!is_same_rule(&before->devices[i], &given->devices[i]))
			return true;
	return false;
}

static int plan_devices(struct update *x, struct plan_updated *out)
{
	static const char none[] = "asks for rules, but the container has no cgroup to set them on";

	if (!has_other_devices(x->u->in_force, &x->given))
		return 0;
	if (build_devices(&x->b, *x->u->cgroup_path ? NULL : none) < 0)
		return -1;
	out->cgroup.device = x->b.plan->cgroup.device;
	out->cgroup.n_device = x->b.plan->cgroup.n_device;
	out->devices = true;
	return 0;
}

static int plan_rdt(struct update *x, struct plan_rdt *out)
{
	const struct plan_update *u = x->u;
	const struct oci_intel_rdt rdt = { .l3_cache_schema = u->l3_cache_schema,
					   .mem_bw_schema = u->mem_bw_schema };
	const char *at = !build_no_text(u->l3_cache_schema) ? RDT_AT "/l3CacheSchema"
							    : RDT_AT "/memBwSchema";

	if (build_no_text(u->l3_cache_schema) && build_no_text(u->mem_bw_schema))
		return 0;
	if (!u->rdt_mount)
		return err_in(x->b.err, at,
			      "the container is in no class of service of its own "
			      "(config.json has no linux.intelRdt)");
	if (rdt_lines(&x->b, &rdt) < 0)
		return -1;
	*out = x->b.plan->rdt;
	out->from = at;
	out->mount = u->rdt_mount;
	out->group = u->rdt_group;
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

unsigned plan_update_ask(void)
{
	return ASK_CGROUP | ASK_IDS;
}

struct plan_updated *plan_update_build(struct arena *a, const struct facts *facts,
				       const struct plan_update *u, struct error *err)
{
	static const struct plan_options options = { .id = "" };
	static const struct oci_config no_spec;
	struct plan_updated *out = arena_new(a, struct plan_updated);
	struct update x = { .u = u };

	if (u->given)
		x.given = *u->given;
	read_memory(&x);
	read_cpu(&x);
	read_io(&x);

	struct oci_resources *after = oci_resources_overlay(a, u->in_force, &x.given);

	x.linux_.resources = after;
	x.b = (struct build){ .a = a,
			      .spec = &no_spec,
			      .linux_ = &x.linux_,
			      .facts = facts,
			      .options = &options,
			      .plan = arena_new(a, struct plan),
			      .err = err };
	if (plan_limits(&x, after, &out->cgroup) < 0 || plan_devices(&x, out) < 0 ||
	    plan_rdt(&x, &out->rdt) < 0)
		return NULL;
	if (u->systemd)
		plan_properties(&x, &out->cgroup);
	out->cgroup.from = AT;
	out->cgroup.mount = u->cgroup_mount;
	out->cgroup.path = u->cgroup_path;
	out->cgroup.device_from = AT "/devices";
	out->resources = after;
	return out;
}
