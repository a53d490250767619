/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What mcrun says, and where. Without --log, errors, warnings and (with --debug) steps go to
 * stderr as "mcrun: ...". With --log FILE they go there instead, one line each, by default errors
 * only: engines read that file and take its last or only object as the reason, and stderr may be
 * the container's own. The message of a failed command goes to both.
 *
 *	{"level":"error","msg":"...","time":"2026-08-22T10:00:00Z"}
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "libocispec/error.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log_options {
	/*
	 * A file, created 0644 and appended to: PATH or "file:PATH"; or one of the host's logs:
	 * "journald:NAME", "syslog:NAME". NULL: none.
	 */
	const char *file;
	bool json;		/* form of a file's lines; text is time="..." level=... msg="..." */
	enum log_level level;	/* of the file; and of stderr when there is no file */
};

/* Opens the file. Before it, everything goes to stderr at LOG_WARNING. 0 or -1. */
int log_open(const struct log_options *options, struct error *err);

/* Is this log a file, and none of the host's logs? */
bool log_is_file(const char *target);

/* The descriptor of the log, or -1: it must survive the closing of descriptors in init. */
int log_fd(void);

void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The one message of a failed command, to stderr and the file, whatever the level. */
void log_fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
