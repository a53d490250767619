/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `features`: what this mcrun can do, as engines ask for it. The lists come from the tables that
 * plan itself works with, so that nothing is promised here that is not done there. Yes and no have
 * no table; features.bats holds each of them against what plan says to a config.json.
 */
#include <seccomp.h>

#include "act/facts.h"
#include "base/names.h"
#include "base/str.h"
#include "config.h"
#include "front/command.h"
#include "libocispec/oci.h"
#include "plan/attr.h"
#include "plan/filter.h"
#include "plan/mount.h"
#include "plan/plan.h"

struct names {
	const char **list;
	size_t n;
};

static void names_add(struct arena *a, struct names *names, const char *name)
{
	names->list = arena_grow(a, names->list, names->n, sizeof(*names->list));
	names->list[names->n++] = name;
}

static struct names hook_names(struct arena *a)
{
	struct names names = { 0 };

	for (int kind = 0; kind < N_HOOK_KINDS; kind++)
		names_add(a, &names, plan_hook_name(kind));
	return names;
}

static struct names mount_options(struct arena *a)
{
	struct names names = { 0 };
	size_t n;
	const char *const *all = plan_mount_option_names(a, &n);

	for (size_t i = 0; i < n; i++)
		names_add(a, &names, all[i]);
	return names;
}

static struct names namespace_names(struct arena *a)
{
	struct names names = { 0 };

	for (size_t i = 0; i < n_ns_names; i++)
		names_add(a, &names, ns_names[i].name);
	return names;
}

static struct names capability_names(struct arena *a)
{
	struct names names = { 0 };

	for (int cap = 0; capability_name(cap); cap++)
		names_add(a, &names, capability_name(cap));
	return names;
}

static struct oci_features_seccomp *features_seccomp(struct arena *a)
{
	struct oci_features_seccomp *out = arena_new(a, struct oci_features_seccomp);
	struct names actions = { 0 }, operators = { 0 }, archs = { 0 }, known = { 0 };
	struct facts host = { 0 };

	for (size_t i = 0; i < n_filter_actions; i++)
		names_add(a, &actions, filter_actions[i].name);
	for (size_t i = 0; i < n_filter_operators; i++)
		names_add(a, &operators, filter_operators[i].name);
	for (size_t i = 0; i < n_filter_archs; i++)
		names_add(a, &archs, filter_archs[i].name);
	for (size_t i = 0; i < n_filter_flags; i++)
		names_add(a, &known, filter_flags[i].name);
	facts_seccomp(a, &host);
	*out = (struct oci_features_seccomp){
		.has_enabled = true,
		.enabled = true,
		.actions = actions.list,
		.n_actions = actions.n,
		.operators = operators.list,
		.n_operators = operators.n,
		.archs = archs.list,
		.n_archs = archs.n,
		.known_flags = known.list,
		.n_known_flags = known.n,
		.supported_flags = host.seccomp->flags,
		.n_supported_flags = host.seccomp->n_flags,
	};
	return out;
}

static struct oci_features_cgroup *features_cgroup(struct arena *a)
{
	struct oci_features_cgroup *out = arena_new(a, struct oci_features_cgroup);

	*out = (struct oci_features_cgroup){
		.has_v1 = true,
		.has_v2 = true,
		.v2 = true,
		.has_systemd = true,
		.systemd = HAVE_SYSTEMD,
		.has_systemd_user = true,
		.systemd_user = HAVE_SYSTEMD,
		.has_rdma = true,
		.rdma = true,
	};
	return out;
}

/* Of mcrun, that is: whether this host has it as well is a matter of each config.json. */
static struct oci_features_enabled *enabled(struct arena *a)
{
	struct oci_features_enabled *out = arena_new(a, struct oci_features_enabled);

	out->has_enabled = out->enabled = true;
	return out;
}

static struct oci_features_intel_rdt *features_rdt(struct arena *a)
{
	struct oci_features_intel_rdt *out = arena_new(a, struct oci_features_intel_rdt);

	*out = (struct oci_features_intel_rdt){
		.has_enabled = true,
		.enabled = true,
		.has_schemata = true,
		.schemata = true,
		.has_monitoring = true,
		.monitoring = true,
	};
	return out;
}

static struct names word_names(struct arena *a, const struct attr_word *table)
{
	struct names names = { 0 };

	for (; table->name; table++)
		names_add(a, &names, table->name);
	return names;
}

static struct oci_features_memory_policy *features_memory_policy(struct arena *a)
{
	struct oci_features_memory_policy *out = arena_new(a, struct oci_features_memory_policy);
	struct names modes = word_names(a, attr_memory_modes);
	struct names flags = word_names(a, attr_memory_flags);

	*out = (struct oci_features_memory_policy){ modes.list, modes.n, flags.list, flags.n };
	return out;
}

static struct oci_features_linux *features_linux(struct arena *a)
{
	struct oci_features_linux *out = arena_new(a, struct oci_features_linux);
	struct names namespaces = namespace_names(a), caps = capability_names(a);

	*out = (struct oci_features_linux){
		.namespaces = namespaces.list,
		.n_namespaces = namespaces.n,
		.capabilities = caps.list,
		.n_capabilities = caps.n,
		.cgroup = features_cgroup(a),
		.seccomp = features_seccomp(a),
		.apparmor = enabled(a),
		.selinux = enabled(a),
		.memory_policy = features_memory_policy(a),
		.intel_rdt = features_rdt(a),
		.mount_extensions = arena_new(a, struct oci_features_mounts),
		.net_devices = enabled(a),
	};
	out->mount_extensions->idmap = enabled(a);
	return out;
}

static int features_run(struct call *call, struct error *err)
{
	struct arena *a = call->arena;
	const struct scmp_version *v = seccomp_version();
	struct names hooks = hook_names(a), options = mount_options(a), unsafe = { 0 };
	struct oci_pair notes[] = {
		{ "io.github.seccomp.libseccomp.version",
		  arena_printf(a, "%u.%u.%u", v->major, v->minor, v->micro) },
		{ "org.opencontainers.runc.checkpoint.enabled", "true" },
	};

	for (int i = 0; i < N_ANNOTATIONS; i++)
		names_add(a, &unsafe, plan_annotation_key[i]);

	const struct oci_features features = {
		.oci_version_min = PLAN_OCI_OLDEST,
		.oci_version_max = PLAN_OCI_NEWEST,
		.hooks = hooks.list,
		.n_hooks = hooks.n,
		.mount_options = options.list,
		.n_mount_options = options.n,
		.linux_ = features_linux(a),
		.annotations = notes,
		.n_annotations = COUNT(notes),
		.potentially_unsafe_config_annotations = unsafe.list,
		.n_potentially_unsafe_config_annotations = unsafe.n,
	};

	return out_text(oci_features_write(a, &features, TABLE_PRETTY), err);
}

const struct command command_features = {
	.name = "features",
	.args = "",
	.summary = "Prints what mcrun can do, as the JSON document that engines read",
	.run = features_run,
};
