/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd driver in the plan: which unit a container gets, and every property of it. Values in,
 * values out; what systemd makes of them is seen by tests/bats/systemd.bats.
 */
#include "plan/unit.h"
#include "tests/unit/test-plan.h"

/* ---- helpers -------------------------------------------------------------------------------- */

static struct plan *plan_systemd(struct setup *s, const char *config, uint32_t uid, bool bfq)
{
	if (!setup_begin(s, config))
		return NULL;
	s->options.manager = MANAGER_SYSTEMD;
	s->options.root = "/run/mcrun";
	s->facts.uid = uid;
	s->facts.in_userns = uid != 0;
	s->facts.has_in_userns = true;
	s->cgroup.bfq = bfq;
	s->b.plan = &s->plan;
	return build_ns(&s->b) == 0 && build_cgroup(&s->b) == 0 ? &s->plan : NULL;
}

static const char *values_text(struct arena *a, const struct plan_property *p)
{
	const char *text = "";

	for (size_t i = 0; i < p->n_value; i++)
		text = arena_printf(a, "%s%s%s", text, i ? " " : "", p->value[i]);
	return text;
}

/* Those that come from limits and annotations: "MemoryMax t 4096; ...", optional ones with '?'. */
static const char *asked_text(struct setup *s)
{
	const struct plan_unit *u = s->plan.cgroup.unit;
	const char *text = "";

	for (size_t i = 0; u && i < u->n_property; i++) {
		const struct plan_property *p = &u->property[i];

		if (!str_after(p->from, "/linux/resources") && !str_after(p->from, "/annotations"))
			continue;
		text = arena_printf(&s->a, "%s%s%s%s %s %s", text, *text ? "; " : "",
				    p->optional ? "?" : "", p->name, p->type,
				    values_text(&s->a, p));
	}
	return text;
}

static const char *writes(struct setup *s, const struct plan_write *w, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = arena_printf(&s->a, "%s%s%s=%s", text, i ? "; " : "", w[i].file, w[i].value);
	return text;
}

/* ---- names ---------------------------------------------------------------------------------- */

static const struct {
	const char *path; /* NULL: absent */
	uint32_t uid;
	const char *name, *slice;
	const char *error;
} names[] = {
	{ NULL, 0, "mcrun-c1.scope", "system.slice", NULL },
	{ NULL, 1000, "mcrun-c1.scope", "user.slice", NULL },
	{ "", 0, "mcrun-c1.scope", "system.slice", NULL },
	{ "machine.slice:libpod:abc", 0, "libpod-abc.scope", "machine.slice", NULL },
	{ ":cri:abc", 0, "cri-abc.scope", "system.slice", NULL },
	{ ":cri:abc", 1000, "cri-abc.scope", "user.slice", NULL },
	{ "a.slice::abc", 0, "abc.scope", "a.slice", NULL },
	{ "a-b.slice:x:", 0, "x-c1.scope", "a-b.slice", NULL },
	{ "::", 0, "c1.scope", "system.slice", NULL },
	{ "a.slice:abc", 0, "abc.scope", "a.slice", NULL },
	{ "abc", 0, "abc.scope", "system.slice", NULL },
	{ "-.slice:x:y", 0, "x-y.scope", "-.slice", NULL },
	{ "a.slice:x:y+z@1", 0, "x-y\\x2bz\\x401.scope", "a.slice", NULL },
	{ "a.slice:x:b-c.slice", 0, "b-c.slice", "b.slice", NULL },
	{ "x:y:b.slice", 0, NULL, NULL, "'x' is no slice: its name must end in .slice" },
	{ ":y:b.slice", 0, "b.slice", "-.slice", NULL },
	{ ":y:b--c.slice", 0, NULL, NULL,
	  "'b--c.slice' is no slice: the parts between dashes name the slices that it is in, and "
	  "one is empty" },
	{ "-a.slice:x:y", 0, NULL, NULL,
	  "'-a.slice' is no slice: the parts between dashes name the slices that it is in, and one "
	  "is empty" },
	{ "a-.slice:x:y", 0, NULL, NULL,
	  "'a-.slice' is no slice: the parts between dashes name the slices that it is in, and one "
	  "is empty" },
	{ "a b.slice:x:y", 0, NULL, NULL,
	  "'a b.slice': ' ' is not allowed in the name of a slice" },
	{ "a\u00e4.slice:x:y", 0, NULL, NULL,
	  "'a\u00e4.slice': '\u00e4' is not allowed in the name of a slice" },
	{ ".slice:x:y", 0, NULL, NULL, "'.slice' is no slice: its name must end in .slice" },
	{ "system:x:y", 0, NULL, NULL, "'system' is no slice: its name must end in .slice" },
	{ "a.slice:x:y:z", 0, NULL, NULL,
	  "'a.slice:x:y:z' has more than the three parts of slice:prefix:name" },
	{ "/a/b", 0, NULL, NULL,
	  "'/a/b' is a path; the systemd driver needs slice:prefix:name, like "
	  "system.slice:mcrun:c1" },
};

