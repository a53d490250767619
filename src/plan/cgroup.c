/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup section: whether there is a cgroup, where it is, what is written to it and when.
 * Decides only; which of the directories exist is not known here. The meaning of the single
 * limits is in cgroup_limits.c, cgroup_cpu.c and cgroup_io.c, that of device rules in devices.c.
 */
#include "plan/cgroup.h"

#include "base/path.h"
#include "plan/devices.h"
#include "plan/unit.h"

static const char disabled[] =
	"asks for a limit, but there is no cgroup to set it on (--cgroup-manager disabled)";
static const char no_tree[] =
	"needs cgroup v2, but no v2 tree is mounted here "
	"(mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified)";

/* ---- controllers ---------------------------------------------------------------------------- */

/* "memory" of "memory.swap.max", or NULL for the files that every cgroup has. */
static const char *controller_of(struct limits *l, const char *file)
{
	const char *name = arena_strndup(l->b->a, file, strcspn(file, "."));

	return streq(name, "cgroup") ? NULL : name;
}

static bool controller_offered(const struct facts_cgroup *tree, const char *name)
{
	for (size_t i = 0; i < tree->n_controllers; i++)
		if (streq(tree->controllers[i], name))
			return true;
	return false;
}

/* Where a controller is instead. v1 has another name for io. */
static const struct facts_v1 *controller_in_v1(const struct facts_cgroup *tree, const char *name)
{
	const char *v1 = streq(name, "io") ? "blkio" : name;

	for (size_t i = 0; i < tree->n_v1; i++)
		if (streq(tree->v1[i].name, v1))
			return &tree->v1[i];
	return NULL;
}

static const char *offer_text(struct limits *l)
{
	const char *text = "";

	for (size_t i = 0; i < l->tree->n_controllers; i++)
		text = arena_printf(l->b->a, "%s %s", text, l->tree->controllers[i]);
	return *text ? text : " none";
}

static int controller_missing(struct limits *l, const char *name, const char *from)
{
	const struct facts_v1 *v1 = controller_in_v1(l->tree, name);

	if (v1)
		return err_in(l->b->err, from,
			      "controller %s is not in cgroup v2 here: it is mounted as v1 at %s "
			      "(boot with cgroup_no_v1=%s)",
			      name, v1->mount, v1->name);
	return err_in(l->b->err, from, "controller %s is not available: the v2 tree at %s offers%s",
		      name, l->tree->mount, offer_text(l));
}

static int controller_need(struct limits *l, const char *name, const char *from)
{
	if (!controller_offered(l->tree, name))
		return controller_missing(l, name, from);

	for (size_t i = 0; i < l->n_controller; i++)
		if (streq(l->controller[i], name))
			return 0;
	l->controller = arena_grow(l->b->a, l->controller, l->n_controller, sizeof(char *));
	l->controller[l->n_controller++] = name;
	return 0;
}

/*
 * As other runtimes do. All but cpuset, which accounts for nothing: a cgroup that has it starts
 * with the processors of its parent, and processes forked into it go through them once more.
 */
static void controllers_accounting(const struct limits *l, struct plan_cgroup *c)
{
	const char **name = arena_alloc(l->b->a, l->tree->n_controllers + 1, sizeof(*name));

	for (size_t i = 0; i < l->tree->n_controllers; i++)
		if (!streq(l->tree->controllers[i], "cpuset"))
			name[c->n_accounting++] = l->tree->controllers[i];
	c->accounting = name;
}

/* ---- writes --------------------------------------------------------------------------------- */

int limit_add(struct limits *l, unsigned flags, const char *from, const char *file,
	      const char *value)
{
	bool neutral = flags & LIMIT_NEUTRAL;

	if (!l->tree)
		return neutral ? 0 : err_in(l->b->err, from, "%s", l->why_none);

	const char *name = controller_of(l, file);

	if (neutral && name && !controller_offered(l->tree, name))
		return 0;
	if (!neutral && name && controller_need(l, name, from) < 0)
		return -1;

	l->write = arena_grow(l->b->a, l->write, l->n, sizeof(*l->write));
	l->write[l->n++] = (struct plan_write){
		.from = from, .file = file, .value = value, .optional = flags != 0
	};
	return 0;
}

