/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for the kernel's resctrl where there is none: to be preloaded into mcrun. The folder
 * $FAKE_RESCTRL is the tree: it is mounted for who looks into /proc/self/mountinfo, a folder made
 * in it gets the files that the kernel would put there, and they go when it is removed; of its
 * tasks those that have ended are not seen. What is written to its files is noted, "FILE: TEXT",
 * in $FAKE_RESCTRL.log.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *tree(void)
{
	return getenv("FAKE_RESCTRL");
}

static int open_mountinfo(void)
{
	int fd = memfd_create("mountinfo", MFD_CLOEXEC);

	if (fd >= 0 && dprintf(fd, "40 23 0:30 / %s rw - resctrl resctrl rw\n", tree()) > 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* One pid is all that is ever in it. */
static void forget_ended(int tasks)
{
	char text[16] = "";

	if (pread(tasks, text, sizeof(text) - 1, 0) > 0 && kill(atoi(text), 0) < 0)
		(void)!ftruncate(tasks, 0);
}

static bool is_tasks(const char *path)
{
	size_t n = strlen(path);

	return n > 6 && strcmp(path + n - 6, "/tasks") == 0;
}

static int open_any(const char *symbol, int dir, const char *path, int flags, mode_t mode)
{
	int (*real)(int, const char *, int, ...) =
		(int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, symbol);

	if (tree() && strcmp(path, "/proc/self/mountinfo") == 0)
		return open_mountinfo();
	if (!tree() || !is_tasks(path) || flags & O_WRONLY)
		return real(dir, path, flags, mode);

	int fd = real(dir, path, flags | O_RDWR, mode);

	forget_ended(fd);
	return fd;
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list list;

	va_start(list, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
	va_end(list);
	return open_any("openat", dir, path, flags, mode);
}

#undef openat64 /* musl has it as a macro */
int openat64(int dir, const char *path, int flags, ...)
{
	va_list list;

	va_start(list, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
	va_end(list);
	return open_any("openat64", dir, path, flags, mode);
}

static void note(int fd, const char *text, size_t len)
{
	char link[40], path[2048], log[2048];
	size_t top = strlen(tree());

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);

	ssize_t n = readlink(link, path, sizeof(path));

	if (n <= (ssize_t)top || strncmp(path, tree(), top) != 0 || path[top] != '/')
		return;
	snprintf(log, sizeof(log), "%s.log", tree());

	int to = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	dprintf(to, "%.*s: %.*s", (int)((size_t)n - top - 1), path + top + 1, (int)len, text);
	close(to);
}

ssize_t write(int fd, const void *data, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) =
		(ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	ssize_t n = real(fd, data, len);
	int code = errno;

	if (tree() && n > 0)
		note(fd, data, (size_t)n);
	errno = code;
	return n;
}

/* Is this descriptor the tree? */
static int is_tree(int dir)
{
	struct stat fd, top;

	return tree() && fstat(dir, &fd) == 0 && stat(tree(), &top) == 0 &&
	       fd.st_ino == top.st_ino && fd.st_dev == top.st_dev;
}

static void put(int dir, const char *folder, const char *name)
{
	char path[2048];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	close(openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	int (*real)(int, const char *, mode_t) =
		(int (*)(int, const char *, mode_t))dlsym(RTLD_NEXT, "mkdirat");
	int r = real(dir, path, mode);
	char below[2048];

	if (r < 0 || !is_tree(dir))
		return r;
	put(dir, path, "tasks");
	if (strstr(path, "mon_groups"))
		return r;
	put(dir, path, "schemata");
	snprintf(below, sizeof(below), "%s/mon_groups", path);
	return real(dir, below, mode);
}

int unlinkat(int dir, const char *path, int flags)
{
	int (*real)(int, const char *, int) =
		(int (*)(int, const char *, int))dlsym(RTLD_NEXT, "unlinkat");
	static const char *const files[] = { "tasks", "schemata" };
	char name[2048];

	for (int i = 0; i < 2 && flags == AT_REMOVEDIR && is_tree(dir); i++) {
		snprintf(name, sizeof(name), "%s/%s", path, files[i]);
		real(dir, name, 0);
	}
	snprintf(name, sizeof(name), "%s/mon_groups", path);
	if (flags == AT_REMOVEDIR && is_tree(dir))
		real(dir, name, AT_REMOVEDIR);
	return real(dir, path, flags);
}
