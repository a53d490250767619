/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: what mcrun is going to do, decided before anything on the host changes.
 *
 * This header is the map of the house. `struct plan` is what config.json, the facts of the host
 * and the caller's options come to: plain typed data, in the order in which act uses it. front
 * asks for it (plan_ask, plan_build), `mcrun explain` prints it (plan_print), act carries it out.
 *
 *	unsigned ask = plan_ask(spec, &options);	// which facts does this spec need?
 *	facts_answer(ask, ...);				// act looks at the host
 *	plan_build(&arena, &in, &err);			// a function of its arguments
 *
 * Rules. A value is final: defaults are filled in, act never asks "and if it is NULL?" unless
 * said here. Everything carries where it came from: `from` is its JSON pointer ("/mounts/3"),
 * never NULL; what config.json does not mention is from the section that implies it. Paths inside
 * the rootfs are logical strings: clean, absolute, unresolved; act resolves them, safely. The
 * order of lists is config.json's. Numbers of the kernel (CLONE_NEW*, MOUNT_ATTR_*, MS_SHARED) are
 * used as values; which system call applies them is act's business. All memory is the arena's.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"

struct oci_config;
struct facts;
struct sock_filter;
struct bpf_insn;

/* ---- 1. what is told to hooks and kept in the state ---------------------------------------- */

struct plan_pair {
	const char *key, *value;
};

/*
 * The annotations that change what mcrun does; plan looks for no others, and `features` lists them,
 * as whoever lets strangers write config.json should know them.
 */
enum plan_annotation {
	ANNOTATION_PROPERTY,	/* what such a key begins with */
	ANNOTATION_CRIU_CONFIG,
	ANNOTATION_HOOK_STDOUT,	/* as plan_hooks.stream has them */
	ANNOTATION_HOOK_STDERR,
	ANNOTATION_KEEP_GROUPS,
	ANNOTATION_CONTEXT_TYPE,
	N_ANNOTATIONS
};
extern const char *const plan_annotation_key[N_ANNOTATIONS];

struct plan_state {
	const char *oci_version;	/* config.json's */
	const char *id;
	const char *bundle;		/* absolute */
	const struct plan_pair *annotation;
	size_t n_annotation;
};

/* NULL: it has none of this. */
const char *plan_annotation_of(const struct plan_state *state, enum plan_annotation which);

/* ---- 2. cgroup ------------------------------------------------------------------------------ */

enum plan_manager { MANAGER_CGROUPFS, MANAGER_SYSTEMD, MANAGER_DISABLED };

/* One write to one file of the container's cgroup. */
struct plan_write {
	const char *from;	/* "/linux/resources/memory/limit" */
	const char *file;	/* "memory.max"; never with a slash */
	const char *value;	/* without a newline */
	bool optional;		/* the file may be missing: what is asked is what is without it */
};

/* One property of a unit, as it goes over D-Bus. */
struct plan_property {
	const char *from;	/* "/linux/resources/memory/limit", "/annotations/org.systemd..." */
	const char *name;	/* "MemoryMax" */
	const char *type;	/* its signature: b, i, u, t, s, as, ay, a(st) ... */
	/*
	 * The values one after the other: "true", "1048576"; the two halves of each pair; the
	 * bytes of an ay as one word of hexadecimal digits.
	 */
	const char *const *value;
	size_t n_value;
	bool optional;	/* an older systemd may not know it: then it goes without saying */
};

/* The unit of systemd that is, and makes, the container's cgroup. */
struct plan_unit {
	const char *name;	/* "mcrun-x.scope"; or a slice: "a-b.slice" */
	const char *slice;	/* the one that it is in: "system.slice" */
	const char *description;	/* by which it is known again as this container's */
	bool is_slice;
	bool user;		/* of the caller's own service manager, not of the host's */
	const struct plan_property *property;
	size_t n_property;
};

