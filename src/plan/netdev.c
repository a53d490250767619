/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices: which devices of the host go into the container, and what they are called. */
#include "plan/build.h"

#include <sched.h>

#define AT "/linux/netDevices"
enum { NAME_MAX_BYTES = 15 }; /* IFNAMSIZ without the NUL */

/* What the kernel takes as a name (dev_valid_name). */
static int check_name(struct build *b, const char *at, const char *name)
{
	if (!*name || streq(name, ".") || streq(name, "..") || strpbrk(name, "/: \t\n\v\f\r"))
		return err_in(b->err, at, "'%s' is no name of a network device", name);
	if (strlen(name) > NAME_MAX_BYTES)
		return err_in(b->err, at, "'%s' is too long for a network device (15 bytes)", name);
	return 0;
}

/* "eth%d", once; the kernel takes no other percent sign. */
static int check_template(struct build *b, const char *at, const char *name)
{
	const char *percent = strchr(name, '%');

	if (percent && (percent[1] != 'd' || strchr(percent + 1, '%')))
		return err_in(b->err, at, "'%s' may have one %%d, and no other %%", name);
	return 0;
}

/* A template finds another number each time. */
static int check_unique(struct build *b, const char *at, const char *name)
{
	for (size_t i = 0; i < b->plan->n_netdev && !strchr(name, '%'); i++)
		if (streq(b->plan->netdev[i].name, name))
			return err_in(b->err, at, "'%s' is already the name of the device of %s",
				      name, b->plan->netdev[i].from);
	return 0;
}

static int check_namespace(struct build *b)
{
	if (!build_has_ns(b, CLONE_NEWNET))
		return err_in(b->err, AT, "needs a namespace of type 'network' in "
			      "/linux/namespaces");
	if (b->facts->has_net_is_host && b->facts->net_is_host)
		return err_in(b->err, AT, "the container is in the network namespace of the host: "
			      "there is nothing to move");
	if (b->facts->has_uid && b->facts->uid != 0)
		return err_in(b->err, AT, "only root can move network devices");
	return 0;
}

static int add(struct build *b, const struct oci_net_device *d, struct plan_netdev *out)
{
	bool named = !build_no_text(d->name);

	out->from = build_at_key(b, AT, d->key);
	out->host = d->key;
	out->name = named ? d->name : d->key;

	const char *at = named ? build_at(b, "%s/name", out->from) : out->from;

	if (check_name(b, out->from, out->host) < 0 || check_name(b, at, out->name) < 0 ||
	    (named && check_template(b, at, out->name) < 0))
		return -1;
	return check_unique(b, at, out->name);
}

int build_netdevs(struct build *b)
{
	const struct oci_linux *lx = b->linux_;
	struct plan_netdev *list = arena_alloc(b->a, lx->n_net_devices + 1, sizeof(*list));

	if (lx->n_net_devices && check_namespace(b) < 0)
		return -1;
	b->plan->netdev = list;
	for (size_t i = 0; i < lx->n_net_devices; i++) {
		if (add(b, &lx->net_devices[i], &list[i]) < 0)
			return -1;
		b->plan->n_netdev++;
	}
	return 0;
}
