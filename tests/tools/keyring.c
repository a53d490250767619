/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyring: prints the serial number of the session keyring that it has.
 * keyring --label: prints the security label of that.
 * keyring NAME: first takes one of that name, which all processes of its user may join; then stays.
 */
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAY_ALL = 0x3f3f0000 }; /* who has it, and its user */

static int print_label(void)
{
	char label[256] = "";
	long n = syscall(SYS_keyctl, KEYCTL_GET_SECURITY, KEY_SPEC_SESSION_KEYRING, label,
			 sizeof(label) - 1);

	puts(label);
	return n < 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--label") == 0)
		return print_label();
	if (argc > 1) {
		long id = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, argv[1]);

		if (id < 0 || syscall(SYS_keyctl, KEYCTL_SETPERM, id, MAY_ALL) < 0)
			return 1;
	}
	printf("%ld\n", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
	fflush(stdout);
	if (argc > 1)
		pause();
	return 0;
}