static void test_names(void)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		TEST(names[i].path ? names[i].path : "no cgroupsPath") {
			struct setup s;
			char config[512] = LINUX("'namespaces':[{'type':'user'}]");

			if (names[i].path)
				snprintf(config, sizeof(config),
					 LINUX("'namespaces':[{'type':'user'}],"
					       "'cgroupsPath':'%s'"),
					 names[i].path);

			const struct plan *plan = plan_systemd(&s, config, names[i].uid, false);
			const struct plan_unit *u = plan ? plan->cgroup.unit : NULL;

			CHECK_STR(u ? u->name : NULL, names[i].name);
			CHECK_STR(u ? u->slice : NULL, names[i].slice);
			if (u)
				CHECK(u->user == (names[i].uid != 0));
			CHECK_STR(plan ? NULL : s.err.msg, names[i].error);
			CHECK_STR(s.err.at, names[i].error ? "/linux/cgroupsPath" : "");
			setup_end(&s);
		}
	}
	TEST("a name of more than 255 characters is an error") {
		struct setup s;
		char config[512], path[300] = "";

		memset(path, 'x', 250);
		snprintf(config, sizeof(config), LINUX("'cgroupsPath':'a.slice:%s:y'"), path);
		CHECK(plan_systemd(&s, config, 0, false) == NULL);
		CHECK_STR(setup_error(&s), "/linux/cgroupsPath: makes a unit's name of 258 "
					   "characters; at most 255 are allowed");
		setup_end(&s);
	}
	TEST("without a v2 tree there is no unit") {
		struct setup s;

		CHECK(setup_begin(&s, CONFIG("")) != NULL);
		s.options.manager = MANAGER_SYSTEMD;
		s.cgroup.mount = NULL;
		CHECK(build_cgroup(&s.b) < 0);
		CHECK(strstr(s.err.msg, "needs cgroup v2") != NULL);
		setup_end(&s);
	}
}

/* ---- what every unit has -------------------------------------------------------------------- */

static const char *all_text(struct setup *s)
{
	const struct plan_unit *u = s->plan.cgroup.unit;
	const char *text = "";

	for (size_t i = 0; u && i < u->n_property; i++)
		text = arena_printf(&s->a, "%s%s%s %s %s\n", text,
				    u->property[i].optional ? "?" : "", u->property[i].name,
				    u->property[i].type, values_text(&s->a, &u->property[i]));
	return text;
}

static void test_basic(void)
{
	TEST("a scope") {
		struct setup s;

		CHECK(plan_systemd(&s, LINUX("'cgroupsPath':'a.slice:x:y'"), 0, false) != NULL);
		CHECK_STR(all_text(&s), "Description s mcrun container c1 (/run/mcrun/c1)\n"
					"Slice s a.slice\n"
					"Delegate b true\n"
					"DefaultDependencies b false\n"
					"CPUAccounting b true\n"
					"IOAccounting b true\n"
					"MemoryAccounting b true\n"
					"TasksAccounting b true\n"
					"?CollectMode s inactive-or-failed\n");
		CHECK_STR(s.plan.cgroup.path, "");
		CHECK_STR(s.plan.cgroup.mount, "/sys/fs/cgroup");
		setup_end(&s);
	}
	TEST("a slice") {
		struct setup s;

		CHECK(plan_systemd(&s, LINUX("'cgroupsPath':'::a-b.slice'"), 0, false) != NULL);
		CHECK_STR(all_text(&s), "Description s mcrun container c1 (/run/mcrun/c1)\n"
					"Wants as a.slice\n"
					"DefaultDependencies b false\n"
					"CPUAccounting b true\n"
					"IOAccounting b true\n"
					"MemoryAccounting b true\n"
					"TasksAccounting b true\n"
					"?CollectMode s inactive-or-failed\n");
		setup_end(&s);
	}
}

