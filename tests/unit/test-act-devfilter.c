/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device programs against the running kernel: it takes each of them, and answers as the rules do.
 * Needs root and a cgroup v2 tree, and a /tmp in which device nodes work.
 */
#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "act/devfilter.h"
#include "plan/devices.h"
#include "tests/unit/test-act-cgroup.h"

static char scratch[] = "/tmp/mcrun-test-XXXXXX";

/* The errno with which a process in the cgroup opens the node, or 0. */
static int open_in(const struct cgroup *cg, const char *node, int flags)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD,
				   .cgroup = (uint64_t)cg->dir };
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		_exit(open(node, flags | O_CLOEXEC) < 0 ? errno : 0);
	return WEXITSTATUS(reap(pid));
}

static struct plan_cgroup plan_rules(const struct device_rule *rule, size_t n)
{
	struct plan_cgroup plan = plan_for("/dev");

	plan.device = device_program(&arena, rule, n, &plan.n_device);
	return plan;
}

static uint32_t programs_on(const struct cgroup *cg)
{
	union bpf_attr attr = { .query = { .target_fd = (uint32_t)cg->dir,
					   .attach_type = BPF_CGROUP_DEVICE } };

	CHECK(sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr)) == 0);
	return attr.query.prog_cnt;
}

static const char *node_make(const char *name, unsigned minor)
{
	const char *path = arena_printf(&arena, "%s/%s", scratch, name);

	CHECK(mknod(path, S_IFCHR | 0600, makedev(1, minor)) == 0);
	return path;
}

/* A program that mcrun has not made: it refuses everything. */
static int others_program(void)
{
	static const struct bpf_insn refuse[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
				.insns = (uint64_t)(uintptr_t)refuse,
				.insn_cnt = COUNT(refuse),
				.license = (uint64_t)(uintptr_t) "Apache-2.0",
				.prog_name = "sd_devices" };

	return sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int attach_program(const struct cgroup *cg, int program)
{
	union bpf_attr attr = { .target_fd = (uint32_t)cg->dir,
				.attach_bpf_fd = (uint32_t)program,
				.attach_type = BPF_CGROUP_DEVICE,
				.attach_flags = BPF_F_ALLOW_MULTI };

	return sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr));
}

static int detach_program(const struct cgroup *cg, int program)
{
	union bpf_attr attr = { .target_fd = (uint32_t)cg->dir,
				.attach_bpf_fd = (uint32_t)program,
				.attach_type = BPF_CGROUP_DEVICE };

	return sys_bpf(BPF_PROG_DETACH, &attr, sizeof(attr));
}

/* As create does it. */
static int attach_plan(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err)
{
	autodevfilter struct devfilter filter = DEVFILTER_INIT;

	if (devfilter_load(&filter, cg, plan, err) < 0)
		return -1;
	return devfilter_attach(&filter, cg, plan, err);
}

