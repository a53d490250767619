/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expands the same .def file once more, into descriptor rows, in one .c file that has included the
 * header with the structs:
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

/* First the types by number, and the way from a number to the type. */
#define KEY(...)
#define BOOL(...)
#define INT(...)
#define UINT(...)
#define STR(...)
#define NUM(...)
#define STRS(...)
#define UINTS(...)
#define OBJ(...)
#define LIST(...)
#define MAP(...)
#define NUMMAP(...)
#define OBJMAP(...)
#define END(type)

#define BEGIN(type) TABLE_OF_##type,
enum {
#include TABLE_DEF
	TABLES_OF_DEF
};
#undef BEGIN
_Static_assert(TABLES_OF_DEF <= UINT8_MAX, TABLE_DEF);

#define BEGIN(type) case TABLE_OF_##type: return type##_type();
static const struct table_type *table_of_def(unsigned index)
{
	switch (index) {
#include TABLE_DEF
	default: return NULL;
	}
}
#undef BEGIN
#include "libocispec/table_undef.h"

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
			table_of_def, \
		}; \
		_Static_assert(sizeof(fields) / sizeof(fields[0]) <= TABLE_MAX_FIELDS, #type); \
		return &self_type; \
	}

/* Of one that is too long: an array of -1 elements, which no compiler takes. */
#define KEY_LEN(key) (sizeof(key) - sizeof(char[sizeof(key) <= TABLE_KEY_SIZE ? 1 : -1]))
#define ROW(kind, name, at, key, flags, child, ...) \
	{ { __VA_ARGS__ }, offsetof(self, name), offsetof(self, at), kind, flags, child, \
	  KEY_LEN(key), key },

#define KEY(name)
#define BOOL(name, key, flags) ROW(TABLE_BOOL, name, has_##name, key, flags, 0, 0, 0)
#define INT(name, key, flags, ...) ROW(TABLE_INT, name, has_##name, key, flags, 0, __VA_ARGS__)
#define UINT(name, key, flags, ...) ROW(TABLE_UINT, name, has_##name, key, flags, 0, __VA_ARGS__)
#define STR(name, key, flags) ROW(TABLE_STR, name, name, key, flags, 0, 0, 0)
#define NUM(name, key, flags) ROW(TABLE_NUM, name, name, key, flags, 0, 0, 0)
#define STRS(name, key, flags) ROW(TABLE_STRS, name, n_##name, key, flags, 0, 0, 0)
#define UINTS(name, key, flags, ...) ROW(TABLE_UINTS, name, n_##name, key, flags, 0, __VA_ARGS__)
#define OBJ(name, type, key, flags) ROW(TABLE_OBJ, name, name, key, flags, TABLE_OF_##type, 0, 0)
#define LIST(name, type, key, flags) \
	ROW(TABLE_LIST, name, n_##name, key, flags, TABLE_OF_##type, 0, 0)
#define MAP(name, key, flags) ROW(TABLE_MAP, name, n_##name, key, flags, 0, 0, 0)
#define NUMMAP(name, key, flags) ROW(TABLE_NUMMAP, name, n_##name, key, flags, 0, 0, 0)
#define OBJMAP(name, type, key, flags) \
	ROW(TABLE_OBJMAP, name, n_##name, key, flags, TABLE_OF_##type, 0, 0)

#define REQUIRED TABLE_REQUIRED
#define NONEMPTY TABLE_NONEMPTY
#define I32 INT32_MIN, INT32_MAX
#define I64 INT64_MIN, INT64_MAX
#define U16 0, UINT16_MAX
#define U32 0, UINT32_MAX
#define U64 0, UINT64_MAX

/* clang-format on */

#include TABLE_DEF

#include "libocispec/table_undef.h"
#undef ROW
#undef KEY_LEN
#undef REQUIRED
#undef NONEMPTY
#undef I32
#undef I64
#undef U16
#undef U32
#undef U64
#undef TABLE_DEF

#endif
