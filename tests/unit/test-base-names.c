/* SPDX-License-Identifier: Apache-2.0 */
/* base/names: the tables agree with the kernel's headers, and look-ups are strict. */
#include "base/names.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/str.h"
#include "test.h"

static const struct {
	const char *name, *text;
	int want;
} signal_cases[] = {
	{ "with SIG", "SIGTERM", SIGTERM },
	{ "without SIG", "TERM", SIGTERM },
	{ "in lower case", "sigterm", SIGTERM },
	{ "as a number", "15", 15 },
	{ "signal 0 is a number", "0", 0 },
	{ "the last signal", "64", 64 },
	{ "past the last signal", "65", -1 },
	{ "a negative number", "-9", -1 },
	{ "SIG before a number", "SIG9", -1 },
	{ "SIG alone", "SIG", -1 },
	{ "an empty signal", "", -1 },
	{ "SIG twice", "SIGSIGTERM", -1 },
	{ "an alias: IOT", "SIGIOT", SIGABRT },
	{ "an alias: CLD", "CLD", SIGCHLD },
	{ "an alias: POLL", "poll", SIGIO },
	{ "the first real-time signal", "RTMIN", 34 },
	{ "systemd's halt", "SIGRTMIN+3", 37 },
	{ "real-time in lower case", "rtmin+3", 37 },
	{ "the last real-time signal", "SIGRTMAX", 64 },
	{ "counted from the last", "RTMAX-14", 50 },
	{ "the first, counted from the last", "RTMAX-30", 34 },
	{ "past the last, counted from the first", "RTMIN+31", -1 },
	{ "RTMIN with minus", "RTMIN-1", -1 },
	{ "RTMAX with plus", "RTMAX+1", -1 },
	{ "RTMIN with a sign only", "RTMIN+", -1 },
	{ "RTMIN with text behind", "RTMINx", -1 },
};

static void test_signals(void)
{
	for (size_t i = 0; i < COUNT(signal_cases); i++)
		TEST(signal_cases[i].name)
			CHECK(signal_number(signal_cases[i].text) == signal_cases[i].want);

	TEST("every signal's name leads back to its number")
		for (int sig = 1; sig <= 64; sig++) {
			const char *name = signal_name(sig);

			CHECK((name == NULL) == (sig == 32 || sig == 33)); /* libc's own */
			CHECK(!name || signal_number(name) == sig);
		}
	TEST("real-time signals have the names that kill -l shows") {
		CHECK_STR(signal_name(34), "SIGRTMIN");
		CHECK_STR(signal_name(49), "SIGRTMIN+15");
		CHECK_STR(signal_name(50), "SIGRTMAX-14");
		CHECK_STR(signal_name(64), "SIGRTMAX");
	}
	TEST("aliases are not shown") {
		CHECK_STR(signal_name(SIGABRT), "SIGABRT");
		CHECK_STR(signal_name(SIGCHLD), "SIGCHLD");
		CHECK_STR(signal_name(SIGIO), "SIGIO");
	}
	TEST("no name for 0, -1 and 65") {
		CHECK(signal_name(0) == NULL);
		CHECK(signal_name(-1) == NULL);
		CHECK(signal_name(65) == NULL);
	}
}

static void test_capabilities(void)
{
	TEST("capabilities have the kernel's numbers") {
		CHECK(capability_number("CAP_CHOWN") == CAP_CHOWN);
		CHECK(capability_number("CAP_SETPCAP") == CAP_SETPCAP);
		CHECK(capability_number("CAP_NET_ADMIN") == CAP_NET_ADMIN);
		CHECK(capability_number("CAP_SYS_ADMIN") == CAP_SYS_ADMIN);
		CHECK(capability_number("CAP_MKNOD") == CAP_MKNOD);
		CHECK(capability_number("CAP_SETFCAP") == CAP_SETFCAP);
		CHECK(capability_number("CAP_SYSLOG") == CAP_SYSLOG);
		CHECK(capability_number("CAP_AUDIT_READ") == CAP_AUDIT_READ);
		CHECK(capability_number("CAP_BPF") == CAP_BPF);
		CHECK(capability_number("CAP_CHECKPOINT_RESTORE") == CAP_CHECKPOINT_RESTORE);
	}
	TEST("there are 41 of them, each with a name of its own") {
		for (int i = 0; i <= 40; i++)
			CHECK(capability_number(capability_name(i)) == i);
		CHECK(capability_name(41) == NULL);
		CHECK(capability_name(-1) == NULL);
	}
	TEST("a capability is spelled exactly") {
		CHECK(capability_number("cap_chown") == -1);
		CHECK(capability_number("CHOWN") == -1);
		CHECK(capability_number("0") == -1);
		CHECK(capability_number("CAP_ALL") == -1);
		CHECK(capability_number("") == -1);
	}
}

int main(void)
{
	test_signals();
	test_capabilities();
	TEST("every limit of setrlimit has a name") {
		for (int i = 0; i < (int)RLIMIT_NLIMITS; i++)
			CHECK(rlimit_name(i) && rlimit_number(rlimit_name(i)) == i);
		CHECK(rlimit_name(RLIMIT_NLIMITS) == NULL);
		CHECK(rlimit_number("RLIMIT_NOFILE") == RLIMIT_NOFILE);
		CHECK(rlimit_number("NOFILE") == -1);
		CHECK(rlimit_number("rlimit_nofile") == -1);
	}
	TEST("namespaces have the spec's names and the kernel's files") {
		CHECK(n_ns_names == 8);
		CHECK(ns_by_name("network")->flag == CLONE_NEWNET);
		CHECK_STR(ns_by_name("network")->file, "net");
		CHECK_STR(ns_by_name("mount")->file, "mnt");
		CHECK_STR(ns_by_flag(CLONE_NEWTIME)->name, "time");
		CHECK(ns_by_name("net") == NULL);
		CHECK(ns_by_flag(CLONE_VM) == NULL);
	}
	return test_done();
}
