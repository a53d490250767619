/* SPDX-License-Identifier: Apache-2.0 */
/* plan/exec: what is given over what the container has becomes a process, or one message. */
#include "plan/exec.h"

#include <linux/capability.h>
#include <sched.h>

#include "test-plan.h"

/* A container whose process has a bit of everything. */
#define OWN                                                                                        \
	CONFIG(",'process':{'cwd':'/own','args':['own'],'terminal':true,'env':['A=1','B=2'],"      \
	       "'consoleSize':{'height':25,'width':80},'noNewPrivileges':true,'oomScoreAdj':5,"    \
	       "'apparmorProfile':'p','execCPUAffinity':{'initial':'0','final':'1'},"              \
	       "'user':{'uid':3,'gid':4,'umask':31,'additionalGids':[5]},"                         \
	       "'scheduler':{'policy':'SCHED_BATCH'},"                                             \
	       "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':1},"                            \
	       "'rlimits':[{'type':'RLIMIT_CORE','soft':1,'hard':2}],"                             \
	       "'capabilities':{'bounding':['CAP_KILL'],'effective':['CAP_KILL'],"                 \
	       "'permitted':['CAP_KILL']}},'linux':{'personality':{'domain':'LINUX32'},"           \
	       "'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0'},"                                  \
	       "'seccomp':{'defaultAction':'SCMP_ACT_ALLOW'}},"                                    \
	       "'hooks':{'poststop':[{'path':'/x'}],'startContainer':[{'path':'/y'}]}")

static const char *const sh[] = { "sh", "-c", NULL };
static struct facts_lsm lsm = {
	.has_apparmor = true, .apparmor = true, .has_selinux = true, .selinux = true
};

struct exec_setup {
	struct setup s;
	struct plan_exec e;
	struct plan *plan;
};

static void begin(struct exec_setup *x, const char *config)
{
	setup_begin(&x->s, config);
	x->s.facts.lsm = &lsm;
	x->e = (struct plan_exec){
		.args = { sh, 2 }, .cgroup_mount = "/sys/fs/cgroup", .cgroup_path = "/c1"
	};
}

/* --process, in which ' stands for ". */
static void give(struct exec_setup *x, const char *json)
{
	char *text = arena_strdup(&x->s.a, json);

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	x->e.process = oci_process_read(&x->s.a, text, strlen(text), &x->s.err);
	x->e.args = (struct plan_words){ 0 };
	CHECK(x->e.process);
}

static struct plan *build(struct exec_setup *x)
{
	const struct plan_input in = { x->s.spec, &x->s.facts, &x->s.options };

	x->plan = plan_exec_build(&x->s.a, &in, &x->e, &x->s.err);
	return x->plan;
}

static void end(struct exec_setup *x)
{
	setup_end(&x->s);
}

static struct plan_words one(const char *const *item)
{
	return (struct plan_words){ item, 1 };
}

/* ---- what it is made of ---------------------------------------------------------------------- */

static void check_own(void)
{
	struct exec_setup x;

	begin(&x, OWN);
	CHECK(build(&x));

	const struct plan *p = x.plan;

	TEST("without a file it is the container's process with other arguments") {
		CHECK_STR(p->process.argv[0], "sh");
		CHECK_STR(p->process.argv[1], "-c");
		CHECK(!p->process.argv[2]);
		CHECK_STR(p->process.cwd, "/own");
		CHECK_STR(p->process.envp[1], "B=2");
		CHECK(p->cred.uid == 3 && p->cred.gid == 4 && p->cred.n_group == 1);
		CHECK(p->cred.set_umask && p->cred.umask == 31 && p->cred.no_new_privs);
		CHECK(p->cred.caps.effective == 1ull << CAP_KILL);
		CHECK(p->process.n_rlimit == 1 && p->process.oom_score_adj == 5);
		CHECK_STR(p->lsm.apparmor, "p");
	}
	TEST("but with no terminal of its own accord")
		CHECK(!p->process.terminal && p->process.rows == 0);
	TEST("what the kernel keeps of the container's process is this one's too") {
		CHECK(p->attr.scheduler && p->attr.io_priority);
		CHECK(p->attr.memory && p->attr.personality);
		CHECK_STR(p->attr.exec_cpu_initial, "0");
		CHECK_STR(p->attr.exec_cpu_final, "1");
	}
	TEST("the filter is the container's")
		CHECK(p->filter.program && p->filter.n);
	TEST("there are no hooks")
		CHECK(p->hooks.n[HOOK_POSTSTOP] == 0 && p->hooks.n[HOOK_START_CONTAINER] == 0);
	TEST("it goes into the container's cgroup") {
		CHECK_STR(p->cgroup.path, "/c1");
		CHECK(p->cgroup.n_early == 0 && p->cgroup.n_late == 0);
	}
	end(&x);
}

