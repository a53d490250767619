/* SPDX-License-Identifier: Apache-2.0 */
/* base/path: paths as text. */
#include "base/path.h"

#include "base/str.h"
#include "test.h"

static const struct {
	const char *name, *path, *want;
} clean_cases[] = {
	{ "a clean path stays", "/a/b", "/a/b" },
	{ "the top stays", "/", "/" },
	{ "slashes at the top are one", "///", "/" },
	{ "nothing is the top", "", "/" },
	{ "a relative path is taken from the top", "a/b", "/a/b" },
	{ "double slashes and one at the end go", "//a///b//", "/a/b" },
	{ "dots go", "/./a/././b/.", "/a/b" },
	{ "two dots take one away", "/a/b/../c", "/a/c" },
	{ "two dots at the end", "/a/b/..", "/a" },
	{ "two dots at the top stay there", "/../../a", "/a" },
	{ "more dots than folders", "a/../../..", "/" },
	{ "three dots are a name", "/.../a", "/.../a" },
	{ "names may begin with dots", "/..a/.b", "/..a/.b" },
};

static const struct {
	const char *name, *base, *path, *want;
} join_cases[] = {
	{ "relative to the base", "/bundle", "rootfs", "/bundle/rootfs" },
	{ "an absolute path wins", "/bundle", "/var//x/", "/var/x" },
	{ "an empty path is the base", "/bundle/", "", "/bundle" },
	{ "the base may be the top", "/", "a", "/a" },
	{ "two dots leave the base", "/a/b", "../c", "/a/c" },
};

static const struct {
	const char *name, *path, *dir;
	bool want;
} below_cases[] = {
	{ "a folder is below itself", "/a/b", "/a/b", true },
	{ "a file in it", "/a/b/c", "/a/b", true },
	{ "a name that only begins alike", "/a/bc", "/a/b", false },
	{ "its parent is not below it", "/a", "/a/b", false },
	{ "everything is below the top", "/a", "/", true },
	{ "the top is below the top", "/", "/", true },
	{ "the top is below nothing else", "/", "/a", false },
};

int main(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(clean_cases); i++)
		TEST(clean_cases[i].name)
	CHECK_STR(path_clean(&a, clean_cases[i].path), clean_cases[i].want);
	for (size_t i = 0; i < COUNT(join_cases); i++)
		TEST(join_cases[i].name)
	CHECK_STR(path_join(&a, join_cases[i].base, join_cases[i].path), join_cases[i].want);
	for (size_t i = 0; i < COUNT(below_cases); i++)
		TEST(below_cases[i].name)
	CHECK(path_below(below_cases[i].path, below_cases[i].dir) == below_cases[i].want);
	arena_done(&a);
	return test_done();
}
