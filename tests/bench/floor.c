/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor: what the kernel itself takes for the container of a bundle made by `mcrun spec`, with
 * everything decided beforehand. No JSON, no state, no checks, no protocol, no care: nobody can use
 * this. What a runtime takes on top of it is the runtime's own.
 *
 * floor run CGROUP ROOTFS [N] -- PROGRAM...   N: instructions of a seccomp filter, ready made
 * floor create CGROUP ROOTFS                  the same up to the program, which never starts
 * floor exec PID -- PROGRAM...                in the namespaces of a process
 * floor nothing                               a program's start and end
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mount.h"

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET)

static void must(long r, const char *what)
{
	if (r < 0) {
		fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
		exit(125);
	}
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	must(ioctl(fd, SIOCSIFFLAGS, &ifr), "lo");
	close(fd);
}

static void mount_clone_of(const char *path, const char *target)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					       MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, 1 | O_CLOEXEC);

	must(tree, path);
	must(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)), path);
	must(syscall(SYS_move_mount, tree, "", AT_FDCWD, target, 4), target);
	close(tree);
}

static void mounts(const char *rootfs, const char *cgroup)
{
	const unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	must(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "slave");
	must(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), rootfs);
	must(chdir(rootfs), rootfs);
	must(mount("proc", "proc", "proc", plain, NULL), "proc");
	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"),
	     "dev");
	must(mkdir("dev/pts", 0755), "dev/pts");
	must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		   "newinstance,ptmxmode=0666,mode=0620,gid=5"),
	     "devpts");
	must(mkdir("dev/shm", 0755), "dev/shm");
	must(mount("shm", "dev/shm", "tmpfs", plain, "mode=1777,size=65536k"), "shm");
	must(mkdir("dev/mqueue", 0755), "dev/mqueue");
	must(mount("mqueue", "dev/mqueue", "mqueue", plain, NULL), "mqueue");
	must(mount("sysfs", "sys", "sysfs", plain | MS_RDONLY, NULL), "sysfs");
	mount_clone_of(cgroup, "sys/fs/cgroup");
}

static void nodes(void)
{
	static const struct {
		const char *path;
		unsigned major, minor;
	} node[] = { { "dev/null", 1, 3 },   { "dev/zero", 1, 5 },    { "dev/full", 1, 7 },
		     { "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 } };
	static const char *const link[][2] = {
		{ "pts/ptmx", "dev/ptmx" },          { "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" },  { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" }, { "/proc/kcore", "dev/core" },
	};

	for (unsigned i = 0; i < sizeof(node) / sizeof(node[0]); i++)
		must(mknod(node[i].path, S_IFCHR | 0666, makedev(node[i].major, node[i].minor)),
		     node[i].path);
	for (unsigned i = 0; i < sizeof(link) / sizeof(link[0]); i++)
		must(symlink(link[i][0], link[i][1]), link[i][1]);
}

static void hide(void)
{
	static const char *const readonly[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys",
						"proc/sysrq-trigger" };
	static const char *const file[] = { "proc/interrupts", "proc/kcore", "proc/keys",
					    "proc/timer_list" };
	static const char *const folder[] = { "proc/acpi", "sys/firmware" };

	/* Not all are there in every kernel, as a runtime finds out the same way. */
	for (unsigned i = 0; i < sizeof(readonly) / sizeof(readonly[0]); i++)
		if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) == 0)
			must(mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL),
			     readonly[i]);
	for (unsigned i = 0; i < sizeof(file) / sizeof(file[0]); i++)
		mount("/dev/null", file[i], NULL, MS_BIND, NULL);
	for (unsigned i = 0; i < sizeof(folder) / sizeof(folder[0]); i++)
		mount("tmpfs", folder[i], "tmpfs", MS_RDONLY, "nr_inodes=1,mode=755");
	must(mount(NULL, ".", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "read-only root");
}

static void enter(void)
{
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount");
	must(chdir("/"), "chdir");
}

static void drop(void)
{
	const uint32_t keep = 1U << CAP_AUDIT_WRITE | 1U << CAP_KILL | 1U << CAP_NET_BIND_SERVICE;
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[2] = { { keep, keep, 0 } };

	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (cap >= 32 || !(keep & 1U << cap))
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	must(setresgid(0, 0, 0), "gid");
	must(setresuid(0, 0, 0), "uid");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	must(syscall(SYS_capset, &head, data), "capset");
}

/* As long as a runtime's, as deep as a binary search in it, and allowing everything. */
static void filter(unsigned n)
{
	struct sock_filter *code = calloc(n, sizeof(*code));
	const struct sock_fprog prog = { .len = (unsigned short)n, .filter = code };
	unsigned i = 0;

	if (n < 16)
		return;
	code[i++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
	while (i < 10)
		code[i++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0xffffff, 0, 0);
	while (i < n)
		code[i++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &prog),
	     "seccomp");
}

/* Nothing but a few devices: as long as the program of mcrun for the default list. */
static void device_program(int cgroup)
{
	struct bpf_insn code[27];
	union bpf_attr attr = { 0 };

	for (unsigned i = 0; i < 26; i++)
		code[i] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 };
	code[26] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insn_cnt = 27;
	attr.insns = (uint64_t)(uintptr_t)code;
	attr.license = (uint64_t)(uintptr_t) "Apache-2.0";

	int prog = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	must(prog, "device program");
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)prog;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	must(syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)), "attach");
	close(prog);
}

