/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mcrun-systemd: asks systemd for units on behalf of mcrun. A program of its own, since few callers
 * want the systemd driver and libsystemd is large: mcrun starts it only then. It decides nothing.
 *
 * What to do stands on stdin, a line each, words with one blank between them (request.h):
 *
 *	bus ADDRESS
 *	start UNIT [PID]			... property lines follow
 *	set UNIT				... property lines follow
 *	attach UNIT PID BELOW			"/x", or "" for the unit's own cgroup
 *	stop UNIT DESCRIPTION			only if that is how the unit is described
 *	property NAME TYPE required|optional VALUE...
 *
 * The answer is on stdout: the unit's cgroup ("start"), or with status 1 one sentence on what went
 * wrong. It waits as long as systemd takes: mcrun ends it when that is too long.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/str.h"
#include "helper/properties.h"
#include "helper/request.h"

static const char service[] = "org.freedesktop.systemd1";
static const char object[] = "/org/freedesktop/systemd1";
static const char manager[] = "org.freedesktop.systemd1.Manager";

#define autobus __attribute__((cleanup(sd_bus_unrefp)))
#define automessage __attribute__((cleanup(sd_bus_message_unrefp)))
#define autoslot __attribute__((cleanup(sd_bus_slot_unrefp)))
#define autobuserror __attribute__((cleanup(sd_bus_error_free)))

static void free_text(char **text)
{
	free(*text);
}
#define autotext __attribute__((cleanup(free_text)))

/* ---- what the bus says ---------------------------------------------------------------------- */

static int is_error(const sd_bus_error *e, const char *name)
{
	return e->name && streq(e->name, name);
}

static int say(const struct request *rq, const char *verb, const sd_bus_error *e, int r,
	       struct error *err)
{
	static const char *const absent[] = { SD_BUS_ERROR_SERVICE_UNKNOWN,
					      SD_BUS_ERROR_NAME_HAS_NO_OWNER,
					      "org.freedesktop.DBus.Error.Spawn.ChildExited",
					      "org.freedesktop.DBus.Error.Spawn.ServiceNotFound" };

	for (size_t i = 0; i < COUNT(absent); i++)
		if (is_error(e, absent[i]))
			return err_set(err, 0, "%s unit %s: there is no systemd on the bus %s",
				       verb, rq->unit, rq->bus);
	if (e->message)
		return err_set(err, 0, "%s unit %s: systemd on the bus %s says: %s", verb,
			       rq->unit, rq->bus, e->message);
	return err_set(err, -r, "%s unit %s on the bus %s", verb, rq->unit, rq->bus);
}

static int call(sd_bus *bus, const char *method, const char *unit, sd_bus_error *e)
{
	return sd_bus_call_method(bus, service, object, manager, method, e, NULL, "s", unit);
}

/* ---- jobs ----------------------------------------------------------------------------------- */

/* The job that is waited for, and what has become of it. */
struct job {
	const char *path;	/* NULL: not known yet */
	char result[32];	/* "done"; "": not yet */
};

static int job_removed(sd_bus_message *m, void *arg, sd_bus_error *e)
{
	struct job *job = arg;
	const char *path, *result;

	(void)e;
	if (sd_bus_message_read(m, "uoss", NULL, &path, NULL, &result) < 0)
		return 0;
	if (job->path && streq(job->path, path))
		snprintf(job->result, sizeof(job->result), "%s", result);
	return 0;
}

/*
 * Until the job in this answer is over. Signals that came before the answer are still in the
 * queue: sd_bus_call() processes none.
 */
static int job_wait(sd_bus *bus, struct job *job, sd_bus_message *answer)
{
	int r = sd_bus_message_read(answer, "o", &job->path);

	while (r >= 0 && !*job->result) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	job->path = NULL;
	return r < 0 ? r : 0;
}

/* Not waited for: what follows on this connection comes after it. */
static int job_listen(sd_bus *bus, struct job *job, sd_bus_slot **slot)
{
	int r = sd_bus_match_signal_async(bus, slot, service, object, manager, "JobRemoved",
					  job_removed, NULL, job);

	if (r < 0)
		return r;
	return sd_bus_call_method_async(bus, NULL, service, object, manager, "Subscribe", NULL,
					NULL, "");
}

