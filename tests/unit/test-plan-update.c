/* SPDX-License-Identifier: Apache-2.0 */
/* `update`: what is written when limits are laid over those in force, and what is refused. */
#include "test-plan.h"

#include "plan/update.h"

#define MEM "'memory':"
#define CPU "'cpu':"

/* want: "FILE=VALUE ..." in the order of writing, or the error. */
static const struct {
	const char *name, *in_force, *given, *want;
} cases[] = {
	{ "nothing given, nothing written", "{" MEM "{'limit':4096}}", "{}", "" },
	{ "a limit of memory", "{}", "{" MEM "{'limit':4096}}", "memory.max=4096" },
	{ "the value in force, once more: somebody may have changed it since",
	  "{" MEM "{'limit':4096}}", "{" MEM "{'limit':4096}}", "memory.max=4096" },
	{ "swap is counted again when the limit moves below it",
	  "{" MEM "{'limit':4096,'swap':9000}}", "{" MEM "{'limit':8192}}",
	  "memory.swap.max=808 memory.max=8192" },
	{ "a limit above memory and swap together", "{" MEM "{'limit':4096,'swap':9000}}",
	  "{" MEM "{'limit':16384}}",
	  "/linux/resources/memory/swap: 9000 counts memory and swap together and must not be less "
	  "than the memory limit" },
	{ "both at once", "{" MEM "{'limit':4096,'swap':9000}}",
	  "{" MEM "{'limit':16384,'swap':16384}}", "memory.swap.max=0 memory.max=16384" },
	{ "no limit of memory is none of swap either", "{" MEM "{'limit':4096,'swap':9000}}",
	  "{" MEM "{'limit':-1}}", "memory.swap.max=max memory.max=max" },
	{ "0 is not given", "{" MEM "{'limit':4096}}",
	  "{" MEM "{'limit':0,'swap':0,'reservation':0}," CPU "{'shares':0,'quota':0,'period':0,"
	  "'cpus':'','mems':''},'blockIO':{'weight':0}}",
	  "" },
	{ "other sections are left alone",
	  "{" MEM "{'limit':4096}," CPU "{'shares':1024},'pids':{'limit':9}}",
	  "{'pids':{'limit':7}}", "pids.max=7" },
	{ "pids: 0 is a limit, -1 is none", "{'pids':{'limit':9}}", "{'pids':{'limit':0}}",
	  "pids.max=0" },
	{ "a quota with the period in force", "{" CPU "{'quota':5000,'period':50000}}",
	  "{" CPU "{'quota':7000}}", "cpu.max=7000 50000" },
	{ "a period with the quota in force", "{" CPU "{'quota':5000,'period':50000}}",
	  "{" CPU "{'period':20000}}", "cpu.max=5000 20000" },
	{ "no quota any more", "{" CPU "{'quota':5000,'period':50000}}", "{" CPU "{'quota':-1}}",
	  "cpu.max=max 50000" },
	{ "a burst above the quota in force", "{" CPU "{'quota':5000}}", "{" CPU "{'burst':6000}}",
	  "/linux/resources/cpu/burst: 6000 is more than the quota of 5000 us" },
	{ "a quota below the burst in force", "{" CPU "{'quota':5000,'burst':5000}}",
	  "{" CPU "{'quota':2000}}",
	  "/linux/resources/cpu/burst: 5000 is more than the quota of 2000 us" },
	{ "quota and burst", "{" CPU "{'quota':5000,'burst':5000}}",
	  "{" CPU "{'quota':2000,'burst':1000}}", "cpu.max=2000 100000 cpu.max.burst=1000" },
	{ "idle: no weight is written", "{" CPU "{'shares':1024}}", "{" CPU "{'idle':1}}",
	  "cpu.idle=1" },
	{ "not idle any more: the weight comes back", "{" CPU "{'shares':1024,'idle':1}}",
	  "{" CPU "{'idle':0}}", "cpu.idle=0 cpu.weight=100" },
	{ "cpusets", "{" CPU "{'cpus':'0-3','mems':'0'}}", "{" CPU "{'cpus':'1'}}",
	  "cpuset.cpus=1" },
	{ "a weight of a device, not the one for all", "{'blockIO':{'weight':100}}",
	  "{'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':1000}]}}",
	  "io.weight=8:0 10000" },
	{ "throttles", "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}]}}",
	  "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':0}]}}",
	  "io.max=8:0 rbps=max" },
	{ "unified, name by name", "{'unified':{'memory.high':'1','memory.low':'2'}}",
	  "{'unified':{'memory.high':'3'}}", "memory.high=3" },
	{ "unified wins, as at create", "{'unified':{'memory.max':'5000'}}",
	  "{" MEM "{'limit':4096},'unified':{'memory.max':'6000'}}", "memory.max=6000" },
	{ "the same rules for devices are no change: nothing is asked for",
	  "{'devices':[{'allow':false},{'allow':true,'type':'c','access':'rwm','major':1}]}",
	  "{'devices':[{'allow':false},{'allow':true,'type':'c','access':'rwm','major':1}]}", "" },
	{ "other rules are", "{'devices':[{'allow':false}]}",
	  "{'devices':[{'allow':false},{'allow':true,'type':'c','major':1}]}", "devices" },
	{ "rules that were not read", "{}", "{'devices':[{'allow':false,'type':'x'}]}",
	  "/linux/resources/devices/0/type: 'x' must be a, b or c" },
	{ "what cgroup v2 has not", "{}", "{" MEM "{'swappiness':1}}",
	  "/linux/resources/memory/swappiness: cgroup v2 has nothing like it (cgroup v1 only)" },
	{ "a controller that is not there", "{}",
	  "{'hugepageLimits':[{'pageSize':'2MB','limit':0}]}",
	  "/linux/resources/hugepageLimits/0: controller hugetlb is not available: the v2 tree at "
	  "/sys/fs/cgroup offers cpu cpuset io memory pids" },
};

