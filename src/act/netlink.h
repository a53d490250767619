/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to the kernel's rtnetlink (rtnetlink(7)), one at a time. Functions return 0 or -errno;
 * what it was about is known to the caller.
 *
 *	struct netlink_request r;
 *
 *	netlink_begin(&r, RTM_NEWLINK, 0, &(struct ifinfomsg){ .ifi_index = 3 }, sizeof(...));
 *	netlink_put(&r, IFLA_IFNAME, "eth0", sizeof("eth0"));
 *	netlink_ask(fd, &r, NULL, NULL);
 */
#ifndef ACT_NETLINK_H
#define ACT_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

struct netlink_request {
	union {
		struct nlmsghdr head;
		char bytes[1024]; /* enough for a link or an address */
	};
};

/* A socket in the network namespace of the caller, which lives at least as long as the socket. */
int netlink_open(void);

/* The body is copied. NLM_F_REQUEST and NLM_F_ACK are added to the flags. */
void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *body,
		   size_t len);
void netlink_put(struct netlink_request *r, uint16_t attribute, const void *data, size_t len);

/* Sends and waits for the end. Each message of the answer goes to `each`, if that is not NULL. */
int netlink_ask(int fd, struct netlink_request *r,
		void (*each)(const struct nlmsghdr *message, void *arg), void *arg);

/* An attribute behind a body of this length, or NULL; *len is the length of its data. */
const void *netlink_find(const struct nlmsghdr *message, size_t body, uint16_t attribute,
			 size_t *len);

#endif
