/* SPDX-License-Identifier: Apache-2.0 */
/* What mcrun asks of mcrun-systemd, as it stands on stdin: the lines are told in systemd.c. */
#ifndef HELPER_REQUEST_H
#define HELPER_REQUEST_H

#include <stdio.h>
#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"

enum request_verb { REQUEST_NONE, REQUEST_START, REQUEST_SET, REQUEST_ATTACH, REQUEST_STOP };

struct request_property {
	const char *name, *type;
	const char **value;
	size_t n_value;
	int optional;	/* may be unknown to systemd */
	int dropped;	/* is unknown to it */
};

struct request {
	enum request_verb verb;
	const char *bus, *unit;
	const char *description;	/* STOP */
	const char *below;		/* ATTACH: of the unit's cgroup */
	pid_t pid;			/* START, ATTACH; 0: a slice has no process of its own */
	struct request_property *property;
	size_t n_property;
};

/* Reads all of it. 0, or -1: mcrun and this program are not of one build. */
int request_read(struct arena *a, FILE *in, struct request *out, struct error *err);

#endif
