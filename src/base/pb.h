/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in the wire format of Protocol Buffers: what is needed to talk to a service that speaks
 * it, without its schemas. A field is a number with an integer or with bytes; a message in a
 * message is bytes. Fixed-width numbers are stepped over when reading.
 *
 *	struct pb m = { .a = arena };
 *
 *	pb_uint(&m, 1, 10);
 *	pb_text(&m, 10, "dump.log");
 *	... send m.data, m.len ...
 *
 *	struct pb_reader r = { data, data + len };
 *	struct pb_field f;
 *
 *	while ((n = pb_next(&r, &f)) > 0)
 *		switch (f.number) ...
 */
#ifndef BASE_PB_H
#define BASE_PB_H

#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"

struct pb {
	struct arena *a;
	unsigned char *data;
	size_t len, size;
};

void pb_uint(struct pb *m, unsigned field, uint64_t value);
void pb_bytes(struct pb *m, unsigned field, const void *data, size_t len);
void pb_text(struct pb *m, unsigned field, const char *text);
void pb_message(struct pb *m, unsigned field, const struct pb *inner);

struct pb_reader {
	const unsigned char *at, *end;
};

struct pb_field {
	unsigned number;
	uint64_t value;            /* of an integer; otherwise 0 */
	const unsigned char *data; /* of bytes: in the message itself; otherwise NULL */
	size_t len;
};

/* 1: a field; 0: the end; -EBADMSG: this is no such message. */
int pb_next(struct pb_reader *r, struct pb_field *out);

#endif
