/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: packets that a hostile or dying init sends to the parent. Each is heard as exactly
 * the word that was waited for, or as an error that can be shown; nothing hangs and no descriptor
 * stays behind.
 *
 * The first byte says how the other side ends (enum ending). Then, for each packet: a byte `how`, a
 * byte with the length, and its content; padded, the content is repeated up to that size.
 */
#include <fcntl.h>
#include <sys/socket.h>

#include "act/sync.h"
#include "base/fd.h"
#include "base/str.h"
#include "fuzz.h"

enum ending {
	END_UNREAD = 1 << 0, /* it dies without having read our last word */
	END_COPIED = 1 << 1, /* its end of the socket lives on elsewhere: a pidfd tells */
};

enum how {
	HOW_FDS = 3,          /* so many descriptors beside it */
	HOW_PAD = 1 << 2,     /* to the size of an error */
	HOW_BEYOND = 1 << 3,  /* to one byte more */
	HOW_FAILED = 1 << 4,  /* begins with that word */
};

enum { MAX_PACKETS = 16, WHOLE = 2 * sizeof(uint32_t) + sizeof(struct error) };

struct packet {
	uint8_t data[WHOLE + 1];
	size_t len, n_fd;
};

struct input {
	const uint8_t *data;
	size_t size;
};

static int lowest_free(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	close(fd);
	return fd;
}

/* Cuts the next packet off. */
static bool next_packet(struct input *in, struct packet *p)
{
	if (in->size < 2)
		return false;

	unsigned how = in->data[0];
	size_t n = in->data[1] < in->size - 2 ? in->data[1] : in->size - 2;

	p->n_fd = how & HOW_FDS;
	p->len = how & HOW_BEYOND ? WHOLE + 1 : how & HOW_PAD ? (size_t)WHOLE : n;
	for (size_t i = 0; i < p->len; i++)
		p->data[i] = n ? in->data[2 + i % n] : 0;
	if (how & HOW_FAILED && p->len >= sizeof(uint32_t))
		memcpy(p->data, &(uint32_t){ SYNC_FAILED }, sizeof(uint32_t));
	in->data += 2 + n;
	in->size -= 2 + n;
	return true;
}

static bool send_packet(int sock, const struct packet *p)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(HOW_FDS * sizeof(int))];
	} control = { 0 };
	const int fd[HOW_FDS] = { STDERR_FILENO, STDERR_FILENO, STDERR_FILENO };
	struct iovec iov = { (void *)(uintptr_t)p->data, p->len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (p->n_fd) {
		control.head.cmsg_len = CMSG_LEN(p->n_fd * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.head), fd, p->n_fd * sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = control.head.cmsg_len;
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)p->len;
}

/* Is it the word, and nothing that is to be refused? */
static bool is_word(const struct packet *p, enum sync_word want)
{
	uint32_t word;

	if (p->len < 2 * sizeof(word) || p->len > WHOLE || p->n_fd > 1)
		return false;
	memcpy(&word, p->data, sizeof(word));
	return word == want;
}

/* Waits for a word where `p` is the next packet, or NULL. Returns whether it came. */
static bool hear(const struct sync *s, enum sync_word want, const struct packet *p)
{
	struct error err = { 0 };
	int32_t value = 0;
	autofd int fd = -1;

	if (sync_expect_fd(s, want, &value, &fd, &err) < 0) {
		must(!p || !is_word(p, want), "the right word was refused");
		must(p || err.code == SYNC_GONE, "the other side is gone and nobody says so");
		must_tell(&err);
		return false;
	}
	must(p && is_word(p, want), "a word that was not said");
	must(memcmp(&value, p->data + sizeof(uint32_t), sizeof(value)) == 0, "another value");
	must((fd >= 0) == (p->n_fd == 1), "a descriptor that was not sent");
	return true;
}

/* As create and start listen. When the first error has come, words are said to nobody. */
static void listen_to(const struct sync *s, const struct packet *p, size_t n)
{
	static const enum sync_word words[] = { SYNC_CLONED, SYNC_MOUNTED, SYNC_READY, SYNC_EXEC };
	struct error err = { 0 };
	size_t i = 0;

	while (hear(s, words[i % COUNT(words)], i < n ? &p[i] : NULL))
		i++;
	if (sync_say(s, SYNC_KEPT, 0, &err) < 0)
		must_tell(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct packet packet[MAX_PACKETS];
	unsigned ending = size ? data[0] : 0;
	struct input in = { data + !!size, size - !!size };
	struct sync s = SYNC_INIT;
	struct error err = { 0 };
	size_t n = 0;
	int pair[2], death[2], before = lowest_free();

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0, "no sockets");
	must(pipe2(death, O_CLOEXEC) == 0, "no pipe");
	s.fd = pair[0];
	if (ending & END_UNREAD)
		must(sync_say(&s, SYNC_GO, 0, &err) == 0, err.msg);
	while (n < MAX_PACKETS && next_packet(&in, &packet[n]) && send_packet(pair[1], &packet[n]))
		n++;
	if (ending & END_COPIED)
		s.pidfd = death[0];
	else
		autofd_close(&pair[1]);
	close(death[1]);
	listen_to(&s, packet, n);
	autofd_close(&pair[1]);
	close(pair[0]);
	close(death[0]);
	must(lowest_free() == before, "a descriptor was left open");
	return 0;
}
