/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act/stats: files as the kernel writes them, in a folder that is no cgroup, become the numbers
 * that `mcrun events` prints. Needs no root.
 */
#include "act/stats.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "test.h"

static struct arena arena;
static char top[] = "/tmp/mcrun-test-stats-XXXXXX";
static int top_fd = -1;

/* Folders in front of the name are made. */
static void file(const char *name, const char *text)
{
	char *path = arena_strdup(&arena, name);

	for (char *slash = path; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdirat(top_fd, path, 0755);
	}

	autofd int fd = openat(top_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && write_all(fd, text, strlen(text)) == 0);
}

static struct cgroup folder(const char *name)
{
	mkdirat(top_fd, name, 0755);
	return (struct cgroup){
		.dir = openat(top_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.mount = top,
		.path = "/",
	};
}

/* The numbers of the folder as JSON, which also must read back as it is. */
static const char *read_folder(const char *name, const struct state_rdt *rdt)
{
	autocgroup struct cgroup cg = folder(name);
	const struct event event = { .type = "stats",
				     .id = "x",
				     .data = stats_read(&cg, rdt, &arena) };
	const char *text = table_write(event_type(), &arena, &event, TABLE_COMPACT);
	struct error err = { 0 };
	void *again = table_read(event_type(), &arena, text, strlen(text), &err);

	CHECK_STR(err.msg, "");
	if (again)
		CHECK_STR(table_write(event_type(), &arena, again, TABLE_COMPACT), text);
	return text;
}

static bool has(const char *text, const char *part)
{
	if (strstr(text, part))
		return true;
	printf("# %s\n", text);
	return false;
}

/* clang-format off */
static void test_all(void)
{
	file("all/cpu.stat",
	     "usage_usec 3000\nuser_usec 2000\nsystem_usec 1000\ncore_sched.force_idle_usec 0\n"
	     "nr_periods 5\nnr_throttled 2\nthrottled_usec 7\nnr_bursts 0\nburst_usec 0\n");
	file("all/cpu.pressure",
	     "some avg10=1.50 avg60=0.25 avg300=100.00 total=123\n"
	     "full avg10=0.00 avg60=0.00 avg300=0.00 total=18446744073709551615\n");
	file("all/cpuset.cpus.effective", "0-2,8\n");
	file("all/cpuset.mems.effective", "0\n");
	file("all/memory.current", "4096\n");
	file("all/memory.max", "8192\n");
	file("all/memory.peak", "5000\n");
	file("all/memory.swap.current", "1000\n");
	file("all/memory.swap.max", "2000\n");
	file("all/memory.swap.events", "high 0\nmax 6\nfail 0\n");
	file("all/memory.events", "low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\noom_group_kill 0\n");
	file("all/memory.stat", "anon 1\nfile 2\nkernel 3\nsock 4\n");
	file("all/pids.current", "2\n");
	file("all/pids.max", "100\n");
	file("all/io.stat", "8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"
			    "253:0 \n"
			    "8:0 8:32 rbytes=9\n");
	file("all/hugetlb.2MB.current", "0\n");
	file("all/hugetlb.2MB.events", "max 1\n");
	file("all/hugetlb.2MB.rsvd.current", "0\n");
	file("all/hugetlb.1GB.current", "1073741824\n");

	const char *text = read_folder("all", NULL);

	TEST("processor time is in nanoseconds, throttling too") {
		CHECK(has(text, "\"cpu\":{\"usage\":{\"total\":3000000,\"kernel\":1000000,\"user\":2000000},"
				"\"throttling\":{\"periods\":5,\"throttledPeriods\":2,\"throttledTime\":7000}"));
	}
	TEST("pressure is told in the digits of the kernel") {
		CHECK(has(text, "\"psi\":{\"some\":{\"avg10\":1.50,\"avg60\":0.25,\"avg300\":100.00,\"total\":123},"
				"\"full\":{\"avg10\":0.00,\"avg60\":0.00,\"avg300\":0.00,"
				"\"total\":18446744073709551615}}"));
	}
	TEST("lists of cpus and memory nodes are spelt out") {
		CHECK(has(text, "\"cpuset\":{\"cpus\":[0,1,2,8],\"mems\":[0]}"));
	}
	TEST("memory, and memory with swap") {
		CHECK(has(text, "\"memory\":{\"cache\":2,"
				"\"usage\":{\"limit\":8192,\"usage\":4096,\"max\":5000,\"failcnt\":3},"
				"\"swap\":{\"limit\":10192,\"usage\":5096,\"failcnt\":6},"
				"\"kernel\":{\"limit\":0,\"usage\":3,\"failcnt\":0},"
				"\"kernelTCP\":{\"limit\":0,\"usage\":4,\"failcnt\":0},"
				"\"raw\":{\"anon\":1,\"file\":2,\"kernel\":3,\"sock\":4}}"));
	}
	TEST("processes") {
		CHECK(has(text, "\"pids\":{\"current\":2,\"limit\":100}"));
	}
	TEST("devices: bytes and requests; a line without numbers, or with two devices, tells nothing") {
		CHECK(has(text, "\"blkio\":{\"ioServiceBytesRecursive\":["
				"{\"major\":8,\"minor\":16,\"op\":\"Read\",\"value\":1},"
				"{\"major\":8,\"minor\":16,\"op\":\"Write\",\"value\":2}"));
		CHECK(has(text, "\"ioServicedRecursive\":["
				"{\"major\":8,\"minor\":16,\"op\":\"Read\",\"value\":3},"
				"{\"major\":8,\"minor\":16,\"op\":\"Write\",\"value\":4}]"));
	}
	TEST("huge pages by size, reservations apart") {
		CHECK(has(text, "\"2MB\":{\"usage\":0,\"failcnt\":1}"));
		CHECK(has(text, "\"1GB\":{\"usage\":1073741824,\"failcnt\":0}"));
		CHECK(!strstr(text, "rsvd"));
	}
}

static void test_absent(void)
{
	TEST("without any file there is the shape that consumers expect") {
		CHECK_STR(read_folder("empty", NULL),
			  "{\"type\":\"stats\",\"id\":\"x\",\"data\":{"
			  "\"cpu\":{\"usage\":{},\"throttling\":{}},\"cpuset\":{},"
			  "\"memory\":{\"usage\":{\"limit\":0,\"failcnt\":0},\"swap\":{\"limit\":0,\"failcnt\":0},"
			  "\"kernel\":{\"limit\":0,\"failcnt\":0},\"kernelTCP\":{\"limit\":0,\"failcnt\":0}},"
			  "\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":[]}}");
	}
	TEST("no limit is 2^64-1 for memory, with swap too, and none for processes") {
		file("max/memory.max", "max\n");
		file("max/memory.swap.max", "4096\n");
		file("max/pids.max", "max\n");
		file("max/pids.current", "1\n");

		const char *text = read_folder("max", NULL);

		CHECK(has(text, "\"usage\":{\"limit\":18446744073709551615,\"failcnt\":0},"
				"\"swap\":{\"limit\":18446744073709551615,\"failcnt\":0}"));
		CHECK(has(text, "\"pids\":{\"current\":1}"));
	}
	TEST("a kernel without full pressure, and files that make no sense, leave their numbers out") {
		file("odd/cpu.pressure", "some avg10=0.10 avg60=0.20 avg300=0.30 total=4\n");
		file("odd/memory.pressure", "some avg10=nan avg60=0.20 avg300=0.30 total=4\nfull avg10=0.1\n");
		file("odd/io.pressure", "");
		file("odd/cpu.stat", "usage_usec\nuser_usec -1\nsystem_usec 99999999999999999999\n\n");
		file("odd/memory.stat", "anon one\nfile 7\n");
		file("odd/memory.current", "\n");
		file("odd/cpuset.cpus.effective", "\n");
		file("odd/io.stat", "x:y rbytes=1\n8:0 rbytes=\n8:1 rbytes\n");

		const char *text = read_folder("odd", NULL);

		CHECK(has(text, "\"cpu\":{\"usage\":{},\"throttling\":{},\"psi\":{\"some\":{\"avg10\":0.10,\"avg60\":0.20,"
				"\"avg300\":0.30,\"total\":4}}},\"cpuset\":{}"));
		CHECK(has(text, "\"raw\":{\"file\":7}},\"pids\":{},\"blkio\":{}"));
	}
}

