/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan/filter.c: what a profile means, sentence by sentence. The programs are run by the
 * interpreter of test-plan-filter-bpf.h; test-plan-filter-oracle.c compares with libseccomp.
 */
#include "test-plan-filter-bpf.h"

#include <errno.h>
#include <sys/syscall.h>

#include "test.h"

#ifndef __x86_64__
int main(void)
{
	printf("1..0 # SKIP numbers in here are x86_64's\n");
	return 0;
}
#else

#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_THREAD
#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))
#define X64 AUDIT_ARCH_X86_64
#define X86 AUDIT_ARCH_I386
#define X32 0x40000000
#define HIGH (1ull << 32)

/* Profiles: default action and architectures, then the entries of `syscalls`. */
#define DEFAULT(action, more) "\"defaultAction\":\"SCMP_ACT_" action "\"" more
#define NAMES(names, action, more)                                                                 \
	"{\"names\":[" names "],\"action\":\"SCMP_ACT_" action "\"" more "}"
#define ARG(index, op, value)                                                                      \
	"{\"index\":" #index ",\"op\":\"SCMP_CMP_" op "\",\"value\":" #value "}"
#define MASKED(index, value, two)                                                                  \
	"{\"index\":" #index ",\"op\":\"SCMP_CMP_MASKED_EQ\",\"value\":" #value                    \
	",\"valueTwo\":" #two "}"
#define ARGS(list) ",\"args\":[" list "]"
#define ARCHS(list) ",\"architectures\":[" list "]"
#define TO_STATX NAMES("\"statx\"", "ALLOW", "") /* the last number is then 332 */

static int compile(struct arena *a, const char *text, struct plan_filter *out, struct error *err)
{
	const char *doc = arena_printf(
		a, "{\"ociVersion\":\"1.0.2\",\"linux\":{\"seccomp\":{%s}}}", text);
	struct oci_config *c = oci_config_read(a, doc, strlen(doc), err);

	return c ? filter_of(a, c->linux_->seccomp, out, err) : -1;
}

static const struct {
	const char *name, *profile;
	uint32_t arch;
	long number;
	uint64_t arg[4];
	uint32_t want;
} verdicts[] = {
	{ "a call without a rule gets the default action",
	  DEFAULT("ERRNO", ",\"syscalls\":[" TO_STATX "]"),
	  X64,
	  SYS_mount,
	  { 0 },
	  ERRNO(EPERM) },
	{ "defaultErrnoRet replaces EPERM",
	  DEFAULT("ERRNO", ",\"defaultErrnoRet\":13"),
	  X64,
	  SYS_mount,
	  { 0 },
	  ERRNO(EACCES) },
	{ "a call with a rule gets its action",
	  DEFAULT("ERRNO", ",\"syscalls\":[" TO_STATX "]"),
	  X64,
	  SYS_statx,
	  { 0 },
	  ALLOW },
	{ "errnoRet is what ERRNO returns",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"mount\"", "ERRNO", ",\"errnoRet\":38") "]"),
	  X64,
	  SYS_mount,
	  { 0 },
	  ERRNO(ENOSYS) },
	{ "errnoRet is the data of TRACE",
	  DEFAULT("ALLOW",
		  ",\"syscalls\":[" NAMES("\"mount\"", "TRACE", ",\"errnoRet\":40000") "]"),
	  X64,
	  SYS_mount,
	  { 0 },
	  SECCOMP_RET_TRACE | 40000 },
	{ "KILL kills the thread",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"mount\"", "KILL", "") "]"),
	  X64,
	  SYS_mount,
	  { 0 },
	  KILL },
	{ "KILL_PROCESS kills the process",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"mount\"", "KILL_PROCESS", "") "]"),
	  X64,
	  SYS_mount,
	  { 0 },
	  SECCOMP_RET_KILL_PROCESS },
	{ "names that nobody knows are passed over",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"nonesuch\",\"mount\"", "TRAP", "") "]"),
	  X64,
	  SYS_mount,
	  { 0 },
	  SECCOMP_RET_TRAP },
	{ "a rule with the default action takes nothing from another rule",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"mount\"", "LOG",
						   "") "," NAMES("\"mount\"", "ALLOW", "") "]"),
	  X64,
	  SYS_mount,
	  { 0 },
	  SECCOMP_RET_LOG },
	{ "of two unconditional rules the first counts",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"mount\"", "LOG",
						   "") "," NAMES("\"mount\"", "TRAP", "") "]"),
	  X64,
	  SYS_mount,
	  { 0 },
	  SECCOMP_RET_LOG },
	{ "an unconditional rule beats a conditional one before it",
	  DEFAULT("ALLOW",
		  ",\"syscalls\":[" NAMES("\"mount\"", "LOG", ARGS(ARG(0, "EQ", 1))) "," NAMES(
			  "\"mount\"", "TRAP", "") "]"),
	  X64,
	  SYS_mount,
	  { 1 },
	  SECCOMP_RET_TRAP },

