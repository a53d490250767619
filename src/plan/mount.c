/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts, in config.json's order: which verb each is, from where, with which flags. The
 * options are read by mountopt.c. Targets stay strings: nothing here knows what the rootfs has.
 */
#include <sched.h>

#include "base/mount.h"
#include "base/path.h"
#include "plan/build.h"
#include "plan/mountopt.h"

struct one {
	struct build *b;
	const struct oci_mount *spec;
	const char *at;			/* "/mounts/3" */
	struct mountopt opt;
	struct plan_mount *m;
	struct plan_mount *list;	/* those planned already stand before it here */
};

static bool type_is(const struct one *o, const char *type)
{
	return o->spec->type && streq(o->spec->type, type);
}

static bool only_propagation(const struct mountopt *o)
{
	const struct plan_mount_attr *a = &o->attr;

	return a->propagation && !a->set && !a->clear && !a->rec_set && !a->rec_clear &&
	       !o->super && !o->n_data;
}

/* A remount with "bind" in its options is a remount; type "bind" says what the option says. */
static int choose_verb(struct one *o)
{
	const struct build *b = o->b;
	bool typed = !build_no_text(o->spec->type) && !type_is(o, "none");

	if (o->opt.remount)
		o->m->verb = MOUNT_REMOUNT;
	else if (o->opt.bind || type_is(o, "bind"))
		o->m->verb = MOUNT_BIND;
	else if (type_is(o, "cgroup") || type_is(o, "cgroup2"))
		o->m->verb = MOUNT_CGROUP;
	else if (typed)
		o->m->verb = MOUNT_NEW;
	else if (only_propagation(&o->opt))
		o->m->verb = MOUNT_PROPAGATE;
	else
		return err_in(b->err, build_at(o->b, "%s/type", o->at),
			      "missing; a mount without the option bind or rbind needs a file "
			      "system type");
	return 0;
}

static void plan_target(struct one *o)
{
	const char *given = o->spec->destination;

	if (*given != '/')
		build_warn(o->b, "%s/destination: '%s' is relative, which is deprecated; taken "
			   "from /", o->at, given);
	o->m->target = path_join(o->b->a, "/", given);
}

static int plan_source(struct one *o)
{
	const char *given = o->spec->source;

	o->m->source = "";
	if (o->m->verb == MOUNT_NEW)
		o->m->source = build_no_text(given) ? o->spec->type : given;
	if (o->m->verb != MOUNT_BIND)
		return 0;
	if (build_no_text(given))
		return err_in(o->b->err, build_at(o->b, "%s/source", o->at),
			      "missing; a bind mount needs a file or folder of the host");
	o->m->source = path_join(o->b->a, o->b->options->bundle, given);
	return 0;
}

/* What this entry changes or covers: the last mount that was made at its place, or NULL. */
static struct plan_mount *mount_before(const struct one *o)
{
	for (struct plan_mount *m = o->m; m > o->list;) {
		m--;
		if (streq(m->target, o->m->target) && m->verb != MOUNT_REMOUNT &&
		    m->verb != MOUNT_PROPAGATE)
			return m;
	}
	return NULL;
}

static bool has_disk(const struct plan_mount *m)
{
	return m && m->verb == MOUNT_NEW && strchr(m->source, '/');
}

static void warn_ignored(struct one *o, size_t i)
{
	build_warn(o->b, "%s/options/%zu: '%s' belongs to a file system that is not made here; "
		   "ignored", o->at, i, o->spec->options[i]);
}

/*
 * A disk that is to be read-only must not be written to at all, not even to replay its journal. Of
 * what has no disk (tmpfs, sysfs) only the mount is read-only.
 */
static const char *disk_access(const struct one *o)
{
	bool remount = o->m->verb == MOUNT_REMOUNT;

	if (!has_disk(remount ? mount_before(o) : o->m))
		return NULL;
	if (o->m->attr.set & MOUNT_ATTR_RDONLY)
		return "ro";
	return remount && o->m->attr.clear & MOUNT_ATTR_RDONLY ? "rw" : NULL;
}

/*
 * What goes to the file system itself. Only a new one and a remount have such options: for binds
 * and the cgroup tree, which exist already, they would change what the host sees.
 */
static void plan_options(struct one *o)
{
	const struct mountopt *opt = &o->opt;
	const char **list = arena_alloc(o->b->a, opt->n_data + MOUNTOPT_SUPER_MAX + 1,
					sizeof(*list));
	bool remount = o->m->verb == MOUNT_REMOUNT;
	const char *access = disk_access(o);
	size_t n = 0;

	o->m->option = list;
	if (o->m->verb != MOUNT_NEW && (!remount || opt->bind)) {
		for (size_t i = 0; i < opt->n_data; i++)
			warn_ignored(o, opt->data[i]);
		for (size_t i = 0; i < opt->n_super_set; i++)
			warn_ignored(o, opt->super_set[i]);
		return;
	}
	for (size_t i = 0; i < opt->n_data; i++)
		list[n++] = o->spec->options[opt->data[i]];
	n += mountopt_super_names(opt, remount, list + n);
	if (access)
		list[n++] = access;
	o->m->n_option = n;
}

