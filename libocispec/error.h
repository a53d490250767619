/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One failure, as a value.
 *
 * A function that can fail for a reason worth telling takes a `struct error *err` as its last
 * argument, leaves it untouched on success, and on failure fills it and returns -1:
 *
 *	if (mkdirat(root, id, 0700) < 0)
 *		return err_set(err, errno, "make state directory %s/%s", path, id);
 *
 * The site that knows the noun writes the sentence; callers add a place (err_add, err_at) and
 * nothing else. main() prints it, once. It is plain memory without pointers, so that it can be
 * sent over a socket in one packet (4 KiB in all).
 */
#ifndef OCI_ERROR_H
#define OCI_ERROR_H

struct error {
	int code;		/* the errno value behind it, or 0 */
	unsigned line, column;	/* in the document, both from 1; 0: to be looked up from `at` */
	char at[500];		/* JSON pointer into config.json ("/mounts/3/options/2"), or "" */
	char msg[3584];		/* the sentence, without a newline; cut when longer */
};

/*
 * Sets the message; if `code` is not 0, ": <its text>" follows. Always returns -1. The text of an
 * errno is ours (err_text), so that engines which search messages for "no such file or directory"
 * or "permission denied" to find out that a *program* could not be executed are not misled.
 * Messages may be about hostile names: control characters are shown as \xNN.
 */
int err_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((cold, format(printf, 3, 4)));

/* Puts "<place>: " before the message. Always returns -1. */
int err_add(struct error *err, const char *fmt, ...) __attribute__((cold, format(printf, 2, 3)));

/* Says where in config.json the fault lies, unless somebody nearer to it has. Returns -1. */
int err_at(struct error *err, const char *fmt, ...) __attribute__((cold, format(printf, 2, 3)));

/* err_set and err_at in one, for the plan layer: fault of the document, not of the host. */
int err_in(struct error *err, const char *at, const char *fmt, ...)
	__attribute__((cold, format(printf, 3, 4)));

/* "missing (ENOENT)", "not permitted (EPERM)"; for unknown numbers "errno 4711". Never NULL. */
const char *err_text(int code);

#endif
