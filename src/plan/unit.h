/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside plan's cgroup section: the systemd driver. Which unit the container gets (unit.c), the
 * properties that its annotations ask for (unit_text.c), and those that say to systemd what the
 * cgroup's files are going to say (unit_limits.c): systemd writes them anew when it pleases,
 * with `systemctl daemon-reload` say, and both must agree then. Values in, values out.
 */
#ifndef PLAN_UNIT_H
#define PLAN_UNIT_H

#include "plan/cgroup.h"

/* Properties that are being collected. */
struct properties {
	struct arena *a;
	struct plan_property *list;
	size_t n;
};

/* Adds one of a single value. */
void property_add(struct properties *to, const char *from, const char *name, const char *type,
		  const char *value);

/* The unit that /linux/cgroupsPath asks for ("slice:prefix:name"), or the default one. 0 or -1. */
int unit_build(struct build *b, const char *asked, struct plan_unit *out);

/* All of its properties, once the limits are there. 0 or -1. */
int unit_properties(struct limits *l, struct plan_unit *unit);

/*
 * Adds the properties that the writes amount to, and makes writes agree with what systemd can
 * express: it counts CPU time in hundredths of a processor, and processes from 1.
 */
void unit_limits(struct properties *to, struct plan_write *write, size_t n);

/*
 * A value in GVariant's text form ("true", "15", "uint64 5", "'text'", "['a', 'b']") as type and
 * values of `out`. NULL, or what is wrong with it.
 */
const char *unit_text_read(struct arena *a, const char *text, struct plan_property *out);

/*
 * A number of seconds ("90", "0.5", "uint32 5") as microseconds. The same.
 */
const char *unit_seconds_read(struct arena *a, const char *text, struct plan_property *out);

#endif
