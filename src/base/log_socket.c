/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native protocol of systemd-journald, and the one of syslog(3) on /dev/log. No time is sent:
 * both put their own. Must not fail, nor hang for long where the other side does not read.
 */
#include "base/log_socket.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

enum { SEND_SECONDS = 1, DATAGRAM_SIZE = 8 * 1024, FACILITY_USER = 1 << 3 };

static const struct {
	const char *prefix, *path;
} sockets[] = {
	[LOG_SOCKET_JOURNALD] = { "journald:", "/run/systemd/journal/socket" },
	[LOG_SOCKET_SYSLOG] = { "syslog:", "/dev/log" },
};

enum log_socket_kind log_socket_kind(const char *target, const char **out_name)
{
	for (size_t kind = LOG_SOCKET_JOURNALD; kind < COUNT(sockets); kind++) {
		const char *name = str_after(target, sockets[kind].prefix);

		if (!name)
			continue;
		*out_name = *name ? name : "mcrun";
		return (enum log_socket_kind)kind;
	}
	return LOG_SOCKET_NONE;
}

const char *log_socket_path(enum log_socket_kind kind)
{
	return sockets[kind].path;
}

int log_socket_open(enum log_socket_kind kind)
{
	const struct timeval limit = { .tv_sec = SEND_SECONDS };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	autofd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", sockets[kind].path);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return take_fd(&fd);
}

/* The form of a field that may contain anything: its name, its length, its bytes. */
static size_t journal_message(const struct log_message *m, char *out, size_t size)
{
	uint64_t len = strlen(m->text), little = htole64(len);
	int n = snprintf(out, size, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nMESSAGE\n", m->priority,
			 m->name);

	if (n < 0 || (size_t)n + sizeof(little) + len + 1 > size)
		return 0;
	memcpy(out + n, &little, sizeof(little));
	memcpy(out + n + sizeof(little), m->text, len);
	out[(size_t)n + sizeof(little) + len] = '\n';
	return (size_t)n + sizeof(little) + len + 1;
}

static size_t syslog_message(const struct log_message *m, char *out, size_t size)
{
	int n = snprintf(out, size, "<%d>%s[%d]: %s", FACILITY_USER | m->priority, m->name,
			 (int)getpid(), m->text);

	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

void log_socket_send(int fd, enum log_socket_kind kind, const struct log_message *message)
{
	char datagram[DATAGRAM_SIZE];
	size_t n = kind == LOG_SOCKET_JOURNALD
			   ? journal_message(message, datagram, sizeof(datagram))
			   : syslog_message(message, datagram, sizeof(datagram));

	if (n > 0)
		(void)send(fd, datagram, n, MSG_NOSIGNAL);
}
