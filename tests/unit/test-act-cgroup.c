/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cgroups and facts against the running kernel. Needs root and a cgroup v2 tree; its controllers
 * may be few. Works below one folder of its own and removes it.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "tests/unit/test-act-cgroup.h"

/* ---- facts ---------------------------------------------------------------------------------- */

static void test_facts(void)
{
	struct error err = { 0 };

	TEST("what is not asked stays absent") {
		struct facts f = { 0 };

		CHECK(facts_answer(0, "/proc/self/ns/net", &arena, &f, &err) == 0);
		CHECK(!f.has_uid && !f.has_in_userns && !f.has_caps && !f.cgroup &&
		      !f.has_net_is_host);
	}
	TEST("ids and capabilities of this process") {
		CHECK(facts.has_uid && facts.uid == 0 && facts.has_gid && facts.gid == getegid());
		CHECK(facts.has_in_userns);
		CHECK(facts.has_caps && (facts.caps & 1)); /* CAP_CHOWN */
	}
	TEST("the tree, its controllers and the own cgroup") {
		CHECK(facts.cgroup->mount && *facts.cgroup->mount == '/');
		CHECK(facts.cgroup->own && *facts.cgroup->own == '/');
		for (size_t i = 0; i < facts.cgroup->n_v1; i++)
			CHECK(!offered(facts.cgroup->v1[i].name));
	}
	TEST("the own network namespace is the host's, another one is not") {
		struct facts f = { 0 };

		CHECK(facts_answer(ASK_NETNS, "/proc/self/ns/net", &arena, &f, &err) == 0);
		CHECK(f.has_net_is_host && f.net_is_host);
		CHECK(facts_answer(ASK_NETNS, "/proc/self/ns/pid", &arena, &f, &err) == 0);
		CHECK(!f.net_is_host);
		CHECK(facts_answer(ASK_NETNS, "/nowhere", &arena, &f, &err) == -1);
		CHECK_STR(err.msg, "look at network namespace /nowhere: missing (ENOENT)");
	}
}

/* ---- making --------------------------------------------------------------------------------- */

static void try_undo(const char *name)
{
	struct plan_cgroup plan = plan_for(name);
	struct error err = { 0 };
	autocgroup struct cgroup cg = { .dir = -1 };

	CHECK(cgroup_create(&cg, &plan, &err) == 0);
	CHECK(cg.dir >= 0 && is_there(name));
}

/* Creates where that must fail; what it says. */
static const char *refusal(struct plan_cgroup *plan)
{
	static struct error err;
	autocgroup struct cgroup cg = { .dir = -1 };

	err = (struct error){ 0 };
	CHECK(cgroup_create(&cg, plan, &err) == -1);
	CHECK_STR(err.at, "/linux/cgroupsPath");
	return err.msg;
}

