/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a JSON pointer to line and column: a walk over text that has been read before. It keeps no
 * tree and checks nothing; on text that is no JSON it ends somewhere inside, and never beyond.
 */
#include <string.h>

#include "libocispec/table.h"
#include "libocispec/text.h"

struct walk {
	const char *text;
	size_t len, at;
};

static char here(const struct walk *w)
{
	return w->at < w->len ? w->text[w->at] : '\0';
}

static void skip_blank(struct walk *w)
{
	w->at = text_blank(w->text, w->len, w->at);
}

/* From a quote to behind the closing one. */
static void skip_string(struct walk *w)
{
	for (w->at++; w->at < w->len && w->text[w->at] != '"'; w->at++)
		if (w->text[w->at] == '\\')
			w->at++;
	w->at++;
}

/* From the begin of any value to behind its end. */
static void skip_value(struct walk *w)
{
	size_t depth = 0;

	do {
		if (here(w) == '"') {
			skip_string(w);
			continue;
		}
		if (here(w) && strchr("{[", here(w)))
			depth++;
		else if (here(w) && strchr("}]", here(w)))
			depth--;
		w->at++;
	} while (w->at < w->len && (depth || !strchr(",]}", here(w))));
}

/* Whether the raw string (without quotes) is what a segment of a pointer (with ~0, ~1) names. */
static bool names(const char *raw, size_t raw_len, const char *seg, size_t seg_len)
{
	size_t at = 0, used;
	char c[4];

	for (size_t i = 0; i < raw_len; i += used) {
		size_t bytes = text_unescape(raw + i, raw_len - i, c, &used);

		for (size_t k = 0; k < bytes; k++, at++) {
			if (at >= seg_len)
				return false;

			bool tilde = at + 1 < seg_len && seg[at] == '~';
			char want = seg[at];

			if (tilde)
				want = seg[++at] == '0' ? '~' : '/';
			if (c[k] != want)
				return false;
		}
	}
	return at == seg_len;
}

/* From the brace of an object to the value of the member, or false. */
static bool enter_member(struct walk *w, const char *seg, size_t len)
{
	w->at++;
	for (skip_blank(w); here(w) == '"'; skip_blank(w)) {
		size_t key = w->at + 1;

		skip_string(w);

		size_t key_end = w->at - 1;

		skip_blank(w);
		w->at++;
		skip_blank(w);
		if (w->at >= w->len)
			return false;
		if (names(w->text + key, key_end - key, seg, len))
			return true;
		skip_value(w);
		skip_blank(w);
		if (here(w) != ',')
			return false;
		w->at++;
	}
	return false;
}

/* From the bracket of an array to its element, or false. */
static bool enter_element(struct walk *w, const char *seg, size_t len)
{
	size_t index = 0;

	if (!len || strspn(seg, "0123456789") < len || len > 9)
		return false;
	for (size_t i = 0; i < len; i++)
		index = index * 10 + (size_t)(seg[i] - '0');

	w->at++;
	for (skip_blank(w); w->at < w->len && here(w) != ']'; skip_blank(w)) {
		if (!index--)
			return true;
		skip_value(w);
		skip_blank(w);
		if (here(w) != ',')
			return false;
		w->at++;
	}
	return false;
}

void table_where(const char *text, size_t len, const char *pointer, unsigned *line,
		 unsigned *column)
{
	struct walk w = { text, len, text_blank(text, len, 0) };
	size_t found = w.at;

	while (*pointer == '/') {
		size_t n = strcspn(++pointer, "/");

		if (!(here(&w) == '{' && enter_member(&w, pointer, n)) &&
		    !(here(&w) == '[' && enter_element(&w, pointer, n)))
			break;
		found = w.at;
		pointer += n;
	}
	text_place(text, found, line, column);
}
