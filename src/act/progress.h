/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line at a terminal while something takes long, written again each second:
 *
 *	mcrun: dumping container "x": 12 s, 34.5 MiB, to /images
 *
 *	autoprogress struct progress progress = PROGRESS_INIT;
 *
 *	progress_begin(&progress, "dumping container \"x\"", "to /images", images);
 *	... while waiting, poll for progress_ms() at most, then progress_show() ...
 *
 * In the end the line is cleared. Where stderr is no terminal nothing is told. NULL is nobody's
 * progress, of which nothing is told either.
 */
#ifndef ACT_PROGRESS_H
#define ACT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what, *where;
	int folder;     /* whose files grow meanwhile; or -1 */
	int64_t since;  /* ms */
	bool on, shown;
};
#define PROGRESS_INIT                                                                              \
	{                                                                                          \
		.folder = -1                                                                       \
	}

/* The texts and the descriptor stay the caller's, and must outlive it. */
void progress_begin(struct progress *p, const char *what, const char *where, int folder);

/* How long to wait, in ms, until there is something else to show; -1: for ever. */
int progress_ms(const struct progress *p);
void progress_show(struct progress *p);

/* Makes way for what others have to say; the next progress_show() brings it back. */
void progress_hide(struct progress *p);
#define autoprogress __attribute__((cleanup(progress_hide)))

#endif
