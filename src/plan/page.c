/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of `mcrun explain`. Knows their form; what stands in them is print.c's. */
#include "plan/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FROM_WIDTH = 28 };

static void add_char(struct page *to, char c)
{
	if (to->len + 1 >= to->size) {
		size_t size = to->size ? 2 * to->size : 4096;
		char *bigger = arena_alloc(to->a, size, 1);

		if (to->len)
			memcpy(bigger, to->s, to->len);
		to->s = bigger;
		to->size = size;
	}
	to->s[to->len++] = c;
}

static void add(struct page *to, const char *s)
{
	static const char hex[] = "0123456789abcdef";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= ' ' && c != 0x7f) {
			add_char(to, *s);
			continue;
		}
		add_char(to, '\\');
		add_char(to, 'x');
		add_char(to, hex[c >> 4]);
		add_char(to, hex[c & 15]);
	}
}

void page_section(struct page *to, const char *name)
{
	to->section = name;
}

static void add_section(struct page *to)
{
	if (!to->section)
		return;
	add(to, to->section);
	add_char(to, '\n');
	to->section = NULL;
}

static void add_line(struct page *to, const char *from, const char *what)
{
	add_section(to);
	add(to, "  ");
	if (from) {
		add(to, from);
		for (size_t n = strlen(from); n < FROM_WIDTH; n++)
			add_char(to, ' ');
		add(to, "  ");
	}
	add(to, what);
	add_char(to, '\n');
}

void page_line(struct page *to, const char *from, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);

	int n = vsnprintf(NULL, 0, fmt, ap);
	char *what = arena_alloc(to->a, n > 0 ? (size_t)n + 1 : 1, 1);

	va_end(ap);
	if (n > 0)
		vsnprintf(what, (size_t)n + 1, fmt, again);
	va_end(again);
	add_line(to, from, what);
}

void page_each(struct page *to, const char *from, const char *prefix, const char *lines)
{
	while (*lines) {
		size_t n = strcspn(lines, "\n");

		page_line(to, from, "%s%.*s", prefix, (int)n, lines);
		lines += n + (lines[n] == '\n');
	}
}

const char *page_words(struct page *to, const char *const *words, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = arena_printf(to->a, "%s%s%s", text, i ? " " : "", words[i]);
	return text;
}

const char *page_columns(struct page *to, const char *const *words, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		if (*words[i])
			text = arena_printf(to->a, "%s%s%s", text, *text ? "  " : "", words[i]);
	return text;
}

/* 'it'\''s', as shells read it. */
static const char *quote(struct page *to, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_-./=:,+@%";

	if (*word && strspn(word, plain) == strlen(word))
		return word;

	const char *text = "'";

	for (;;) {
		size_t n = strcspn(word, "'");

		text = arena_printf(to->a, "%s%.*s", text, (int)n, word);
		if (!word[n])
			return arena_printf(to->a, "%s'", text);
		text = arena_printf(to->a, "%s'\\''", text);
		word += n + 1;
	}
}

const char *page_argv(struct page *to, const char *const *argv)
{
	const char *text = "";

	for (size_t i = 0; argv[i]; i++)
		text = arena_printf(to->a, "%s%s%s", text, i ? " " : "", quote(to, argv[i]));
	return text;
}

char *page_done(struct page *to)
{
	add_char(to, '\0');
	return to->s;
}
