/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves network devices into the container's network namespace, with the addresses that they have
 * for good, and brings them up. Nothing of this is for delete: a device never comes back on its
 * own account (config-linux.md, Namespace Lifecycle); the kernel returns physical ones.
 */
#ifndef ACT_NETDEV_H
#define ACT_NETDEV_H

#include <stdbool.h>
#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/*
 * What has been moved. Undo (autonetdevs) moves it back, with name, addresses and state, unless
 * keep is set: before init dies, or virtual devices would die with the namespace.
 */
struct netdevs {
	int host_ns, inside_ns;
	int host, inside; /* an rtnetlink socket in each */
	struct moved *moved;
	size_t n_moved;
	bool keep;
};
#define NETDEVS_INIT { .host_ns = -1, .inside_ns = -1, .host = -1, .inside = -1 }

void netdevs_undo(struct netdevs *net);
#define autonetdevs __attribute__((cleanup(netdevs_undo)))

/* For the parent, when init (pid) is in its namespaces, and before it sets anything up. */
int netdevs_move(struct netdevs *net, const struct plan *plan, pid_t pid, struct arena *a,
		 struct error *err);

#endif
