/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two questions of the plan: which facts does this spec need, and what is to be done. The
 * sections are built in order, each by its own file; nothing is decided here.
 */
#include "plan/plan.h"

#include "plan/build.h"
#include "plan/filter.h"

/* In this order, since a section may read those before it. */
static int (*const sections[])(struct build *) = {
	build_check,  build_state, build_ns,	 build_idmap, build_cgroup,  build_cgroup_owner,
	build_rdt,    build_netdevs, build_mounts, build_root, build_uts,   build_hooks,
	build_process, build_notify, build_attr, build_lsm, build_cred, build_filter,
};

static const struct oci_linux no_linux;

struct plan *build_sections(struct arena *a, const struct plan_input *in,
			    int (*const *section)(struct build *), size_t n, struct error *err)
{
	struct build b = {
		.a = a,
		.spec = in->spec,
		.linux_ = in->spec->linux_ ? in->spec->linux_ : &no_linux,
		.facts = in->facts,
		.options = in->options,
		.plan = arena_new(a, struct plan),
		.err = err,
	};

	for (size_t i = 0; i < n; i++)
		if (section[i](&b) < 0)
			return NULL;
	return b.plan;
}

struct plan *plan_build(struct arena *a, const struct plan_input *in, struct error *err)
{
	return build_sections(a, in, sections, COUNT(sections), err);
}

static const struct oci_namespace *find_ns(const struct oci_config *spec, const char *type)
{
	const struct oci_linux *lx = spec->linux_ ? spec->linux_ : &no_linux;

	for (size_t i = 0; i < lx->n_namespaces; i++)
		if (streq(lx->namespaces[i].type, type))
			return &lx->namespaces[i];
	return NULL;
}

static bool has_net_sysctl(const struct oci_config *spec)
{
	const struct oci_linux *lx = spec->linux_ ? spec->linux_ : &no_linux;

	for (size_t i = 0; i < lx->n_sysctl; i++)
		if (str_after(lx->sysctl[i].key, "net.") || str_after(lx->sysctl[i].key, "net/"))
			return true;
	return false;
}

static bool has_device_rule(const struct oci_config *spec)
{
	const struct oci_linux *lx = spec->linux_ ? spec->linux_ : &no_linux;

	return lx->resources && lx->resources->n_devices;
}

static bool has_net_devices(const struct oci_config *spec)
{
	return spec->linux_ && spec->linux_->n_net_devices;
}

static bool has_capability(const struct oci_config *spec)
{
	const struct oci_capabilities *c = spec->process ? spec->process->capabilities : NULL;

	return c && (c->n_bounding || c->n_effective || c->n_permitted || c->n_inheritable ||
		     c->n_ambient);
}

/* Flags, and actions that came after seccomp(2) did, may be more than this host's kernel has. */
static bool has_new_seccomp(const struct oci_config *spec)
{
	const struct oci_seccomp *s = spec->linux_ ? spec->linux_->seccomp : NULL;
	const struct filter_action *action;

	if (!s)
		return false;
	action = filter_action_find(s->default_action);

	bool new = s->n_flags || (action && !filter_action_is_old(action));

	for (size_t i = 0; i < s->n_syscalls && !new; i++) {
		action = filter_action_find(s->syscalls[i].action);
		new = action && !filter_action_is_old(action);
	}
	return new;
}

static bool has_label(const struct oci_config *spec)
{
	const struct oci_process *p = spec->process;

	return (p && (!build_no_text(p->apparmor_profile) || !build_no_text(p->selinux_label))) ||
	       (spec->linux_ && !build_no_text(spec->linux_->mount_label));
}

unsigned plan_ask(const struct oci_config *spec, const struct plan_options *options)
{
	const struct oci_namespace *user = find_ns(spec, "user"), *net = find_ns(spec, "network");
	unsigned ask = 0;

	if (options->manager != MANAGER_DISABLED)
		ask |= ASK_CGROUP;
	if (options->rootless == ROOTLESS_TRUE)
		ask |= ASK_WRITABLE;
	/* Who writes the maps, opens sources, makes nodes, loads programs; whose the cgroup is. */
	if (!user || build_no_text(user->path) || find_ns(spec, "mount") ||
	    options->manager != MANAGER_DISABLED || has_device_rule(spec) || has_net_devices(spec))
		ask |= ASK_IDS;
	if (user && build_no_text(user->path))
		ask |= ASK_MAPPERS;
	if (!user && has_capability(spec))
		ask |= ASK_CAPS; /* in a user namespace, all of them are there */
	if (net && !build_no_text(net->path) && (has_net_sysctl(spec) || has_net_devices(spec)))
		ask |= ASK_NETNS;
	if (spec->linux_ && spec->linux_->intel_rdt)
		ask |= ASK_RDT;
	if (has_new_seccomp(spec))
		ask |= ASK_SECCOMP;
	if (has_label(spec))
		ask |= ASK_LSM;
	return ask;
}

bool plan_waits_go(const struct plan *plan)
{
	return plan->ns.stage || plan->idmap.make || plan->cgroup.unit || plan->rdt.mount ||
	       plan->n_netdev;
}

bool plan_wants_proc(const struct plan *plan)
{
	return plan->uts.n_sysctl || plan->lsm.apparmor || plan->lsm.selinux || plan->cgroup.unit;
}

bool plan_waits_mounted(const struct plan *plan)
{
	return plan_hooks_at_create(&plan->hooks) || plan->cgroup.n_late;
}

bool plan_waits_ready(const struct plan *plan)
{
	return plan_waits_mounted(plan) || plan_has_hooks(&plan->hooks) || plan->n_netdev ||
	       plan->notify || !plan->process.present || plan->process.terminal ||
	       plan->attr.scheduler || plan->attr.io_priority;
}