/*
 * A tmpfs gets its devices and mount points before it is read-only. With several words about that,
 * in remounts of it, the last one counts.
 */
static void plan_ro_late(struct one *o)
{
	struct plan_mount_attr *attr = &o->m->attr;
	struct plan_mount *first = o->m->verb == MOUNT_REMOUNT ? mount_before(o) : o->m;
	const uint64_t ro = MOUNT_ATTR_RDONLY;

	if (!first || first->verb != MOUNT_NEW || !streq(first->type, "tmpfs"))
		return;
	if (first == o->m && (attr->rec_set | attr->rec_clear) & ro) { /* nothing is below it yet */
		attr->set = (attr->set & ~ro) | (attr->rec_set & ro);
		attr->rec_set &= ~ro;
	}
	if (first != o->m && (attr->set | attr->clear) & ro) {
		for (struct plan_mount *m = first; m < o->m; m++) {
			if (!m->ro_late || !streq(m->target, o->m->target))
				continue;
			m->attr.set &= ~ro;
			m->ro_late = false;
		}
	}
	o->m->ro_late = attr->set & ro;
}

static int map_mount(struct one *o)
{
	const struct oci_mount *s = o->spec;
	struct plan_idmap *map = arena_new(o->b->a, struct plan_idmap);
	const char *uid_at = build_at_key(o->b, o->at, "uidMappings");
	const char *gid_at = build_at_key(o->b, o->at, "gidMappings");

	if (!s->n_uid_mappings || !s->n_gid_mappings)
		return err_in(o->b->err, s->n_uid_mappings ? gid_at : uid_at,
			      "missing; uidMappings and gidMappings come together");
	*map = (struct plan_idmap){ .from = uid_at };
	o->m->idmap = map;
	if (build_map_text(o->b, uid_at, (struct build_map){ s->uid_mappings, s->n_uid_mappings },
			   &map->uid) < 0)
		return -1;
	return build_map_text(o->b, gid_at,
			      (struct build_map){ s->gid_mappings, s->n_gid_mappings }, &map->gid);
}

static const char *why_no_map(const struct build *b)
{
	return b->plan->ns.create & CLONE_NEWNS
		       ? "with a user namespace, only root of the host can map the ids of a mount"
		       : "with a user namespace, the ids of a mount cannot be mapped in a mount "
			 "namespace that is joined";
}

static int plan_map(struct one *o)
{
	const struct oci_mount *s = o->spec;
	bool mapped = s->n_uid_mappings || s->n_gid_mappings;
	bool userns = build_has_ns(o->b, CLONE_NEWUSER);

	if (!mapped && !o->opt.idmap)
		return 0;

	const char *at = build_at(o->b, "%s/options/%zu", o->at, o->opt.idmap_at);

	if (o->m->verb != MOUNT_BIND && o->m->verb != MOUNT_NEW)
		return err_in(o->b->err, mapped ? o->at : at,
			      "only a bind mount or a new file system can have its ids mapped");
	if (!mapped && !userns)
		return err_in(o->b->err, at, "'%s' needs uidMappings and gidMappings here, or a "
			      "user namespace", s->options[o->opt.idmap_at]);
	/* What is made inside the user namespace has its ids anyway. */
	if (!mapped && o->m->verb == MOUNT_NEW)
		return 0;
	if (userns && build_opener(o->b) != OPENER_PARENT)
		return err_in(o->b->err, mapped ? o->at : at, "%s", why_no_map(o->b));
	o->m->rec_idmap = o->opt.rec_idmap;
	o->m->container_idmap = !mapped;
	o->m->opener = build_opener(o->b);
	return mapped ? map_mount(o) : 0;
}

/*
 * A copy of the host's mount shows the same as a mount made anew, and does not stall for
 * milliseconds as that does; so what can be found in the host's tree is taken from there.
 */
static enum plan_cgroup_tree cgroup_tree(const struct build *b)
{
	const struct plan_cgroup *cg = &b->plan->cgroup;
	bool found = cg->manager != MANAGER_DISABLED;

	if (b->plan->ns.create & CLONE_NEWCGROUP)
		return found ? TREE_OWN : TREE_NAMESPACE;
	return found && !build_has_ns(b, CLONE_NEWCGROUP) ? TREE_HOST : TREE_NAMESPACE;
}

/*
 * The host's tree shows an ordinary user's container all cgroups of this user, and its root could
 * write to them: leave its own, kill what is in others (CVE-2023-25809).
 */
