/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscall NUMBER [ARGUMENT...]: makes one system call and prints its errno, 0 for none.
 * For the tests of seccomp, which need calls that no shell makes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long a[7] = { -1 };

	for (int i = 1; i < argc && i < 8; i++)
		a[i - 1] = strtol(argv[i], NULL, 0);
	errno = 0;
	syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
	printf("%d\n", errno);
	return 0;
}