int limit_override(struct limits *l, const char *from, const char *file, const char *value)
{
	size_t at = 0;

	while (at < l->n && !streq(l->write[at].file, file))
		at++;
	if (limit_add(l, 0, from, file, value) < 0)
		return -1;
	if (at < l->n - 1)
		l->write[at] = l->write[--l->n];
	return 0;
}

/*
 * Memory is limited late: mcrun's own work in the cgroup would be counted against it. The number
 * of processes too: with a limit of 0 or 1, which the spec allows, init could not even be made.
 */
static bool is_late(const char *file)
{
	return str_after(file, "memory.") || str_after(file, "pids.");
}

static bool is_last(const char *file)
{
	return streq(file, "memory.max");
}

enum phase { EARLY, LATE, LAST };

static enum phase phase_of(const struct plan_write *w)
{
	if (is_last(w->file))
		return LAST;
	return is_late(w->file) ? LATE : EARLY;
}

/*
 * systemd limits a cgroup before init is in it, and it is late all the same that these limits are
 * meant to hold: until then they are taken off again.
 */
static size_t relax(const struct limits *l, struct plan_write *out)
{
	static const char *const files[] = { "memory.max", "memory.high", "memory.swap.max",
					     "pids.max" };
	size_t n = 0;

	for (size_t i = 0; l->unit && i < l->n; i++)
		for (size_t j = 0; j < COUNT(files); j++)
			if (streq(l->write[i].file, files[j]) && !streq(l->write[i].value, "max"))
				out[n++] = (struct plan_write){ .from = l->write[i].from,
								.file = files[j],
								.value = "max",
								.optional = true };
	return n;
}

static size_t pick(const struct limits *l, enum phase phase, struct plan_write *out)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (phase_of(&l->write[i]) == phase)
			out[n++] = l->write[i];
	return n;
}

static void writes_sort(const struct limits *l, struct plan_cgroup *c)
{
	struct plan_write *early = arena_alloc(l->b->a, 2 * l->n + 1, sizeof(*early));
	struct plan_write *late = arena_alloc(l->b->a, l->n + 1, sizeof(*late));

	c->n_early = relax(l, early);
	c->n_early += pick(l, EARLY, early + c->n_early);
	c->n_late = pick(l, LATE, late);
	c->n_late += pick(l, LAST, late + c->n_late);
	c->early = early;
	c->late = late;
	c->controller = l->controller;
	c->n_controller = l->n_controller;
}

static int limits_build(struct limits *l, const struct oci_resources *r)
{
	if (!r)
		return 0;

	/* unified comes last: it overrides what the sections before it said. */
	if (limits_cpu(l, r->cpu) < 0 ||
	    limits_io(l, r->block_io) < 0 ||
	    limits_hugetlb(l, r->hugepage_limits, r->n_hugepage_limits) < 0 ||
	    limits_rdma(l, r->rdma, r->n_rdma) < 0 ||
	    limits_network(l, r->network) < 0 ||
	    limits_pids(l, r->pids) < 0 ||
	    limits_memory(l, r->memory) < 0 ||
	    limits_unified(l, r->unified, r->n_unified) < 0)
		return -1;
	return 0;
}

int cgroup_writes(struct build *b, const struct cgroup_asked *asked, struct plan_cgroup *c)
{
	struct limits l = { .b = b, .tree = asked->tree, .why_none = asked->why_none };

	if (limits_build(&l, asked->resources) < 0)
		return -1;
	writes_sort(&l, c);
	return 0;
}

/* ---- the place ------------------------------------------------------------------------------ */

static bool has_dotdot(const char *path)
{
	for (; *path; path += strcspn(path, "/")) {
		path += strspn(path, "/");
		if (strcspn(path, "/") == 2 && memcmp(path, "..", 2) == 0)
			return true;
	}
	return false;
}

