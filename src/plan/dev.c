/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in the container's /dev: the specification's default nodes, config.json's, and a few
 * links. A /dev that is bound from the host is left as it is.
 */
#include <sched.h>

#include "base/path.h"
#include "plan/build.h"
#include "plan/root.h"

enum { MODE_DEFAULT = 0666, MODE_BITS = 07777 };

static const struct plan_dev default_devs[] = {
	{ "/linux", "/dev/null", 'c', 1, 3, MODE_DEFAULT, 0, 0, false },
	{ "/linux", "/dev/zero", 'c', 1, 5, MODE_DEFAULT, 0, 0, false },
	{ "/linux", "/dev/full", 'c', 1, 7, MODE_DEFAULT, 0, 0, false },
	{ "/linux", "/dev/random", 'c', 1, 8, MODE_DEFAULT, 0, 0, false },
	{ "/linux", "/dev/urandom", 'c', 1, 9, MODE_DEFAULT, 0, 0, false },
	{ "/linux", "/dev/tty", 'c', 5, 0, MODE_DEFAULT, 0, 0, false },
};

static const struct plan_link default_links[] = {
	{ "/linux", "/dev/ptmx", "pts/ptmx" },
	{ "/linux", "/dev/fd", "/proc/self/fd" },
	{ "/linux", "/dev/stdin", "/proc/self/fd/0" },
	{ "/linux", "/dev/stdout", "/proc/self/fd/1" },
	{ "/linux", "/dev/stderr", "/proc/self/fd/2" },
	{ "/linux", "/dev/core", "/proc/kcore" },
};

/* Is the host's /dev (or another folder of the host) the container's? */
static bool dev_is_bound(const struct plan *plan)
{
	for (size_t i = plan->n_mount; i--;) {
		enum plan_mount_verb verb = plan->mount[i].verb;

		if (streq(plan->mount[i].target, "/dev") && verb != MOUNT_REMOUNT &&
		    verb != MOUNT_PROPAGATE)
			return verb == MOUNT_BIND;
	}
	return false;
}

static const struct plan_dev *find_dev(const struct plan_root *root, const char *path)
{
	for (size_t i = 0; i < root->n_dev; i++)
		if (streq(root->dev[i].path, path))
			return &root->dev[i];
	return NULL;
}

static bool same_dev(const struct plan_dev *a, const struct plan_dev *b)
{
	return a->type == b->type && a->major == b->major && a->minor == b->minor &&
	       a->mode == b->mode && a->uid == b->uid && a->gid == b->gid;
}

static int plan_type(struct build *b, const struct oci_device *d, struct plan_dev *out)
{
	bool numbered = !streq(d->type, "p");

	if (strlen(d->type) != 1 || !strchr("cbup", *d->type))
		return err_in(b->err, build_at(b, "%s/type", out->from),
			      "unknown device type '%s'; there are c, u, b and p", d->type);
	if (numbered && (!d->has_major || !d->has_minor))
		return err_in(b->err, build_at(b, "%s/%s", out->from,
					       d->has_major ? "minor" : "major"),
			      "missing; a device of type '%s' has major and minor", d->type);
	out->type = *d->type == 'u' ? 'c' : *d->type;
	out->major = numbered ? (uint32_t)d->major : 0;
	out->minor = numbered ? (uint32_t)d->minor : 0;
	return 0;
}

static int plan_dev(struct build *b, size_t i, struct plan_dev *out)
{
	const struct oci_device *d = &b->linux_->devices[i];

	*out = (struct plan_dev){
		.from = build_at_index(b, "/linux/devices", i),
		.path = path_join(b->a, "/", d->path),
		.mode = d->has_file_mode ? (uint32_t)d->file_mode & MODE_BITS : MODE_DEFAULT,
		.uid = (uint32_t)d->uid,
		.gid = (uint32_t)d->gid,
	};
	if (*d->path != '/')
		return err_in(b->err, build_at(b, "%s/path", out->from),
			      "'%s' is relative; it must be absolute", d->path);
	if (streq(out->path, "/"))
		return err_in(b->err, build_at(b, "%s/path", out->from),
			      "'%s' is the root itself, no place for a device", d->path);
	return plan_type(b, d, out);
}

/* Places that are mcrun's to fill: engines that list all of the host's nodes name them, too. */
static bool is_ours(const struct build *b, const struct plan_dev *dev, bool bound)
{
	if (bound)
		return path_below(dev->path, "/dev");
	return streq(dev->path, "/dev/ptmx") ||
	       (b->plan->root.console && streq(dev->path, "/dev/console"));
}

/* The specification advises against it: what is said of one may be meant of both. */
static void warn_twice(struct build *b, const struct plan_dev *dev)
{
	const struct plan_root *root = &b->plan->root;

	for (size_t i = 0; i < root->n_dev && dev->type != 'p'; i++) {
		const struct plan_dev *o = &root->dev[i];

		if (o->type != dev->type || o->major != dev->major || o->minor != dev->minor)
			continue;
		build_warn(b, "%s: %c %u:%u is listed twice, first at %s", dev->from, dev->type,
			   dev->major, dev->minor, o->from);
		return;
	}
}

static int plan_listed(struct build *b, struct plan_dev *list, bool bound)
{
	struct plan_root *root = &b->plan->root;

	for (size_t i = 0; i < b->linux_->n_devices; i++) {
		struct plan_dev dev;

		if (plan_dev(b, i, &dev) < 0)
			return -1;

		const struct plan_dev *other = find_dev(root, dev.path);

		if (other && !same_dev(other, &dev))
			return err_in(b->err, build_at(b, "%s/path", dev.from),
				      "'%s' is also %s, which is another device", dev.path,
				      other->from);
		warn_twice(b, &dev);
		if (!other && !is_ours(b, &dev, bound))
			list[root->n_dev++] = dev;
	}
	return 0;
}

static void plan_defaults(struct build *b, struct plan_dev *list)
{
	struct plan_root *root = &b->plan->root;
	struct plan_link *link = arena_alloc(b->a, COUNT(default_links), sizeof(*link));

	for (size_t i = 0; i < COUNT(default_links); i++)
		if (!find_dev(root, default_links[i].path))
			link[root->n_link++] = default_links[i];
	for (size_t i = 0; i < COUNT(default_devs); i++)
		if (!find_dev(root, default_devs[i].path))
			list[root->n_dev++] = default_devs[i];
	root->link = link;
}

int root_devices(struct build *b)
{
	struct plan_root *root = &b->plan->root;
	bool bound = dev_is_bound(b->plan);
	size_t max = b->linux_->n_devices + COUNT(default_devs);
	struct plan_dev *list = arena_alloc(b->a, max, sizeof(*list));

	root->dev = list;
	root->bind_devices = build_has_ns(b, CLONE_NEWUSER) || b->facts->in_userns;
	if (plan_listed(b, list, bound) < 0)
		return -1;
	for (size_t i = 0; i < root->n_dev; i++) /* only the first user namespace makes nodes */
		list[i].by_parent = list[i].type != 'p' && build_opener(b) == OPENER_PARENT &&
				    !b->facts->in_userns;
	if (!bound)
		plan_defaults(b, list);
	return 0;
}
