/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts, in config.json's order: which verb each is, from where, with which flags. The
 * options are read by mountopt.c. Targets stay strings: nothing here knows what the rootfs has.
 */
#include <sched.h>
#include <sys/mount.h>

#include "base/path.h"
#include "plan/build.h"
#include "plan/mountopt.h"

struct one {
	struct build *b;
	const struct oci_mount *spec;
	const char *at;			/* "/mounts/3" */
	struct mountopt opt;
	struct plan_mount *m;
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
	const char *at = build_at(o->b, "%s/destination", o->at);

	if (*given != '/')
		build_warn(o->b, "%s: '%s' is relative, which is deprecated; taken from /", at,
			   given);
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

/*
 * What goes to the file system itself. Only a new one and a remount have such options: for binds
 * and the cgroup tree, which exist already, they would change what the host sees.
 */
static void plan_options(struct one *o)
{
	const struct mountopt *opt = &o->opt;
	const char **list = arena_alloc(o->b->a, opt->n_data + 5, sizeof(*list)), *super[4];
	bool taken = o->m->verb == MOUNT_NEW || (o->m->verb == MOUNT_REMOUNT && !opt->bind);
	size_t n = 0;

	o->m->option = list;
	for (size_t i = 0; i < opt->n_data; i++) {
		const char *text = o->spec->options[opt->data[i]];

		if (taken)
			list[n++] = text;
		else
			build_warn(o->b, "%s/options/%zu: '%s' belongs to a file system that is "
				   "not made here; ignored", o->at, opt->data[i], text);
	}
	if (taken) {
		size_t n_super = mountopt_super_names(opt->super, super);

		memcpy(list + n, super, n_super * sizeof(*super));
		n += n_super;
	}
	/*
	 * A disk that is to be read-only must not be written to at all, not even to replay its
	 * journal. Of what has no disk (tmpfs, sysfs) only the mount is read-only.
	 */
	if (o->m->verb == MOUNT_NEW && o->m->attr.set & MOUNT_ATTR_RDONLY &&
	    strchr(o->m->source, '/'))
		list[n++] = "ro";
	o->m->n_option = n;
}

static int map_mount(struct one *o)
{
	const struct oci_mount *s = o->spec;
	struct plan_idmap *map = arena_new(o->b->a, struct plan_idmap);
	const char *uid_at = build_at(o->b, "%s/uidMappings", o->at);
	const char *gid_at = build_at(o->b, "%s/gidMappings", o->at);

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

static int plan_map(struct one *o)
{
	const struct oci_mount *s = o->spec;
	bool mapped = s->n_uid_mappings || s->n_gid_mappings;
	const char *at = build_at(o->b, "%s/options/%zu", o->at, o->opt.idmap_at);

	if (!mapped && !o->opt.idmap)
		return 0;
	if (o->m->verb != MOUNT_BIND && o->m->verb != MOUNT_NEW)
		return err_in(o->b->err, mapped ? o->at : at,
			      "only a bind mount or a new file system can have its ids mapped");
	o->m->rec_idmap = o->opt.rec_idmap;
	if (mapped)
		return map_mount(o);
	if (!build_has_ns(o->b, CLONE_NEWUSER))
		return err_in(o->b->err, at, "'%s' needs uidMappings and gidMappings here, or a "
			      "user namespace", s->options[o->opt.idmap_at]);
	o->m->container_idmap = true;
	return 0;
}

static int plan_mount(struct one *o)
{
	mountopt_parse(o->b, o->spec, &o->opt);
	plan_target(o);
	if (choose_verb(o) < 0 || plan_source(o) < 0)
		return -1;
	if (o->opt.copy_up && (o->m->verb != MOUNT_NEW || !type_is(o, "tmpfs")))
		return err_in(o->b->err, build_at(o->b, "%s/options/%zu", o->at,
						  o->opt.copy_up_at),
			      "'tmpcopyup' is for a new tmpfs only");
	o->m->from = o->at;
	o->m->type = o->m->verb == MOUNT_NEW ? o->spec->type : "";
	o->m->attr = o->opt.attr;
	o->m->ro_late = o->m->verb == MOUNT_NEW && type_is(o, "tmpfs") &&
			o->m->attr.set & MOUNT_ATTR_RDONLY;
	o->m->recursive = o->m->verb == MOUNT_BIND && o->opt.recursive;
	o->m->copy_up = o->opt.copy_up;
	o->m->source_nofollow = o->opt.source_nofollow;
	o->m->target_nofollow = o->opt.target_nofollow || type_is(o, "proc") ||
				type_is(o, "sysfs");
	plan_options(o);
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
			.at = build_at(b, "/mounts/%zu", i),
			.m = &list[i],
		};

		if (plan_mount(&o) < 0)
			return -1;
	}
	b->plan->mount = list;
	b->plan->n_mount = spec->n_mounts;
	return 0;
}
