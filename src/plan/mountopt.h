/* SPDX-License-Identifier: Apache-2.0 */
/* What the options of one mount come to. Internal to plan: mount.c makes a mount of it. */
#ifndef PLAN_MOUNTOPT_H
#define PLAN_MOUNTOPT_H

#include "plan/build.h"

struct mountopt {
	struct plan_mount_attr attr;
	bool bind, recursive, remount, copy_up;
	bool idmap, rec_idmap;
	bool source_nofollow, target_nofollow;
	size_t idmap_at, copy_up_at;	/* which option asked for it */
	uint64_t super, super_clear;	/* MS_* of the super block: sync, dirsync, mand, lazytime */
	const size_t *super_set;	/* the indices of those that set one */
	size_t n_super_set;
	const size_t *data;		/* the indices of those that no row of the table knows */
	size_t n_data;
};

/* Later options win over earlier ones. Everything is an option, so nothing fails. */
void mountopt_parse(struct build *b, const struct oci_mount *mount, struct mountopt *out);

/*
 * The names of what is set, and with `clear` of what is taken back, as fsconfig(2) wants them; how
 * many.
 */
enum { MOUNTOPT_SUPER_MAX = 4 };
size_t mountopt_super_names(const struct mountopt *opt, bool clear,
			    const char *out[MOUNTOPT_SUPER_MAX]);

#endif
