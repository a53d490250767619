/* SPDX-License-Identifier: Apache-2.0 */
/* The maps of a user namespace. Errors are in test-plan-bad.c, but for those of size. */
#include "test-plan.h"

#define MAP(c, h, n) "{'containerID':" #c ",'hostID':" #h ",'size':" #n "}"
#define USER "'namespaces':[{'type':'user'}],"

static const struct {
	const char *name, *config;
	unsigned uid, gid; /* mcrun's own */
	bool make, deny;
	const char *uid_map, *gid_map;
	const char *helpers; /* "u", "g": which of the maps a helper writes */
} cases[] = {
	{ "without a user namespace there is nothing to map", LINUX(""), 0, 0, false, false, "",
	  "" },
	{ "a map is one line a mapping",
	  LINUX(USER "'uidMappings':[" MAP(0, 1000, 1) "," MAP(1, 100000, 65535) "],'gidMappings':["
		MAP(0, 5, 10) "]"), 0, 0, true, false, "0 1000 1\n1 100000 65535\n", "0 5 10\n" },
	{ "mappings beside a joined user namespace are accepted and have no effect",
	  LINUX("'namespaces':[{'type':'user','path':'/ns'}],'uidMappings':[" MAP(0, 1, 1) "]"),
	  0, 0, false, false, "", "" },
	{ "who is not root and maps only the own group must give up setgroups",
	  LINUX(USER "'uidMappings':[" MAP(0, 1000, 1) "],'gidMappings':[" MAP(0, 100, 1) "]"),
	  1000, 100, true, true, "0 1000 1\n", "0 100 1\n", "" },
	{ "another group than the own one is newgidmap's",
	  LINUX(USER "'uidMappings':[" MAP(0, 1000, 1) "],'gidMappings':[" MAP(0, 101, 1) "]"),
	  1000, 100, true, false, "0 1000 1\n", "0 101 1\n", "g" },
	{ "so is another user newuidmap's",
	  LINUX(USER "'uidMappings':[" MAP(0, 1000, 2) "],'gidMappings':[" MAP(7, 100, 1) "]"),
	  1000, 100, true, true, "0 1000 2\n", "7 100 1\n", "u" },
	{ "both", LINUX(USER "'uidMappings':[" MAP(0, 100000, 9) "],'gidMappings':["
			MAP(0, 100000, 9) "]"), 1000, 100, true, false, "0 100000 9\n",
	  "0 100000 9\n", "ug" },
	{ "with newgidmap's ranges, setgroups stays",
	  LINUX(USER "'uidMappings':[" MAP(0, 1000, 1) "],'gidMappings':[" MAP(0, 100, 1) ","
		MAP(1, 100000, 9) "]"), 1000, 100, true, false, "0 1000 1\n",
	  "0 100 1\n1 100000 9\n", "g" },
	{ "root never gives up setgroups",
	  LINUX(USER "'uidMappings':[" MAP(0, 0, 1) "],'gidMappings':[" MAP(0, 0, 1) "]"),
	  0, 0, true, false, "0 0 1\n", "0 0 1\n" },
	{ "all ids but the last can be mapped",
	  LINUX(USER "'uidMappings':[" MAP(0, 0, 4294967295) "],'gidMappings':["
		MAP(0, 0, 4294967295) "]"), 0, 0, true, false, "0 0 4294967295\n",
	  "0 0 4294967295\n" },
};

/* `n` mappings of one id each, from `first` on. */
static const char *map_error(size_t n, uint64_t first)
{
	static char text[300];
	struct oci_id_mapping *list;
	struct setup s;
	const char *out;

	setup_begin(&s, LINUX(""));
	list = arena_alloc(&s.a, n, sizeof(*list));
	for (size_t i = 0; i < n; i++)
		list[i] = (struct oci_id_mapping){ true, first + i, true, first + i, true, 1 };
	text[0] = '\0';
	if (build_map_text(&s.b, "/at", (struct build_map){ list, n }, &out) < 0)
		snprintf(text, sizeof(text), "%s", setup_error(&s));
	setup_end(&s);
	return text;
}

static bool has(const char *letters, char letter)
{
	return letters && strchr(letters, letter);
}

/* What an ordinary user without the helpers is told. */
static void test_no_helper(const char *name, const char *config, const char *want)
{
	struct setup s;

	setup_begin(&s, config);
	s.facts.uid = 1000;
	s.facts.gid = 100;
	TEST(name) {
		CHECK(build_ns(&s.b) == 0 && build_idmap(&s.b) == -1);
		CHECK_STR(setup_error(&s), want);
	}
	setup_end(&s);
}

int main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct setup s;

		setup_begin(&s, cases[i].config);
		s.facts.uid = cases[i].uid;
		s.facts.gid = cases[i].gid;
		s.facts.newuidmap = "/u";
		s.facts.newgidmap = "/g";
		TEST(cases[i].name) {
			CHECK(build_ns(&s.b) == 0 && build_idmap(&s.b) == 0);
			CHECK(s.plan.idmap.make == cases[i].make);
			CHECK(s.plan.idmap.deny_setgroups == cases[i].deny);
			CHECK_STR(s.plan.idmap.uid, cases[i].uid_map);
			CHECK_STR(s.plan.idmap.gid, cases[i].gid_map);
			CHECK_STR(s.plan.idmap.uid_helper, has(cases[i].helpers, 'u') ? "/u" : NULL);
			CHECK_STR(s.plan.idmap.gid_helper, has(cases[i].helpers, 'g') ? "/g" : NULL);
		}
		setup_end(&s);
	}
	test_no_helper("without newuidmap there are no other users",
		       LINUX(USER "'uidMappings':[" MAP(0, 1000, 2) "],'gidMappings':["
			     MAP(0, 100, 1) "]"),
		       "/linux/uidMappings: an ordinary user maps one id, his own; for other maps "
		       "the program newuidmap is needed, which is not installed (package uidmap)");
	test_no_helper("without newgidmap there are no other groups",
		       LINUX(USER "'uidMappings':[" MAP(0, 1000, 1) "],'gidMappings':["
			     MAP(0, 100, 1) "," MAP(1, 101, 1) "]"),
		       "/linux/gidMappings: an ordinary user maps one id, his own; for other maps "
		       "the program newgidmap is needed, which is not installed (package uidmap)");
	TEST("340 short mappings are taken")
		CHECK_STR(map_error(340, 0), "");
	TEST("341 are not")
		CHECK_STR(map_error(341, 0), "/at: 341 mappings; the kernel takes at most 340");
	TEST("340 long ones are more than the kernel reads")
		CHECK_STR(map_error(340, 1000000000), "/at: as text, 340 mappings are longer than "
			  "the 4095 bytes that the kernel takes");
	return test_done();
}
