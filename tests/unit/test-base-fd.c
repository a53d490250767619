/* SPDX-License-Identifier: Apache-2.0 */
/* base/fd: files by name, packets with descriptors, closing of descriptors. */
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/str.h"
#include "test.h"

static char dir_path[] = "/tmp/mcrun-test-fd-XXXXXX";

static bool is_cloexec(int fd)
{
	return fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

static void test_read(int dir, struct arena *a)
{
	char big[3 * 4096], *text = NULL;
	size_t len = 0;

	memset(big, 'x', sizeof(big));
	TEST("a file is read whole and ends with a NUL")
	{
		CHECK(replace_at(dir, "big", big, sizeof(big), 0600) == 0);
		len = read_at(dir, "big", sizeof(big), a, &text);
		CHECK(len == sizeof(big) && memcmp(text, big, len) == 0 && text[len] == '\0');
	}
	TEST("one byte more than the maximum is -EFBIG")
	{
		text = NULL;
		CHECK(read_at(dir, "big", sizeof(big) - 1, a, &text) == -EFBIG);
		CHECK(text == NULL);
		CHECK(read_at(dir, "big", 0, a, &text) == -EFBIG);
	}
	TEST("no maximum is the largest maximum")
	CHECK(read_at(dir, "big", SIZE_MAX, a, &text) >= 0);
	TEST("an empty file is an empty text")
	{
		CHECK(replace_at(dir, "empty", "", 0, 0600) == 0);
		len = read_at(dir, "empty", 0, a, &text);
		CHECK(len == 0);
		CHECK_STR(text, "");
	}
	TEST("a file that does not know its size is read whole")
	{
		len = read_at(AT_FDCWD, "/proc/self/status", 1 << 20, a, &text);
		CHECK(len > 100 && strstr(text, "nonvoluntary_ctxt_switches"));
	}
	TEST("a pipe is read in parts, to its end")
	{
		int p[2];

		CHECK(pipe2(p, O_CLOEXEC) == 0);
		CHECK(write_all(p[1], big, sizeof(big)) == 0);
		close(p[1]);
		len = read_all(p[0], sizeof(big), a, &text);
		CHECK(len == sizeof(big));
		close(p[0]);
	}
	TEST("a last symlink is not followed")
	{
		char small[8];

		CHECK(symlinkat("big", dir, "link") == 0);
		CHECK(read_at(dir, "link", 99999, a, &text) == -ELOOP);
		CHECK(write_at(dir, "link", "x") == -ELOOP);
		CHECK(read_small(dir, "link", small, sizeof(small)) == -ELOOP);
	}
	TEST("a missing file is -ENOENT, and write_at makes none")
	{
		CHECK(read_at(dir, "none", 1, a, &text) == -ENOENT);
		CHECK(write_at(dir, "none", "x") == -ENOENT);
	}
}

static void test_write(int dir, struct arena *a)
{
	char small[8], *text = NULL;
	struct stat st = { 0 };

	TEST("write_at neither makes nor cuts a file")
	{
		CHECK(replace_at(dir, "f", "12345\n", 6, 0600) == 0);
		CHECK(write_at(dir, "f", "ab") == 0);
		CHECK(read_small(dir, "f", small, sizeof(small)) == 5);
		CHECK_STR(small, "ab345");
	}
	TEST("read_small cuts what does not fit, and one newline only")
	{
		CHECK(read_small(dir, "f", small, 3) == 2);
		CHECK_STR(small, "ab");
		CHECK(read_small(dir, "f", small, 0) == -EINVAL);
		CHECK(replace_at(dir, "f", "\n\n", 2, 0600) == 0);
		CHECK(read_small(dir, "f", small, sizeof(small)) == 1);
		CHECK_STR(small, "\n");
	}
	TEST("a replaced file has the asked mode, whatever the umask and a leftover")
	{
		mode_t mask = umask(0077);

		CHECK(symlinkat("big", dir, "f.new") == 0);
		CHECK(replace_at(dir, "f", "new", 3, 0644) == 0);
		umask(mask);
		CHECK(fstatat(dir, "f", &st, AT_SYMLINK_NOFOLLOW) == 0);
		CHECK(S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0644);
		CHECK(read_at(dir, "f", 10, a, &text) >= 0);
		CHECK_STR(text, "new");
		CHECK(fstatat(dir, "big", &st, 0) == 0 && st.st_size == 3 * 4096);
	}
	TEST("a failed replacement leaves nothing behind")
	{
		CHECK(mkdirat(dir, "d", 0700) == 0);
		CHECK(replace_at(dir, "d", "x", 1, 0600) == -EISDIR);
		CHECK(faccessat(dir, "d.new", F_OK, 0) < 0);
		CHECK(replace_at(dir, "none/x", "x", 1, 0600) == -ENOENT);
	}
}

static void test_packets(int type)
{
	char buf[8] = "";
	int s[2], fd = -1;

	CHECK(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, s) == 0);
	CHECK(fd_send(s[0], "word", 4, -1) == 0);
	CHECK(fd_recv(s[1], buf, sizeof(buf), &fd) == 4);
	CHECK(fd == -1 && memcmp(buf, "word", 4) == 0);

	CHECK(fd_send(s[0], "fd", 2, STDOUT_FILENO) == 0);
	CHECK(fd_recv(s[1], buf, sizeof(buf), &fd) == 2);
	CHECK(fd > 2 && is_cloexec(fd));
	close(fd);

	CHECK(fd_send(s[0], "fd", 2, STDOUT_FILENO) == 0);
	CHECK(fd_recv(s[1], buf, sizeof(buf), NULL) == 2);
	CHECK(fd_send(s[0], "x", 1, 9999) == -EBADF);

	close(s[0]);
	CHECK(fd_recv(s[1], buf, sizeof(buf), &fd) == 0);
	CHECK(fd == -1);
	CHECK(fd_send(s[1], "x", 1, -1) == -EPIPE); /* and no SIGPIPE */
	close(s[1]);
}