#define ONE(op, value) DEFAULT("ALLOW", ",\"syscalls\":[" \
	NAMES("\"mount\"", "LOG", ARGS(ARG(1, op, value))) "]")
#define LOGS(op, value, x) { "argument " #x " is " op " " #value, ONE(op, value), X64, SYS_mount, \
	{ 0, x }, SECCOMP_RET_LOG }
#define PASSES(op, value, x) { "argument " #x " is not " op " " #value, ONE(op, value), X64, \
	SYS_mount, { 0, x }, ALLOW }
	LOGS("EQ", 4294967301, HIGH + 5),
	PASSES("EQ", 4294967301, 5),
	PASSES("EQ", 5, HIGH + 5),
	LOGS("NE", 5, HIGH + 5),
	PASSES("NE", 5, 5),
	LOGS("LT", 4294967301, HIGH + 4),
	PASSES("LT", 4294967301, HIGH + 5),
	LOGS("LT", 4294967301, 9),
	PASSES("LT", 5, HIGH),
	LOGS("LE", 4294967301, HIGH + 5),
	PASSES("LE", 4294967301, HIGH + 6),
	LOGS("LE", 4294967301, 0xffffffff),
	LOGS("GE", 4294967301, HIGH + 5),
	PASSES("GE", 4294967301, HIGH + 4),
	LOGS("GE", 5, HIGH),
	LOGS("GT", 4294967301, HIGH + 6),
	PASSES("GT", 4294967301, HIGH + 5),
	PASSES("GT", 4294967301, 0xffffffff),
	LOGS("GT", 5, HIGH),

	{ "MASKED_EQ looks at the bits of value only",
	  DEFAULT("ALLOW",
		  ",\"syscalls\":[" NAMES("\"clone\"", "LOG", ARGS(MASKED(0, 2114060288, 0))) "]"),
	  X64,
	  SYS_clone,
	  { HIGH + 17 },
	  SECCOMP_RET_LOG },
	{ "MASKED_EQ sees a bit that is in value",
	  DEFAULT("ALLOW",
		  ",\"syscalls\":[" NAMES("\"clone\"", "LOG", ARGS(MASKED(0, 2114060288, 0))) "]"),
	  X64,
	  SYS_clone,
	  { 0x10000000 },
	  ALLOW },
	{ "conditions of one rule must all hold",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"mount\"", "LOG",
						   ARGS(ARG(0, "EQ", 1) "," ARG(2, "EQ", 3))) "]"),
	  X64,
	  SYS_mount,
	  { 1, 0, 4 },
	  ALLOW },
	{ "of conditions that test one argument twice one must hold",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"mount\"", "LOG",
						   ARGS(ARG(0, "EQ", 1) "," ARG(0, "EQ", 3) "," ARG(
							   2, "EQ", 3))) "]"),
	  X64,
	  SYS_mount,
	  { 9, 0, 3 },
	  SECCOMP_RET_LOG },
	{ "several rules are several ways to match",
	  DEFAULT("ERRNO",
		  ",\"syscalls\":[" NAMES(
			  "\"personality\"", "ALLOW",
			  ARGS(ARG(0, "EQ",
				   0))) "," NAMES("\"personality\"", "ALLOW",
						  ARGS(ARG(
							  0, "EQ",
							  8))) "," NAMES("\"personality\"", "ALLOW",
									 ARGS(ARG(
										 0, "EQ",
										 4294967295))) "]"),
	  X64,
	  SYS_personality,
	  { 0xffffffff },
	  ALLOW },
	{ "and what none of them matches gets the default action",
	  DEFAULT("ERRNO", ",\"syscalls\":[" NAMES(
				   "\"personality\"", "ALLOW",
				   ARGS(ARG(0, "EQ", 0))) "," NAMES("\"personality\"", "ALLOW",
								    ARGS(ARG(0, "EQ", 8))) "]"),
	  X64,
	  SYS_personality,
	  { HIGH },
	  ERRNO(EPERM) },
	{ "an equality is tried before a range, whatever their order",
	  DEFAULT("KILL",
		  ",\"syscalls\":[" NAMES("\"mount\"", "ALLOW", ARGS(ARG(0, "GT", 3))) "," NAMES(
			  "\"mount\"", "LOG", ARGS(ARG(0, "EQ", 5))) "]"),
	  X64,
	  SYS_mount,
	  { 5 },
	  SECCOMP_RET_LOG },
	{ "the narrower of two ranges decides",
	  DEFAULT("KILL",
		  ",\"syscalls\":[" NAMES("\"mount\"", "ALLOW", ARGS(ARG(0, "LT", 9))) "," NAMES(
			  "\"mount\"", "LOG", ARGS(ARG(0, "LT", 5))) "]"),
	  X64,
	  SYS_mount,
	  { 4 },
	  SECCOMP_RET_LOG },
	{ "a rule whose conditions begin those of another decides",
	  DEFAULT("KILL", ",\"syscalls\":[" NAMES(
				  "\"mount\"", "ALLOW",
				  ARGS(ARG(0, "EQ", 1) "," ARG(
					  1, "EQ", 2))) "," NAMES("\"mount\"", "LOG",
								  ARGS(ARG(0, "EQ", 1))) "]"),
	  X64,
	  SYS_mount,
	  { 1, 2 },
	  SECCOMP_RET_LOG },

	{ "an architecture that is not listed is killed",
	  DEFAULT("ALLOW", ""),
	  X86,
	  1,
	  { 0 },
	  KILL },
	{ "the native architecture need not be listed",
	  DEFAULT("ALLOW", ARCHS("\"SCMP_ARCH_X86\"")),
	  X64,
	  1,
	  { 0 },
	  ALLOW },
	{ "a listed architecture has its own numbers",
	  DEFAULT("ALLOW",
		  ARCHS("\"SCMP_ARCH_X86\"") ",\"syscalls\":[" NAMES("\"mount\"", "LOG", "") "]"),
	  X86,
	  21,
	  { 0 },
	  SECCOMP_RET_LOG },
	{ "an architecture of the other byte order is left out",
	  DEFAULT("ALLOW", ARCHS("\"SCMP_ARCH_S390X\"")),
	  AUDIT_ARCH_S390X,
	  1,
	  { 0 },
	  KILL },
	{ "x32 calls are killed where x32 is not listed",
	  DEFAULT("ALLOW", ""),
	  X64,
	  X32 | 1,
	  { 0 },
	  KILL },
	{ "x32 calls have the rules of their names where x32 is listed",
	  DEFAULT("ALLOW",
		  ARCHS("\"SCMP_ARCH_X32\"") ",\"syscalls\":[" NAMES("\"mount\"", "LOG", "") "]"),
	  X64,
	  X32 | SYS_mount,
	  { 0 },
	  SECCOMP_RET_LOG },
	{ "-1, by which a tracer skips a call, is no x32 call",
	  DEFAULT("ALLOW", ""),
	  X64,
	  -1,
	  { 0 },
	  ALLOW },
	{ "32-bit architectures see half of an argument",
	  DEFAULT("ALLOW", ARCHS("\"SCMP_ARCH_X86\"") ",\"syscalls\":[" NAMES(
				   "\"mount\"", "LOG", ARGS(ARG(0, "EQ", 4294967301))) "]"),
	  X86,
	  21,
	  { 5 * HIGH + 5 },
	  SECCOMP_RET_LOG },

