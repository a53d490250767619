/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device programs against the running kernel: it takes each of them, and answers as the rules do.
 * Needs root and a cgroup v2 tree, and a /tmp in which device nodes work.
 */
#include <linux/bpf.h>
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
		CHECK(devfilter_attach(&cg, &plan, &err) == 0);
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
		CHECK(devfilter_attach(&cg, &plan, &err) == 0);
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
		CHECK(devfilter_attach(&cg, &plan, &err) == 0);
	}
	TEST("in a cgroup that create did not make, mcrun's program of before is replaced") {
		cg.taken = true;
		plan = plan_rules(only_null, 1);
		CHECK(devfilter_attach(&cg, &plan, &err) == 0);
		CHECK(devfilter_attach(&cg, &plan, &err) == 0);
		CHECK(programs_on(&cg) == 1);
		plan = plan_rules(all, 1);
		CHECK(devfilter_attach(&cg, &plan, &err) == 0);
		CHECK(programs_on(&cg) == 0);
		plan = plan_rules(only_null, 1);
	}
	TEST("another's program stays, and refuses what it refuses") {
		int other = others_program();

		CHECK(other >= 0 && attach_program(&cg, other) == 0);
		CHECK(devfilter_attach(&cg, &plan, &err) == 0);
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
		CHECK(devfilter_attach(&cg, &plan, &err) == -1);
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

static bool rules_grant(const struct device_rule *r, size_t n, unsigned minor, unsigned bit)
{
	bool granted = false;

	for (size_t i = 0; i < n; i++)
		if (r[i].type != 'b' && (r[i].access & bit) &&
		    (r[i].major < 0 || r[i].major == 1) && (r[i].minor < 0 || r[i].minor == minor))
			granted = r[i].allow;
	return granted;
}

static void test_verdicts(void)
{
	const char *null = node_make("null", 3), *full = node_make("full", 7);
	struct cgroup cg = make("/dev");
	struct error err = { 0 };

	TEST("a hundred lists by chance: the kernel takes each program and answers as the rules do")
	{
		for (int i = 0; i < 100; i++) {
			struct device_rule rule[8];
			size_t n = chance(COUNT(rule) + 1);

			for (size_t j = 0; j < n; j++)
				rule[j] = (struct device_rule){ chance(3) != 0, "abc"[chance(3)],
								(int64_t)chance(3) - 1,
								chance(2) ? 3 : -1, 1 + chance(7) };

			struct plan_cgroup plan = plan_rules(rule, n);
			bool can[4];

			CHECK(devfilter_replace(&cg, &plan, &err) == 0);
			CHECK_STR(err.msg, "");
			for (unsigned j = 0; j < 4; j++)
				can[j] = rules_grant(rule, n, j < 2 ? 3 : 7, j & 1 ? 4 : 2);
			CHECK(!open_in(&cg, null, O_RDONLY) == can[0]);
			CHECK(!open_in(&cg, null, O_WRONLY) == can[1]);
			CHECK(!open_in(&cg, full, O_RDONLY) == can[2]);
			CHECK(!open_in(&cg, full, O_RDWR) == (can[2] && can[3]));
		}
	}
	drop(&cg);
	unlink(null);
	unlink(full);
}

int main(void)
{
	if (test_skipped())
		return 77;
	if (mkdtemp(scratch)) {
		test_devices();
		test_verdicts();
		rmdir(scratch);
	}
	test_finish();
	return test_done();
}
