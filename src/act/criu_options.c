/* SPDX-License-Identifier: Apache-2.0 */
/* What CRIU is asked for, as checkpoint and restore have it in common. See criu.h. */
#include "act/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

enum { LOG_LEVEL = 4 }; /* debug: what an error is about stands before it */

const char *criu_search_path(struct arena *a)
{
	static const char system[] = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";
	const char *path = getenv("PATH");

	return path && *path ? arena_printf(a, "%s:%s", path, system) : system;
}

void criu_dirs_close(struct criu_dirs *dirs)
{
	autofd_close(&dirs->images);
	autofd_close(&dirs->work);
}

static int open_dir(const char *path, bool make, const char *option, struct error *err)
{
	int fd = fd_open(path, O_RDONLY | O_DIRECTORY);

	if (fd < 0 && errno == ENOENT && make) {
		int r = make_folders(path, 0700);

		if (r < 0)
			return err_set(err, -r, "%s: make folder %s", option, path);
		fd = fd_open(path, O_RDONLY | O_DIRECTORY);
	}
	return fd < 0 ? err_set(err, errno, "%s: folder %s", option, path) : fd;
}

int criu_dirs_open(struct criu_dirs *dirs, const struct criu_options *o, const char *log,
		   struct arena *a, struct error *err)
{
	const char *work = o->work ? o->work : o->images;

	dirs->images = open_dir(o->images, dirs->make, "--image-path", err);
	if (dirs->images < 0)
		return -1;
	dirs->work = open_dir(work, true, "--work-path", err);
	if (dirs->work < 0)
		return -1;
	/* An old one must not be taken for this call's. */
	unlinkat(dirs->work, log, 0);
	dirs->images_path = o->images;
	dirs->work_path = work;
	dirs->log = arena_printf(a, "%s/%s", work, log);
	return 0;
}

/* The annotation's, or the host's for everybody. */
static const char *config_file(const char *annotated)
{
	static const char host[] = "/etc/criu/mcrun.conf";

	return annotated ? annotated : access(host, R_OK) == 0 ? host : NULL;
}

static bool is_installed(const char *program, struct arena *a)
{
	char *path = arena_strdup(a, criu_search_path(a)), *rest = path, *folder;

	while ((folder = strsep(&rest, ":")))
		if (access(arena_printf(a, "%s/%s", folder, program), X_OK) == 0)
			return true;
	return false;
}

static void add_flag(struct pb *m, enum criu_option option, bool value)
{
	if (value)
		pb_uint(m, option, 1);
}

void criu_common(struct pb *m, const struct criu_options *o, const struct criu_dirs *dirs,
		 const char *config)
{
	const char *file = config_file(config);

	pb_uint(m, CRIU_IMAGES, (uint64_t)dirs->images);
	pb_uint(m, CRIU_WORK, (uint64_t)dirs->work);
	pb_uint(m, CRIU_LOG_LEVEL, LOG_LEVEL);
	pb_text(m, CRIU_LOG_FILE, strrchr(dirs->log, '/') + 1);
	pb_uint(m, CRIU_NOTIFY, 1);
	pb_uint(m, CRIU_ORPHAN_PTS, 1);
	pb_uint(m, CRIU_EXT_MASTERS, 1); /* mounts may be slaves of the host's */
	pb_uint(m, CRIU_MANAGE_CGROUPS, 1);
	pb_uint(m, CRIU_CGROUP_MODE, o->cgroups);
	add_flag(m, CRIU_TCP_ESTABLISHED, o->tcp_established);
	add_flag(m, CRIU_EXT_UNIX, o->ext_unix);
	add_flag(m, CRIU_SHELL_JOB, o->shell_job);
	add_flag(m, CRIU_FILE_LOCKS, o->file_locks);
	add_flag(m, CRIU_AUTO_DEDUP, o->auto_dedup);
	add_flag(m, CRIU_LAZY_PAGES, o->lazy_pages);
	if (o->empty_net)
		pb_uint(m, CRIU_EMPTY_NS, CLONE_NEWNET);
	if (file)
		pb_text(m, CRIU_CONFIG, file);
}

/*
 * Before 4.1, what CRIU locks with nftables has a name with the pid in it: after a restore, which
 * gives another one, nothing finds it again, and the network stays locked for ever.
 */
int criu_add_lock(struct pb *m, const struct criu *criu, unsigned given, struct error *err)
{
	bool finds_again = criu->version >= CRIU_FINDS_LOCK;
	bool iptables = is_installed("iptables-restore", m->a);
	unsigned lock = given || iptables || !finds_again ? given : NETWORK_NFTABLES;

	if (lock == NETWORK_NFTABLES && !finds_again)
		return err_set(err, 0,
			       "--network-lock nftables: criu %u.%u would leave the network locked "
			       "after a restore (4.1 or newer does not); use iptables",
			       criu->version / 10000, criu->version / 100 % 100);
	if (lock != NETWORK_NFTABLES && !iptables)
		return err_set(err, 0,
			       "criu %u.%u needs the program iptables-restore, which is not "
			       "installed (package iptables)",
			       criu->version / 10000, criu->version / 100 % 100);
	if (lock)
		pb_uint(m, CRIU_NETWORK_LOCK, lock);
	return 0;
}