static void test_make(void)
{
	TEST("undo removes the cgroup and the parents that were made for it") {
		try_undo("/a/b/c");
		CHECK(!is_there("/a") && is_there(""));
	}
	TEST("undo leaves parents that were there") {
		struct cgroup cg = make("/a");

		try_undo("/a/b/c");
		CHECK(is_there("/a") && !is_there("/a/b"));
		drop(&cg);
	}
	TEST("undo leaves a cgroup that was there, and one that is used by now") {
		struct cgroup cg = make("/a"), other = { .dir = -1 };

		try_undo("/a");
		CHECK(is_there("/a"));
		drop(&cg);

		struct plan_cgroup plan = plan_for("/p/x");
		struct error err = { 0 };

		CHECK(cgroup_create(&other, &plan, &err) == 0);
		cg = make("/p/y");
		cgroup_undo(&other);
		CHECK(!is_there("/p/x") && is_there("/p/y"));
		drop(&cg);
		CHECK(!is_there("/p")); /* it goes with the last one in it, whoever made it */
	}
	TEST("undo ends the processes that are in it") {
		struct plan_cgroup plan = plan_for("/a");
		struct cgroup cg = { .dir = -1 };
		struct error err = { 0 };

		CHECK(cgroup_create(&cg, &plan, &err) == 0);
		pid_t pid = sleeper(&cg, 60000);

		cgroup_undo(&cg);
		CHECK(WTERMSIG(reap(pid)) == SIGKILL);
		CHECK(!is_there("/a"));
	}
	TEST("no cgroup is asked for: nothing is made, and nothing fails") {
		struct plan_cgroup plan = { .manager = MANAGER_DISABLED, .mount = "", .path = "" };
		struct error err = { 0 };
		struct cgroup cg = { .dir = -1 };
		pid_t *pids = NULL;
		size_t n = 7;

		CHECK(cgroup_create(&cg, &plan, &err) == 0 && cg.dir == -1);
		CHECK(cgroup_limit(&cg, NULL, 0, &err) == 0 &&
		      cgroup_add(&cg, getpid(), &err) == 0);
		CHECK(cgroup_kill(&cg, &err) == 0 && cgroup_remove(&cg, &err) == 0);
		CHECK(cgroup_pids(&cg, &arena, &pids, &n, &err) == 0 && n == 0);
		CHECK(!cgroup_is_frozen(plan.mount, plan.path) && cgroup_oom_kills(&cg) == 0);
		cgroup_undo(&cg);
	}
}

static void test_refused(void)
{
	TEST("a cgroup with processes is refused, and left alone") {
		struct cgroup cg = make("/a");
		struct plan_cgroup plan = plan_for("/a");
		pid_t pid = sleeper(&cg, 60000);

		CHECK_STR(refusal(&plan), arena_printf(&arena,
						       "cgroup %s has processes already: "
						       "Device or resource busy",
						       path_of("/a")));
		CHECK(kill(pid, 0) == 0);
		drop(&cg);
		reap(pid);
	}
	TEST("a frozen cgroup is refused, and a new one below it") {
		struct cgroup cg = make("/a");
		struct plan_cgroup plan = plan_for("/a"), below = plan_for("/a/b");

		put("/a/cgroup.freeze", "1");
		CHECK(cgroup_is_frozen(cg.mount, cg.path));
		CHECK_STR(refusal(&plan), arena_printf(&arena,
						       "cgroup %s is frozen, itself or by a "
						       "parent",
						       path_of("/a")));
		CHECK_STR(refusal(&below), arena_printf(&arena,
							"cgroup %s is frozen, itself or by a "
							"parent",
							path_of("/a/b")));
		CHECK(!is_there("/a/b"));
		drop(&cg);
	}
	TEST("a name that the kernel does not take") {
		struct plan_cgroup plan = plan_for(arena_printf(&arena, "/%0256d", 0));

		CHECK(strstr(refusal(&plan), "make cgroup ") != NULL);
		CHECK(strstr(plan.path, "/0000") && !is_there("/0000"));
	}
}

/* ---- controllers and limits ----------------------------------------------------------------- */

static const char *const hugetlb[] = { "hugetlb" };

