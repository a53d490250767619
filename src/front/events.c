/* SPDX-License-Identifier: Apache-2.0 */
/* `events`: what a container uses, and when the OOM killer came, as lines of JSON. */
#include "act/events.h"
#include "base/str.h"
#include "front/command.h"

struct events_given {
	const char *interval;
	bool stats;
};

enum { MS_NS = 1000000, USUAL_MS = 5000 };

static const struct opt rows[] = {
	{ "interval", 0, OPT_STR, OPT_AT(events_given, interval), "TIME",
	  "time between lines: 5s (default), 500ms, 1m30s" },
	{ "stats", 0, OPT_FLAG, OPT_AT(events_given, stats), NULL,
	  "print the numbers of now, and return" },
};

static int print_event(const struct event *event, struct arena *a, struct error *err)
{
	const char *line = table_write(event_type(), a, event, TABLE_COMPACT);

	return out_text(arena_printf(a, "%s\n", line), err);
}

static int read_interval(const char *text, uint64_t *out_ms, struct error *err)
{
	uint64_t ns = 0;

	*out_ms = USUAL_MS;
	if (!text)
		return 0;
	if (str_to_duration(text, &ns) < 0 || ns > INT64_MAX)
		return opts_error(err, "events",
				  "--interval: '%s' is no time, such as 5s, 500ms or 1m30s", text);
	if (ns < MS_NS)
		return opts_error(err, "events", "--interval: %s is shorter than 1ms", text);
	*out_ms = ns / MS_NS;
	return 0;
}

static int events_run(struct call *call, struct error *err)
{
	const struct events_given *given = call->options;
	struct events events = { .root = call->root, .id = call->arg[0], .take = print_event };

	if (read_interval(given->interval, &events.interval_ms, err) < 0)
		return -1;
	if (given->stats)
		events.interval_ms = 0;
	return act_events(&events, call->arena, err);
}

const struct command command_events = {
	.name = "events",
	.args = "ID",
	.summary = "Prints what a container uses, again and again, as lines of JSON",
	.run = events_run,
	.flags = COMMAND_ROOT,
	.min_args = 1,
	.max_args = 1,
	.options_size = sizeof(struct events_given),
	.opts = { rows, COUNT(rows) },
};
