/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the first errors in CRIU's log, which may be long. See criu_log.h. */
#include "act/criu_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/criu.h"
#include "base/fd.h"
#include "base/str.h"

enum { LINES = 3, LINE_MAX = 400 };

/* "(00.012345)      1: Error (criu/x.c:12): text" without the time: what begins with "Error (". */
static char *error_in(char *line)
{
	char *at = strstr(line, "Error (");

	if (at)
		at[strcspn(at, "\n")] = '\0';
	if (at && strlen(at) > LINE_MAX)
		at[LINE_MAX] = '\0';
	return at;
}

/* A helper program of CRIU's that is missing or has failed: it may have tried another one then. */
static bool is_minor(const char *error)
{
	return str_after(error, "Error (criu/util.c") != NULL;
}

/* The first ones, each once: an error of CRIU brings others behind it. */
static const char *excerpt(FILE *file, bool minor, struct arena *a)
{
	const char *out = "";
	char *line = NULL, *error;
	size_t size = 0, n = 0;

	rewind(file);
	while (n < LINES && getline(&line, &size, file) >= 0) {
		error = error_in(line);
		if (!error || strstr(out, error) || is_minor(error) != minor)
			continue;
		out = arena_printf(a, "%s%s%s", out, n ? "; " : "", error);
		n++;
	}
	free(line);
	return out;
}

static const char *read_log(int dir, const char *name, struct arena *a)
{
	autofd int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	const char *out = file ? excerpt(file, false, a) : "";

	if (!file)
		return out;
	fd = -1; /* it is the file's now */
	if (!*out)
		out = excerpt(file, true, a);
	fclose(file);
	return out;
}

int criu_log_error(const struct criu_dirs *dirs, bool died, struct arena *a, struct error *err)
{
	const char *errors = read_log(dirs->work, strrchr(dirs->log, '/') + 1, a);

	return err_set(err, 0, "criu %s%s%s; its log is %s",
		       died ? "ended without an answer" : "failed", *errors ? ": " : "", errors,
		       dirs->log);
}
