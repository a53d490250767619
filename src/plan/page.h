/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that grows line by line, for print.c. Control characters are shown as \xNN: a plan is read
 * on terminals. Internal to plan.
 */
#ifndef PLAN_PAGE_H
#define PLAN_PAGE_H

#include "libocispec/arena.h"

struct page {
	struct arena *a;
	char *s;
	size_t len, size;
	const char *section;	/* to be written before the next line */
};

/* The headline of the lines that follow; without a line it does not appear. */
void page_section(struct page *to, const char *name);

/* "  /mounts/3           tmpfs -> /dev/shm"; without `from` the text alone. */
void page_line(struct page *to, const char *from, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* One page_line for each line of `lines`, with `prefix` before each. */
void page_each(struct page *to, const char *from, const char *prefix, const char *lines);

/* Pieces of a line, in the arena: joined by a space; the non-empty ones joined by two. */
const char *page_words(struct page *to, const char *const *words, size_t n);
const char *page_columns(struct page *to, const char *const *words, size_t n);

/* A command line, its words quoted where a shell would need it. */
const char *page_argv(struct page *to, const char *const *argv);

char *page_done(struct page *to);

#endif