static void check_file(void)
{
	struct exec_setup x;

	begin(&x, OWN);
	give(&x, "{'cwd':'/','args':['x'],'terminal':false,'user':{'uid':7,'gid':8}}");
	CHECK(build(&x));

	const struct plan *p = x.plan;

	TEST("a file is the process: words, directory, environment, user, new privileges") {
		CHECK_STR(p->process.argv[0], "x");
		CHECK_STR(p->process.cwd, "/");
		CHECK(!p->process.envp[0]);
		CHECK(p->cred.uid == 7 && p->cred.gid == 8 && p->cred.n_group == 0);
		CHECK(!p->cred.no_new_privs);
	}
	TEST("what it does not say of bounds is the container's") {
		CHECK_STR(p->lsm.apparmor, "p");
		CHECK(p->cred.caps.bounding == 1ull << CAP_KILL);
		CHECK(p->cred.set_umask && p->cred.umask == 31);
		CHECK(p->process.n_rlimit == 1 && p->process.set_oom_score_adj);
		CHECK(p->attr.scheduler && p->attr.io_priority && p->attr.exec_cpu_final);
	}
	end(&x);
	begin(&x, OWN);
	give(&x, "{'cwd':'/','args':['x'],'terminal':true,'consoleSize':{'height':2,'width':3},"
		 "'user':{'umask':0},'apparmorProfile':'q','capabilities':{},'oomScoreAdj':0,"
		 "'rlimits':[{'type':'RLIMIT_CPU','soft':3,'hard':4}],'execCPUAffinity':{}}");
	CHECK(build(&x));
	p = x.plan;
	TEST("what it says counts, nothing and zero too") {
		CHECK(p->process.terminal && p->process.rows == 2 && p->process.columns == 3);
		CHECK(p->cred.set_umask && p->cred.umask == 0 && p->cred.caps.bounding == 0);
		CHECK(p->process.oom_score_adj == 0 && p->process.rlimit[0].soft == 3);
		CHECK(!p->attr.exec_cpu_initial && !p->attr.exec_cpu_final);
		CHECK_STR(p->lsm.apparmor, "q");
	}
	end(&x);
	TEST("a container without a process has an empty one") {
		begin(&x, CONFIG(""));
		CHECK(build(&x));
		CHECK_STR(x.plan->process.cwd, "/");
		CHECK(x.plan->cred.uid == 0 && x.plan->cred.caps.bounding == 0);
		end(&x);
	}
}

/* ---- options --------------------------------------------------------------------------------- */

static void check_options(void)
{
	static const char *const env[] = { "A=3", "C=", "C=4" };
	static const char *const gids[] = { "6,7" }, *const caps[] = { "CAP_CHOWN,CAP_KILL" };
	struct exec_setup x;

	begin(&x, OWN);
	x.e.env = (struct plan_words){ env, 3 };
	x.e.groups = one(gids);
	x.e.caps = one(caps);
	x.e.user = "9";
	x.e.cwd = "/a/./b";
	x.e.apparmor = "r";
	x.e.selinux = "u:r:t:s0";
	x.e.terminal = CHOICE_YES;
	x.e.no_new_privs = CHOICE_NO;
	CHECK(build(&x));

	const struct plan *p = x.plan;

	TEST("a variable takes the place of one of its name, also of one given before") {
		CHECK_STR(p->process.envp[0], "A=3");
		CHECK_STR(p->process.envp[1], "B=2");
		CHECK_STR(p->process.envp[2], "C=4");
		CHECK(!p->process.envp[3]);
	}
	TEST("a uid alone leaves the group; groups are added") {
		CHECK(p->cred.uid == 9 && p->cred.gid == 4 && p->cred.n_group == 3);
		CHECK(p->cred.group[0] == 5 && p->cred.group[2] == 7);
	}
	TEST("capabilities are added to three sets, and to no other") {
		const uint64_t both = 1ull << CAP_CHOWN | 1ull << CAP_KILL;

		CHECK(p->cred.caps.bounding == both && p->cred.caps.effective == both);
		CHECK(p->cred.caps.permitted == both);
		CHECK(p->cred.caps.inheritable == 0 && p->cred.caps.ambient == 0);
		CHECK(p->n_warning == 0);
	}
	TEST("directory, profile and label, terminal with the container's size, new privileges") {
		CHECK_STR(p->process.cwd, "/a/b");
		CHECK_STR(p->lsm.apparmor, "r");
		CHECK_STR(p->lsm.selinux, "u:r:t:s0");
		CHECK(p->process.terminal && p->process.rows == 25);
		CHECK(!p->cred.no_new_privs);
	}
	end(&x);
	TEST("what the container inherits becomes ambient") {
		static const char *const kill[] = { "CAP_KILL" };

		begin(&x, PROCESS(",'capabilities':{'inheritable':['CAP_KILL'],"
				  "'bounding':['CAP_KILL']}"));
		x.e.caps = one(kill);
		CHECK(build(&x));
		CHECK(x.plan->cred.caps.ambient == 1ull << CAP_KILL);
		end(&x);
	}
}

