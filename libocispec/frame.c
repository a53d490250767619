/* SPDX-License-Identifier: Apache-2.0 */
/* The stack of open objects and arrays. Knows rows and structs; tokens come to it one by one. */
#include "libocispec/frame.h"

#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libocispec/text.h"

static const char *const token_names[] = {
	"null", "a boolean", "a number", "a string", "an object", "an array",
};

/* By kind: what an error calls it, the token it begins with, and the kind of what is inside. */
static const struct {
	const char *name;
	enum token token;
	int inside;
} kinds[] = {
	[TABLE_BOOL] = { "a boolean", TOKEN_BOOL, SKIP },
	[TABLE_INT] = { "an integer", TOKEN_NUMBER, SKIP },
	[TABLE_UINT] = { "an integer", TOKEN_NUMBER, SKIP },
	[TABLE_STR] = { "a string", TOKEN_STRING, SKIP },
	[TABLE_NUM] = { "a number", TOKEN_NUMBER, SKIP },
	[TABLE_STRS] = { "an array of strings", TOKEN_ARRAY, TABLE_STR },
	[TABLE_UINTS] = { "an array of integers", TOKEN_ARRAY, TABLE_UINT },
	[TABLE_OBJ] = { "an object", TOKEN_OBJECT, SKIP },
	[TABLE_LIST] = { "an array of objects", TOKEN_ARRAY, TABLE_OBJ },
	[TABLE_MAP] = { "an object of strings", TOKEN_OBJECT, TABLE_STR },
	[TABLE_NUMMAP] = { "an object of numbers", TOKEN_OBJECT, TABLE_NUM },
	[TABLE_OBJMAP] = { "an object of objects", TOKEN_OBJECT, TABLE_OBJ },
};

static size_t add_key(char *out, size_t size, size_t n, const struct frame *f)
{
	for (size_t i = 0; i < f->key_len && n + 3 < size; i++) {
		bool escape = f->key[i] == '~' || f->key[i] == '/';

		if (escape)
			out[n++] = '~';
		out[n++] = f->key[i] == '~' ? '0' : f->key[i] == '/' ? '1' : f->key[i];
	}
	return n;
}

void frame_pointer(const struct reader *r, int levels, char *out, size_t size)
{
	size_t n = 0;

	for (int i = 0; i < levels && n + 24 < size; i++) {
		const struct frame *f = &r->frames[i];

		out[n++] = '/';
		if (f->named)
			n = add_key(out, size, n, f);
		else
			n += (size_t)snprintf(out + n, size - n, "%zu", f->n);
	}
	out[n] = '\0';
}

