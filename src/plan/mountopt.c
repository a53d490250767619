/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of mount options: every name of the specification's list, and a few of other runtimes.
 * Parsing, `features` and `explain` read this one table. An option that is not in it belongs to
 * the file system.
 */
#include "plan/mountopt.h"

#include "base/mount.h"
#include "plan/mount.h"

enum kind {
	NOTHING,	/* accepted: the kernel has no such switch any more, or it is the default */
	ATTR,		/* bits of this mount; of a field of bits, `clear` is all of it */
	ATIME_BACK,	/* takes back what another option set in the field, and only that */
	PROPAGATION,
	SUPER,		/* flags of the file system's super block */
	BIND,
	REMOUNT,
	COPY_UP,
	IDMAP,
	SRC_NOFOLLOW,
	DEST_NOFOLLOW,
};

enum { ONE, ALL };	/* the mount alone, or all below it, too */

#define ATIME MOUNT_ATTR__ATIME

static const struct option {
	char name[16]; /* here, as in base/names.c */
	enum kind kind;
	int reach;
	uint64_t set, clear;
} options[] = {
	{ "defaults", NOTHING, ONE, 0, 0 },

	{ "ro", ATTR, ONE, MOUNT_ATTR_RDONLY, 0 },
	{ "rw", ATTR, ONE, 0, MOUNT_ATTR_RDONLY },
	{ "nosuid", ATTR, ONE, MOUNT_ATTR_NOSUID, 0 },
	{ "suid", ATTR, ONE, 0, MOUNT_ATTR_NOSUID },
	{ "nodev", ATTR, ONE, MOUNT_ATTR_NODEV, 0 },
	{ "dev", ATTR, ONE, 0, MOUNT_ATTR_NODEV },
	{ "noexec", ATTR, ONE, MOUNT_ATTR_NOEXEC, 0 },
	{ "exec", ATTR, ONE, 0, MOUNT_ATTR_NOEXEC },
	{ "nosymfollow", ATTR, ONE, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "symfollow", ATTR, ONE, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "nodiratime", ATTR, ONE, MOUNT_ATTR_NODIRATIME, 0 },
	{ "diratime", ATTR, ONE, 0, MOUNT_ATTR_NODIRATIME },
	{ "noatime", ATTR, ONE, MOUNT_ATTR_NOATIME, ATIME },
	{ "atime", ATIME_BACK, ONE, MOUNT_ATTR_NOATIME, ATIME },
	{ "relatime", ATTR, ONE, MOUNT_ATTR_RELATIME, ATIME },
	{ "norelatime", NOTHING, ONE, 0, 0 },	/* what is left then is relatime again */
	{ "strictatime", ATTR, ONE, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "nostrictatime", ATIME_BACK, ONE, MOUNT_ATTR_STRICTATIME, ATIME },

	{ "rro", ATTR, ALL, MOUNT_ATTR_RDONLY, 0 },
	{ "rrw", ATTR, ALL, 0, MOUNT_ATTR_RDONLY },
	{ "rnosuid", ATTR, ALL, MOUNT_ATTR_NOSUID, 0 },
	{ "rsuid", ATTR, ALL, 0, MOUNT_ATTR_NOSUID },
	{ "rnodev", ATTR, ALL, MOUNT_ATTR_NODEV, 0 },
	{ "rdev", ATTR, ALL, 0, MOUNT_ATTR_NODEV },
	{ "rnoexec", ATTR, ALL, MOUNT_ATTR_NOEXEC, 0 },
	{ "rexec", ATTR, ALL, 0, MOUNT_ATTR_NOEXEC },
	{ "rnosymfollow", ATTR, ALL, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "rsymfollow", ATTR, ALL, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "rnodiratime", ATTR, ALL, MOUNT_ATTR_NODIRATIME, 0 },
	{ "rdiratime", ATTR, ALL, 0, MOUNT_ATTR_NODIRATIME },
	{ "rnoatime", ATTR, ALL, MOUNT_ATTR_NOATIME, ATIME },
	{ "ratime", ATIME_BACK, ALL, MOUNT_ATTR_NOATIME, ATIME },
	{ "rrelatime", ATTR, ALL, MOUNT_ATTR_RELATIME, ATIME },
	{ "rnorelatime", NOTHING, ALL, 0, 0 },
	{ "rstrictatime", ATTR, ALL, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "rnostrictatime", ATIME_BACK, ALL, MOUNT_ATTR_STRICTATIME, ATIME },

	{ "private", PROPAGATION, ONE, MS_PRIVATE, 0 },
	{ "shared", PROPAGATION, ONE, MS_SHARED, 0 },
	{ "slave", PROPAGATION, ONE, MS_SLAVE, 0 },
	{ "unbindable", PROPAGATION, ONE, MS_UNBINDABLE, 0 },
	{ "rprivate", PROPAGATION, ALL, MS_PRIVATE, 0 },
	{ "rshared", PROPAGATION, ALL, MS_SHARED, 0 },
	{ "rslave", PROPAGATION, ALL, MS_SLAVE, 0 },
	{ "runbindable", PROPAGATION, ALL, MS_UNBINDABLE, 0 },

	{ "sync", SUPER, ONE, MS_SYNCHRONOUS, 0 },
	{ "async", SUPER, ONE, 0, MS_SYNCHRONOUS },
	{ "dirsync", SUPER, ONE, MS_DIRSYNC, 0 },
	{ "mand", SUPER, ONE, MS_MANDLOCK, 0 },
	{ "nomand", SUPER, ONE, 0, MS_MANDLOCK },
	{ "lazytime", SUPER, ONE, MS_LAZYTIME, 0 },
	{ "nolazytime", SUPER, ONE, 0, MS_LAZYTIME },
	/* fsconfig(2) has none of these four; the first is always on, the last is about its log */
	{ "iversion", NOTHING, ONE, 0, 0 },
	{ "noiversion", NOTHING, ONE, 0, 0 },
	{ "loud", NOTHING, ONE, 0, 0 },
	{ "silent", NOTHING, ONE, 0, 0 },

	{ "bind", BIND, ONE, 0, 0 },
	{ "rbind", BIND, ALL, 0, 0 },
	{ "remount", REMOUNT, ONE, 0, 0 },
	{ "idmap", IDMAP, ONE, 0, 0 },
	{ "ridmap", IDMAP, ALL, 0, 0 },
	{ "tmpcopyup", COPY_UP, ONE, 0, 0 },
	{ "src-nofollow", SRC_NOFOLLOW, ONE, 0, 0 },	/* crun's, like the next */
	{ "dest-nofollow", DEST_NOFOLLOW, ONE, 0, 0 },
};

