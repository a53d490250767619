/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What init and the process of `exec` have in common: parting from mcrun's other process, and the
 * last steps from being inside the container to being its program. All of it runs in the process
 * that becomes the program; the other end is launch.h.
 */
#ifndef ACT_BECOME_H
#define ACT_BECOME_H

#include "act/init.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/*
 * All descriptors that came over from the parent by clone go, or its locks and sockets would live
 * on here; `also` (or -1) stays, with the process's own and those that the program is to have.
 */
int become_alone(const struct plan *plan, const struct init *in, int also, struct error *err);

/*
 * A session keyring of its own, so that the caller's keys are not inherited (keyrings(7)). `proc`
 * is procfs_root(), while that is the host's; it is used for the label of the keys alone.
 */
int become_keyring(const struct plan *plan, int proc, struct error *err);

/*
 * Inside: terminal, working directory, labels' files, the program found. Closes in->proc. Without a
 * process in the plan there is nothing to get ready but the umask.
 */
int become_ready(const struct plan *plan, struct init *in, struct error *err);

/* Says EXEC, gives up what the program must not have, and is the program. Returns only to fail. */
int become_program(const struct plan *plan, struct init *in, struct error *err);

#endif
