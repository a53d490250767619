/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans as trace events, one line each. The array is never closed, which the viewers accept, so
 * that every writer only appends. Must not fail: a span that cannot be written is lost. A time
 * namespace with offsets shifts the clock, and with it the spans of its processes.
 */
#include "base/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

static int trace_file = -1;

enum { NAME_SIZE = 512, EVENT_SIZE = NAME_SIZE + 256 };

static uint64_t now_ns(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int trace_open(const char *file, struct error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
	autofd int fd = open(file, flags, 0644);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, errno, "open trace file '%s'", file);

	int r = st.st_size == 0 ? write_all(fd, "[\n", 2) : 0;

	if (r < 0)
		return err_set(err, -r, "write to trace file '%s'", file);
	autofd_close(&trace_file);
	trace_file = take_fd(&fd);
	return 0;
}

int trace_fd(void)
{
	return trace_file;
}

static void write_event(const char *event, int len)
{
	if (len > 0 && len < EVENT_SIZE)
		(void)write_all(trace_file, event, (size_t)len);
}

void trace_name(const char *process)
{
	char name[NAME_SIZE], event[EVENT_SIZE];

	if (trace_file < 0)
		return;
	str_to_json(process, name, sizeof(name));
	write_event(event, snprintf(event, sizeof(event),
				    "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":%d,\"tid\":%d,"
				    "\"args\":{\"name\":\"%s\"}},\n",
				    getpid(), getpid(), name));
}

struct trace_span trace_begin(const char *name)
{
	if (trace_file < 0)
		return (struct trace_span){ 0 };
	return (struct trace_span){ .name = name, .start = now_ns() };
}

void trace_end(struct trace_span *span)
{
	char name[NAME_SIZE], event[EVENT_SIZE];

	if (!span->name || trace_file < 0)
		return;

	uint64_t length = now_ns() - span->start;

	/* The format's unit is the microsecond; its fraction is kept. */
	str_to_json(span->name, name, sizeof(name));
	write_event(event, snprintf(event, sizeof(event),
				    "{\"name\":\"%s\",\"ph\":\"X\",\"ts\":%llu.%03llu,"
				    "\"dur\":%llu.%03llu,\"pid\":%d,\"tid\":%d},\n",
				    name, (unsigned long long)span->start / 1000,
				    (unsigned long long)span->start % 1000,
				    (unsigned long long)length / 1000,
				    (unsigned long long)length % 1000, getpid(), getpid()));
	span->name = NULL;
}
