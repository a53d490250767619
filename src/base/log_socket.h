/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's own logs as places for --log: "journald:NAME" and "syslog:NAME", NAME being the
 * identifier under which the lines stand there ("mcrun" where it is empty). Both are datagram
 * sockets, spoken to without a library: what is sent through an inherited one arrives also when
 * the sender has left the host's mounts.
 */
#ifndef BASE_LOG_SOCKET_H
#define BASE_LOG_SOCKET_H

#include <stddef.h>

enum log_socket_kind { LOG_SOCKET_NONE, LOG_SOCKET_JOURNALD, LOG_SOCKET_SYSLOG };

/* Which log `target` names, and in *out_name (inside `target`) under which name; NONE: neither. */
enum log_socket_kind log_socket_kind(const char *target, const char **out_name);

/* Where that log listens: "/dev/log". */
const char *log_socket_path(enum log_socket_kind kind);

/* A connected socket, close-on-exec, or -errno. */
int log_socket_open(enum log_socket_kind kind);

/* One message; `priority` is syslog(3)'s level, LOG_ERR and so on. What cannot be sent is lost. */
struct log_message {
	const char *name, *text;
	int priority;
};
void log_socket_send(int fd, enum log_socket_kind kind, const struct log_message *message);

#endif