struct plan_cgroup {
	const char *from;	/* "/linux/cgroupsPath" or "/linux" */
	enum plan_manager manager;
	const char *mount;	/* where the v2 tree is mounted: "/sys/fs/cgroup[/unified]" */
	/* In that tree, clean: "/user.slice/x"; "" unless cgroupfs: systemd tells it later. */
	const char *path;
	const struct plan_unit *unit;	/* MANAGER_SYSTEMD, else NULL */
	const char *const *controller;	/* that must be enabled in every ancestor for the writes */
	size_t n_controller;
	/* Those that account for what is used, for engines' statistics: enabled if they can be. */
	const char *const *accounting;
	size_t n_accounting;
	const struct plan_write *early;	/* before init does anything: cpu, cpuset, io, pids ... */
	size_t n_early;
	const struct plan_write
		*late; /* after the hooks: memory, which init's own work would hit */
	size_t n_late;
	bool check_memory;	/* memory.max must not be less than what is in use then */
	const struct bpf_insn *device;	/* BPF_PROG_TYPE_CGROUP_DEVICE; NULL: every device */
	size_t n_device;
	const char *device_from;	/* "/linux/resources/devices" */
	bool give; /* to `owner`, a uid of the host: the container manages it */
	uint32_t owner;
};

/* ---- 3. namespaces -------------------------------------------------------------------------- */

/* Who enters a joined namespace, and so when. Within one joiner the list's order counts. */
enum plan_joiner {
	JOIN_PARENT,	/* before it clones, and goes back: pid, which only children enter */
	JOIN_STAGE,	/* the stage between parent and init (plan_ns.stage) */
	JOIN_INIT,	/* init itself, first thing */
};

struct plan_join {
	const char *from;	/* "/linux/namespaces/2" */
	const char *path;	/* "/proc/4711/ns/net" */
	int type;		/* one CLONE_NEW*: a file of another type is an error */
	enum plan_joiner joiner;
};

struct plan_new {
	const char *from;	/* "/linux/namespaces/0" */
	int type;		/* one CLONE_NEW* */
};

struct plan_ns {
	const char *from;
	unsigned create;	/* all that the container gets new: CLONE_NEW* */
	unsigned clone;		/* of these: made by the clone3() that makes init */
	unsigned unshare; /* of these: made by init once it is in its cgroup (CLONE_NEWCGROUP) */
	/*
	 * Joins and a user namespace do not go into one call: a stage process joins what has to be
	 * joined first (its user namespace last but one, refused joins again after it) and makes
	 * init with CLONE_PARENT, so that init is the parent's child all the same. And a parent
	 * that is root of a user namespace alone would not come back from a pid or time namespace.
	 */
	bool stage;
	const struct plan_new *made; /* `create` one by one, to tell where each comes from */
	size_t n_made;
	const struct plan_join *join;
	size_t n_join;
	/*
	 * For /proc/self/timens_offsets, one line each, or NULL. Whoever makes init makes the time
	 * namespace: the stage, or else the parent. It belongs to the user namespace of its maker,
	 * so the stage makes a new one of those before it (`staged`: CLONE_NEWUSER, or 0).
	 */
	const char *time_offsets;
	unsigned staged;
	bool loopback_by_parent; /* of a new network namespace, which the parent may enter */
};

/* ---- 4. ids ---------------------------------------------------------------------------------- */

struct plan_idmap {
	const char *from;	/* "/linux/uidMappings" */
	bool make;		/* there is a new user namespace whose maps the parent writes */
	const char *uid, *gid;	/* for /proc/PID/{uid,gid}_map: "0 100000 65536\n..." */
	/* Programs that write them, setuid root: the caller may not. NULL: he writes himself. */
	const char *uid_helper, *gid_helper;
	bool deny_setgroups;	/* "deny" must go into /proc/PID/setgroups first */
};

/* ---- 4a. resctrl: classes of service for caches and memory bandwidth (Intel RDT) ------------ */

