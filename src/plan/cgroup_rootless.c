/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cgroup for whoever may not make one where it would be: an ordinary user outside of what systemd
 * has delegated to him. Without a wish for one the container goes without; a wish is an error.
 */
#include "plan/cgroup.h"

#define HINT "(systemd-run --user --scope -p Delegate=yes runs mcrun where one can)"

static bool may_go_without(const struct build *b)
{
	if (b->options->rootless == ROOTLESS_AUTO)
		return build_is_unprivileged(b);
	return b->options->rootless == ROOTLESS_TRUE;
}

bool cgroup_is_refused(const struct limits *l, const char *asked)
{
	/* A path of the user's own choice may well lead to where he may write: act will see. */
	return !asked && l->tree->has_writable && !l->tree->writable && may_go_without(l->b);
}

void cgroup_without(struct limits *l, const char *from)
{
	const char *own = l->tree->own ? l->tree->own : "/";

	l->why_none = arena_printf(l->b->a,
				   "needs a cgroup, and none can be made beside %s%s, which is not "
				   "delegated to this user " HINT, l->tree->mount, own);
	l->tree = NULL;
	build_warn(l->b, "%s: no cgroup can be made here: the container stays in the caller's, "
		   "without limits " HINT, from);
}
