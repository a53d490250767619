/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole reads and writes, packets with a descriptor beside them, and the closing of descriptors.
 * Must not write to stderr or a log, and must not know what any file is for: see fd.h.
 */
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/str.h"
#include "base/sys.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

enum { FIRST_READ = 4096 };

int fd_open(const char *path, int flags)
{
	return openat(AT_FDCWD, path, flags | O_CLOEXEC);
}

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Reads until `size` bytes are there or the file ends, which it does at `whole` if not before. */
static ssize_t read_up_to(int fd, char *buf, size_t size, size_t whole)
{
	size_t len = 0;

	while (len < size && len != whole) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/*
 * Room for the first try: what a regular file says it has, and one byte more. What has just that
 * length is not asked again for its end. Of a size of 0, as in procfs, nothing follows.
 */
static size_t first_room(int fd, size_t max, size_t *whole)
{
	struct stat st;
	size_t room = FIRST_READ;

	*whole = SIZE_MAX;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		bool fits = (uintmax_t)st.st_size < max;

		room = fits ? (size_t)st.st_size + 1 : max + 1;
		if (fits)
			*whole = (size_t)st.st_size;
	}
	return room > max ? max + 1 : room;
}

ssize_t read_all(int fd, size_t max, struct arena *a, char **out)
{
	if (max > SSIZE_MAX / 4)
		max = SSIZE_MAX / 4;

	size_t whole, len = 0, room = first_room(fd, max, &whole);
	char *buf = arena_room(a, room + 1);

	for (;;) {
		ssize_t n = read_up_to(fd, buf + len, room - len, len ? SIZE_MAX : whole);

		if (n < 0)
			return n;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
		if (len < room)
			break;

		room = room > max / 2 ? max + 1 : 2 * room;
		char *bigger = arena_room(a, room + 1);

		memcpy(bigger, buf, len);
		buf = bigger;
	}
	buf[len] = '\0';
	arena_trim(a, buf, len + 1);
	*out = buf;
	return (ssize_t)len;
}

ssize_t read_at(int dir, const char *name, size_t max, struct arena *a, char **out)
{
	autofd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return read_all(fd, max, a, out);
}

