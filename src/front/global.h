/* SPDX-License-Identifier: Apache-2.0 */
/* What the options before the command come to. Called by main.c, in this order. */
#ifndef FRONT_GLOBAL_H
#define FRONT_GLOBAL_H

#include "front/command.h"

/* Open what --log and --trace name, where they are given. 0 or -1. */
int global_log(const struct global *global, struct error *err);
int global_trace(const struct global *global, struct error *err);

/*
 * The state root: --root, relative to where the caller stands; else /run/mcrun for root and
 * $XDG_RUNTIME_DIR/mcrun for others. Absolute and clean; never "/". NULL and err if there is none.
 */
const char *global_root(const struct global *global, struct arena *a, struct error *err);

#endif
