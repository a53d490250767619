/* SPDX-License-Identifier: Apache-2.0 */
/* CRIU at the other end of a socket: started, asked, listened to. See criu.h. */
#include "act/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/criu_log.h"
#include "act/mount.h"
#include "act/progress.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mount.h"
#include "base/str.h"
#include "base/sys.h"

enum { SOCKET_FD = 3, FIRST_FD = 10, PACKET_MAX = 65536 };

/* criu_req, criu_resp, criu_notify, criu_version: the members that are used here. */
enum { REQ_TYPE = 1, REQ_OPTIONS = 2, REQ_NOTIFIED = 3, REQ_KEEP_OPEN = 4 };
enum { RESP_TYPE = 1, RESP_SUCCESS = 2, RESP_RESTORE = 4, RESP_NOTIFY = 5, RESP_VERSION = 10 };
enum { NOTIFY_SCRIPT = 1, NOTIFY_PID = 2, RESTORE_PID = 1 };
enum { VERSION_MAJOR = 1, VERSION_MINOR = 2, VERSION_SUBLEVEL = 4 };
enum { TYPE_NOTIFY = 6, TYPE_VERSION = 10 };

int criu_fd(int fd)
{
	int out = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);

	return out < 0 ? -errno : out;
}

/* ---- the process ----------------------------------------------------------------------------- */