static void test_devices(void)
{
	static const struct device_rule only_null[] = { { true, 'c', 1, 3, DEVICE_ALL } };
	static const struct device_rule read_null[] = { { true, 'c', 1, 3, DEVICE_READ } };
	static const struct device_rule all[] = { { true, 'a', -1, -1, DEVICE_ALL } };
	const char *null = node_make("null", 3), *full = node_make("full", 7);
	struct cgroup cg = make("/dev");
	struct plan_cgroup plan;
	struct error err = { 0 };

	TEST("a device program refuses what its rules do not grant") {
		plan = plan_rules(only_null, 1);
		CHECK(open_in(&cg, full, O_RDWR) == 0);
		CHECK(attach_plan(&cg, &plan, &err) == 0);
		CHECK_STR(err.msg, "");
		CHECK(open_in(&cg, null, O_RDWR) == 0);
		CHECK(open_in(&cg, full, O_RDONLY) == EPERM);
		CHECK(programs_on(&cg) == 1);
	}
	TEST("another program takes its place") {
		plan = plan_rules(read_null, 1);
		CHECK(devfilter_replace(&cg, &plan, &err) == 0);
		CHECK(open_in(&cg, null, O_RDONLY) == 0);
		CHECK(open_in(&cg, null, O_RDWR) == EPERM);
		CHECK(programs_on(&cg) == 1);
	}
	TEST("one takes the place of several") {
		CHECK(attach_plan(&cg, &plan, &err) == 0);
		CHECK(programs_on(&cg) == 2);
		plan = plan_rules(only_null, 1);
		CHECK(devfilter_replace(&cg, &plan, &err) == 0);
		CHECK(programs_on(&cg) == 1);
		CHECK(open_in(&cg, null, O_RDWR) == 0);
	}
	TEST("no program takes the place of one: everything is open") {
		plan = plan_rules(all, 1);
		CHECK(plan.device == NULL);
		CHECK(devfilter_replace(&cg, &plan, &err) == 0);
		CHECK(programs_on(&cg) == 0);
		CHECK(open_in(&cg, full, O_RDWR) == 0);
		CHECK(attach_plan(&cg, &plan, &err) == 0);
	}
	TEST("in a cgroup that create did not make, mcrun's program of before is replaced") {
		cg.taken = true;
		plan = plan_rules(only_null, 1);
		CHECK(attach_plan(&cg, &plan, &err) == 0);
		CHECK(attach_plan(&cg, &plan, &err) == 0);
		CHECK(programs_on(&cg) == 1);
		plan = plan_rules(all, 1);
		CHECK(attach_plan(&cg, &plan, &err) == 0);
		CHECK(programs_on(&cg) == 0);
		plan = plan_rules(only_null, 1);
	}
	TEST("another's program stays, and refuses what it refuses") {
		int other = others_program();

		CHECK(other >= 0 && attach_program(&cg, other) == 0);
		CHECK(attach_plan(&cg, &plan, &err) == 0);
		CHECK(programs_on(&cg) == 2);
		CHECK(open_in(&cg, null, O_RDWR) == EPERM);
		devfilter_detach(&cg);
		CHECK(programs_on(&cg) == 1);
		CHECK(open_in(&cg, null, O_RDWR) == EPERM);
		CHECK(detach_program(&cg, other) == 0);
		close(other);
		cg.taken = false;
	}
	TEST("what the kernel's verifier says is in the error") {
		static const struct bpf_insn nonsense[] = {
			{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 0, .src_reg = 9 },
			{ .code = BPF_JMP | BPF_EXIT },
		};

		plan.device = nonsense;
		plan.n_device = COUNT(nonsense);
		CHECK(attach_plan(&cg, &plan, &err) == -1);
		CHECK_STR(err.at, "/linux/resources/devices");
		CHECK(strstr(err.msg, "R9 !read_ok") != NULL);
	}
	drop(&cg);
	unlink(null);
	unlink(full);
}

static uint32_t chance(uint32_t n)
{
	static uint32_t state = 4711;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % n;
}

/* Devices that are looked at: the driver need not be there, EPERM comes before it is asked. */
static const struct device {
	char type;
	unsigned major, minor;
} devices[] = {
	{ 'c', 1, 3 },	   { 'c', 1, 7 }, { 'c', 240, 3 },
	{ 'c', 240, 511 }, { 'b', 7, 0 }, { 'b', 7, 3 },
};

static bool rules_grant(const struct device_rule *r, size_t n, const struct device *d, unsigned bit)
{
	bool granted = false;

	for (size_t i = 0; i < n; i++)
		if ((r[i].type == 'a' || r[i].type == d->type) && (r[i].access & bit) &&
		    (r[i].major < 0 || r[i].major == d->major) &&
		    (r[i].minor < 0 || r[i].minor == d->minor))
			granted = r[i].allow;
	return granted;
}

/* What the kernel grants of a device: filled by a process in the cgroup. */
struct verdict {
	bool read, write, both, mknod;
};

