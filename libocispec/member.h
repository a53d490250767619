/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A struct's members by their rows: what reader, writer and overlay read and write through offsets.
 * Internal to libocispec.
 */
#ifndef OCI_MEMBER_H
#define OCI_MEMBER_H

#include <string.h>

#include "libocispec/table.h"

/* A pointer member of whatever type, without lying to the compiler about that type. */
static inline void *load_ptr(const void *from)
{
	void *p;

	memcpy(&p, from, sizeof(p));
	return p;
}

static inline void store_ptr(void *to, const void *p)
{
	memcpy(to, &p, sizeof(p));
}

/* Has the struct at `base` this member? An empty list is one. */
static inline bool is_present(const struct table_field *field, const char *base)
{
	if (field->kind <= TABLE_UINT)
		return *(const bool *)(base + field->aux_at);
	return load_ptr(base + field->value_at);
}

#endif