/* What the child does before its program. */
static void set_up(const char *cgroup, const char *rootfs)
{
	const struct rlimit files = { 1024, 1024 };

	must(setsid(), "setsid");
	loopback_up();
	must(sethostname("mcrun", 5), "hostname");
	mounts(rootfs, cgroup);
	nodes();
	hide();
	enter();
	must(setrlimit(RLIMIT_NOFILE, &files), "rlimit");
}

/* Returns as clone3 does. */
static pid_t child_in(const char *cgroup)
{
	must(mkdir(cgroup, 0755), cgroup);

	int dir = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct clone_args args = { .flags = NAMESPACES | CLONE_NEWCGROUP | CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD,
				   .cgroup = (uint64_t)dir };

	device_program(dir);

	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	must(pid, "clone3");
	return pid;
}

static int run(const char *cgroup, const char *rootfs, unsigned n_filter, char **argv)
{
	static const char *const env[] = { "PATH=/bin", "TERM=xterm", NULL };
	int status;
	pid_t pid = child_in(cgroup);

	if (pid == 0) {
		set_up(cgroup, rootfs);
		drop();
		filter(n_filter);
		execve(argv[0], argv, (char **)(uintptr_t)env);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	must(rmdir(cgroup), cgroup);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int create(const char *cgroup, const char *rootfs)
{
	int ready[2];
	char word;

	must(pipe(ready), "pipe");
	if (child_in(cgroup) == 0) {
		set_up(cgroup, rootfs);
		must(write(ready[1], "r", 1), "ready");
		for (;;)
			pause();
	}
	close(ready[1]);
	return read(ready[0], &word, 1) == 1 ? 0 : 1;
}

static int execute(pid_t of, char **argv)
{
	int pidfd = (int)syscall(SYS_pidfd_open, of, 0), status;

	must(pidfd, "pidfd");
	must(setns(pidfd, NAMESPACES | CLONE_NEWCGROUP), "setns");

	pid_t pid = fork();

	must(pid, "fork");
	if (pid == 0) {
		drop();
		execv(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "nothing") == 0)
		return 0;
	if (argc == 4 && strcmp(argv[1], "create") == 0)
		return create(argv[2], argv[3]);
	if (argc >= 5 && strcmp(argv[1], "exec") == 0)
		return execute(atoi(argv[2]), argv + 4);
	if (argc < 6 || strcmp(argv[1], "run") != 0)
		return 2;

	bool has_filter = strcmp(argv[4], "--") != 0;

	return run(argv[2], argv[3], has_filter ? (unsigned)atoi(argv[4]) : 0,
		   argv + (has_filter ? 6 : 5));
}
