/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written for the security modules, and where, with a folder that stands in for /proc/self:
 * no machine has all of them on. lsm.bats has the real AppArmor, selinux.bats SELinux.
 */
#include "act/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/procfs.h"
#include "base/fd.h"
#include "tests/unit/test-without.h"
#include "tests/unit/test.h"

#define LABEL "system_u:system_r:x_t:s0:c1,c2"

static char top[] = "/tmp/mcrun-lsm.XXXXXX";
static int self = -1;
static struct error err;

static void file(const char *path)
{
	autofd int fd = openat(self, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
}

static const char *content(const char *path)
{
	static char text[256];

	text[0] = '\0';
	return read_small(self, path, text, sizeof(text)) < 0 ? "missing" : text;
}

static void begin(void)
{
	CHECK(mkdtemp(top) != NULL);
	self = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(mkdirat(self, "attr", 0700) == 0 && mkdirat(self, "attr/apparmor", 0700) == 0);
	file("attr/apparmor/exec");
	file("attr/exec");
	file("attr/keycreate");
}

static int set(const struct plan_lsm *plan)
{
	struct lsm lsm = LSM_INIT;

	err = (struct error){ 0 };
	if (lsm_open(&lsm, self, plan, &err) < 0)
		return -1;
	/* Nothing is written before the hooks have run. */
	CHECK_STR(content("attr/exec"), "");

	int r = lsm_set(&lsm, plan, &err);

	CHECK(lsm.apparmor == -1 && lsm.selinux == -1);
	return r;
}

static void run(void)
{
	TEST("a profile and a label go to their own modules") {
		CHECK(set(&(struct plan_lsm){ .apparmor = "docker-default", .selinux = LABEL }) == 0);
		CHECK_STR(content("attr/apparmor/exec"), "exec docker-default");
		CHECK_STR(content("attr/exec"), LABEL);
		file("attr/exec");
	}
	TEST("without labels nothing is opened") {
		struct lsm lsm = LSM_INIT;
		struct plan_lsm none = { NULL, NULL };

		CHECK(lsm_open(&lsm, self, &none, &err) == 0);
		CHECK(lsm.apparmor == -1 && lsm.selinux == -1 && lsm_set(&lsm, &none, &err) == 0);
	}
	TEST("before AppArmor had a folder of its own, it is the only module") {
		CHECK(unlinkat(self, "attr/apparmor/exec", 0) == 0);
		CHECK(set(&(struct plan_lsm){ .apparmor = "p" }) == 0);
		CHECK_STR(content("attr/exec"), "exec p");
		file("attr/exec");
		file("attr/apparmor/exec");
	}
	TEST("a symlink in the way is not followed") {
		CHECK(unlinkat(self, "attr/apparmor/exec", 0) == 0);
		CHECK(symlinkat("/dev/null", self, "attr/apparmor/exec") == 0);
		CHECK(set(&(struct plan_lsm){ .apparmor = "p" }) < 0);
		CHECK_STR(err.at, "/process/apparmorProfile");
		CHECK(unlinkat(self, "attr/apparmor/exec", 0) == 0);
		file("attr/apparmor/exec");
	}
	TEST("the label of the keys is set and taken back") {
		CHECK(lsm_label_keys(self, LABEL, &err) == 0);
		CHECK_STR(content("attr/keycreate"), LABEL);
		file("attr/keycreate");
		CHECK(lsm_label_keys(self, "", &err) == 0);
		CHECK_STR(content("attr/keycreate"), "");
		file("attr/keycreate");
	}
	TEST("a module that is not there names the field") {
		CHECK(unlinkat(self, "attr/exec", 0) == 0);

		struct lsm lsm = LSM_INIT;
		struct plan_lsm plan = { .selinux = LABEL };

		CHECK(lsm_open(&lsm, self, &plan, &err) < 0);
		CHECK_STR(err.at, "/process/selinuxLabel");
		CHECK(strstr(err.msg, "open /proc/self/attr/exec"));
		file("attr/exec");
	}
}

static void end(void)
{
	unlinkat(self, "attr/apparmor/exec", 0);
	unlinkat(self, "attr/apparmor", AT_REMOVEDIR);
	unlinkat(self, "attr/exec", 0);
	unlinkat(self, "attr/keycreate", 0);
	unlinkat(self, "attr", AT_REMOVEDIR);
	rmdir(top);
	autofd_close(&self);
}

int main(void)
{
	begin();
	TEST("/proc/self is reached without a symlink, and is this process") {
		autofd int proc = procfs_root();
		autofd int own = lsm_self(proc);
		char text[64];

		CHECK(own >= 0 && read_small(own, "stat", text, sizeof(text)) > 0);
		CHECK(atoi(text) == getpid());
	}
	run();
	/* From here on openat2 is a call that this kernel does not have. */
	CHECK(test_without(SYS_openat2, ENOSYS));
	run();
	end();
	return test_done();
}
