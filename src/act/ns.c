/* SPDX-License-Identifier: Apache-2.0 */
/* Joins and makes namespaces; decides nothing, not even the order. */
#include "act/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/names.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static const char *type_name(int type)
{
	const struct ns_name *n = ns_by_flag(type);

	return n ? n->name : "unknown";
}

/* Mounts that nobody would ever take away again, on the host: not what "join" was meant to do. */
static bool is_own_mount_ns(int fd)
{
	struct stat joined, own;

	return fstat(fd, &joined) == 0 && stat("/proc/self/ns/mnt", &own) == 0 &&
	       joined.st_dev == own.st_dev && joined.st_ino == own.st_ino;
}

static int join_one(const struct plan_join *j, struct error *err)
{
	autofd int fd = fd_open(j->path, O_RDONLY);

	if (fd < 0) {
		err_set(err, errno, "open the %s namespace %s", type_name(j->type), j->path);
		return err_at(err, "%s/path", j->from);
	}
	if (j->type == CLONE_NEWNS && is_own_mount_ns(fd)) {
		err_set(err, 0, "%s is the mount namespace that mcrun runs in: the container's "
			"mounts would be the host's", j->path);
		return err_at(err, "%s/path", j->from);
	}
	if (setns(fd, j->type) == 0)
		return 0;
	if (errno == EINVAL)
		err_set(err, 0, "%s is no %s namespace", j->path, type_name(j->type));
	else
		err_set(err, errno, "join the %s namespace %s", type_name(j->type), j->path);
	return err_at(err, "%s/path", j->from);
}

static int keep_pid(struct ns_parent *old, struct error *err)
{
	old->pid = fd_open("/proc/self/ns/pid", O_RDONLY);
	return old->pid < 0 ? err_set(err, errno, "open /proc/self/ns/pid") : 0;
}

static int enter_pid(struct ns_parent *old, const struct plan_ns *ns, struct error *err)
{
	for (size_t i = 0; i < ns->n_join; i++) {
		if (ns->join[i].joiner != JOIN_PARENT)
			continue;
		return keep_pid(old, err) < 0 ? -1 : join_one(&ns->join[i], err);
	}
	return 0;
}

/* Only a time namespace that nobody is in yet takes offsets; the next child will be the first. */
static int make_time(const struct plan_ns *ns, struct error *err)
{
	if (unshare(CLONE_NEWTIME) < 0) {
		err_set(err, errno, "make a time namespace");
		return err_at(err, "%s", ns->from);
	}

	int r = write_at(AT_FDCWD, "/proc/self/timens_offsets", ns->time_offsets);

	if (r < 0) {
		err_set(err, -r, "write the time offsets");
		return err_at(err, "/linux/timeOffsets");
	}
	return 0;
}

static int enter_time(struct ns_parent *old, const struct plan_ns *ns, struct error *err)
{
	if (!ns->time_offsets || ns->stage)
		return 0;
	old->time = fd_open("/proc/self/ns/time", O_RDONLY);
	if (old->time < 0)
		return err_set(err, errno, "open /proc/self/ns/time");
	return make_time(ns, err);
}

int ns_stage_make(const struct plan_ns *ns, struct error *err)
{
	if (ns->staged && unshare((int)ns->staged) < 0) {
		err_set(err, errno, "make a user namespace");
		return err_at(err, "%s", ns->from);
	}
	return ns->time_offsets ? make_time(ns, err) : 0;
}

int ns_parent_enter(struct ns_parent *old, const struct plan_ns *ns, struct error *err)
{
	if (enter_pid(old, ns, err) < 0 || enter_time(old, ns, err) < 0)
		return -1;
	return 0;
}

void ns_parent_leave(struct ns_parent *old)
{
	if (old->pid >= 0)
		setns(old->pid, CLONE_NEWPID);
	if (old->time >= 0)
		setns(old->time, CLONE_NEWTIME);
	autofd_close(&old->pid);
	autofd_close(&old->time);
}

/*
 * A namespace may belong to the user namespace that is joined, and can be joined only from inside
 * it, or to the caller's, and only from outside: so what is refused before waits for it.
 */
