/* SPDX-License-Identifier: Apache-2.0 */
/* linux.intelRdt: which class of service, what is written to it, and what is refused. */
#include "test-plan.h"

#define RDT(members) LINUX("'intelRdt':{" members "}")
#define NAMED "'closID':'gold'"
#define L3 "'l3CacheSchema':'L3:0=7f;1=f'"
#define MB "'memBwSchema':'MB:0=20'"

static struct facts_rdt_group groups[] = {
	{ "/", "    MB:0=100;1=100\n    L3:0=7ff;1=7ff\n" },
	{ "silver", "    L3:0=07f;1=00F\n    MB:0= 20;1=100\n" },
	{ "bare", NULL },
};

/* want: "GROUP [new] [remove] LINE... [monitor]", or the error. */
static const struct {
	const char *name, *config, *want;
} cases[] = {
	{ "without intelRdt nothing is touched", CONFIG(""), "-" },
	{ "without closID: a class of the container's own, that goes with it", RDT(""),
	  "c1 new remove" },
	{ "and its schemata", RDT(L3), "c1 new remove [L3:0=7f;1=f]" },
	{ "a closID that is not there is made, and stays", RDT(NAMED "," L3),
	  "gold new [L3:0=7f;1=f]" },
	{ "first the cache, then the bandwidth, then the lines of schemata",
	  RDT(NAMED ",'schemata':['L2:0=1','L2:1=3']," MB "," L3),
	  "gold new [L3:0=7f;1=f] [MB:0=20] [L2:0=1] [L2:1=3]" },
	{ "a closID that is there, without schemata, is used as it is", RDT("'closID':'silver'"),
	  "silver" },
	{ "one that has these schemata is used and not written to",
	  RDT("'closID':'silver'," L3 "," MB), "silver" },
	{ "one that has others is an error", RDT("'closID':'silver','l3CacheSchema':'L3:0=ff'"),
	  "/linux/intelRdt/l3CacheSchema: 'L3:0=ff' is not what the existing class 'silver' has" },
	{ "a cache that it does not know too", RDT("'closID':'silver','l3CacheSchema':'L3:2=7f'"),
	  "/linux/intelRdt/l3CacheSchema: 'L3:2=7f' is not what the existing class 'silver' has" },
	{ "a resource that it does not know too", RDT("'closID':'silver','schemata':['L2:0=1']"),
	  "/linux/intelRdt/schemata/0: 'L2:0=1' is not what the existing class 'silver' has" },
	{ "a value that begins alike is another", RDT("'closID':'silver','l3CacheSchema':'L3:0=7'"),
	  "/linux/intelRdt/l3CacheSchema: 'L3:0=7' is not what the existing class 'silver' has" },
	{ "nothing is known of what a class has: it is not that",
	  RDT("'closID':'bare','l3CacheSchema':'L3:0=7'"),
	  "/linux/intelRdt/l3CacheSchema: 'L3:0=7' is not what the existing class 'bare' has" },
	{ "a closID that is not there, and no schemata to make it", RDT(NAMED),
	  "/linux/intelRdt/closID: there is no class of service 'gold' in /rdt, and no schemata to "
	  "make it" },
	{ "/ is the default class", RDT("'closID':'/'"), "." },
	{ "and its schemata are compared", RDT("'closID':'/','memBwSchema':'MB:0=50'"),
	  "/linux/intelRdt/memBwSchema: 'MB:0=50' is not what the existing class '/' has" },
	{ "a closID is one folder", RDT("'closID':'a/b'," L3),
	  "/linux/intelRdt/closID: 'a/b' is no name of a folder ('/' alone is the default class)" },
	{ "not the one above", RDT("'closID':'..'," L3),
	  "/linux/intelRdt/closID: '..' is no name that a class of service can have" },
	{ "not the kernel's own", RDT("'closID':'info'," L3),
	  "/linux/intelRdt/closID: 'info' is no name that a class of service can have" },
	{ "memBwSchema begins with MB:", RDT("'memBwSchema':'L3:0=f'"),
	  "/linux/intelRdt/memBwSchema: 'L3:0=f' must begin with 'MB:'" },
	{ "memBwSchema is one line", RDT("'memBwSchema':'MB:0=20\\nL3:0=f'"),
	  "/linux/intelRdt/memBwSchema: must be one line" },
	{ "each of schemata is one line", RDT("'schemata':['L3:0=f','MB:0=1\\n']"),
	  "/linux/intelRdt/schemata/1: must be one line" },
	{ "and has a resource", RDT("'schemata':['']"),
	  "/linux/intelRdt/schemata/0: '' is no schema; expected one like 'L3:0=ff'" },
	{ "monitoring is in a group named after the container",
	  RDT("'closID':'silver','enableMonitoring':true"), "silver monitor c1" },
	{ "no monitoring is asked for", RDT("'enableMonitoring':false"), "c1 new remove" },
};

static const char *text_of(struct setup *s)
{
	const struct plan_rdt *r = &s->plan.rdt;
	const char *text;

	if (!r->mount)
		return "-";
	text = arena_printf(&s->a, "%s%s%s", *r->group ? r->group : ".", r->make ? " new" : "",
			    r->remove ? " remove" : "");
	for (size_t i = 0; i < r->n_line; i++)
		text = arena_printf(&s->a, "%s [%s]", text, r->line[i].value);
	return r->monitor ? arena_printf(&s->a, "%s monitor %s", text, r->monitor) : text;
}

static const char *run(struct setup *s, const char *config, struct facts_rdt *host)
{
	setup_begin(s, config);
	s->facts.rdt = host;
	return build_rdt(&s->b) < 0 ? setup_error(s) : text_of(s);
}

int main(void)
{
	struct facts_rdt host = { .mount = "/rdt", .monitoring = true,
				  .groups = groups, .n_groups = COUNT(groups) };
	struct facts_rdt none = { 0 }, plain = { .mount = "/rdt" };
	struct setup s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		TEST(cases[i].name)
			CHECK_STR(run(&s, cases[i].config, &host), cases[i].want);
		setup_end(&s);
	}
	TEST("a host without resctrl")
		CHECK_STR(run(&s, RDT(""), &none),
			  "/linux/intelRdt: no resctrl file system is mounted on this host");
	setup_end(&s);
	TEST("a host that does not monitor")
		CHECK_STR(run(&s, RDT("'enableMonitoring':true"), &plain),
			  "/linux/intelRdt/enableMonitoring: /rdt has no monitoring groups");
	setup_end(&s);
	TEST("an l3CacheSchema for another resource is odd, and taken") {
		CHECK_STR(run(&s, RDT("'l3CacheSchema':'L3CODE:0=1'"), &host),
			  "c1 new remove [L3CODE:0=1]");
		CHECK(s.plan.n_warning == 1);
	}
	setup_end(&s);
	TEST("the fact is asked for only where it is needed") {
		setup_begin(&s, CONFIG(""));
		CHECK(!(plan_ask(s.spec, &s.options) & ASK_RDT));
		setup_end(&s);
		setup_begin(&s, RDT(""));
		CHECK(plan_ask(s.spec, &s.options) & ASK_RDT);
	}
	setup_end(&s);
	return test_done();
}
