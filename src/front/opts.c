/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the words of the command line along a table of options. Knows no command and no option but
 * --help; looks at nothing but its arguments.
 */
#include "front/opts.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { HELP_WIDTH = 80, HELP_LEFT = 28, HELP_RIGHT = HELP_LEFT + 3 };

/* Known to every command without a row of its own. */
static const struct opt help_row = { "help", 'h', OPT_HELP, 0, NULL, "" };

struct parse {
	const struct opts_input *in;
	char *out;
	struct opts_parsed *parsed;
	char *const *next; /* the words that are still to be looked at */
	struct error *err;
};

int opts_error(struct error *err, const char *command, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!command)
		return err_set(err, 0, "%s (try 'mcrun --help')", text);
	return err_set(err, 0, "%s: %s (try 'mcrun %s --help')", command, text, command);
}

const char *opts_nearest(struct arena *a, const char *dashes, const char *word,
			 const char *const *candidates, size_t n)
{
	const char *near = str_nearest(word, candidates, n);

	return near ? arena_printf(a, ", did you mean '%s%s'?", dashes, near) : "";
}

static bool takes_value(const struct opt *row)
{
	return row->arg != NULL;
}

/* ---- one function a kind: puts the value where the row says. value is NULL only for flags ---- */

static int bad_value(struct parse *p, const struct opt *row, const char *value, const char *wanted)
{
	return opts_error(p->err, p->in->command, "--%s: '%s' is not %s", row->name, value, wanted);
}

static int read_bool(struct parse *p, const struct opt *row, const char *value, bool *out)
{
	if (value && !streq(value, "true") && !streq(value, "false"))
		return opts_error(p->err, p->in->command,
				  "--%s takes no value but true or "
				  "false, not '%s'",
				  row->name, value);
	*out = !value || streq(value, "true");
	return 0;
}

static int put_flag(struct parse *p, const struct opt *row, const char *value)
{
	return read_bool(p, row, value, (bool *)(p->out + row->at));
}

static int put_switch(struct parse *p, const struct opt *row, const char *value)
{
	bool on = false;

	if (read_bool(p, row, value, &on) < 0)
		return -1;
	*(enum opt_switch *)(p->out + row->at) = on ? SWITCH_ON : SWITCH_OFF;
	return 0;
}

static int put_str(struct parse *p, const struct opt *row, const char *value)
{
	*(const char **)(p->out + row->at) = value;
	return 0;
}

static int put_list(struct parse *p, const struct opt *row, const char *value)
{
	struct opt_list *list = (struct opt_list *)(p->out + row->at);

	list->item = arena_grow(p->in->a, list->item, list->n, sizeof(*list->item));
	list->item[list->n++] = value;
	return 0;
}

static int put_uint(struct parse *p, const struct opt *row, const char *value)
{
	uint64_t n;

	if (str_to_u64(value, INT_MAX, &n) < 0)
		return bad_value(p, row, value, "a whole number");
	*(unsigned *)(p->out + row->at) = (unsigned)n;
	return 0;
}

static int put_word(struct parse *p, const struct opt *row, const char *value)
{
	const char *all = "";
	unsigned n = 0;

	for (; row->words[n]; n++) {
		if (streq(row->words[n], value)) {
			*(unsigned *)(p->out + row->at) = n + 1;
			return 0;
		}
		all = arena_printf(p->in->a, "%s%s%s", all, n ? ", " : "", row->words[n]);
	}
	return bad_value(p, row, value, arena_printf(p->in->a, "one of: %s", all));
}

static int put_nothing(struct parse *p, const struct opt *row, const char *value)
{
	bool ignored;

	return read_bool(p, row, value, &ignored);
}

static int put_help(struct parse *p, const struct opt *row, const char *value)
{
	return read_bool(p, row, value, &p->parsed->help);
}

