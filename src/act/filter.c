/* SPDX-License-Identifier: Apache-2.0 */
/* Hands the planned BPF program to the kernel; what is in it is plan's business. */
#include "act/filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/sys.h"

int filter_load(const struct plan_filter *f, struct listener *l, struct error *err)
{
	struct sock_fprog program = {
		.len = (unsigned short)f->n,
		.filter = (struct sock_filter *)f->program,
	};

	if (!f->program)
		return 0;

	int r = sys_seccomp(SECCOMP_SET_MODE_FILTER, f->flags, &program);

	if (r >= 0 && f->listener_path) {
		listener_give(l, r);
		return 0;
	}
	if (r == 0)
		return 0;
	if (r > 0) /* with TSYNC: the thread that could not follow; init has but one */
		err_set(err, 0, "thread %d cannot take the filter", r);
	else if (r == -EBUSY) /* the kernel allows one in all the filters of a process */
		err_set(err, 0, "load the filter: one around mcrun has a listener already");
	else
		err_set(err, -r, "load the filter, flags %#x", f->flags);
	return err_at(err, "%s", f->from);
}
