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

/* The columns that people and scripts know from other runtimes. */
enum { COLUMNS = 6 };
struct row {
	const char *cell[COLUMNS];
};
static const struct row heads = { { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" } };

static struct row row_of(struct arena *a, const struct view *v)
{
	return (struct row){ { v->id, arena_printf(a, "%" PRId64, v->pid), v->status, v->bundle,
			       v->created, v->owner } };
}

static const char *line_of(struct arena *a, const struct row *row, const int *width)
{
	const char *const *c = row->cell;

	return arena_printf(a, "%-*s   %-*s   %-*s   %-*s   %-*s   %s\n", width[0], c[0], width[1],
			    c[1], width[2], c[2], width[3], c[3], width[4], c[4], c[5]);
}

static const char *as_table(struct arena *a, const struct view_list *list)
{
	struct row *row = arena_alloc(a, list->n + 1, sizeof(*row));
	const char **line = arena_alloc(a, list->n + 1, sizeof(*line));
	int width[COLUMNS] = { 0 };

	row[0] = heads;
	for (size_t i = 0; i < list->n; i++)
		row[i + 1] = row_of(a, list->view[i]);
	for (size_t i = 0; i <= list->n; i++) {
		for (size_t c = 0; c < COLUMNS; c++) {
			int len = (int)strlen(row[i].cell[c]);

			width[c] = len > width[c] ? len : width[c];
		}
	}
	for (size_t i = 0; i <= list->n; i++)
		line[i] = line_of(a, &row[i], width);
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