static void test_limits(void)
{
	TEST("a wanted controller is enabled down to the cgroup, and its files can be written") {
		struct plan_cgroup plan = plan_for("/a/b");
		struct cgroup cg = { .dir = -1 };
		struct error err = { 0 };
		const struct plan_write good[] = {
			{ "/linux/resources/unified/cgroup.max.depth", "cgroup.max.depth", "7",
			  false },
			{ "/linux/resources/hugepageLimits/0", "hugetlb.2MB.max", "4194304",
			  false },
			{ "/linux/resources/hugepageLimits/0", "hugetlb.2MB.nothing", "1", true },
		};
		const struct plan_write wrong[] = {
			{ "/linux/resources/hugepageLimits/1", "hugetlb.3MB.max", "1", false },
			{ "/linux/resources/hugepageLimits/2", "hugetlb.2MB.max", "x", false },
		};

		plan.controller = hugetlb;
		plan.n_controller = 1;
		CHECK(cgroup_create(&cg, &plan, &err) == 0);
		CHECK_STR(err.msg, "");
		CHECK(file_has("/a/cgroup.subtree_control", "hugetlb"));
		CHECK(cgroup_limit(&cg, good, COUNT(good), &err) == 0);
		CHECK_STR(err.msg, "");
		CHECK(file_has("/a/b/hugetlb.2MB.max", "4194304"));
		CHECK(file_has("/a/b/cgroup.max.depth", "7"));

		CHECK(cgroup_limit(&cg, &wrong[0], 1, &err) == -1);
		CHECK_STR(err.at, wrong[0].from);
		CHECK_STR(err.msg, arena_printf(&arena,
						"write '1' to %s/hugetlb.3MB.max (this kernel has "
						"no such file): missing (ENOENT)",
						path_of("/a/b")));
		CHECK(cgroup_limit(&cg, &wrong[1], 1, &err) == -1);
		CHECK_STR(err.msg,
			  arena_printf(&arena, "write 'x' to %s/hugetlb.2MB.max: Invalid argument",
				       path_of("/a/b")));
		cgroup_undo(&cg);
		CHECK(!is_there("/a"));
	}
	TEST("a parent with processes cannot have controllers: said in words, and undone") {
		struct cgroup parent = make("/full");
		struct plan_cgroup plan = plan_for("/full/x");
		pid_t pid = sleeper(&parent, 60000);

		plan.controller = hugetlb;
		plan.n_controller = 1;
		CHECK_STR(refusal(&plan),
			  arena_printf(&arena,
				       "enable controllers '+hugetlb' in cgroup %s (it has "
				       "processes of its own: in cgroup v2, only a cgroup without "
				       "any can have controllers for its children): Device or "
				       "resource busy",
				       path_of("/full")));
		CHECK(!is_there("/full/x"));
		drop(&parent);
		reap(pid);
	}
}

/* ---- taking --------------------------------------------------------------------------------- */

static const char *text_of(const char *file)
{
	static char text[512];
	ssize_t n = read_small(AT_FDCWD, path_of(file), text, sizeof(text));

	CHECK(n >= 0);
	return text;
}

/* Create, as far as it takes, marks and writes. */
static struct cgroup take(const struct plan_cgroup *plan)
{
	struct cgroup cg = { .dir = -1 };
	struct error err = { 0 };

	CHECK(cgroup_create(&cg, plan, &err) == 0);
	CHECK(cgroup_take(&cg, plan, &arena, &err) == 0);
	CHECK(cgroup_mark(&cg, "/run/x", &err) == 0);
	CHECK(cgroup_limit(&cg, plan->early, plan->n_early, &err) == 0);
	CHECK(cgroup_give(&cg, plan, &err) == 0);
	CHECK_STR(err.msg, "");
	return cg;
}

