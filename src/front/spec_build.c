/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of `spec`, applied to the default document one by one, by a table. Values that
 * cannot be understood are errors that name the option; nothing on the host is looked at.
 */
#include <ctype.h>
#include <inttypes.h>

#include "base/path.h"
#include "base/str.h"
#include "front/spec.h"

struct edit {
	const struct spec_input *in;
	const struct spec_given *given;
	struct oci_config *config;
	struct error *err;
};

static int refuse(struct edit *e, const char *option, const char *value, const char *wanted)
{
	return opts_error(e->err, "spec", "--%s: '%s' is not %s", option, value, wanted);
}

static struct oci_resources *resources(struct edit *e)
{
	struct oci_linux *lx = e->config->linux_;

	if (!lx->resources)
		lx->resources = arena_new(e->in->a, struct oci_resources);
	return lx->resources;
}

static int edit_rootless(struct edit *e)
{
	if (e->given->rootless == SWITCH_ON)
		spec_rootless(e->in, e->config);
	return 0;
}

static int edit_args(struct edit *e)
{
	struct oci_process *p = e->config->process;
	char *const *word = e->in->args;

	if (!word)
		return 0;
	if (!*word)
		return opts_error(e->err, "spec", "there is no program behind '--'");
	p->args = NULL;
	for (p->n_args = 0; word[p->n_args]; p->n_args++) {
		p->args = arena_grow(e->in->a, p->args, p->n_args, sizeof(*p->args));
		p->args[p->n_args] = word[p->n_args];
	}
	return 0;
}

/* A shell wants a terminal; a program that was named may as well be part of a script. */
static int edit_terminal(struct edit *e)
{
	enum opt_switch given = e->given->terminal;

	e->config->process->terminal =
		given == SWITCH_NOT_GIVEN ? !e->in->args : given == SWITCH_ON;
	return 0;
}

static int edit_read_only(struct edit *e)
{
	if (e->given->read_only != SWITCH_NOT_GIVEN)
		e->config->root->readonly = e->given->read_only == SWITCH_ON;
	return 0;
}

static int edit_hostname(struct edit *e)
{
	if (!e->given->hostname)
		return 0;
	if (!*e->given->hostname)
		return refuse(e, "hostname", "", "a name");
	e->config->hostname = e->given->hostname;
	return 0;
}

static int edit_cwd(struct edit *e)
{
	if (!e->given->cwd)
		return 0;
	if (*e->given->cwd != '/')
		return refuse(e, "cwd", e->given->cwd, "an absolute path in the container");
	e->config->process->cwd = e->given->cwd;
	return 0;
}

static int edit_user(struct edit *e)
{
	static const char wanted[] = "UID or UID:GID, in digits";
	const char *given = e->given->user, *colon = given ? strchr(given, ':') : NULL;
	struct oci_user *user = e->config->process->user;

	if (!given)
		return 0;

	const char *uid = colon ? arena_strndup(e->in->a, given, (size_t)(colon - given)) : given;

	if (str_to_u64(uid, UINT32_MAX - 1, &user->uid) < 0 ||
	    (colon && str_to_u64(colon + 1, UINT32_MAX - 1, &user->gid) < 0))
		return refuse(e, "user", given, wanted);
	return 0;
}

static int edit_memory(struct edit *e)
{
	const char *given = e->given->memory;
	uint64_t bytes;

	if (!given)
		return 0;
	if (str_to_bytes(given, &bytes) < 0 || bytes == 0 || bytes > INT64_MAX)
		return refuse(e, "memory", given, "a size such as 512M or 1G");

	struct oci_memory *m = arena_new(e->in->a, struct oci_memory);

	m->has_limit = true;
	m->limit = (int64_t)bytes;
	resources(e)->memory = m;
	return 0;
}

enum { CPU_PERIOD = 100000, CPU_QUOTA_MIN = 1000, CPU_DIGITS = 5 };

/* "1.5" processors -> microseconds in each period of 100 ms. Decimal, whatever the locale. */
static bool read_cpus(const char *s, int64_t *out)
{
	uint64_t quota = 0;
	int digits = 0, after = -1;

	for (; *s; s++) {
		if (*s == '.' && after < 0) {
			after = 0;
			continue;
		}
		if (!isdigit((unsigned char)*s) || ++digits > 10 || after >= CPU_DIGITS)
			return false;
		quota = quota * 10 + (uint64_t)(*s - '0');
		after += after >= 0;
	}
	if (digits == 0 || after == 0)
		return false;
	for (after = after < 0 ? 0 : after; after < CPU_DIGITS; after++)
		quota *= 10;
	*out = (int64_t)quota;
	return quota >= CPU_QUOTA_MIN;
}

