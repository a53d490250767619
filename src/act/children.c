/* SPDX-License-Identifier: Apache-2.0 */
/* Children that others have made: see children.h. */
#include "act/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/fd.h"

enum { LIST_MAX = 1 << 16 };

const char *children_list(struct arena *a)
{
	char *list;

	return read_at(AT_FDCWD, "/proc/thread-self/children", LIST_MAX, a, &list) > 0 ? list : "";
}

/* The next pid of a list; 0: there is none. */
static pid_t next_child(const char **list)
{
	char *end;
	long pid = strtol(*list, &end, 10);

	if (end == *list || pid <= 0)
		return 0;
	*list = end;
	return (pid_t)pid;
}

static bool has_child(const char *list, pid_t pid)
{
	pid_t one;

	while ((one = next_child(&list)))
		if (one == pid)
			return true;
	return false;
}

void children_end(const char *before, struct arena *a)
{
	const char *now = children_list(a);
	pid_t pid;

	while ((pid = next_child(&now))) {
		if (has_child(before, pid))
			continue;
		kill(pid, SIGKILL); /* not yet reaped: the pid is its own */
		while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
			;
	}
}
