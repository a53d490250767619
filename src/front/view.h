/* SPDX-License-Identifier: Apache-2.0 */
/* A container as users see it, made from its record and from what its init is doing now. */
#ifndef FRONT_VIEW_H
#define FRONT_VIEW_H

#include "libocispec/arena.h"
#include "libocispec/error.h"

#define TABLE_DEF "front/view.def"
#include "libocispec/table_structs.h"

/* Of the container <root>/<id>. NULL and err; code ENOENT: there is no such container. */
struct view *view_read(const char *root, const char *id, struct arena *a, struct error *err);

/* Of all of them, by id. One that cannot be read is told as a warning, and left out. 0 or -1. */
struct view_list {
	struct view **view;
	size_t n;
};
int view_list(const char *root, struct arena *a, struct view_list *out, struct error *err);

/* Ids of what is in the state root, sorted, whatever it is. A missing root has none. 0 or -1. */
struct id_list {
	const char **id;
	size_t n;
};
int view_ids(const char *root, struct arena *a, struct id_list *out, struct error *err);

#endif
