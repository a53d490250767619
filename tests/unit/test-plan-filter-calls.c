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

/* Of the table: less the architecture's first one; ASK if libseccomp has none. */
static int known(const char *name, int column)
{
	int number = ask(name, column), first = (int)arch_of(column)->first;

	if (number >= first && number - first <= LAST_NUMBER)
		return number - first;
	return number < 0 && number > -300 && number != __NR_SCMP_ERROR /* multiplexed */
		       ? number
		       : FILTER_CALL_ASK;
}

/* Whether it is so old that an architecture without it will never have it. */
static bool is_settled(const int16_t number[N_FILTER_COLUMN])
{
	for (int column = 0; column < N_FILTER_COLUMN; column++)
		if (number[column] >= 0 && number[column] < FILTER_CALL_UNIFIED)
			return true;
	return false;
}

/* The first free place for a name, which is then taken. */
static unsigned take_place(const char *name)
{
	static bool taken[FILTER_CALL_PLACES];
	unsigned place = filter_call_place(name);

	while (taken[place])
		place = (place + 1) % FILTER_CALL_PLACES;
	taken[place] = true;
	return place;
}

static void print_row(const char *name)
{
	int16_t number[N_FILTER_COLUMN];

	for (int column = 0; column < N_FILTER_COLUMN; column++)
		number[column] = (int16_t)known(name, column);
	printf("CALL(%u, %s", take_place(name), name);
	for (int column = 0; column < N_FILTER_COLUMN; column++) {
		if (number[column] != FILTER_CALL_ASK)
			printf(", %d", number[column]);
		else
			printf(", %s", is_settled(number) ? "NONE" : "ASK");
	}
	printf(")\n");
}

static int update(void)
{
	static char *name[N_FILTER_COLUMN * (LAST_NUMBER + 1)];
	size_t n = all_names(name, sizeof(name) / sizeof(name[0]));
	const struct scmp_version *v = seccomp_version();

	printf("/* SPDX-License-Identifier: Apache-2.0 */\n"
	       "/* As libseccomp %u.%u.%u has them, in the order of strcmp: its place, x86_64, x86, "
	       "x32, aarch64, arm. */\n",
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
	int number = filter_call_number(call, call->name, arch), is = ask(call->name, column);
	struct filter_muxed muxed;

	if (call->number[column] == FILTER_CALL_ASK || number == is)
		return;
	if (is == __NR_SCMP_ERROR) /* an older libseccomp: not known yet */
		return;
	if (number == FILTER_CALL_NONE && is < 0 && !filter_arch_muxed(arch, is, &muxed))
		return;
	printf("# %s on %s: %d, libseccomp says %d\n", call->name, arch->name, number, is);
	CHECK(!"the number is libseccomp's");
}

/* NONE where the call is settled, ASK where it is not. */
static bool absence_is_told(const struct filter_call *call)
{
	int wrong = is_settled(call->number) ? FILTER_CALL_ASK : FILTER_CALL_NONE;

	for (int column = 0; column < N_FILTER_COLUMN; column++)
		if (call->number[column] == wrong)
			return false;
	return true;
}

static bool is_found_rightly(const char *name)
{
	const struct filter_call *call = filter_call_find(name);

	return !call || strcmp(call->name, name) == 0;
}

/* Names that are nearly one of the table, or another one ("statx"). */
static void check_near(const char *name)
{
	char near[64];
	size_t len = strlen(name);

	snprintf(near, sizeof(near), "%sx", name);
	CHECK(is_found_rightly(near));
	snprintf(near, sizeof(near), "%s%s", name, "_with_a_name_longer_than_32");
	CHECK(!filter_call_find(near));
	for (size_t i = 0; i < len; i++) {
		snprintf(near, sizeof(near), "%s", name);
		near[i] = 'X';
		CHECK(!filter_call_find(near));
		near[i] = '\0';
		CHECK(is_found_rightly(near));
	}
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
	TEST("no other name is found") {
		for (size_t i = 0; i < n_filter_calls; i++)
			check_near(filter_calls[i].name);
	}
	TEST("a call that no architecture can get any more is not asked for, a newer one is") {
		for (size_t i = 0; i < n_filter_calls; i++)
			CHECK(absence_is_told(&filter_calls[i]));
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
