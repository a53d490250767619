/* SPDX-License-Identifier: Apache-2.0 */
/* Passes the container's READY=1 on to the service manager. See notify.h. */
#include "act/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

static const char folder[] = "notify", name[] = "notify.sock";

enum { MESSAGE_MAX = 4096 };

int notify_make(int dir, struct error *err)
{
	autofd int fd = -1;

	/* Any user of the container may come in, whatever its ids are outside and the umask is. */
	if (mkdirat(dir, folder, 0755) < 0 ||
	    (fd = openat(dir, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0 ||
	    fchmod(fd, 0755) < 0)
		return err_set(err, errno, "make the folder of the notify socket");
	return 0;
}

int notify_listen(int dir)
{
	const char *manager = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (!manager || !*manager)
		return -1;

	autofd int at = openat(dir, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autofd int fd = at < 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	/* A start before this one may have failed. */
	unlinkat(at, name, 0);
	/* Through the folder's descriptor, as its path may be longer than an address can be. */
	snprintf(un.sun_path, sizeof(un.sun_path), "/proc/self/fd/%d/%s", at, name);
	if (bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 || chmod(un.sun_path, 0777) < 0)
		return -1;
	return take_fd(&fd);
}

/* A path, or with '@' before it a name in the abstract namespace. */
static void tell_manager(const char *text)
{
	const char *manager = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = manager ? strlen(manager) : 0;
	autofd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (len == 0 || len >= sizeof(un.sun_path) || fd < 0)
		return;
	memcpy(un.sun_path, manager, len);
	if (*manager == '@')
		un.sun_path[0] = '\0';

	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
				     (*manager == '@' ? 0 : 1));

	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&un, size);
}

static bool says_ready(const char *message)
{
	for (const char *line = message; line; line = strchr(line, '\n')) {
		const char *after = str_after(line += *line == '\n', "READY=1");

		if (after && (!*after || *after == '\n'))
			return true;
	}
	return false;
}

bool notify_pass(int fd, pid_t main)
{
	char message[MESSAGE_MAX], answer[64];
	ssize_t n = recv(fd, message, sizeof(message) - 1, MSG_DONTWAIT);

	message[n < 0 ? 0 : n] = '\0';
	if (!says_ready(message))
		return false;
	if (main)
		snprintf(answer, sizeof(answer), "MAINPID=%d\nREADY=1", (int)main);
	else
		snprintf(answer, sizeof(answer), "READY=1");
	tell_manager(answer);
	return true;
}

void notify_wait(int fd, int pidfd, pid_t main)
{
	struct pollfd on[] = { { .fd = fd, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };

	/* What it has said before it ended still counts. */
	while (fd >= 0 && (poll(on, 2, -1) >= 0 || errno == EINTR)) {
		if (on[0].revents && notify_pass(fd, main))
			return;
		if (!on[0].revents && on[1].revents)
			return;
	}
}

void notify_remove(int dir)
{
	autofd int at = openat(dir, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (at < 0)
		return;
	unlinkat(at, name, 0);
	unlinkat(dir, folder, AT_REMOVEDIR);
}
