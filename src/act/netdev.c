/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network devices, from one namespace to another and, if it comes to that, back. The kernel drops
 * a device's addresses as it moves; they are read before and given to it again behind. When the
 * name that it should get is taken, the kernel tells so only after the move: that is looked up
 * before.
 */
#include "act/netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "act/netlink.h"
#include "base/fd.h"
#include "base/log.h"

enum {
	NUMBERS = 4096, /* tried for a "%d" */
	/* Flags that somebody gave the address; the others are the kernel's own notes. */
	GIVEN_FLAGS = IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR |
		      IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN,
};

struct link {
	int index; /* 0: there is none */
	unsigned flags;
};

/* A device on its way, with the requests that will give it its addresses again. */
struct moved {
	const struct plan_netdev *plan;
	struct link link;	/* as it was on the host */
	char name[IFNAMSIZ];	/* inside */
	struct netlink_request *address;
	size_t n_address;
	struct arena *a;
};

/* ---- questions ------------------------------------------------------------------------------- */

static void take_link(const struct nlmsghdr *m, void *arg)
{
	const struct ifinfomsg *info = NLMSG_DATA(m);
	struct link *out = arg;

	if (m->nlmsg_type == RTM_NEWLINK)
		*out = (struct link){ info->ifi_index, info->ifi_flags };
}

/* The device of this name. Where there is none, index 0; or -errno. */
static int find_link(int fd, const char *name, struct link *out)
{
	struct ifinfomsg any = { .ifi_family = AF_UNSPEC };
	struct netlink_request r;

	*out = (struct link){ 0 };
	netlink_begin(&r, RTM_GETLINK, 0, &any, sizeof(any));
	netlink_put(&r, IFLA_IFNAME, name, strlen(name) + 1);

	int e = netlink_ask(fd, &r, take_link, out);

	return e == -ENODEV ? 0 : e;
}

static uint32_t address_flags(const struct nlmsghdr *m)
{
	const struct ifaddrmsg *info = NLMSG_DATA(m);
	uint32_t flags = info->ifa_flags; /* its first eight bits */
	size_t len;
	const void *all = netlink_find(m, sizeof(*info), IFA_FLAGS, &len);

	if (all && len == sizeof(flags))
		memcpy(&flags, all, sizeof(flags));
	return flags;
}

/* Permanent ones of global scope, says config-linux.md: link-local ones come by themselves. */
static void take_address(const struct nlmsghdr *m, void *arg)
{
	static const uint16_t kept[] = { IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_RT_PRIORITY };
	const struct ifaddrmsg *info = NLMSG_DATA(m);
	struct moved *of = arg;
	uint32_t flags = address_flags(m), given = flags & GIVEN_FLAGS;
	struct netlink_request *r;
	struct ifaddrmsg body;
	size_t len;

	if (m->nlmsg_type != RTM_NEWADDR || (int)info->ifa_index != of->link.index ||
	    !(flags & IFA_F_PERMANENT) || info->ifa_scope != RT_SCOPE_UNIVERSE)
		return;
	body = (struct ifaddrmsg){ .ifa_family = info->ifa_family,
				   .ifa_prefixlen = info->ifa_prefixlen,
				   .ifa_scope = info->ifa_scope };
	of->address = arena_grow(of->a, of->address, of->n_address, sizeof(*of->address));
	r = &of->address[of->n_address++];
	netlink_begin(r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const void *data = netlink_find(m, sizeof(*info), kept[i], &len);

		if (data)
			netlink_put(r, kept[i], data, len);
	}
	netlink_put(r, IFA_FLAGS, &given, sizeof(given));
}

static int read_addresses(int fd, struct moved *of)
{
	struct ifaddrmsg any = { .ifa_family = AF_UNSPEC };
	struct netlink_request r;

	netlink_begin(&r, RTM_GETADDR, NLM_F_DUMP, &any, sizeof(any));
	return netlink_ask(fd, &r, take_address, of);
}

/* ---- changes --------------------------------------------------------------------------------- */

static int change_namespace(int fd, int index, int ns, const char *name)
{
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWLINK, 0, &link, sizeof(link));
	netlink_put(&r, IFLA_NET_NS_FD, &ns, sizeof(ns));
	netlink_put(&r, IFLA_IFNAME, name, strlen(name) + 1);
	return netlink_ask(fd, &r, NULL, NULL);
}

static int bring_up(int fd, int index)
{
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC,
				  .ifi_index = index,
				  .ifi_flags = IFF_UP,
				  .ifi_change = IFF_UP };
	struct netlink_request r;

	netlink_begin(&r, RTM_NEWLINK, 0, &link, sizeof(link));
	return netlink_ask(fd, &r, NULL, NULL);
}

/* On the other side it may have another index. */
static int give_addresses(int fd, const struct moved *of, int index)
{
	for (size_t i = 0; i < of->n_address; i++) {
		struct ifaddrmsg *body = NLMSG_DATA(&of->address[i].head);

		body->ifa_index = (uint32_t)index;

		int r = netlink_ask(fd, &of->address[i], NULL, NULL);

		if (r < 0 && r != -EEXIST)
			return r;
	}
	return 0;
}

/* ---- there ----------------------------------------------------------------------------------- */