static const struct option *option_find(const char *name)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (streq(options[i].name, name))
			return &options[i];
	return NULL;
}

static void put_bits(uint64_t *set, uint64_t *clear, const struct option *o)
{
	*set = (*set & ~o->clear) | o->set;
	*clear = (*clear & ~o->set) | o->clear;
}

static void put_attr(struct plan_mount_attr *attr, const struct option *o)
{
	uint64_t *set = o->reach == ALL ? &attr->rec_set : &attr->set;
	uint64_t *clear = o->reach == ALL ? &attr->rec_clear : &attr->clear;

	if (o->kind == ATTR) {
		put_bits(set, clear, o);
	} else if (!(*clear & ATIME) || (*set & ATIME) == o->set) {
		*set &= ~(uint64_t)ATIME;
		*clear |= ATIME;
	}
}

static void put(struct mountopt *out, const struct option *o, size_t i)
{
	switch (o->kind) {
	case NOTHING:
		break;
	case ATTR:
	case ATIME_BACK:
		put_attr(&out->attr, o);
		break;
	case PROPAGATION:
		out->attr.propagation = o->set;
		out->attr.rec_propagation = o->reach == ALL;
		break;
	case SUPER:
		put_bits(&out->super, &out->super_clear, o);
		break;
	case BIND:
		out->bind = true;
		out->recursive = o->reach == ALL;
		break;
	case REMOUNT:
		out->remount = true;
		break;
	case COPY_UP:
		out->copy_up = true;
		out->copy_up_at = i;
		break;
	case IDMAP:
		out->idmap = true;
		out->rec_idmap = o->reach == ALL;
		out->idmap_at = i;
		break;
	case SRC_NOFOLLOW:
		out->source_nofollow = true;
		break;
	case DEST_NOFOLLOW:
		out->target_nofollow = true;
		break;
	}
}

void mountopt_parse(struct build *b, const struct oci_mount *mount, struct mountopt *out)
{
	size_t *data = arena_alloc(b->a, mount->n_options, sizeof(*data));
	size_t *super = arena_alloc(b->a, mount->n_options, sizeof(*super));

	*out = (struct mountopt){ .data = data, .super_set = super };
	for (size_t i = 0; i < mount->n_options; i++) {
		const struct option *o = option_find(mount->options[i]);

		if (o)
			put(out, o, i);
		else if (*mount->options[i])
			data[out->n_data++] = i;
		if (o && o->kind == SUPER && o->set)
			super[out->n_super_set++] = i;
	}
}

size_t mountopt_super_names(const struct mountopt *opt, bool clear,
			    const char *out[MOUNTOPT_SUPER_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(options); i++) {
		const struct option *o = &options[i];

		if (o->kind == SUPER &&
		    (o->set & opt->super || (clear && o->clear & opt->super_clear)))
			out[n++] = o->name;
	}
	return n;
}

const char *const *plan_mount_option_names(struct arena *a, size_t *n)
{
	const char **names = arena_alloc(a, COUNT(options) + 1, sizeof(*names));

	for (size_t i = 0; i < COUNT(options); i++)
		names[i] = options[i].name;
	*n = COUNT(options);
	return names;
}

/* Do the flags say what this option says? */
static bool shows(const struct plan_mount_attr *attr, const struct option *o)
{
	bool all = o->reach == ALL;
	uint64_t bits = o->set | o->clear;
	uint64_t set = all ? attr->rec_set : attr->set, clear = all ? attr->rec_clear : attr->clear;

	if (o->kind == PROPAGATION)
		return attr->propagation == o->set && attr->rec_propagation == all;
	return o->kind == ATTR && (set & bits) == o->set && (clear & bits) == o->clear;
}

const char *plan_mount_flag_names(struct arena *a, const struct plan_mount_attr *attr)
{
	const char *text = "";

	for (size_t i = 0; i < COUNT(options); i++)
		if (shows(attr, &options[i]))
			text = arena_printf(a, "%s%s%s", text, *text ? " " : "", options[i].name);
	return text;
}
