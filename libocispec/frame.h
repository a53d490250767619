/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the reader is: a stack with one frame for each object or array that is open. The stack
 * says which value may come next, where it goes, and what the JSON pointer to it is.
 * Internal to libocispec; read.c drives it.
 */
#ifndef OCI_FRAME_H
#define OCI_FRAME_H

#include <string.h>
#include <yajl/yajl_parse.h>

#include "libocispec/member.h"
#include "libocispec/table.h"

enum token { TOKEN_NULL, TOKEN_BOOL, TOKEN_NUMBER, TOKEN_STRING, TOKEN_OBJECT, TOKEN_ARRAY };

enum { SKIP = -1 }; /* in place of a kind: anything may stand here, nobody wants it */

struct frame {
	int kind;                        /* TABLE_OBJ, a list or map, or SKIP */
	bool named;                      /* its values have keys; otherwise indices */
	int token;                       /* lists and maps: of each value, enum token; else -1 */
	size_t size;                     /* lists and maps: of an element */
	const struct table_type *type;   /* what `base` is */
	const struct table_field *field; /* TABLE_OBJ: the current key's row; else its own */
	char *base;      /* the struct that is filled, or that has the list or map */
	size_t start;    /* offset of its bracket */
	size_t n;        /* values that are complete: the index of the current one */
	const char *key; /* of the current value, not always with a NUL behind */
	size_t key_len;
	uint64_t seen, have; /* TABLE_OBJ: rows whose key came; those with a value, too */
	void *names;         /* maps: a search tree of the keys that came */
};

struct reader {
	const struct table_type *type;
	struct arena *arena;
	struct error *err;
	const char *text;
	size_t len;
	yajl_handle yajl;
	bool flush;         /* all text is given: yajl's offsets no longer count */
	size_t before, end; /* offsets of the ends of the last token and of this one */
	size_t fault_at;    /* text_fault's: to be told by the string it lies in */
	const char *fault;
	bool list_unknown;
	const char **unknown;
	size_t n_unknown;
	void *doc;
	int depth;
	struct frame frames[TABLE_MAX_DEPTH];
};

/* The innermost frame, or NULL before the document has begun. */
static inline struct frame *top(struct reader *r)
{
	return r->depth ? &r->frames[r->depth - 1] : NULL;
}

/* To be called once for each token: notes where it ends. frame_token_start says where it began. */
static inline void frame_token(struct reader *r)
{
	r->before = r->end;
	r->end = r->flush ? r->len : yajl_get_bytes_consumed(r->yajl);
}
size_t frame_token_start(const struct reader *r);

/* The JSON pointer of the current value of the `levels` outermost frames; cut if too long. */
void frame_pointer(const struct reader *r, int levels, char *out, size_t size);

/* Fills err: what, the pointer of so many levels, the place of an offset. Returns 0: yajl stops. */
int frame_fail(struct reader *r, int levels, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

int frame_judge(struct reader *r, enum token token);

/* 1: the value that begins with this token is wanted; 0: skip it; -1: it is an error, told. */
static inline int frame_accept(struct reader *r, enum token token)
{
	const struct frame *f = top(r);

	return f && f->token == (int)token ? 1 : frame_judge(r, token);
}

/* Makes room for one more element behind the `n` that the list or map of this frame has. */
static inline char *frame_room(struct reader *r, const struct frame *f, size_t n)
{
	char *member = f->base + f->field->value_at;
	char *list = arena_grow(r->arena, load_ptr(member), n, f->size);

	store_ptr(member, list);
	return list + n * f->size;
}

/* Where the value that was accepted goes: a member, or a new element of a list or map. */
static inline char *frame_slot(struct reader *r)
{
	const struct frame *f = top(r);
	size_t n, more;

	if (f->kind == TABLE_OBJ)
		return f->base + f->field->value_at;
	memcpy(&n, f->base + f->field->aux_at, sizeof(n));
	more = n + 1;
	memcpy(f->base + f->field->aux_at, &more, sizeof(more));
	return frame_room(r, f, n);
}

/* Makes the frame of an accepted object or array, and the struct for an object. 0 if too deep. */
int frame_open(struct reader *r, enum token token);

/* Checks what can only be said of a whole object, list or map, and leaves it. 0 if at fault. */
int frame_close(struct reader *r);

/* Leaves every frame, after the end or an error. */
void frame_close_all(struct reader *r);

#endif