/* A namespace that init joins by itself it may not be in yet: its path is taken then. */
static const char *path_inside(const struct plan *plan, pid_t pid, struct arena *a)
{
	for (size_t i = 0; i < plan->ns.n_join; i++)
		if (plan->ns.join[i].type == CLONE_NEWNET)
			return plan->ns.join[i].path;
	return arena_printf(a, "/proc/%d/ns/net", pid);
}

static int open_both(struct netdevs *net, const char *path, struct error *err)
{
	net->host_ns = fd_open("/proc/self/ns/net", O_RDONLY);
	net->inside_ns = fd_open(path, O_RDONLY);
	if (net->host_ns < 0 || net->inside_ns < 0)
		return err_set(err, errno, "open the network namespace %s", path);
	net->host = netlink_open();
	if (net->host < 0)
		return err_set(err, -net->host, "make a netlink socket");
	if (setns(net->inside_ns, CLONE_NEWNET) < 0)
		return err_set(err, errno, "enter the container's network namespace");
	net->inside = netlink_open();
	if (setns(net->host_ns, CLONE_NEWNET) < 0)
		return err_set(err, errno, "go back to the network namespace of the host");
	return net->inside < 0 ? err_set(err, -net->inside, "make a netlink socket") : 0;
}

/* A template gets the first number that is free inside. 0, -EEXIST or -errno. */
static int choose_name(const struct netdevs *net, struct moved *m)
{
	const char *template = m->plan->name, *percent = strchr(template, '%');
	struct link other = { .index = 1 };
	int r = 0;

	for (int i = 0; other.index && r == 0 && i < (percent ? NUMBERS : 1); i++) {
		if (percent)
			snprintf(m->name, sizeof(m->name), "%.*s%d%s", (int)(percent - template),
				 template, i, percent + 2);
		else
			snprintf(m->name, sizeof(m->name), "%s", template);
		r = find_link(net->inside, m->name, &other);
	}
	if (r < 0)
		return r;
	return other.index ? -EEXIST : 0;
}

/* The kernel moves first and renames then: what somebody's new device stops halfway is undone. */
static int refused(struct netdevs *net, struct moved *m, int code, struct error *err)
{
	const char *name = m->plan->host;
	struct link link;

	if (find_link(net->host, name, &link) == 0 && !link.index) {
		snprintf(m->name, sizeof(m->name), "%s", name);
		net->n_moved++;
	}
	return err_set(err, code, "move the network device %s into the container%s", name,
		       code == EINVAL ? ", which devices of its kind may not be allowed to" : "");
}

static int move_device(struct netdevs *net, struct moved *m, struct error *err)
{
	const struct plan_netdev *plan = m->plan;
	struct link link;
	int r = find_link(net->host, plan->host, &m->link);

	if (r < 0)
		return err_set(err, -r, "look for the network device %s", plan->host);
	if (!m->link.index)
		return err_set(err, 0, "there is no network device %s on the host", plan->host);
	r = read_addresses(net->host, m);
	if (r < 0)
		return err_set(err, -r, "read the addresses of %s", plan->host);
	r = choose_name(net, m);
	if (r == -EEXIST)
		return err_set(err, 0, "the container has a network device %s already", plan->name);
	if (r == 0)
		r = change_namespace(net->host, m->link.index, net->inside_ns, m->name);
	if (r < 0)
		return refused(net, m, -r, err);
	net->n_moved++;
	r = find_link(net->inside, m->name, &link);
	if (r == 0)
		r = give_addresses(net->inside, m, link.index);
	if (r < 0)
		return err_set(err, -r, "give %s its addresses in the container", m->name);
	r = bring_up(net->inside, link.index);
	return r < 0 ? err_set(err, -r, "bring up %s in the container", m->name) : 0;
}

int netdevs_move(struct netdevs *net, const struct plan *plan, pid_t pid, struct arena *a,
		 struct error *err)
{
	if (!plan->n_netdev)
		return 0;
	if (open_both(net, path_inside(plan, pid, a), err) < 0)
		return err_at(err, "/linux/netDevices");
	net->moved = arena_alloc(a, plan->n_netdev, sizeof(*net->moved));
	for (size_t i = 0; i < plan->n_netdev; i++) {
		net->moved[i] = (struct moved){ .plan = &plan->netdev[i], .a = a };
		if (move_device(net, &net->moved[i], err) < 0)
			return err_at(err, "%s", plan->netdev[i].from);
	}
	return 0;
}

/* ---- and back -------------------------------------------------------------------------------- */

static int move_back(const struct netdevs *net, const struct moved *m)
{
	struct link link;
	int r = find_link(net->inside, m->name, &link);

	if (r == 0 && !link.index)
		r = -ENODEV;
	if (r == 0)
		r = change_namespace(net->inside, link.index, net->host_ns, m->plan->host);
	if (r == 0)
		r = find_link(net->host, m->plan->host, &link);
	if (r == 0)
		r = give_addresses(net->host, m, link.index);
	if (r == 0 && (m->link.flags & IFF_UP))
		r = bring_up(net->host, link.index);
	return r;
}

void netdevs_undo(struct netdevs *net)
{
	for (size_t i = net->n_moved; i-- > 0 && !net->keep;) {
		int r = move_back(net, &net->moved[i]);

		if (r < 0)
			log_warning("%s: move %s back to the host: %s", net->moved[i].plan->from,
				    net->moved[i].plan->host, err_text(-r));
	}
	autofd_close(&net->host);
	autofd_close(&net->inside);
	autofd_close(&net->host_ns);
	autofd_close(&net->inside_ns);
}
