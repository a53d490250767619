/* SPDX-License-Identifier: Apache-2.0 */
/* The program and the hooks. Errors are in test-plan-bad.c. */
#include <sys/resource.h>

#include "base/mount.h"
#include "test-plan.h"

static void run(struct setup *s, const char *config, bool console_socket)
{
	setup_begin(s, config);
	s->options.console_socket = console_socket;
	CHECK(build_ns(&s->b) == 0 && build_hooks(&s->b) == 0 && build_process(&s->b) == 0);
}

static void check_process(void)
{
	struct setup s;

	run(&s, PROCESS(",'env':['A=1','B'],'oomScoreAdj':0,'consoleSize':{'height':1,'width':2},"
			"'rlimits':[{'type':'RLIMIT_NOFILE','soft':1,"
			"'hard':18446744073709551615}]"),
	    false);

	const struct plan_process *p = &s.plan.process;

	TEST("arguments and environment end with NULL") {
		CHECK_STR(p->argv[0], "sh");
		CHECK(p->argv[1] == NULL);
		CHECK_STR(p->envp[1], "B");
		CHECK(p->envp[2] == NULL);
	}
	TEST("an entry without '=' is passed on, with a warning")
		check_warning(&s, "/process/env/1: 'B' has no '='");
	TEST("an oomScoreAdj of 0 is a value")
		CHECK(p->set_oom_score_adj && p->oom_score_adj == 0);
	TEST("consoleSize means nothing without a terminal")
		CHECK(!p->terminal && p->rows == 0 && p->columns == 0);
	TEST("limits go up to infinity") {
		CHECK(p->n_rlimit == 1 && p->rlimit[0].resource == RLIMIT_NOFILE);
		CHECK(p->rlimit[0].soft == 1 && p->rlimit[0].hard == UINT64_MAX);
		CHECK_STR(p->rlimit[0].from, "/process/rlimits/0");
	}
	setup_end(&s);
}

static void check_hooks(void)
{
	struct setup s;

	run(&s, CONFIG(",'hooks':{'prestart':[{'path':'/a'},{'path':'/b','args':['b','-x']}],"
		       "'poststop':[{'path':'/c','timeout':2,'env':['K=V']},"
		       "{'path':'/d','timeout':2147483647}]}"), false);

	const struct plan_hooks *h = &s.plan.hooks;

	TEST("hooks keep kind and order") {
		CHECK(h->n[HOOK_PRESTART] == 2 && h->n[HOOK_POSTSTOP] == 2);
		CHECK(h->n[HOOK_CREATE_RUNTIME] == 0 && h->n[HOOK_POSTSTART] == 0);
		CHECK_STR(h->list[HOOK_PRESTART][1].path, "/b");
		CHECK_STR(h->list[HOOK_PRESTART][1].from, "/hooks/prestart/1");
	}
	TEST("a hook without args has its path as argv[0]") {
		CHECK_STR(h->list[HOOK_PRESTART][0].argv[0], "/a");
		CHECK(h->list[HOOK_PRESTART][0].argv[1] == NULL);
		CHECK(h->list[HOOK_PRESTART][0].envp[0] == NULL);
	}
	TEST("a hook's args are the whole argv") {
		CHECK_STR(h->list[HOOK_PRESTART][1].argv[0], "b");
		CHECK_STR(h->list[HOOK_PRESTART][1].argv[1], "-x");
	}
	TEST("timeouts are milliseconds, and 0 is none") {
		CHECK(h->list[HOOK_PRESTART][0].timeout_ms == 0);
		CHECK(h->list[HOOK_POSTSTOP][0].timeout_ms == 2000);
		CHECK(h->list[HOOK_POSTSTOP][1].timeout_ms == UINT32_MAX);
	}
	TEST("kinds have the names of config.json")
		CHECK_STR(plan_hook_name(HOOK_CREATE_CONTAINER), "createContainer");
	setup_end(&s);
}

int main(void)
{
	struct setup s;

	check_process();
	check_hooks();
	TEST("with a terminal, consoleSize counts") {
		run(&s, PROCESS(",'terminal':true,'consoleSize':{'height':25,'width':80}"), true);
		CHECK(s.plan.process.terminal && s.plan.process.rows == 25);
		CHECK(s.plan.process.columns == 80);
		setup_end(&s);
	}
	TEST("a container can be created without a process") {
		run(&s, CONFIG(""), false);
		CHECK(!s.plan.process.present && s.plan.process.argv[0] == NULL);
		CHECK_STR(s.plan.process.cwd, "/");
		setup_end(&s);
	}
	TEST("cwd is clean") {
		run(&s, CONFIG(",'process':{'cwd':'//a/./b/','args':['x']}"), false);
		CHECK_STR(s.plan.process.cwd, "/a/b");
		setup_end(&s);
	}
	TEST("options reach the plan") {
		setup_begin(&s, PROCESS(""));
		s.options.preserve_fds = 2;
		s.options.no_new_keyring = true;
		CHECK(build_process(&s.b) == 0);
		CHECK(s.plan.process.preserve_fds == 2 && !s.plan.process.new_keyring);
		setup_end(&s);
	}
	TEST("who is waited for gets a socket in place of the caller's") {
		setup_begin(&s, CONFIG(",'process':{'cwd':'/','args':['sh'],'env':"
				       "['A=1','NOTIFY_SOCKET=/x','B=2']},'linux':{'namespaces':"
				       "[{'type':'mount'}]}"));
		s.options.notify = true;
		s.options.root = "/run/mcrun";

		const struct plan *plan = setup_plan(&s);

		CHECK(plan && plan->notify && plan->n_mount == 1);
		if (plan && plan->n_mount == 1) {
			CHECK_STR(plan->mount[0].source, "/run/mcrun/c1/notify");
			CHECK_STR(plan->mount[0].target, "/run/notify");
			CHECK(plan->mount[0].attr.set & MOUNT_ATTR_RDONLY);
			CHECK_STR(plan->process.envp[1], "B=2");
			CHECK_STR(plan->process.envp[2],
				  "NOTIFY_SOCKET=/run/notify/notify.sock");
			CHECK(!plan->process.envp[3]);
		}
		setup_end(&s);
	}
	TEST("without a mount namespace there is no such socket") {
		setup_begin(&s, PROCESS(""));
		s.options.notify = true;
		s.options.root = "/run/mcrun";

		const struct plan *plan = setup_plan(&s);

		CHECK(plan && !plan->notify && plan->n_mount == 0 && !plan->process.envp[0]);
		setup_end(&s);
	}
	return test_done();
}
