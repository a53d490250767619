/* SPDX-License-Identifier: Apache-2.0 */
/* --pidfd-socket: a pidfd of the container's process for a caller who listens on a unix socket. */
#ifndef ACT_PIDFD_H
#define ACT_PIDFD_H

#include "libocispec/error.h"

/* Early: that nobody listens is an error before anything is made. NULL: *out is -1. */
int pidfd_connect(const char *path, int *out, struct error *err);

/* One message, "pidfd", with one descriptor. Nothing to do where `socket` is -1. */
int pidfd_pass(int socket, int pidfd, struct error *err);

#endif
