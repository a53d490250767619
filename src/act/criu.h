/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talks to CRIU, which does the work of checkpoint and restore: `criu swrk`, a process of its own
 * at the other end of a socket. The messages are CRIU's RPC (images/rpc.proto), written by
 * base/pb.h: libcriu is no package of Debian 12, and its calls are nothing but these messages. So
 * mcrun needs no library for it, and CRIU is the helper program that keeps it out of the core.
 *
 *	autocriu struct criu criu = CRIU_INIT;
 *
 *	criu_start(&criu, &how, err);			// it is there, and new enough
 *	... options into a struct pb, by the numbers below ...
 *	criu_call(&criu, &call, err);			// until CRIU is done
 */
#ifndef ACT_CRIU_H
#define ACT_CRIU_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/pb.h"
#include "libocispec/arena.h"
#include "libocispec/error.h"

enum {
	CRIU_OLDEST = 31500,     /* 3.15: the freezer of cgroup v2, files from outside */
	CRIU_FINDS_LOCK = 40100, /* 4.1: its locks in nftables, after a restore */
};

/* criu_opts in rpc.proto. */
enum criu_option {
	CRIU_IMAGES = 1,
	CRIU_PID = 2,
	CRIU_LEAVE_RUNNING = 3,
	CRIU_EXT_UNIX = 4,
	CRIU_TCP_ESTABLISHED = 5,
	CRIU_SHELL_JOB = 7,
	CRIU_FILE_LOCKS = 8,
	CRIU_LOG_LEVEL = 9,
	CRIU_LOG_FILE = 10,
	CRIU_PAGE_SERVER = 11,
	CRIU_NOTIFY = 12,
	CRIU_ROOT = 13,
	CRIU_PARENT = 14,
	CRIU_TRACK_MEMORY = 15,
	CRIU_AUTO_DEDUP = 16,
	CRIU_WORK = 17,
	CRIU_LINK_REMAP = 18,
	CRIU_MANAGE_CGROUPS = 24,
	CRIU_CGROUP_ROOT = 25,
	CRIU_SIBLING = 26,
	CRIU_INHERIT = 27,
	CRIU_EXT_MASTERS = 30,
	CRIU_CGROUP_MODE = 34,
	CRIU_EXTERNAL = 37,
	CRIU_EMPTY_NS = 38,
	CRIU_JOIN_NS = 39,
	CRIU_FREEZE = 44,
	CRIU_SKIP_IN_FLIGHT = 46,
	CRIU_LAZY_PAGES = 48,
	CRIU_STATUS_FD = 49,
	CRIU_ORPHAN_PTS = 50,
	CRIU_CONFIG = 51,
	CRIU_TCP_CLOSE = 52,
	CRIU_LSM_PROFILE = 53,
	CRIU_LSM_MOUNT = 63,
	CRIU_NETWORK_LOCK = 64,
};

/* criu_req_type. */
enum criu_type { CRIU_DUMP = 1, CRIU_RESTORE = 2, CRIU_PRE_DUMP = 4 };

/* criu_cg_mode, and criu_network_lock_method: as they are numbered there. */
enum criu_cgroups {
	CGROUPS_IGNORE,
	CGROUPS_NONE,
	CGROUPS_PROPS,
	CGROUPS_SOFT,
	CGROUPS_FULL,
	CGROUPS_STRICT
};
enum criu_network { NETWORK_IPTABLES = 1, NETWORK_NFTABLES = 2 };

/* What checkpoint and restore both take from their caller. */
struct criu_options {
	const char *images, *work; /* folders; work NULL: the same */
	bool tcp_established, ext_unix, shell_job, file_locks, auto_dedup, lazy_pages;
	unsigned cgroups;      /* enum criu_cgroups; CGROUPS_IGNORE etc. */
	unsigned network_lock; /* enum criu_network; 0: CRIU's own choice */
	bool empty_net;        /* --empty-ns network */
};

/* The folders of images and of the log. */
struct criu_dirs {
	int images, work;
	bool make; /* the images' folder, too: set before; the other one is always made */
	const char *images_path, *work_path;
	const char *log; /* "<work>/dump.log", for people */
};
#define CRIU_DIRS_INIT                                                                             \
	{                                                                                          \
		.images = -1, .work = -1                                                           \
	}

int criu_dirs_open(struct criu_dirs *dirs, const struct criu_options *o, const char *log,
		   struct arena *a, struct error *err);
void criu_dirs_close(struct criu_dirs *dirs);
#define autocriudirs __attribute__((cleanup(criu_dirs_close)))

/* Options that both have, and where CRIU's own configuration file is. */
void criu_common(struct pb *m, const struct criu_options *o, const struct criu_dirs *dirs,
		 const char *config);

struct criu {
	pid_t pid;
	int pidfd, sock;
	struct arena *a;
	unsigned version; /* 31701 */
};
#define CRIU_INIT                                                                                  \
	{                                                                                          \
		.pid = -1, .pidfd = -1, .sock = -1                                                 \
	}

/* How it is started. */
struct criu_how {
	struct arena *a;
	const int *fd; /* descriptors that it inherits, under their numbers: from 10 up */
	size_t n_fd;
	/*
	 * It gets mounts of its own, and there this is one; or NULL. CRIU mounts in its working
	 * folder, too: `dirs` becomes the same folders as seen from there.
	 */
	const char *rootfs;
	const struct criu_dirs *dirs;
	bool terminal; /* it keeps the caller's terminal and process group */
};

/* Callers may have no PATH, or that of an ordinary user: with the system's folders behind it. */
const char *criu_search_path(struct arena *a);

/* Where CRIU is missing or too old, err says what to install. */
int criu_start(struct criu *criu, const struct criu_how *how, struct error *err);

/*
 * How connections are held meanwhile, for a container whose network is not the host's: `given`, or
 * what works with this CRIU on this host. What would not is an error.
 */
int criu_add_lock(struct pb *m, const struct criu *criu, unsigned given, struct error *err);

/* Duplicates a descriptor to a number that criu_how takes. -errno. */
int criu_fd(int fd);

struct progress;

struct criu_call {
	enum criu_type type;
	const struct pb *options;
	const struct criu_dirs *dirs;
	int stop; /* ends it when it becomes readable; or -1 */
	struct progress *progress; /* shown meanwhile; or NULL */
	/* CRIU stands still at `script` until this returns; fd is the terminal's master, or -1. */
	int (*notify)(void *arg, const char *script, pid_t pid, int fd, struct error *err);
	void *arg;
	pid_t pid; /* out: of the restored process */
};

/* err has what CRIU's log says of the error, and the log's path. */
int criu_call(struct criu *criu, struct criu_call *call, struct error *err);

/* Ends CRIU, if it has not ended, and reaps it. */
void criu_end(struct criu *criu);
#define autocriu __attribute__((cleanup(criu_end)))

#endif
