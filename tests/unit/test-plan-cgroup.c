/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup section of the plan: where the cgroup is, what is written to it and in which order,
 * and which wishes are refused with which words. Facts are literals; device rules have a test of
 * their own.
 */
#include "plan/cgroup.h"
#include "tests/unit/test.h"

/* ---- hosts ---------------------------------------------------------------------------------- */

static const char *all_controllers[] = { "cpuset", "cpu",  "io",   "memory",
					 "hugetlb", "pids", "rdma", "misc" };
static const char *hugetlb_only[] = { "hugetlb" };
static struct facts_v1 v1[] = { { "memory", "/sys/fs/cgroup/memory" },
				{ "cpu", "/sys/fs/cgroup/cpu,cpuacct" },
				{ "blkio", "/sys/fs/cgroup/blkio" } };

#define TREE(list, where)                                                                          \
	.controllers = (list), .n_controllers = COUNT(list), .mount = (where)

static struct facts_cgroup unified = { TREE(all_controllers, "/sys/fs/cgroup"),
				       .own = "/user.slice/session-1.scope" };
static struct facts_cgroup bfq = { TREE(all_controllers, "/sys/fs/cgroup"), .own = "/",
				   .has_bfq = true, .bfq = true };
static struct facts_cgroup hybrid = { TREE(hugetlb_only, "/sys/fs/cgroup/unified"), .own = "/",
				      .v1 = v1, .n_v1 = COUNT(v1) };
static struct facts_cgroup outside = { TREE(all_controllers, "/sys/fs/cgroup"), .own = "/../x/y" };
static struct facts_cgroup theirs = { TREE(all_controllers, "/sys/fs/cgroup"),
				      .own = "/user.slice/x.scope", .has_writable = true };
static struct facts_cgroup delegated = { TREE(all_controllers, "/sys/fs/cgroup"),
					 .own = "/user.slice/u/x.scope", .has_writable = true,
					 .writable = true };
static struct facts_cgroup none; /* no v2 tree */
static struct facts_cgroup off;	 /* --cgroup-manager disabled */

/* ---- one case ------------------------------------------------------------------------------- */

struct outcome {
	struct arena a;
	struct error err;
	struct plan plan;
	int r;
};

static void plan_it(struct outcome *o, struct facts_cgroup *host, const char *linux_members)
{
	struct plan_options options = { .id = "box",
					.manager = host == &off ? MANAGER_DISABLED
								: MANAGER_CGROUPFS };
	struct facts facts = { .cgroup = host == &off ? NULL : host,
			       .has_uid = true,
			       .uid = host == &theirs || host == &delegated ? 1000 : 0 };

	*o = (struct outcome){ 0 };

	char *text =
		arena_printf(&o->a, "{\"ociVersion\":\"1.3.0\",\"linux\":{%s}}", linux_members);
	struct oci_config *spec = oci_config_read(&o->a, text, strlen(text), &o->err);

	CHECK(spec != NULL);
	CHECK_STR(o->err.msg, "");
	if (!spec)
		return;

	struct build b = { &o->a, spec, spec->linux_, &facts, &options, &o->plan, &o->err };

	o->r = build_cgroup(&b);
}

static const char *writes_text(struct arena *a, const struct plan_write *w, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = arena_printf(a, "%s%s%s%s=%s", text, i ? "; " : "", w[i].optional ? "?" : "",
				    w[i].file, w[i].value);
	return text;
}

static const char *controllers_text(struct arena *a, const struct plan_cgroup *c)
{
	const char *text = "";

	for (size_t i = 0; i < c->n_controller; i++)
		text = arena_printf(a, "%s%s%s", text, i ? " " : "", c->controller[i]);
	return text;
}

/* ---- limits --------------------------------------------------------------------------------- */

#define MEM(members) "\"memory\":{" members "}"
#define CPU(members) "\"cpu\":{" members "}"
#define IO(members) "\"blockIO\":{" members "}"
#define UNIFIED(members) "\"unified\":{" members "}"

