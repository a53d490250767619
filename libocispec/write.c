/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structs into JSON text: one loop over the rows, the reader's mirror. The only caller of yajl_gen.
 * Cannot fail, short of running out of memory.
 */
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "libocispec/member.h"
#include "libocispec/memory.h"
#include "libocispec/text.h"
#include "libocispec/utf8.h"

struct writer {
	struct arena *arena;
	yajl_gen gen;
	bool pretty;
};

static void write_object(struct writer *w, const struct table_type *type, const char *base);

/* The string with U+FFFD for each byte that is not UTF-8, so that what we write can be read. */
static const char *clean(struct writer *w, const char *s, size_t *len)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *out = arena_alloc(w->arena, *len, 3);
	size_t n = 0;

	for (size_t i = 0, step; i < *len; i += step) {
		size_t good = utf8_char(s + i, *len - i);

		step = good ? good : 1;
		memcpy(out + n, good ? s + i : replacement, good ? good : 3);
		n += good ? good : 3;
	}
	*len = n;
	return out;
}

static void write_string(struct writer *w, const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_char(s + i, len - i);
		if (!n) {
			s = clean(w, s, &len);
			break;
		}
	}
	yajl_gen_string(w->gen, (const unsigned char *)s, len);
}

/* yajl's own integers are signed; as text it takes any. */
static void write_uint(struct writer *w, uint64_t value)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);

	yajl_gen_number(w->gen, text, (size_t)n);
}

static void write_number(struct writer *w, const char *text)
{
	yajl_gen_number(w->gen, text, strlen(text));
}

/* The elements of a list or map; the bracket is there already. */
static void write_elements(struct writer *w, const struct table_type *type,
			   const struct table_field *field, const char *list, size_t n)
{
	const struct table_type *child = type->child(field->child); /* of objects */

	for (size_t i = 0; i < n; i++) {
		switch (field->kind) {
		case TABLE_STRS:
			write_string(w, ((const char *const *)list)[i]);
			break;
		case TABLE_UINTS:
			write_uint(w, ((const uint64_t *)list)[i]);
			break;
		case TABLE_MAP:
			write_string(w, ((const struct oci_pair *)list)[i].key);
			write_string(w, ((const struct oci_pair *)list)[i].value);
			break;
		case TABLE_NUMMAP:
			write_string(w, ((const struct oci_pair *)list)[i].key);
			write_number(w, ((const struct oci_pair *)list)[i].value);
			break;
		case TABLE_OBJMAP:
			write_string(w, load_ptr(list + i * child->size));
			__attribute__((fallthrough));
		default:
			write_object(w, child, list + i * child->size);
		}
	}
}

static void write_list(struct writer *w, const struct table_type *type,
		       const struct table_field *field, const char *list, size_t n)
{
	bool named = field->kind == TABLE_MAP || field->kind == TABLE_NUMMAP ||
		     field->kind == TABLE_OBJMAP;

	if (!n && w->pretty) { /* yajl would put an empty line in between */
		yajl_gen_number(w->gen, named ? "{}" : "[]", 2);
		return;
	}
	if (named)
		yajl_gen_map_open(w->gen);
	else
		yajl_gen_array_open(w->gen);
	write_elements(w, type, field, list, n);
	if (named)
		yajl_gen_map_close(w->gen);
	else
		yajl_gen_array_close(w->gen);
}

static void write_value(struct writer *w, const struct table_type *type,
			const struct table_field *field, const char *base)
{
	const char *value = base + field->value_at;
	size_t n;

	switch (field->kind) {
	case TABLE_BOOL:
		yajl_gen_bool(w->gen, *(const bool *)value);
		break;
	case TABLE_INT:
		yajl_gen_integer(w->gen, *(const int64_t *)value);
		break;
	case TABLE_UINT:
		write_uint(w, *(const uint64_t *)value);
		break;
	case TABLE_STR:
		write_string(w, load_ptr(value));
		break;
	case TABLE_NUM:
		write_number(w, load_ptr(value));
		break;
	case TABLE_OBJ:
		write_object(w, type->child(field->child), load_ptr(value));
		break;
	default:
		memcpy(&n, base + field->aux_at, sizeof(n));
		write_list(w, type, field, load_ptr(value), n);
	}
}

static void write_object(struct writer *w, const struct table_type *type, const char *base)
{
	bool any = false;

	for (size_t i = 0; i < type->n_fields; i++)
		any |= is_present(&type->fields[i], base);
	if (!any && w->pretty) {
		yajl_gen_number(w->gen, "{}", 2);
		return;
	}
	yajl_gen_map_open(w->gen);
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct table_field *field = &type->fields[i];

		if (!is_present(field, base))
			continue;
		yajl_gen_string(w->gen, (const unsigned char *)field->key, field->key_len);
		write_value(w, type, field, base);
	}
	yajl_gen_map_close(w->gen);
}

char *table_write(const struct table_type *type, struct arena *a, const void *doc,
		  enum table_style style)
{
	yajl_alloc_funcs memory = memory_of(a);
	struct writer w = { a, yajl_gen_alloc(&memory), style == TABLE_PRETTY };
	const unsigned char *text;
	size_t len;

	if (w.pretty) {
		yajl_gen_config(w.gen, yajl_gen_beautify, 1);
		yajl_gen_config(w.gen, yajl_gen_indent_string, "    ");
	}
	write_object(&w, type, doc);
	yajl_gen_get_buf(w.gen, &text, &len);
	arena_trim(a, text, len + 1);
	return (char *)text; /* the arena's, and ends with NUL */
}