/* ---- start ---------------------------------------------------------------------------------- */

static int ask_start(sd_bus *bus, const struct request *rq, sd_bus_message **answer,
		     sd_bus_error *e)
{
	automessage sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, service, object, manager,
					       "StartTransientUnit");

	if (r >= 0)
		r = sd_bus_message_append(m, "ss", rq->unit, "replace");
	if (r >= 0)
		r = properties_append(m, rq);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	return r < 0 ? r : sd_bus_call(bus, m, UINT64_MAX, e, answer);
}

/*
 * A unit that has failed keeps its name until it is told to forget that. One that is still on its
 * way out may be in the way as well; but one that lives is somebody's.
 */
static int start(sd_bus *bus, struct request *rq, sd_bus_message **answer, struct error *err)
{
	for (int again = 0;;) {
		autobuserror sd_bus_error e = SD_BUS_ERROR_NULL;
		int r = ask_start(bus, rq, answer, &e);

		if (r >= 0)
			return 0;
		if (properties_drop(rq, &e))
			continue;
		if (is_error(&e, "org.freedesktop.systemd1.UnitExists")) {
			autobuserror sd_bus_error ignored = SD_BUS_ERROR_NULL;

			if (again++ == 0) {
				call(bus, "ResetFailedUnit", rq->unit, &ignored);
				continue;
			}
			return err_set(err, 0, "start unit %s: there is a unit of that name "
				       "already ('systemctl status %s' shows it)",
				       rq->unit, rq->unit);
		}
		return say(rq, "start", &e, r, err);
	}
}

static int unit_path(const struct request *rq, char **out)
{
	return sd_bus_path_encode("/org/freedesktop/systemd1/unit", rq->unit, out);
}

static int ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len > n && streq(s + len - n, end);
}

static int print_cgroup(sd_bus *bus, const struct request *rq, struct error *err)
{
	autobuserror sd_bus_error e = SD_BUS_ERROR_NULL;
	const char *kind = ends_in(rq->unit, ".slice") ? "org.freedesktop.systemd1.Slice"
						       : "org.freedesktop.systemd1.Scope";
	autotext char *path = NULL, *cgroup = NULL;
	int r = unit_path(rq, &path);

	if (r >= 0)
		r = sd_bus_get_property_string(bus, service, path, kind, "ControlGroup", &e,
					       &cgroup);
	if (r < 0)
		return say(rq, "ask for the cgroup of", &e, r, err);
	if (!*cgroup)
		return err_set(err, 0, "unit %s has no cgroup: its process has ended already",
			       rq->unit);
	puts(cgroup);
	return 0;
}

static int do_start(sd_bus *bus, struct request *rq, struct error *err)
{
	struct job job = { .path = NULL };
	autoslot sd_bus_slot *slot = NULL;
	automessage sd_bus_message *answer = NULL;
	autobuserror sd_bus_error e = SD_BUS_ERROR_NULL;
	int r = job_listen(bus, &job, &slot);

	if (r < 0)
		return say(rq, "start", &e, r, err);
	if (start(bus, rq, &answer, err) < 0)
		return -1;
	r = job_wait(bus, &job, answer);
	if (r < 0)
		return say(rq, "wait for the start of", &e, r, err);
	if (streq(job.result, "done"))
		return print_cgroup(bus, rq, err);
	call(bus, "ResetFailedUnit", rq->unit, &e);
	return err_set(err, 0, "start unit %s: systemd calls the job '%s' ('journalctl -u %s' may "
		       "tell why)",
		       rq->unit, job.result, rq->unit);
}

/* ---- attach --------------------------------------------------------------------------------- */

static int do_attach(sd_bus *bus, struct request *rq, struct error *err)
{
	automessage sd_bus_message *m = NULL;
	autobuserror sd_bus_error e = SD_BUS_ERROR_NULL;
	int r = sd_bus_message_new_method_call(bus, &m, service, object, manager,
					       "AttachProcessesToUnit");

	if (r >= 0)
		r = sd_bus_message_append(m, "ssau", rq->unit, rq->below, 1, (uint32_t)rq->pid);
	if (r >= 0)
		r = sd_bus_call(bus, m, UINT64_MAX, &e, NULL);
	return r < 0 ? say(rq, "put a process into", &e, r, err) : 0;
}

