/* SPDX-License-Identifier: Apache-2.0 */
/* SCMP_ACT_NOTIFY and its agent, and what the kernel of this host has of seccomp. */
#include <linux/seccomp.h>

#include "test-plan.h"

#define PROFILE(action, rest, rules) \
	LINUX("'seccomp':{'defaultAction':'SCMP_ACT_" action "'" rest ",'syscalls':[" rules "]}")
#define RULE(names, action) "{'names':[" names "],'action':'SCMP_ACT_" action "'}"
#define AGENT ",'listenerPath':'/run/agent'"
#define FLAG(name) ",'flags':['SECCOMP_FILTER_FLAG_" name "']"
#define AT "/linux/seccomp/"

static const char *old_flags[] = { "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG" };
static const char *old_actions[] = { "SCMP_ACT_ALLOW", "SCMP_ACT_LOG" };
static struct facts_seccomp old_kernel = { old_flags, 2, old_actions, 2 };

static const struct {
	const char *config;
	bool old; /* the kernel of the host */
	const char *want;
} bad[] = {
	{ PROFILE("ALLOW", "", RULE("'read'", "LOG") "," RULE("'mkdir'", "NOTIFY")), false,
	  AT "listenerPath: missing; SCMP_ACT_NOTIFY (/linux/seccomp/syscalls/1/action) needs an "
	     "agent to ask" },
	{ PROFILE("NOTIFY", ",'listenerPath':''", ""), false,
	  AT "listenerPath: missing; SCMP_ACT_NOTIFY (/linux/seccomp/defaultAction) needs an agent "
	     "to ask" },
	{ PROFILE("ALLOW", ",'listenerMetadata':'x'", RULE("'mkdir'", "NOTIFY")), false,
	  AT "listenerMetadata: is of no use without listenerPath" },
	{ PROFILE("ALLOW", AGENT FLAG("WAIT_KILLABLE_RECV"), RULE("'mkdir'", "ERRNO")), false,
	  AT "flags/0: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is of no use without "
	     "SCMP_ACT_NOTIFY" },
	{ PROFILE("ALLOW", FLAG("LOG','SECCOMP_FILTER_FLAG_SPEC_ALLOW"), ""), true,
	  AT "flags/1: this kernel has no SECCOMP_FILTER_FLAG_SPEC_ALLOW" },
	{ PROFILE("KILL_PROCESS", "", ""), true,
	  AT "defaultAction: this kernel has no SCMP_ACT_KILL_PROCESS" },
	{ PROFILE("ALLOW", AGENT, RULE("'read'", "LOG") "," RULE("'mkdir'", "NOTIFY")), true,
	  AT "syscalls/1/action: this kernel has no SCMP_ACT_NOTIFY" },
};

static void plan(struct setup *s, const char *config)
{
	setup_begin(s, config);
	CHECK(s->spec && build_filter(&s->b) == 0);
	CHECK_STR(setup_error(s), "");
}

static void check_listener(void)
{
	struct setup s;

	TEST("an agent gets the listener of a filter that notifies") {
		plan(&s, PROFILE("ALLOW", AGENT ",'listenerMetadata':'m'" FLAG("LOG"),
				 RULE("'mkdir'", "NOTIFY")));
		CHECK_STR(s.plan.filter.listener_path, "/run/agent");
		CHECK_STR(s.plan.filter.listener_metadata, "m");
		CHECK(s.plan.filter.flags ==
		      (SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_LOG));
		setup_end(&s);
	}
	TEST("a relative path is one in the bundle") {
		plan(&s, PROFILE("ALLOW", ",'listenerPath':'a/s'", RULE("'mkdir'", "NOTIFY")));
		CHECK_STR(s.plan.filter.listener_path, "/bundle/a/s");
		setup_end(&s);
	}
	TEST("without NOTIFY the path is ignored") {
		plan(&s, PROFILE("ALLOW", AGENT, RULE("'mkdir'", "ERRNO")));
		CHECK(!s.plan.filter.listener_path);
		CHECK(!(s.plan.filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER));
		setup_end(&s);
	}
	TEST("TSYNC must not reach the thread that hands the listener over") {
		plan(&s, PROFILE("ALLOW", AGENT FLAG("TSYNC"), RULE("'mkdir'", "NOTIFY")));
		CHECK(s.plan.filter.flags == SECCOMP_FILTER_FLAG_NEW_LISTENER);
		setup_end(&s);
	}
	TEST("what this kernel has is planned") {
		setup_begin(&s, PROFILE("LOG", FLAG("TSYNC"), ""));
		s.facts.seccomp = &old_kernel;
		CHECK(build_filter(&s.b) == 0);
		CHECK(s.plan.filter.flags == SECCOMP_FILTER_FLAG_TSYNC);
		setup_end(&s);
	}
}

static const struct {
	const char *name, *config;
	bool want;
} futexes[] = {
	{ "futex(2) passes by default", PROFILE("ALLOW", AGENT, RULE("'mkdir'", "NOTIFY")), true },
	{ "futex(2) passes by name",
	  PROFILE("ERRNO", AGENT, RULE("'futex'", "ALLOW") "," RULE("'mkdir'", "NOTIFY")),
	  true },
	{ "futex(2) does not by default", PROFILE("NOTIFY", AGENT, ""), false },
	{ "futex(2) does not by name", PROFILE("ALLOW", AGENT, RULE("'futex'", "NOTIFY")), false },
	{ "futex(2) does not if it is newer than the profile",
	  PROFILE("ERRNO", AGENT, RULE("'read'", "ALLOW") "," RULE("'write'", "NOTIFY")), false },
	{ "futex(2) does not on a condition",
	  PROFILE("ALLOW", AGENT, "{'names':['futex'],'action':'SCMP_ACT_ERRNO','args':["
				  "{'index':1,'value':1,'op':'SCMP_CMP_EQ'}]},"
				  RULE("'mkdir'", "NOTIFY")), false },
};

int main(void)
{
	struct setup s;

	check_listener();
	for (size_t i = 0; i < COUNT(futexes); i++)
		TEST(futexes[i].name) {
			plan(&s, futexes[i].config);
			CHECK(s.plan.filter.lets_futex == futexes[i].want);
			setup_end(&s);
		}
	for (size_t i = 0; i < COUNT(bad); i++)
		TEST(bad[i].config) {
			setup_begin(&s, bad[i].config);
			s.facts.seccomp = bad[i].old ? &old_kernel : NULL;
			CHECK(!setup_plan(&s));
			CHECK_STR(setup_error(&s), bad[i].want);
			setup_end(&s);
		}
	return test_done();
}
