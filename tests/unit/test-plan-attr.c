/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduler, I/O priority, memory policy, personality and the CPUs of exec: what each word becomes,
 * and what each mistake says.
 */
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>

#include "test-plan.h"

#define SCHED(members) PROCESS(",'scheduler':{" members "}")
#define IO(members) PROCESS(",'ioPriority':{" members "}")
#define CPUS(members) PROCESS(",'execCPUAffinity':{" members "}")
#define MEMORY(members) LINUX("'memoryPolicy':{" members "}")
#define PERSON(members) LINUX("'personality':{" members "}")
#define AT_S "/process/scheduler/"
#define AT_M "/linux/memoryPolicy/"
#define NO_LIST " is no list of numbers up to 65535 and ranges, like '0-3,7'"

static const struct {
	const char *config, *want;
} bad[] = {
	{ SCHED("'policy':'SCHED_MAGIC'"), AT_S "policy: unknown value 'SCHED_MAGIC'" },
	{ SCHED("'policy':'SCHED_ISO'"),
	  AT_S "policy: no Linux kernel has SCHED_ISO; the name is only reserved" },
	{ SCHED("'policy':'SCHED_OTHER','flags':['SCHED_FLAG_RESET_ON_FORK','SCHED_FLAG_X']"),
	  AT_S "flags/1: unknown flag 'SCHED_FLAG_X'" },
	{ SCHED("'policy':'SCHED_OTHER','nice':20"),
	  AT_S "nice: 20 is out of range: a nice value is between -20 and 19" },
	{ SCHED("'policy':'SCHED_FIFO','priority':1,'nice':-21"),
	  AT_S "nice: -21 is out of range: a nice value is between -20 and 19" },
	{ SCHED("'policy':'SCHED_OTHER','priority':1"),
	  AT_S "priority: SCHED_OTHER has none: it must be 0 or absent" },
	{ SCHED("'policy':'SCHED_FIFO'"),
	  AT_S "priority: 0 is out of range: SCHED_FIFO has 1 to 99" },
	{ SCHED("'policy':'SCHED_RR','priority':100"),
	  AT_S "priority: 100 is out of range: SCHED_RR has 1 to 99" },
	{ SCHED("'policy':'SCHED_RR','priority':-1"),
	  AT_S "priority: -1 is out of range: SCHED_RR has 1 to 99" },
	{ SCHED("'policy':'SCHED_BATCH','runtime':1"),
	  AT_S "runtime: SCHED_BATCH has none; it belongs to SCHED_DEADLINE" },
	{ SCHED("'policy':'SCHED_IDLE','period':1"),
	  AT_S "period: SCHED_IDLE has none; it belongs to SCHED_DEADLINE" },
	{ SCHED("'policy':'SCHED_OTHER','flags':['SCHED_FLAG_RECLAIM']"),
	  AT_S "flags: SCHED_FLAG_RECLAIM and SCHED_FLAG_DL_OVERRUN belong to SCHED_DEADLINE, not "
	       "to SCHED_OTHER" },
	{ SCHED("'policy':'SCHED_DEADLINE'"),
	  AT_S "runtime: 0 ns is too short: SCHED_DEADLINE takes at least 1024 ns" },
	{ SCHED("'policy':'SCHED_DEADLINE','runtime':2000,'deadline':1999,'period':3000"),
	  AT_S "deadline: 1999 ns is less than runtime, 2000 ns" },
	{ SCHED("'policy':'SCHED_DEADLINE','runtime':2000,'deadline':4000,'period':3000"),
	  AT_S "period: 3000 ns is less than deadline, 4000 ns" },
	{ SCHED("'policy':'SCHED_DEADLINE','runtime':2000,'deadline':9223372036854775808"),
	  AT_S "period: 9223372036854775808 ns is too long" },
	{ SCHED("'policy':'SCHED_DEADLINE','priority':1,'runtime':2000,'deadline':4000"),
	  AT_S "priority: SCHED_DEADLINE has none: it must be 0 or absent" },
	{ CONFIG(",'process':{'cwd':'/','args':['sh'],'scheduler':{'policy':'SCHED_DEADLINE',"
		 "'runtime':2000,'deadline':4000}},'hooks':{'startContainer':[{'path':'/h'}]}"),
	  AT_S "flags: SCHED_DEADLINE without SCHED_FLAG_RESET_ON_FORK lets no process be made, "
	       "so the startContainer hooks cannot run" },

	{ IO("'class':'IOPRIO_CLASS_NONE','priority':0"),
	  "/process/ioPriority/class: unknown value 'IOPRIO_CLASS_NONE'" },
	{ IO("'class':'IOPRIO_CLASS_BE'"),
	  "/process/ioPriority/priority: missing; it is between 0, the highest, and 7" },
	{ IO("'class':'IOPRIO_CLASS_BE','priority':8"), "/process/ioPriority/priority: 8 is out of "
							"range: it is between 0, the highest, and 7" },
	{ IO("'class':'IOPRIO_CLASS_RT','priority':-1"), "/process/ioPriority/priority: -1 is out "
							 "of range: it is between 0, the highest, "
							 "and 7" },

	{ CPUS("'initial':'x'"), "/process/execCPUAffinity/initial: 'x'" NO_LIST },
	{ CPUS("'initial':'0-'"), "/process/execCPUAffinity/initial: '0-'" NO_LIST },
	{ CPUS("'initial':'-1'"), "/process/execCPUAffinity/initial: '-1'" NO_LIST },
	{ CPUS("'initial':'1 2'"), "/process/execCPUAffinity/initial: '1 2'" NO_LIST },
	{ CPUS("'initial':'0,,1'"), "/process/execCPUAffinity/initial: '0,,1'" NO_LIST },
	{ CPUS("'initial':'65536'"), "/process/execCPUAffinity/initial: '65536'" NO_LIST },
	{ CPUS("'initial':'0-99999999999999999999'"),
	  "/process/execCPUAffinity/initial: '0-99999999999999999999'" NO_LIST },
	{ CPUS("'initial':'0','final':'3-1'"),
	  "/process/execCPUAffinity/final: '3-1' has a range that ends before it begins" },
	{ CPUS("'final':'0, '"), "/process/execCPUAffinity/final: '0, ' ends in a comma" },
	{ CPUS("'final':' '"), "/process/execCPUAffinity/final: ' ' names no CPU" },

	{ MEMORY("'mode':'MPOL_MAGIC'"), AT_M "mode: unknown value 'MPOL_MAGIC'" },
	{ MEMORY("'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_X']"),
	  AT_M "flags/0: unknown flag 'MPOL_F_X'" },
	{ MEMORY("'mode':'MPOL_BIND','nodes':'zero'"), AT_M "nodes: 'zero'" NO_LIST },
	{ MEMORY("'mode':'MPOL_DEFAULT','nodes':'0'"),
	  AT_M "nodes: MPOL_DEFAULT takes no nodes, but '0' is given" },
	{ MEMORY("'mode':'MPOL_LOCAL','nodes':'0-1'"),
	  AT_M "nodes: MPOL_LOCAL takes no nodes, but '0-1' is given" },
	{ MEMORY("'mode':'MPOL_BIND'"), AT_M "nodes: MPOL_BIND needs at least one node" },
	{ MEMORY("'mode':'MPOL_INTERLEAVE','nodes':''"),
	  AT_M "nodes: MPOL_INTERLEAVE needs at least one node" },
	{ MEMORY("'mode':'MPOL_WEIGHTED_INTERLEAVE'"),
	  AT_M "nodes: MPOL_WEIGHTED_INTERLEAVE needs at least one node" },
	{ MEMORY("'mode':'MPOL_PREFERRED_MANY'"),
	  AT_M "nodes: MPOL_PREFERRED_MANY needs at least one node" },
	{ MEMORY("'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES',"
		 "'MPOL_F_RELATIVE_NODES']"),
	  AT_M "flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other" },
	{ MEMORY("'mode':'MPOL_PREFERRED','flags':['MPOL_F_STATIC_NODES']"),
	  AT_M "flags: MPOL_PREFERRED without nodes takes neither MPOL_F_STATIC_NODES nor "
	       "MPOL_F_RELATIVE_NODES" },
	{ MEMORY("'mode':'MPOL_INTERLEAVE','nodes':'0','flags':['MPOL_F_NUMA_BALANCING']"),
	  AT_M "flags: MPOL_F_NUMA_BALANCING goes with MPOL_BIND and MPOL_PREFERRED_MANY, not with "
	       "MPOL_INTERLEAVE" },

	{ PERSON("'domain':'BSD'"), "/linux/personality/domain: unknown value 'BSD'" },
	{ PERSON("'domain':'LINUX','flags':['ADDR_NO_RANDOMIZE']"),
	  "/linux/personality/flags/0: unknown flag 'ADDR_NO_RANDOMIZE': the specification has "
	  "none yet" },
};

