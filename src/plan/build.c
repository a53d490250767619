/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all translators share: pointers, warnings, lists of strings. No section is filled here,
 * and nothing here knows what a field means.
 */
#include "plan/build.h"

#include <sched.h>
#include <stdarg.h>

const char *build_at_index(struct build *b, const char *list, size_t i)
{
	char digits[3 * sizeof(i)], *first = digits + sizeof(digits);
	size_t n = strlen(list);

	do
		*--first = (char)('0' + i % 10);
	while (i /= 10);

	size_t n_digits = (size_t)(digits + sizeof(digits) - first);
	char *at = arena_room(b->a, n + 1 + n_digits + 1);

	memcpy(at, list, n);
	at[n++] = '/';
	memcpy(at + n, first, n_digits);
	at[n + n_digits] = '\0';
	return at;
}

const char *build_at(struct build *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);

	const char *at = arena_vprintf(b->a, fmt, ap);

	va_end(ap);
	return at;
}

const char *build_at_key(struct build *b, const char *map, const char *key)
{
	size_t n = strlen(map);
	char *at = arena_alloc(b->a, n + 2 * strlen(key) + 2, 1);

	memcpy(at, map, n);
	at[n++] = '/';
	for (; *key; key++) {
		bool escape = *key == '~' || *key == '/';

		if (escape)
			at[n++] = '~';
		at[n++] = *key == '~' ? '0' : *key == '/' ? '1' : *key;
	}
	return at;
}

void build_warn(struct build *b, const char *fmt, ...)
{
	struct plan *plan = b->plan;
	const char **list = arena_grow(b->a, (void *)plan->warning, plan->n_warning, sizeof(*list));
	va_list ap;

	va_start(ap, fmt);
	list[plan->n_warning++] = arena_vprintf(b->a, fmt, ap);
	va_end(ap);
	plan->warning = list;
}

const char *const *build_strings(struct build *b, const char *const *list, size_t n)
{
	const char **copy = arena_alloc(b->a, n + 1, sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = list[i];
	return copy;
}

bool build_is_unprivileged(const struct build *b)
{
	const struct facts *f = b->facts;

	return (f->has_in_userns && f->in_userns) || (f->has_uid && f->uid != 0);
}

enum plan_opener build_opener(const struct build *b)
{
	bool root = b->facts->has_uid && b->facts->uid == 0;

	/* In a joined mount namespace the paths are meant as its inhabitants see them. */
	return root && build_has_ns(b, CLONE_NEWUSER) && b->plan->ns.create & CLONE_NEWNS
		       ? OPENER_PARENT
		       : OPENER_INIT;
}

const char *build_annotation(const struct build *b, enum plan_annotation which)
{
	for (size_t i = 0; i < b->spec->n_annotations; i++)
		if (streq(b->spec->annotations[i].key, plan_annotation_key[which]))
			return b->spec->annotations[i].value;
	return NULL;
}

bool build_has_ns(const struct build *b, unsigned type)
{
	const struct plan_ns *ns = &b->plan->ns;

	for (size_t i = 0; i < ns->n_join; i++)
		if ((unsigned)ns->join[i].type == type)
			return true;
	return ns->create & type;
}
