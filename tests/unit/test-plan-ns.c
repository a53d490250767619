/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: who makes, who joins, in which order. Errors are in test-plan-bad.c. */
#include <sched.h>

#include "test-plan.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define NEW(type) "{'type':'" type "'}"
#define JOIN(type) "{'type':'" type "','path':'/ns/" type "'}"

static const struct {
	const char *name;
	const char *list;
	unsigned clone, unshare;
	bool stage;
	const char *joins; /* in order: p parent, s stage, i init, before each path */
} cases[] = {
	{ "no namespaces: nothing is made", "", 0, 0, false, "" },
	{ "one clone makes all that is new", NEW("pid") "," NEW("mount") "," NEW("uts"),
	  CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS, 0, false, "" },
	{ "a new user namespace is made by the same clone, and owns the others",
	  NEW("user") "," NEW("mount"), CLONE_NEWUSER | CLONE_NEWNS, 0, false, "" },
	{ "a new cgroup namespace waits until init is in its cgroup",
	  NEW("cgroup") "," NEW("ipc"), CLONE_NEWIPC, CLONE_NEWCGROUP, false, "" },
	{ "a new time namespace without offsets comes with the clone", NEW("time"), CLONE_NEWTIME,
	  0, false, "" },
	{ "an empty path is none", "{'type':'pid','path':''}", CLONE_NEWPID, 0, false, "" },
	{ "a joined network is init's first step", JOIN("network"), 0, 0, false, "i/ns/network " },
	{ "a joined pid namespace is the parent's, since only children enter it", JOIN("pid"), 0,
	  0, false, "p/ns/pid " },
	{ "joins keep the order of the list", JOIN("uts") "," JOIN("ipc") "," JOIN("network"), 0,
	  0, false, "i/ns/uts i/ns/ipc i/ns/network " },
	{ "the mount namespace is joined last", JOIN("mount") "," JOIN("ipc"), 0, 0, false,
	  "i/ns/ipc i/ns/mount " },
	{ "a joined user namespace needs a stage, even alone", JOIN("user"), 0, 0, true,
	  "s/ns/user " },
	{ "the user namespace is joined after the others, before the mount namespace",
	  JOIN("user") "," JOIN("mount") "," JOIN("network"), 0, 0, true,
	  "s/ns/network s/ns/user s/ns/mount " },
	{ "a network is joined before a new user namespace is made",
	  NEW("user") "," JOIN("network") "," NEW("mount"), CLONE_NEWUSER | CLONE_NEWNS, 0, true,
	  "s/ns/network " },
	{ "with a stage, the pid namespace is the stage's", NEW("user") "," JOIN("pid"),
	  CLONE_NEWUSER, 0, true, "s/ns/pid " },
};

static const char *joins_text(struct setup *s)
{
	const struct plan_ns *ns = &s->plan.ns;
	const char *text = "";

	for (size_t i = 0; i < ns->n_join; i++)
		text = arena_printf(&s->a, "%s%c%s ", text, "psi"[ns->join[i].joiner],
				    ns -> join[i].path);
	return text;
}

static unsigned made(const struct plan_ns *ns)
{
	unsigned all = 0;

	for (size_t i = 0; i < ns->n_made; i++)
		all |= (unsigned)ns->made[i].type;
	return all;
}

static void check_offsets(const char *name, const char *given, unsigned clone, const char *want)
{
	struct setup s;
	char config[512];

	snprintf(config, sizeof(config), LINUX("'namespaces':[%s],'timeOffsets':{%s}"), NEW("time"),
		 given);
	setup_begin(&s, config);
	TEST(name) {
		CHECK(build_ns(&s.b) == 0);
		CHECK(s.plan.ns.create == CLONE_NEWTIME);
		CHECK(s.plan.ns.clone == clone);
		CHECK_STR(s.plan.ns.time_offsets, want);
	}
	setup_end(&s);
}