/* ---- limits --------------------------------------------------------------------------------- */

static const struct {
	const char *name, *resources;
	const char *properties, *early, *late;
	bool bfq;
} limits[] = {
	{ "memory: swap is without the memory, as in the file; off again until it is late",
	  "'memory':{'limit':64000,'reservation':1000,'swap':96000}",
	  "MemoryLow t 1000; MemorySwapMax t 32000; MemoryMax t 64000",
	  "memory.swap.max=max; memory.max=max",
	  "memory.low=1000; memory.swap.max=32000; memory.max=64000" },
	{ "memory without a limit", "'memory':{'limit':-1,'swap':-1}",
	  "MemorySwapMax t 18446744073709551615; MemoryMax t 18446744073709551615", "",
	  "memory.swap.max=max; memory.max=max" },
	{ "unified has the last word",
	  "'memory':{'limit':64000},"
	  "'unified':{'memory.max':'1G','memory.high':'max','memory.min':'4096'}",
	  "MemoryMax t 1073741824; MemoryHigh t 18446744073709551615; MemoryMin t 4096",
	  "memory.max=max", "memory.high=max; memory.min=4096; memory.max=1G" },
	{ "what is no number is the kernel's to refuse", "'unified':{'memory.high':'lots'}", "",
	  "memory.high=max", "memory.high=lots" },
	{ "the OOM killer takes all or one",
	  "'unified':{'memory.oom.group':'1'}", "?OOMPolicy s kill", "", "memory.oom.group=1" },
	{ "processes", "'pids':{'limit':100}", "TasksMax t 100", "pids.max=max", "pids.max=100" },
	{ "no processes: systemd counts from 1", "'pids':{'limit':0}", "TasksMax t 1",
	  "pids.max=max", "pids.max=1" },
	{ "processes without a limit", "'pids':{'limit':-1}", "TasksMax t 18446744073709551615", "",
	  "pids.max=max" },
	{ "shares", "'cpu':{'shares':1024}", "CPUWeight t 100", "cpu.weight=100", "" },
	{ "idle is a weight of 0", "'cpu':{'idle':1}", "?CPUWeight t 0", "cpu.idle=1", "" },
	{ "not to be idle is no weight, or the one behind it", "'cpu':{'idle':0,'shares':1024}",
	  "?CPUWeight t 18446744073709551615; CPUWeight t 100", "cpu.idle=0; cpu.weight=100", "" },
	{ "a quota that is whole hundredths", "'cpu':{'quota':150000,'period':100000}",
	  "CPUQuotaPerSecUSec t 1500000; CPUQuotaPeriodUSec t 100000", "cpu.max=150000 100000",
	  "" },
	{ "a quota is rounded up to hundredths, in the file too",
	  "'cpu':{'quota':12345,'period':100000}",
	  "CPUQuotaPerSecUSec t 130000; CPUQuotaPeriodUSec t 100000", "cpu.max=13000 100000", "" },
	{ "the least quota in the longest period", "'cpu':{'quota':1000,'period':1000000}",
	  "CPUQuotaPerSecUSec t 10000; CPUQuotaPeriodUSec t 1000000", "cpu.max=10000 1000000",
	  "" },
	{ "a quota that is no whole number of microseconds a second",
	  "'cpu':{'quota':1000,'period':300000}",
	  "CPUQuotaPerSecUSec t 10000; CPUQuotaPeriodUSec t 300000", "cpu.max=3000 300000", "" },
	{ "no quota", "'cpu':{'quota':-1}",
	  "CPUQuotaPerSecUSec t 18446744073709551615; CPUQuotaPeriodUSec t 100000",
	  "cpu.max=max 100000", "" },
	{ "a quota of unified", "'unified':{'cpu.max':'5000'}",
	  "CPUQuotaPerSecUSec t 50000; CPUQuotaPeriodUSec t 100000", "cpu.max=5000 100000", "" },
	{ "CPUs and memory nodes as masks, the lowest first", "'cpu':{'cpus':'0-3,9','mems':'1'}",
	  "AllowedCPUs ay 0f02; AllowedMemoryNodes ay 02", "cpuset.cpus=0-3,9; cpuset.mems=1", "" },
	{ "io.weight", "'blockIO':{'weight':500}", "IOWeight t 4950", "io.weight=4950", "" },
	{ "the weight of which systemd makes BFQ's", "'blockIO':{'weight':500}", "IOWeight t 4500",
	  "io.bfq.weight=500", "", true },
	{ "a small weight of BFQ's", "'blockIO':{'weight':50}", "IOWeight t 50", "io.bfq.weight=50",
	  "", true },
	{ "weights and rates of devices",
	  "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':1000}],"
	  "'throttleReadBpsDevice':[{'major':8,'minor':16,'rate':1048576}],"
	  "'throttleWriteIOPSDevice':[{'major':8,'minor':16,'rate':0}]}",
	  "IODeviceWeight a(st) /dev/block/8:0 10000; "
	  "IOReadBandwidthMax a(st) /dev/block/8:16 1048576; "
	  "IOWriteIOPSMax a(st) /dev/block/8:16 18446744073709551615",
	  "io.weight=8:0 10000; io.max=8:16 rbps=1048576; io.max=8:16 wiops=max", "" },
	{ "several rates in one line", "'unified':{'io.max':'8:0 wbps=5 riops=max'}",
	  "IOWriteBandwidthMax a(st) /dev/block/8:0 5; "
	  "IOReadIOPSMax a(st) /dev/block/8:0 18446744073709551615",
	  "io.max=8:0 wbps=5 riops=max", "" },
	{ "a default weight", "'unified':{'io.weight':'default 70'}", "IOWeight t 70",
	  "io.weight=default 70", "" },
};