#define SOCKET DEFAULT("ERRNO", ARCHS("\"SCMP_ARCH_X86\"") ",\"syscalls\":[" TO_STATX "," \
	NAMES("\"socket\"", "ALLOW", ARGS(ARG(0, "NE", 40))) "]")
	{ "on x86 a rule for socket holds for socketcall 1", SOCKET, X86, 102, { 1 }, ALLOW },
	{ "socketcall cannot see the conditions on argument 0",
	  SOCKET,
	  X86,
	  102,
	  { 1, 40 },
	  ALLOW },
	{ "and not for other calls of socketcall", SOCKET, X86, 102, { 2 }, ERRNO(EPERM) },
	{ "it holds for the direct call", SOCKET, X86, 359, { 2 }, ALLOW },
	{ "with its conditions", SOCKET, X86, 359, { 40 }, ERRNO(EPERM) },
	{ "a rule for shmat holds for ipc 21",
	  DEFAULT("ALLOW",
		  ARCHS("\"SCMP_ARCH_X86\"") ",\"syscalls\":[" NAMES("\"shmat\"", "LOG", "") "]"),
	  X86,
	  117,
	  { 21 },
	  SECCOMP_RET_LOG },

	{ "a call newer than the profile does not exist: openat2 where statx is the last",
	  DEFAULT("ERRNO", ",\"syscalls\":[" TO_STATX "]"),
	  X64,
	  SYS_openat2,
	  { 0 },
	  ERRNO(ENOSYS) },
	{ "a call newer than the profile does not exist: clone3 where statx is the last",
	  DEFAULT("KILL", ",\"syscalls\":[" TO_STATX "]"),
	  X64,
	  SYS_clone3,
	  { 0 },
	  ERRNO(ENOSYS) },
	{ "one that is older than the last is refused as the profile says",
	  DEFAULT("ERRNO", ",\"syscalls\":[" NAMES("\"openat2\"", "ALLOW", "") "]"),
	  X64,
	  SYS_clone3,
	  { 0 },
	  ERRNO(EPERM) },
	{ "a name with the default action counts as known",
	  DEFAULT("ERRNO", ",\"syscalls\":[" TO_STATX "," NAMES("\"openat2\"", "ERRNO", "") "]"),
	  X64,
	  SYS_openat2,
	  { 0 },
	  ERRNO(EPERM) },
	{ "where the default is ALLOW newer calls are allowed",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"mount\"", "LOG", "") "]"),
	  X64,
	  SYS_openat2,
	  { 0 },
	  ALLOW },
	{ "where the default is LOG newer calls are logged",
	  DEFAULT("LOG", ",\"syscalls\":[" TO_STATX "]"),
	  X64,
	  SYS_openat2,
	  { 0 },
	  SECCOMP_RET_LOG },
	{ "where the default is TRACE the tracer sees newer calls",
	  DEFAULT("TRACE", ",\"syscalls\":[" TO_STATX "]"),
	  X64,
	  SYS_openat2,
	  { 0 },
	  SECCOMP_RET_TRACE | EPERM },
	{ "a profile that names no call at all leaves newer ones alone",
	  DEFAULT("ERRNO", ""),
	  X64,
	  SYS_openat2,
	  { 0 },
	  ERRNO(EPERM) },
	{ "each architecture has its own newest call",
	  DEFAULT("ERRNO",
		  ARCHS("\"SCMP_ARCH_X86\"") ",\"syscalls\":[" NAMES("\"statx\"", "ALLOW", "") "]"),
	  X86,
	  384,
	  { 0 },
	  ERRNO(ENOSYS) },
	{ "so has x32",
	  DEFAULT("ERRNO", ARCHS("\"SCMP_ARCH_X32\"") ",\"syscalls\":[" TO_STATX "]"),
	  X64,
	  X32 | 548,
	  { 0 },
	  ERRNO(ENOSYS) },
	{ "and x32's numbers do not make x86_64's known",
	  DEFAULT("ERRNO", ARCHS("\"SCMP_ARCH_X32\"") ",\"syscalls\":[" TO_STATX "]"),
	  X64,
	  SYS_openat2,
	  { 0 },
	  ERRNO(ENOSYS) },
	{ "a direct call with a rule is known though nothing else near it is",
	  DEFAULT("ERRNO", ARCHS("\"SCMP_ARCH_X86\"") ",\"syscalls\":[" NAMES(
				   "\"close\",\"socket\"", "ALLOW", "") "]"),
	  X86,
	  359,
	  { 0 },
	  ALLOW },
};

