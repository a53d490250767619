/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the time went: --trace FILE. Each span is one complete event ("ph":"X") of the Chrome /
 * Perfetto trace-event format, appended with one write(2), so that parent and init can share
 * the file. When off, a span costs one comparison.
 *
 *	{ trace_span("mount /proc"); ... }	// ends with the scope
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stdint.h>

#include "libocispec/error.h"

struct trace_span {
	const char *name; /* NULL: tracing is off */
	uint64_t start;	  /* CLOCK_MONOTONIC, ns */
};

int trace_open(const char *file, struct error *err);
int trace_fd(void);	/* or -1: must survive the closing of descriptors in init */
void trace_name(const char *process);	/* names this process in the view */
struct trace_span trace_begin(const char *name);
void trace_end(struct trace_span *span);

#define TRACE_JOIN2(a, b) a##b
#define TRACE_JOIN(a, b) TRACE_JOIN2(a, b)
#define trace_span(name)                                                                           \
	__attribute__((cleanup(trace_end), unused)) struct trace_span TRACE_JOIN(                  \
		span_, __LINE__) = trace_begin(name)

#endif