struct plan_rdt {
	const char *from;	/* "/linux/intelRdt/closID" or "/linux/intelRdt" */
	const char *mount;	/* of the tree: "/sys/fs/resctrl"; NULL: nothing is asked for */
	const char *group;	/* a folder in it; "": the tree itself, the default class */
	bool make;		/* it is not there yet */
	bool remove;		/* it was made for this container alone, and goes with it */
	const struct plan_write *line;	/* for its file "schemata", one write each */
	size_t n_line;
	const char *monitor;	/* a folder to be made in the group's mon_groups; NULL: none */
};

/* ---- 4b. network devices --------------------------------------------------------------------- */

/* A device of the runtime's network namespace that is moved into the container's, and stays. */
struct plan_netdev {
	const char *from;	/* "/linux/netDevices/eth0" */
	const char *host;	/* its name now */
	const char *name;	/* inside; with "%d" in it: the first number that is free there */
};

/* ---- 5. mounts ------------------------------------------------------------------------------- */

enum plan_mount_verb {
	MOUNT_NEW,	/* a new file system of `type` */
	MOUNT_BIND,	/* the tree at `source` on the host */
	MOUNT_CGROUP,	/* the v2 tree, or a part of it: `tree` */
	MOUNT_REMOUNT,	/* other flags for what is mounted at `target` already */
	MOUNT_PROPAGATE, /* only another propagation for what is mounted at `target` */
};

/* What a mount of type cgroup shows. */
enum plan_cgroup_tree {
	TREE_HOST,	/* all of it: there is no cgroup namespace */
	TREE_OWN,	/* the container's cgroup: it is the root of its new cgroup namespace */
	TREE_NAMESPACE,	/* the root of the cgroup namespace that init is in, wherever that is */
};

/*
 * Who opens a path of the host. In a user namespace init is nobody to the host: below a folder of
 * mode 0700 it reaches nothing, and it may not map the ids of a mount. So the parent, where it is
 * root, looks into init's new mount namespace and hands in what it has opened there.
 */
enum plan_opener { OPENER_INIT, OPENER_PARENT };

/* Flags of mount_setattr(2): MOUNT_ATTR_*, MS_SHARED and so on. Zero: leave as it is. */
struct plan_mount_attr {
	uint64_t set, clear;		/* of this mount */
	uint64_t rec_set, rec_clear;	/* of it and all below it */
	uint64_t propagation;		/* MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE */
	bool rec_propagation;
};

/* Of the top folder of a tmpfs with tmpcopyup: an option mode=, uid= or gid= is stronger. */
enum plan_copy_root { COPY_ROOT_MODE = 1 << 0, COPY_ROOT_UID = 1 << 1, COPY_ROOT_GID = 1 << 2 };

struct plan_mount {
	const char *from;
	enum plan_mount_verb verb;
	const char *
		source; /* BIND: absolute path on the host; NEW: as given or its type; never NULL */
	const char *target;
	const char *type;	/* NEW only, "" otherwise */
	enum plan_cgroup_tree tree;	/* CGROUP only */
	struct plan_mount_attr attr;
	bool ro_late; /* a tmpfs is read-only once all devices and mounts are there */
	const char *const *option;	/* the file system's: "size=64k", "sync"; in order */
	size_t n_option;
	const char *label; /* mqueue only: its root's security.selinux, set once it is made */
	enum plan_opener opener; /* of the source; with an idmap, the parent makes the tree */
	bool recursive;		/* BIND with all that is mounted below the source */
	bool copy_up;		/* tmpcopyup: the new tmpfs starts with what was at `target` */
	unsigned copy_root;	/* enum plan_copy_root: what its own top folder takes over */
	bool source_nofollow;	/* a symlink as the source is bound itself */
	bool target_nofollow;	/* /proc and /sys: the last component must not be a symlink */
	const struct plan_idmap *idmap;	/* idmapped mount, or NULL */
	bool rec_idmap;
	bool container_idmap;	/* idmap without mappings: the container's own user namespace */
};

/* ---- 6. root --------------------------------------------------------------------------------- */

