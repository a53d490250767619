/* SPDX-License-Identifier: Apache-2.0 */
/* Writes id maps as planned. */
#include "act/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/run.h"
#include "base/sys.h"

static int write_one(const char *pid, const char *file, const char *text, struct error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, file);

	int r = write_at(AT_FDCWD, path, text);

	return r < 0 ? err_set(err, -r, "write '%s' to the %s", text, file) : 0;
}

enum { HELPER_MS = 10000, HELPER_ARGS = 2 + 3 * 340 };

/* newuidmap PID CONTAINER HOST SIZE ...: the numbers of the map, one after another. */
static int run_helper(const char *helper, const char *pid, const char *map, struct error *err)
{
	const char *argv[HELPER_ARGS + 1] = { helper, pid };
	char text[4096], *save = NULL;
	size_t n = 2;

	snprintf(text, sizeof(text), "%s", map);
	for (char *w = strtok_r(text, " \n", &save); w && n < HELPER_ARGS;
	     w = strtok_r(NULL, " \n", &save))
		argv[n++] = w;
	return run_program(&(struct run){ .path = helper, .argv = argv, .timeout_ms = HELPER_MS },
			   -1, err);
}

static int write_map(const char *helper, const char *pid, const char *file, const char *text,
		     struct error *err)
{
	return helper ? run_helper(helper, pid, text, err) : write_one(pid, file, text, err);
}

int idmap_write(const struct plan_idmap *map, pid_t pid, struct error *err)
{
	char name[16];

	if (!map->make)
		return 0;
	snprintf(name, sizeof(name), "%d", pid);
	if ((map->deny_setgroups && write_one(name, "setgroups", "deny", err) < 0) ||
	    write_map(map->uid_helper, name, "uid_map", map->uid, err) < 0)
		return err_at(err, "%s", map->from);
	if (write_map(map->gid_helper, name, "gid_map", map->gid, err) < 0)
		return err_at(err, "/linux/gidMappings");
	return 0;
}

static bool has_userns(const struct plan *plan)
{
	for (size_t i = 0; i < plan->ns.n_join; i++)
		if (plan->ns.join[i].type == CLONE_NEWUSER)
			return true;
	return plan->ns.create & CLONE_NEWUSER;
}

int idmap_be_root(const struct plan *plan, struct error *err)
{
	int r = sys_setresgid(0);

	if (r == 0)
		r = sys_setresuid(0);
	if (r == 0 && plan->cred.set_groups) {
		r = sys_setgroups(0, NULL);
		/* A joined user namespace may deny it; then the groups stay as they are. */
		if (r == -EPERM)
			r = 0;
	}
	if (r == 0)
		return 0;
	err_set(err, -r, "become root of the user namespace (is container id 0 mapped?)");
	return err_at(err, "%s", plan->idmap.from);
}

int idmap_become_root(const struct plan *plan, struct error *err)
{
	return has_userns(plan) ? idmap_be_root(plan, err) : 0;
}

/*
 * What the process is called in the procfs at /proc, which need not be that of the caller's pid
 * namespace: init is in its own already, /proc still the host's. The kernel translates here.
 */
static int name_in_proc(int pidfd, char name[16])
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);

	ssize_t n = read_small(AT_FDCWD, path, text, sizeof(text));
	const char *line = n < 0 ? NULL : strstr(text, "\nPid:");

	return line && sscanf(line, "\nPid: %15[0-9]", name) == 1 ? 0 : -ESRCH;
}

/* The maps and a descriptor of the user namespace of the process behind pidfd. */
static int map_userns(const struct plan_idmap *map, int pidfd, struct error *err)
{
	char name[16], path[64];
	int r = name_in_proc(pidfd, name);

	if (r < 0)
		return err_set(err, -r, "find the owner of a user namespace in /proc");
	if (write_one(name, "uid_map", map->uid, err) < 0 ||
	    write_one(name, "gid_map", map->gid, err) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%s/ns/user", name);

	int fd = fd_open(path, O_RDONLY);

	return fd < 0 ? err_set(err, errno, "open the user namespace of an idmapped mount") : fd;
}

int idmap_userns(const struct plan_idmap *map, struct error *err)
{
	autofd int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid = sys_clone3(&args);

	if (pid == 0) {
		pause();
		_exit(0);
	}
	if (pid < 0)
		return err_set(err, (int)-pid, "make a user namespace for an idmapped mount");

	int fd = map_userns(map, pidfd, err);

	sys_pidfd_send_signal(pidfd, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}
