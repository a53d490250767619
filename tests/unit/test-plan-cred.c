/* SPDX-License-Identifier: Apache-2.0 */
/* User, groups and the five capability sets: what is cut, what is warned of. */
#include <linux/capability.h>

#include "test-plan.h"

#define BIT(cap) (1ull << (cap))
#define KILL "'CAP_KILL'"
#define CHOWN "'CAP_CHOWN'"
#define CAPS(sets) PROCESS(",'capabilities':{" sets "}")

static const struct {
	const char *name, *config;
	uint64_t mcrun; /* what mcrun has */
	struct plan_caps want;
	const char *warning;
} cases[] = {
	{ "no capabilities object: none at all", PROCESS(""), UINT64_MAX, { 0 }, NULL },
	{ "the sets are read",
	  CAPS("'bounding':[" KILL "," CHOWN "],'permitted':[" KILL "],'effective':[" KILL "],"
	       "'inheritable':[" KILL "],'ambient':[" KILL "]"),
	  UINT64_MAX,
	  { BIT(CAP_KILL) | BIT(CAP_CHOWN), BIT(CAP_KILL), BIT(CAP_KILL), BIT(CAP_KILL),
	    BIT(CAP_KILL) },
	  NULL },
	{ "an unknown name is left out with a warning",
	  CAPS("'bounding':['CAP_MAGIC'," KILL "]"),
	  UINT64_MAX,
	  { .bounding = BIT(CAP_KILL) },
	  "/process/capabilities/bounding/0: unknown capability 'CAP_MAGIC'; left out" },
	{ "spelling counts",
	  CAPS("'bounding':['KILL']"),
	  UINT64_MAX,
	  { 0 },
	  "/process/capabilities/bounding/0: unknown capability 'KILL'; left out" },
	{ "what mcrun lacks is left out of all sets, with one warning",
	  CAPS("'bounding':[" KILL "," CHOWN "],'permitted':[" CHOWN "],'effective':[" CHOWN "]"),
	  BIT(CAP_KILL),
	  { .bounding = BIT(CAP_KILL) },
	  "/process/capabilities: left out, since mcrun itself lacks them: CAP_CHOWN" },
	{ "ambient is bounded by permitted and inheritable",
	  CAPS("'bounding':[" KILL "," CHOWN "],'permitted':[" KILL "," CHOWN "],"
	       "'inheritable':[" CHOWN "],'ambient':[" KILL "," CHOWN "]"),
	  UINT64_MAX,
	  { .bounding = BIT(CAP_KILL) | BIT(CAP_CHOWN),
	    .permitted = BIT(CAP_KILL) | BIT(CAP_CHOWN),
	    .inheritable = BIT(CAP_CHOWN),
	    .ambient = BIT(CAP_CHOWN) },
	  "/process/capabilities/ambient: left out, since they are not both in permitted and "
	  "inheritable: CAP_KILL" },
	{ "inheritable is bounded by bounding",
	  CAPS("'bounding':[" KILL "],'inheritable':[" KILL "," CHOWN "]"),
	  UINT64_MAX,
	  { .bounding = BIT(CAP_KILL), .inheritable = BIT(CAP_KILL) },
	  "/process/capabilities/inheritable: left out, since they are not in bounding: "
	  "CAP_CHOWN" },
};

static void run(struct setup *s, const char *config)
{
	setup_begin(s, config);
	CHECK(build_ns(&s->b) == 0 && build_idmap(&s->b) == 0 && build_cred(&s->b) == 0);
}

int main(void)
{
	struct setup s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		setup_begin(&s, cases[i].config);
		s.facts.caps = cases[i].mcrun;
		TEST(cases[i].name) {
			CHECK(build_ns(&s.b) == 0 && build_idmap(&s.b) == 0);
			CHECK(build_cred(&s.b) == 0);
			CHECK(memcmp(&s.plan.cred.caps, &cases[i].want, sizeof(cases[i].want)) ==
			      0);
			check_warning(&s, cases[i].warning);
		}
		setup_end(&s);
	}
	TEST("in a user namespace all capabilities can be had") {
		setup_begin(&s, CONFIG(",'process':{'cwd':'/','args':['x'],'capabilities':{"
				       "'bounding':[" KILL "]}},"
				       "'linux':{'namespaces':[{'type':'user','path':'/u'}]}"));
		s.facts.caps = 0;
		CHECK(build_ns(&s.b) == 0 && build_cred(&s.b) == 0);
		CHECK(s.plan.cred.caps.bounding == BIT(CAP_KILL));
		setup_end(&s);
	}
	TEST("without a user it is root, and the umask stays") {
		run(&s, PROCESS(""));
		CHECK(s.plan.cred.uid == 0 && s.plan.cred.gid == 0 && s.plan.cred.n_group == 0);
		CHECK(!s.plan.cred.set_umask && s.plan.cred.set_groups);
		setup_end(&s);
	}
	TEST("ids, groups and umask are taken") {
		run(&s, PROCESS(",'noNewPrivileges':true,"
				"'user':{'uid':7,'gid':8,'umask':0,'additionalGids':[9,10]}"));
		CHECK(s.plan.cred.uid == 7 && s.plan.cred.gid == 8 && s.plan.cred.n_group == 2);
		CHECK(s.plan.cred.group[1] == 10 && s.plan.cred.no_new_privs);
		CHECK(s.plan.cred.set_umask && s.plan.cred.umask == 0);
		setup_end(&s);
	}
	TEST("groups are left where setgroups is denied") {
		setup_begin(&s, LINUX("'namespaces':[{'type':'user'}],"
				      "'uidMappings':[{'containerID':0,'hostID':5,'size':1}],"
				      "'gidMappings':[{'containerID':0,'hostID':6,'size':1}]"));
		s.facts.uid = 5;
		s.facts.gid = 6;
		CHECK(build_ns(&s.b) == 0 && build_idmap(&s.b) == 0 && build_cred(&s.b) == 0);
		CHECK(!s.plan.cred.set_groups);
		setup_end(&s);
	}
	TEST("run.oci.keep_original_groups: the caller's groups stay, whatever else is wanted") {
		run(&s, PROCESS(",'user':{'uid':7,'gid':8,'additionalGids':[9]}},"
				"'annotations':{'run.oci.keep_original_groups':'1'"));
		CHECK(s.plan.cred.keep_groups && !s.plan.cred.set_groups);
		setup_end(&s);
		run(&s, PROCESS("},'annotations':{'run.oci.keep_original_groups':'0'"));
		CHECK(!s.plan.cred.keep_groups && s.plan.cred.set_groups);
		setup_end(&s);
		setup_begin(&s, PROCESS("},'annotations':{'run.oci.keep_original_groups':'x'"));
		CHECK(build_ns(&s.b) == 0 && build_idmap(&s.b) == 0 && build_cred(&s.b) < 0);
		CHECK_STR(s.err.at, "/annotations/run.oci.keep_original_groups");
		CHECK_STR(s.err.msg, "'x' must be 0 or 1");
		setup_end(&s);
	}
	return test_done();
}
