/* SPDX-License-Identifier: Apache-2.0 */
/* Connects to those who wait for a descriptor of the container. See receiver.h. */
#include "act/receiver.h"

#include <errno.h>
#include <string.h>

#include "act/interrupt.h"
#include "base/fd.h"

enum { RECEIVER_SECONDS = 10 };

int receiver_connect(const char *noun, const char *path, int stop, int *out, struct error *err)
{
	*out = -1;
	if (!path)
		return 0;

	int fd = fd_connect(path, RECEIVER_SECONDS, stop);

	if (fd == -EINTR)
		return interrupt_error(stop, err);
	if (fd == -EAGAIN)
		return err_set(err, 0, "%s %s: nobody accepted the connection for %d seconds", noun,
			       path, RECEIVER_SECONDS);
	if (fd < 0)
		return err_set(err, -fd, "%s %s", noun, path);
	*out = fd;
	return 0;
}

int receiver_pass_pidfd(int socket, int pidfd, struct error *err)
{
	static const char text[] = "pidfd";
	int r = socket < 0 ? 0 : fd_send(socket, text, strlen(text), pidfd);

	return r < 0 ? err_set(err, -r, "send the pidfd to the pidfd socket") : 0;
}
