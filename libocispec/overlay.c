/* SPDX-License-Identifier: Apache-2.0 */
/* One document laid over another, by their rows. Nothing here knows what a field means. */
#include <string.h>

#include "libocispec/member.h"

/* The pairs of `base` whose names `over` has not, and then those of `over`. */
static void overlay_map(const struct table_field *field, struct arena *a, char *out,
			const char *over)
{
	const struct oci_pair *below = load_ptr(out + field->value_at);
	const struct oci_pair *above = load_ptr(over + field->value_at);
	size_t n_below, n_above, n = 0;

	memcpy(&n_below, out + field->aux_at, sizeof(n_below));
	memcpy(&n_above, over + field->aux_at, sizeof(n_above));

	struct oci_pair *list = arena_alloc(a, n_below + n_above + 1, sizeof(*list));

	for (size_t i = 0; i < n_below; i++) {
		size_t j = 0;

		while (j < n_above && strcmp(below[i].key, above[j].key) != 0)
			j++;
		if (j == n_above)
			list[n++] = below[i];
	}
	for (size_t i = 0; i < n_above; i++)
		list[n++] = above[i];
	store_ptr(out + field->value_at, list);
	memcpy(out + field->aux_at, &n, sizeof(n));
}

static void overlay_field(const struct table_type *type, const struct table_field *field,
			  struct arena *a, char *out, const char *over)
{
	static const size_t sizes[] = {
		[TABLE_BOOL] = sizeof(bool),
		[TABLE_INT] = sizeof(int64_t),
		[TABLE_UINT] = sizeof(uint64_t),
	};

	if (field->kind == TABLE_MAP) {
		overlay_map(field, a, out, over);
		return;
	}
	if (field->kind == TABLE_OBJ) {
		const struct table_type *child = type->child(field->child);
		void *both = table_overlay(child, a, load_ptr(out + field->value_at),
					   load_ptr(over + field->value_at));

		store_ptr(out + field->value_at, both);
		return;
	}
	memcpy(out + field->value_at, over + field->value_at,
	       field->kind <= TABLE_UINT ? sizes[field->kind] : sizeof(void *));
	if (field->kind <= TABLE_UINT)
		*(bool *)(out + field->aux_at) = true;
	else if (field->kind != TABLE_STR)
		memcpy(out + field->aux_at, over + field->aux_at, sizeof(size_t));
}

void *table_overlay(const struct table_type *type, struct arena *a, const void *base,
		    const void *over)
{
	char *out = arena_alloc(a, 1, type->size);

	if (base)
		memcpy(out, base, type->size);
	for (size_t i = 0; over && i < type->n_fields; i++)
		if (is_present(&type->fields[i], over))
			overlay_field(type, &type->fields[i], a, out, over);
	return out;
}
