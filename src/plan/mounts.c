/* SPDX-License-Identifier: Apache-2.0 */
/* Which mounts can come to a container that runs. See mounts.h. */
#include "plan/mounts.h"

#include <sched.h>

#include "plan/build.h"

static const struct plan_options no_cgroup = { .id = "", .manager = MANAGER_DISABLED };

unsigned plan_mounts_ask(const struct oci_config *spec)
{
	return plan_ask(spec, &no_cgroup);
}

/* A process in the container's pid namespace would have to make it, and would be seen there. */
static bool is_of_pids(const struct plan_mount *m)
{
	return m->verb == MOUNT_NEW && streq(m->type, "proc");
}

static int check_mount(struct build *b, const struct plan_mount *m)
{
	if (m->verb != MOUNT_BIND && m->verb != MOUNT_NEW)
		return err_in(b->err, m->from, "only bind mounts and new file systems can be added "
			      "to a container that is there");
	if (is_of_pids(m))
		return err_in(b->err, build_at(b, "%s/type", m->from),
			      "'proc' cannot be added to a container that is there");
	if (m->verb == MOUNT_NEW && (m->idmap || m->container_idmap))
		return err_in(b->err, m->from, "a new file system with mapped ids cannot be added "
			      "to a container that is there");
	if (streq(m->target, "/"))
		return err_in(b->err, build_at(b, "%s/destination", m->from),
			      "'/' is the container's root, over which nothing can be mounted");
	return 0;
}

static int check(struct build *b)
{
	if (!(b->plan->ns.create & CLONE_NEWNS))
		return err_in(b->err, "/linux/namespaces", "has no new namespace of type 'mount': "
			      "others would get these mounts as well");
	for (size_t i = 0; i < b->plan->n_mount; i++)
		if (check_mount(b, &b->plan->mount[i]) < 0)
			return -1;
	return 0;
}

struct plan *plan_mounts_build(struct arena *a, const struct plan_input *in, struct error *err)
{
	static int (*const sections[])(struct build *) = { build_state, build_ns, build_idmap,
							   build_mounts, build_lsm, check };

	return build_sections(a, in, sections, COUNT(sections), err);
}