static void plan(struct setup *s, const char *config)
{
	setup_begin(s, config);
	CHECK(s->spec && build_ns(&s->b) == 0 && build_hooks(&s->b) == 0);
	CHECK(build_attr(&s->b) == 0);
	CHECK_STR(setup_error(s), "");
}

static const struct {
	const char *config, *what;
	struct plan_scheduler want;
} schedulers[] = {
	{ SCHED("'policy':'SCHED_OTHER'"), "SCHED_OTHER, nice 0", { .policy = 0 } },
	{ SCHED("'policy':'SCHED_BATCH','nice':-20"), "SCHED_BATCH, nice -20",
	  { .policy = SCHED_BATCH, .nice = -20 } },
	{ SCHED("'policy':'SCHED_IDLE','nice':19"), "SCHED_IDLE, nice 19",
	  { .policy = SCHED_IDLE, .nice = 19 } },
	{ SCHED("'policy':'SCHED_FIFO','priority':1"), "SCHED_FIFO, nice 0, priority 1",
	  { .policy = SCHED_FIFO, .priority = 1 } },
	{ SCHED("'policy':'SCHED_RR','priority':99,'flags':['SCHED_FLAG_RESET_ON_FORK']"),
	  "SCHED_RR, nice 0, priority 99 SCHED_FLAG_RESET_ON_FORK",
	  { .policy = SCHED_RR, .priority = 99, .flags = SCHED_FLAG_RESET_ON_FORK } },
	{ SCHED("'policy':'SCHED_DEADLINE','runtime':1024,'deadline':2048,'flags':["
		"'SCHED_FLAG_DL_OVERRUN','SCHED_FLAG_RECLAIM']"),
	  "SCHED_DEADLINE, nice 0, 1024 ns within 2048 of every 2048 SCHED_FLAG_RECLAIM "
	  "SCHED_FLAG_DL_OVERRUN",
	  { .policy = SCHED_DEADLINE,
	    .runtime = 1024,
	    .deadline = 2048,
	    .period = 2048,
	    .flags = SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN } },
	{ SCHED("'policy':'SCHED_OTHER','flags':['SCHED_FLAG_KEEP_POLICY',"
		"'SCHED_FLAG_KEEP_PARAMS','SCHED_FLAG_UTIL_CLAMP_MIN',"
		"'SCHED_FLAG_UTIL_CLAMP_MAX']"),
	  "SCHED_OTHER, nice 0 SCHED_FLAG_KEEP_POLICY SCHED_FLAG_KEEP_PARAMS "
	  "SCHED_FLAG_UTIL_CLAMP_MIN SCHED_FLAG_UTIL_CLAMP_MAX",
	  { .flags = SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS | SCHED_FLAG_UTIL_CLAMP_MIN |
		     SCHED_FLAG_UTIL_CLAMP_MAX } },
};