int write_at(int dir, const char *name, const char *text)
{
	autofd int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);

	if (fd < 0)
		return -errno;

	size_t len = strlen(text);
	ssize_t n;

	do {
		n = write(fd, text, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int write_new(int dir, const char *name, const void *data, size_t len, mode_t mode)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	autofd int fd = openat(dir, name, flags, mode);

	if (fd < 0)
		return -errno;
	/* The umask took bits away; of the owner's own it does not. */
	if ((mode & (S_IRWXG | S_IRWXO)) && fchmod(fd, mode) < 0)
		return -errno;
	return write_all(fd, data, len);
}

int replace_at(int dir, const char *name, const void *data, size_t len, mode_t mode)
{
	char temp[PATH_MAX];
	int n = snprintf(temp, sizeof(temp), "%s.new", name);

	if (n < 0 || (size_t)n >= sizeof(temp))
		return -ENAMETOOLONG;

	int r = write_new(dir, temp, data, len, mode);

	/* A leftover is removed, not cut: it may be of another mode, or a symlink. */
	if (r == -EEXIST && unlinkat(dir, temp, 0) == 0)
		r = write_new(dir, temp, data, len, mode);
	if (r == 0 && renameat(dir, temp, dir, name) < 0)
		r = -errno;
	if (r < 0 && r != -EEXIST) /* then it is somebody else's */
		unlinkat(dir, temp, 0);
	return r;
}

ssize_t read_small(int dir, const char *name, char *buf, size_t size)
{
	if (size == 0)
		return -EINVAL;

	autofd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);

	if (fd < 0)
		return -errno;

	ssize_t len;

	do {
		len = read(fd, buf, size - 1);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	if (len > 0 && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return len;
}

static int set_limit(int sock, struct timeval limit)
{
	return setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ? -errno : 0;
}

/* A full queue of connections says nothing when there is room: one tries, and looks at `stop`. */
static int connect_until(int sock, const struct sockaddr_un *to, int seconds, int stop)
{
	enum { TRIES_A_SECOND = 10 };
	struct pollfd ends = { .fd = stop, .events = POLLIN };
	int r = set_limit(sock, (struct timeval){ .tv_usec = 1000000 / TRIES_A_SECOND });

	for (int tries = seconds * TRIES_A_SECOND; r == 0 && tries > 0; tries--) {
		if (connect(sock, (const struct sockaddr *)to, sizeof(*to)) == 0)
			return 0;
		if (errno != EAGAIN)
			return -errno;
		if (poll(&ends, 1, 0) > 0)
			return -EINTR;
	}
	return r < 0 ? r : -EAGAIN;
}

int fd_connect(const char *path, int seconds, int stop)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	/* Through a descriptor, as the path may be longer than a socket address can be. */
	autofd int at = fd_open(path, O_PATH);

	if (at < 0)
		return -errno;
	snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d", at);

	autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;

	int r = connect_until(fd, &to, seconds, stop);

	if (r == 0)
		r = set_limit(fd, (struct timeval){ .tv_sec = seconds });
	return r < 0 ? r : take_fd(&fd);
}

/* Room for exactly one descriptor: CMSG_SPACE would let the kernel deliver two. */
union one_fd {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static ssize_t send_part(int sock, const void *data, size_t len, int fd)
{
	union one_fd control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_LEN(sizeof(int));
	}
	do {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int fd_send(int sock, const void *data, size_t len, int fd)
{
	const char *p = data;

	do {
		ssize_t n = send_part(sock, p, len, fd);

		if (n < 0)
			return (int)n;
		p += n;
		len -= (size_t)n;
		fd = -1; /* a stream may take parts; the descriptor went with the first */
	} while (len > 0);
	return 0;
}

/* The descriptor that came with `msg`, or -1. */
static int received_fd(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static ssize_t receive(int sock, void *data, size_t size, int *out_fd, int flags)
{
	union one_fd control = { 0 };
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = CMSG_LEN(sizeof(int)) };
	ssize_t n;

	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | flags);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;

	autofd int fd = received_fd(&msg);

	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EMSGSIZE;
	if (out_fd)
		*out_fd = take_fd(&fd);
	return n;
}

ssize_t fd_recv(int sock, void *data, size_t size, int *out_fd)
{
	return receive(sock, data, size, out_fd, 0);
}

ssize_t fd_recv_now(int sock, void *data, size_t size, int *out_fd)
{
	return receive(sock, data, size, out_fd, MSG_DONTWAIT);
}

/* What close_range(2) does, one by one, for kernels and outer sandboxes that refuse it. */
static int range_by_hand(unsigned first, unsigned last, unsigned flags)
{
	DIR *dir = opendir("/proc/self/fd");

	if (!dir)
		return -errno;

	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		uint64_t fd;

		if (str_to_u64(e->d_name, INT_MAX, &fd) < 0 || fd < first || fd > last ||
		    (int)fd == dirfd(dir))
			continue;
		if (flags & CLOSE_RANGE_CLOEXEC)
			fcntl((int)fd, F_SETFD, FD_CLOEXEC);
		else
			close((int)fd);
	}
	closedir(dir);
	return 0;
}

static int range_do(unsigned first, unsigned last, unsigned flags)
{
	int r = sys_close_range(first, last, flags);

	/* EINVAL: Linux 5.9 and 5.10 know the call but not the flag. */
	if (r == -ENOSYS || r == -EPERM || r == -EINVAL)
		r = range_by_hand(first, last, flags);
	return r;
}

int close_except(const int *keep, size_t n_keep)
{
	unsigned next = STDERR_FILENO + 1;

	for (size_t i = 0; i < n_keep; i++) {
		if (keep[i] < 0 || (unsigned)keep[i] < next)
			continue;

		unsigned kept = (unsigned)keep[i];
		int r = kept > next ? range_do(next, kept - 1, 0) : 0;

		if (r < 0)
			return r;
		next = kept + 1;
	}
	return range_do(next, UINT_MAX, 0);
}

int cloexec_from(unsigned from)
{
	return range_do(from, UINT_MAX, CLOSE_RANGE_CLOEXEC);
}

int make_folders(const char *path, mode_t mode)
{
	char part[4096];
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, i == len ? mode : mode & ~(mode_t)S_ISVTX) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}
