/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way into procfs. Files there decide over privileges (sysctls, id maps, LSM labels), so a
 * write must not be led to another file by something mounted over it (CVE-2019-16884,
 * CVE-2025-52881). mcrun uses the host's procfs, opened before anything of the container is
 * mounted, verified to be the root of a procfs, and never crosses a mount or a magic link in it.
 */
#ifndef ACT_PROCFS_H
#define ACT_PROCFS_H

#include <sys/types.h>

#include "libocispec/arena.h"

/* The root of procfs, O_PATH, verified; the caller closes it. Call before mounts change. -errno. */
int procfs_root(void);

/* Opens `path` ("sys/net/ipv4/ip_forward", "self/stat") below it with open(2) flags. -errno. */
int procfs_open(int proc, const char *path, int flags);

/* Writes `text` in one write(2). 0 or -errno. */
int procfs_write(int proc, const char *path, const char *text);

struct procfs_stat {
	char name[16];			/* comm: whatever the process calls itself */
	unsigned long long start_time;	/* clock ticks since boot */
};

/*
 * Of the process `pid`: with the pid and the boot id its start names it for ever. 0 or -errno;
 * -ESRCH when there is none, or only a zombie.
 */
int procfs_stat(pid_t pid, struct procfs_stat *out);

/*
 * What the process `pid` is called in its own pid namespace: 1 is that one's init, with which all
 * in it end. -errno; -ESRCH when there is none.
 */
int procfs_inner_pid(pid_t pid, struct arena *a);

/* The kernel's boot id, a UUID as text. 0 or -errno. */
int procfs_boot_id(char out[40]);

#endif