static mode_t node_type(const struct device *d)
{
	return (d->type == 'b' ? S_IFBLK : S_IFCHR) | 0600;
}

static bool can_open(const char *node, int flags)
{
	int fd = open(node, flags | O_NONBLOCK | O_CLOEXEC);
	bool refused = fd < 0 && errno == EPERM;

	if (fd >= 0)
		close(fd);
	return !refused;
}

static bool can_make(const struct device *d)
{
	const char *path = arena_printf(&arena, "%s/new", scratch);
	bool made = mknod(path, node_type(d), makedev(d->major, d->minor)) == 0;

	unlink(path);
	return made;
}

static void look(const char *const *node, struct verdict *out)
{
	for (size_t i = 0; i < COUNT(devices); i++)
		out[i] = (struct verdict){ can_open(node[i], O_RDONLY),
					   can_open(node[i], O_WRONLY), can_open(node[i], O_RDWR),
					   can_make(&devices[i]) };
}

static void look_in(const struct cgroup *cg, const char *const *node, struct verdict *out)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD,
				   .cgroup = (uint64_t)cg->dir };
	pid_t pid = sys_clone3(&args);

	if (pid == 0) {
		look(node, out);
		_exit(0);
	}
	CHECK(pid > 0 && reap(pid) == 0);
}

static void check_verdicts(const struct device_rule *rule, size_t n, const struct verdict *got)
{
	for (size_t i = 0; i < COUNT(devices); i++) {
		bool read = rules_grant(rule, n, &devices[i], DEVICE_READ);
		bool write = rules_grant(rule, n, &devices[i], DEVICE_WRITE);

		CHECK(got[i].read == read);
		CHECK(got[i].write == write);
		CHECK(got[i].both == (read && write));
		CHECK(got[i].mknod == rules_grant(rule, n, &devices[i], DEVICE_MKNOD));
	}
}

/* Rules that speak of the devices above more often than not. */
static struct device_rule rule_by_chance(void)
{
	static const int64_t major[] = { DEVICE_ANY, 1, 7, 240 };
	static const int64_t minor[] = { DEVICE_ANY, 0, 3, 7, 511 };

	return (struct device_rule){ chance(3) != 0, "abc"[chance(3)], major[chance(COUNT(major))],
				     chance(2) ? DEVICE_ANY : minor[chance(COUNT(minor))],
				     1 + chance(7) };
}

static void test_verdicts(void)
{
	struct verdict *got = mmap(NULL, sizeof(*got) * COUNT(devices), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *node[COUNT(devices)];
	struct cgroup cg = make("/dev");
	struct error err = { 0 };

	for (size_t i = 0; i < COUNT(devices); i++) {
		node[i] = arena_printf(&arena, "%s/%zu", scratch, i);
		CHECK(mknod(node[i], node_type(&devices[i]),
			    makedev(devices[i].major, devices[i].minor)) == 0);
	}
	TEST("three hundred lists by chance: the kernel takes each and answers as its rules do")
	{
		for (int i = 0; i < 300; i++) {
			struct device_rule rule[8];
			size_t n = chance(COUNT(rule) + 1);

			for (size_t j = 0; j < n; j++)
				rule[j] = rule_by_chance();

			struct plan_cgroup plan = plan_rules(rule, n);

			CHECK(devfilter_replace(&cg, &plan, &err) == 0);
			CHECK_STR(err.msg, "");
			look_in(&cg, node, got);
			check_verdicts(rule, n, got);
		}
	}
	drop(&cg);
	for (size_t i = 0; i < COUNT(devices); i++)
		unlink(node[i]);
	munmap(got, sizeof(*got) * COUNT(devices));
}

int main(void)
{
	if (test_skipped())
		return 0;
	if (mkdtemp(scratch)) {
		test_devices();
		test_verdicts();
		rmdir(scratch);
	}
	test_finish();
	return test_done();
}