static int edit_cpus(struct edit *e)
{
	struct oci_cpu *cpu = arena_new(e->in->a, struct oci_cpu);

	if (!e->given->cpus)
		return 0;
	if (!read_cpus(e->given->cpus, &cpu->quota))
		return refuse(e, "cpus", e->given->cpus,
			      "a number of processors such as 2 or 0.5 "
			      "(at least 0.01)");
	cpu->has_quota = cpu->has_period = true;
	cpu->period = CPU_PERIOD;
	resources(e)->cpu = cpu;
	return 0;
}

static int edit_pids(struct edit *e)
{
	struct oci_pids *pids = arena_new(e->in->a, struct oci_pids);
	const char *given = e->given->pids_limit;

	if (!given)
		return 0;
	if (str_to_i64(given, &pids->limit) < 0 || pids->limit < -1 || pids->limit == 0)
		return refuse(e, "pids-limit", given, "a number of processes, or -1 for no limit");
	pids->has_limit = true;
	resources(e)->pids = pids;
	return 0;
}

/* Where this variable stands in the environment, or the place behind the last one. */
static size_t find_env(const struct oci_process *p, const char *name, size_t len)
{
	size_t i = 0;

	while (i < p->n_env && (strncmp(p->env[i], name, len) != 0 || p->env[i][len] != '='))
		i++;
	return i;
}

static int edit_env(struct edit *e)
{
	struct oci_process *p = e->config->process;

	for (size_t i = 0; i < e->given->env.n; i++) {
		const char *given = e->given->env.item[i], *equals = strchr(given, '=');

		if (!equals || equals == given)
			return refuse(e, "env", given, "NAME=VALUE");

		size_t at = find_env(p, given, (size_t)(equals - given));

		if (at == p->n_env)
			p->env = arena_grow(e->in->a, p->env, p->n_env++, sizeof(*p->env));
		p->env[at] = given;
	}
	return 0;
}

/* "SRC:DST", "SRC:DST:ro": a bind mount, and with it what is mounted below the source. */
static int add_volume(struct edit *e, const char *given)
{
	static const char wanted[] = "SOURCE:TARGET or SOURCE:TARGET:ro, with an absolute target";
	struct oci_config *c = e->config;
	struct arena *a = e->in->a;
	char *source = arena_strdup(a, given);
	char *target = strchr(source, ':'), *mode = target ? strchr(target + 1, ':') : NULL;

	if (!target || target == source || target[1] != '/')
		return refuse(e, "volume", given, wanted);
	*target++ = '\0';
	if (*source != '/' && !e->in->cwd)
		return refuse(e, "volume", given, "possible: the current folder has no path");
	if (mode)
		*mode++ = '\0';
	if (mode && !streq(mode, "ro") && !streq(mode, "rw"))
		return refuse(e, "volume", given, wanted);

	const char **option = arena_alloc(a, 3, sizeof(*option));

	option[0] = "rbind";
	option[1] = "rprivate";
	option[2] = mode && streq(mode, "ro") ? "rro" : "rw";
	c->mounts = arena_grow(a, c->mounts, c->n_mounts, sizeof(*c->mounts));
	c->mounts[c->n_mounts++] = (struct oci_mount){
		.destination = target,
		.type = "bind",
		.source = path_join(a, e->in->cwd ? e->in->cwd : "/", source),
		.options = option,
		.n_options = 3,
	};
	return 0;
}

static int edit_volumes(struct edit *e)
{
	for (size_t i = 0; i < e->given->volume.n; i++)
		if (add_volume(e, e->given->volume.item[i]) < 0)
			return -1;
	return 0;
}

static int (*const edits[])(struct edit *) = {
	edit_rootless, edit_args,   edit_terminal, edit_read_only, edit_hostname, edit_cwd,
	edit_user,     edit_memory, edit_cpus,	   edit_pids,	   edit_env,	  edit_volumes,
};

struct oci_config *spec_build(const struct spec_input *in, struct error *err)
{
	struct edit e = { in, in->given, spec_default(in->a), err };

	for (size_t i = 0; i < COUNT(edits); i++)
		if (edits[i](&e) < 0)
			return NULL;
	return e.config;
}
