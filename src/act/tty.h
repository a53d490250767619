/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's terminal, inside init. The other end is act/foreground.h or the caller's socket.
 */
#ifndef ACT_TTY_H
#define ACT_TTY_H

#include "act/init.h"
#include "libocispec/error.h"
#include "plan/plan.h"

/*
 * Before the pivot: makes a pseudo-terminal in the container's own devpts, sends the master over
 * in->console, binds the slave on /dev/console and keeps it in in->terminal. Nothing to do
 * without a terminal. Needs a devpts at /dev/pts and follows nothing that lies there
 * (CVE-2025-52565).
 */
int tty_open(struct init *in, const struct plan *plan, struct error *err);

/*
 * Without one: gives pipes and files that are stdin, stdout or stderr to the container's user, so
 * that it can open /dev/stdout again. What cannot be given stays as it is.
 */
void stdio_give(const struct plan *plan);

/* Later: it becomes the controlling terminal and stdin, stdout and stderr. */
int tty_take(struct init *in, struct error *err);

#endif
