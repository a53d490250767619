/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls that libc of Debian 12 has no wrapper for, or whose wrapper does more than the
 * call. Each returns its result or -errno, retries EINTR where that is right, and knows nothing
 * of containers. Every descriptor returned is close-on-exec: that flag is added here.
 */
#ifndef BASE_SYS_H
#define BASE_SYS_H

#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/mount.h"

#ifndef STATX_TYPE
#include <linux/stat.h>
#endif

/* Of the calling thread alone, where libc's are of every one, at a cost; all three ids. */
int sys_setgroups(size_t n, const uint32_t *group);
int sys_setresgid(uint32_t gid);
int sys_setresuid(uint32_t uid);

/* Like fork(): 0 in the child, pid in the parent. No pthread_atfork handlers run. */
pid_t sys_clone3(const struct clone_args *args);

/* Retries EAGAIN (the kernel's way to say that a rename raced) up to 128 times. */
int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

int sys_open_tree(int dir, const char *path, unsigned flags);
int sys_move_mount(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int sys_mount_setattr(int dir, const char *path, unsigned flags, struct mount_attr *attr);
int sys_fsopen(const char *type, unsigned flags);
int sys_fsconfig(int fs, unsigned cmd, const char *key, const void *value, int aux);
int sys_fsmount(int fs, unsigned flags, unsigned attrs);
int sys_fspick(int dir, const char *path, unsigned flags);
/* Of a descriptor itself; `mask` is of STATX_. */
int sys_statx(int fd, unsigned mask, struct statx *out);
int sys_pivot_root(const char *new_root, const char *put_old);

int sys_pidfd_open(pid_t pid, unsigned flags);
int sys_pidfd_send_signal(int pidfd, int sig);
int sys_close_range(unsigned first, unsigned last, unsigned flags);
int sys_bpf(int cmd, void *attr, size_t size);
int sys_seccomp(unsigned op, unsigned flags, void *args);

/* sched_setattr(2): struct sched_attr as Linux 5.3 has it; libc and kernel headers differ. */
struct sys_sched_attr {
	uint32_t size;	/* filled in by the call */
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};
int sys_sched_setattr(pid_t pid, struct sys_sched_attr *attr);
int sys_ioprio_set(pid_t pid, int priority);
/* The calling thread's CPUs: `n_word` words of bits. */
int sys_sched_setaffinity(const unsigned long *cpus, size_t n_word);
/* Nodes: `n_word` words of bits; none is NULL and 0. */
int sys_set_mempolicy(int mode, const unsigned long *nodes, size_t n_word);

long sys_keyctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
/*
 * Default dispositions and an empty mask, as both outlive execve where a caller ignored or blocked
 * something. By hand, because libc keeps two real-time signals to itself (make ignores them).
 * Handlers are execve's to reset. Whoever will fork says sys_note_signals() before: one read of
 * /proc, while that is the host's, in place of a call for each signal in every child.
 */
void sys_note_signals(void);
void sys_reset_signals(void);

/*
 * Every signal, and sigprocmask(2) for every one: libc's leave out those that it keeps to itself,
 * which with musl takes in SIGRTMIN (34).
 */
void sys_all_signals(sigset_t *out);
int sys_signal_mask(int how, const sigset_t *set, sigset_t *old);

/* The clock of deadlines: CLOCK_MONOTONIC. */
int64_t sys_now_ms(void);

/*
 * Who started mcrun: the effective ids and the real one, as the kernel told them to the program.
 * Without a system call; the parent side never changes its ids.
 */
uid_t sys_euid(void);
gid_t sys_egid(void);
uid_t sys_uid(void);
bool sys_is_root(void);

/* Gives back what deeper calls have left of the stack: for who will wait for long. */
void sys_forget_stack(void);

/* getcwd as the kernel answers it: "(unreachable)/..." included. Length with its NUL. */
int sys_getcwd(char *buf, size_t size);

#endif
