/* SPDX-License-Identifier: Apache-2.0 */
/* say TEXT...: each as one message to NOTIFY_SOCKET, as sd_notify(3) does it. For notify.bats. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	const char *path = getenv("NOTIFY_SOCKET");

	if (!path || fd < 0 || strlen(path) >= sizeof(to.sun_path))
		return 1;
	strcpy(to.sun_path, path);
	for (int i = 1; i < argc; i++)
		if (sendto(fd, argv[i], strlen(argv[i]), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			return 1;
	return 0;
}
