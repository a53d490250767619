/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `update`: other limits for a container, from options and from a file of resources. An option wins
 * over the file; what neither names stays as it is.
 */
#include "act/update.h"

#include <unistd.h>

#include "act/facts.h"
#include "base/fd.h"
#include "base/str.h"
#include "front/load.h"
#include "plan/update.h"

#define AT "/linux/resources"

/* The options that are one number, in the order of `numbers`. */
enum number {
	MEMORY,
	MEMORY_RESERVATION,
	MEMORY_SWAP,
	KERNEL_MEMORY,
	KERNEL_MEMORY_TCP,
	CPU_SHARE,
	CPU_QUOTA,
	CPU_PERIOD,
	CPU_BURST,
	CPU_IDLE,
	CPU_RT_RUNTIME,
	CPU_RT_PERIOD,
	PIDS_LIMIT,
	BLKIO_WEIGHT,
	N_NUMBERS
};

struct update_given {
	const char *resources, *number[N_NUMBERS];
	const char *cpuset_cpus, *cpuset_mems, *l3_cache_schema, *mem_bw_schema;
};

#define NUMBER(which) OPT_AT(update_given, number[which])

static const struct opt rows[] = {
	{ "resources", 'r', OPT_STR, OPT_AT(update_given, resources), "FILE",
	  "read linux.resources from FILE; '-': from stdin" },
	{ "memory", 0, OPT_STR, NUMBER(MEMORY), "SIZE", "limit of memory: 512M, 1G; -1 for none" },
	{ "memory-reservation", 0, OPT_STR, NUMBER(MEMORY_RESERVATION), "SIZE",
	  "memory that is not taken away from it" },
	{ "memory-swap", 0, OPT_STR, NUMBER(MEMORY_SWAP), "SIZE",
	  "limit of memory and swap together; -1 for none" },
	{ "cpu-share", 0, OPT_STR, NUMBER(CPU_SHARE), "N", "its part of the CPUs, beside others'" },
	{ "cpu-quota", 0, OPT_STR, NUMBER(CPU_QUOTA), "USEC",
	  "CPU time in each period; -1 for no limit" },
	{ "cpu-period", 0, OPT_STR, NUMBER(CPU_PERIOD), "USEC", "the period of the quota" },
	{ "cpu-burst", 0, OPT_STR, NUMBER(CPU_BURST), "USEC", "unused quota that may be saved up" },
	{ "cpu-idle", 0, OPT_STR, NUMBER(CPU_IDLE), "0|1",
	  "1: only when nobody else wants to run" },
	{ "cpuset-cpus", 0, OPT_STR, OPT_AT(update_given, cpuset_cpus), "LIST", "CPUs: 0-3,7" },
	{ "cpuset-mems", 0, OPT_STR, OPT_AT(update_given, cpuset_mems), "LIST", "memory nodes" },
	{ "pids-limit", 0, OPT_STR, NUMBER(PIDS_LIMIT), "N",
	  "number of processes; -1 for no limit" },
	{ "blkio-weight", 0, OPT_STR, NUMBER(BLKIO_WEIGHT), "N",
	  "its part of the disks, beside others': 10 to 1000" },
	{ "l3-cache-schema", 0, OPT_STR, OPT_AT(update_given, l3_cache_schema), "SCHEMA",
	  "its part of the L3 caches (resctrl)" },
	{ "mem-bw-schema", 0, OPT_STR, OPT_AT(update_given, mem_bw_schema), "SCHEMA",
	  "its part of the memory's bandwidth (resctrl)" },
	{ "cpu-rt-runtime", 0, OPT_STR, NUMBER(CPU_RT_RUNTIME), "USEC",
	  "0 or -1 only: not in cgroup v2" },
	{ "cpu-rt-period", 0, OPT_STR, NUMBER(CPU_RT_PERIOD), "USEC", "0 only: not in cgroup v2" },
	{ "kernel-memory", 0, OPT_STR, NUMBER(KERNEL_MEMORY), "SIZE", "-1 only: not in cgroup v2" },
	{ "kernel-memory-tcp", 0, OPT_STR, NUMBER(KERNEL_MEMORY_TCP), "SIZE",
	  "-1 only: not in cgroup v2" },
};

/* ---- options to resources -------------------------------------------------------------------- */

struct parts {
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_pids pids;
	struct oci_block_io io;
};

enum kind {
	SIZE,   /* int64_t bytes; -1 is a value */
	SIGNED, /* int64_t */
	COUNTED /* uint64_t */
};