int frame_fail(struct reader *r, int levels, size_t at, const char *fmt, ...)
{
	char msg[256], where[sizeof(r->err->at)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	frame_pointer(r, levels, where, sizeof(where));
	err_in(r->err, where, "%s", msg);
	text_place(r->text, at, &r->err->line, &r->err->column);
	return 0;
}

/* Between two tokens that yajl reports there are only blanks and , and : to skip. */
size_t frame_token_start(const struct reader *r)
{
	size_t at = text_blank(r->text, r->end, r->before);

	while (at < r->end && (r->text[at] == ',' || r->text[at] == ':'))
		at = text_blank(r->text, r->end, at + 1);
	return at;
}

int frame_judge(struct reader *r, enum token token)
{
	struct frame *f = top(r);
	int want = TABLE_OBJ;

	if (f && f->kind == TABLE_OBJ)
		want = f->field ? f->field->kind : SKIP;
	else if (f)
		want = f->kind == SKIP ? SKIP : kinds[f->kind].inside;
	if (want == SKIP || (token == TOKEN_NULL && f && f->named))
		return 0;
	if (kinds[want].token != token) {
		frame_fail(r, r->depth, frame_token_start(r), "expected %s, got %s",
			   kinds[want].name, token_names[token]);
		return -1;
	}
	if (f && f->kind == TABLE_OBJ)
		f->have |= 1ull << (f->field - f->type->fields);
	return 1;
}

static const struct table_type *child(const struct frame *f)
{
	return f->type->child(f->field->child);
}

/* Of the list or map of a frame. */
static size_t element_size(const struct frame *f)
{
	switch (f->kind) {
	case TABLE_STRS:
		return sizeof(const char *);
	case TABLE_UINTS:
		return sizeof(uint64_t);
	case TABLE_MAP:
	case TABLE_NUMMAP:
		return sizeof(struct oci_pair);
	default:
		return child(f)->size;
	}
}

static int push(struct reader *r, const struct frame *f)
{
	if (r->depth == TABLE_MAX_DEPTH)
		return frame_fail(r, r->depth, frame_token_start(r), "nested deeper than %d levels",
				  TABLE_MAX_DEPTH);
	r->frames[r->depth] = *f;
	r->frames[r->depth++].start = frame_token_start(r);
	return 1;
}

/* Makes the struct for an object that was accepted, wherever it goes, and a frame that fills it. */
static int push_object(struct reader *r)
{
	struct frame *f = top(r), new = { .kind = TABLE_OBJ, .named = true, .token = -1 };

	new.type = f ? child(f) : r->type;
	if (f && f->kind != TABLE_OBJ) {
		new.base = frame_slot(r); /* an element: the struct itself */
		if (f->kind == TABLE_OBJMAP)
			store_ptr(new.base, f->key);
	} else {
		new.base = arena_alloc(r->arena, 1, new.type->size);
		store_ptr(f ? frame_slot(r) : (char *)&r->doc, new.base);
	}
	return push(r, &new);
}

int frame_open(struct reader *r, enum token token)
{
	int want = frame_accept(r, token);
	struct frame *f = top(r),
		     new = { .kind = SKIP, .named = token == TOKEN_OBJECT, .token = -1 };

	if (want < 0)
		return 0;
	if (!want)
		return push(r, &new);
	if (!f || f->kind != TABLE_OBJ || f->field->kind == TABLE_OBJ)
		return push_object(r);
	new.kind = f->field->kind;
	new.type = f->type;
	new.field = f->field;
	new.base = f->base;
	new.token = (int)kinds[kinds[new.kind].inside].token;
	new.size = element_size(&new);
	return push(r, &new);
}

/* What can only be said of a whole object: returns 0 after telling what is missing. */
static int check_object(struct reader *r, const struct frame *f)
{
	for (size_t i = 0; i < f->type->n_fields; i++)
		if (f->type->fields[i].flags & TABLE_REQUIRED && !(f->have & 1ull << i))
			return frame_fail(r, r->depth - 1, f->start, "%s is missing (required)",
					  f->type->fields[i].key);
	return 1;
}

/* Of a whole list or map: not NULL even if empty, and strings end with a NULL. */
static int check_list(struct reader *r, const struct frame *f)
{
	size_t n;

	memcpy(&n, f->base + f->field->aux_at, sizeof(n));
	if (!n && f->field->flags & TABLE_NONEMPTY)
		return frame_fail(r, r->depth - 1, f->start, "must not be empty");
	if (!n || f->kind == TABLE_STRS)
		frame_room(r, f, n);
	return 1;
}

static void keep_name(void *name)
{
	(void)name; /* names are the arena's; the tree only knows them */
}

int frame_close(struct reader *r)
{
	struct frame *f = top(r);

	if (f->kind == TABLE_OBJ && !check_object(r, f))
		return 0;
	if (f->kind != TABLE_OBJ && f->kind != SKIP && !check_list(r, f))
		return 0;
	tdestroy(f->names, keep_name);
	r->depth--;
	return 1;
}

void frame_close_all(struct reader *r)
{
	for (; r->depth; r->depth--)
		tdestroy(top(r)->names, keep_name);
}