void criu_end(struct criu *criu)
{
	autofd_close(&criu->sock);
	if (criu->pid > 0) {
		if (criu->pidfd >= 0)
			sys_pidfd_send_signal(criu->pidfd, SIGKILL);
		while (waitpid(criu->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	criu->pid = -1;
	autofd_close(&criu->pidfd);
}

/*
 * CRIU restores below a mount of this path, which the host must not see. It stays the host's slave
 * where that is shared: from there CRIU takes what it restores as a slave.
 */
static int own_mounts(const char *rootfs)
{
	struct mount_attr slave = { .propagation = MS_SLAVE };

	if (unshare(CLONE_NEWNS) < 0)
		return -errno;

	int r = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &slave);
	autofd int place = r < 0 ? r : fd_open(rootfs, O_PATH | O_DIRECTORY);

	if (place < 0)
		return r < 0 ? r : -errno;

	autofd int tree = mount_clone(place, "", AT_EMPTY_PATH);

	return tree < 0 ? tree : mount_attach(tree, place);
}

/* What the parent has opened lies in its own mounts: the same folders again, on their way to it. */
static int send_folder(int sock, const char *path)
{
	autofd int fd = fd_open(path, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? -errno : fd_send(sock, "", 1, fd);
}

static int take_folder(int sock, int number)
{
	autofd int fd = -1;
	char byte;
	ssize_t n = fd_recv(sock, &byte, 1, &fd);

	if (n < 0 || fd < 0)
		return n < 0 ? (int)n : -EBADMSG;
	return dup3(fd, number, O_CLOEXEC) < 0 ? -errno : 0;
}

static int child_mounts(const struct criu_how *how, int sock)
{
	int r = own_mounts(how->rootfs);

	if (r == 0)
		r = send_folder(sock, how->dirs->images_path);
	return r < 0 ? r : send_folder(sock, how->dirs->work_path);
}

static int child_fds(const struct criu_how *how, int sock)
{
	int null = fd_open("/dev/null", O_RDWR);

	if (null < 0 || (!how->terminal && dup2(null, STDIN_FILENO) < 0) ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		return -errno;

	int r = cloexec_from(SOCKET_FD);

	if (r < 0)
		return r;
	if (sock == SOCKET_FD ? fcntl(sock, F_SETFD, 0) < 0 : dup2(sock, SOCKET_FD) < 0)
		return -errno;
	for (size_t i = 0; i < how->n_fd; i++)
		if (fcntl(how->fd[i], F_SETFD, 0) < 0)
			return -errno;
	return 0;
}

/* Says why it did not become CRIU: an errno, on the pipe. */
static _Noreturn void child_main(const struct criu_how *how, const char *path, int sock, int fail)
{
	static const char *const argv[] = { "criu", "swrk", "3", NULL };

	if (!how->terminal)
		setpgid(0, 0); /* ^C is ours to deal with */
	sys_reset_signals();

	int r = how->rootfs ? child_mounts(how, sock) : 0;

	if (r == 0)
		r = child_fds(how, sock);
	if (r == 0) {
		setenv("PATH", path, 1);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		r = -errno;
	}
	(void)!write(fail, &r, sizeof(r));
	_exit(1);
}

static int spawn_error(int code, const struct criu_how *how, struct error *err)
{
	if (code == ENOENT)
		return err_set(err, 0, "the program criu is not installed (package criu)");
	return err_set(err, code, "start criu%s%s",
		       how->rootfs ? ", with mounts of its own on " : "",
		       how->rootfs ? how->rootfs : "");
}

static int spawn(struct criu *criu, const struct criu_how *how, struct error *err)
{
	const char *path = criu_search_path(how->a);
	int pair[2], pipes[2], code = 0;

	/* The socket's maker is in whose /proc/PID/fd CRIU looks for the folders. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, errno, "make a socket for criu");
	criu->sock = pair[0];

	autofd int theirs = pair[1];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_set(err, errno, "make a pipe for criu");

	autofd int heard = pipes[0];
	autofd int fail = pipes[1];
	autofd int high = criu_fd(fail);

	criu->pid = high < 0 ? high : fork();
	if (criu->pid == 0)
		child_main(how, path, theirs, high);
	if (criu->pid < 0)
		return err_set(err, errno, "fork for criu");
	criu->pidfd = sys_pidfd_open(criu->pid, 0);
	autofd_close(&fail);
	autofd_close(&high);
	if (read(heard, &code, sizeof(code)) == sizeof(code))
		return spawn_error(-code, how, err);
	if (how->rootfs) {
		code = take_folder(criu->sock, how->dirs->images);
		if (code == 0)
			code = take_folder(criu->sock, how->dirs->work);
	}
	if (code < 0)
		return err_set(err, -code, "take over the folders of images and log");
	return criu->pidfd < 0 ? err_set(err, -criu->pidfd, "watch criu") : 0;
}

/* ---- messages -------------------------------------------------------------------------------- */

struct answer {
	unsigned type;
	bool success;
	const char *script; /* "" unless it is a notification */
	pid_t pid;
	unsigned version;
	int fd;
};

static int read_notify(const struct pb_field *in, struct arena *a, struct answer *out)
{
	struct pb_reader r = { in->data, in->data + in->len };
	struct pb_field f;
	int n;

	while ((n = pb_next(&r, &f)) > 0) {
		if (f.number == NOTIFY_SCRIPT && f.data)
			out->script = arena_strndup(a, (const char *)f.data, f.len);
		if (f.number == NOTIFY_PID)
			out->pid = (pid_t)f.value;
	}
	return n;
}

static int read_restore(const struct pb_field *in, struct answer *out)
{
	struct pb_reader r = { in->data, in->data + in->len };
	struct pb_field f;
	int n;

	while ((n = pb_next(&r, &f)) > 0)
		if (f.number == RESTORE_PID)
			out->pid = (pid_t)f.value;
	return n;
}

static int read_version(const struct pb_field *in, struct answer *out)
{
	struct pb_reader r = { in->data, in->data + in->len };
	struct pb_field f;
	int n;

	while ((n = pb_next(&r, &f)) > 0)
		out->version += f.number == VERSION_MAJOR      ? (unsigned)f.value * 10000
				: f.number == VERSION_MINOR    ? (unsigned)f.value * 100
				: f.number == VERSION_SUBLEVEL ? (unsigned)f.value
							       : 0;
	return n;
}

static int read_answer(const unsigned char *data, size_t len, struct arena *a, struct answer *out)
{
	struct pb_reader r = { data, data + len };
	struct pb_field f;
	int n;

	while ((n = pb_next(&r, &f)) > 0) {
		int inner = 0;

		if (f.number == RESP_TYPE)
			out->type = (unsigned)f.value;
		else if (f.number == RESP_SUCCESS)
			out->success = f.value != 0;
		else if (f.number == RESP_NOTIFY && f.data)
			inner = read_notify(&f, a, out);
		else if (f.number == RESP_RESTORE && f.data)
			inner = read_restore(&f, out);
		else if (f.number == RESP_VERSION && f.data)
			inner = read_version(&f, out);
		if (inner < 0)
			return inner;
	}
	return n;
}

static int say(struct criu *criu, const struct pb *m, struct error *err)
{
	int r = fd_send(criu->sock, m->data, m->len, -1);

	return r < 0 ? err_set(err, -r, "send a message to criu") : 0;
}

static int wait_readable(const struct criu *criu, const struct criu_call *call, struct error *err)
{
	struct pollfd on[] = { { .fd = criu->sock, .events = POLLIN },
			       { .fd = call->stop, .events = POLLIN } };
	int n;

	while ((n = poll(on, COUNT(on), progress_ms(call->progress))) <= 0)
		if (n == 0)
			progress_show(call->progress);
		else if (errno != EINTR)
			return err_set(err, errno, "wait for criu");
	if (!on[0].revents && on[1].revents)
		return err_set(err, 0, "stopped by a signal");
	return 0;
}

static const struct criu_call in_between = { .stop = -1 };

/* out->fd is the caller's to close. 0; 1: CRIU has gone without a word; -1. */
static int hear(struct criu *criu, const struct criu_call *call, struct answer *out,
		struct error *err)
{
	unsigned char *data = arena_alloc(criu->a, PACKET_MAX, 1);

	*out = (struct answer){ .script = "", .fd = -1 };
	if (wait_readable(criu, call, err) < 0)
		return -1;

	ssize_t n = fd_recv(criu->sock, data, PACKET_MAX, &out->fd);

	if (n == 0 || n == -ECONNRESET)
		return 1;
	if (n < 0)
		return err_set(err, (int)-n, "hear from criu");
	if (read_answer(data, (size_t)n, criu->a, out) < 0) {
		autofd_close(&out->fd);
		return err_set(err, 0, "criu said something that is no message of its protocol");
	}
	return 0;
}

static int check_version(struct criu *criu, struct error *err)
{
	struct pb m = { .a = criu->a };
	struct answer answer;

	pb_uint(&m, REQ_TYPE, TYPE_VERSION);
	pb_uint(&m, REQ_KEEP_OPEN, 1);
	if (say(criu, &m, err) < 0)
		return -1;

	int r = hear(criu, &in_between, &answer, err);

	autofd_close(&answer.fd);
	if (r < 0)
		return -1;
	if (r || !answer.success || answer.type != TYPE_VERSION)
		return err_set(err, 0, "criu does not run here ('criu check' tells why)");
	criu->version = answer.version;
	if (answer.version < CRIU_OLDEST)
		return err_set(err, 0,
			       "criu %u.%u is too old: 3.15 or newer is needed (package "
			       "criu)",
			       answer.version / 10000, answer.version / 100 % 100);
	return 0;
}

int criu_start(struct criu *criu, const struct criu_how *how, struct error *err)
{
	criu->a = how->a;
	return spawn(criu, how, err) < 0 ? -1 : check_version(criu, err);
}

/* A failure of ours is told to CRIU, which undoes its part and then fails by itself. */
static int notified(struct criu *criu, struct criu_call *call, struct answer *answer,
		    struct error *err)
{
	struct pb m = { .a = criu->a };
	struct error ignored;

	progress_hide(call->progress); /* a hook may have something to say */

	int r = call->notify(call->arg, answer->script, answer->pid, answer->fd, err);

	log_debug("criu: %s", answer->script);
	autofd_close(&answer->fd);
	pb_uint(&m, REQ_TYPE, TYPE_NOTIFY);
	pb_uint(&m, REQ_NOTIFIED, r == 0);
	if (r == 0)
		return say(criu, &m, err);
	say(criu, &m, &ignored);
	while (hear(criu, &in_between, answer, &ignored) == 0 && answer->type == TYPE_NOTIFY) {
		autofd_close(&answer->fd);
		say(criu, &m, &ignored);
	}
	autofd_close(&answer->fd);
	return -1;
}

int criu_call(struct criu *criu, struct criu_call *call, struct error *err)
{
	struct pb m = { .a = criu->a };
	struct answer answer;
	int r;

	pb_uint(&m, REQ_TYPE, call->type);
	pb_message(&m, REQ_OPTIONS, call->options);
	if (say(criu, &m, err) < 0)
		return -1;
	while ((r = hear(criu, call, &answer, err)) == 0 && answer.type == TYPE_NOTIFY)
		if (notified(criu, call, &answer, err) < 0)
			return -1;
	autofd_close(&answer.fd);
	if (r < 0)
		return -1;
	if (r == 1 || !answer.success || answer.type != call->type)
		return criu_log_error(call->dirs, r == 1, criu->a, err);
	call->pid = answer.pid;
	return 0;
}
