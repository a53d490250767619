/* SPDX-License-Identifier: Apache-2.0 */
/* Opens files of procfs that are truly procfs. See procfs.h for what that guards against. */
#include "act/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/sys.h"

enum { PROC_ROOT_INO = 1, STATUS_MAX = 1 << 20 };

int procfs_root(void)
{
	autofd int fd = fd_open("/proc", O_PATH | O_DIRECTORY);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != PROC_ROOT_INO)
		return -EXDEV;
	return take_fd(&fd);
}

static int is_procfs(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == PROC_SUPER_MAGIC ? 0 : -EXDEV;
}

int procfs_open(int proc, const char *path, int flags)
{
	autofd int fd = sys_openat2(proc, path, (uint64_t)(flags | O_CLOEXEC), 0,
				    RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);

	/*
	 * Before openat2: no such guard against an overmount, but the file's own type is checked.
	 */
	if (fd == -ENOSYS || fd == -EPERM) { /* EPERM: a filter around mcrun, as some have */
		fd = openat(proc, path, flags | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return -errno;
	}
	if (fd < 0)
		return fd;

	int r = is_procfs(fd);

	return r < 0 ? r : take_fd(&fd);
}

int procfs_write(int proc, const char *path, const char *text)
{
	autofd int fd = procfs_open(proc, path, O_WRONLY);
	size_t len = strlen(text);

	if (fd < 0)
		return fd;

	ssize_t n = write(fd, text, len);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

enum { STAT_STATE = 3, STAT_START_TIME = 22 }; /* fields of /proc/PID/stat, the first is 1 */

int procfs_stat(pid_t pid, struct procfs_stat *out)
{
	char path[32], text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);

	ssize_t n = read_small(AT_FDCWD, path, text, sizeof(text));

	if (n == -ENOENT)
		return -ESRCH;
	if (n < 0)
		return (int)n;

	/* The name in field 2 may contain anything; its ")" is the last one of the line. */
	const char *name = strchr(text, '('), *p = strrchr(text, ')');

	if (!name || !p || strlen(p) < 4)
		return -EPROTO;
	snprintf(out->name, sizeof(out->name), "%.*s", (int)(p - name - 1), name + 1);
	p += 2;
	if (*p == 'Z' || *p == 'X')
		return -ESRCH;
	for (int field = STAT_STATE; field < STAT_START_TIME; field++) {
		p = strchr(p, ' ');
		if (!p)
			return -EPROTO;
		p++;
	}
	out->start_time = strtoull(p, NULL, 10);
	return 0;
}

int procfs_inner_pid(pid_t pid, struct arena *a)
{
	char path[32], *text;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);

	ssize_t n = read_at(AT_FDCWD, path, STATUS_MAX, a, &text);

	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;

	/* "NSpid:\t4711\t1": from the reader's namespace to the innermost. */
	char *line = strstr(text, "\nNSpid:"), *end = line ? strchr(line + 1, '\n') : NULL;

	if (!end)
		return -EPROTO;
	*end = '\0';
	line = strrchr(line, '\t');
	return line ? atoi(line) : -EPROTO;
}

int procfs_boot_id(char out[40])
{
	static _Thread_local char known[40]; /* it does not change while we run */
	ssize_t n = *known ? 0
			   : read_small(AT_FDCWD, "/proc/sys/kernel/random/boot_id", known,
					sizeof(known));

	if (n < 0) {
		*known = '\0';
		return (int)n;
	}
	memcpy(out, known, sizeof(known));
	return 0;
}
