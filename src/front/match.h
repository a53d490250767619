/* SPDX-License-Identifier: Apache-2.0 */
/* --regex of `kill` and `delete`: the same for every container whose id matches. */
#ifndef FRONT_MATCH_H
#define FRONT_MATCH_H

#include <stdbool.h>

#include "front/command.h"

/* What to do with one container; the call's own argument is the pattern. */
typedef int match_fn(struct call *call, const char *id, struct error *err);

/*
 * `pattern` is a POSIX extended regular expression that is to be found somewhere in the id. One
 * that fails does not keep the others from their turn: err is about the first that failed, and
 * about each other one there is a warning. None that matches is an error, too. 0 or -1.
 */
int match_each(struct call *call, const char *pattern, match_fn *one, struct error *err);

#endif