/* ---- set ------------------------------------------------------------------------------------ */

static int ask_set(sd_bus *bus, const struct request *rq, sd_bus_error *e)
{
	automessage sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, service, object, manager,
					       "SetUnitProperties");

	if (r >= 0)
		r = sd_bus_message_append(m, "sb", rq->unit, 1);
	if (r >= 0)
		r = properties_append(m, rq);
	return r < 0 ? r : sd_bus_call(bus, m, UINT64_MAX, e, NULL);
}

static int do_set(sd_bus *bus, struct request *rq, struct error *err)
{
	for (;;) {
		autobuserror sd_bus_error e = SD_BUS_ERROR_NULL;
		int r = ask_set(bus, rq, &e);

		if (r >= 0)
			return 0;
		if (!properties_drop(rq, &e))
			return say(rq, "change the properties of", &e, r, err);
	}
}

/* ---- stop ----------------------------------------------------------------------------------- */

/* By its description: the name may be another's by now. A unit that is not there has its name. */
static int is_ours(sd_bus *bus, const struct request *rq, struct error *err)
{
	autobuserror sd_bus_error e = SD_BUS_ERROR_NULL;
	autotext char *path = NULL, *description = NULL;
	int r = unit_path(rq, &path);

	if (r >= 0)
		r = sd_bus_get_property_string(bus, service, path, "org.freedesktop.systemd1.Unit",
					       "Description", &e, &description);
	if (is_error(&e, "org.freedesktop.systemd1.NoSuchUnit") ||
	    is_error(&e, SD_BUS_ERROR_UNKNOWN_OBJECT))
		return 0;
	if (r < 0)
		return say(rq, "look at", &e, r, err);
	return streq(description, rq->description);
}

static int do_stop(sd_bus *bus, struct request *rq, struct error *err)
{
	struct job job = { .path = NULL };
	autoslot sd_bus_slot *slot = NULL;
	automessage sd_bus_message *answer = NULL;
	autobuserror sd_bus_error e = SD_BUS_ERROR_NULL, ignored = SD_BUS_ERROR_NULL;
	int r = is_ours(bus, rq, err);

	if (r <= 0)
		return r;
	r = job_listen(bus, &job, &slot);
	if (r < 0)
		return say(rq, "stop", &e, r, err);

	/* What is left in it is not asked to end: that could take minutes. */
	sd_bus_call_method(bus, service, object, manager, "KillUnit", &ignored, NULL, "ssi",
			   rq->unit, "all", SIGKILL);
	r = sd_bus_call_method(bus, service, object, manager, "StopUnit", &e, &answer, "ss",
			       rq->unit, "replace");
	if (is_error(&e, "org.freedesktop.systemd1.NoSuchUnit"))
		return 0;
	if (r >= 0)
		r = job_wait(bus, &job, answer);
	if (r < 0)
		return say(rq, "stop", &e, r, err);
	if (!streq(job.result, "done"))
		return err_set(err, 0, "stop unit %s: systemd calls the job '%s'", rq->unit,
			       job.result);
	sd_bus_error_free(&ignored);
	call(bus, "ResetFailedUnit", rq->unit, &ignored);
	return 0;
}

/* ---- main ----------------------------------------------------------------------------------- */

static int connect_bus(const struct request *rq, sd_bus **out, struct error *err)
{
	autobus sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, rq->bus);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, 1);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, UINT64_MAX);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0)
		return err_set(err, -r, "connect to the bus %s", rq->bus);
	*out = bus;
	bus = NULL;
	return 0;
}

int main(void)
{
	static int (*const verbs[])(sd_bus *, struct request *, struct error *) = {
		[REQUEST_START] = do_start, [REQUEST_SET] = do_set,
		[REQUEST_ATTACH] = do_attach, [REQUEST_STOP] = do_stop
	};
	struct arena a = { 0 };
	struct error err = { 0 };
	struct request rq = { 0 };
	autobus sd_bus *bus = NULL;

	if (request_read(&a, stdin, &rq, &err) < 0 || connect_bus(&rq, &bus, &err) < 0 ||
	    verbs[rq.verb](bus, &rq, &err) < 0) {
		printf("%s\n", err.msg);
		return 1;
	}
	return 0;
}