static void check_schedulers(void)
{
	struct setup s;

	for (size_t i = 0; i < COUNT(schedulers); i++)
		TEST(schedulers[i].config) {
			const struct plan_scheduler *got, *want = &schedulers[i].want;

			plan(&s, schedulers[i].config);
			got = s.plan.attr.scheduler;
			CHECK(got && got->policy == want->policy && got->flags == want->flags);
			CHECK(got && got->nice == want->nice && got->priority == want->priority);
			CHECK(got && got->runtime == want->runtime);
			CHECK(got && got->deadline == want->deadline);
			CHECK(got && got->period == want->period);
			CHECK_STR(got ? got->what : NULL, schedulers[i].what);
			setup_end(&s);
		}
	TEST("a deadline with a reset on fork leaves startContainer hooks alone") {
		plan(&s, CONFIG(",'process':{'cwd':'/','args':['sh'],'scheduler':{"
				"'policy':'SCHED_DEADLINE','runtime':2000,'deadline':4000,"
				"'flags':['SCHED_FLAG_RESET_ON_FORK']}},"
				"'hooks':{'startContainer':[{'path':'/h'}]}"));
		setup_end(&s);
	}
}

static const struct {
	const char *config, *what;
	int mode;
	unsigned long nodes; /* 0: none */
} policies[] = {
	{ MEMORY("'mode':'MPOL_DEFAULT'"), "MPOL_DEFAULT", MPOL_DEFAULT, 0 },
	{ MEMORY("'mode':'MPOL_DEFAULT','nodes':''"), "MPOL_DEFAULT", MPOL_DEFAULT, 0 },
	{ MEMORY("'mode':'MPOL_LOCAL'"), "MPOL_LOCAL", MPOL_LOCAL, 0 },
	{ MEMORY("'mode':'MPOL_PREFERRED'"), "MPOL_PREFERRED", MPOL_PREFERRED, 0 },
	{ MEMORY("'mode':'MPOL_PREFERRED','nodes':'1'"), "MPOL_PREFERRED 1", MPOL_PREFERRED, 2 },
	{ MEMORY("'mode':'MPOL_PREFERRED_MANY','nodes':'0,2'"), "MPOL_PREFERRED_MANY 0,2",
	  MPOL_PREFERRED_MANY, 5 },
	{ MEMORY("'mode':'MPOL_INTERLEAVE','nodes':'2-3','flags':['MPOL_F_STATIC_NODES']"),
	  "MPOL_INTERLEAVE 2-3 MPOL_F_STATIC_NODES", MPOL_INTERLEAVE | MPOL_F_STATIC_NODES, 12 },
	{ MEMORY("'mode':'MPOL_WEIGHTED_INTERLEAVE','nodes':'0-3,7'"),
	  "MPOL_WEIGHTED_INTERLEAVE 0-3,7", 6, 0x8f },
	{ MEMORY("'mode':'MPOL_BIND','nodes':' 0 , 1 - 2 ','flags':['MPOL_F_NUMA_BALANCING',"
		 "'MPOL_F_RELATIVE_NODES']"),
	  "MPOL_BIND  0 , 1 - 2  MPOL_F_NUMA_BALANCING MPOL_F_RELATIVE_NODES",
	  MPOL_BIND | MPOL_F_NUMA_BALANCING | MPOL_F_RELATIVE_NODES, 7 },
};

