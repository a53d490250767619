/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of annotations "org.systemd.property.*": the text form of GVariant, as far as properties
 * of systemd need it: booleans, whole numbers with or without their type, strings, lists of
 * strings. See unit.h.
 */
#include <inttypes.h>

#include "plan/unit.h"

static const char no_form[] =
	"is of no form that is known here: true, 15, uint64 5, 'text' and ['a', 'b'] are";

/* Whole numbers by GVariant's names for their types; the first is what has no name before it. */
static const struct number {
	const char *name, *type;
	int64_t min;
	uint64_t max;
} numbers[] = {
	{ "int32", "i", INT32_MIN, INT32_MAX },	  { "byte", "y", 0, UINT8_MAX },
	{ "int16", "n", INT16_MIN, INT16_MAX },	  { "uint16", "q", 0, UINT16_MAX },
	{ "uint32", "u", 0, UINT32_MAX },	  { "int64", "x", INT64_MIN, INT64_MAX },
	{ "uint64", "t", 0, UINT64_MAX },
};

static void skip_blanks(const char **s)
{
	*s += strspn(*s, " \t\n");
}

static bool is_end(const char *s)
{
	skip_blanks(&s);
	return !*s;
}

static void set_value(struct arena *a, struct plan_property *out, const char *type,
		      const char *value)
{
	const char **values = arena_alloc(a, 1, sizeof(*values));

	*values = value;
	out->type = type;
	out->value = values;
	out->n_value = 1;
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* "uint64 5": moves *s behind the type's name, if there is one. */
static const struct number *take_type(const char **s)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		const char *after = str_after(*s, numbers[i].name);

		if (!after || !strspn(after, " \t\n"))
			continue;
		skip_blanks(&after);
		*s = after;
		return &numbers[i];
	}
	return &numbers[0];
}

/* Hexadecimal digits alone. */
static int hex_read(const char *digits, uint64_t *out)
{
	static const char all[] = "0123456789abcdef0123456789ABCDEF";

	if (strlen(digits) > 16 || !*digits)
		return -1;
	for (*out = 0; *digits; digits++)
		*out = *out << 4 | ((uint64_t)(strchr(all, *digits) - all) & 15);
	return 0;
}

static const char *number_read(struct arena *a, const char *text, struct plan_property *out)
{
	const struct number *kind = take_type(&text);
	uint64_t lowest = kind->min ? (uint64_t)(-(kind->min + 1)) + 1 : 0, value;
	bool minus = *text == '-';

	text += *text == '-' || *text == '+';

	const char *hex = str_after(text, "0x");
	const char *digits = hex ? hex : text;
	size_t n = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");

	if (n == 0 || !is_end(digits + n))
		return no_form;
	digits = arena_strndup(a, digits, n);
	if ((hex ? hex_read(digits, &value) : str_to_u64(digits, UINT64_MAX, &value)) < 0 ||
	    value > (minus ? lowest : kind->max))
		return "is not in the range of its type";
	set_value(a, out, kind->type,
		  arena_printf(a, "%s%" PRIu64, minus && value ? "-" : "", value));
	return NULL;
}

/* Six digits behind the point are microseconds. */
const char *unit_seconds_read(struct arena *a, const char *text, struct plan_property *out)
{
	static const char wrong[] = "is no number of seconds, like 90 or 0.5";
	uint64_t whole, part = 0;

	skip_blanks(&text);
	take_type(&text);

	size_t digits = strspn(text, "0123456789");
	const char *point = text + digits;
	size_t n = *point == '.' ? strspn(point + 1, "0123456789") : 0;

	if (digits == 0 || (*point == '.' && n == 0) || n > 6 ||
	    !is_end(point + (*point == '.') + n) ||
	    str_to_u64(arena_strndup(a, text, digits), UINT64_MAX / 1000000 - 1, &whole) < 0)
		return wrong;
	for (size_t i = 0; i < 6; i++)
		part = part * 10 + (i < n ? (uint64_t)(point[1 + i] - '0') : 0);
	set_value(a, out, "t", arena_printf(a, "%" PRIu64, whole * 1000000 + part));
	return NULL;
}

/* ---- strings -------------------------------------------------------------------------------- */

static char unescape(char c)
{
	static const char from[] = "abfnrtv", to[] = "\a\b\f\n\r\t\v";
	const char *at = strchr(from, c);

	return at ? to[at - from] : c;
}

/* In single or double quotes; moves *s behind it. NULL: it is none. */
static const char *take_string(struct arena *a, const char **s)
{
	char quote = **s;
	char *out = arena_alloc(a, strlen(*s) + 1, 1);
	size_t n = 0;

	if (quote != '\'' && quote != '"')
		return NULL;
	for (const char *p = *s + 1; *p; p++) {
		if (*p == quote) {
			*s = p + 1;
			return out;
		}
		if (*p == '\\' && (p[1] == 'u' || p[1] == 'U' || !p[1]))
			return NULL;
		out[n++] = *p == '\\' ? unescape(*++p) : *p;
	}
	return NULL;
}

static const char *list_read(struct arena *a, const char *text, struct plan_property *out)
{
	const char **values = NULL;
	size_t n = 0;

	text++;
	skip_blanks(&text);
	while (*text != ']') {
		const char *value = take_string(a, &text);

		if (!value)
			return no_form;
		values = arena_grow(a, values, n, sizeof(*values));
		values[n++] = value;
		skip_blanks(&text);
		if (*text == ',')
			text++;
		else if (*text != ']')
			return no_form;
		skip_blanks(&text);
	}
	if (!is_end(text + 1))
		return no_form;
	out->type = "as";
	out->value = values;
	out->n_value = n;
	return NULL;
}

/* ---- any ------------------------------------------------------------------------------------ */

const char *unit_text_read(struct arena *a, const char *text, struct plan_property *out)
{
	skip_blanks(&text);
	for (int i = 0; i < 2; i++) {
		const char *word = i ? "true" : "false";
		const char *after = str_after(text, word);

		if (after && is_end(after)) {
			set_value(a, out, "b", word);
			return NULL;
		}
	}

	const char *typed = str_after(text, "@as");

	if (typed) {
		text = typed;
		skip_blanks(&text);
	}
	if (*text == '[')
		return list_read(a, text, out);
	if (*text != '\'' && *text != '"')
		return number_read(a, text, out);

	const char *value = take_string(a, &text);

	if (!value || !is_end(text))
		return no_form;
	set_value(a, out, "s", value);
	return NULL;
}
