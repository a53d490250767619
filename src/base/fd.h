/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors: who owns them, and whole reads and writes through them.
 *
 * Functions here say nothing: they return 0 or a result, or -errno. The caller that knows what
 * the file is for writes the sentence. Every descriptor made here is close-on-exec.
 *
 *	autofd int fd = openat(...);		// closed when the scope ends
 *	...
 *	return take_fd(&fd);			// ownership leaves, in exactly one way
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "libocispec/arena.h"

static inline void autofd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
#define autofd __attribute__((cleanup(autofd_close), unused)) /* closing is a use of its own */

static inline int take_fd(int *fd)
{
	int out = *fd;

	*fd = -1;
	return out;
}

/* open(2) of what is there, close-on-exec, by openat(2): musl's open sets that flag once more. */
int fd_open(const char *path, int flags);

/* Writes all of it, however many calls it takes. */
int write_all(int fd, const void *data, size_t len);

/*
 * Reads to the end of the file, at most `max` bytes (more: -EFBIG), into the arena. Returns the
 * length; the NUL that follows the text does not count.
 */
ssize_t read_all(int fd, size_t max, struct arena *a, char **out);

/* The same for a file by name below `dir` (or AT_FDCWD); never follows a last symlink. */
ssize_t read_at(int dir, const char *name, size_t max, struct arena *a, char **out);

/*
 * Writes `text` to an existing file in one write(2), as cgroup and proc files want it. It is not
 * created or cut, a last symlink is not followed.
 */
int write_at(int dir, const char *name, const char *text);

/* Makes `name` in `dir`, which must not be there (-EEXIST). Mode as with replace_at. */
int write_new(int dir, const char *name, const void *data, size_t len, mode_t mode);

/*
 * Replaces `name` in `dir` as a whole: readers see the old file or the new one, never a part. A
 * leftover of an earlier try ("name.new") is removed. Mode is that of the new file, whatever the
 * umask takes from group and others. Not for two writers at once (-EEXIST is possible then), and
 * not synced to the disk.
 */
int replace_at(int dir, const char *name, const void *data, size_t len, mode_t mode);

/*
 * Reads a small kernel file (up to size-1 bytes) into buf, cuts a last newline; its length. Less
 * than a page of such a file comes by one read.
 */
ssize_t read_small(int dir, const char *name, char *buf, size_t size);

/*
 * Makes a folder and the parents that it lacks; of `mode`, the sticky bit is for the folder alone.
 * One that is there is no error.
 */
int make_folders(const char *path, mode_t mode);

/*
 * Connects to a SOCK_STREAM socket, however long its path. Who does not accept is waited for
 * `seconds` at most: -EAGAIN, in sending then, too; -EINTR once `stop`, or -1, is readable.
 */
int fd_connect(const char *path, int seconds, int stop);

/*
 * Sends and receives one packet on a SOCK_SEQPACKET or SOCK_STREAM socket with up to one
 * descriptor beside it. fd -1: none. Received descriptors are close-on-exec; *out_fd is -1 when
 * there was none; where out_fd is NULL it is closed. fd_recv returns the packet's length (0: the
 * other end is closed); a packet that did not fit, or brought more descriptors, is -EMSGSIZE.
 * Neither raises SIGPIPE. fd_recv_now does not wait: -EAGAIN if there is nothing yet.
 */
int fd_send(int sock, const void *data, size_t len, int fd);
ssize_t fd_recv(int sock, void *data, size_t size, int *out_fd);
ssize_t fd_recv_now(int sock, void *data, size_t size, int *out_fd);

/* Closes every descriptor from 3 up that is not in `keep` (sorted, ascending). */
int close_except(const int *keep, size_t n_keep);

/* Marks every descriptor from `from` up close-on-exec. */
int cloexec_from(unsigned from);

#endif