/* Writes as "file=value; ...", a ? before those whose file may be missing. */
static const struct {
	const char *name;
	struct facts_cgroup *on;
	const char *resources;
	const char *controllers, *early, *late;
} good[] = {
	{ "no limits, no writes", &unified, "", "", "", "" },
	{ "empty sections ask for nothing", &hybrid,
	  MEM("") "," CPU("") "," IO("") ",\"pids\":{},\"network\":{},\"rdma\":{},\"unified\":{},"
					 "\"hugepageLimits\":[],\"devices\":[]",
	  "", "", "" },

	/* memory */
	{ "a memory limit", &unified, MEM("\"limit\":1048576"), "memory", "",
	  "memory.max=1048576" },
	{ "memory without limit is written where it can be", &unified, MEM("\"limit\":-1"), "", "",
	  "?memory.swap.max=max; ?memory.max=max" },
	{ "memory without limit needs no controller", &hybrid,
	  MEM("\"limit\":-1,\"swap\":-1,\"reservation\":-1"), "", "", "" },
	{ "a limit of 0 is no limit", &hybrid, MEM("\"limit\":0,\"swap\":0,\"reservation\":0"), "",
	  "", "" },
	{ "swap counts memory too, and is limited before memory", &unified,
	  MEM("\"limit\":100,\"swap\":300"), "memory", "", "memory.swap.max=200; memory.max=100" },
	{ "swap equal to the limit is no swap at all", &unified, MEM("\"limit\":100,\"swap\":100"),
	  "memory", "", "?memory.swap.max=0; memory.max=100" },
	{ "swap 0 leaves swap alone", &unified, MEM("\"limit\":100,\"swap\":0"), "memory", "",
	  "memory.max=100" },
	{ "unlimited swap", &unified, MEM("\"limit\":100,\"swap\":-1"), "memory", "",
	  "?memory.swap.max=max; memory.max=100" },
	{ "unlimited memory, limited swap: taken as it is", &unified,
	  MEM("\"limit\":-1,\"swap\":300"), "memory", "", "memory.swap.max=300; ?memory.max=max" },
	{ "a reservation protects", &unified, MEM("\"limit\":200,\"reservation\":100"), "memory",
	  "", "memory.low=100; memory.max=200" },
	{ "no reservation does not protect everything", &unified, MEM("\"reservation\":-1"), "", "",
	  "?memory.low=0" },
	{ "checkBeforeUpdate is for updates", &unified,
	  MEM("\"limit\":1,\"checkBeforeUpdate\":true"), "memory", "", "memory.max=1" },
	{ "what v1 had is accepted where it asks for nothing", &hybrid,
	  MEM("\"kernel\":-1,\"kernelTCP\":-1,\"disableOOMKiller\":false,\"useHierarchy\":true"),
	  "", "", "" },

	/* cpu */
	{ "shares become a weight", &unified, CPU("\"shares\":512"), "cpu", "cpu.weight=59", "" },
	{ "shares 0 are unset", &hybrid, CPU("\"shares\":0"), "", "", "" },
	{ "a quota without period", &unified, CPU("\"quota\":50000"), "cpu", "cpu.max=50000 100000",
	  "" },
	{ "quota and period", &unified, CPU("\"quota\":20000,\"period\":50000"), "cpu",
	  "cpu.max=20000 50000", "" },
	{ "a period without quota", &unified, CPU("\"period\":50000"), "", "?cpu.max=max 50000",
	  "" },
	{ "no quota", &unified, CPU("\"quota\":-1"), "", "?cpu.max=max 100000", "" },
	{ "quota and period 0 are unset", &unified, CPU("\"quota\":0,\"period\":0"), "", "", "" },
	{ "the burst comes after the quota", &unified, CPU("\"burst\":1000,\"quota\":2000"), "cpu",
	  "cpu.max=2000 100000; cpu.max.burst=1000", "" },
	{ "no burst", &unified, CPU("\"burst\":0"), "", "?cpu.max.burst=0", "" },
	{ "an idle cgroup takes no weight", &unified, CPU("\"idle\":1,\"shares\":512"), "cpu",
	  "cpu.idle=1", "" },
	{ "not idle, then the weight", &unified, CPU("\"idle\":0,\"shares\":1024"), "cpu",
	  "?cpu.idle=0; cpu.weight=100", "" },
	{ "cpusets", &unified, CPU("\"cpus\":\"0-3,7\",\"mems\":\"0\""), "cpuset",
	  "cpuset.cpus=0-3,7; cpuset.mems=0", "" },
	{ "cpusets in groups, all, and to the last", &unified,
	  CPU("\"cpus\":\"0-31:2/4,40,all,all:1/2,48-N\",\"mems\":\"N\""), "cpuset",
	  "cpuset.cpus=0-31:2/4,40,all,all:1/2,48-N; cpuset.mems=N", "" },
	{ "a realtime runtime without limit asks for nothing", &hybrid,
	  CPU("\"realtimeRuntime\":-1"), "", "", "" },
	{ "empty cpusets and no realtime ask for nothing", &hybrid,
	  CPU("\"cpus\":\"\",\"mems\":\"\",\"realtimeRuntime\":0,\"realtimePeriod\":0"), "", "",
	  "" },

	/* pids */
	{ "a number of processes, after init was made", &unified, "\"pids\":{\"limit\":10}", "pids",
	  "", "pids.max=10" },
	{ "0 processes is a limit", &unified, "\"pids\":{\"limit\":0}", "pids", "", "pids.max=0" },
	{ "-1 processes is no limit", &unified, "\"pids\":{\"limit\":-1}", "", "",
	  "?pids.max=max" },

	/* blockIO */
	{ "a weight for BFQ stays as it is", &bfq, IO("\"weight\":500"), "io", "io.bfq.weight=500",
	  "" },
	{ "a weight without BFQ is converted", &unified, IO("\"weight\":500"), "io",
	  "io.weight=4950", "" },
	{ "the least and the greatest weight", &unified,
	  IO("\"weight\":10,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1000},"
	     "{\"major\":8,\"minor\":16,\"weight\":100}]"),
	  "io", "io.weight=1; io.weight=8:0 10000; io.weight=8:16 910", "" },
	{ "a device's weight for BFQ", &bfq,
	  IO("\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":77}]"), "io",
	  "io.bfq.weight=8:0 77", "" },
	{ "weights of 0 are unset", &hybrid,
	  IO("\"weight\":0,\"leafWeight\":0,"
	     "\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":0,\"leafWeight\":0}]"),
	  "", "", "" },
	{ "throttles", &unified,
	  IO("\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}],"
	     "\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":2}],"
	     "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":16,\"rate\":3}],"
	     "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":16,\"rate\":4}]"),
	  "io", "io.max=8:0 rbps=1; io.max=8:0 wbps=2; io.max=8:16 riops=3; io.max=8:16 wiops=4",
	  "" },
	{ "a rate of 0 is no throttle", &unified,
	  IO("\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":0}]"), "",
	  "?io.max=8:0 rbps=max", "" },

	/* hugetlb, rdma */
	{ "huge pages: use and reservation", &hybrid,
	  "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304},"
	  "{\"pageSize\":\"1GB\",\"limit\":0}]",
	  "hugetlb",
	  "hugetlb.2MB.max=4194304; ?hugetlb.2MB.rsvd.max=4194304; "
	  "hugetlb.1GB.max=0; ?hugetlb.1GB.rsvd.max=0",
	  "" },
	{ "rdma", &unified,
	  "\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000},"
	  "\"rxe3\":{\"hcaObjects\":4294967295}}",
	  "rdma", "rdma.max=mlx5_1 hca_handle=3 hca_object=10000; rdma.max=rxe3 hca_object=max",
	  "" },
	{ "network that asks for nothing", &hybrid, "\"network\":{\"classID\":0,\"priorities\":[]}",
	  "", "", "" },

	/* unified */
	{ "unified: one write a line, memory late, memory.max last", &unified,
	  UNIFIED("\"memory.max\":\"9\",\"memory.high\":\"8\","
		  "\"io.max\":\"8:0 rbps=1\\n\\n8:16 rbps=2\\n\",\"cgroup.max.depth\":\"3\""),
	  "memory io", "io.max=8:0 rbps=1; io.max=8:16 rbps=2; cgroup.max.depth=3",
	  "memory.high=8; memory.max=9" },
	{ "unified overrides the sections", &unified,
	  MEM("\"limit\":100,\"swap\":100") "," CPU("\"quota\":2000,\"burst\":1000") "," UNIFIED(
		  "\"memory.max\":\"200\",\"memory.swap.max\":\"7\",\"cpu.max\":\"3000 50000\""),
	  "cpu memory", "cpu.max=3000 50000; cpu.max.burst=1000",
	  "memory.swap.max=7; memory.max=200" },
	{ "unified adds to what is told by device", &unified,
	  IO("\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}]") "," UNIFIED(
		  "\"io.max\":\"8:0 wbps=2\""),
	  "io", "io.max=8:0 rbps=1; io.max=8:0 wbps=2", "" },
	{ "unified: an empty value is written", &unified,
	  CPU("\"cpus\":\"0-3\"") "," UNIFIED("\"cpuset.cpus\":\"\""), "cpuset",
	  "cpuset.cpus=", "" },
	{ "unified: what mcrun does not know is written too", &unified,
	  UNIFIED("\"misc.max\":\"sgx 1\",\"memory.new_thing\":\"1\""), "misc memory",
	  "misc.max=sgx 1", "memory.new_thing=1" },
	{ "an ordinary user without a cgroup, who asks for nothing", &theirs,
	  MEM("\"limit\":-1") ",\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]", "", "",
	  "" },
	{ "an ordinary user's limit in his own part of the tree", &delegated,
	  "\"pids\":{\"limit\":10}", "pids", "", "pids.max=10" },
	{ "without a cgroup, what asks for nothing passes", &off,
	  MEM("\"limit\":-1") ",\"pids\":{\"limit\":-1}," CPU("\"shares\":0"), "", "", "" },
};