struct plan_dev {
	const char *from;	/* "/linux/devices/0", or "/linux" for the spec's default ones */
	const char *path;	/* "/dev/null" */
	char type;		/* 'c', 'b' or 'p' */
	uint32_t major, minor;
	uint32_t mode;		/* permission bits */
	uint32_t uid, gid;	/* inside the container */
	bool by_parent;	/* made by it: in a user namespace the kernel makes no nodes */
};

struct plan_link {
	const char *from, *path, *target; /* path -> target */
};

/* A path inside the container that is hidden or made read-only; it need not exist. */
struct plan_path {
	const char *from; /* "/linux/maskedPaths/0" */
	const char *path;
};

/* How the rootfs becomes "/". */
enum plan_enter {
	ENTER_CHROOT,	/* a mount namespace that is not the container's alone: others live in it */
	ENTER_PIVOT,
	ENTER_MOVE,	/* --no-pivot: the host runs from an initramfs, which cannot be pivoted */
};

struct plan_root {
	const char *from;		/* "/root/path" */
	const char *path;		/* of the rootfs, on the host, absolute */
	enum plan_opener opener;
	bool mount_ns;			/* false: no mounts */
	enum plan_enter enter;
	bool readonly;
	uint64_t host_propagation;	/* of the host's mounts, in a new namespace; 0: leave it */
	uint64_t propagation;		/* of the container's "/" itself at the end, or 0 */
	bool bind_devices; /* mknod is not allowed: nodes are bound from the host, or by_parent */
	bool console;			/* /dev/console is to be the terminal */
	const struct plan_dev *dev;
	size_t n_dev;
	const struct plan_link *link;
	size_t n_link;
	const struct plan_path *masked;
	size_t n_masked;
	const struct plan_path *readonly_path;
	size_t n_readonly_path;
};

/* ---- 7. names and sysctls -------------------------------------------------------------------- */

struct plan_sysctl {
	const char *from;	/* "/linux/sysctl/net.ipv4.ip_forward" */
	const char *file;	/* below /proc/sys: "net/ipv4/ip_forward"; clean, relative */
	const char *value;
};

struct plan_uts {
	const char *hostname, *domainname; /* NULL: leave */
	const struct plan_sysctl *sysctl;
	size_t n_sysctl;
};

/* ---- 8. hooks -------------------------------------------------------------------------------- */

enum plan_hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	N_HOOK_KINDS
};

struct plan_hook {
	const char *from;		/* "/hooks/createRuntime/1" */
	const char *path;		/* absolute */
	const char *const *argv;	/* NULL-terminated; argv[0] is there */
	const char *const *envp;	/* NULL-terminated */
	uint32_t timeout_ms;		/* 0: none */
};

/* The hooks' stdout and stderr; what names the file of each is ANNOTATION_HOOK_STDOUT + i. */
enum { N_HOOK_STREAMS = 2 };

struct plan_hooks {
	const struct plan_hook *list[N_HOOK_KINDS];
	size_t n[N_HOOK_KINDS];
	/* Files that they are appended to, absolute; NULL: what is said goes into the error. */
	const char *stream[N_HOOK_STREAMS];
};

/* From the container's annotations: fills hooks->stream. Later commands call it as well. */
void plan_hook_streams(struct arena *a, const struct plan_state *state, struct plan_hooks *hooks);

/* Has it prestart, createRuntime or createContainer hooks? */
bool plan_hooks_at_create(const struct plan_hooks *hooks);
bool plan_has_hooks(const struct plan_hooks *hooks);	/* of any kind */

/* "createRuntime": the key in config.json. */
const char *plan_hook_name(enum plan_hook_kind kind);

/* ---- 9. process ------------------------------------------------------------------------------ */

struct plan_rlimit {
	const char *from;	/* "/process/rlimits/0" */
	int resource;		/* RLIMIT_* */
	uint64_t soft, hard;	/* UINT64_MAX: no limit */
};

/* Capability sets as bit masks (1 << CAP_*), already cut to what this host can grant. */
struct plan_caps {
	uint64_t bounding, effective, inheritable, permitted, ambient;
};

