/* SPDX-License-Identifier: Apache-2.0 */
/* Sets what plan_attr holds; decides nothing. See attr.h for who does it and when. */
#include "act/attr.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "base/sys.h"

static int fail(struct error *err, int code, const char *at, const char *call, const char *what)
{
	if (code == ENOSYS)
		err_set(err, 0, "%s: this kernel has no %s(2)", what, call);
	else
		err_set(err, code, "set %s", what);
	return err_at(err, "%s", at);
}

/*
 * sched_setattr takes the nice value for SCHED_OTHER and SCHED_BATCH alone. Processes of other
 * policies have one as well: it counts for what they make after a reset on fork.
 */
static int set_nice(const struct plan_scheduler *s, pid_t pid)
{
	if (s->policy == SCHED_NORMAL || s->policy == SCHED_BATCH ||
	    (s->flags & SCHED_FLAG_KEEP_PARAMS))
		return 0;
	return setpriority(PRIO_PROCESS, (id_t)pid, s->nice) < 0 ? -errno : 0;
}

static int set_scheduler(const struct plan_scheduler *s, pid_t pid, struct error *err)
{
	struct sys_sched_attr attr = {
		.policy = s->policy,
		.flags = s->flags,
		.nice = s->nice,
		.priority = s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};
	int r = set_nice(s, pid);

	if (r == 0)
		r = sys_sched_setattr(pid, &attr);
	return r < 0 ? fail(err, -r, "/process/scheduler", "sched_setattr", s->what) : 0;
}

int attr_set(const struct plan_attr *attr, pid_t pid, struct error *err)
{
	if (attr->scheduler && set_scheduler(attr->scheduler, pid, err) < 0)
		return -1;
	if (!attr->io_priority)
		return 0;

	int r = sys_ioprio_set(pid, attr->io_priority->value);

	if (r == 0)
		return 0;
	return fail(err, -r, "/process/ioPriority", "ioprio_set", attr->io_priority->what);
}

int attr_set_own(const struct plan_attr *attr, struct error *err)
{
	const struct plan_memory_policy *m = attr->memory;
	const struct plan_personality *p = attr->personality;
	int r = m ? sys_set_mempolicy(m->mode, m->nodes.word, m->nodes.n_word) : 0;

	if (r < 0)
		return fail(err, -r, "/linux/memoryPolicy", "set_mempolicy", m->what);
	if (p && personality(p->persona) < 0)
		return fail(err, errno, "/linux/personality", "personality", p->what);
	return 0;
}

int attr_cpus(const char *list, const char *key, struct arena *a, struct error *err)
{
	struct plan_mask mask;
	const char *why;
	int r;

	if (!list)
		return 0;
	r = plan_mask_read(a, list, &mask, &why) < 0
		    ? -EINVAL
		    : sys_sched_setaffinity(mask.word, mask.n_word);
	if (r == 0)
		return 0;
	if (r == -EINVAL)
		err_set(err, 0, "none of the CPUs '%s' is there and in the cgroup's cpuset", list);
	else
		err_set(err, -r, "run on the CPUs '%s'", list);
	return err_at(err, "/process/execCPUAffinity/%s", key);
}
