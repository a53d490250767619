/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yajl's memory, out of an arena: what it gives back stays there until the arena ends. So reading
 * and writing a document asks malloc for nothing, which with some libcs is a mapping each time.
 */
#ifndef LIBOCISPEC_MEMORY_H
#define LIBOCISPEC_MEMORY_H

#include <yajl/yajl_common.h>

#include "libocispec/arena.h"

/* For yajl_alloc and yajl_gen_alloc, which then cannot fail: see arena.h. */
yajl_alloc_funcs memory_of(struct arena *a);

#endif