static void test_good(void)
{
	for (size_t i = 0; i < COUNT(good); i++) TEST(good[i].name) {
			struct arena a = { 0 };
			struct outcome o;

			plan_it(&o, good[i].on,
				arena_printf(&a, "\"resources\":{%s}", good[i].resources));
			CHECK(o.r == 0);
			CHECK_STR(o.err.msg, "");

			const struct plan_cgroup *c = &o.plan.cgroup;

			CHECK_STR(controllers_text(&a, c), good[i].controllers);
			CHECK_STR(writes_text(&a, c->early, c->n_early), good[i].early);
			CHECK_STR(writes_text(&a, c->late, c->n_late), good[i].late);
			arena_done(&a);
			arena_done(&o.a);
		}
}

static void test_update_check(void)
{
	static const struct {
		const char *name, *memory;
		bool want;
	} cases[] = {
		{ "the memory in use is looked at when that is asked for",
		  MEM("\"limit\":1,\"checkBeforeUpdate\":true"), true },
		{ "and not otherwise", MEM("\"limit\":1,\"checkBeforeUpdate\":false"), false },
		{ "and not by itself", MEM("\"limit\":1"), false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) TEST(cases[i].name) {
			struct outcome o;
			struct arena a = { 0 };

			plan_it(&o, &unified,
				arena_printf(&a, "\"resources\":{%s}", cases[i].memory));
			CHECK(o.plan.cgroup.check_memory == cases[i].want);
			arena_done(&a);
			arena_done(&o.a);
		}
}

/* ---- refused -------------------------------------------------------------------------------- */

#define V1_ONLY "cgroup v2 has nothing like it (cgroup v1 only)"

static const struct {
	const char *name;
	struct facts_cgroup *on;
	const char *resources;
	const char *at, *msg; /* `at` below /linux/resources */
} bad[] = {
	/* no controller */
	{ "a controller that sits in v1", &hybrid, MEM("\"limit\":1048576"), "/memory/limit",
	  "controller memory is not in cgroup v2 here: it is mounted as v1 at "
	  "/sys/fs/cgroup/memory (boot with cgroup_no_v1=memory)" },
	{ "a controller that v1 has under another name", &hybrid, IO("\"weight\":500"),
	  "/blockIO/weight",
	  "controller io is not in cgroup v2 here: it is mounted as v1 at "
	  "/sys/fs/cgroup/blkio (boot with cgroup_no_v1=blkio)" },
	{ "a controller that is nowhere", &hybrid, "\"pids\":{\"limit\":10}", "/pids/limit",
	  "controller pids is not available: the v2 tree at /sys/fs/cgroup/unified offers "
	  "hugetlb" },
	{ "unified: a controller that is nowhere", &unified, UNIFIED("\"foo.bar\":\"1\""),
	  "/unified/foo.bar",
	  "controller foo is not available: the v2 tree at /sys/fs/cgroup offers cpuset cpu io "
	  "memory hugetlb pids rdma misc" },
	{ "a limit without a v2 tree", &none, CPU("\"shares\":3"), "/cpu/shares",
	  "needs cgroup v2, but no v2 tree is mounted here "
	  "(mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified)" },
	{ "a limit of an ordinary user", &theirs, "\"pids\":{\"limit\":10}", "/pids/limit",
	  "needs a cgroup, and none can be made beside /sys/fs/cgroup/user.slice/x.scope, which "
	  "is not delegated to this user (systemd-run --user --scope -p Delegate=yes runs mcrun "
	  "where one can)" },
	{ "a limit without a cgroup", &off, "\"pids\":{\"limit\":0}", "/pids/limit",
	  "asks for a limit, but there is no cgroup to set it on (--cgroup-manager disabled)" },

	/* memory */
	{ "swap without a limit", &unified, MEM("\"swap\":100"), "/memory/swap",
	  "100 needs a memory limit beside it, since it counts memory and swap together" },
	{ "less swap than memory", &unified, MEM("\"swap\":100,\"limit\":101"), "/memory/swap",
	  "100 counts memory and swap together and must not be less than the memory limit" },
	{ "a limit below -1", &unified, MEM("\"limit\":-2"), "/memory/limit",
	  "must be -1 (no limit) or more, not -2" },
	{ "a swap below -1", &unified, MEM("\"swap\":-9"), "/memory/swap",
	  "must be -1 (no limit) or more, not -9" },
	{ "a reservation below -1", &unified, MEM("\"reservation\":-9"), "/memory/reservation",
	  "must be -1 (no limit) or more, not -9" },
	{ "kernel memory", &unified, MEM("\"kernel\":1"), "/memory/kernel", V1_ONLY },
	{ "kernel memory for TCP", &unified, MEM("\"kernelTCP\":1"), "/memory/kernelTCP", V1_ONLY },
	{ "swappiness", &unified, MEM("\"swappiness\":0"), "/memory/swappiness", V1_ONLY },
	{ "no OOM killer", &unified, MEM("\"disableOOMKiller\":true"), "/memory/disableOOMKiller",
	  V1_ONLY },
	{ "no hierarchy", &unified, MEM("\"useHierarchy\":false"), "/memory/useHierarchy",
	  V1_ONLY },

	/* cpu */
	{ "a realtime runtime", &unified, CPU("\"realtimeRuntime\":1"), "/cpu/realtimeRuntime",
	  V1_ONLY },
	{ "a realtime runtime below -1", &unified, CPU("\"realtimeRuntime\":-2"),
	  "/cpu/realtimeRuntime", V1_ONLY },
	{ "a realtime period", &unified, CPU("\"realtimePeriod\":1"), "/cpu/realtimePeriod",
	  V1_ONLY },
	{ "a quota that the kernel refuses", &unified, CPU("\"quota\":999"), "/cpu/quota",
	  "999 is less than the least quota, 1000 us" },
	{ "a quota below -1", &unified, CPU("\"quota\":-2"), "/cpu/quota",
	  "-2 is less than the least quota, 1000 us" },
	{ "a period that is too long", &unified, CPU("\"period\":1000001"), "/cpu/period",
	  "1000001 is not between 1000 and 1000000 us" },
	{ "a period that is too short", &unified, CPU("\"period\":999"), "/cpu/period",
	  "999 is not between 1000 and 1000000 us" },
	{ "more burst than quota", &unified, CPU("\"quota\":2000,\"burst\":2001"), "/cpu/burst",
	  "2001 is more than the quota of 2000 us" },
	{ "half idle", &unified, CPU("\"idle\":2"), "/cpu/idle", "must be 0 or 1, not 2" },
	{ "cpus that are no list", &unified, CPU("\"cpus\":\"0-3,\""), "/cpu/cpus",
	  "'0-3,' is not a list like 0-3,7" },
	{ "cpus that run backwards", &unified, CPU("\"cpus\":\"3-0\""), "/cpu/cpus",
	  "'3-0' is not a list like 0-3,7" },
	{ "mems that are words", &unified, CPU("\"mems\":\"node0\""), "/cpu/mems",
	  "'node0' is not a list like 0-3,7" },
	{ "cpus in groups of none", &unified, CPU("\"cpus\":\"0-31:0/0\""), "/cpu/cpus",
	  "'0-31:0/0' is not a list like 0-3,7" },
	{ "cpus in groups that are too small", &unified, CPU("\"cpus\":\"0-31:3/2\""),
	  "/cpu/cpus", "'0-31:3/2' is not a list like 0-3,7" },
	{ "a single cpu in groups", &unified, CPU("\"cpus\":\"4:1/2\""), "/cpu/cpus",
	  "'4:1/2' is not a list like 0-3,7" },
	{ "an empty value needs the controller too", &hybrid, UNIFIED("\"memory.high\":\"\""),
	  "/unified/memory.high",
	  "controller memory is not in cgroup v2 here: it is mounted as v1 at "
	  "/sys/fs/cgroup/memory (boot with cgroup_no_v1=memory)" },

	/* the rest */
	{ "pids below -1", &unified, "\"pids\":{\"limit\":-2}", "/pids/limit",
	  "must be -1 (no limit) or more, not -2" },
	{ "a weight that is too small", &unified, IO("\"weight\":9"), "/blockIO/weight",
	  "9 is not between 10 and 1000" },
	{ "a leaf weight", &unified, IO("\"leafWeight\":10"), "/blockIO/leafWeight", V1_ONLY },
	{ "a device's leaf weight", &unified,
	  IO("\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":10,\"leafWeight\":10}]"),
	  "/blockIO/weightDevice/0/leafWeight", V1_ONLY },
	{ "a device's weight that is too big", &unified,
	  IO("\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1001}]"),
	  "/blockIO/weightDevice/0/weight", "1001 is not between 10 and 1000" },
	{ "a device without weight", &unified, IO("\"weightDevice\":[{\"major\":8,\"minor\":0}]"),
	  "/blockIO/weightDevice/0", "needs weight, leafWeight or both" },
	{ "a page size that leads elsewhere", &hybrid,
	  "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1},"
	  "{\"pageSize\":\"../../x/2MB\",\"limit\":1}]",
	  "/hugepageLimits/1/pageSize", "'../../x/2MB' is not a page size like 64KB, 2MB or 1GB" },
	{ "a page size without unit", &hybrid,
	  "\"hugepageLimits\":[{\"pageSize\":\"2048\",\"limit\":1}]", "/hugepageLimits/0/pageSize",
	  "'2048' is not a page size like 64KB, 2MB or 1GB" },
	{ "an rdma device that is none", &unified, "\"rdma\":{\"a/b\":{\"hcaHandles\":3}}",
	  "/rdma/a~1b", "'a/b' is not the name of a device" },
	{ "an rdma device without limits", &unified, "\"rdma\":{\"x\":{}}", "/rdma/x",
	  "needs hcaHandles, hcaObjects or both" },
	{ "a network class", &unified, "\"network\":{\"classID\":1}", "/network/classID", V1_ONLY },
	{ "network priorities", &unified,
	  "\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":0}]}",
	  "/network/priorities", V1_ONLY },
	{ "unified: a path", &unified, UNIFIED("\"../memory.max\":\"1\""),
	  "/unified/..~1memory.max",
	  "'../memory.max' is not the name of a cgroup file like memory.high" },
	{ "unified: a name without controller", &unified, UNIFIED("\"memory\":\"1\""),
	  "/unified/memory", "'memory' is not the name of a cgroup file like memory.high" },
	{ "unified: a file that makes the cgroup another kind", &unified,
	  UNIFIED("\"cgroup.subtree_control\":\"+cpu\""), "/unified/cgroup.subtree_control",
	  "cgroup.subtree_control is no setting: mcrun uses it itself" },
	{ "unified: a file that moves processes", &unified, UNIFIED("\"cgroup.procs\":\"1\""),
	  "/unified/cgroup.procs", "cgroup.procs is no setting: mcrun uses it itself" },
};