struct plan_cred {
	const char *from;	/* "/process/user" */
	uint32_t uid, gid;
	const uint32_t *group;	/* additional ones */
	size_t n_group;
	bool keep_groups;	/* those of the caller are wanted */
	bool set_groups;	/* false: that, or setgroups(2) is denied here; leave them */
	const char *caps_from;	/* "/process/capabilities" */
	struct plan_caps caps;
	bool no_new_privs;
	bool set_umask;
	uint32_t umask;
};

struct plan_filter {
	const char *from;		/* "/linux/seccomp" */
	const struct sock_filter *program; /* NULL: no filter */
	size_t n;			/* instructions, at most BPF_MAXINSNS */
	unsigned flags;			/* SECCOMP_FILTER_FLAG_* */
	const char *listener_path;	/* absolute: the agent's socket; NULL: none is notified */
	const char *listener_metadata;	/* NULL: none */
	bool lets_futex;		/* futex(2) passes, whatever its arguments */
};

struct plan_process {
	const char *from;		/* "/process" */
	bool present;			/* without one, create works and start fails (runtime.md) */
	const char *const *argv;	/* NULL-terminated, at least one */
	const char *const *envp; /* NULL-terminated; HOME is added by act if it is not in it */
	const char *cwd;		/* absolute */
	bool terminal;
	uint16_t rows, columns;		/* 0: unset */
	const struct plan_rlimit *rlimit;
	size_t n_rlimit;
	bool set_oom_score_adj;
	int oom_score_adj;
	unsigned preserve_fds;		/* descriptors 3 .. 3+n-1 stay open in the program */
	bool listens;			/* LISTEN_PID is to be the program's own pid */
	bool new_keyring;		/* a session keyring of its own */
};

/* ---- 10. what the kernel keeps of a process beside its credentials --------------------------- */

/* A set of CPUs or memory nodes, as the kernel takes it. */
struct plan_mask {
	const unsigned long *word;	/* the lowest numbers first */
	size_t n_word;			/* 0: no number is in it */
};

struct plan_scheduler {
	const char *what;	/* "SCHED_FIFO, priority 5, nice 0": for people */
	uint32_t policy;	/* SCHED_* */
	uint64_t flags;		/* SCHED_FLAG_* */
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;	/* nanoseconds */
};

struct plan_memory_policy {
	const char *what;	/* "MPOL_BIND 0-3 MPOL_F_STATIC_NODES" */
	int mode;		/* MPOL_*, with its MPOL_F_* */
	struct plan_mask nodes;
};

struct plan_personality {
	const char *what;	/* "LINUX32" */
	unsigned long persona;	/* PER_* of personality(2) */
};

struct plan_io_priority {
	const char *what;	/* "IOPRIO_CLASS_BE, priority 4" */
	int value;		/* IOPRIO_PRIO_VALUE() */
};

/* NULL: the process keeps what mcrun's caller has. What is there is set, whatever that had. */
struct plan_attr {
	const struct plan_scheduler *scheduler;		/* /process/scheduler */
	const struct plan_io_priority *io_priority;	/* /process/ioPriority */
	const struct plan_memory_policy *memory;	/* /linux/memoryPolicy */
	const struct plan_personality *personality;	/* /linux/personality */
	/* Of `exec` alone, the container's own program has none of it; NULL: not given. */
	const char *exec_cpu_initial, *exec_cpu_final;	/* lists that plan_mask_read takes */
};

/*
 * "0-3,7" as a mask: decimal numbers up to 65535 and ranges, between commas; blanks do not count.
 * Absent or empty is a mask without numbers. 0, or -1 and *why tells what is wrong with it.
 */
int plan_mask_read(struct arena *a, const char *list, struct plan_mask *out, const char **why);

/* ---- 11. labels of the security modules ------------------------------------------------------ */

/* From execve on. NULL: as the module's rules have it. Mount labels are options of the mounts. */
struct plan_lsm {
	const char *apparmor;	/* a profile's name, or "unconfined" */
	const char *selinux;	/* of the program, and of its session keyring */
};

