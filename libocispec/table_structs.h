/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expands the rows of a .def file into structs, in the header that includes it:
 *
 *	#define TABLE_DEF "act/state.def"
 *	#include "libocispec/table_structs.h"
 *
 * For each BEGIN(t) there are then `struct t` and the function `t_type()`, which table_rows.h
 * defines. No include guard: each .def file is expanded by an include of its own.
 */
#include "libocispec/table.h"

#ifdef TABLE_DEF /* alone, as when headers are checked one by one, it is nothing */

/* Pieces of declarations, which clang-format takes for statements. */
/* clang-format off */
#define BEGIN(type) \
	const struct table_type *type##_type(void); \
	struct type {
#define END(type) };

#define KEY(name) const char *name;
#define BOOL(name, key, flags) \
	bool has_##name; \
	bool name;
#define INT(name, key, flags, ...) \
	bool has_##name; \
	int64_t name;
#define UINT(name, key, flags, ...) \
	bool has_##name; \
	uint64_t name;
#define STR(name, key, flags) const char *name;
#define NUM(name, key, flags) const char *name;
#define STRS(name, key, flags) \
	const char **name; \
	size_t n_##name;
#define UINTS(name, key, flags, ...) \
	uint64_t *name; \
	size_t n_##name;
#define OBJ(name, type, key, flags) struct type *name;
#define LIST(name, type, key, flags) \
	struct type *name; \
	size_t n_##name;
#define MAP(name, key, flags) \
	struct oci_pair *name; \
	size_t n_##name;
#define NUMMAP(name, key, flags) MAP(name, key, flags)
#define OBJMAP(name, type, key, flags) LIST(name, type, key, flags)

/* clang-format on */

#include TABLE_DEF

#include "libocispec/table_undef.h"
#undef TABLE_DEF

#endif
