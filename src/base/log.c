/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines to stderr and to the log file, one write(2) each, so that several processes can share the
 * file. Must not fail: a line that cannot be written is lost. Reads nothing (no locale, no zone
 * file), since init speaks from inside the container.
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
#include "base/str.h"

static struct {
	int fd;
	bool json;
	enum log_level level; /* of the file, or of stderr without one */
} sink = { .fd = -1, .level = LOG_WARNING };

static const struct {
	const char *name;   /* in the file */
	const char *prefix; /* on stderr */
} levels[] = {
	[LOG_ERROR] = { "error", "" },
	[LOG_WARNING] = { "warning", "warning: " },
	[LOG_INFO] = { "info", "" },
	[LOG_DEBUG] = { "debug", "debug: " },
};

enum {
	MSG_SIZE = 5 * 1024,  /* more than a whole struct error */
	LINE_SIZE = 9 * 1024, /* and its escapes */
};

int log_open(const struct log_options *options, struct error *err)
{
	autofd int fd = -1;

	if (options->file) {
		const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;

		fd = open(options->file, flags, 0644);
		if (fd < 0)
			return err_set(err, errno, "open log file '%s'", options->file);
	}
	autofd_close(&sink.fd);
	sink.fd = take_fd(&fd);
	sink.json = options->json;
	sink.level = options->level;
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

static void say(enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void say(enum log_level level, const char *fmt, va_list ap)
{
	char msg[MSG_SIZE];

	if (level > sink.level || vsnprintf(msg, sizeof(msg), fmt, ap) < 0)
		return;
	if (sink.fd >= 0)
		say_file(level, msg);
	else
		say_stderr(level, msg);
}

void log_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_WARNING, fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

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
		say_file(LOG_ERROR, msg);
}
