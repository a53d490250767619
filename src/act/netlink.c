/* SPDX-License-Identifier: Apache-2.0 */
/* The few lines of rtnetlink that mcrun needs; a library would be read in at every start. */
#include "act/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

enum { ANSWER_SIZE = 32768 }; /* the kernel sends no larger part of a list */

int netlink_open(void)
{
	autofd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct sockaddr_nl own = { .nl_family = AF_NETLINK };

	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0)
		return -errno;
	return take_fd(&fd);
}

void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *body,
		   size_t len)
{
	memset(r, 0, sizeof(*r));
	r->head = (struct nlmsghdr){ .nlmsg_len = (uint32_t)NLMSG_LENGTH(len),
				     .nlmsg_type = type,
				     .nlmsg_flags = flags | NLM_F_REQUEST | NLM_F_ACK };
	memcpy(NLMSG_DATA(&r->head), body, len);
}

void netlink_put(struct netlink_request *r, uint16_t attribute, const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(r->head.nlmsg_len);
	struct nlattr head = { .nla_len = (uint16_t)(NLA_HDRLEN + len), .nla_type = attribute };

	if (at + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(r->bytes))
		return; /* the kernel will miss it: names and addresses are far smaller */
	memcpy(r->bytes + at, &head, sizeof(head));
	memcpy(r->bytes + at + NLA_HDRLEN, data, len);
	r->head.nlmsg_len = (uint32_t)(at + NLA_HDRLEN + NLA_ALIGN(len));
}

/* 1: it was the last one; 0: more will come; or -errno. */
static int take(const struct nlmsghdr *m, void (*each)(const struct nlmsghdr *, void *), void *arg)
{
	const struct nlmsgerr *end = NLMSG_DATA(m);

	if (m->nlmsg_type == NLMSG_ERROR)
		return end->error ? end->error : 1;
	if (m->nlmsg_type == NLMSG_DONE)
		return 1;
	if (each)
		each(m, arg);
	return 0;
}

int netlink_ask(int fd, struct netlink_request *r,
		void (*each)(const struct nlmsghdr *message, void *arg), void *arg)
{
	union {
		struct nlmsghdr head; /* for its alignment */
		char bytes[ANSWER_SIZE];
	} answer;
	int end = 0;

	if (send(fd, &r->head, r->head.nlmsg_len, 0) < 0)
		return -errno;
	while (end == 0) {
		ssize_t n = recv(fd, answer.bytes, sizeof(answer.bytes), 0);
		size_t left = n < 0 ? 0 : (size_t)n;
		const struct nlmsghdr *m = &answer.head;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (; end == 0 && NLMSG_OK(m, left); m = NLMSG_NEXT(m, left))
			end = take(m, each, arg);
	}
	return end < 0 ? end : 0;
}

const void *netlink_find(const struct nlmsghdr *message, size_t body, uint16_t attribute,
			 size_t *len)
{
	const char *at = (const char *)NLMSG_DATA(message) + NLMSG_ALIGN(body);
	const char *end = (const char *)message + message->nlmsg_len;

	while (end - at >= (ptrdiff_t)NLA_HDRLEN) {
		struct nlattr a;

		memcpy(&a, at, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > end - at)
			return NULL;
		if ((a.nla_type & NLA_TYPE_MASK) == attribute) {
			*len = a.nla_len - (size_t)NLA_HDRLEN;
			return at + NLA_HDRLEN;
		}
		at += NLA_ALIGN(a.nla_len);
	}
	return NULL;
}
