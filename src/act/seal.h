/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's mcrun binary must not be writable from inside a container, where /proc/PID/exe and
 * "#!/proc/self/exe" lead to it while init is still mcrun (CVE-2019-5736). So commands that put
 * mcrun's own code into a container run from a read-only mount of the binary that nobody else has.
 */
#ifndef ACT_SEAL_H
#define ACT_SEAL_H

#include <features.h>
#include <stdbool.h>

#include "libocispec/error.h"

/*
 * First thing in such a command, before anything is opened or parsed: unless mcrun already runs
 * from a read-only place, moves it to a detached read-only mount of itself. Where that cannot be
 * done with the process as it is (see seal_place), or mounting is not allowed (then a sealed copy
 * in memory takes the mount's place), mcrun is executed anew. Returns 0 when it runs from such a
 * place, -1 when it cannot. `argv` is main's.
 *
 * A static build has done so in seal_entry.c, before libc began.
 */
int seal_self(char *const argv[], struct error *err);

/* seal_entry.c has found, or made, that it runs from a read-only place. */
extern bool seal_entered __attribute__((visibility("hidden")));

/* Makes read-only what is never written to once it has been relocated (RELRO). */
int seal_relocated(struct error *err);

/* Whether libc's start has done that: musl's, of a static PIE, leaves it to others. */
#ifdef __GLIBC__
enum { LIBC_SEALS_RELOCATED = true };
#else
enum { LIBC_SEALS_RELOCATED = false };
#endif

enum seal_when {
	SEAL_BEFORE_LIBC, /* nothing is relocated */
	SEAL_RELOCATED,   /* and can be written to again: seal_relocated is next */
};

/*
 * Exchanges what is mapped of mcrun's file, and /proc/PID/exe, for the same file by the read-only
 * mount whose root it is. `stack` is where the kernel put argc. One thread only.
 *
 * 0, or -errno with everything as it was or to the same effect: -EPERM where the kernel does not
 * let this user name the file (PR_SET_MM_MAP: CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE in its user
 * namespace), -EINVAL where it was built without CONFIG_CHECKPOINT_RESTORE, -ENOSYS on processors
 * that bare.h does not know. Then a second start helps.
 */
__attribute__((visibility("hidden"))) int seal_place(const long *stack, int mount,
						     enum seal_when when);

#endif
