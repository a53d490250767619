/* SPDX-License-Identifier: Apache-2.0 */
/* One document laid over another. */
#include <string.h>

#include "libocispec/oci.h"
#include "tests/unit/test.h"

static const struct {
	const char *name, *base, *over, *want;
} cases[] = {
	{ "nothing over something", "{'pids':{'limit':1}}", NULL, "{'pids':{'limit':1}}" },
	{ "something over nothing", NULL, "{'pids':{'limit':1}}", "{'pids':{'limit':1}}" },
	{ "objects are taken member by member", "{'memory':{'limit':1,'swap':2}}",
	  "{'memory':{'swap':3,'useHierarchy':true},'pids':{}}",
	  "{'memory':{'limit':1,'swap':3,'useHierarchy':true},'pids':{}}" },
	{ "0 and false are values", "{'memory':{'limit':1,'useHierarchy':true}}",
	  "{'memory':{'limit':0,'useHierarchy':false}}",
	  "{'memory':{'limit':0,'useHierarchy':false}}" },
	{ "strings, an empty one too", "{'cpu':{'cpus':'0','mems':'1'}}", "{'cpu':{'cpus':''}}",
	  "{'cpu':{'cpus':'','mems':'1'}}" },
	{ "maps of strings name by name", "{'unified':{'a.x':'1','b.x':'2'}}",
	  "{'unified':{'b.x':'3','c.x':'4'}}", "{'unified':{'a.x':'1','b.x':'3','c.x':'4'}}" },
	{ "lists as a whole", "{'hugepageLimits':[{'pageSize':'2MB','limit':1}]}",
	  "{'hugepageLimits':[]}", "{'hugepageLimits':[]}" },
};

static struct oci_resources *read_json(struct arena *a, const char *json)
{
	struct error err = { 0 };
	char *text = arena_strdup(a, json ? json : "");

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	return json ? oci_resources_read(a, text, strlen(text), &err) : NULL;
}

int main(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct oci_resources *base = read_json(&a, cases[i].base);
		struct oci_resources *over = read_json(&a, cases[i].over);
		struct oci_resources *both = oci_resources_overlay(&a, base, over);
		char *text = oci_resources_write(&a, both, TABLE_COMPACT);

		for (char *c = text; *c; c++)
			if (*c == '"')
				*c = '\'';
		TEST(cases[i].name) {
			CHECK(!!base == !!cases[i].base && !!over == !!cases[i].over);
			CHECK_STR(text, cases[i].want);
		}
	}
	arena_done(&a);
	return test_done();
}