int ns_join(const struct plan_ns *ns, enum plan_joiner joiner, struct error *err)
{
	bool user_comes = false, later[16] = { false };
	struct error refused;

	for (size_t i = 0; i < ns->n_join; i++)
		if (ns->join[i].joiner == joiner && ns->join[i].type == CLONE_NEWUSER)
			user_comes = true;
	for (size_t i = 0; i < ns->n_join && i < sizeof(later) / sizeof(later[0]); i++) {
		if (ns->join[i].joiner != joiner)
			continue;
		if (ns->join[i].type == CLONE_NEWUSER)
			user_comes = false;
		if (join_one(&ns->join[i], &refused) == 0)
			continue;
		if (!user_comes || refused.code != EPERM) {
			*err = refused;
			return -1;
		}
		later[i] = true;
	}
	for (size_t i = 0; i < ns->n_join && i < sizeof(later) / sizeof(later[0]); i++)
		if (later[i] && join_one(&ns->join[i], err) < 0)
			return -1;
	return 0;
}

int ns_unshare(const struct plan_ns *ns, struct error *err)
{
	if (!ns->unshare || unshare((int)ns->unshare) == 0)
		return 0;
	err_set(err, errno, "make a %s namespace", type_name((int)ns->unshare));
	return err_at(err, "%s", ns->from);
}

/* `fd` is a socket of that namespace, or -1 and errno says why there is none. */
static int up(int fd, const struct plan_ns *ns, struct error *err)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	if (fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0)
		return 0;
	err_set(err, errno, "bring up the loopback interface");
	return err_at(err, "%s", ns->from);
}

int ns_loopback_up(const struct plan_ns *ns, struct error *err)
{
	if (!(ns->create & CLONE_NEWNET) || ns->loopback_by_parent)
		return 0;

	autofd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return up(fd, ns, err);
}

int ns_parent_loopback_up(const struct plan_ns *ns, int pidfd, struct error *err)
{
	if (!ns->loopback_by_parent)
		return 0;

	autofd int own = fd_open("/proc/self/ns/net", O_RDONLY);

	if (own < 0)
		return err_set(err, errno, "open /proc/self/ns/net");
	if (setns(pidfd, CLONE_NEWNET) < 0) {
		if (errno == ESRCH)
			return 0; /* init has failed already, and said why */
		err_set(err, errno, "enter the container's network namespace");
		return err_at(err, "%s", ns->from);
	}

	autofd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = up(fd, ns, err);

	if (setns(own, CLONE_NEWNET) < 0)
		return err_set(err, errno, "come back from the container's network namespace");
	return r;
}

enum { NS_NAME_SIZE = 64 }; /* "cgroup:[4026531835]" */

/*
 * 1: not the same, 0: the same, or unknown to this kernel; -errno. By name, which takes the kernel
 * half as long as to make the inodes for stat(2).
 */
static int differs(int own, int other, const char *file)
{
	char a[NS_NAME_SIZE], b[NS_NAME_SIZE];
	ssize_t n = readlinkat(own, file, a, sizeof(a));

	if (n < 0)
		return errno == ENOENT ? 0 : -errno;

	ssize_t m = readlinkat(other, file, b, sizeof(b));

	if (m < 0)
		return -errno;
	return n != m || memcmp(a, b, (size_t)n) != 0;
}

static int cannot_look(int code, const char *name, struct error *err)
{
	if (code == ENOENT || code == ESRCH)
		return err_set(err, 0, "container not running (no such process): its init has "
			       "ended");
	return err_set(err, code, "look at the %s of the container's init", name);
}

int ns_other(pid_t pid, unsigned *out, struct error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns", pid);

	autofd int own = fd_open("/proc/self/ns", O_PATH | O_DIRECTORY);
	autofd int other = own < 0 ? -1 : fd_open(path, O_PATH | O_DIRECTORY);

	if (other < 0)
		return cannot_look(errno, "namespaces", err);
	*out = 0;
	for (size_t i = 0; i < n_ns_names; i++) {
		int r = differs(own, other, ns_names[i].file);

		if (r < 0) {
			snprintf(path, sizeof(path), "%s namespace", ns_names[i].name);
			return cannot_look(-r, path, err);
		}
		if (r > 0)
			*out |= (unsigned)ns_names[i].flag;
	}
	return 0;
}

int ns_join_all(int pidfd, unsigned types, struct error *err)
{
	if (types == 0 || setns(pidfd, (int)types) == 0)
		return 0;
	if (errno == ESRCH)
		return err_set(err, 0, "container not running (no such process): its init has "
			       "ended");
	return err_set(err, errno, "join the container's namespaces");
}

bool ns_parent_comes_back(void)
{
	autonsparent struct ns_parent own = NS_PARENT_INIT;
	struct error ignored;

	return keep_pid(&own, &ignored) == 0 && setns(own.pid, CLONE_NEWPID) == 0;
}

int ns_parent_enter_pid(struct ns_parent *old, int pidfd, struct error *err)
{
	return keep_pid(old, err) < 0 ? -1 : ns_join_all(pidfd, CLONE_NEWPID, err);
}
