/* SPDX-License-Identifier: Apache-2.0 */
/* Which facts a spec needs, its version, and the state that hooks read. */
#include "test-plan.h"

#define WITH_CAPS ",'process':{'cwd':'/','args':['x'],'capabilities':{'bounding':['CAP_KILL']}}"

static const struct {
	const char *name, *config;
	enum plan_manager manager;
	unsigned want;
} asks[] = {
	{ "a chroot without a cgroup needs to know who mcrun is", CONFIG(""), MANAGER_DISABLED,
	  ASK_IDS },
	{ "a joined user namespace settles that, but not whose the tree is",
	  LINUX("'namespaces':[{'type':'user','path':'/u'}]"), MANAGER_CGROUPFS,
	  ASK_CGROUP | ASK_IDS },
	{ "cgroupfs needs to know the tree, and whether a program for devices can be loaded",
	  CONFIG(""), MANAGER_CGROUPFS, ASK_CGROUP | ASK_IDS },
	{ "rules for devices without a cgroup matter to who could load them",
	  LINUX("'resources':{'devices':[{'allow':false,'access':'rwm'}]}"), MANAGER_DISABLED,
	  ASK_IDS },
	{ "device nodes depend on who mcrun is", LINUX("'namespaces':[{'type':'mount'}]"),
	  MANAGER_DISABLED, ASK_IDS },
	{ "so do the maps of a new user namespace", LINUX("'namespaces':[{'type':'user'}]"),
	  MANAGER_DISABLED, ASK_IDS | ASK_MAPPERS },
	{ "a joined user namespace has its maps", LINUX("'namespaces':[{'type':'user','path':'/u'}]"),
	  MANAGER_DISABLED, 0 },
	{ "but who opens the sources of its mounts depends on who mcrun is",
	  LINUX("'namespaces':[{'type':'user','path':'/u'},{'type':'mount'}]"),
	  MANAGER_DISABLED, ASK_IDS },
	{ "capabilities depend on mcrun's own", CONFIG(WITH_CAPS), MANAGER_DISABLED,
	  ASK_CAPS | ASK_IDS },
	{ "but not in a user namespace",
	  CONFIG(WITH_CAPS ",'linux':{'namespaces':[{'type':'user','path':'/u'}]}"),
	  MANAGER_DISABLED, 0 },
	{ "empty sets need none", PROCESS(",'capabilities':{'bounding':[]}"), MANAGER_DISABLED,
	  ASK_IDS },
	{ "a network sysctl in a joined network depends on whose that is",
	  LINUX("'namespaces':[{'type':'network','path':'/n'}],'sysctl':{'net.x':'1'}"),
	  MANAGER_DISABLED, ASK_NETNS | ASK_IDS },
	{ "in a new one it does not",
	  LINUX("'namespaces':[{'type':'network'}],'sysctl':{'net.x':'1'}"), MANAGER_DISABLED,
	  ASK_IDS },
	{ "a profile of the oldest actions runs everywhere",
	  LINUX("'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['read'],"
		"'action':'SCMP_ACT_ALLOW'}]}"), MANAGER_DISABLED, ASK_IDS },
	{ "flags of seccomp(2) may be unknown to the kernel",
	  LINUX("'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','flags':['X']}"), MANAGER_DISABLED,
	  ASK_SECCOMP | ASK_IDS },
	{ "so may a newer default action",
	  LINUX("'seccomp':{'defaultAction':'SCMP_ACT_LOG'}"), MANAGER_DISABLED, ASK_SECCOMP | ASK_IDS },
	{ "and that of a rule",
	  LINUX("'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],"
		"'action':'SCMP_ACT_NOTIFY'}]}"), MANAGER_DISABLED, ASK_SECCOMP | ASK_IDS },
	{ "a profile or label depends on what is on", PROCESS(",'apparmorProfile':'unconfined'"),
	  MANAGER_DISABLED, ASK_LSM | ASK_IDS },
	{ "that of the process", PROCESS(",'selinuxLabel':'x'"), MANAGER_DISABLED, ASK_LSM | ASK_IDS },
	{ "and that of the mounts", LINUX("'mountLabel':'x'"), MANAGER_DISABLED, ASK_LSM | ASK_IDS },
	{ "an empty one asks for nothing",
	  CONFIG(",'process':{'cwd':'/','args':['sh'],'apparmorProfile':'','selinuxLabel':''},"
		 "'linux':{'mountLabel':''}"), MANAGER_DISABLED, ASK_IDS },
	{ "without a network sysctl nobody cares",
	  LINUX("'namespaces':[{'type':'network','path':'/n'}],'sysctl':{'kernel.sem':'1'}"),
	  MANAGER_DISABLED, ASK_IDS },
};