static void check_cgroups(void)
{
	static const char *const paths[] = { "/a//b/", "a/b" }, *const top[] = { "/" };
	struct exec_setup x;

	TEST("a cgroup is below the container's, however it is written") {
		begin(&x, PROCESS(""));
		x.e.cgroups = (struct plan_words){ paths, 2 };
		CHECK(build(&x));
		CHECK_STR(x.plan->cgroup.path, "/c1/a/b");
		end(&x);
	}
	TEST("its top is the container's own") {
		begin(&x, PROCESS(""));
		x.e.cgroups = one(top);
		CHECK(build(&x));
		CHECK_STR(x.plan->cgroup.path, "/c1");
		end(&x);
	}
	TEST("without a cgroup there is none below it") {
		begin(&x, PROCESS(""));
		x.e.cgroup_path = "";
		x.e.cgroups = one(paths);
		CHECK(!build(&x));
		CHECK_STR(setup_error(&x.s), "--cgroup: container \"c1\" has no cgroup of its own");
		end(&x);
	}
}

static void check_container(void)
{
	struct exec_setup x;

	TEST("ids are held against the container's maps") {
		begin(&x, CONFIG(",'linux':{'namespaces':[{'type':'user'}],"
				 "'uidMappings':[{'containerID':0,'hostID':1,'size':9}],"
				 "'gidMappings':[{'containerID':0,'hostID':1,'size':9}]}"));
		x.e.user = "9";
		CHECK(!build(&x));
		CHECK_STR(setup_error(&x.s),
			  "/process/user/uid: 9 is not mapped in /linux/uidMappings");
		x.e.user = "8";
		CHECK(build(&x));
		CHECK(x.plan->root.bind_devices);
		end(&x);
	}
	TEST("a new mount namespace has its root, any other the rootfs") {
		begin(&x, LINUX("'namespaces':[{'type':'mount'}]"));
		CHECK(build(&x) && x.plan->root.enter == ENTER_PIVOT);
		end(&x);
		begin(&x, LINUX("'namespaces':[{'type':'mount','path':'/x'}]"));
		CHECK(build(&x) && x.plan->root.enter == ENTER_CHROOT);
		CHECK_STR(x.plan->root.path, "/bundle/rootfs");
		end(&x);
	}
	TEST("labels, wherever they come from, raise the question for the modules") {
		begin(&x, PROCESS(""));
		CHECK(plan_exec_ask(x.s.spec, &x.e) == ASK_CAPS);
		x.e.apparmor = "p";
		CHECK(plan_exec_ask(x.s.spec, &x.e) == (ASK_CAPS | ASK_LSM));
		end(&x);
		begin(&x, OWN);
		CHECK(plan_exec_ask(x.s.spec, &x.e) & ASK_LSM);
		end(&x);
	}
}

/* ---- mistakes -------------------------------------------------------------------------------- */

static const struct {
	const char *user, *want; /* an error, or NULL */
	uint32_t uid, gid;
} users[] = {
	{ "1", NULL, 1, 4 },
	{ "0", NULL, 0, 4 },
	{ "1:2", NULL, 1, 2 },
	{ "4294967294:4294967294", NULL, 4294967294, 4294967294 },
	{ "1:", "'1:'", 0, 0 },
	{ ":1", "':1'", 0, 0 },
	{ ":", "':'", 0, 0 },
	{ "", "''", 0, 0 },
	{ " 1", "' 1'", 0, 0 },
	{ "1 ", "'1 '", 0, 0 },
	{ "1x", "'1x'", 0, 0 },
	{ "-1", "'-1'", 0, 0 },
	{ "+1", "'+1'", 0, 0 },
	{ "0x1", "'0x1'", 0, 0 },
	{ "1:2:3", "'1:2:3'", 0, 0 },
	{ "root", "'root'", 0, 0 },
	{ "4294967295", "'4294967295'", 0, 0 },
	{ "4294967296", "'4294967296'", 0, 0 },
	{ "1:4294967296", "'1:4294967296'", 0, 0 },
	{ "18446744073709551617", "'18446744073709551617'", 0, 0 },
};

static void check_users(void)
{
	for (size_t i = 0; i < COUNT(users); i++) {
		struct exec_setup x;

		begin(&x, OWN);
		x.e.user = users[i].user;

		const struct plan *p = build(&x);

		TEST(arena_printf(&x.s.a, "--user '%s'", users[i].user)) {
			CHECK(!p == !!users[i].want);
			if (p)
				CHECK(p->cred.uid == users[i].uid && p->cred.gid == users[i].gid);
			else
				CHECK_STR(setup_error(&x.s),
					  arena_printf(&x.s.a,
						       "--user: %s is neither UID nor UID:GID, "
						       "numbers up to 4294967294 (names are not "
						       "looked up)",
						       users[i].want));
		}
		end(&x);
	}
}