static void test_limits(void)
{
	for (size_t i = 0; i < COUNT(limits); i++) {
		TEST(limits[i].name) {
			struct setup s;
			char config[1024];

			snprintf(config, sizeof(config), LINUX("'resources':{%s}"),
				 limits[i].resources);
			CHECK(plan_systemd(&s, config, 0, limits[i].bfq) != NULL);
			CHECK_STR(setup_error(&s), "");
			CHECK_STR(asked_text(&s), limits[i].properties);
			CHECK_STR(writes(&s, s.plan.cgroup.early, s.plan.cgroup.n_early),
				  limits[i].early);
			CHECK_STR(writes(&s, s.plan.cgroup.late, s.plan.cgroup.n_late),
				  limits[i].late);
			setup_end(&s);
		}
	}
}

/* ---- annotations ---------------------------------------------------------------------------- */

static const struct {
	const char *key, *value; /* in the value, ` stands for " */
	const char *property;	 /* or the error */
} annotations[] = {
	{ "KillSignal", "15", "KillSignal i 15" },
	{ "Thing", "-7", "Thing i -7" },
	{ "Thing", " 0x1f ", "Thing i 31" },
	{ "Thing", "uint64 10000000", "Thing t 10000000" },
	{ "Thing", "uint64 18446744073709551615", "Thing t 18446744073709551615" },
	{ "Thing", "int64 -9223372036854775808", "Thing x -9223372036854775808" },
	{ "Thing", "uint32 4294967295", "Thing u 4294967295" },
	{ "Thing", "byte 255", "Thing y 255" },
	{ "Thing", "true", "Thing b true" },
	{ "Thing", "false", "Thing b false" },
	{ "Thing", "''", "Thing s " },
	{ "Thing", "'a b'", "Thing s a b" },
	{ "Thing", "`it's`", "Thing s it's" },
	{ "Thing", "'it\\\\'s'", "Thing s it's" },
	{ "Thing", "['a', `b`]", "Thing as a b" },
	{ "Thing", "@as []", "Thing as " },
	{ "Thing", "[]", "Thing as " },
	{ "TimeoutStopUSec", "uint64 5", "TimeoutStopUSec t 5" },
	{ "TimeoutStopSec", "90", "TimeoutStopUSec t 90000000" },
	{ "TimeoutStopSec", "uint32 5", "TimeoutStopUSec t 5000000" },
	{ "TimeoutStopSec", "0.25", "TimeoutStopUSec t 250000" },
	{ "TimeoutStopSec", "1m", "'1m' is no number of seconds, like 90 or 0.5" },
	{ "TimeoutStopSec", "1.", "'1.' is no number of seconds, like 90 or 0.5" },
	{ "TimeoutStopSec", "18446744073709551615",
	  "'18446744073709551615' is no number of seconds, like 90 or 0.5" },
	{ "Thing", "2147483648", "'2147483648' is not in the range of its type" },
	{ "Thing", "-2147483649", "'-2147483649' is not in the range of its type" },
	{ "Thing", "uint64 18446744073709551616",
	  "'uint64 18446744073709551616' is not in the range of its type" },
	{ "Thing", "byte -1", "'byte -1' is not in the range of its type" },
	{ "Thing", "15 16", "'15 16' is of no form that is known here: true, 15, uint64 5, 'text' "
			    "and ['a', 'b'] are" },
	{ "Thing", "", "'' is of no form that is known here: true, 15, uint64 5, 'text' and "
		       "['a', 'b'] are" },
	{ "Thing", "'open", "''open' is of no form that is known here: true, 15, uint64 5, 'text' "
			    "and ['a', 'b'] are" },
	{ "Thing", "['a' 'b']", "'['a' 'b']' is of no form that is known here: true, 15, uint64 5, "
				"'text' and ['a', 'b'] are" },
	{ "Thing", "[1]", "'[1]' is of no form that is known here: true, 15, uint64 5, 'text' and "
			  "['a', 'b'] are" },
	{ "ab", "1", "'ab' is not the name of a property of systemd" },
	{ "Thing1", "1", "'Thing1' is not the name of a property of systemd" },
};

