/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of chunks; allocation is an addition. See arena.h for why nothing is freed singly. */
#include "libocispec/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of it all */
	_Alignas(max_align_t) unsigned char data[];
};

/*
 * From the kernel, its pages with it, most of which will be used: some libcs take longer to get
 * malloc ready than mcrun has use for it. A page costs more than a call; one chunk is enough for
 * what `run` of an ordinary bundle wants up to init, three for one with an engine's profile.
 */
#ifdef MCRUN_ARENA_SINGLE
enum { CHUNK = 0 };

static void *chunk_new(size_t size)
{
	return malloc(size);
}

static void chunk_free(struct arena_chunk *c)
{
	free(c);
}
#else
enum { CHUNK = 24 * 1024 - sizeof(struct arena_chunk) };

static void *chunk_new(size_t size)
{
	const int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, how, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void chunk_free(struct arena_chunk *c)
{
	munmap(c, c->size);
}
#endif

static _Noreturn void no_memory(void)
{
	fputs("mcrun: out of memory\n", stderr);
	_exit(1);
}

static void add_chunk(struct arena *a, size_t need)
{
	size_t size = need > CHUNK ? need : CHUNK;
	struct arena_chunk *c = chunk_new(sizeof(*c) + size);

	if (!c)
		no_memory();
	c->size = sizeof(*c) + size;
	c->next = a->head;
	a->head = c;
	a->used = 0;
	a->size = size;
}

enum { TEXT_ALIGN = sizeof(uint64_t) }; /* libcs read text by words, no more */

static inline void *take(struct arena *a, size_t bytes, size_t align)
{
	size_t at = (a->used + align - 1) & ~(align - 1);

	if (bytes > SIZE_MAX / 2)
		no_memory();
	if (!a->head || at > a->size || bytes > a->size - at) {
		add_chunk(a, bytes);
		at = 0;
	}
	a->used = at + bytes;
	return a->head->data + at;
}

void *arena_room(struct arena *a, size_t bytes)
{
	return take(a, bytes, _Alignof(max_align_t));
}

void arena_trim(struct arena *a, const void *last, size_t bytes)
{
	const unsigned char *at = last;

	if (CHUNK != 0 && a->head && at >= a->head->data && at < a->head->data + a->used)
		a->used = (size_t)(at - a->head->data) + bytes;
}

void arena_leave(struct arena *a)
{
	a->used = a->size;
}

/* Zeroed here and not with its chunk, of which the rest then costs no page. */
void *arena_alloc(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		no_memory();
	return memset(arena_room(a, bytes), 0, bytes);
}

/* memcpy of what is mostly some ten bytes, for which some libcs take long. */
static inline void copy_text(char *to, const char *s, size_t len)
{
	const size_t word = sizeof(uint64_t), half = sizeof(uint32_t);

	if (len > 4 * word) {
		memcpy(to, s, len);
	} else if (len >= word) { /* the last word may overlap the one before */
		for (size_t i = 0; i < len - word; i += word)
			memcpy(to + i, s + i, sizeof(uint64_t));
		memcpy(to + len - word, s + len - word, sizeof(uint64_t));
	} else if (len >= half) {
		memcpy(to, s, sizeof(uint32_t));
		memcpy(to + len - half, s + len - half, sizeof(uint32_t));
	} else {
		for (size_t i = 0; i < len; i++)
			to[i] = s[i];
	}
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = take(a, len + 1, TEXT_ALIGN);

	copy_text(p, s, len);
	p[len] = '\0';
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(small, sizeof(small), fmt, ap);

	if (n < 0)
		no_memory();

	char *p = take(a, (size_t)n + 1, TEXT_ALIGN);

	if ((size_t)n < sizeof(small))
		copy_text(p, small, (size_t)n + 1);
	else
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *p = arena_vprintf(a, fmt, ap);

	va_end(ap);
	return p;
}

void *arena_double(struct arena *a, const void *list, size_t n, size_t size)
{
	void *bigger = arena_alloc(a, n ? 2 * n : 1, size);

	if (n)
		memcpy(bigger, list, n * size);
	return bigger;
}

void arena_take(struct arena *a, struct arena *from)
{
	struct arena_chunk *last = from->head;

	if (!a->head) {
		*a = *from;
	} else if (last) { /* behind the newest chunk, in which there is room */
		while (last->next)
			last = last->next;
		last->next = a->head->next;
		a->head->next = from->head;
	}
	*from = (struct arena){ 0 };
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *keep = CHUNK ? a->head : NULL;

	if (!keep) {
		arena_done(a);
		return;
	}
	a->head = keep->next;
	arena_done(a);
	keep->next = NULL;
	*a = (struct arena){ .head = keep, .size = keep->size - sizeof(*keep) };
}

void arena_done(struct arena *a)
{
	while (a->head) {
		struct arena_chunk *next = a->head->next;

		chunk_free(a->head);
		a->head = next;
	}
	*a = (struct arena){ 0 };
}
