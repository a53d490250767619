/* SPDX-License-Identifier: Apache-2.0 */
/* What CRIU's log says of an error: the lines that matter, and where the rest is. */
#ifndef ACT_CRIU_LOG_H
#define ACT_CRIU_LOG_H

#include <stdbool.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"

struct criu_dirs;

/* `died`: CRIU has ended without an answer. Always -1. */
int criu_log_error(const struct criu_dirs *dirs, bool died, struct arena *a, struct error *err);

#endif
