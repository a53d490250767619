/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who listens on a unix socket that the caller has named, and is handed a descriptor of the
 * container there: --console-socket the terminal, --pidfd-socket a pidfd of its process.
 */
#ifndef ACT_RECEIVER_H
#define ACT_RECEIVER_H

#include "libocispec/error.h"

/*
 * Early: that nobody listens is an error before anything is made. Who listens but does not accept
 * is waited for ten seconds at most, and no longer than until `stop`, a signalfd or -1, is
 * readable: that is an error with code EINTR. `noun` is for messages. path NULL: *out is -1.
 */
int receiver_connect(const char *noun, const char *path, int stop, int *out, struct error *err);

/* One message, "pidfd", with one descriptor. Nothing to do where `socket` is -1. */
int receiver_pass_pidfd(int socket, int pidfd, struct error *err);

#endif
