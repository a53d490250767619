/* SPDX-License-Identifier: Apache-2.0 */
/* See memory.h. */
#include "libocispec/memory.h"

#include <stddef.h>
#include <string.h>

struct block {
	size_t size; /* bytes of data */
	_Alignas(max_align_t) unsigned char data[];
};

static void *take(void *arena, size_t size)
{
	struct block *block = arena_room(arena, sizeof(*block) + size);

	block->size = size;
	return block->data;
}

static void *resize(void *arena, void *data, size_t size)
{
	void *bigger = take(arena, size);

	if (data) {
		const void *at = (unsigned char *)data - offsetof(struct block, data);
		const struct block *block = at;

		memcpy(bigger, data, block->size < size ? block->size : size);
	}
	return bigger;
}

static void give_back(void *arena, void *data)
{
	(void)arena, (void)data;
}

yajl_alloc_funcs memory_of(struct arena *a)
{
	return (yajl_alloc_funcs){ take, resize, give_back, a };
}
