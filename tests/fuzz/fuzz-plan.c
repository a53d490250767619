/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes as config.json, planned on several hosts. A plan can be printed, is the
 * same every time and needs no fact that was not asked for; its programs are what the kernel takes.
 * A refusal is a sentence and a place.
 */
#include <linux/bpf.h>

#include "../unit/test-plan-filter-bpf.h"
#include "fuzz.h"
#include "plan/exec.h"

static const char *all_controllers[] = { "cpuset", "cpu", "io", "memory", "hugetlb", "pids", NULL };
static const char *few_controllers[] = { "memory", "pids", NULL };
static struct facts_v1 v1[] = {
	{ "cpu", "/sys/fs/cgroup/cpu,cpuacct" },
	{ "devices", "/sys/fs/cgroup/devices" },
	{ "memory", "/sys/fs/cgroup/memory" },
};
static struct facts_cgroup unified = {
	.mount = "/sys/fs/cgroup",
	.own = "/user.slice",
	.controllers = all_controllers,
	.n_controllers = COUNT(all_controllers) - 1,
	.has_bfq = true,
	.bfq = true,
};
static struct facts_cgroup hybrid = {
	.mount = "/sys/fs/cgroup/unified",
	.own = "/",
	.v1 = v1,
	.n_v1 = COUNT(v1),
	.has_bfq = true,
};
static struct facts_cgroup delegated = {
	.mount = "/sys/fs/cgroup",
	.own = "/user.slice/user-1000.slice",
	.controllers = few_controllers,
	.n_controllers = COUNT(few_controllers) - 1,
	.has_bfq = true,
};
static struct facts_cgroup none; /* not even the tree is mounted */

#define IDS(u, g, in) \
	.has_uid = true, .uid = (u), .has_gid = true, .gid = (g), .has_in_userns = true, \
	.in_userns = (in)
#define CAPS(mask) .has_caps = true, .caps = (mask)
#define NET(host) .has_net_is_host = true, .net_is_host = (host)

static const struct host {
	struct facts facts;
	struct plan_options options;
} hosts[] = {
	{ { IDS(0, 0, false), CAPS((1ull << 41) - 1), NET(false), .cgroup = &unified },
	  { .id = "c1", .bundle = "/bundle", .console_socket = true } },
	{ { IDS(0, 0, false), CAPS((1ull << 38) - 1), NET(true), .cgroup = &hybrid },
	  { .id = "c1", .bundle = "/", .no_pivot = true, .no_new_keyring = true } },
	{ { IDS(1000, 100, false), CAPS(0), NET(false), .cgroup = &delegated },
	  { .id = "c1", .bundle = "/home/user/b", .preserve_fds = 5, .listen_fds = 2,
	    .listen_names = "a:b" } },
	{ { IDS(0, 0, true), CAPS(1), NET(true), .cgroup = &none },
	  { .id = "c1", .bundle = "/bundle", .manager = MANAGER_DISABLED } },
	{ { IDS(0, 0, false), CAPS((1ull << 41) - 1), NET(false), .cgroup = &none },
	  { .id = "c1", .bundle = "/bundle", .listen_fds = 1 } },
};

/* What act would have answered: the rest stays absent. */
static struct facts answer(const struct facts *all, unsigned ask)
{
	struct facts f = { 0 };

	if (ask & ASK_IDS)
		f = (struct facts){ IDS(all->uid, all->gid, all->in_userns) };
	if (ask & ASK_CAPS) {
		f.has_caps = true;
		f.caps = all->caps;
	}
	if (ask & ASK_CGROUP)
		f.cgroup = all->cgroup;
	if (ask & ASK_NETNS) {
		f.has_net_is_host = true;
		f.net_is_host = all->net_is_host;
	}
	return f;
}

/* The verifier wants more, but what it is told must at least be in the program. */
static bool device_valid(const struct bpf_insn *insn, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned class = BPF_CLASS(insn[i].code), op = BPF_OP(insn[i].code);
		bool jumps = class == BPF_JMP || class == BPF_JMP32;

		if (jumps && op != BPF_EXIT && op != BPF_CALL &&
		    (insn[i].off < 0 || i + 1 + (size_t)insn[i].off >= n))
			return false;
	}
	return n && insn[n - 1].code == (BPF_JMP | BPF_EXIT);
}

static void must_carry_out(struct arena *a, const struct plan *plan)
{
	const struct plan_cgroup *c = &plan->cgroup;

	if (plan->filter.program)
		must(bpf_valid((struct bpf){ plan->filter.program, plan->filter.n }),
		     "a filter that the kernel would refuse");
	if (c->device)
		must(device_valid(c->device, c->n_device), "a jump out of the device program");
	must(!strchr(plan_state_json(a, &plan->state, "created", 1), '\n'),
	     "the state is not one line");
}

/* The plan as text, or the error. */
static const char *outcome(struct arena *a, const struct plan_input *in, const char *text,
			   size_t size)
{
	struct error err = { 0 };
	const struct plan *plan = plan_build(a, in, &err);

	if (plan) {
		must_carry_out(a, plan);
		return plan_print(a, plan);
	}
	must_tell(&err);
	must(err.at[0] == '/', "a refusal without a place");
	must_point(&err, text, size);
	return arena_printf(a, "%s: %s", err.at, err.msg);
}

/* One more process in it: planned, or refused with a place. */
static void exec_on(struct arena *a, const struct plan_input *in, const char *text, size_t size)
{
	static const char *const words[] = { "sh", NULL }, *const env[] = { "A=1" };
	const struct plan_exec exec = { .args = { words, 1 }, .env = { env, 1 }, .cgroup_path = "/c1" };
	struct error err = { 0 };
	const struct plan *plan = plan_exec_build(a, in, &exec, &err);

	if (plan) {
		must_carry_out(a, plan);
		must(plan->process.present && plan->process.argv[0], "an exec without a program");
		must(!(plan->cred.caps.ambient & ~plan->cred.caps.inheritable), "ambient alone");
		return;
	}
	must_tell(&err);
	must(err.at[0] == '/', "a refusal without a place");
	must_point(&err, text, size);
}

static void plan_on(const struct host *host, const struct oci_config *spec, const char *text,
		    size_t size)
{
	struct arena a = { 0 };
	struct facts asked = answer(&host->facts, plan_ask(spec, &host->options));
	struct facts known = host->facts;
	struct plan_input all = { spec, &known, &host->options }, some = all;

	some.facts = &asked;
	known.has_net_is_host = asked.has_net_is_host; /* without a joined network: nonsense */
	must(streq(outcome(&a, &all, text, size), outcome(&a, &some, text, size)),
	     "a second plan is another one");
	exec_on(&a, &all, text, size);
	arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct error err = { 0 };
	const char *text = (const char *)data;
	const struct oci_config *spec = oci_config_read(&a, text, size, &err);

	for (size_t i = 0; spec && i < COUNT(hosts); i++)
		plan_on(&hosts[i], spec, text, size);
	arena_done(&a);
	return 0;
}
