/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that lives as long as one command: text, spec and plan. Nothing in it is freed singly,
 * and nothing in it owns anything outside it (no descriptors, no processes). It ends the process
 * when there is no memory, so its callers need not ask.
 *
 *	struct arena a = { 0 };
 *	struct thing *t = arena_new(&a, struct thing);	// zeroed
 *	...
 *	arena_done(&a);
 *
 * Built with MCRUN_ARENA_SINGLE (sanitizer builds) each object is a malloc of its own, so that
 * AddressSanitizer sees a read past its end.
 */
#ifndef OCI_ARENA_H
#define OCI_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;
struct arena {
	struct arena_chunk *head;
	size_t used, size; /* bytes of the newest chunk */
};

/* `n` objects of `size` bytes, zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t n, size_t size);
/* `bytes`, aligned as those, with anything in them: for what will be written over. */
void *arena_room(struct arena *a, size_t bytes);
/* Of `last`, and of all that was asked for after it, no more than `bytes` of `last` are wanted. */
void arena_trim(struct arena *a, const void *last, size_t bytes);
/* What is asked for from now on lies on pages of its own: a child has the others, too, and whoever
 * writes to one that both have copies it first. */
void arena_leave(struct arena *a);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

void *arena_double(struct arena *a, const void *list, size_t n, size_t size);

/*
 * Room for one more element behind the `n` that `list` has; returns the list, which may have
 * moved. Lists grow by doubling and the count alone says when (n is 0 or a power of two), so a
 * list needs no capacity field, but must be grown by this function only.
 */
static inline void *arena_grow(struct arena *a, void *list, size_t n, size_t size)
{
	return n & (n - 1) ? list : arena_double(a, list, n, size);
}

/* Puts what `from` has into `a`, as if it had come from there; `from` is then empty. */
void arena_take(struct arena *a, struct arena *from);

/* For use anew, with the newest chunk of what it has. */
void arena_reset(struct arena *a);

/* Frees all of it; the arena is then empty and may be used again. */
void arena_done(struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), 1, sizeof(type)))

#endif
