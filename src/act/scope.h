/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's unit of systemd: started around init, stopped at the end. systemd is asked by a
 * helper program, mcrun-systemd, so that mcrun itself needs no library for it. What is asked was
 * decided in plan/unit.c.
 *
 * No wait is endless: systemd and its bus have SCOPE_SECONDS for an answer, or as many as
 * MCRUN_SYSTEMD_TIMEOUT in the environment says.
 */
#ifndef ACT_SCOPE_H
#define ACT_SCOPE_H

#include <stdbool.h>
#include <sys/types.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "plan/plan.h"

enum { SCOPE_SECONDS = 30 };

/* A unit, as far as the record of a container tells of it. NULL as a name: there is none. */
struct scope {
	const char *bus;	/* the address: "unix:path=/run/dbus/system_bus_socket" */
	const char *name;	/* "mcrun-x.scope" */
	const char *description; /* a unit of that name with another one is not ours */
	struct arena *a;
	const char *cgroup;	/* its path, once it was started */
	bool started;		/* undo stops it */
	bool keep;
};

/*
 * The unit of the plan on the bus of this host, or on that of the calling user. Nothing is asked
 * yet; but the helper program and an address must be there.
 */
int scope_find(struct scope *s, const struct plan_unit *unit, struct arena *a, struct error *err);

/*
 * Starts it, and fills in `cgroup`; systemd moves `pid` into it, unless the unit is a slice. A
 * descriptor that becomes readable, `stop`, ends the wait; -1: none.
 */
int scope_start(struct scope *s, const struct plan_unit *unit, pid_t pid, int stop,
		struct error *err);

/* Kills what is left in it, and systemd forgets it. One that is gone, or not ours, is no error. */
int scope_stop(const struct scope *s, struct error *err);

/* Tells it other limits: the properties of `unit`. */
int scope_set(const struct scope *s, const struct plan_unit *unit, struct error *err);

/*
 * Has systemd move a process into the unit's cgroup, or into one below it ("/x"; ""): where the
 * caller may not, from another user's session say.
 */
int scope_attach(const struct scope *s, pid_t pid, const char *below, struct error *err);

void scope_undo(struct scope *s);
#define autoscope __attribute__((cleanup(scope_undo)))

#endif