static void test_bad(void)
{
	for (size_t i = 0; i < COUNT(bad); i++) TEST(bad[i].name) {
			struct arena a = { 0 };
			struct outcome o;

			plan_it(&o, bad[i].on,
				arena_printf(&a, "\"resources\":{%s}", bad[i].resources));
			CHECK(o.r == -1);
			CHECK_STR(o.err.at, arena_printf(&a, "/linux/resources%s", bad[i].at));
			CHECK_STR(o.err.msg, bad[i].msg);
			arena_done(&a);
			arena_done(&o.a);
		}
}

/* ---- the place ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	struct facts_cgroup *on;
	const char *asked; /* NULL: absent */
	enum plan_manager manager;
	const char *mount, *path;
	const char *msg; /* NULL: no error; otherwise at /linux/cgroupsPath */
} places[] = {
	{ "absent: the id, beside mcrun's own cgroup", &unified, NULL, MANAGER_CGROUPFS,
	  "/sys/fs/cgroup", "/user.slice/box", NULL },
	{ "empty is absent", &unified, "", MANAGER_CGROUPFS, "/sys/fs/cgroup", "/user.slice/box",
	  NULL },
	{ "mcrun in the root", &hybrid, NULL, MANAGER_CGROUPFS, "/sys/fs/cgroup/unified", "/box",
	  NULL },
	{ "mcrun in a place that its cgroup namespace hides", &outside, NULL, MANAGER_CGROUPFS,
	  "/sys/fs/cgroup", "/box", NULL },
	{ "absolute: from the top of the tree", &unified, "/a//./b/", MANAGER_CGROUPFS,
	  "/sys/fs/cgroup", "/a/b", NULL },
	{ "relative: beside mcrun's own cgroup", &unified, "docker/4711", MANAGER_CGROUPFS,
	  "/sys/fs/cgroup", "/user.slice/docker/4711", NULL },
	{ "absolute with colons is a path", &unified, "/a:b:c", MANAGER_CGROUPFS, "/sys/fs/cgroup",
	  "/a:b:c", NULL },
	{ "three dots are a name", &unified, "/a/...", MANAGER_CGROUPFS, "/sys/fs/cgroup", "/a/...",
	  NULL },
	{ "an ordinary user's, where nothing is delegated to him: nowhere", &theirs, NULL,
	  MANAGER_DISABLED, "", "", NULL },
	{ "his, where it is", &delegated, NULL, MANAGER_CGROUPFS, "/sys/fs/cgroup",
	  "/user.slice/u/box", NULL },
	{ "where he wants it: the kernel will say whether he may", &theirs, "/a", MANAGER_CGROUPFS,
	  "/sys/fs/cgroup", "/a", NULL },
	{ "switched off: nowhere", &off, "/a/b", MANAGER_DISABLED, "", "", NULL },
	{ "no v2 tree and no wishes: nowhere", &none, NULL, MANAGER_DISABLED, "", "", NULL },
	{ "no v2 tree, but a wish", &none, "/a/b", MANAGER_DISABLED, "", "",
	  "needs cgroup v2, but no v2 tree is mounted here "
	  "(mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified)" },
	{ "systemd's form", &unified, "system.slice:docker:4711", MANAGER_CGROUPFS, NULL, NULL,
	  "'system.slice:docker:4711' is of the form slice:prefix:name, which only the systemd "
	  "driver understands (--systemd-cgroup); the cgroupfs driver needs a path like "
	  "/parent/name" },
	{ "two dots at the end", &unified, "/a/..", MANAGER_CGROUPFS, NULL, NULL,
	  "'/a/..' must not contain '..'" },
	{ "two dots at the start", &unified, "../a", MANAGER_CGROUPFS, NULL, NULL,
	  "'../a' must not contain '..'" },
	{ "the root itself", &unified, "//.", MANAGER_CGROUPFS, NULL, NULL,
	  "'//.' is the root of the tree, which takes no container" },
};