static void check_memory(void)
{
	struct setup s;

	for (size_t i = 0; i < COUNT(policies); i++)
		TEST(policies[i].config) {
			const struct plan_memory_policy *got;

			plan(&s, policies[i].config);
			got = s.plan.attr.memory;
			CHECK(got && got->mode == policies[i].mode);
			CHECK(got && got->nodes.n_word == (policies[i].nodes ? 1 : 0));
			CHECK(got && (got->nodes.word ? *got->nodes.word : 0) == policies[i].nodes);
			CHECK_STR(got ? got->what : NULL, policies[i].what);
			setup_end(&s);
		}
}

static void check_masks(void)
{
	struct arena a = { 0 };
	struct plan_mask mask;
	const char *why;

	TEST("a mask is as long as its largest number wants it") {
		CHECK(plan_mask_read(&a, "65535,0-1,1024", &mask, &why) == 0);
		CHECK(mask.n_word == 65536 / (8 * sizeof(long)));
		CHECK(mask.word[0] == 3 && mask.word[1024 / (8 * sizeof(long))] == 1);
		CHECK(mask.word[mask.n_word - 1] == 1ul << (8 * sizeof(long) - 1));
	}
	TEST("no text and an empty one are a mask without numbers") {
		CHECK(plan_mask_read(&a, NULL, &mask, &why) == 0 && !mask.n_word && !mask.word);
		CHECK(plan_mask_read(&a, " ", &mask, &why) == 0 && !mask.n_word);
	}
	arena_done(&a);
}

static void check_others(void)
{
	struct setup s;

	TEST("an I/O priority is class and level") {
		plan(&s, IO("'class':'IOPRIO_CLASS_BE','priority':7"));
		CHECK(s.plan.attr.io_priority->value == (IOPRIO_CLASS_BE << 13 | 7));
		CHECK_STR(s.plan.attr.io_priority->what, "IOPRIO_CLASS_BE, priority 7");
		setup_end(&s);
		plan(&s, IO("'class':'IOPRIO_CLASS_RT','priority':0"));
		CHECK(s.plan.attr.io_priority->value == IOPRIO_CLASS_RT << 13);
		setup_end(&s);
		plan(&s, IO("'class':'IOPRIO_CLASS_IDLE','priority':0"));
		CHECK(s.plan.attr.io_priority->value == IOPRIO_CLASS_IDLE << 13);
		setup_end(&s);
	}
	TEST("a personality is set also when it is LINUX, as the caller may have another") {
		plan(&s, PERSON("'domain':'LINUX','flags':[]"));
		CHECK(s.plan.attr.personality && s.plan.attr.personality->persona == 0);
		setup_end(&s);
		plan(&s, PERSON("'domain':'LINUX32'"));
		CHECK(s.plan.attr.personality && s.plan.attr.personality->persona == 8);
		setup_end(&s);
	}
	TEST("the CPUs of exec are kept as they are written") {
		plan(&s, CPUS("'initial':'0-3,7','final':'1023'"));
		CHECK_STR(s.plan.attr.exec_cpu_initial, "0-3,7");
		CHECK_STR(s.plan.attr.exec_cpu_final, "1023");
		setup_end(&s);
		plan(&s, CPUS("'initial':''"));
		CHECK(!s.plan.attr.exec_cpu_initial && !s.plan.attr.exec_cpu_final);
		setup_end(&s);
	}
	TEST("what is not there is left alone") {
		plan(&s, PROCESS(""));
		CHECK(!s.plan.attr.scheduler && !s.plan.attr.io_priority && !s.plan.attr.memory);
		CHECK(!s.plan.attr.personality);
		setup_end(&s);
	}
}

int main(void)
{
	struct setup s;

	check_schedulers();
	check_memory();
	check_masks();
	check_others();
	for (size_t i = 0; i < COUNT(bad); i++)
		TEST(bad[i].config) {
			setup_begin(&s, bad[i].config);
			CHECK(!setup_plan(&s));
			CHECK_STR(setup_error(&s), bad[i].want);
			setup_end(&s);
		}
	return test_done();
}
