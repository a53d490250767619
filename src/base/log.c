/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines to stderr and to the log, one write(2) each, so that several processes can share it. Must
 * not fail: a line that cannot be written is lost. Reads nothing (no locale, no zone file), since
 * init speaks from inside the container.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log_socket.h"
#include "base/str.h"

static struct {
	int fd;
	bool json;
	enum log_level level; /* of the file, or of stderr without one */
	enum log_socket_kind kind; /* NONE: a file */
	const char *name;	   /* in the host's log */
} sink = { .fd = -1, .level = LOG_WARNING };

static const struct {
	const char *name;   /* in the file */
	const char *prefix; /* on stderr */
	int priority;	    /* in the host's log: syslog(3) */
} levels[] = {
	[LOG_ERROR] = { "error", "", 3 },
	[LOG_WARNING] = { "warning", "warning: ", 4 },
	[LOG_INFO] = { "info", "", 6 },
	[LOG_DEBUG] = { "debug", "debug: ", 7 },
};

enum {
	MSG_SIZE = 5 * 1024,  /* more than a whole struct error */
	LINE_SIZE = 9 * 1024, /* and its escapes */
};

bool log_is_file(const char *target)
{
	const char *name;

	return log_socket_kind(target, &name) == LOG_SOCKET_NONE;
}

static int open_file(const char *target, struct error *err)
{
	const char *bare = str_after(target, "file:"), *path = bare ? bare : target;
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);

	return fd < 0 ? err_set(err, errno, "open log file '%s'", path) : fd;
}

static int open_socket(const char *target, enum log_socket_kind kind, struct error *err)
{
	int fd = log_socket_open(kind);

	return fd < 0 ? err_set(err, -fd, "--log %s: connect to %s", target, log_socket_path(kind))
		      : fd;
}

int log_open(const struct log_options *options, struct error *err)
{
	const char *target = options->file, *name = NULL;
	enum log_socket_kind kind = target ? log_socket_kind(target, &name) : LOG_SOCKET_NONE;
	autofd int fd = -1;

	if (target) {
		fd = kind ? open_socket(target, kind, err) : open_file(target, err);
		if (fd < 0)
			return -1;
	}
	autofd_close(&sink.fd);
	sink.fd = take_fd(&fd);
	sink.json = options->json;
	sink.level = options->level;
	sink.kind = kind;
	sink.name = name;
	return 0;
}

int log_fd(void)
{
	return sink.fd;
}

static void write_line(int fd, const char *line, size_t size, int len)
{
	if (len > 0 && (size_t)len < size)
		(void)write_all(fd, line, (size_t)len);
}

/* Names in it may be hostile (pointers have keys of config.json): no line or colour of theirs. */
static void say_stderr(enum log_level level, const char *msg)
{
	char line[LINE_SIZE];
	int n = snprintf(line, sizeof(line), "mcrun: %s%s\n", levels[level].prefix, msg);

	for (int i = 0; i < n - 1 && i < LINE_SIZE; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	write_line(STDERR_FILENO, line, sizeof(line), n);
}

static void say_socket(enum log_level level, const char *msg)
{
	const struct log_message message = { sink.name, msg, levels[level].priority };

	log_socket_send(sink.fd, sink.kind, &message);
}

static void say_file(enum log_level level, const char *msg)
{
	char line[LINE_SIZE], text[LINE_SIZE - 128], when[STR_TIME_SIZE];
	const char *name = levels[level].name;
	struct timespec now = { 0 };
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	str_time(now.tv_sec, when);
	str_to_json(msg, text, sizeof(text));
	if (sink.json)
		n = snprintf(line, sizeof(line),
			     "{\"level\":\"%s\",\"msg\":\"%s\",\"time\":\"%s\"}\n", name, text,
			     when);
	else
		n = snprintf(line, sizeof(line), "time=\"%s\" level=%s msg=\"%s\"\n", when, name,
			     text);
	write_line(sink.fd, line, sizeof(line), n);
}

static void say_log(enum log_level level, const char *msg)
{
	if (sink.kind)
		say_socket(level, msg);
	else
		say_file(level, msg);
}

static void say(enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void say(enum log_level level, const char *fmt, va_list ap)
{
	char msg[MSG_SIZE];

	if (vsnprintf(msg, sizeof(msg), fmt, ap) < 0)
		return;
	if (sink.fd >= 0)
		say_log(level, msg);
	else
		say_stderr(level, msg);
}

void log_warning(const char *fmt, ...)
{
	va_list ap;

	if (sink.level < LOG_WARNING) /* before say() has touched pages of the stack */
		return;
	va_start(ap, fmt);
	say(LOG_WARNING, fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	if (sink.level < LOG_DEBUG) /* before say() has touched pages of the stack */
		return;
	va_start(ap, fmt);
	say(LOG_DEBUG, fmt, ap);
	va_end(ap);
}

void log_fatal(const char *fmt, ...)
{
	char msg[MSG_SIZE];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(msg, sizeof(msg), fmt, ap);

	va_end(ap);
	if (n < 0)
		return;
	say_stderr(LOG_ERROR, msg);
	if (sink.fd >= 0)
		say_log(LOG_ERROR, msg);
}
