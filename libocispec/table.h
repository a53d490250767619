/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON documents as C structs, driven by tables. Knows nothing of OCI: any document whose fields
 * are declared as rows of a .def file (see table_structs.h and table_rows.h) is read and written
 * by the same two loops. mcrun's own state.json is one such document.
 *
 * What a row becomes in the struct:
 *
 *	BOOL, INT, UINT		bool has_x; bool x / int64_t x / uint64_t x
 *	STR			const char *x		NULL: absent; "" is present
 *	STRS, UINTS		const char **x / uint64_t *x; size_t n_x
 *	NUM			const char *x		any number, as its text; NULL: absent
 *	OBJ			struct y *x		NULL: absent
 *	LIST			struct y *x; size_t n_x		an array of structs, not of pointers
 *	MAP			struct oci_pair *x; size_t n_x	name -> string, in document order
 *	NUMMAP			struct oci_pair *x; size_t n_x	name -> number, as its text
 *	OBJMAP			struct y *x; size_t n_x		name -> object; y has KEY(key) first
 *
 * Lists and maps: x is NULL when the member is absent and not NULL when it is there but empty.
 * A list of strings that was read has a NULL behind its last one (for execve); n_x leaves it out.
 */
#ifndef OCI_TABLE_H
#define OCI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"

struct oci_pair {
	const char *key, *value;
};

enum table_kind {
	TABLE_BOOL,
	TABLE_INT,
	TABLE_UINT,
	TABLE_STR,
	TABLE_NUM,
	TABLE_STRS,
	TABLE_UINTS,
	TABLE_OBJ,
	TABLE_LIST,
	TABLE_MAP,
	TABLE_NUMMAP,
	TABLE_OBJMAP,
};

enum table_flags {
	TABLE_REQUIRED = 1 << 0, /* an object without this member is an error */
	TABLE_NONEMPTY = 1 << 1, /* "" and [] are errors */
};

enum table_limits {
	TABLE_MAX_FIELDS = 64,     /* of one type: the reader has a bit for each */
	TABLE_MAX_DEPTH = 16,      /* objects and arrays inside each other */
	TABLE_MAX_SIZE = 16 << 20, /* bytes of a document */
	TABLE_KEY_SIZE = 40,       /* of a key with its NUL */
};

enum table_style {
	TABLE_COMPACT, /* no white space at all */
	TABLE_PRETTY,  /* four spaces a level, a newline at the end */
};

struct table_range {
	int64_t min;
	uint64_t max;
};

/*
 * Rows have no pointers: what has any is written to before main, when the program learns where it
 * lies in memory, and then each process has pages of its own for it.
 */
struct table_field {
	struct table_range range;   /* of INT, UINT and each of UINTS */
	uint16_t value_at;          /* offset of x in the struct */
	uint16_t aux_at;            /* offset of has_x or n_x; of x itself where there is neither */
	uint8_t kind;               /* enum table_kind */
	uint8_t flags;              /* enum table_flags */
	uint8_t child;              /* of OBJ, LIST, OBJMAP: which type of the .def file */
	uint8_t key_len;
	char key[TABLE_KEY_SIZE];   /* as in the document; compared with its case */
};

struct table_type {
	const char *name;
	size_t size;
	const struct table_field *fields;
	size_t n_fields;
	const struct table_type *(*child)(unsigned index); /* the types of its .def file */
};

/*
 * Reads one document into a struct of `type`, all of it from the arena (the text may go).
 * Returns NULL after filling err: `at` is the JSON pointer of the value at fault ("" where the text
 * is no JSON), line and column (from 1, in characters) are set, msg reads "expected a string, got a
 * number". Members that no row knows are skipped, at any depth; null counts as absent.
 *
 * Errors: not JSON, invalid UTF-8, NUL in a string, a known member or a name of a map given
 * twice, fractions and exponents, numbers out of range, missing required members, more than
 * TABLE_MAX_DEPTH levels or TABLE_MAX_SIZE bytes, anything behind the document.
 */
void *table_read(const struct table_type *type, struct arena *a, const char *text, size_t len,
		 struct error *err);

/*
 * The pointers of the members that table_read would skip, outermost only ("/windows", not what is
 * in it), for a debug line each; a NULL ends the list. A faulty document: those before the fault.
 */
const char **table_unknown(const struct table_type *type, struct arena *a, const char *text,
			   size_t len);

/*
 * The struct as JSON text: members in row order, absent ones left out. Always valid JSON: a byte
 * that is not UTF-8 becomes U+FFFD. Reading it gives the same struct (but for such bytes).
 */
char *table_write(const struct table_type *type, struct arena *a, const void *doc,
		  enum table_style style);

/*
 * What `base` becomes where `over` is laid on it, as a new struct of the arena that shares what the
 * two point to; either may be NULL. Of what `over` has not, `base` counts. Objects are taken member
 * by member, maps of strings name by name; single values and other lists as a whole.
 */
void *table_overlay(const struct table_type *type, struct arena *a, const void *base,
		    const void *over);

/*
 * Line and column (from 1, in characters) of the value at a JSON pointer; where there is none,
 * those of the nearest parent that exists. For text that table_read took; never fails on other.
 */
void table_where(const char *text, size_t len, const char *pointer, unsigned *line,
		 unsigned *column);

#endif