/* ---- the plan -------------------------------------------------------------------------------- */

struct plan {
	struct plan_state state;
	struct plan_cgroup cgroup;
	struct plan_ns ns;
	struct plan_idmap idmap;
	struct plan_rdt rdt;
	const struct plan_netdev *netdev;
	size_t n_netdev;
	const struct plan_mount *mount;
	size_t n_mount;
	struct plan_root root;
	struct plan_uts uts;
	struct plan_hooks hooks;
	struct plan_process process;
	struct plan_attr attr;
	struct plan_lsm lsm;
	struct plan_cred cred;
	struct plan_filter filter;
	bool notify;	/* the program can say when it is ready: act/notify.h */
	/* Things that could not be granted or are odd, for the log: "/process/capabilities: ..." */
	const char *const *warning;
	size_t n_warning;
};

/*
 * Has the parent something to do for init before it can begin: its ids, its cgroup, its devices?
 */
bool plan_waits_go(const struct plan *plan);

/* Does init need the host's /proc: for sysctls, labels, or to find the cgroup of a unit? */
bool plan_wants_proc(const struct plan *plan);

/*
 * Does init wait for its parent when its mounts are up: for hooks, or for limits that its work so
 * far would have run into, and with which it then has to get along?
 */
bool plan_waits_mounted(const struct plan *plan);

/*
 * `run` and exec: is there anything that wants to see all of init's work done before the program
 * may start, or that only create takes back (network devices) if that fails? Else init says READY
 * when its mounts are up, and GO, or exec's KEPT, lies ready when it comes for it.
 */
bool plan_waits_ready(const struct plan *plan);

/* What the caller asks for beside config.json. */
enum plan_rootless { ROOTLESS_AUTO, ROOTLESS_TRUE, ROOTLESS_FALSE };

struct plan_options {
	const char *id;
	const char *bundle;		/* absolute */
	const char *root;		/* of the containers' states; NULL: there is none */
	enum plan_manager manager;
	/* May it go without a cgroup where none may be made? AUTO: for an ordinary user. */
	enum plan_rootless rootless;
	bool console_socket;		/* somebody will take the terminal's descriptor */
	bool notify;			/* somebody waits for the program to be ready */
	bool no_pivot;
	bool no_new_keyring;
	unsigned preserve_fds;
	unsigned listen_fds; /* sockets that systemd handed over (sd_listen_fds(3)), before */
	const char *listen_names;	/* preserve_fds; and their LISTEN_FDNAMES, or NULL */
};

struct plan_input {
	const struct oci_config *spec;
	const struct facts *facts;
	const struct plan_options *options;
};

/* The oldest and the newest runtime-spec that mcrun knows; every 1.x is taken. */
#define PLAN_OCI_OLDEST "1.0.0"
#define PLAN_OCI_NEWEST "1.3.0"

/* The facts (ASK_* of facts.h, or'ed) without which this spec cannot be planned. */
unsigned plan_ask(const struct oci_config *spec, const struct plan_options *options);

/*
 * Decides everything. NULL and err (with err->at where the fault is the document's) if it cannot.
 */
struct plan *plan_build(struct arena *a, const struct plan_input *in, struct error *err);

/* The plan as text for people, section by section, with the JSON pointers. */
char *plan_print(struct arena *a, const struct plan *plan);

/*
 * The state of the container as the spec wants it on a hook's stdin and from `state`: one line of
 * JSON. pid 0 is left out. `status` is creating, created, running or stopped.
 */
char *plan_state_json(struct arena *a, const struct plan_state *state, const char *status, int pid);

/*
 * The container process state of config-linux.md, for a seccomp agent: the listener rides along as
 * "seccompFd". `pid` is the process's, `init` the container's. metadata may be NULL.
 */
struct plan_process_state {
	const struct plan_state *state;
	const char *status;
	int init, pid;
	const char *metadata;
};
char *plan_process_state_json(struct arena *a, const struct plan_process_state *process);

#endif
