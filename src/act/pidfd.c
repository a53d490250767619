/* SPDX-License-Identifier: Apache-2.0 */
/* Hands a pidfd over. See pidfd.h. */
#include "act/pidfd.h"

#include <string.h>

#include "base/fd.h"

enum { RECEIVER_SECONDS = 10 };

int pidfd_connect(const char *path, int *out, struct error *err)
{
	*out = -1;
	if (!path)
		return 0;

	int fd = fd_connect(path, RECEIVER_SECONDS);

	if (fd < 0)
		return err_set(err, -fd, "pidfd socket %s", path);
	*out = fd;
	return 0;
}

int pidfd_pass(int socket, int pidfd, struct error *err)
{
	static const char text[] = "pidfd";
	int r = socket < 0 ? 0 : fd_send(socket, text, strlen(text), pidfd);

	return r < 0 ? err_set(err, -r, "send the pidfd to the pidfd socket") : 0;
}