static void test_places(void)
{
	for (size_t i = 0; i < COUNT(places); i++) TEST(places[i].name) {
			const char *asked = places[i].asked;
			struct arena a = { 0 };
			struct outcome o;

			plan_it(&o, places[i].on,
				asked ? arena_printf(&a, "\"cgroupsPath\":\"%s\"", asked) : "");
			CHECK(o.r == (places[i].msg ? -1 : 0));
			CHECK_STR(o.err.at, places[i].msg ? "/linux/cgroupsPath" : "");
			CHECK_STR(o.err.msg, places[i].msg ? places[i].msg : "");
			CHECK(o.plan.cgroup.from != NULL && o.plan.cgroup.device_from != NULL);
			if (!places[i].msg) {
				CHECK(o.plan.cgroup.manager == places[i].manager);
				CHECK_STR(o.plan.cgroup.mount, places[i].mount);
				CHECK_STR(o.plan.cgroup.path, places[i].path);
			}
			arena_done(&a);
			arena_done(&o.a);
		}
}

/* ---- arithmetic ----------------------------------------------------------------------------- */

static const struct {
	uint64_t shares, weight;
} weights[] = {
	{ 0, 0 },	  { 1, 1 },	   { 2, 1 },	    { 3, 2 },
	{ 10, 4 },	  { 100, 17 },	   { 102, 17 },	    { 128, 21 },
	{ 256, 35 },	  { 512, 59 },	   { 1000, 99 },    { 1024, 100 },
	{ 2048, 174 },	  { 4096, 303 },   { 8192, 532 },   { 10240, 639 },
	{ 65536, 3023 },  { 102400, 4429 }, { 262144, 10000 }, { 262145, 10000 },
	{ UINT64_MAX, 10000 },
};

