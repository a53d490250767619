/* SPDX-License-Identifier: Apache-2.0 */
/* Hands the planned BPF program to the kernel; what is in it is plan's business. */
#include "act/filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/sys.h"

int filter_load(const struct plan_filter *f, struct error *err)
{
	struct sock_fprog program = {
		.len = (unsigned short)f->n,
		.filter = (struct sock_filter *)f->program,
	};

	if (!f->program)
		return 0;

	int r = sys_seccomp(SECCOMP_SET_MODE_FILTER, f->flags, &program);

	if (r > 0) /* with TSYNC: the thread that could not follow; init has but one */
		return err_set(err, 0, "%s: thread %d cannot take the filter", f->from, r);
	return r < 0 ? err_set(err, -r, "%s: load the filter, flags %#x", f->from, f->flags) : 0;
}
