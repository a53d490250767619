/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stops and goes on with everything in a cgroup and below it. The kernel takes the wish at once and
 * tells of its fulfilment in cgroup.events, for which everybody here waits.
 */
#include "act/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "act/cgroup_dir.h"
#include "base/str.h"
#include "base/sys.h"

/* 1, 0, or -errno. */
static int says(int events, const char *line)
{
	char text[256];
	ssize_t n = pread(events, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return strstr(text, line) != NULL;
}

/* The kernel raises POLLPRI when the file has changed since it was read. */
int cgroup_await(int dir, const char *line, int64_t deadline)
{
	autofd int events = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd p = { .fd = events, .events = POLLPRI };

	if (events < 0)
		return -errno;
	for (;;) {
		int64_t left = deadline - sys_now_ms();
		int r = says(events, line);

		if (r != 0)
			return r < 0 ? r : 0;
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
	}
}

static int want(const struct cgroup *cg, const char *frozen, const char *line, int ms)
{
	int r = write_at(cg->dir, "cgroup.freeze", frozen);

	return r < 0 ? r : cgroup_await(cg->dir, line, sys_now_ms() + ms);
}

int cgroup_freeze(const struct cgroup *cg, int ms, struct error *err)
{
	int r = want(cg, "1", "frozen 1", ms);

	if (r == 0)
		return 0;
	write_at(cg->dir, "cgroup.freeze", "0");
	if (r == -ETIMEDOUT)
		return err_set(err, 0,
			       "cgroup %s%s is not frozen after %d ms (one of its processes is "
			       "stuck in the kernel and cannot be stopped); it runs on",
			       cg->mount, cg->path, ms);
	return err_set(err, -r, "freeze cgroup %s%s%s", cg->mount, cg->path,
		       r == -ENOENT ? " (needs Linux 5.2)" : "");
}

int cgroup_thaw(const struct cgroup *cg, int ms, struct error *err)
{
	int r = want(cg, "0", "frozen 0", ms);

	if (r == -ETIMEDOUT)
		return err_set(err, 0,
			       "cgroup %s%s is still frozen after %d ms (a cgroup above it is "
			       "frozen)",
			       cg->mount, cg->path, ms);
	return r < 0 ? err_set(err, -r, "thaw cgroup %s%s", cg->mount, cg->path) : 0;
}

bool cgroup_freezes(const struct cgroup *cg)
{
	char text[8];

	return cg->dir >= 0 && read_small(cg->dir, "cgroup.freeze", text, sizeof(text)) > 0 &&
	       streq(text, "1");
}