#define FIELD(member, name)                                                                        \
	offsetof(struct parts, member.has_##name), offsetof(struct parts, member.name)

static const struct {
	const char *option, *at;
	enum kind kind;
	size_t has_at, value_at;
} numbers[N_NUMBERS] = {
	[MEMORY] = { "memory", "/memory/limit", SIZE, FIELD(memory, limit) },
	[MEMORY_RESERVATION] = { "memory-reservation", "/memory/reservation", SIZE,
				 FIELD(memory, reservation) },
	[MEMORY_SWAP] = { "memory-swap", "/memory/swap", SIZE, FIELD(memory, swap) },
	[KERNEL_MEMORY] = { "kernel-memory", "/memory/kernel", SIZE, FIELD(memory, kernel) },
	[KERNEL_MEMORY_TCP] = { "kernel-memory-tcp", "/memory/kernelTCP", SIZE,
				FIELD(memory, kernel_tcp) },
	[CPU_SHARE] = { "cpu-share", "/cpu/shares", COUNTED, FIELD(cpu, shares) },
	[CPU_QUOTA] = { "cpu-quota", "/cpu/quota", SIGNED, FIELD(cpu, quota) },
	[CPU_PERIOD] = { "cpu-period", "/cpu/period", COUNTED, FIELD(cpu, period) },
	[CPU_BURST] = { "cpu-burst", "/cpu/burst", COUNTED, FIELD(cpu, burst) },
	[CPU_IDLE] = { "cpu-idle", "/cpu/idle", SIGNED, FIELD(cpu, idle) },
	[CPU_RT_RUNTIME] = { "cpu-rt-runtime", "/cpu/realtimeRuntime", SIGNED,
			     FIELD(cpu, realtime_runtime) },
	[CPU_RT_PERIOD] = { "cpu-rt-period", "/cpu/realtimePeriod", COUNTED,
			    FIELD(cpu, realtime_period) },
	[PIDS_LIMIT] = { "pids-limit", "/pids/limit", SIGNED, FIELD(pids, limit) },
	[BLKIO_WEIGHT] = { "blkio-weight", "/blockIO/weight", COUNTED, FIELD(io, weight) },
};

static int read_size(const char *text, int64_t *out)
{
	uint64_t bytes;

	if (str_to_i64(text, out) == 0)
		return 0;
	if (str_to_bytes(text, &bytes) < 0 || bytes > INT64_MAX)
		return -1;
	*out = (int64_t)bytes;
	return 0;
}

static int read_number(const struct update_given *given, enum number which, struct parts *out,
		       struct error *err)
{
	const char *text = given->number[which];
	char *value = (char *)out + numbers[which].value_at;
	int r;

	if (!text)
		return 0;
	switch (numbers[which].kind) {
	case SIZE:
		r = read_size(text, (int64_t *)value);
		break;
	case SIGNED:
		r = str_to_i64(text, (int64_t *)value);
		break;
	default:
		r = str_to_u64(text, UINT64_MAX, (uint64_t *)value);
	}
	if (r < 0)
		return opts_error(err, "update", "--%s: '%s' is not %s", numbers[which].option,
				  text,
				  numbers[which].kind == SIZE ? "a size such as 512M or 1G, or -1"
							      : "a whole number");
	*(bool *)((char *)out + numbers[which].has_at) = true;
	return 0;
}

/* The sections in which something was given, and no others. */
static int read_options(struct call *call, const struct update_given *given,
			struct oci_resources *out, struct error *err)
{
	struct parts *p = arena_new(call->arena, struct parts);

	for (enum number i = 0; i < N_NUMBERS; i++) {
		if (read_number(given, i, p, err) < 0)
			return -1;
		if (given->number[i] && str_after(numbers[i].at, "/memory/"))
			out->memory = &p->memory;
		if (given->number[i] && str_after(numbers[i].at, "/cpu/"))
			out->cpu = &p->cpu;
	}
	p->cpu.cpus = given->cpuset_cpus;
	p->cpu.mems = given->cpuset_mems;
	if (given->cpuset_cpus || given->cpuset_mems)
		out->cpu = &p->cpu;
	if (given->number[PIDS_LIMIT])
		out->pids = &p->pids;
	if (given->number[BLKIO_WEIGHT])
		out->block_io = &p->io;
	return 0;
}

/* ---- whose mistake it is --------------------------------------------------------------------- */

static const char *option_at(const struct update_given *g, const char *at)
{
	const struct {
		const char *at, *option, *given;
	} texts[] = {
		{ AT "/cpu/cpus", "cpuset-cpus", g->cpuset_cpus },
		{ AT "/cpu/mems", "cpuset-mems", g->cpuset_mems },
		{ "/linux/intelRdt/l3CacheSchema", "l3-cache-schema", g->l3_cache_schema },
		{ "/linux/intelRdt/memBwSchema", "mem-bw-schema", g->mem_bw_schema },
	};
	const char *inside = str_after(at, AT);

	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].given && streq(texts[i].at, at))
			return texts[i].option;
	for (enum number i = 0; inside && i < N_NUMBERS; i++)
		if (g->number[i] && streq(numbers[i].at, inside))
			return numbers[i].option;
	return NULL;
}

