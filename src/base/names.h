/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that the OCI spec and people use for the kernel's numbers, as tables that are walked.
 * -1 or NULL when there is no such name or number.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stddef.h>

/* "TERM", "SIGTERM", "15", "RTMIN+3"; any case. Signal 0 is a number only. */
int signal_number(const char *name);
/* "SIGTERM"; a static buffer for real-time ones. */
const char *signal_name(int number);

/* "RLIMIT_NOFILE" -> the resource number of setrlimit(2). */
int rlimit_number(const char *name);
const char *rlimit_name(int number);

/* "CAP_NET_ADMIN" -> its bit number. Exact spelling, as the spec wants. */
int capability_number(const char *name);
/* As in capabilities(7), upper case; NULL past the last that this build knows. */
const char *capability_name(int number);

/* "pid" <-> CLONE_NEWPID; the spec's names: "network", "mount". file: as in /proc/PID/ns/. */
struct ns_name {
	const char *name;	/* in config.json */
	const char *file;	/* in /proc/PID/ns/ */
	int flag;		/* CLONE_NEW* */
};
extern const struct ns_name ns_names[];
extern const size_t n_ns_names;
const struct ns_name *ns_by_name(const char *name);
const struct ns_name *ns_by_flag(int flag);

#endif