static const struct {
	const char *version, *error, *warning;
} versions[] = {
	{ "1.0.0", "", NULL },
	{ "1.0.2-dev", "", NULL },
	{ "1.2.0+build.5", "", NULL },
	{ "1.3.0", "", NULL },
	{ "1.3.9-rc.1+x", "", NULL },
	{ "1.4.0", "", "/ociVersion: 1.4.0 is newer than 1.3.0, the newest that mcrun knows; fields "
	  "that came since are ignored" },
	{ "0.1.0", "/ociVersion: version 0.1.0 is not supported; mcrun knows 1.x", NULL },
	{ "2.0.0", "/ociVersion: version 2.0.0 is not supported; mcrun knows 1.x", NULL },
	{ "1.0", "/ociVersion: '1.0' is no version; expected one like '1.2.0'", NULL },
	{ "1.0.0.0", "/ociVersion: '1.0.0.0' is no version; expected one like '1.2.0'", NULL },
	{ "01.0.0", "/ociVersion: '01.0.0' is no version; expected one like '1.2.0'", NULL },
	{ "1.0.0-", "/ociVersion: '1.0.0-' is no version; expected one like '1.2.0'", NULL },
	{ "", "/ociVersion: '' is no version; expected one like '1.2.0'", NULL },
};

int main(void)
{
	struct setup s;

	for (size_t i = 0; i < COUNT(asks); i++) {
		setup_begin(&s, asks[i].config);
		s.options.manager = asks[i].manager;
		TEST(asks[i].name)
			CHECK(plan_ask(s.spec, &s.options) == asks[i].want);
		setup_end(&s);
	}
	for (size_t i = 0; i < COUNT(versions); i++) {
		char config[128], name[64];

		snprintf(config, sizeof(config), "{'ociVersion':'%s','root':{'path':'r'}}",
			 versions[i].version);
		snprintf(name, sizeof(name), "version '%s'", versions[i].version);
		setup_begin(&s, config);
		TEST(name) {
			CHECK((build_check(&s.b) < 0) == (*versions[i].error != '\0'));
			CHECK_STR(setup_error(&s), versions[i].error);
			check_warning(&s, versions[i].warning);
		}
		setup_end(&s);
	}
	setup_begin(&s, CONFIG(",'annotations':{'b':'2','a':'1'}"));
	TEST("the state is one line of JSON") {
		CHECK(build_state(&s.b) == 0);
		CHECK_STR(
			plan_state_json(&s.a, &s.plan.state, "created", 42),
			"{\"ociVersion\":\"1.2.0\",\"id\":\"c1\",\"status\":\"created\","
			"\"pid\":42,\"bundle\":\"/bundle\",\"annotations\":{\"b\":\"2\",\"a\":\"1\"}}");
	}
	TEST("a seccomp agent is told of it with the name of its descriptor") {
		struct plan_process_state process = { &s.plan.state, "created", 42, 43, "m" };

		CHECK_STR(plan_process_state_json(&s.a, &process),
			  "{\"ociVersion\":\"1.2.0\",\"fds\":[\"seccompFd\"],\"pid\":43,"
			  "\"metadata\":\"m\",\"state\":{\"ociVersion\":\"1.2.0\","
			  "\"id\":\"c1\",\"status\":\"created\",\"pid\":42,"
			  "\"bundle\":\"/bundle\","
			  "\"annotations\":{\"b\":\"2\",\"a\":\"1\"}}}");
		process.metadata = NULL;
		CHECK(!strstr(plan_process_state_json(&s.a, &process), "metadata"));
	}
	TEST("a pid of 0 is left out")
		CHECK(!strstr(plan_state_json(&s.a, &s.plan.state, "stopped", 0), "pid"));
	setup_end(&s);
	return test_done();
}
