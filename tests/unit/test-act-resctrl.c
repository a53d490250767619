/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written to a resctrl tree, in a folder that stands in for it: its files do not come by
 * themselves here, so that a new class has none and everything after mkdir fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/resctrl.h"
#include "base/fd.h"
#include "tests/unit/test.h"

static char tree[] = "/tmp/test-act-resctrl.XXXXXX";
static int root;

static void put(const char *name, const char *text)
{
	autofd int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write_all(fd, text, strlen(text)) == 0);
}

static void check_file(const char *name, const char *want)
{
	char text[200] = "";

	CHECK(read_small(root, name, text, sizeof(text)) >= 0);
	CHECK_STR(text, want);
}

static bool is_there(const char *name)
{
	return faccessat(root, name, F_OK, 0) == 0;
}

static void test_existing(struct plan_rdt *plan)
{
	struct error err = { 0 };

	CHECK(mkdirat(root, "gold", 0700) == 0 && mkdirat(root, "gold/mon_groups", 0700) == 0);
	put("gold/tasks", "");
	put("gold/schemata", "");
	TEST("the pid goes into the tasks of the class") {
		struct resctrl r = RESCTRL_INIT;

		CHECK(resctrl_apply(&r, plan, 4711, &err) == 0);
		check_file("gold/tasks", "4711");
		resctrl_undo(&r);
		CHECK(is_there("gold")); /* it was not made here */
	}
	TEST("schemata are written line by line") {
		const struct plan_write line = { "/linux/intelRdt/schemata/0", "schemata", "L3:0=f",
						 false };
		struct resctrl r = RESCTRL_INIT;

		plan->line = &line;
		plan->n_line = 1;
		CHECK(resctrl_apply(&r, plan, 1, &err) == 0);
		check_file("gold/schemata", "L3:0=f");
		resctrl_undo(&r);
		plan->n_line = 0;
	}
	TEST("a monitoring group that cannot be filled is taken away again") {
		struct resctrl r = RESCTRL_INIT;

		plan->monitor = "c1";
		CHECK(resctrl_apply(&r, plan, 4711, &err) < 0);
		CHECK_STR(err.at, "/linux/intelRdt/enableMonitoring");
		CHECK(is_there("gold/mon_groups/c1"));
		resctrl_undo(&r);
		CHECK(!is_there("gold/mon_groups/c1") && is_there("gold"));
		plan->monitor = NULL;
	}
}

static void test_new(struct plan_rdt *plan)
{
	struct error err = { 0 };

	plan->group = "new";
	plan->make = true;
	TEST("a class that cannot be filled is taken away again, with the kernel's own words") {
		struct resctrl r = RESCTRL_INIT;

		CHECK(mkdirat(root, "info", 0700) == 0);
		put("info/last_cmd_status", "no more of them\n");
		CHECK(resctrl_apply(&r, plan, 4711, &err) < 0);
		CHECK_STR(err.at, "/linux/intelRdt/closID");
		CHECK(strstr(err.msg, "no more of them"));
		CHECK(is_there("new"));
		resctrl_undo(&r);
		CHECK(!is_there("new"));
	}
	TEST("a class that somebody else made meanwhile is theirs") {
		struct resctrl r = RESCTRL_INIT;

		CHECK(mkdirat(root, "new", 0700) == 0);
		CHECK(resctrl_apply(&r, plan, 4711, &err) < 0);
		CHECK_STR(err.at, "/linux/intelRdt/closID");
		resctrl_undo(&r);
		CHECK(is_there("new"));
	}
}

static void test_remove(void)
{
	struct error err = { 0 };
	struct state_rdt made = { .mount = tree, .group = "new", .has_remove = true };

	TEST("delete leaves a class that has a name of its own")
		CHECK(resctrl_remove(&made, &err) == 0 && is_there("new"));
	made.remove = true;
	TEST("delete removes the container's own, and once more is no error") {
		CHECK(resctrl_remove(&made, &err) == 0 && !is_there("new"));
		CHECK(resctrl_remove(&made, &err) == 0);
	}
	made.group = "gold";
	made.remove = false;
	made.monitor = "c1";
	CHECK(mkdirat(root, "gold/mon_groups/c1", 0700) == 0);
	TEST("delete removes the monitoring group") {
		CHECK(resctrl_remove(&made, &err) == 0);
		CHECK(!is_there("gold/mon_groups/c1") && is_there("gold"));
	}
	TEST("a tree that is gone, or was never asked for, is no error") {
		made.mount = "/no/such/tree";
		CHECK(resctrl_remove(&made, &err) == 0 && resctrl_remove(NULL, &err) == 0);
	}
}

int main(void)
{
	static const char *const files[] = { "gold/tasks", "gold/schemata", "info/last_cmd_status" };
	static const char *const folders[] = { "gold/mon_groups", "gold", "info" };
	struct plan_rdt plan = { .from = "/linux/intelRdt/closID", .mount = tree, .group = "gold" };

	if (!mkdtemp(tree) || (root = open(tree, O_RDONLY | O_DIRECTORY)) < 0)
		return 99;
	test_existing(&plan);
	test_new(&plan);
	test_remove();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(root, files[i], 0);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		unlinkat(root, folders[i], AT_REMOVEDIR);
	rmdir(tree);
	return test_done();
}