/* With offsets beside these namespaces; `uid` is mcrun's own. */
static void test_staged(const char *name, const char *list, unsigned staged, unsigned clone,
			bool stage)
{
	struct setup s;
	char config[512];

	snprintf(config, sizeof(config),
		 LINUX("'namespaces':[%s],'timeOffsets':{'boottime':{'secs':7}}"), list);
	setup_begin(&s, config);
	TEST(name) {
		CHECK(build_ns(&s.b) == 0);
		CHECK(s.plan.ns.staged == staged);
		CHECK(s.plan.ns.clone == clone);
		CHECK(s.plan.ns.stage == stage);
		CHECK_STR(s.plan.ns.time_offsets, "boottime 7 0\n");
	}
	setup_end(&s);
}

/* Root of a user namespace alone. */
static void test_nested(const char *name, const char *linux_, const char *joins)
{
	struct setup s;

	setup_begin(&s, linux_);
	s.facts.in_userns = true;
	TEST(name) {
		CHECK(build_ns(&s.b) == 0);
		CHECK(s.plan.ns.stage);
		CHECK(s.plan.ns.staged == 0);
		CHECK_STR(joins_text(&s), joins);
	}
	setup_end(&s);
}

static void test_user(const char *name, const char *list, uint64_t caps, const char *want)
{
	struct setup s;
	char config[512];

	snprintf(config, sizeof(config), LINUX("'namespaces':[%s]"), list);
	setup_begin(&s, config);
	s.facts.uid = 1000;
	s.facts.caps = caps;
	TEST(name) {
		CHECK(build_ns(&s.b) == (*want ? -1 : 0));
		CHECK_STR(setup_error(&s), want);
	}
	setup_end(&s);
}

int main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct setup s;
		char config[512];

		snprintf(config, sizeof(config), LINUX("'namespaces':[%s]"), cases[i].list);
		setup_begin(&s, config);
		TEST(cases[i].name) {
			CHECK(build_ns(&s.b) == 0);
			CHECK(s.plan.ns.clone == cases[i].clone);
			CHECK(s.plan.ns.unshare == cases[i].unshare);
			CHECK(s.plan.ns.create == (cases[i].clone | cases[i].unshare));
			CHECK(s.plan.ns.stage == cases[i].stage);
			CHECK(plan_waits_go(&s.plan) == cases[i].stage);
			CHECK(s.plan.ns.create == made(&s.plan.ns));
			CHECK_STR(joins_text(&s), cases[i].joins);
		}
		setup_end(&s);
	}
	check_offsets("an offset takes the time namespace out of the clone",
		      "'monotonic':{'secs':-5},'boottime':{'secs':7,'nanosecs':1}", 0,
		      "monotonic -5 0\nboottime 7 1\n");
	test_staged("the clocks of a new user namespace are made in it, by a stage",
		    NEW("user") "," NEW("time") "," NEW("pid"), CLONE_NEWUSER, CLONE_NEWPID, true);
	test_staged("those beside a joined user namespace by the stage that joins it",
		    JOIN("user") "," NEW("time") "," NEW("pid"), 0, CLONE_NEWPID, true);
	test_staged("all others by the parent", NEW("time") "," NEW("pid"), 0, CLONE_NEWPID, false);
	test_nested("who does not get back from a pid namespace has a stage join it",
		    LINUX("'namespaces':[" JOIN("ipc") "," JOIN("pid") "]"), "s/ns/ipc s/ns/pid ");
	test_nested("nor from a time namespace",
		    LINUX("'namespaces':[" NEW("time") "],'timeOffsets':{'boottime':{'secs':7}}"),
		    "");
	test_user("an ordinary user needs a user namespace", NEW("mount"), 0,
		  "/linux/namespaces: an ordinary user needs a user namespace: one of type 'user', "
		  "with uidMappings and gidMappings ('mcrun spec --rootless' writes them)");
	test_user("with no namespaces at all too", "", 0,
		  "/linux: an ordinary user needs a user namespace: one of type 'user', "
		  "with uidMappings and gidMappings ('mcrun spec --rootless' writes them)");
	test_user("new", NEW("mount") "," NEW("user"), 0, "");
	test_user("or joined", JOIN("user"), 0, "");
	test_user("one who was given the right needs none", NEW("mount"), 1ull << 21, "");
	check_offsets("offsets of nothing are none", "'monotonic':{'secs':0},'boottime':{}",
		      CLONE_NEWTIME, NULL);
	return test_done();
}