/*
 * A pointer is as in config.json: it becomes the name of an option, or one into the file of
 * --resources, or, where only what was in force is at odds with what is new, stays one into that.
 */
static int blame(struct call *call, const struct update_given *given, const struct document *file,
		 struct error *err)
{
	const char *option = option_at(given, err->at), *inside = str_after(err->at, AT);

	if (option) {
		err->at[0] = '\0';
		return err_add(err, "--%s", option);
	}
	if (file->text && inside) {
		call->config = *file;
		memmove(err->at, inside, strlen(inside) + 1);
	}
	return -1;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int read_file(struct call *call, const char *path, struct document *out, struct error *err)
{
	if (!streq(path, "-"))
		return load_file(call, path, out, err);

	struct document doc = { .name = "stdin" };
	ssize_t n = read_all(STDIN_FILENO, TABLE_MAX_SIZE, call->arena, &doc.text);

	if (n < 0)
		return err_set(err, (int)-n, "read the resources from stdin");
	doc.len = (size_t)n;
	*out = doc;
	return 0;
}

static int read_given(struct call *call, struct document *file, struct oci_resources **out,
		      struct error *err)
{
	const struct update_given *given = call->options;
	struct oci_resources options = { 0 }, *base = NULL;

	if (given->resources) {
		if (read_file(call, given->resources, file, err) < 0)
			return -1;
		call->config = *file; /* where mistakes in it are told of */
		base = oci_resources_read(call->arena, file->text, file->len, err);
		if (!base)
			return -1;
	}
	if (read_options(call, given, &options, err) < 0)
		return -1;
	*out = oci_resources_overlay(call->arena, base, &options);
	return 0;
}

static const struct oci_resources *in_force(struct call *call, const struct update *u,
					    struct error *err)
{
	static const struct oci_resources none;
	const struct oci_config *spec;

	if (u->resources)
		return oci_resources_read(call->arena, u->resources, u->resources_len, err);
	spec = oci_config_read(call->arena, u->config, u->config_len, err);
	if (!spec)
		return NULL;
	return spec->linux_ && spec->linux_->resources ? spec->linux_->resources : &none;
}

static struct plan_updated *make_plan(struct call *call, const struct update *u,
				      const struct oci_resources *resources, struct error *err)
{
	const struct update_given *given = call->options;
	const struct plan_update update = {
		.in_force = in_force(call, u, err),
		.given = resources,
		.l3_cache_schema = given->l3_cache_schema,
		.mem_bw_schema = given->mem_bw_schema,
		.cgroup_mount = u->state->cgroup->mount,
		.cgroup_path = u->state->cgroup->path,
		.systemd = u->state->cgroup->unit,
		.rdt_mount = u->state->rdt ? u->state->rdt->mount : NULL,
		.rdt_group = u->state->rdt ? u->state->rdt->group : NULL,
	};
	struct facts facts = { 0 };

	if (!update.in_force || facts_answer(plan_update_ask(), NULL, call->arena, &facts, err) < 0)
		return NULL;
	return plan_update_build(call->arena, &facts, &update, err);
}

static int update_run(struct call *call, struct error *err)
{
	autoupdate struct update u = UPDATE_INIT;
	struct oci_resources *resources;
	struct document file = { 0 };

	if (read_given(call, &file, &resources, err) < 0 ||
	    update_open(&u, call->root, call->arg[0], call->arena, err) < 0)
		return -1;
	call->config = (struct document){ "config.json", u.config, u.config_len };

	struct plan_updated *plan = make_plan(call, &u, resources, err);
	const struct update_plan what = {
		.cgroup = plan ? &plan->cgroup : NULL,
		.devices = plan && plan->devices,
		.rdt = plan ? &plan->rdt : NULL,
		.resources = plan ? oci_resources_write(call->arena, plan->resources, TABLE_COMPACT)
				  : NULL,
	};

	if (!plan || act_update(&u, &what, call->arena, err) < 0)
		return blame(call, call->options, &file, err);
	return 0;
}

const struct command command_update = {
	.name = "update",
	.args = "ID",
	.summary = "Sets other limits for a container; what is not named stays",
	.run = update_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 1,
	.options_size = sizeof(struct update_given),
	.opts = { rows, COUNT(rows) },
};
