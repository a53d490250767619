/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden plans: tests/plan/X.json with the facts X.facts.json must print as X.plan. With --update
 * the plans are rewritten instead, and their diff is the review (make golden).
 */
#include <dirent.h>
#include <stdlib.h>

#include "test-plan.h"

static char *read_file(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = arena_alloc(a, 1 << 20, 1);

	if (!f)
		return NULL;
	text[fread(text, 1, (1 << 20) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static bool write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return false;
	fputs(text, f);
	return fclose(f) == 0;
}

/* The plan as text; what went wrong instead, if something did. */
static const char *plan_text(struct setup *s, const char *stem)
{
	const char *facts_path = arena_printf(&s->a, "%s.facts.json", stem);
	const char *spec = read_file(&s->a, arena_printf(&s->a, "%s.json", stem));
	const char *facts_text = read_file(&s->a, facts_path);
	struct facts *facts;

	if (!facts_text)
		return arena_printf(&s->a, "%s is missing\n", facts_path);
	facts = table_read(facts_type(), &s->a, facts_text, strlen(facts_text), &s->err);
	if (facts)
		s->spec = oci_config_read(&s->a, spec, strlen(spec), &s->err);
	if (!facts || !s->spec)
		return arena_printf(&s->a, "%s\n", setup_error(s));
	s->facts = *facts;
	s->options.console_socket = s->spec->process && s->spec->process->terminal;

	struct plan *plan = setup_plan(s);

	return plan ? plan_print(&s->a, plan) : arena_printf(&s->a, "%s\n", setup_error(s));
}

/* Compares line by line: one that differs says more than two long texts. */
static void check_lines(struct arena *a, const char *got, const char *want)
{
	while (*got || *want) {
		size_t g = strcspn(got, "\n"), w = strcspn(want, "\n");

		if (g != w || memcmp(got, want, g) != 0) {
			CHECK_STR(arena_strndup(a, got, g), arena_strndup(a, want, w));
			return;
		}
		got += g + (got[g] == '\n');
		want += w + (want[w] == '\n');
	}
}

static void check_golden(const char *dir, const char *name, bool update)
{
	struct setup s;

	setup_begin(&s, CONFIG(""));

	const char *stem = arena_printf(&s.a, "%s/%s", dir, name);
	const char *path = arena_printf(&s.a, "%s.plan", stem), *text = plan_text(&s, stem);

	TEST(name) {
		if (update)
			CHECK(write_file(path, text));

		const char *want = read_file(&s.a, path);

		check_lines(&s.a, text, want ? want : "");
	}
	setup_end(&s);
}

static int is_config(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 5 && streq(entry->d_name + n - 5, ".json") && !strstr(entry->d_name, ".facts.");
}

int main(int argc, char **argv)
{
	const char *top = getenv("srcdir");
	struct arena a = { 0 };
	const char *dir = arena_printf(&a, "%s/tests/plan", top ? top : ".");
	struct dirent **list;
	int n = scandir(dir, &list, is_config, alphasort);

	TEST("there are golden plans")
		CHECK(n > 0);
	for (int i = 0; i < n; i++) {
		list[i]->d_name[strlen(list[i]->d_name) - 5] = '\0';
		check_golden(dir, list[i]->d_name, argc > 1 && streq(argv[1], "--update"));
		free(list[i]);
	}
	if (n > 0)
		free(list);
	arena_done(&a);
	return test_done();
}
