/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `spec` writes when nothing else is asked for: an interactive shell, new namespaces but for
 * user and time, few capabilities and no way to more. Tables only; options are applied in
 * spec_build.c.
 */
#include "base/str.h"
#include "front/spec.h"
#include "plan/plan.h"

static const char *const env[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"TERM=xterm",
};

/* What a service needs that writes an audit line, ends its children or listens on port 80. */
static const char *const caps[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" };

static const char *const namespaces[] = { "pid", "network", "ipc", "uts", "mount", "cgroup" };

enum { MOUNT_OPTIONS = 6 };

static const struct mount {
	const char *destination, *type, *source;
	const char *option[MOUNT_OPTIONS];
} mounts[] = {
	{ "/proc", "proc", "proc", { "nosuid", "noexec", "nodev" } },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/pts",
	  "devpts",
	  "devpts",
	  { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

/* These tell of the host, or let a container disturb it. */
static const char *const masked[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
};

static const char *const readonly[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* A list that the options may add to: arena_grow's memory. */
static const char **strings(struct arena *a, const char *const *from, size_t n)
{
	const char **list = NULL;

	for (size_t i = 0; i < n; i++) {
		list = arena_grow(a, list, i, sizeof(*list));
		list[i] = from[i];
	}
	return list;
}

static struct oci_mount *default_mounts(struct arena *a)
{
	struct oci_mount *list = NULL;

	for (size_t i = 0; i < COUNT(mounts); i++) {
		size_t n = 0;

		while (n < MOUNT_OPTIONS && mounts[i].option[n])
			n++;
		list = arena_grow(a, list, i, sizeof(*list));
		list[i] = (struct oci_mount){
			.destination = mounts[i].destination,
			.type = mounts[i].type,
			.source = mounts[i].source,
			.options = strings(a, mounts[i].option, n),
			.n_options = n,
		};
	}
	return list;
}

static struct oci_process *default_process(struct arena *a)
{
	static const char *const args[] = { "sh" };
	struct oci_process *p = arena_new(a, struct oci_process);
	struct oci_capabilities *c = arena_new(a, struct oci_capabilities);

	/* Inheritable and ambient ones would survive an execve by accident. */
	*c = (struct oci_capabilities){
		.bounding = strings(a, caps, COUNT(caps)),
		.n_bounding = COUNT(caps),
		.effective = strings(a, caps, COUNT(caps)),
		.n_effective = COUNT(caps),
		.permitted = strings(a, caps, COUNT(caps)),
		.n_permitted = COUNT(caps),
	};
	*p = (struct oci_process){
		.has_terminal = true,
		.terminal = true,
		.user = arena_new(a, struct oci_user),
		.args = strings(a, args, COUNT(args)),
		.n_args = COUNT(args),
		.env = strings(a, env, COUNT(env)),
		.n_env = COUNT(env),
		.cwd = "/",
		.capabilities = c,
		.rlimits = arena_new(a, struct oci_rlimit),
		.n_rlimits = 1,
		.has_no_new_privileges = true,
		.no_new_privileges = true,
	};
	*p->user = (struct oci_user){ .has_uid = true, .has_gid = true };
	p->rlimits[0] = (struct oci_rlimit){ "RLIMIT_NOFILE", true, 1024, true, 1024 };
	return p;
}

static struct oci_resources *default_resources(struct arena *a)
{
	struct oci_resources *r = arena_new(a, struct oci_resources);

	r->devices = arena_new(a, struct oci_device_rule);
	r->devices[0] = (struct oci_device_rule){ .has_allow = true, .access = "rwm" };
	r->n_devices = 1;
	return r;
}

static struct oci_linux *default_linux(struct arena *a)
{
	struct oci_linux *lx = arena_new(a, struct oci_linux);

	*lx = (struct oci_linux){
		.namespaces = arena_alloc(a, COUNT(namespaces), sizeof(*lx->namespaces)),
		.n_namespaces = COUNT(namespaces),
		.resources = default_resources(a),
		.masked_paths = strings(a, masked, COUNT(masked)),
		.n_masked_paths = COUNT(masked),
		.readonly_paths = strings(a, readonly, COUNT(readonly)),
		.n_readonly_paths = COUNT(readonly),
	};
	for (size_t i = 0; i < COUNT(namespaces); i++)
		lx->namespaces[i].type = namespaces[i];
	return lx;
}

struct oci_config *spec_default(struct arena *a)
{
	struct oci_config *c = arena_new(a, struct oci_config);

	*c = (struct oci_config){
		.oci_version = PLAN_OCI_NEWEST,
		.root = arena_new(a, struct oci_root),
		.mounts = default_mounts(a),
		.n_mounts = COUNT(mounts),
		.process = default_process(a),
		.hostname = "mcrun",
		.linux_ = default_linux(a),
	};
	*c->root = (struct oci_root){ "rootfs", true, true };
	return c;
}
