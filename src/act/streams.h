/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stdin, stdout and stderr of a container are, in names that last: CRIU's for what is outside
 * of a container. They are noted at create, when they are the caller's. Later nobody can tell: a
 * shell puts a file in place of its stdout for a moment, and keeps that under another number.
 */
#ifndef ACT_STREAMS_H
#define ACT_STREAMS_H

#include "libocispec/arena.h"

enum { STREAMS = 3 };

/* Of this process, "pipe:[4711]", "file[1f:a2]", "tty[8801:17]"; "": closed, or a socket. */
const char **streams_name(struct arena *a);

#endif
