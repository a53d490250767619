/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expands the same .def file a second and last time, into descriptor rows, in one .c file that
 * has included the header with the structs:
 *
 *	#define TABLE_DEF "act/state.def"
 *	#include "libocispec/table_rows.h"
 *
 * Each type becomes a function that returns its row table; a function, because only inside one can
 * the rows name their struct without repeating it. Types may refer to each other in any order.
 */
#include "libocispec/table.h"

#ifdef TABLE_DEF /* alone, as when headers are checked one by one, it is nothing */

/* Pieces of declarations, which clang-format takes for statements. */
/* clang-format off */
#define BEGIN(type) \
	const struct table_type *type##_type(void) \
	{ \
		typedef struct type self; \
		static const char self_name[] = #type; \
		static const struct table_field fields[] = {
#define END(type) \
		}; \
		static const struct table_type self_type = { \
			self_name, sizeof(self), fields, sizeof(fields) / sizeof(fields[0]), \
		}; \
		_Static_assert(sizeof(fields) / sizeof(fields[0]) <= TABLE_MAX_FIELDS, #type); \
		return &self_type; \
	}

#define ROW(kind, name, at, key, ...) \
	{ key, sizeof(key) - 1, kind, offsetof(self, name), offsetof(self, at), __VA_ARGS__ },

#define KEY(name)
#define BOOL(name, key, flags) ROW(TABLE_BOOL, name, has_##name, key, flags, { 0, 0 }, NULL)
#define INT(name, key, flags, ...) \
	ROW(TABLE_INT, name, has_##name, key, flags, { __VA_ARGS__ }, NULL)
#define UINT(name, key, flags, ...) \
	ROW(TABLE_UINT, name, has_##name, key, flags, { __VA_ARGS__ }, NULL)
#define STR(name, key, flags) ROW(TABLE_STR, name, name, key, flags, { 0, 0 }, NULL)
#define NUM(name, key, flags) ROW(TABLE_NUM, name, name, key, flags, { 0, 0 }, NULL)
#define STRS(name, key, flags) ROW(TABLE_STRS, name, n_##name, key, flags, { 0, 0 }, NULL)
#define UINTS(name, key, flags, ...) \
	ROW(TABLE_UINTS, name, n_##name, key, flags, { __VA_ARGS__ }, NULL)
#define OBJ(name, type, key, flags) ROW(TABLE_OBJ, name, name, key, flags, { 0, 0 }, type##_type)
#define LIST(name, type, key, flags) \
	ROW(TABLE_LIST, name, n_##name, key, flags, { 0, 0 }, type##_type)
#define MAP(name, key, flags) ROW(TABLE_MAP, name, n_##name, key, flags, { 0, 0 }, NULL)
#define NUMMAP(name, key, flags) ROW(TABLE_NUMMAP, name, n_##name, key, flags, { 0, 0 }, NULL)
#define OBJMAP(name, type, key, flags) \
	ROW(TABLE_OBJMAP, name, n_##name, key, flags, { 0, 0 }, type##_type)

#define REQUIRED TABLE_REQUIRED
#define NONEMPTY TABLE_NONEMPTY
#define I32 INT32_MIN, INT32_MAX
#define I64 INT64_MIN, INT64_MAX
#define U16 0, UINT16_MAX
#define U32 0, UINT32_MAX
#define U64 0, UINT64_MAX

/* clang-format on */

#include TABLE_DEF

#undef BEGIN
#undef END
#undef ROW
#undef KEY
#undef BOOL
#undef INT
#undef UINT
#undef STR
#undef NUM
#undef STRS
#undef UINTS
#undef OBJ
#undef LIST
#undef MAP
#undef NUMMAP
#undef OBJMAP
#undef REQUIRED
#undef NONEMPTY
#undef I32
#undef I64
#undef U16
#undef U32
#undef U64
#undef TABLE_DEF

#endif