static void test_weights(void)
{
	uint64_t sum = 0, hash = 0xcbf29ce484222325;
	bool rising = true;

	TEST("shares and their weights, as every runtime has them") {
		for (size_t i = 0; i < COUNT(weights); i++)
			CHECK(cgroup_weight(weights[i].shares) == weights[i].weight);
	}
	TEST("the weight of every number of shares is exact, and more shares never weigh less") {
		for (uint64_t s = 2; s <= 262144; s++) {
			uint64_t w = cgroup_weight(s);

			rising &= w >= cgroup_weight(s - 1);
			sum += w;
			hash = (hash ^ w) * 0x100000001b3; /* FNV-1a, a value a step */
		}
		CHECK(rising);
		/* both computed with 40 digits */
		CHECK(sum == 1405378460);
		CHECK(hash == 0x9001fbc77c74aa97);
	}
}

static const struct {
	const char *name;
	int64_t limit, swap;
	bool good;
	int64_t out;
} swaps[] = {
	{ "neither: unset", 0, 0, true, CGROUP_SWAP_UNSET },
	{ "a limit alone: unset", 100, 0, true, CGROUP_SWAP_UNSET },
	{ "no limit alone: no limit for swap either", -1, 0, true, -1 },
	{ "both without limit", -1, -1, true, -1 },
	{ "swap without limit, no memory limit given", 0, -1, true, -1 },
	{ "swap without limit, memory with", 100, -1, true, -1 },
	{ "memory without limit: swap as it is", -1, 300, true, 300 },
	{ "swap alone cannot be converted", 0, 300, false, 0 },
	{ "less than memory cannot be converted", 300, 299, false, 0 },
	{ "the same: no swap", 300, 300, true, 0 },
	{ "more: the difference", 300, 301, true, 1 },
	{ "the greatest", 1, INT64_MAX, true, INT64_MAX - 1 },
};

static void test_swaps(void)
{
	for (size_t i = 0; i < COUNT(swaps); i++) TEST(swaps[i].name) {
			int64_t out = 0;
			const char *wrong = cgroup_swap(swaps[i].limit, swaps[i].swap, &out);

			CHECK(!wrong == swaps[i].good);
			CHECK(out == swaps[i].out);
		}
}

int main(void)
{
	test_good();
	test_update_check();
	test_bad();
	test_places();
	test_weights();
	test_swaps();
	return test_done();
}