static void test_rdt(void)
{
	const struct state_rdt rdt = {
		.mount = arena_printf(&arena, "%s/rdt", top), .group = "gold", .monitor = "x",
	};

	file("rdt/info/L3/cbm_mask", "7ff\n");
	file("rdt/info/L3/min_cbm_bits", "1\n");
	file("rdt/info/L3/num_closids", "16\n");
	file("rdt/info/MB/bandwidth_gran", "10\n");
	file("rdt/info/MB/delay_linear", "1\n");
	file("rdt/info/MB/min_bandwidth", "10\n");
	file("rdt/info/MB/num_closids", "8\n");
	file("rdt/schemata", "    MB:0=100;1=100\n    L3:0=7ff;1=7ff\n");
	file("rdt/gold/schemata", "    MB:0= 20\n    L3:0=07f\n");
	file("rdt/gold/mon_groups/x/mon_data/mon_L3_00/mbm_total_bytes", "123\n");
	file("rdt/gold/mon_groups/x/mon_data/mon_L3_00/mbm_local_bytes", "45\n");
	file("rdt/gold/mon_groups/x/mon_data/mon_L3_00/llc_occupancy", "67\n");
	file("rdt/gold/mon_groups/x/mon_data/mon_L3_01/mbm_total_bytes", "Unavailable\n");
	TEST("a class of service: what the machine can, the schemata, what was counted") {
		CHECK(has(read_folder("empty", &rdt),
			  "\"intel_rdt\":{\"l3_cache_info\":{\"cbm_mask\":\"7ff\",\"min_cbm_bits\":1,\"num_closids\":16},"
			  "\"l3_cache_schema_root\":\"L3:0=7ff;1=7ff\",\"l3_cache_schema\":\"L3:0=07f\","
			  "\"mem_bw_info\":{\"bandwidth_gran\":10,\"delay_linear\":1,\"min_bandwidth\":10,\"num_closids\":8},"
			  "\"mem_bw_schema_root\":\"MB:0=100;1=100\",\"mem_bw_schema\":\"MB:0= 20\","
			  "\"mbm_stats\":[{\"mbm_total_bytes\":123,\"mbm_local_bytes\":45}],"
			  "\"cmt_stats\":[{\"llc_occupancy\":67}]}"));
	}
	TEST("a resctrl tree that is gone tells nothing") {
		const struct state_rdt gone = { .mount = "/nowhere", .group = "" };

		CHECK(has(read_folder("empty", &gone), "\"intel_rdt\":{}"));
	}
}
/* clang-format on */

int main(void)
{
	if (!mkdtemp(top) || (top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		printf("Bail out! %s cannot be made\n", top);
		return 1;
	}
	test_all();
	test_absent();
	test_rdt();
	close(top_fd);
	if (system(arena_printf(&arena, "rm -r %s", top)) != 0)
		printf("# %s is left\n", top);
	arena_done(&arena);
	return test_done();
}
