/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way into a hostile rootfs: every path in this table is opened with the kernel's own
 * resolution and once more with the walk for kernels without openat2, and must lead to the same.
 */
#include "act/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"
#include "tests/unit/test.h"

static char top[] = "/tmp/mcrun-inroot.XXXXXX";
static int root = -1;

static const struct {
	const char *path, *target; /* NULL: a folder */
} entries[] = {
	{ "outside", NULL },
	{ "root", NULL },
	{ "root/dir", NULL },
	{ "root/dir/below", NULL },
	{ "root/up", "../../outside" },
	{ "root/abs", "/dir" },
	{ "root/far", "/../../../dir/below" },
	{ "root/magic", "/proc/self/root" },
	{ "root/loop", "loop" },
	{ "root/dangling", "made/by/link" },
	{ "root/dir/dangling", "../other" },
	{ "root/dir/climb", "../../../../outside/x" },
};

static const struct {
	const char *name, *path;
	enum inroot_flags flags;
	const char *leads_to; /* below the root; NULL: fails with `code` */
	int code;
} cases[] = {
	{ "a plain path", "/dir/below", 0, "/dir/below", 0 },
	{ "slashes and dots count for nothing", "//dir/./below/.", 0, "/dir/below", 0 },
	{ ".. at the top stays there", "/../../dir", 0, "/dir", 0 },
	{ "the root itself", "/", 0, "", 0 },
	{ "a relative symlink that climbs out ends at the root, not outside", "/up", 0, NULL, ENOENT },
	{ "an absolute symlink begins at the root", "/abs/below", 0, "/dir/below", 0 },
	{ "one with .. in front does, too", "/far", 0, "/dir/below", 0 },
	{ "/proc/self/root leads into the root, where it is missing", "/magic", 0, NULL, ENOENT },
	{ "symlinks in a circle", "/loop", 0, NULL, ELOOP },
	{ "a symlink as the last component is refused on demand", "/abs", INROOT_NOFOLLOW, NULL,
	  ELOOP },
	{ "one on the way is not", "/abs/below", INROOT_NOFOLLOW, "/dir/below", 0 },
	{ "a file is no folder", "/file/x", 0, NULL, ENOTDIR },
	{ "what is missing is not made unasked", "/none", 0, NULL, ENOENT },
	{ "missing folders are made", "/new/a/b", INROOT_CREATE_DIR, "/new/a/b", 0 },
	{ "a missing file is made, with its folders", "/new/f/file", INROOT_CREATE_FILE,
	  "/new/f/file", 0 },
	{ "what a dangling symlink names is made inside", "/dangling", INROOT_CREATE_DIR,
	  "/made/by/link", 0 },
	{ "from where it stands", "/dir/dangling/x", INROOT_CREATE_DIR, "/other/x", 0 },
	{ "also when it climbs out", "/dir/climb", INROOT_CREATE_FILE, "/outside/x", 0 },
	{ "but not on demand", "/dangling", INROOT_CREATE_DIR | INROOT_NOFOLLOW, NULL, ELOOP },
};

static void build(void)
{
	char path[256];

	CHECK(mkdtemp(top) != NULL);
	for (size_t i = 0; i < COUNT(entries); i++) {
		const char *target = entries[i].target;

		snprintf(path, sizeof(path), "%s/%s", top, entries[i].path);
		CHECK((target ? symlink(target, path) : mkdir(path, 0755)) == 0);
	}
	snprintf(path, sizeof(path), "%s/root/file", top);
	CHECK(mknod(path, S_IFREG | 0644, 0) == 0);
	snprintf(path, sizeof(path), "%s/root", top);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0);
}

static void clear(void)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	CHECK(system(command) == 0);
	autofd_close(&root);
	strcpy(top + strlen(top) - 6, "XXXXXX");
}

/* What the descriptor is, without the part above the root. */
static const char *where(int fd)
{
	static char path[4096];
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);

	ssize_t n = readlink(link, path, sizeof(path) - 1);

	if (n < 0)
		return "?";
	path[n] = '\0';

	const char *inside = str_after(path, top);

	return inside && str_after(inside, "/root") ? str_after(inside, "/root") : path;
}

static void run_cases(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		build();
		TEST(cases[i].name)
		{
			autofd int fd = inroot_open(root, cases[i].path, cases[i].flags);

			if (cases[i].leads_to)
				CHECK_STR(fd < 0 ? strerror(-fd) : where(fd), cases[i].leads_to);
			else
				CHECK(fd == -cases[i].code);
			CHECK(access(top, F_OK) == 0);
		}
		TEST("and nothing was made outside the root")
		{
			char path[256];

			snprintf(path, sizeof(path), "%s/outside", top);
			CHECK(rmdir(path) == 0);
		}
		clear();
	}
}

static void run_parents(void)
{
	const char *name;

	build();
	TEST("the folder of a path is opened, made if need be, and the name left over")
	{
		autofd int fd = inroot_parent(root, "/new/dev/null", &name);

		CHECK_STR(where(fd), "/new/dev");
		CHECK_STR(name, "null");
	}
	TEST("a symlinked folder stays inside (CVE-2026-41579)")
	{
		autofd int fd = inroot_parent(root, "/up/null", &name);

		CHECK_STR(where(fd), "/outside");
	}
	TEST("the root has no parent, and .. is no name")
	{
		CHECK(inroot_parent(root, "/", &name) == -EINVAL);
		CHECK(inroot_parent(root, "/dir/..", &name) == -EINVAL);
	}
	clear();
}

/* From here on openat2 is a call that this kernel does not have. */
static bool forget_openat2(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(code), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
	       sys_openat2(AT_FDCWD, "/", O_PATH, 0, 0) == -ENOSYS;
}

int main(void)
{
	run_cases();
	run_parents();
	TEST("a kernel without openat2")
	CHECK(forget_openat2());
	run_cases();
	run_parents();
	return test_done();
}
