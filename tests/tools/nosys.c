/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nosys CALL[=ERRNO]... -- COMMAND [ARGUMENT...]: runs the command where these system calls give
 * ENOSYS, or the error of that number: as on an older kernel, or in a sandbox around mcrun.
 * PR_SET_MM stands for that call of prctl(2) alone.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	unsigned nr, first; /* the first argument's lower half; 0: whatever it is */
} calls[] = {
	{ "PR_SET_MM", SYS_prctl, PR_SET_MM },
	{ "bpf", SYS_bpf, 0 },
	{ "clone3", SYS_clone3, 0 },
	{ "close_range", SYS_close_range, 0 },
	{ "fsconfig", SYS_fsconfig, 0 },
	{ "fsmount", SYS_fsmount, 0 },
	{ "fsopen", SYS_fsopen, 0 },
	{ "fspick", SYS_fspick, 0 },
	{ "keyctl", SYS_keyctl, 0 },
	{ "memfd_create", SYS_memfd_create, 0 },
	{ "mount_setattr", SYS_mount_setattr, 0 },
	{ "move_mount", SYS_move_mount, 0 },
	{ "open_tree", SYS_open_tree, 0 },
	{ "openat2", SYS_openat2, 0 },
	{ "pidfd_open", SYS_pidfd_open, 0 },
	{ "pidfd_send_signal", SYS_pidfd_send_signal, 0 },
	{ "seccomp", SYS_seccomp, 0 },
	{ "setns", SYS_setns, 0 },
};

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static size_t find(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		if (strlen(calls[i].name) == len && memcmp(calls[i].name, name, len) == 0)
			return i;
	errno = EINVAL;
	die(name);
	return 0;
}

int main(int argc, char **argv)
{
	struct sock_filter code[5 * COUNT(calls) + 1];
	struct sock_fprog program = { .filter = code };
	int i = 1;
	size_t n = 0;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		size_t len = strcspn(argv[i], "=");
		size_t call = find(argv[i], len);
		unsigned first = calls[call].first;
		unsigned error = argv[i][len] ? (unsigned)atoi(argv[i] + len + 1) : ENOSYS;
		struct sock_filter one[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[call].nr, 0, 3),
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
			BPF_JUMP(BPF_JMP | (first ? BPF_JEQ : BPF_JGE) | BPF_K, first, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		};

		if (n + COUNT(one) >= COUNT(code))
			die("nosys: too many calls");
		memcpy(&code[n], one, sizeof(one));
		n += COUNT(one);
	}
	code[n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)(n + 1);
	if (n == 0 || i + 1 >= argc) {
		fprintf(stderr, "usage: nosys CALL[=ERRNO]... -- COMMAND [ARGUMENT...]\n");
		return 99;
	}
	/* Not with no_new_privs, which the command would inherit. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		die("nosys: load the filter");
	execvp(argv[i + 1], argv + i + 1);
	die(argv[i + 1]);
}