static void test_take(void)
{
	static const struct plan_write depth[] = { { "/x", "cgroup.max.depth", "7", false } };
	struct plan_cgroup plan = plan_for("/a");
	struct stat st;

	plan.early = depth;
	plan.n_early = 1;
	plan.give = true;
	plan.owner = 4711;

	TEST("a cgroup that was there is given back as it was found") {
		struct cgroup cg = make("/a");

		autofd_close(&cg.dir);
		put("/a/cgroup.max.depth", "99");
		cg = take(&plan);
		CHECK(cg.taken && cg.childless && cg.existed == strlen(cg.path));
		CHECK_STR(text_of("/a/cgroup.max.depth"), "7");
		CHECK(stat(path_of("/a"), &st) == 0 && st.st_uid == 4711);
		CHECK(cgroup_mark_is(cg.dir, "/run/x"));
		drop(&cg);
		CHECK_STR(text_of("/a/cgroup.max.depth"), "99");
		CHECK(stat(path_of("/a"), &st) == 0 && st.st_uid == 0);
		CHECK(stat(path_of("/a/cgroup.procs"), &st) == 0 && st.st_uid == 0);
		CHECK(getxattr(path_of("/a"), "trusted.mcrun", NULL, 0) < 0);
	}
	TEST("so it is by a create that fails, which ends what is in it") {
		struct cgroup cg = take(&plan);
		pid_t pid = sleeper(&cg, 60000);

		cgroup_undo(&cg);
		CHECK(WTERMSIG(reap(pid)) == SIGKILL);
		CHECK_STR(text_of("/a/cgroup.max.depth"), "99");
		CHECK(getxattr(path_of("/a"), "trusted.mcrun", NULL, 0) < 0);
	}
	TEST("cgroups that the container made in it go, those that were there stay") {
		struct cgroup cg = take(&plan), below = make("/a/b");

		drop(&cg);
		CHECK(is_there("/a") && !is_there("/a/b"));
		autofd_close(&below.dir);
		below = make("/a/b");
		cg = take(&plan);
		CHECK(cg.taken && !cg.childless);
		drop(&cg);
		CHECK(is_there("/a/b"));
		drop(&below);
	}
	TEST("a cgroup that create made is not taken, its parents go with it and others' stay") {
		struct plan_cgroup deep = plan_for("/a/p/q/x");
		struct cgroup cg = { .dir = -1 }, other;
		struct error err = { 0 };

		CHECK(cgroup_existing(&deep) == strlen(top) + 2);
		CHECK(cgroup_create(&cg, &deep, &err) == 0);
		CHECK(cgroup_take(&cg, &deep, &arena, &err) == 0 && !cg.taken);
		CHECK(cg.existed == strlen(top) + 2);
		other = make("/a/p/y");
		drop(&cg);
		CHECK(is_there("/a/p/y") && !is_there("/a/p/q"));
		other.existed = strlen(top) + 2;
		drop(&other);
		CHECK(is_there("/a") && !is_there("/a/p"));
	}
	CHECK(rmdir(path_of("/a")) == 0);
}

/* Lines of devices, as the kernel shows them, and what takes back one that create writes. */
static void test_take_lines(void)
{
	static const struct plan_write write[] = {
		{ "/1", "io.max", "8:0 rbps=1", false },  { "/2", "io.max", "8:16 wbps=2", false },
		{ "/3", "io.weight", "8:0 50", false },	  { "/4", "io.weight", "70", false },
		{ "/5", "io.bfq.weight", "8:0 5", false }, { "/6", "cpu.idle", "1", false },
		{ "/7", "rdma.max", "rxe0 hca_handle=1", false },
	};
	static const struct {
		const char *file, *text;
	} was[] = {
		{ "io.max", "8:0 rbps=7 wbps=max riops=max wiops=max\n" },
		{ "io.weight", "default 100\n8:0 33\n" },
		{ "io.bfq.weight", "default 100\n" },
		{ "cpu.idle", "0\n" },
		{ "cpu.weight", "200\n" },
		{ "rdma.max", "rxe0 hca_handle=max hca_object=9\n" },
	};
	static const char *const want[] = {
		"io.max=8:0 rbps=7 wbps=max riops=max wiops=max",
		"io.max=8:16 rbps=max wbps=max riops=max wiops=max",
		"io.weight=8:0 33",
		"io.weight=100",
		"io.bfq.weight=8:0 default",
		"cpu.weight=200",
		"cpu.idle=0",
		"rdma.max=rxe0 hca_handle=max hca_object=9",
	};
	char dir[] = "/tmp/mcrun-test-XXXXXX";
	struct cgroup cg = { .mount = "", .path = "" };
	struct plan_cgroup plan = { .late = write, .n_late = COUNT(write) };
	struct error err = { 0 };

	if (!mkdtemp(dir))
		return;
	cg.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < COUNT(was); i++)
		CHECK(replace_at(cg.dir, was[i].file, was[i].text, strlen(was[i].text), 0600) == 0);
	TEST("what a device had comes back, and what it had not is unset") {
		CHECK(cgroup_take(&cg, &plan, &arena, &err) == 0);
		CHECK(cg.n_before == COUNT(want));
		for (size_t i = 0; i < cg.n_before && i < COUNT(want); i++)
			CHECK_STR(arena_printf(&arena, "%s=%s", cg.before[i].file,
					       cg.before[i].value),
				  want[i]);
	}
	for (size_t i = 0; i < COUNT(was); i++)
		unlinkat(cg.dir, was[i].file, 0);
	autofd_close(&cg.dir);
	rmdir(dir);
}