static int (*const put[])(struct parse *, const struct opt *, const char *value) = {
	[OPT_FLAG] = put_flag,      [OPT_SWITCH] = put_switch, [OPT_STR] = put_str,
	[OPT_LIST] = put_list,      [OPT_UINT] = put_uint,     [OPT_WORD] = put_word,
	[OPT_UNUSED] = put_nothing, [OPT_HELP] = put_help,
};

/* ---- finding the row --------------------------------------------------------------------- */

static const struct opt *find_name(struct opts opts, const char *name, size_t len)
{
	for (size_t i = 0; i < opts.n; i++)
		if (strlen(opts.row[i].name) == len && strncmp(opts.row[i].name, name, len) == 0)
			return &opts.row[i];
	return len == strlen(help_row.name) && strncmp(help_row.name, name, len) == 0 ? &help_row
										      : NULL;
}

static const struct opt *find_letter(struct opts opts, char letter)
{
	for (size_t i = 0; i < opts.n; i++)
		if (opts.row[i].letter == letter)
			return &opts.row[i];
	return letter == help_row.letter ? &help_row : NULL;
}

static int unknown_option(struct parse *p, const char *word)
{
	struct opts opts = p->in->opts;
	const char **names = arena_alloc(p->in->a, opts.n + 1, sizeof(*names));
	const char *bare = word + strspn(word, "-");

	for (size_t i = 0; i < opts.n; i++)
		names[i] = opts.row[i].name;
	names[opts.n] = help_row.name;
	bare = arena_strndup(p->in->a, bare, strcspn(bare, "="));
	return opts_error(p->err, p->in->command, "unknown option '%s'%s", word,
			  opts_nearest(p->in->a, "--", bare, names, opts.n + 1));
}

static int put_value(struct parse *p, const struct opt *row, const char *value)
{
	if (takes_value(row) && !value) {
		if (!*p->next)
			return opts_error(p->err, p->in->command, "--%s needs a value: %s",
					  row->name, row->arg);
		value = *p->next++;
	}
	return put[row->kind](p, row, value);
}

/* What stands behind a letter and is its value: "nvalue", "n=value", "xfalse"; NULL: none. */
static const char *letter_value(const struct opt *row, const char *behind)
{
	if (*behind == '=')
		return behind + 1;
	if (takes_value(row))
		return *behind ? behind : NULL;
	return streq(behind, "true") || streq(behind, "false") ? behind : NULL;
}

/* "-n", "-nvalue", "-xyn": flags, and at the end one that may take a value. */
static int parse_letters(struct parse *p, const char *word)
{
	const char *value = NULL;

	for (const char *letter = word + 1; *letter && !value && !p->parsed->help; letter++) {
		const struct opt *row = find_letter(p->in->opts, *letter);

		if (!row)
			return unknown_option(p, word);
		value = letter_value(row, letter + 1);
		if (put_value(p, row, value) < 0)
			return -1;
	}
	return 0;
}

/* "--form=json": the beginning of one long name and of no other. */
static int parse_start(struct parse *p, const char *word, size_t len, const char *value)
{
	struct opts opts = p->in->opts;
	const struct opt *found = NULL;
	const char *all = "";
	unsigned n = 0;

	for (size_t i = 0; i <= opts.n; i++) {
		const struct opt *row = i < opts.n ? &opts.row[i] : &help_row;

		if (!len || strncmp(row->name, word + 2, len) != 0 ||
		    (found && streq(row->name, found->name))) /* help has a row of its own */
			continue;
		all = arena_printf(p->in->a, "%s%s--%s", all, n++ ? ", " : "", row->name);
		found = row;
	}
	if (!found)
		return unknown_option(p, word);
	if (n > 1)
		return opts_error(p->err, p->in->command, "option '%s' is ambiguous: %s", word,
				  all);
	return put_value(p, found, value);
}

