/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of system calls. See filter_calls.h. */
#include "plan/filter_calls.h"

#include <seccomp.h>
#include <string.h>

#include "base/str.h"

#define ASK FILTER_CALL_ASK
#define CALL(name, ...) { #name, { __VA_ARGS__ } },

const struct filter_call filter_calls[] = {
#include "plan/filter_calls.def"
};
const size_t n_filter_calls = COUNT(filter_calls);

/* The first bytes as a number, in the order of strcmp. Behind the end of a name there are zeros. */
static uint64_t prefix(const char name[sizeof(uint64_t)])
{
	uint64_t n;

	memcpy(&n, name, sizeof(n));
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap64(n) : n;
}

const struct filter_call *filter_call_find(const char *name)
{
	char padded[sizeof(uint64_t)] = "";

	for (size_t i = 0; i < sizeof(padded) && name[i]; i++)
		padded[i] = name[i];

	uint64_t wanted = prefix(padded);
	size_t from = 0, end = n_filter_calls;

	while (from < end) {
		size_t i = from + (end - from) / 2;
		const struct filter_call *call = &filter_calls[i];
		uint64_t is = prefix(call->name);
		int c = wanted == is ? strcmp(name, call->name) : wanted < is ? -1 : 1;

		if (c == 0)
			return call;
		if (c < 0)
			end = i;
		else
			from = i + 1;
	}
	return NULL;
}

int filter_call_number(const struct filter_call *call, const char *name,
		       const struct filter_arch *arch)
{
	int number = !call || arch->column == COLUMN_NONE ? ASK : call->number[arch->column];

	if (number == ASK)
		return seccomp_syscall_resolve_name_arch(arch->token, name);
	return number < 0 ? number : (int)arch->first + number;
}