static size_t count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static void send_two_fds(int sock)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} c = { .head = { .cmsg_len = CMSG_LEN(2 * sizeof(int)),
			  .cmsg_level = SOL_SOCKET,
			  .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &c,
			      .msg_controllen = sizeof(c.room) };

	memcpy(CMSG_DATA(&c.head), (int[]){ 0, 1 }, 2 * sizeof(int));
	CHECK(sendmsg(sock, &msg, 0) == 1);
}

static void test_bad_packets(void)
{
	char buf[8];
	int s[2], fd = -1;
	size_t before;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) == 0);
	before = count_fds();
	CHECK(fd_send(s[0], "123456789", 9, STDOUT_FILENO) == 0);
	CHECK(fd_recv(s[1], buf, sizeof(buf), &fd) == -EMSGSIZE);
	send_two_fds(s[0]);
	CHECK(fd_recv(s[1], buf, sizeof(buf), &fd) == -EMSGSIZE);
	CHECK(fd == -1);
	CHECK(count_fds() == before);
	close(s[0]);
	close(s[1]);
}

/* From here on close_range(2) answers as it does on kernels that lack it. */
static void refuse_close_range(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(99);
}

/* Runs in a child, which has descriptors 10 to 19; its exit status is the line that failed. */
static int close_in_child(void)
{
	const int keep[] = { -1, 1, 12, 13, 13, 17 };

	for (int fd = 10; fd < 20; fd++)
		if (dup2(0, fd) < 0)
			return 1;
	if (cloexec_from(15) < 0 || is_cloexec(14) || !is_cloexec(15) || !is_cloexec(19))
		return 2;
	if (close_except(keep, COUNT(keep)) < 0)
		return 3;
	for (int fd = 0; fd < 100; fd++) {
		bool want = fd < 3 || fd == 12 || fd == 13 || fd == 17;

		if ((fcntl(fd, F_GETFD) >= 0) != want)
			return 100 + fd;
	}
	if (close_except(NULL, 0) < 0 || fcntl(12, F_GETFD) >= 0 || fcntl(2, F_GETFD) < 0)
		return 4;
	return 0;
}

static int status_of(void (*before)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (before)
			before();
		_exit(close_in_child());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A listener with room for one connection, which is there already. */
static void test_connect(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int ends[2] = { -1, -1 };
	autofd int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	CHECK(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listener, 0) == 0);
	CHECK(pipe(ends) == 0);

	autofd int first = fd_connect(path, 1, ends[0]);

	CHECK(first >= 0 && is_cloexec(first));
	CHECK(fd_connect(path, 1, ends[0]) == -EAGAIN);
	CHECK(fd_connect(path, 1, -1) == -EAGAIN);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK(fd_connect(path, 60, ends[0]) == -EINTR);
	close(ends[0]);
	close(ends[1]);
	autofd_close(&listener);
	CHECK(fd_connect(path, 1, -1) == -ECONNREFUSED);
}

int main(void)
{
	struct arena a = { 0 };

	if (!mkdtemp(dir_path))
		return 1;

	autofd int dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	test_read(dir, &a);
	test_write(dir, &a);
	TEST("packets carry a descriptor")
	test_packets(SOCK_SEQPACKET);
	TEST("streams carry a descriptor")
	test_packets(SOCK_STREAM);
	TEST("a packet with too much in it is refused, and leaks no descriptor")
	test_bad_packets();
	TEST("who does not accept a connection is waited for until the time is over, or a signal comes")
	{
		char path[64];

		snprintf(path, sizeof(path), "%s/socket", dir_path);
		test_connect(path);
		unlink(path);
	}
	TEST("descriptors are closed but for a few")
	CHECK(status_of(NULL) == 0);
	TEST("the same without close_range")
	CHECK(status_of(refuse_close_range) == 0);
	TEST("a taken descriptor is left alone")
	{
		int fd = dup(0), taken = take_fd(&fd);

		autofd_close(&fd);
		CHECK(fd == -1 && taken >= 0 && fcntl(taken, F_GETFD) >= 0);
		autofd_close(&taken);
		CHECK(taken == -1);
	}

	const char *const names[] = { "big", "empty", "link", "f" };

	for (size_t i = 0; i < COUNT(names); i++)
		unlinkat(dir, names[i], 0);
	unlinkat(dir, "d", AT_REMOVEDIR);
	rmdir(dir_path);
	arena_done(&a);
	return test_done();
}
