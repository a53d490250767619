/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's mcrun binary must not be writable from inside a container, where /proc/PID/exe and
 * "#!/proc/self/exe" lead to it while init is still mcrun (CVE-2019-5736). So commands that put
 * mcrun's own code into a container run from a read-only mount of the binary that nobody else has.
 */
#ifndef ACT_SEAL_H
#define ACT_SEAL_H

#include "libocispec/error.h"

/*
 * First thing in such a command, before anything is opened or parsed: executes mcrun anew from a
 * detached read-only mount of itself (or, where mounting is not allowed, a sealed copy in memory)
 * unless it already runs from a read-only place. Returns 0 when it does; -1 when it cannot. Where
 * it could, a static build has done so in seal_entry.c, before libc began.
 */
int seal_self(char *const argv[], struct error *err);

#endif
