/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd_notify(3): where a service manager waits for mcrun to be ready (NOTIFY_SOCKET in mcrun's own
 * environment), the container's program gets a socket of its own to say that it is, and mcrun
 * passes the word on. The manager's socket itself stays out of the container.
 */
#include <sched.h>

#include "base/mount.h"
#include "plan/build.h"

static const char inside[] = "/run/notify", variable[] = "NOTIFY_SOCKET=";

/* The folder is not for writing: the socket in it can be written to all the same. */
static void add_mount(struct build *b)
{
	struct plan *p = b->plan;
	const char *root = b->options->root;
	struct plan_mount *list = arena_alloc(b->a, p->n_mount + 1, sizeof(*list));

	for (size_t i = 0; i < p->n_mount; i++)
		list[i] = p->mount[i];
	list[p->n_mount] = (struct plan_mount){
		.from = "NOTIFY_SOCKET",
		.verb = MOUNT_BIND,
		.source = arena_printf(b->a, "%s/%s/notify", root, b->options->id),
		.target = inside,
		.type = "",
		.attr.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
		.opener = build_opener(b),
	};
	p->mount = list;
	p->n_mount++;
}

/* In place of what config.json says: that cannot be meant. */
static void add_variable(struct build *b)
{
	const char *const *old = b->plan->process.envp;
	size_t n = 0, kept = 0;

	while (old[n])
		n++;

	const char **env = arena_alloc(b->a, n + 2, sizeof(*env));

	for (size_t i = 0; i < n; i++)
		if (!str_after(old[i], variable))
			env[kept++] = old[i];
	env[kept] = arena_printf(b->a, "%s%s/notify.sock", variable, inside);
	b->plan->process.envp = env;
}

int build_notify(struct build *b)
{
	if (!b->options->notify || !b->options->root || !build_has_ns(b, CLONE_NEWNS))
		return 0;
	b->plan->notify = true;
	add_mount(b);
	add_variable(b);
	return 0;
}
