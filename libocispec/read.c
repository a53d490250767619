/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text into structs: yajl's callbacks, one for each kind of token, over the stack of frame.c.
 * The only caller of yajl_parse. Decides nothing but shape, range and presence; what a value means
 * is not its business.
 */
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

#include "libocispec/frame.h"
#include "libocispec/memory.h"
#include "libocispec/text.h"

/* A value is complete. Returns 1, for yajl. */
static int done(struct reader *r)
{
	if (r->depth)
		top(r)->n++;
	return 1;
}

static void set_present(const struct frame *f)
{
	const bool yes = true;

	memcpy(f->base + f->field->aux_at, &yes, sizeof(yes));
}

static int on_null(void *ctx)
{
	struct reader *r = ctx;

	frame_token(r);
	return frame_accept(r, TOKEN_NULL) < 0 ? 0 : done(r);
}

static int on_bool(void *ctx, int value)
{
	struct reader *r = ctx;
	const bool b = value;

	frame_token(r);

	int want = frame_accept(r, TOKEN_BOOL);

	if (want < 0)
		return 0;
	if (want) {
		memcpy(frame_slot(r), &b, sizeof(b));
		set_present(top(r));
	}
	return done(r);
}

/* Digits with an optional sign; anything else (fraction, exponent) and what overflows is false. */
static bool parse_integer(const char *s, size_t len, bool *negative, uint64_t *value)
{
	size_t i = *negative = len && s[0] == '-';

	*value = 0;
	for (; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (unsigned)(s[i] - '0'), value))
			return false;
	}
	return true;
}

static bool in_range(const struct table_range *range, bool negative, uint64_t value)
{
	if (negative && value)
		return range->min < 0 && value <= 0 - (uint64_t)range->min;
	return value <= range->max && (range->min <= 0 || value >= (uint64_t)range->min);
}

/* A member, or an element of a list or map. */
static inline void put_text(struct reader *r, const char *copy)
{
	const struct frame *f = top(r);
	bool pair = f->kind == TABLE_MAP || f->kind == TABLE_NUMMAP;
	char *to = frame_slot(r);

	if (pair)
		memcpy(to, &(struct oci_pair){ f->key, copy }, sizeof(struct oci_pair));
	else
		memcpy(to, &copy, sizeof(copy));
}

/* NUM, whose numbers are not looked at. */
static bool is_text(const struct frame *f)
{
	return f->kind == TABLE_NUMMAP || (f->kind == TABLE_OBJ && f->field->kind == TABLE_NUM);
}

static int on_number(void *ctx, const char *s, size_t len)
{
	struct reader *r = ctx;
	uint64_t value;
	bool negative;

	frame_token(r);

	int want = frame_accept(r, TOKEN_NUMBER);

	if (want < 0)
		return 0;
	if (!want)
		return done(r);

	if (is_text(top(r))) {
		put_text(r, arena_strndup(r->arena, s, len));
		return done(r);
	}

	const struct table_range *range = &top(r)->field->range;

	if (!parse_integer(s, len, &negative, &value) || !in_range(range, negative, value))
		return frame_fail(r, r->depth, frame_token_start(r),
				  "expected an integer from %" PRId64 " to %" PRIu64 ", got %.*s%s",
				  range->min, range->max, len > 40 ? 40 : (int)len, s,
				  len > 40 ? "..." : "");
	if (negative)
		value = 0 - value; /* two's complement: the same bits as the int64_t */
	memcpy(frame_slot(r), &value, sizeof(value));
	if (top(r)->kind == TABLE_OBJ)
		set_present(top(r));
	return done(r);
}

static int on_string(void *ctx, const unsigned char *s, size_t len)
{
	struct reader *r = ctx;

	frame_token(r);
	if (r->fault_at < r->end)
		return frame_fail(r, r->depth, r->fault_at, "%s", r->fault);

	int want = frame_accept(r, TOKEN_STRING);

	if (want < 0)
		return 0;
	if (!want)
		return done(r);

	struct frame *f = top(r);

	if (!len && f->kind == TABLE_OBJ && f->field->flags & TABLE_NONEMPTY)
		return frame_fail(r, r->depth, frame_token_start(r), "must not be empty");

	put_text(r, arena_strndup(r->arena, (const char *)s, len));
	return done(r);
}

static const struct table_field *find_field(const struct frame *f)
{
	for (size_t i = 0; i < f->type->n_fields; i++) {
		const struct table_field *field = &f->type->fields[i];

		if (field->key_len == f->key_len && memcmp(field->key, f->key, f->key_len) == 0)
			return field;
	}
	return NULL;
}

