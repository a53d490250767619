/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signals by which people end a command (INT, TERM, HUP, QUIT) while it is in the middle of
 * something that has to be undone: they become readable, as sync.stop, and are no sudden end.
 */
#ifndef ACT_INTERRUPT_H
#define ACT_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

#include "libocispec/error.h"

/* While it lives they are read from `fd`. */
struct interrupt {
	int fd;
	bool pass_on;	/* leave those that have come to whoever reads them next */
	sigset_t old;
};
#define INTERRUPT_INIT { .fd = -1 }

int interrupt_watch(struct interrupt *interrupt, struct error *err);

/* What has come at the descriptor, as an error with code EINTR: "stopped by SIGINT". -1. */
int interrupt_error(int fd, struct error *err);

/*
 * Back to the mask of before. A signal that ended the command has done its work, and must not end
 * its report as well: it is dropped, unless pass_on says otherwise.
 */
void interrupt_done(struct interrupt *interrupt);
#define autointerrupt __attribute__((cleanup(interrupt_done)))

#endif
