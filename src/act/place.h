/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a tree is to be attached: on what `fd` is open on (name ""), or on an entry of that folder.
 * An entry is one component, and no symlink is followed there: it cannot lead anywhere.
 */
#ifndef ACT_PLACE_H
#define ACT_PLACE_H

#include "act/init.h"
#include "libocispec/error.h"
#include "plan/plan.h"

struct place {
	int fd;			/* closed with the place; with a name it is another's */
	const char *name;
};
#define PLACE_INIT { .fd = -1, .name = "" }
void place_done(struct place *place);
#define autoplace __attribute__((cleanup(place_done)))

/* What `path` has behind this folder, if it is one component that can be an entry; or NULL. */
const char *place_entry(const char *path, const char *folder);

/* The entry of our own new /dev that the target of a mount is; or NULL. */
const char *place_in_dev(const struct init *in, const struct plan_mount *m);

/*
 * The target of a mount in the rootfs, made like the tree where it is missing. 0 or -1. Whether the
 * two are of one kind shows when it is attached; place_refused then says so, or `code`. -1.
 */
int place_find(struct place *out, const struct init *in, const struct plan_mount *m, int tree,
	       struct error *err);
int place_refused(const struct place *target, const struct plan_mount *m, int tree, int code,
		  struct error *err);

/* Attaches a detached tree. 0 or -errno. */
int place_attach(const struct place *place, int tree);

#endif
