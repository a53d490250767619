/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of system calls, for the architectures that profiles of engines name. A number never
 * changes once the kernel has given it, so filter_calls.def has them as libseccomp gave them, and
 * libseccomp is asked for what is not there: other architectures and newer calls. It needs ten
 * times as long for a name (for 32-bit x86 it compares each with some twenty first), which was a
 * twentieth of a `run` with such a profile.
 */
#ifndef PLAN_FILTER_CALLS_H
#define PLAN_FILTER_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "plan/filter.h"

#define FILTER_CALL_ASK INT16_MIN /* libseccomp: there is no such call, or there was none yet */

struct filter_call {
	char name[32];
	int16_t number[N_FILTER_COLUMN]; /* less arch->first; libseccomp's pseudo ones: below 0 */
};
extern const struct filter_call filter_calls[];
extern const size_t n_filter_calls;

/* The row of that name; NULL if there is none. */
const struct filter_call *filter_call_find(const char *name);

/* As seccomp_syscall_resolve_name_arch(3). `call` is the row of `name`, or NULL. */
int filter_call_number(const struct filter_call *call, const char *name,
		       const struct filter_arch *arch);

#endif