/* The file that says what is in use is a plain one here: any kernel will do. */
static void test_check_memory(void)
{
	static const struct plan_write late[] = {
		{ "/linux/resources/memory/reservation", "memory.low", "1", false },
		{ "/linux/resources/memory/limit", "memory.max", "4096", false },
	};
	static const struct plan_write none[] = {
		{ "/linux/resources/memory/limit", "memory.max", "max", true },
	};
	struct plan_cgroup plan = { .late = late, .n_late = COUNT(late), .check_memory = true };
	char dir[] = "/tmp/mcrun-test-XXXXXX";
	struct cgroup cg = { .mount = "", .path = "" };
	struct error err = { 0 };

	if (!mkdtemp(dir))
		return;
	cg.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	TEST("as much memory as is in use is enough") {
		CHECK(replace_at(cg.dir, "memory.current", "4096\n", 5, 0600) == 0);
		CHECK(cgroup_check_memory(&cg, &plan, &err) == 0);
	}
	TEST("less is an error at the limit, if that was asked for") {
		CHECK(replace_at(cg.dir, "memory.current", "8192\n", 5, 0600) == 0);
		CHECK(cgroup_check_memory(&cg, &plan, &err) == -1);
		CHECK_STR(err.at, "/linux/resources/memory/limit");
		CHECK_STR(err.msg, "4096 bytes are less than the 8192 in use already, and "
				   "checkBeforeUpdate asks for an error then");
		plan.check_memory = false;
		CHECK(cgroup_check_memory(&cg, &plan, &err) == 0);
	}
	TEST("no limit is never too little") {
		plan = (struct plan_cgroup){ .late = none, .n_late = 1, .check_memory = true };
		CHECK(cgroup_check_memory(&cg, &plan, &err) == 0);
	}
	unlinkat(cg.dir, "memory.current", 0);
	autofd_close(&cg.dir);
	rmdir(dir);
}

/* ---- processes ------------------------------------------------------------------------------ */

static void test_processes(void)
{
	struct error err = { 0 };

	TEST("processes are moved in, listed with those below, killed and waited for") {
		struct cgroup cg = make("/a"), below = make("/a/b/c");
		pid_t in[3] = { sleeper(&cg, 60000), sleeper(&below, 60000), fork() };
		pid_t *pids = NULL;
		size_t n = 0;

		if (in[2] == 0) {
			pause();
			_exit(0);
		}
		CHECK(cgroup_add(&below, in[2], &err) == 0);
		CHECK(cgroup_pids(&cg, &arena, &pids, &n, &err) == 0);
		CHECK(n == 3 && pids[0] == in[0]);
		drop(&cg);
		for (int i = 0; i < 3; i++)
			CHECK(WTERMSIG(reap(in[i])) == SIGKILL);
		CHECK(!is_there("/a"));
		autofd_close(&below.dir);
	}
	TEST("removing waits for a process that is about to end") {
		struct cgroup cg = make("/a");
		pid_t pid = sleeper(&cg, 100);

		CHECK(cgroup_remove(&cg, &err) == 0);
		CHECK(!is_there("/a"));
		CHECK(reap(pid) == 0);
	}
	TEST("removing takes what was made inside, wide and deep") {
		struct cgroup cg = make("/a"), more;
		const char *deep = "/a";

		for (int i = 0; i < 20; i++) {
			more = make(arena_printf(&arena, "/a/wide%d", i));
			autofd_close(&more.dir);
		}
		for (int i = 0; i < 150; i++) {
			deep = arena_printf(&arena, "%s/d", deep);
			more = make(deep);
			if (i < 149)
				autofd_close(&more.dir);
		}
		pid_t pid = sleeper(&more, 60000);

		drop(&cg);
		CHECK(!is_there("/a"));
		reap(pid);
		autofd_close(&more.dir);
	}
}

