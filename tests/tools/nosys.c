/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nosys CALL[=ERRNO]... -- COMMAND [ARGUMENT...]: runs the command where these system calls give
 * ENOSYS, or the error of that number: as on an older kernel, or in a sandbox around mcrun.
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
	unsigned nr;
} calls[] = {
	{ "bpf", SYS_bpf },
	{ "clone3", SYS_clone3 },
	{ "close_range", SYS_close_range },
	{ "fsconfig", SYS_fsconfig },
	{ "fsmount", SYS_fsmount },
	{ "fsopen", SYS_fsopen },
	{ "fspick", SYS_fspick },
	{ "keyctl", SYS_keyctl },
	{ "memfd_create", SYS_memfd_create },
	{ "mount_setattr", SYS_mount_setattr },
	{ "move_mount", SYS_move_mount },
	{ "open_tree", SYS_open_tree },
	{ "openat2", SYS_openat2 },
	{ "pidfd_open", SYS_pidfd_open },
	{ "pidfd_send_signal", SYS_pidfd_send_signal },
	{ "seccomp", SYS_seccomp },
	{ "setns", SYS_setns },
};

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static unsigned number(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		if (strlen(calls[i].name) == len && memcmp(calls[i].name, name, len) == 0)
			return calls[i].nr;
	errno = EINVAL;
	die(name);
	return 0;
}

int main(int argc, char **argv)
{
	struct sock_filter code[2 + 2 * COUNT(calls)] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { .filter = code };
	int i = 1;
	size_t n = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		size_t len = strcspn(argv[i], "=");
		unsigned nr = number(argv[i], len);
		unsigned error = argv[i][len] ? (unsigned)atoi(argv[i] + len + 1) : ENOSYS;
		struct sock_filter one[] = {
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		};

		if (n + COUNT(one) > COUNT(code))
			die("nosys: too many calls");
		memcpy(&code[n], one, sizeof(one));
		n += 2; /* the last of them is the end, or the place of the next */
	}
	program.len = (unsigned short)(n + 1);
	if (n == 1 || i + 1 >= argc) {
		fprintf(stderr, "usage: nosys CALL[=ERRNO]... -- COMMAND [ARGUMENT...]\n");
		return 99;
	}
	/* Not with no_new_privs, which the command would inherit. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		die("nosys: load the filter");
	execvp(argv[i + 1], argv + i + 1);
	die(argv[i + 1]);
}