static int order(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Whether the current key has come before in this frame. Within what is skipped nobody asks. */
static bool key_again(struct frame *f)
{
	if (f->kind == SKIP || (f->kind == TABLE_OBJ && !f->field))
		return false;
	if (f->kind == TABLE_OBJ) {
		uint64_t bit = 1ull << (f->field - f->type->fields), seen = f->seen;

		f->seen |= bit;
		return seen & bit;
	}

	void *found = tsearch(f->key, &f->names, order);
	const char *first = f->key;

	if (found)
		memcpy(&first, found, sizeof(first)); /* what it points to begins with the key */
	return first != f->key;
}

static void note_unknown(struct reader *r)
{
	char where[sizeof(r->err->at)];

	frame_pointer(r, r->depth, where, sizeof(where));
	r->unknown = arena_grow(r->arena, r->unknown, r->n_unknown, sizeof(*r->unknown));
	r->unknown[r->n_unknown++] = arena_strdup(r->arena, where);
}

static int on_key(void *ctx, const unsigned char *s, size_t len)
{
	struct reader *r = ctx;
	struct frame *f = top(r);
	bool in_text = (uintptr_t)s - (uintptr_t)r->text < r->len;

	frame_token(r);
	f->key = (const char *)s;
	f->key_len = len;
	if (f->kind == TABLE_OBJ)
		f->field = find_field(f);
	if (!in_text || (f->kind != TABLE_OBJ && f->kind != SKIP))
		f->key = arena_strndup(r->arena, f->key, len); /* yajl's buffer does not last */
	if (r->fault_at < r->end)
		return frame_fail(r, r->depth - 1, r->fault_at, "%s", r->fault);
	if (key_again(f))
		return frame_fail(r, r->depth, frame_token_start(r), "given twice");
	if (f->kind == TABLE_OBJ && !f->field && r->list_unknown)
		note_unknown(r);
	return 1;
}

static int on_object(void *ctx)
{
	frame_token(ctx);
	return frame_open(ctx, TOKEN_OBJECT);
}

static int on_array(void *ctx)
{
	frame_token(ctx);
	return frame_open(ctx, TOKEN_ARRAY);
}

static int on_end(void *ctx)
{
	frame_token(ctx);
	return frame_close(ctx) ? done(ctx) : 0;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_end,
};

/*
 * Where yajl stopped. It says how far it has read: in the wrong word up to the wrong character or,
 * in two cases, beyond it; otherwise to the end of the wrong token.
 */
static size_t syntax_place(struct reader *r, const char *text)
{
	size_t at = yajl_get_bytes_consumed(r->yajl);

	if (r->flush)
		return r->len;
	if (strstr(text, "invalid char in") || strstr(text, "occurs before"))
		return at ? at - 1 : 0;
	if (strncmp(text, "lexical", 7) == 0)
		return at;
	if (at && memchr(",:]}", r->text[at - 1], 4))
		return at - 1;
	r->before = r->end;
	r->end = at;
	return frame_token_start(r);
}

/* yajl says "parse error: premature EOF\n"; of that the middle is worth telling. */
static void fail_syntax(struct reader *r)
{
	unsigned char *text = yajl_get_error(r->yajl, 0, NULL, 0);
	const char *msg = text ? (const char *)text : "unknown error", *colon = strstr(msg, ": ");
	size_t at = syntax_place(r, msg);

	msg = colon ? colon + 2 : msg;
	if (strncmp(msg, "premature EOF", 13) == 0)
		msg = "the text ends before the document does";
	frame_fail(r, 0, at, "not JSON: %.*s", (int)strcspn(msg, ".\n"), msg);
}

static void parse(struct reader *r)
{
	const unsigned char *text = (const unsigned char *)r->text;
	yajl_status status = yajl_parse(r->yajl, text, r->len);

	if (status == yajl_status_ok) {
		r->flush = true;
		status = yajl_complete_parse(r->yajl);
	}
	if (status == yajl_status_error)
		fail_syntax(r);
	if (status != yajl_status_ok)
		r->doc = NULL;
	frame_close_all(r);
}

/* Sets r->doc, or leaves NULL there and fills err. */
static void read_text(struct reader *r)
{
	if (r->len > TABLE_MAX_SIZE) {
		frame_fail(r, 0, 0, "the document is larger than %d MiB", TABLE_MAX_SIZE >> 20);
		return;
	}
	if (text_blank(r->text, r->len, 0) == r->len) {
		frame_fail(r, 0, 0, "the document is empty");
		return;
	}
	r->fault_at = text_fault(r->text, r->len, &r->fault);
	if (r->fault_at == r->len)
		r->fault_at = SIZE_MAX;

	yajl_alloc_funcs memory = memory_of(r->arena);

	r->yajl = yajl_alloc(&callbacks, &memory, r);
	yajl_config(r->yajl, yajl_dont_validate_strings, 1); /* text_fault has, and better */
	parse(r);
}

void *table_read(const struct table_type *type, struct arena *a, const char *text, size_t len,
		 struct error *err)
{
	struct reader r = { .type = type, .arena = a, .err = err, .text = text, .len = len };

	read_text(&r);
	return r.doc;
}

const char **table_unknown(const struct table_type *type, struct arena *a, const char *text,
			   size_t len)
{
	struct error err;
	struct reader r = {
		.type = type,
		.arena = a,
		.err = &err,
		.text = text,
		.len = len,
		.list_unknown = true,
	};

	read_text(&r);
	return arena_grow(a, r.unknown, r.n_unknown, sizeof(*r.unknown));
}
