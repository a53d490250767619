/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one helper program to its end: a hook, newuidmap. Text goes in on stdin; the tail of what
 * it says on stdout and stderr is kept for the error message. It gets a process group of its own,
 * so that a timeout ends its children too, an empty signal mask, default dispositions, and no
 * descriptor but 0, 1, 2. It is killed when the caller dies, and all of its group with it if so
 * wanted.
 */
#ifndef BASE_RUN_H
#define BASE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"

/* What a program said on stdout and stderr; of more than RUN_OUTPUT_MAX bytes the beginning. */
struct run_output {
	struct arena *a;
	char *text;	/* ends with NUL; NULL: it said nothing */
	size_t len;
};
enum { RUN_OUTPUT_MAX = 64 << 20 };

struct run {
	const char *path;		/* executed as it is: no look-up in PATH */
	const char *const *argv;	/* NULL-terminated, argv[0] included */
	const char *const *envp;	/* NULL-terminated; NULL: an empty environment */
	const char *cwd;		/* NULL: leave it */
	const char *input;		/* NULL: empty stdin */
	/*
	 * Where its stdout and its stderr go in place of the error message; -1 for the one that
	 * goes there all the same. NULL: both do.
	 */
	const int *streams;
	uint32_t timeout_ms;		/* 0: none */
	struct run_output *output;	/* NULL: nobody wants it */
	bool kept;			/* its children die with the caller too: one more process */
	/*
	 * It exits with 1 once it has said in a sentence what is wrong: this sentence is the error
	 * then, with nothing around it.
	 */
	bool speaks;
	/* In the child, just before execve, or NULL. Descriptors are close-on-exec. May _exit. */
	void (*before_exec)(void *arg);
	void *arg;
};

/*
 * Waits for it (on its pidfd, without polling). 0 when it exited with 0. Otherwise -1 and err
 * says what happened, but not which hook it was: "/x/hook exited with 3 after 12 ms; output:
 * ...", "was killed by SIGSEGV after 3 ms", "timed out after 5000 ms and was killed", "execute
 * /x/hook: missing (ENOENT)". A signal in `stop_fd`'s place (a descriptor that becomes readable,
 * or -1) kills it and fails with code EINTR; a timeout has code ETIMEDOUT. What the program left
 * running in the background is not waited for. The caller must not ignore SIGCHLD.
 */
int run_program(const struct run *run, int stop_fd, struct error *err);

#endif
