/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests of cgroups against the running kernel share: a folder of their own in the v2 tree,
 * processes in cgroups, and the end of all that. Needs root and a cgroup v2 tree.
 */
#ifndef TEST_ACT_CGROUP_H
#define TEST_ACT_CGROUP_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "act/cgroup.h"
#include "act/facts.h"
#include "base/str.h"
#include "base/sys.h"
#include "tests/unit/test.h"

static struct arena arena;
static struct facts facts;
static const char *tree, *top; /* its mount, and this test's folder in it */
static struct cgroup own = { .dir = -1 };

static inline const char *path_of(const char *name)
{
	return arena_printf(&arena, "%s%s%s", tree, top, name);
}

static inline bool is_there(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

static inline void put(const char *file, const char *text)
{
	int r = write_at(AT_FDCWD, path_of(file), text);

	CHECK(r == 0);
}

static inline struct plan_cgroup plan_for(const char *name)
{
	return (struct plan_cgroup){ .from = "/linux/cgroupsPath",
				     .mount = tree,
				     .path = arena_printf(&arena, "%s%s", top, name),
				     .device_from = "/linux/resources/devices" };
}

/* Makes the cgroup and keeps it. */
static inline struct cgroup make(const char *name)
{
	struct plan_cgroup plan = plan_for(name);
	struct cgroup cg = { .dir = -1 };
	struct error err = { 0 };

	CHECK(cgroup_create(&cg, &plan, &err) == 0);
	CHECK_STR(err.msg, "");
	return cg;
}

static inline void drop(struct cgroup *cg)
{
	struct error err = { 0 };

	CHECK(cgroup_kill(cg, &err) == 0);
	CHECK(cgroup_remove(cg, &err) == 0);
	CHECK_STR(err.msg, "");
	CHECK(cg->dir == -1);
}

/* A process in the cgroup that sleeps for so long and ends. */
static inline pid_t sleeper(const struct cgroup *cg, unsigned ms)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD,
				   .cgroup = (uint64_t)cg->dir };
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };
	pid_t pid = sys_clone3(&args);

	if (pid == 0) {
		nanosleep(&t, NULL);
		_exit(0);
	}
	CHECK(pid > 0);
	return pid;
}

static inline int reap(pid_t pid)
{
	int status = 0;

	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

static inline bool offered(const char *controller)
{
	for (size_t i = 0; i < facts.cgroup->n_controllers; i++)
		if (streq(facts.cgroup->controllers[i], controller))
			return true;
	return false;
}

static inline bool file_has(const char *file, const char *word)
{
	char text[512];

	return read_small(AT_FDCWD, path_of(file), text, sizeof(text)) >= 0 && strstr(text, word);
}

/* Has this test enabled it for all cgroups at the top of the tree? Then it goes off at the end. */
static bool had_hugetlb;

/* Prints why nothing can be tested here, or makes the test's folder. */
static inline bool test_skipped(void)
{
	struct error err = { 0 };
	const char *why = NULL;

	if (geteuid() != 0)
		why = "needs root";
	else if (facts_answer(ASK_IDS | ASK_CAPS | ASK_CGROUP, NULL, &arena, &facts, &err) < 0)
		why = err.msg;
	else if (!facts.cgroup->mount)
		why = "needs a cgroup v2 tree";
	if (why) {
		printf("1..0 # SKIP %s\n", why);
		return true;
	}

	tree = facts.cgroup->mount;
	top = "";
	had_hugetlb = file_has("/cgroup.subtree_control", "hugetlb");
	top = arena_printf(&arena, "/mcrun-test-%d", (int)getpid());
	own = make("");
	return false;
}

static inline void test_finish(void)
{
	drop(&own);
	top = "";
	if (!had_hugetlb && file_has("/cgroup.subtree_control", "hugetlb"))
		put("/cgroup.subtree_control", "-hugetlb");
	arena_done(&arena);
}

#endif