/* JSON with the double quotes of the value escaped; setup_begin makes ' of others. */
static char *annotated(struct arena *a, const char *key, const char *value)
{
	char *text = arena_printf(a, "{\"ociVersion\":\"1.2.0\",\"annotations\":{\"other\":\"1\","
				     "\"org.systemd.property.%s\":\"", key);

	for (; *value; value++)
		text = *value == '`' ? arena_printf(a, "%s\\\"", text)
				     : arena_printf(a, "%s%c", text, *value);
	return arena_printf(a, "%s\"}}", text);
}

static void test_annotations(void)
{
	for (size_t i = 0; i < COUNT(annotations); i++) {
		TEST(annotations[i].value) {
			struct setup s;

			CHECK(setup_begin(&s, CONFIG("")) != NULL);

			char *text = annotated(&s.a, annotations[i].key, annotations[i].value);

			s.spec = oci_config_read(&s.a, text, strlen(text), &s.err);
			CHECK_STR(s.err.msg, "");
			s.b.spec = s.spec;
			s.options.manager = MANAGER_SYSTEMD;
			if (!s.spec)
				continue;

			int r = build_cgroup(&s.b);

			CHECK_STR(r < 0 ? s.err.msg : asked_text(&s), annotations[i].property);
			CHECK(r == 0 || str_after(s.err.at, "/annotations/org.systemd.property."));
			setup_end(&s);
		}
	}
	TEST("with the cgroupfs driver annotations are no properties") {
		struct setup s;

		CHECK(setup_begin(&s, CONFIG(",'annotations':{'org.systemd.property.X':'?'}")));
		CHECK(build_cgroup(&s.b) == 0);
		CHECK(s.plan.cgroup.unit == NULL);
		setup_end(&s);
	}
}

int main(void)
{
	test_names();
	test_basic();
	test_limits();
	test_annotations();
	return test_done();
}
