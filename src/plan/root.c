/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root file system: where it is, how mounts propagate, and what is hidden in it. What stands
 * in its /dev is planned in dev.c. Nothing here may ask what the rootfs contains.
 */
#include <sched.h>

#include "base/mount.h"
#include "base/path.h"
#include "plan/build.h"
#include "plan/root.h"

/*
 * The host's mounts are first cut loose in the new namespace: nothing that is mounted inside
 * reaches the host. As a slave it still sees what the host mounts later; not so where config.json
 * wants it private. With "shared" volumes stay in the host's groups, as those that ask for it count
 * on (Kubernetes' Bidirectional); the rootfs itself does not.
 */
static const struct {
	const char *name;
	uint64_t propagation, host;
} propagations[] = {
	{ "private", MS_PRIVATE, MS_PRIVATE },
	{ "slave", MS_SLAVE, MS_SLAVE },
	{ "shared", MS_SHARED, MS_SHARED },
	{ "unbindable", MS_UNBINDABLE, MS_PRIVATE },
};

/* "rslave" is what people write; the host's side is recursive and "/" is one mount either way. */
static int plan_propagation(struct build *b)
{
	struct plan_root *root = &b->plan->root;
	const char *name = b->linux_->rootfs_propagation;

	/* In a joined namespace the others' mounts are not ours to change. */
	if (b->plan->ns.create & CLONE_NEWNS)
		root->host_propagation = MS_SLAVE;
	if (build_no_text(name))
		return 0;
	for (size_t i = 0; i < COUNT(propagations); i++) {
		if (!streq(propagations[i].name, name + (name[0] == 'r')))
			continue;
		root->propagation = propagations[i].propagation;
		if (root->host_propagation)
			root->host_propagation = propagations[i].host;
		return 0;
	}
	return err_in(b->err, "/linux/rootfsPropagation", "unknown propagation '%s'; there are "
		      "shared, slave, private and unbindable, each with or without an 'r' before",
		      name);
}

struct paths {
	const char *at;			/* "/linux/maskedPaths" */
	const char *const *list;
	size_t n;
};

static int plan_paths(struct build *b, struct paths in, const struct plan_path **out, size_t *out_n)
{
	struct plan_path *list = arena_alloc(b->a, in.n, sizeof(*list));

	for (size_t i = 0; i < in.n; i++) {
		list[i].from = build_at_index(b, in.at, i);
		if (*in.list[i] != '/')
			return err_in(b->err, list[i].from, "'%s' is relative; it must be absolute",
				      in.list[i]);
		list[i].path = path_clean(b->a, in.list[i]);
	}
	*out = list;
	*out_n = in.n;
	return 0;
}

/* What would be done to the host itself if there were no mount namespace. */
static int check_mount_ns(struct build *b)
{
	const struct oci_linux *lx = b->linux_;
	const struct {
		const char *at;
		bool asks;
	} wants[] = {
		{ "/root/readonly", b->spec->root->readonly },
		{ "/linux/rootfsPropagation", !build_no_text(lx->rootfs_propagation) },
		{ "/linux/maskedPaths", lx->n_masked_paths },
		{ "/linux/readonlyPaths", lx->n_readonly_paths },
		{ "/linux/devices", lx->n_devices },
	};

	for (size_t i = 0; i < COUNT(wants); i++)
		if (wants[i].asks)
			return err_in(b->err, wants[i].at,
				      "needs a namespace of type 'mount' in /linux/namespaces");
	return 0;
}

int build_root(struct build *b)
{
	const struct oci_linux *lx = b->linux_;
	const struct oci_process *process = b->spec->process;
	struct plan_root *root = &b->plan->root;

	root->from = "/root/path";
	root->path = path_join(b->a, b->options->bundle, b->spec->root->path);
	root->mount_ns = build_has_ns(b, CLONE_NEWNS);
	if (!root->mount_ns)
		return check_mount_ns(b);
	root->readonly = b->spec->root->readonly;
	root->enter = !(b->plan->ns.create & CLONE_NEWNS) ? ENTER_CHROOT :
		      b->options->no_pivot		  ? ENTER_MOVE :
							    ENTER_PIVOT;
	root->opener = build_opener(b);
	root->console = process && process->terminal;

	struct paths masked = { "/linux/maskedPaths", lx->masked_paths, lx->n_masked_paths };
	struct paths readonly = { "/linux/readonlyPaths", lx->readonly_paths,
				  lx->n_readonly_paths };

	if (plan_propagation(b) < 0 ||
	    plan_paths(b, masked, &root->masked, &root->n_masked) < 0 ||
	    plan_paths(b, readonly, &root->readonly_path, &root->n_readonly_path) < 0)
		return -1;
	return root_devices(b);
}
