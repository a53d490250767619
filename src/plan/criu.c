/* SPDX-License-Identifier: Apache-2.0 */
/* What of a container is the host's: see criu.h. */
#include "plan/criu.h"

#include <sched.h>

#include "base/names.h"
#include "plan/build.h"

static int (*const sections[])(struct build *) = { build_check, build_state,  build_ns,
						   build_idmap, build_mounts, build_root };

struct plan *plan_criu_build(struct arena *a, const struct plan_input *in, struct error *err)
{
	return build_sections(a, in, sections, COUNT(sections), err);
}

static void add(struct arena *a, struct plan_criu *out, const struct plan_external *what)
{
	struct plan_external *list = (struct plan_external *)out->external;

	list = arena_grow(a, list, out->n_external, sizeof(*list));
	list[out->n_external++] = *what;
	out->external = list;
}

/*
 * A mount over one of before has its name; only what is seen at the end counts. The tree of cgroups
 * is the host's, too: a copy of what is mounted there, cut to the container's.
 */
static void add_mounts(struct arena *a, const struct plan *plan, struct plan_criu *out)
{
	const struct plan_cgroup *cg = &plan->cgroup;

	for (size_t i = 0; i < plan->n_mount; i++) {
		const struct plan_mount *m = &plan->mount[i];
		const char *source = m->source;

		if (m->verb != MOUNT_BIND && m->verb != MOUNT_CGROUP)
			continue;
		if (m->verb == MOUNT_CGROUP)
			source = m->tree == TREE_HOST ? cg->mount : NULL;
		add(a, out, &(struct plan_external){ m->from, m->target, source, false });
	}
}

/* Without a cgroup of its own, nothing tells what such a container may see of the tree. */
static int check_cgroup(const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->n_mount; i++) {
		const struct plan_mount *m = &plan->mount[i];

		if (m->verb != MOUNT_CGROUP || m->tree == TREE_HOST || plan->cgroup.unit)
			continue;
		if (m->tree == TREE_NAMESPACE || (plan->cgroup.path && !*plan->cgroup.path))
			return err_in(err, m->from,
				      "a container with a cgroup mount and no cgroup of its own "
				      "cannot be checkpointed or restored");
	}
	return 0;
}

static void add_paths(struct arena *a, const struct plan *plan, struct plan_criu *out)
{
	const struct plan_root *root = &plan->root;

	for (size_t i = 0; i < root->n_masked; i++)
		add(a, out,
		    &(struct plan_external){ root->masked[i].from, root->masked[i].path,
					     "/dev/null", true });
	for (size_t i = 0; root->bind_devices && i < root->n_dev; i++)
		add(a, out,
		    &(struct plan_external){ root->dev[i].from, root->dev[i].path,
					     root->dev[i].path, true });
}

/* Of joined namespaces CRIU knows two as the host's, and two more as what to restore into. */
static int check_joins(const struct plan_ns *ns, struct error *err)
{
	const int known = CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;

	for (size_t i = 0; i < ns->n_join; i++)
		if (!(ns->join[i].type & known))
			return err_in(err, ns->join[i].from,
				      "a container that has joined this type of namespace cannot "
				      "be checkpointed or restored");
	return 0;
}

int plan_criu(struct arena *a, const struct plan *plan, struct plan_criu *out, struct error *err)
{
	*out = (struct plan_criu){ 0 };
	if (check_joins(&plan->ns, err) < 0 || check_cgroup(plan, err) < 0)
		return -1;
	if (!plan->root.mount_ns)
		return err_in(err, "/linux/namespaces",
			      "a container without a mount namespace of its own cannot be "
			      "checkpointed or restored");
	if (plan->n_netdev)
		return err_in(err, plan->netdev[0].from,
			      "a container with a network device of the host cannot be "
			      "checkpointed or restored");
	add_mounts(a, plan, out);
	add_paths(a, plan, out);
	out->config = plan_annotation_of(&plan->state, ANNOTATION_CRIU_CONFIG);
	return 0;
}
