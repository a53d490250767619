/* SPDX-License-Identifier: Apache-2.0 */
/* `list`: all containers below the state root, as a table, as JSON, or their ids alone. */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "front/command.h"
#include "front/view.h"

struct list_given {
	unsigned format;
	bool quiet;
};

static const char *const formats[] = { "table", "json", NULL };

enum { FORMAT_JSON = 2 };

static const struct opt rows[] = {
	{ "format", 'f', OPT_WORD, OPT_AT(list_given, format), "FORMAT",
	  "form of the list (default: table)", formats },
	{ "quiet", 'q', OPT_FLAG, OPT_AT(list_given, quiet), NULL, "print ids alone" },
};

static const char *pid_text(struct arena *a, const struct view *view)
{
	return arena_printf(a, "%" PRId64, view->pid);
}

#define CELL(member)                                                                               \
	static const char *member##_text(struct arena *a, const struct view *view)                 \
	{                                                                                          \
		(void)a;                                                                           \
		return view->member;                                                               \
	}
CELL(id)
CELL(status)
CELL(bundle)
CELL(created)
CELL(owner)

/* The columns that people and scripts know from other runtimes. */
static const struct column {
	const char *head;
	const char *(*text)(struct arena *a, const struct view *view);
} columns[] = {
	{ "ID", id_text },         { "PID", pid_text },         { "STATUS", status_text },
	{ "BUNDLE", bundle_text }, { "CREATED", created_text }, { "OWNER", owner_text },
};

static const char *table_row(struct arena *a, const struct view *view, const int *width)
{
	const char *row = "";

	for (size_t i = 0; i < COUNT(columns); i++) {
		const char *text = view ? columns[i].text(a, view) : columns[i].head;

		row = i + 1 < COUNT(columns) ? arena_printf(a, "%s%-*s   ", row, width[i], text)
					     : arena_printf(a, "%s%s\n", row, text);
	}
	return row;
}

static int widest(struct arena *a, const struct view_list *list, const struct column *column)
{
	size_t most = strlen(column->head);

	for (size_t i = 0; i < list->n; i++) {
		size_t len = strlen(column->text(a, list->view[i]));

		most = len > most ? len : most;
	}
	return (int)most;
}

static const char *as_table(struct arena *a, const struct view_list *list)
{
	const char **line = arena_alloc(a, list->n + 1, sizeof(*line));
	int width[COUNT(columns)];

	for (size_t i = 0; i < COUNT(columns); i++)
		width[i] = widest(a, list, &columns[i]);
	line[0] = table_row(a, NULL, width);
	for (size_t i = 0; i < list->n; i++)
		line[i + 1] = table_row(a, list->view[i], width);
	return out_join(a, line, list->n + 1);
}

static const char *as_json(struct arena *a, const struct view_list *list)
{
	const char **part = arena_alloc(a, list->n + 2, sizeof(*part));

	part[0] = "[";
	for (size_t i = 0; i < list->n; i++)
		part[i + 1] =
			arena_printf(a, "%s%s", i ? "," : "",
				     table_write(view_type(), a, list->view[i], TABLE_COMPACT));
	part[list->n + 1] = "]\n";
	return out_join(a, part, list->n + 2);
}

static const char *as_ids(struct arena *a, const struct view_list *list)
{
	const char **line = arena_alloc(a, list->n, sizeof(*line));

	for (size_t i = 0; i < list->n; i++)
		line[i] = arena_printf(a, "%s\n", list->view[i]->id);
	return out_join(a, line, list->n);
}

static int list_run(struct call *call, struct error *err)
{
	const struct list_given *given = call->options;
	struct view_list list;

	if (view_list(call->root, call->arena, &list, err) < 0)
		return -1;
	if (given->quiet)
		return out_text(as_ids(call->arena, &list), err);
	if (given->format == FORMAT_JSON)
		return out_text(as_json(call->arena, &list), err);
	return out_text(as_table(call->arena, &list), err);
}

const struct command command_list = {
	.name = "list",
	.args = "",
	.summary = "Lists the containers",
	.run = list_run,
	.flags = COMMAND_ROOT,
	.options_size = sizeof(struct list_given),
	.opts = { rows, COUNT(rows) },
};
