/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles and labels where the security modules are on. Where they are off: test-plan-bad.c. */
#include "test-plan.h"

#define LABEL "system_u:object_r:x_t:s0:c1,c2"
#define MOUNT(type, option)                                                                        \
	"{'type':'" type "','source':'s','destination':'/" type "','options':[" option "]}"

static struct facts_lsm on = { .apparmor = true, .selinux = true };

static void plan(struct setup *s, const char *config)
{
	setup_begin(s, config);
	s->facts.lsm = &on;
	CHECK(s->spec && build_ns(&s->b) == 0 && build_mounts(&s->b) == 0);
}

static void check_process(void)
{
	struct setup s;

	TEST("profile and label are the program's") {
		plan(&s, PROCESS(",'apparmorProfile':'p','selinuxLabel':'" LABEL "'"));
		CHECK(build_lsm(&s.b) == 0);
		CHECK_STR(s.plan.lsm.apparmor, "p");
		CHECK_STR(s.plan.lsm.selinux, LABEL);
		setup_end(&s);
	}
	TEST("unconfined is set where AppArmor is on: the caller may be confined") {
		plan(&s, PROCESS(",'apparmorProfile':'unconfined'"));
		CHECK(build_lsm(&s.b) == 0);
		CHECK_STR(s.plan.lsm.apparmor, "unconfined");
		setup_end(&s);
	}
	TEST("unconfined asks for nothing where it is off") {
		plan(&s, PROCESS(",'apparmorProfile':'unconfined'"));
		s.facts.lsm = NULL;
		CHECK(build_lsm(&s.b) == 0 && !s.plan.lsm.apparmor);
		setup_end(&s);
	}
	TEST("one module that is on is not the other") {
		struct facts_lsm other = { .selinux = true };

		plan(&s, PROCESS(",'apparmorProfile':'p'"));
		s.facts.lsm = &other;
		CHECK(build_lsm(&s.b) < 0);
		CHECK_STR(s.err.at, "/process/apparmorProfile");
		setup_end(&s);
	}
	TEST("a label that would break out of its line or its quotes is refused") {
		static const char *const config[] = {
			PROCESS(",'apparmorProfile':'a\\nb'"),
			PROCESS(",'selinuxLabel':'a\\u0001'"),
			LINUX("'mountLabel':'a\\\",rw=\\\"'"),
		};

		for (size_t i = 0; i < COUNT(config); i++) {
			plan(&s, config[i]);
			CHECK(build_lsm(&s.b) < 0);
			CHECK(strstr(s.err.msg, "is no label: it has a quote or a control "
						"character"));
			setup_end(&s);
		}
	}
}

static const struct {
	const char *type, *option, *want; /* the last option; NULL: none */
} mounts[] = {
	{ "tmpfs", "", "context=\"" LABEL "\"" },
	{ "tmpfs", "'size=64k'", "context=\"" LABEL "\"" },
	{ "devpts", "", "context=\"" LABEL "\"" },
	{ "ext4", "'context=own'", "context=own" },
	{ "proc", "", NULL },
	{ "sysfs", "", NULL },
	{ "mqueue", "", NULL },
	{ "cgroup", "", NULL },
	{ "cgroup2", "", NULL },
	{ "bind", "'bind'", NULL },
};

static void check_mounts(void)
{
	for (size_t i = 0; i < COUNT(mounts); i++) {
		struct setup s;
		char config[512], name[64];

		snprintf(name, sizeof(name), "mountLabel and %s %s", mounts[i].type,
			 mounts[i].option);
		snprintf(config, sizeof(config),
			 CONFIG(",'mounts':[" MOUNT("%s",
						    "%s") "],'linux':{'mountLabel':'" LABEL
							  "','namespaces':[{'type':'mount'}]}"),
			 mounts[i].type, mounts[i].type, mounts[i].option);
		TEST(name) {
			plan(&s, config);
			CHECK(build_lsm(&s.b) == 0);

			const struct plan_mount *m = s.plan.mount;

			CHECK(s.plan.n_mount == 1);
			CHECK_STR(m && m->n_option ? m->option[m->n_option - 1] : NULL,
				  mounts[i].want);
			CHECK_STR(m ? m->label : NULL,
				  streq(mounts[i].type, "mqueue") ? LABEL : NULL);
			setup_end(&s);
		}
	}
}

static const struct {
	const char *value, *option, *want; /* want: the last option; NULL: refused */
} types[] = {
	{ "", "", "context=\"" LABEL "\"" },
	{ "context", "", "context=\"" LABEL "\"" },
	{ "fscontext", "", "fscontext=\"" LABEL "\"" },
	{ "defcontext", "'size=64k'", "defcontext=\"" LABEL "\"" },
	{ "rootcontext", "", "rootcontext=\"" LABEL "\"" },
	{ "rootcontext", "'rootcontext=own'", "rootcontext=own" },
	{ "rootcontext", "'context=own'", "context=own" },
	{ "size", "", NULL },
};

static void check_types(void)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		struct setup s;
		char config[512], name[64];

		snprintf(name, sizeof(name), "run.oci.mount_context_type '%s' %s", types[i].value,
			 types[i].option);
		snprintf(
			config, sizeof(config),
			CONFIG(",'mounts':[" MOUNT(
				"tmpfs", "%s") "],'linux':{'mountLabel':'" LABEL
					       "','namespaces':[{'type':'mount'}]},"
					       "'annotations':{'run.oci.mount_context_type':'%s'}"),
			types[i].option, types[i].value);
		TEST(name) {
			plan(&s, config);
			CHECK((build_lsm(&s.b) == 0) == !!types[i].want);

			const struct plan_mount *m = s.plan.mount;

			if (types[i].want)
				CHECK_STR(m->option[m->n_option - 1], types[i].want);
			else
				CHECK_STR(s.err.at, "/annotations/run.oci.mount_context_type");
			setup_end(&s);
		}
	}
}

int main(void)
{
	check_process();
	check_mounts();
	check_types();
	return test_done();
}
