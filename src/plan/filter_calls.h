/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of system calls, for the architectures that profiles of engines name. A number never
 * changes once the kernel has given it, so filter_calls.def has them as libseccomp gave them, and
 * libseccomp is asked for what is not there: other architectures and newer calls. It needs ten
 * times as long for a name (for 32-bit x86 it compares each with some twenty first), which was a
 * twentieth of a `run` with such a profile.
 *
 * That a call has no number is as final where it is older than Linux 5.1, which gave what these
 * architectures still lacked of each other's calls; since then, from 424 on, a new call gets one
 * number on all of them. So whoever has none, of a call that has one below 424 on another, never
 * will: NONE in the table. The newer ones come to an architecture when it is ready for them
 * (map_shadow_stack to x32 after the rest): for those libseccomp is asked.
 *
 * The rows are in the order of strcmp, for whoever reads them. Each begins with its place in a hash
 * table, which is constant thereby: the first free one from filter_call_place() on, as `make calls`
 * found it.
 */
#ifndef PLAN_FILTER_CALLS_H
#define PLAN_FILTER_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "plan/filter.h"

#define FILTER_CALL_ASK INT16_MIN /* libseccomp: there was no such call yet */
#define FILTER_CALL_NONE (-1)     /* there is no such call and never will be: __NR_SCMP_ERROR */
#define FILTER_CALL_UNIFIED 424   /* from this number on all architectures have the same */

struct filter_call {
	char name[32];                   /* with zeros to its end */
	int16_t number[N_FILTER_COLUMN]; /* less arch->first; libseccomp's pseudo ones: below 0 */
};
extern const struct filter_call filter_calls[];
extern const size_t n_filter_calls;

/* The row of that name; NULL if there is none. */
const struct filter_call *filter_call_find(const char *name);

/* Where in the hash table the search for a name begins. It goes on with the next place. */
enum { FILTER_CALL_PLACE_BITS = 10, FILTER_CALL_PLACES = 1 << FILTER_CALL_PLACE_BITS };
unsigned filter_call_place(const char *name);

int filter_call_ask(const char *name, const struct filter_arch *arch);

/*
 * As seccomp_syscall_resolve_name_arch(3), but for calls that the architecture has not: that is
 * below 0 as there, and no number of a multiplexed call. `call` is the row of `name`, or NULL.
 */
static inline int filter_call_number(const struct filter_call *call, const char *name,
				     const struct filter_arch *arch)
{
	int number =
		!call || arch->column == COLUMN_NONE ? FILTER_CALL_ASK : call->number[arch->column];

	if (number == FILTER_CALL_ASK)
		return filter_call_ask(name, arch);
	return number < 0 ? number : (int)arch->first + number;
}

#endif
