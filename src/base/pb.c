/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and reads the wire format of Protocol Buffers. See pb.h. */
#include "base/pb.h"

#include <errno.h>
#include <string.h>

enum wire { WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32 = 5 };

enum { VARINT_MAX = 10, FIRST_SIZE = 256 };

static void add(struct pb *m, const void *data, size_t len)
{
	size_t size = m->size ? m->size : FIRST_SIZE;

	while (size - m->len < len)
		size *= 2;
	if (size != m->size) {
		unsigned char *more = arena_alloc(m->a, size, 1);

		if (m->len)
			memcpy(more, m->data, m->len);
		m->data = more;
		m->size = size;
	}
	if (len)
		memcpy(m->data + m->len, data, len);
	m->len += len;
}

static void add_varint(struct pb *m, uint64_t value)
{
	unsigned char byte[VARINT_MAX];
	size_t n = 0;

	do {
		byte[n++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	add(m, byte, n);
}

static void add_key(struct pb *m, unsigned field, enum wire wire)
{
	add_varint(m, (uint64_t)field << 3 | wire);
}

void pb_uint(struct pb *m, unsigned field, uint64_t value)
{
	add_key(m, field, WIRE_VARINT);
	add_varint(m, value);
}

void pb_bytes(struct pb *m, unsigned field, const void *data, size_t len)
{
	add_key(m, field, WIRE_BYTES);
	add_varint(m, len);
	add(m, data, len);
}

void pb_text(struct pb *m, unsigned field, const char *text)
{
	pb_bytes(m, field, text, strlen(text));
}

void pb_message(struct pb *m, unsigned field, const struct pb *inner)
{
	pb_bytes(m, field, inner->data, inner->len);
}

static int read_varint(struct pb_reader *r, uint64_t *out)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < VARINT_MAX && r->at < r->end; i++) {
		unsigned char byte = *r->at++;

		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80)) {
			*out = value;
			return 0;
		}
	}
	return -EBADMSG;
}

static int skip(struct pb_reader *r, size_t len)
{
	if ((size_t)(r->end - r->at) < len)
		return -EBADMSG;
	r->at += len;
	return 0;
}

static int read_value(struct pb_reader *r, enum wire wire, struct pb_field *out)
{
	uint64_t len;

	switch (wire) {
	case WIRE_VARINT:
		return read_varint(r, &out->value);
	case WIRE_FIXED64:
		return skip(r, 8);
	case WIRE_FIXED32:
		return skip(r, 4);
	case WIRE_BYTES:
		if (read_varint(r, &len) < 0 || len > (uint64_t)(r->end - r->at))
			return -EBADMSG;
		out->data = r->at;
		out->len = (size_t)len;
		return skip(r, (size_t)len);
	default:
		return -EBADMSG;
	}
}

int pb_next(struct pb_reader *r, struct pb_field *out)
{
	struct pb_field field = { 0 };
	uint64_t key;

	if (r->at == r->end)
		return 0;
	if (read_varint(r, &key) < 0 || key >> 3 == 0 || key >> 3 > UINT32_MAX)
		return -EBADMSG;
	field.number = (unsigned)(key >> 3);
	if (read_value(r, (enum wire)(key & 7), &field) < 0)
		return -EBADMSG;
	*out = field;
	return 1;
}
