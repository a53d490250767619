/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.intelRdt: the class of service (a folder of resctrl) that the container's processes belong
 * to, what its schemata are, and a monitoring group. The rules are those of config-linux.md.
 */
#include "plan/rdt.h"

#define AT RDT_AT

/* The first field that asks for schemata, or NULL: none does. */
static const char *schema_at(const struct oci_intel_rdt *r)
{
	if (!build_no_text(r->l3_cache_schema))
		return AT "/l3CacheSchema";
	if (!build_no_text(r->mem_bw_schema))
		return AT "/memBwSchema";
	return r->n_schemata ? AT "/schemata" : NULL;
}

static const struct facts_rdt_group *find_group(const struct facts_rdt *f, const char *name)
{
	for (size_t i = 0; i < f->n_groups; i++)
		if (streq(f->groups[i].name, name))
			return &f->groups[i];
	return NULL;
}

/* A folder right below the tree, and none of the kernel's own. */
static int check_name(struct build *b, const char *name)
{
	static const char *const own[] = { ".", "..", "info", "mon_groups", "mon_data" };

	if (strpbrk(name, "/\n"))
		return err_in(b->err, b->plan->rdt.from,
			      "'%s' is no name of a folder ('/' alone is the default class)", name);
	for (size_t i = 0; i < COUNT(own); i++)
		if (streq(name, own[i]))
			return err_in(b->err, b->plan->rdt.from,
				      "'%s' is no name that a class of service can have", name);
	return 0;
}

static int add_line(struct build *b, const char *at, const char *value)
{
	struct plan_rdt *rdt = &b->plan->rdt;
	struct plan_write *line;

	if (strchr(value, '\n'))
		return err_in(b->err, at, "must be one line");
	if (!strchr(value, ':'))
		return err_in(b->err, at, "'%s' is no schema; expected one like 'L3:0=ff'", value);
	line = arena_grow(b->a, (struct plan_write *)rdt->line, rdt->n_line, sizeof(*line));
	line[rdt->n_line++] = (struct plan_write){ .from = at, .file = "schemata", .value = value };
	rdt->line = line;
	return 0;
}

int rdt_lines(struct build *b, const struct oci_intel_rdt *r)
{
	if (!build_no_text(r->l3_cache_schema)) {
		if (!str_after(r->l3_cache_schema, "L3:"))
			build_warn(b, AT "/l3CacheSchema: '%s' does not begin with 'L3:'",
				   r->l3_cache_schema);
		if (add_line(b, AT "/l3CacheSchema", r->l3_cache_schema) < 0)
			return -1;
	}
	if (!build_no_text(r->mem_bw_schema)) {
		if (!str_after(r->mem_bw_schema, "MB:"))
			return err_in(b->err, AT "/memBwSchema", "'%s' must begin with 'MB:'",
				      r->mem_bw_schema);
		if (add_line(b, AT "/memBwSchema", r->mem_bw_schema) < 0)
			return -1;
	}
	for (size_t i = 0; i < r->n_schemata; i++)
		if (add_line(b, build_at(b, AT "/schemata/%zu", i), r->schemata[i]) < 0)
			return -1;
	return 0;
}

/* ---- does an existing class have these schemata? --------------------------------------------- */

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* Length of a number without the blanks and zeros that the kernel fills it up with; *s moves. */
static size_t take_value(const char **s)
{
	*s = skip_blanks(*s);

	size_t len = strcspn(*s, ";\n"), zeros = strspn(*s, "0");

	while (len && ((*s)[len - 1] == ' ' || (*s)[len - 1] == '\r'))
		len--;
	if (zeros >= len)
		zeros = len ? len - 1 : 0;
	*s += zeros;
	return len - zeros;
}

/* "0=7F;1=ff": the value of this id, or NULL. */
static const char *find_id(const char *list, const char *id, size_t n_id)
{
	for (;;) {
		list = skip_blanks(list);
		if (strncmp(list, id, n_id) == 0 && list[n_id] == '=')
			return list + n_id + 1;
		list += strcspn(list, ";\n");
		if (*list++ != ';')
			return NULL;
	}
}

/* The list behind "L3:" in the text of a schemata file, or NULL. */
static const char *find_resource(const char *text, const char *resource, size_t n)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *line = skip_blanks(text);

		if (strncmp(line, resource, n) == 0 && line[n] == ':')
			return line + n + 1;
	}
	return NULL;
}

static bool is_in_force(const char *text, const char *line)
{
	size_t n = strcspn(line, ":");
	const char *have = find_resource(text, line, n);

	for (const char *want = line + n; have && *want;) {
		const char *id = skip_blanks(want + 1);
		size_t n_id = strcspn(id, "=;\n");
		const char *given = id + n_id + 1;
		const char *found = id[n_id] == '=' ? find_id(have, id, n_id) : NULL;

		if (!found)
			return false;

		size_t n_given = take_value(&given), n_found = take_value(&found);

		if (n_given != n_found || strncasecmp(given, found, n_given) != 0)
			return false;
		want = given + n_given;
		want += strcspn(want, ";");
	}
	return have;
}

/* A class that others use as well is not changed: its schemata must be those that are asked for. */
static int check_existing(struct build *b, const struct facts_rdt_group *g)
{
	struct plan_rdt *rdt = &b->plan->rdt;

	for (size_t i = 0; i < rdt->n_line; i++)
		if (!is_in_force(g->schemata ? g->schemata : "", rdt->line[i].value))
			return err_in(b->err, rdt->line[i].from,
				      "'%s' is not what the existing class '%s' has",
				      rdt->line[i].value, g->name);
	rdt->n_line = 0;
	return 0;
}

/* ---- the section ----------------------------------------------------------------------------- */

static int choose_group(struct build *b, const struct oci_intel_rdt *r)
{
	struct plan_rdt *rdt = &b->plan->rdt;
	bool named = !build_no_text(r->clos_id), top = named && streq(r->clos_id, "/");
	const char *name = named ? r->clos_id : b->options->id;
	const struct facts_rdt_group *g = find_group(b->facts->rdt, name);

	rdt->from = named ? AT "/closID" : AT;
	if (!top && check_name(b, name) < 0)
		return -1;
	rdt->group = top ? "" : name;
	if (g)
		return check_existing(b, g);
	if (named && !schema_at(r))
		return err_in(b->err, AT "/closID",
			      "there is no class of service '%s' in %s, and no schemata to make it",
			      name, rdt->mount);
	rdt->make = !top;
	rdt->remove = !named;
	return 0;
}

int build_rdt(struct build *b)
{
	const struct oci_intel_rdt *r = b->linux_->intel_rdt;
	struct plan_rdt *rdt = &b->plan->rdt;

	rdt->from = AT;
	if (!r)
		return 0;
	if (!b->facts->rdt || !b->facts->rdt->mount)
		return err_in(b->err, AT, "no resctrl file system is mounted on this host");
	rdt->mount = b->facts->rdt->mount;
	if (rdt_lines(b, r) < 0 || choose_group(b, r) < 0)
		return -1;
	if (!r->enable_monitoring)
		return 0;
	if (!b->facts->rdt->monitoring)
		return err_in(b->err, AT "/enableMonitoring", "%s has no monitoring groups",
			      rdt->mount);
	rdt->monitor = b->options->id;
	return 0;
}