static void plan_cgroup_mount(struct one *o)
{
	o->m->tree = cgroup_tree(o->b);
	if (o->m->tree != TREE_HOST || !build_has_ns(o->b, CLONE_NEWUSER))
		return;
	if (!(o->opt.attr.set & MOUNT_ATTR_RDONLY))
		build_warn(o->b, "%s: in a user namespace without a cgroup namespace this is the "
			   "host's cgroup tree, read-only", o->at);
	o->opt.attr.set |= MOUNT_ATTR_RDONLY;
	o->opt.attr.clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
}

/*
 * A user namespace may mount these file systems anew only together with the namespace that they
 * show. The host's sysfs can be had by a bind all the same.
 */
static const struct {
	const char *type, *name;
	unsigned ns;
} shows[] = {
	{ "sysfs", "network", CLONE_NEWNET },
	{ "proc", "pid", CLONE_NEWPID },
	{ "mqueue", "ipc", CLONE_NEWIPC },
};

static int plan_shown(struct one *o)
{
	const uint64_t safe = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			      MOUNT_ATTR_NOEXEC;
	size_t i = 0;

	while (i < COUNT(shows) && !type_is(o, shows[i].type))
		i++;
	if (o->m->verb != MOUNT_NEW || i == COUNT(shows) || build_has_ns(o->b, shows[i].ns) ||
	    !build_has_ns(o->b, CLONE_NEWUSER))
		return 0;
	if (shows[i].ns != CLONE_NEWNET)
		return err_in(o->b->err, o->at, "a new %s in a user namespace needs a namespace "
			      "of type '%s' in /linux/namespaces", shows[i].type, shows[i].name);
	build_warn(o->b, "%s: a user namespace without a network namespace has no sysfs of its "
		   "own; the host's /sys is bound, read-only", o->at);
	o->m->verb = MOUNT_BIND;
	o->m->source = "/sys";
	o->opt.recursive = true; /* what the host has mounted in it cannot be left out */
	/* The cgroups of an ordinary user are writable for him, see above. */
	o->opt.attr.rec_set |= (o->opt.attr.set & safe) | MOUNT_ATTR_RDONLY;
	return 0;
}

static bool has_option(const struct plan_mount *m, const char *prefix)
{
	for (size_t i = 0; i < m->n_option; i++)
		if (strncmp(m->option[i], prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

/* What the options say of the top folder is not overwritten by what was there before. */
static unsigned copy_root(const struct plan_mount *m)
{
	return (has_option(m, "mode=") ? 0 : COPY_ROOT_MODE) |
	       (has_option(m, "uid=") ? 0 : COPY_ROOT_UID) |
	       (has_option(m, "gid=") ? 0 : COPY_ROOT_GID);
}

static int plan_mount(struct one *o)
{
	mountopt_parse(o->b, o->spec, &o->opt);
	plan_target(o);
	if (choose_verb(o) < 0 || plan_source(o) < 0 || plan_shown(o) < 0)
		return -1;
	if (o->opt.copy_up && (o->m->verb != MOUNT_NEW || !type_is(o, "tmpfs")))
		return err_in(o->b->err, build_at(o->b, "%s/options/%zu", o->at,
						  o->opt.copy_up_at),
			      "'tmpcopyup' is for a new tmpfs only");
	o->m->from = o->at;
	o->m->type = o->m->verb == MOUNT_NEW ? o->spec->type : "";
	if (o->m->verb == MOUNT_CGROUP)
		plan_cgroup_mount(o);
	o->m->attr = o->opt.attr;
	plan_ro_late(o);
	o->m->recursive = o->m->verb == MOUNT_BIND && o->opt.recursive;
	o->m->opener = o->m->verb == MOUNT_BIND ? build_opener(o->b) : OPENER_INIT;
	o->m->copy_up = o->opt.copy_up;
	o->m->source_nofollow = o->opt.source_nofollow;
	o->m->target_nofollow = o->opt.target_nofollow || type_is(o, "proc") ||
				type_is(o, "sysfs");
	plan_options(o);
	o->m->copy_root = o->m->copy_up ? copy_root(o->m) : 0;
	return plan_map(o);
}

int build_mounts(struct build *b)
{
	const struct oci_config *spec = b->spec;
	struct plan_mount *list = arena_alloc(b->a, spec->n_mounts, sizeof(*list));

	if (spec->n_mounts && !build_has_ns(b, CLONE_NEWNS))
		return err_in(b->err, "/mounts", "needs a namespace of type 'mount' in "
			      "/linux/namespaces; without it, the host would get these mounts");
	for (size_t i = 0; i < spec->n_mounts; i++) {
		struct one o = {
			.b = b,
			.spec = &spec->mounts[i],
			.at = build_at_index(b, "/mounts", i),
			.m = &list[i],
			.list = list,
		};

		if (plan_mount(&o) < 0)
			return -1;
	}
	b->plan->mount = list;
	b->plan->n_mount = spec->n_mounts;
	return 0;
}