static const struct {
	const char *env, *cap, *group, *cgroup, *cwd; /* one of them */
	const char *want;
} mistakes[] = {
	{ .env = "A", .want = "--env: 'A' is not NAME=VALUE" },
	{ .env = "=A", .want = "--env: '=A' is not NAME=VALUE" },
	{ .cap = "CAP_X",
	  .want = "--cap: unknown capability 'CAP_X'; they are called CAP_NET_ADMIN and so on" },
	{ .cap = "kill",
	  .want = "--cap: unknown capability 'kill'; they are called CAP_NET_ADMIN and so on" },
	{ .group = "1,", .want = "--additional-gids: '' is no group, a number up to 4294967294" },
	{ .group = "x", .want = "--additional-gids: 'x' is no group, a number up to 4294967294" },
	{ .group = "4294967295",
	  .want = "--additional-gids: '4294967295' is no group, a number up to 4294967294" },
	{ .cwd = "x", .want = "--cwd: 'x' is relative; it must be absolute" },
	{ .cwd = "", .want = "--cwd: '' is relative; it must be absolute" },
	{ .cgroup = "..", .want = "--cgroup: '..' would lead out of the container's cgroup" },
	{ .cgroup = "a/../..",
	  .want = "--cgroup: 'a/../..' would lead out of the container's cgroup" },
	{ .cgroup = "cpu:/a", .want = "--cgroup: 'cpu:/a' names a controller, but all of cgroup v2 "
				      "is one tree: give the path alone" },
};

static void check_mistakes(void)
{
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		struct exec_setup x;

		begin(&x, PROCESS(""));
		x.e.env = (struct plan_words){ &mistakes[i].env, mistakes[i].env != NULL };
		x.e.caps = (struct plan_words){ &mistakes[i].cap, mistakes[i].cap != NULL };
		x.e.groups = (struct plan_words){ &mistakes[i].group, mistakes[i].group != NULL };
		x.e.cgroups =
			(struct plan_words){ &mistakes[i].cgroup, mistakes[i].cgroup != NULL };
		x.e.cwd = mistakes[i].cwd;
		TEST(mistakes[i].want) {
			CHECK(!build(&x));
			CHECK_STR(setup_error(&x.s), mistakes[i].want);
		}
		end(&x);
	}
}

/* Calls that ask for two things at once, or for none. */
static void check_calls(void)
{
	static const char *const two[] = { "a", "b" };
	struct exec_setup x;

	begin(&x, PROCESS(""));
	TEST("no program") {
		x.e.args = (struct plan_words){ 0 };
		CHECK(!build(&x));
		CHECK_STR(setup_error(&x.s), "the program is missing: it stands behind the "
			  "container's id, or in the file of --process");
	}
	TEST("two programs") {
		give(&x, "{'cwd':'/','args':['x']}");
		x.e.args = (struct plan_words){ sh, 2 };
		CHECK(!build(&x));
		CHECK_STR(setup_error(&x.s), "both --process and a program, 'sh', are given");
	}
	end(&x);
	begin(&x, PROCESS(""));
	TEST("a terminal for nobody") {
		x.e.terminal = CHOICE_YES;
		x.e.detach = true;
		CHECK(!build(&x));
		CHECK_STR(setup_error(&x.s), "nobody would take the terminal: give "
			  "--console-socket, or leave --detach out");
		x.e.console_socket = true;
		CHECK(build(&x));
	}
	TEST("a console socket for nothing") {
		x.e.terminal = CHOICE_NO;
		CHECK(!build(&x));
		CHECK_STR(setup_error(&x.s), "--console-socket waits for a terminal, but none is "
			  "asked for (--tty, or 'terminal' of the process)");
	}
	end(&x);
	TEST("two cgroups") {
		begin(&x, PROCESS(""));
		x.e.cgroups = (struct plan_words){ two, 2 };
		CHECK(!build(&x));
		CHECK_STR(setup_error(&x.s),
			  "--cgroup: a process is in one cgroup, not both in '/a' and '/b'");
		end(&x);
	}
	TEST("a file's mistake has its place") {
		begin(&x, PROCESS(""));
		give(&x, "{'cwd':'x','args':['x']}");
		CHECK(!build(&x));
		CHECK_STR(setup_error(&x.s),
			  "/process/cwd: 'x' is relative; it must be absolute");
		end(&x);
	}
}

int main(void)
{
	check_own();
	check_file();
	check_options();
	check_cgroups();
	check_container();
	check_users();
	check_mistakes();
	check_calls();
	return test_done();
}
