/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of system calls. See filter_calls.h. */
#include "plan/filter_calls.h"

#include <seccomp.h>
#include <string.h>

#include "base/str.h"

#define ASK FILTER_CALL_ASK
#define NONE FILTER_CALL_NONE

/* filter_calls.def in its three forms: the rows, their indices, and where the hash has them. */
#define CALL(place, name, ...) { #name, { __VA_ARGS__ } },
const struct filter_call filter_calls[] = {
#include "plan/filter_calls.def"
};
#undef CALL
const size_t n_filter_calls = COUNT(filter_calls);

#define CALL(place, name, ...) ROW_##name,
enum {
#include "plan/filter_calls.def"
};
#undef CALL

/* One more than the index of a row; 0: free. */
#define CALL(place, name, ...) [place] = ROW_##name + 1,
static const uint16_t places[FILTER_CALL_PLACES] = {
#include "plan/filter_calls.def"
};
#undef CALL

enum { WORD = sizeof(uint64_t) };

/* A word of a name, the same on every machine: the first byte is the lowest. */
static uint64_t load(const char *s)
{
	uint64_t n;

	memcpy(&n, s, sizeof(n));
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? n : __builtin_bswap64(n);
}

/* The first word, with zeros behind a shorter name. */
static uint64_t first_word(const char *name, size_t len)
{
	uint64_t n = 0;

	if (len >= WORD)
		return load(name);
	while (len-- > 0)
		n = n << 8 | (unsigned char)name[len];
	return n;
}

/* By the first and the last word, in which names differ if at all, but for a handful. */
static unsigned place_of(const char *name, size_t len, uint64_t first)
{
	const uint64_t odd = 0x9e3779b97f4a7c15; /* 2^64 by the golden ratio */
	uint64_t last = len > WORD ? load(name + len - WORD) : len;

	return (unsigned)((first * odd + last) * odd >> (64 - FILTER_CALL_PLACE_BITS));
}

unsigned filter_call_place(const char *name)
{
	size_t len = strlen(name);

	return place_of(name, len, first_word(name, len));
}

/* Word by word; the last one may overlap the one before. */
static bool has_name(const struct filter_call *call, const char *name, size_t len, uint64_t first)
{
	if (load(call->name) != first)
		return false;
	for (size_t i = WORD; i < len; i += WORD) {
		size_t at = i + WORD < len ? i : len - WORD;

		if (load(name + at) != load(call->name + at))
			return false;
	}
	return !call->name[len];
}

const struct filter_call *filter_call_find(const char *name)
{
	size_t len = strlen(name);
	uint64_t first = first_word(name, len);

	if (len >= sizeof(filter_calls[0].name))
		return NULL;
	for (unsigned i = place_of(name, len, first); places[i]; i = (i + 1) % FILTER_CALL_PLACES) {
		const struct filter_call *call = &filter_calls[places[i] - 1];

		if (has_name(call, name, len, first))
			return call;
	}
	return NULL;
}

int filter_call_ask(const char *name, const struct filter_arch *arch)
{
	return seccomp_syscall_resolve_name_arch(arch->token, name);
}