static void test_gone(void)
{
	struct error err = { 0 };

	TEST("a cgroup that is gone is nothing to open, kill or remove") {
		struct cgroup cg = make("/a"), again = { .dir = -1 };

		CHECK(rmdir(path_of("/a")) == 0);
		CHECK(cgroup_kill(&cg, &err) == 0);
		CHECK(cgroup_remove(&cg, &err) == 0);
		CHECK(cgroup_open(&again, tree, arena_printf(&arena, "%s/a", top), &err) == 0);
		CHECK(again.dir == -1);
		CHECK(cgroup_open(&again, "/nowhere", "/a", &err) == 0 && again.dir == -1);
		CHECK(cgroup_open(&again, tree, "", &err) == 0 && again.dir == -1);
	}
	TEST("a cgroup is opened again by mount and path") {
		struct cgroup cg = make("/a"), again = { .dir = -1 };

		CHECK(cgroup_open(&again, tree, arena_printf(&arena, "%s/a", top), &err) == 0);
		CHECK(again.dir >= 0);
		drop(&again);
		CHECK(!is_there("/a"));
		autofd_close(&cg.dir);
	}
	TEST("why a process is refused is said in words") {
		struct cgroup cg = make("/a");

		CHECK(cgroup_refused(&cg, EOPNOTSUPP, &err) == -1 && err.code == EOPNOTSUPP);
		CHECK(strstr(err.msg, "threaded subtree") != NULL);
		drop(&cg);
	}
}

/* ---- an older kernel ------------------------------------------------------------------------ */

static bool forbid_openat2(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { COUNT(program), program };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       sys_seccomp(SECCOMP_SET_MODE_FILTER, 0, &filter) == 0 &&
	       sys_openat2(AT_FDCWD, "/", O_PATH, 0, 0) == -ENOSYS;
}

static void test_without_openat2(void)
{
	TEST("without openat2: made, opened, removed and undone all the same") {
		pid_t pid = fork();

		if (pid == 0) {
			struct cgroup cg = { .dir = -1 };
			struct error err = { 0 };

			CHECK(forbid_openat2());
			try_undo("/a/b/c");
			CHECK(!is_there("/a"));
			cg = make("/a");
			try_undo("/a/b");
			autofd_close(&cg.dir);
			CHECK(cgroup_open(&cg, tree, arena_printf(&arena, "%s/a/no", top), &err) ==
			      0);
			CHECK(cg.dir == -1);
			CHECK(cgroup_open(&cg, tree, arena_printf(&arena, "%s/a", top), &err) == 0);
			drop(&cg);
			CHECK(!is_there("/a"));
			_exit(test.bad);
		}
		CHECK(reap(pid) == 0);
	}
}

/* ---- main ----------------------------------------------------------------------------------- */

int main(void)
{
	if (test_skipped())
		return 0;
	test_facts();
	test_make();
	test_refused();
	if (offered("hugetlb"))
		test_limits();
	test_take();
	test_take_lines();
	test_check_memory();
	test_processes();
	test_gone();
	test_without_openat2();
	test_finish();
	return test_done();
}