#define AT "/linux/seccomp"

static const struct {
	const char *name, *profile, *at, *message;
} faults[] = {
	{ "an unknown default action", "\"defaultAction\":\"SCMP_ACT_ALOW\"", AT "/defaultAction",
	  "unknown action 'SCMP_ACT_ALOW'" },
	{ "an unknown action",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"read\"", "DENY", "") "]"),
	  AT "/syscalls/0/action", "unknown action 'SCMP_ACT_DENY'" },
	{ "errnoRet with an action that takes none",
	  DEFAULT("ERRNO",
		  ",\"syscalls\":[" TO_STATX "," NAMES("\"read\"", "ALLOW", ",\"errnoRet\":1") "]"),
	  AT "/syscalls/1/errnoRet", "SCMP_ACT_ALLOW takes no errno" },
	{ "errnoRet even where it is 0",
	  DEFAULT("ERRNO", ",\"syscalls\":[" NAMES("\"read\"", "LOG", ",\"errnoRet\":0") "]"),
	  AT "/syscalls/0/errnoRet", "SCMP_ACT_LOG takes no errno" },
	{ "defaultErrnoRet with an action that takes none",
	  DEFAULT("KILL", ",\"defaultErrnoRet\":38"), AT "/defaultErrnoRet",
	  "SCMP_ACT_KILL takes no errno" },
	{ "an errno that the kernel would cut", DEFAULT("ERRNO", ",\"defaultErrnoRet\":4096"),
	  AT "/defaultErrnoRet", "4096 is too large: SCMP_ACT_ERRNO takes at most 4095" },
	{ "more than TRACE can carry", DEFAULT("TRACE", ",\"defaultErrnoRet\":65536"),
	  AT "/defaultErrnoRet", "65536 is too large: SCMP_ACT_TRACE takes at most 65535" },
	{ "an unknown architecture", DEFAULT("ALLOW", ARCHS("\"SCMP_ARCH_X86\",\"SCMP_ARCH_VAX\"")),
	  AT "/architectures/1", "unknown architecture 'SCMP_ARCH_VAX'" },
	{ "an unknown flag", DEFAULT("ALLOW", ",\"flags\":[\"SECCOMP_FILTER_FLAG_X\"]"),
	  AT "/flags/0", "unknown flag 'SECCOMP_FILTER_FLAG_X'" },
	{ "an unknown operator",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"read\"", "LOG",
						   ARGS(ARG(0, "EQ", 0) "," ARG(1, "IS", 0))) "]"),
	  AT "/syscalls/0/args/1/op", "unknown operator 'SCMP_CMP_IS'" },
	{ "two actions under the same conditions",
	  DEFAULT("KILL", ",\"syscalls\":[" TO_STATX
			  "," NAMES("\"open\",\"read\"", "LOG",
				    ARGS(ARG(1, "LT", 7) "," ARG(
					    0, "EQ", 1))) "," NAMES("\"read\"", "ALLOW",
								    ARGS(ARG(0, "EQ", 1) "," ARG(
									    1, "LT", 7))) "]"),
	  AT "/syscalls/2",
	  "another action for read than /linux/seccomp/syscalls/1 has under the same conditions" },
	{ "even where a faulty entry only repeats the default",
	  DEFAULT("ALLOW", ",\"syscalls\":[" NAMES("\"read\"", "ALLOW", ARGS(ARG(0, "IS", 0))) "]"),
	  AT "/syscalls/0/args/0/op", "unknown operator 'SCMP_CMP_IS'" },
};

