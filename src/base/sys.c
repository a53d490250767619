/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bare system calls. One rule is added to what the kernel does: whatever returns a descriptor
 * returns it close-on-exec. No decision is taken here, and no fallback for a missing call.
 */
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

enum { RENAME_TRIES = 128, BPF_TRIES = 5, STATUS_SIZE = 4096, DEEP = 128 << 10 };

static long answer(long r)
{
	return r < 0 ? -errno : r;
}

#ifdef SYS_setresuid32 /* where the older ones have ids of 16 bits */
enum { SETGROUPS = SYS_setgroups32, SETRESGID = SYS_setresgid32, SETRESUID = SYS_setresuid32 };
#else
enum { SETGROUPS = SYS_setgroups, SETRESGID = SYS_setresgid, SETRESUID = SYS_setresuid };
#endif

int sys_setgroups(size_t n, const uint32_t *group)
{
	return (int)answer(syscall(SETGROUPS, n, group));
}

int sys_setresgid(uint32_t gid)
{
	return (int)answer(syscall(SETRESGID, gid, gid, gid));
}

int sys_setresuid(uint32_t uid)
{
	return (int)answer(syscall(SETRESUID, uid, uid, uid));
}

pid_t sys_clone3(const struct clone_args *args)
{
	return (pid_t)answer(syscall(SYS_clone3, args, sizeof(*args)));
}

int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve };
	int r = -EAGAIN;

	for (int i = 0; i < RENAME_TRIES && (r == -EAGAIN || r == -EINTR); i++)
		r = (int)answer(syscall(SYS_openat2, dir, path, &how, sizeof(how)));
	return r;
}

int sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int)answer(syscall(SYS_open_tree, dir, path, flags | OPEN_TREE_CLOEXEC));
}

int sys_move_mount(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	return (int)answer(syscall(SYS_move_mount, from_dir, from, to_dir, to, flags));
}

int sys_mount_setattr(int dir, const char *path, unsigned flags, struct mount_attr *attr)
{
	return (int)answer(syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof(*attr)));
}

int sys_fsopen(const char *type, unsigned flags)
{
	return (int)answer(syscall(SYS_fsopen, type, flags | FSOPEN_CLOEXEC));
}

int sys_fsconfig(int fs, unsigned cmd, const char *key, const void *value, int aux)
{
	return (int)answer(syscall(SYS_fsconfig, fs, cmd, key, value, aux));
}

int sys_fsmount(int fs, unsigned flags, unsigned attrs)
{
	return (int)answer(syscall(SYS_fsmount, fs, flags | FSMOUNT_CLOEXEC, attrs));
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)answer(syscall(SYS_pivot_root, new_root, put_old));
}

int sys_statx(int fd, unsigned mask, struct statx *out)
{
	return (int)answer(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, mask, out));
}

int sys_pidfd_open(pid_t pid, unsigned flags)
{
	return (int)answer(syscall(SYS_pidfd_open, pid, flags));
}

int sys_pidfd_send_signal(int pidfd, int sig)
{
	return (int)answer(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}

int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)answer(syscall(SYS_close_range, first, last, flags));
}

int sys_bpf(int cmd, void *attr, size_t size)
{
	int r = -EAGAIN;

	/* EAGAIN: a signal came while the verifier ran. */
	for (int i = 0; i < BPF_TRIES && r == -EAGAIN; i++)
		r = (int)answer(syscall(SYS_bpf, cmd, attr, size));
	return r;
}

int sys_seccomp(unsigned op, unsigned flags, void *args)
{
	return (int)answer(syscall(SYS_seccomp, op, flags, args));
}

int sys_sched_setattr(pid_t pid, struct sys_sched_attr *attr)
{
	attr->size = sizeof(*attr);
	return (int)answer(syscall(SYS_sched_setattr, pid, attr, 0));
}

int sys_sched_setaffinity(const unsigned long *cpus, size_t n_word)
{
	return (int)answer(syscall(SYS_sched_setaffinity, 0, n_word * sizeof(*cpus), cpus));
}

int sys_ioprio_set(pid_t pid, int priority)
{
	return (int)answer(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, priority));
}

int sys_set_mempolicy(int mode, const unsigned long *nodes, size_t n_word)
{
	/* The kernel reads one bit less than it is told. */
	size_t n_bit = n_word ? n_word * 8 * sizeof(*nodes) + 1 : 0;

	return (int)answer(syscall(SYS_set_mempolicy, mode, nodes, n_bit));
}

long sys_keyctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	return answer(syscall(SYS_keyctl, op, a, b, c, d));
}

int sys_getcwd(char *buf, size_t size)
{
	return (int)answer(syscall(SYS_getcwd, buf, size));
}

int sys_fspick(int dir, const char *path, unsigned flags)
{
	return (int)answer(syscall(SYS_fspick, dir, path, flags));
}

int64_t sys_now_ms(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uid_t sys_euid(void)
{
	return (uid_t)getauxval(AT_EUID);
}

gid_t sys_egid(void)
{
	return (gid_t)getauxval(AT_EGID);
}

uid_t sys_uid(void)
{
	return (uid_t)getauxval(AT_UID);
}

bool sys_is_root(void)
{
	return sys_euid() == 0;
}

/* A page is left for this function; no other mapping comes that near to a stack (1 MiB). */
void sys_forget_stack(void)
{
	const uintptr_t page = (uintptr_t)getpagesize();
	uintptr_t end = ((uintptr_t)__builtin_frame_address(0) & ~(page - 1)) - page;

	/* ENOMEM: the stack is not that deep; what there is of it was given back. */
	(void)madvise((void *)(end - DEEP), DEEP, MADV_DONTNEED);
}

static uint64_t maybe_ignored = UINT64_MAX; /* bit n - 1: signal n */

void sys_note_signals(void)
{
	static const char key[] = "\nSigIgn:\t";
	char text[STATUS_SIZE];
	const char *line;

	if (read_small(AT_FDCWD, "/proc/self/status", text, sizeof(text)) > 0 &&
	    (line = strstr(text, key)))
		maybe_ignored = strtoull(line + strlen(key), NULL, 16);
}

void sys_reset_signals(void)
{
	const unsigned long by_default[8] = { 0 }; /* the kernel's struct sigaction, all SIG_DFL */
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (maybe_ignored & UINT64_C(1) << (sig - 1))
			syscall(SYS_rt_sigaction, sig, by_default, NULL, NSIG / 8);
	maybe_ignored = 0;
	sigemptyset(&none);
	sys_signal_mask(SIG_SETMASK, &none, NULL);
}

void sys_all_signals(sigset_t *out)
{
	memset(out, 0xff, sizeof(*out));
}

int sys_signal_mask(int how, const sigset_t *set, sigset_t *old)
{
	return (int)answer(syscall(SYS_rt_sigprocmask, how, set, old, NSIG / 8));
}
