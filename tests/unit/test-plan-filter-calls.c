/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of system call numbers against libseccomp, of which it was made: `--update` prints it
 * anew, for src/plan/filter_calls.def (make calls).
 */
#include <seccomp.h>
#include <stdlib.h>

#include "plan/filter_calls.h"
#include "test.h"

#define LAST_NUMBER 1023

static const struct filter_arch *arch_of(int column)
{
	for (size_t i = 0; i < n_filter_archs; i++)
		if ((int)filter_archs[i].column == column)
			return &filter_archs[i];
	abort();
}

static int ask(const char *name, int column)
{
	return seccomp_syscall_resolve_name_arch(arch_of(column)->token, name);
}

/* ---- the table anew -------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every name that libseccomp has a number for, on any of the architectures. */
static size_t all_names(char **out, size_t max)
{
	size_t n = 0;

	for (int column = 0; column < N_FILTER_COLUMN; column++)
		for (int number = 0; number <= LAST_NUMBER && n < max; number++) {
			const struct filter_arch *arch = arch_of(column);

			out[n] = seccomp_syscall_resolve_num_arch(arch->token,
								  (int)arch->first + number);
			n += out[n] != NULL;
		}
	qsort(out, n, sizeof(*out), compare);
	return n;
}

static void print_row(const char *name)
{
	printf("CALL(%s", name);
	for (int column = 0; column < N_FILTER_COLUMN; column++) {
		int number = ask(name, column), first = (int)arch_of(column)->first;

		if (number >= first && number - first <= LAST_NUMBER)
			printf(", %d", number - first);
		else if (number < 0 && number > -300) /* multiplexed */
			printf(", %d", number);
		else
			printf(", ASK");
	}
	printf(")\n");
}

static int update(void)
{
	static char *name[N_FILTER_COLUMN * (LAST_NUMBER + 1)];
	size_t n = all_names(name, sizeof(name) / sizeof(name[0]));
	const struct scmp_version *v = seccomp_version();

	printf("/* SPDX-License-Identifier: Apache-2.0 */\n"
	       "/* As libseccomp %u.%u.%u has them, in the order of strcmp: x86_64, x86, x32, "
	       "aarch64, arm. */\n",
	       v->major, v->minor, v->micro);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(name[i], name[i - 1]) != 0)
			print_row(name[i]);
	return 0;
}

/* ---- the table as it is ---------------------------------------------------------------------- */

static void check_number(const struct filter_call *call, int column)
{
	const struct filter_arch *arch = arch_of(column);
	int number = filter_call_number(call, call->name, arch);

	if (call->number[column] == FILTER_CALL_ASK || number == ask(call->name, column))
		return;
	if (ask(call->name, column) == __NR_SCMP_ERROR) /* an older libseccomp: not known yet */
		return;
	printf("# %s on %s: %d, libseccomp says %d\n", call->name, arch->name, number,
	       ask(call->name, column));
	CHECK(!"the number is libseccomp's");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--update") == 0)
		return update();

	TEST("each number is the one that libseccomp has") {
		CHECK(n_filter_calls > 400);
		for (size_t i = 0; i < n_filter_calls; i++)
			for (int column = 0; column < N_FILTER_COLUMN; column++)
				check_number(&filter_calls[i], column);
	}
	TEST("each name is found") {
		for (size_t i = 0; i < n_filter_calls; i++)
			CHECK(filter_call_find(filter_calls[i].name) == &filter_calls[i]);
	}
	TEST("what is not in the table is libseccomp's to answer") {
		CHECK(!filter_call_find("no_such_call"));
		CHECK(!filter_call_find(""));
		for (size_t i = 0; i < n_filter_archs; i++) {
			const struct filter_arch *arch = &filter_archs[i];

			if (!arch->token)
				continue;
			CHECK(filter_call_number(NULL, "no_such_call", arch) == __NR_SCMP_ERROR);
			CHECK(filter_call_number(filter_call_find("read"), "read", arch) ==
			      seccomp_syscall_resolve_name_arch(arch->token, "read"));
		}
	}
	return test_done();
}