static const struct oci_resources *read_json(struct arena *a, const char *json)
{
	struct error err = { 0 };
	char *text = arena_strdup(a, json);

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	return oci_resources_read(a, text, strlen(text), &err);
}

static const char *text_of(struct arena *a, const struct plan_updated *p)
{
	const struct plan_cgroup *c = &p->cgroup;
	const char *text = "";

	for (size_t i = 0; i < c->n_early + c->n_late; i++) {
		const struct plan_write *w =
			i < c->n_early ? &c->early[i] : &c->late[i - c->n_early];

		text = arena_printf(a, "%s%s%s=%s", text, *text ? " " : "", w->file, w->value);
	}
	for (size_t i = 0; i < p->rdt.n_line; i++)
		text = arena_printf(a, "%s[%s]", text, p->rdt.line[i].value);
	return p->devices ? arena_printf(a, "%sdevices", text) : text;
}

static const char *run(struct setup *s, struct plan_update *u)
{
	struct plan_updated *p = plan_update_build(&s->a, &s->facts, u, &s->err);

	return p ? text_of(&s->a, p) : setup_error(s);
}

static void check_cases(void)
{
	struct setup s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		setup_begin(&s, CONFIG(""));

		struct plan_update u = { .in_force = read_json(&s.a, cases[i].in_force),
					 .given = read_json(&s.a, cases[i].given),
					 .cgroup_mount = "/sys/fs/cgroup",
					 .cgroup_path = "/c1" };

		TEST(cases[i].name) {
			CHECK(u.in_force && u.given);
			CHECK_STR(run(&s, &u), cases[i].want);
		}
		setup_end(&s);
	}
}

static void check_places(void)
{
	struct setup s;

	setup_begin(&s, CONFIG(""));

	struct plan_update none = { .given = read_json(&s.a, "{'pids':{'limit':7}}"),
				    .cgroup_mount = "",
				    .cgroup_path = "" };

	TEST("a container without a cgroup")
		CHECK_STR(run(&s, &none), "/linux/resources/pids/limit: asks for a limit, but the "
					  "container has no cgroup to set it on");
	none.given = read_json(&s.a, "{'pids':{'limit':-1}}");
	memset(&s.err, 0, sizeof(s.err));
	TEST("and nothing asked of it")
		CHECK_STR(run(&s, &none), "");
	setup_end(&s);
}

static void check_rdt(void)
{
	struct setup s;

	setup_begin(&s, CONFIG(""));

	struct plan_update u = { .l3_cache_schema = "L3:0=f",
				 .mem_bw_schema = "MB:0=20",
				 .cgroup_mount = "",
				 .cgroup_path = "" };

	TEST("schemata of a container that has no class of service")
		CHECK_STR(run(&s, &u), "/linux/intelRdt/l3CacheSchema: the container is in no "
				       "class of service of its own (config.json has no "
				       "linux.intelRdt)");
	u.rdt_mount = "/rdt";
	u.rdt_group = "c1";
	memset(&s.err, 0, sizeof(s.err));
	TEST("schemata, in the order of the specification")
		CHECK_STR(run(&s, &u), "[L3:0=f][MB:0=20]");
	u.mem_bw_schema = "L2:0=1";
	TEST("a schema for another resource")
		CHECK_STR(run(&s, &u), "/linux/intelRdt/memBwSchema: 'L2:0=1' must begin with "
				       "'MB:'");
	setup_end(&s);
}

static void check_record(void)
{
	struct setup s;

	setup_begin(&s, CONFIG(""));

	struct plan_update u = {
		.in_force = read_json(&s.a, "{" MEM "{'limit':4096,'checkBeforeUpdate':true}}"),
		.given = read_json(&s.a, "{" MEM "{'limit':0,'swap':8192}," CPU "{'cpus':''}}"),
		.cgroup_mount = "/sys/fs/cgroup",
		.cgroup_path = "/c1"
	};
	struct plan_updated *p = plan_update_build(&s.a, &s.facts, &u, &s.err);

	TEST("what is in force from then on") {
		CHECK(p);
		if (p)
			CHECK_STR(oci_resources_write(&s.a, p->resources, TABLE_COMPACT),
				  "{\"memory\":{\"limit\":4096,\"swap\":8192,"
				  "\"checkBeforeUpdate\":true},\"cpu\":{}}");
	}
	TEST("and is held against what is in use, as config.json asks")
		CHECK(p && p->cgroup.check_memory);
	setup_end(&s);
}

int main(void)
{
	check_cases();
	check_places();
	check_rdt();
	check_record();
	return test_done();
}