static const struct {
	const char *name, *profile;
	unsigned want;
} flags[] = {
	{ "without flags the filter leaves speculation alone", DEFAULT("ALLOW", ""),
	  SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "an empty list is no flag", DEFAULT("ALLOW", ",\"flags\":[]"), 0 },
	{ "flags are as listed",
	  DEFAULT("ALLOW",
		  ",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_TSYNC\"]"),
	  SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC },
};

static void test_verdicts(void)
{
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		struct arena a = { 0 };
		struct plan_filter filter = { NULL };
		struct error err = { 0 };
		struct seccomp_data d = { .nr = (int)verdicts[i].number, .arch = verdicts[i].arch };

		memcpy(d.args, verdicts[i].arg, sizeof(verdicts[i].arg));
		TEST(verdicts[i].name) {
			CHECK(compile(&a, verdicts[i].profile, &filter, &err) == 0);
			CHECK_STR(err.msg, "");

			struct bpf p = { filter.program, filter.n };
			uint32_t got = filter.program && bpf_valid(p) ? bpf_run(p, &d) : 1;

			CHECK(got == verdicts[i].want);
			if (got != verdicts[i].want)
				printf("# got %#x, want %#x\n", got, verdicts[i].want);
		}
		arena_done(&a);
	}
}

static void test_faults(void)
{
	for (size_t i = 0; i < COUNT(faults); i++) {
		struct arena a = { 0 };
		struct plan_filter filter = { NULL };
		struct error err = { 0 };

		TEST(faults[i].name) {
			CHECK(compile(&a, faults[i].profile, &filter, &err) < 0);
			CHECK_STR(err.at, faults[i].at);
			CHECK_STR(err.msg, faults[i].message);
			CHECK(!filter.program);
		}
		arena_done(&a);
	}
}

static void test_flags(void)
{
	for (size_t i = 0; i < COUNT(flags); i++) {
		struct arena a = { 0 };
		struct plan_filter filter = { NULL };
		struct error err = { 0 };

		TEST(flags[i].name) {
			CHECK(compile(&a, flags[i].profile, &filter, &err) == 0);
			CHECK(filter.flags == flags[i].want);
		}
		arena_done(&a);
	}
}

int main(void)
{
	test_verdicts();
	test_faults();
	test_flags();
	return test_done();
}
#endif
