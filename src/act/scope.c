/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the bus, writes the request, runs the helper, says what was not answered. See scope.h. */
#include "act/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/run.h"
#include "base/str.h"
#include "base/trace.h"
#include "base/words.h"

enum { UNDO_SECONDS = 5 };

static const char system_bus[] = "unix:path=/run/dbus/system_bus_socket";
static const char linger[] = "(is the user's systemd running? 'loginctl enable-linger' keeps it "
			     "running without a login)";

/* ---- where systemd is ----------------------------------------------------------------------- */

static const char *helper_path(struct arena *a)
{
	const char *folder = getenv("MCRUN_LIBEXECDIR");

	return arena_printf(a, "%s/mcrun-systemd",
			    folder && *folder == '/' ? folder : MCRUN_LIBEXECDIR);
}

/* Blanks and the like in the path are escaped as the address' notation wants it. */
static const char *user_bus(struct arena *a)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *folder = getenv("XDG_RUNTIME_DIR"), *path;

	if (address && *address)
		return address;
	if (!folder || *folder != '/')
		return NULL;
	path = "";
	for (; *folder; folder++)
		path = strchr(" ,;=%:", *folder)
			       ? arena_printf(a, "%s%%%02x", path, (unsigned char)*folder)
			       : arena_printf(a, "%s%c", path, *folder);
	return arena_printf(a, "unix:path=%s/bus", path);
}

int scope_find(struct scope *s, const struct plan_unit *unit, struct arena *a, struct error *err)
{
	const char *helper = helper_path(a), *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");

	*s = (struct scope){ .name = unit->name, .description = unit->description, .a = a };
	if (access(helper, X_OK) < 0)
		return err_set(err, errno,
			       "the systemd driver needs %s, which is built where libsystemd is",
			       helper);
	s->bus = unit->user ? user_bus(a) : address && *address ? address : system_bus;
	if (!s->bus)
		return err_set(err, 0,
			       "there is no user bus: neither DBUS_SESSION_BUS_ADDRESS nor "
			       "XDG_RUNTIME_DIR is set %s",
			       linger);
	return 0;
}

/* ---- asking --------------------------------------------------------------------------------- */

static unsigned seconds(void)
{
	const char *text = getenv("MCRUN_SYSTEMD_TIMEOUT");
	uint64_t value;

	return text && str_to_u64(text, 3600, &value) == 0 && value > 0 ? (unsigned)value
									: SCOPE_SECONDS;
}

static const char *line(const struct scope *s, const char *verb, const char *rest)
{
	return arena_printf(s->a, "bus %s\n%s %s%s\n", word_quote(s->a, s->bus), verb,
			    word_quote(s->a, s->name), rest);
}

static const char *properties(const struct scope *s, const struct plan_unit *unit)
{
	const char *text = "";

	for (size_t i = 0; i < unit->n_property; i++) {
		const struct plan_property *p = &unit->property[i];

		text = arena_printf(s->a, "%sproperty %s %s %s", text, word_quote(s->a, p->name),
				    p->type, p->optional ? "optional" : "required");
		for (size_t j = 0; j < p->n_value; j++)
			text = arena_printf(s->a, "%s %s", text, word_quote(s->a, p->value[j]));
		text = arena_printf(s->a, "%s\n", text);
	}
	return text;
}

struct question {
	const char *request;
	unsigned seconds;
	int stop;
};

/* The helper says what went wrong, but not that it was not answered: then it is ended. */
static int ask(const struct scope *s, const struct question *q, struct run_output *answer,
	       struct error *err)
{
	const char *path = helper_path(s->a);
	const char *const argv[] = { path, NULL };
	const struct run run = {
		.path = path,
		.argv = argv,
		.input = q->request,
		.timeout_ms = q->seconds * 1000,
		.output = answer,
		.speaks = true,
	};

	trace_span("systemd");
	if (run_program(&run, q->stop, err) == 0)
		return 0;
	if (err->code == EINTR)
		return err_set(err, EINTR, "wait for unit %s", s->name);
	if (err->code == ETIMEDOUT) {
		err_set(err, 0,
			"systemd has not answered within %u s about unit %s on the bus %s "
			"('systemctl list-jobs' shows what it is busy with)",
			q->seconds, s->name, s->bus);
		err->code = ETIMEDOUT;
	}
	return -1;
}

/* A bus that is not there: what to switch on is the user's question then. */
static int explain(const struct scope *s, const struct plan_unit *unit, struct error *err)
{
	struct error why = *err;
	const char *path = str_after(s->bus, "unix:path=");

	if (!path || access(path, F_OK) == 0)
		return -1;
	return err_set(err, 0, "%s %s", why.msg,
		       unit->user ? linger
				  : "(the systemd driver needs systemd as the host's process 1; "
				    "--cgroup-manager cgroupfs does without)");
}

/* ---- start and stop ------------------------------------------------------------------------- */

int scope_start(struct scope *s, const struct plan_unit *unit, pid_t pid, int stop,
		struct error *err)
{
	struct run_output answer = { .a = s->a };
	const char *who = unit->is_slice ? "" : arena_printf(s->a, " %d", (int)pid);
	const struct question q = { arena_printf(s->a, "%s%s", line(s, "start", who),
						 properties(s, unit)),
				    seconds(), stop };

	if (ask(s, &q, &answer, err) < 0)
		return explain(s, unit, err);
	s->started = true;
	s->cgroup = answer.len ? arena_strndup(s->a, answer.text, answer.len - 1) : "";
	if (*s->cgroup != '/')
		return err_set(err, 0, "systemd says that unit %s has '%s' as its cgroup", s->name,
			       s->cgroup);
	return 0;
}

static int stop_within(const struct scope *s, unsigned limit, struct error *err)
{
	const char *who = arena_printf(s->a, " %s", word_quote(s->a, s->description));

	return ask(s, &(struct question){ line(s, "stop", who), limit, -1 }, NULL, err);
}

int scope_stop(const struct scope *s, struct error *err)
{
	return s->name ? stop_within(s, seconds(), err) : 0;
}

int scope_set(const struct scope *s, const struct plan_unit *unit, struct error *err)
{
	const char *request = arena_printf(s->a, "%s%s", line(s, "set", ""), properties(s, unit));

	return unit->n_property ? ask(s, &(struct question){ request, seconds(), -1 }, NULL, err)
				: 0;
}

int scope_attach(const struct scope *s, pid_t pid, const char *below, struct error *err)
{
	const char *who = arena_printf(s->a, " %d %s", (int)pid, word_quote(s->a, below));

	return ask(s, &(struct question){ line(s, "attach", who), seconds(), -1 }, NULL, err);
}

/* Its processes are dead by then, and systemd lets go of a scope without any by itself. */
void scope_undo(struct scope *s)
{
	struct error ignored;
	unsigned limit = seconds();

	if (s->started && !s->keep)
		stop_within(s, limit < UNDO_SECONDS ? limit : UNDO_SECONDS, &ignored);
}
