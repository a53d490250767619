/* SPDX-License-Identifier: Apache-2.0 */
/* The sync socket: words, their names, and waiting for exactly one of them. See sync.h. */
#include "act/sync.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "act/interrupt.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"

struct head {
	uint32_t word;
	int32_t value;
};

/* What travels. The error is there only behind FAILED; other words are the head alone. */
struct packet {
	struct head head;
	struct error err;
};

static const char *const names[] = {
#define X(w) #w,
	SYNC_WORDS(X)
#undef X
};

const char *sync_name(enum sync_word word)
{
	return (size_t)word < COUNT(names) ? names[word] : "nonsense";
}

void sync_fail(const struct sync *s, const struct error *err)
{
	struct packet p = { .head.word = SYNC_FAILED, .err = *err };

	/* write(2) is what the strictest filter lets pass. SIGPIPE at init's end is as good. */
	if (write(s->fd, &p, sizeof(p)) < 0)
		return;
}

/* Until there is something to read. 0, or -1 with err for a signal. A death is left to recv. */
static int wait_readable(const struct sync *s, struct error *err)
{
	struct pollfd p[] = {
		{ .fd = s->fd, .events = POLLIN },
		{ .fd = s->stop, .events = POLLIN },
		{ .fd = s->pidfd, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, COUNT(p), -1) < 0) {
			if (errno != EINTR)
				return err_set(err, errno, "wait on the sync socket");
			continue;
		}
		if (p[1].revents)
			return interrupt_error(s->stop, err);
		if (p[0].revents || p[2].revents)
			return 0;
	}
}

static int gone(enum sync_word want, struct error *err)
{
	err_set(err, 0, "the other side ended before it said %s", sync_name(want));
	err->code = SYNC_GONE;
	return -1;
}

static ssize_t receive(const struct sync *s, struct packet *p, int *fd)
{
	/* With a pidfd, the poll before has already waited: a dead peer's copies of the socket
	 * may live on elsewhere, so an empty socket must not block. */
	ssize_t n = s->pidfd >= 0 ? fd_recv_now(s->fd, p, sizeof(*p), fd)
				  : fd_recv(s->fd, p, sizeof(*p), fd);

	if (n == -EAGAIN)
		return 0;
	/* It died without having read our last word, which the kernel tells before its own. */
	return n == -ECONNRESET ? fd_recv(s->fd, p, sizeof(*p), fd) : n;
}

/* Any word but FAILED, which is an error like the others. */
static int hear(const struct sync *s, enum sync_word want, struct packet *p, int *fd,
		struct error *err)
{
	if ((s->stop >= 0 || s->pidfd >= 0) && wait_readable(s, err) < 0)
		return -1;

	ssize_t n = receive(s, p, fd);

	if (n == -ECONNRESET || n == 0)
		return gone(want, err);
	if (n < 0)
		return err_set(err, (int)-n, "wait for %s", sync_name(want));
	if ((size_t)n < sizeof(p->head))
		return err_set(err, 0, "a short packet in place of %s", sync_name(want));
	log_debug("heard %s", sync_name(p->head.word));
	if (p->head.word != SYNC_FAILED)
		return 0;
	if ((size_t)n != sizeof(*p))
		return err_set(err, 0, "a short error in place of %s", sync_name(want));
	/* Taken apart: whatever the other side has become, it stays one sentence. */
	p->err.at[sizeof(p->err.at) - 1] = p->err.msg[sizeof(p->err.msg) - 1] = '\0';
	err_set(err, 0, "%s", *p->err.msg ? p->err.msg : "init failed and did not say why");
	err->code = p->err.code;
	return err_at(err, "%s", p->err.at);
}

int sync_expect_fd(const struct sync *s, enum sync_word want, int32_t *value, int *out_fd,
		   struct error *err)
{
	struct packet p;
	autofd int fd = -1;

	if (hear(s, want, &p, &fd, err) < 0)
		return -1;
	if (p.head.word != want)
		return err_set(err, 0, "heard %s, expected %s", sync_name(p.head.word),
			       sync_name(want));
	if (value)
		*value = p.head.value;
	if (out_fd)
		*out_fd = take_fd(&fd);
	return 0;
}

int sync_expect(const struct sync *s, enum sync_word want, int32_t *value, struct error *err)
{
	return sync_expect_fd(s, want, value, NULL, err);
}

int sync_last_word(const struct sync *s, struct error *err)
{
	struct packet p;
	int r;

	do {
		autofd int fd = -1;

		r = hear(s, SYNC_FAILED, &p, &fd, err);
	} while (r == 0);
	return r;
}

int sync_say_fd(const struct sync *s, enum sync_word word, int32_t value, int fd,
		struct error *err)
{
	struct head head = { .word = word, .value = value };
	int r = fd_send(s->fd, &head, sizeof(head), fd);

	log_debug("say %s", sync_name(word));
	/* Nobody hears us any more; what the other side died of may still be in the socket. */
	if (r == -EPIPE || r == -ECONNRESET)
		return sync_last_word(s, err);
	if (r < 0)
		return err_set(err, -r, "say %s", sync_name(word));
	return 0;
}

int sync_say(const struct sync *s, enum sync_word word, int32_t value, struct error *err)
{
	return sync_say_fd(s, word, value, -1, err);
}
