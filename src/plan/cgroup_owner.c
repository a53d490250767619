/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who owns the container's cgroup. By config-linux.md, "Cgroup ownership", it is given to the host
 * uid that runs the program if the container has a cgroup namespace of its own and mounts the
 * cgroup file system read-write: then systemd in a container can make cgroups below its own.
 */
#include <sched.h>

#include "base/path.h"
#include "plan/build.h"

static bool is_writable_cgroup(struct build *b, const struct oci_mount *m)
{
	if (!m->source || !streq(m->source, "cgroup") ||
	    !streq(path_clean(b->a, m->destination), "/sys/fs/cgroup"))
		return false;
	for (size_t i = 0; i < m->n_options; i++)
		if (streq(m->options[i], "ro"))
			return false;
	return true;
}

static bool mounts_writable(struct build *b)
{
	for (size_t i = 0; i < b->spec->n_mounts; i++)
		if (is_writable_cgroup(b, &b->spec->mounts[i]))
			return true;
	return false;
}

/* The host's name for a uid of the container. False: unknown here, as in a joined namespace. */
static bool host_uid(const struct build *b, uint64_t uid, uint32_t *out)
{
	const struct oci_linux *lx = b->linux_;

	if (!build_has_ns(b, CLONE_NEWUSER)) {
		*out = (uint32_t)uid;
		return true;
	}
	if (!b->plan->idmap.make)
		return false;
	for (size_t i = 0; i < lx->n_uid_mappings; i++) {
		const struct oci_id_mapping *m = &lx->uid_mappings[i];

		if (uid < m->container_id || uid - m->container_id >= m->size)
			continue;
		*out = (uint32_t)(m->host_id + (uid - m->container_id));
		return true;
	}
	return false;
}

int build_cgroup_owner(struct build *b)
{
	const struct oci_process *p = b->spec->process;
	struct plan_cgroup *cg = &b->plan->cgroup;
	uint64_t uid = p && p->user ? p->user->uid : 0;

	if (cg->manager == MANAGER_DISABLED || !(b->plan->ns.create & CLONE_NEWCGROUP) ||
	    !mounts_writable(b))
		return 0;
	cg->give = host_uid(b, uid, &cg->owner);
	/* What he makes is an ordinary user's own already, and he can give nothing away. */
	if (b->facts->has_uid && b->facts->uid != 0)
		cg->give = false;
	return 0;
}
