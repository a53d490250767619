/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the seccomp flags and actions in plan's tables this kernel has. Asked without loading
 * anything: a filter at address 0 cannot be loaded, and an unknown flag is refused before that.
 */
#include <errno.h>
#include <linux/seccomp.h>

#include "act/facts.h"
#include "base/sys.h"
#include "plan/filter.h"

static bool has_flag(const struct filter_flag *flag)
{
	unsigned with = 0;

	/* The kernel takes it with a listener alone. */
	if (flag->flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		with = SECCOMP_FILTER_FLAG_NEW_LISTENER;

	int r = sys_seccomp(SECCOMP_SET_MODE_FILTER, flag->flag | with, NULL);

	/* Whatever else: something around mcrun forbids the question, not the flag. */
	return r != -EINVAL && r != -ENOSYS;
}

static bool has_action(const struct filter_action *action)
{
	uint32_t ret = action->ret;
	int r = sys_seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &ret);

	return r != -EOPNOTSUPP && r != -EINVAL && r != -ENOSYS;
}

void facts_seccomp(struct arena *a, struct facts *out)
{
	struct facts_seccomp *f = arena_new(a, struct facts_seccomp);

	f->flags = arena_alloc(a, n_filter_flags, sizeof(*f->flags));
	f->actions = arena_alloc(a, n_filter_actions, sizeof(*f->actions));
	for (size_t i = 0; i < n_filter_flags; i++)
		if (has_flag(&filter_flags[i]))
			f->flags[f->n_flags++] = filter_flags[i].name;
	for (size_t i = 0; i < n_filter_actions; i++)
		if (has_action(&filter_actions[i]))
			f->actions[f->n_actions++] = filter_actions[i].name;
	out->seccomp = f;
}