/* "system.slice:docker:4711": what engines send when they drive systemd. */
static bool is_systemd_path(const char *path)
{
	const char *first = strchr(path, ':');

	return *path != '/' && first && strchr(first + 1, ':');
}

/*
 * Relative paths start beside mcrun's own cgroup, never inside it: a cgroup with processes can
 * have no controllers for its children. A place outside the cgroup namespace counts as the top.
 */
static const char *beside(struct build *b, const char *own, const char *name)
{
	const char *base = own && !has_dotdot(own) ? path_join(b->a, own, "..") : "/";

	return path_join(b->a, base, name);
}

static int cgroup_place(struct build *b, const char *own, const char *asked, const char **out)
{
	static const char at[] = "/linux/cgroupsPath";

	if (!asked) {
		*out = beside(b, own, b->options->id);
		return 0;
	}
	if (is_systemd_path(asked))
		return err_in(b->err, at,
			      "'%s' is of the form slice:prefix:name, which only the systemd "
			      "driver understands (--systemd-cgroup); the cgroupfs driver needs a "
			      "path like /parent/name",
			      asked);
	if (has_dotdot(asked))
		return err_in(b->err, at, "'%s' must not contain '..'", asked);

	const char *path = *asked == '/' ? path_clean(b->a, asked) : beside(b, own, asked);

	if (streq(path, "/"))
		return err_in(b->err, at, "'%s' is the root of the tree, which takes no container",
			      asked);
	*out = path;
	return 0;
}

static int systemd_place(struct limits *l, const char *asked, struct plan_cgroup *c)
{
	struct plan_unit *unit = arena_new(l->b->a, struct plan_unit);

	c->manager = MANAGER_SYSTEMD;
	c->mount = l->tree->mount;
	c->unit = l->unit = unit;
	return unit_build(l->b, asked, unit);
}

/* Fills in where the cgroup is, and l->tree; or that there is none. */
static int place_build(struct limits *l, struct plan_cgroup *c)
{
	struct build *b = l->b;
	const struct facts_cgroup *tree = b->facts->cgroup;
	const char *path = b->linux_->cgroups_path, *asked = build_no_text(path) ? NULL : path;

	*c = (struct plan_cgroup){ .from = asked ? "/linux/cgroupsPath" : "/linux",
				   .manager = MANAGER_DISABLED,
				   .mount = "",
				   .path = "",
				   .device_from = "/linux/resources/devices" };
	if (b->options->manager == MANAGER_DISABLED) {
		l->why_none = disabled;
		return 0;
	}
	if (!tree || !tree->mount) {
		l->why_none = no_tree;
		if (asked || b->options->manager == MANAGER_SYSTEMD)
			return err_in(b->err, c->from, "%s", no_tree);
		build_warn(b, "%s: no cgroup v2 tree is mounted here: no cgroup", c->from);
		return 0;
	}
	l->tree = tree;
	if (b->options->manager == MANAGER_SYSTEMD)
		return systemd_place(l, asked, c);
	if (cgroup_is_refused(l, asked)) {
		cgroup_without(l, c->from);
		return 0;
	}
	c->manager = MANAGER_CGROUPFS;
	c->mount = tree->mount;
	return cgroup_place(b, tree->own, asked, &c->path);
}

static bool asks_check(const struct oci_resources *r)
{
	return r && r->memory && r->memory->check_before_update;
}

int build_cgroup(struct build *b)
{
	struct plan_cgroup *c = &b->plan->cgroup;
	struct limits l = { .b = b };

	if (place_build(&l, c) < 0 || limits_build(&l, b->linux_->resources) < 0)
		return -1;
	if (l.unit && unit_properties(&l, l.unit) < 0)
		return -1;
	writes_sort(&l, c);
	if (c->manager == MANAGER_CGROUPFS)
		controllers_accounting(&l, c);
	c->check_memory = asks_check(b->linux_->resources);
	return build_devices(b, l.tree ? NULL : l.why_none);
}