static int parse_option(struct parse *p, const char *word)
{
	bool one_dash = word[1] != '-';
	const char *name = word + (one_dash ? 1 : 2);
	size_t len = strcspn(name, "=");
	const char *value = name[len] ? name + len + 1 : NULL;
	const struct opt *row = find_name(p->in->opts, name, len);

	if (row)
		return put_value(p, row, value);
	return one_dash ? parse_letters(p, word) : parse_start(p, word, len, value);
}

static void add_arg(struct parse *p, const char *word)
{
	struct opts_parsed *out = p->parsed;

	out->arg = arena_grow(p->in->a, out->arg, out->n_arg, sizeof(*out->arg));
	out->arg[out->n_arg++] = word;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* Does the next argument end the options? */
static bool is_last(enum opts_flags flags, const struct opts_parsed *parsed)
{
	return (flags & OPTS_STOP_AT_ARG) || ((flags & OPTS_WORDS) && parsed->n_arg == 1);
}

int opts_parse(const struct opts_input *in, void *out, struct opts_parsed *parsed,
	       struct error *err)
{
	struct parse p = { .in = in, .out = out, .parsed = parsed, .next = in->argv, .err = err };
	const unsigned ends = OPTS_STOP_AT_ARG | OPTS_REST | OPTS_WORDS;
	const char *word;

	*parsed = (struct opts_parsed){ 0 };
	while ((word = *p.next) && !streq(word, "--") && !parsed->help) {
		if (!is_option(word) && is_last(in->flags, parsed))
			break;
		p.next++;
		if (!is_option(word))
			add_arg(&p, word);
		else if (parse_option(&p, word) < 0)
			return -1;
	}
	if (word && streq(word, "--"))
		p.next++;
	else if (in->flags & OPTS_REST)
		p.next = NULL;
	if ((in->flags & OPTS_WORDS) && parsed->n_arg == 0 && *p.next)
		add_arg(&p, *p.next++); /* "-- ID WORD..."; or it was where to stop */
	if (in->flags & ends)
		parsed->rest = p.next;
	else
		for (; *p.next; p.next++)
			add_arg(&p, *p.next);
	return 0;
}

/* ---- help -------------------------------------------------------------------------------- */

/* What --help calls the value: " FILE", " table|json", or nothing. */
static const char *value_text(struct arena *a, const struct opt *row)
{
	const char *text = row->words ? "" : row->arg;

	for (size_t i = 0; row->words && row->words[i]; i++)
		text = arena_printf(a, "%s%s%s", text, i ? "|" : "", row->words[i]);
	return text ? arena_printf(a, " %s", text) : "";
}

/* No text is broken: those that would pass HELP_WIDTH are too long (usage.bats looks). */
static char *help_line(struct arena *a, const struct opt *row)
{
	const char *letter = row->letter ? arena_printf(a, ", -%c", row->letter) : "";
	const char *left =
		arena_printf(a, "--%s%s%s", row->name, letter, value_text(a, row));

	if (strlen(left) >= HELP_LEFT) /* a line of its own */
		return arena_printf(a, "  %s\n%*s%s\n", left, HELP_RIGHT, "", row->help);
	return arena_printf(a, "  %-*s %s\n", HELP_LEFT, left, row->help);
}

char *opts_names(struct arena *a, struct opts opts)
{
	const char *line = " ", *text = "";

	for (size_t i = 0; i < opts.n; i++) {
		const char *more = arena_printf(a, " --%s%s", opts.row[i].name,
						i + 1 < opts.n ? "," : "");

		if (strlen(line) + strlen(more) > HELP_WIDTH) {
			text = arena_printf(a, "%s%s\n", text, line);
			line = " ";
		}
		line = arena_printf(a, "%s%s", line, more);
	}
	return arena_printf(a, "%s%s\n", text, line);
}

char *opts_help(struct arena *a, struct opts opts)
{
	char *text = arena_strdup(a, "");

	for (size_t i = 0; i < opts.n; i++)
		text = arena_printf(a, "%s%s", text, help_line(a, &opts.row[i]));
	return text;
}
