/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads the planned device program and attaches it to the cgroup. Compiles and decides nothing.
 * Needs CONFIG_CGROUP_BPF and the right to load programs; plan has none where that lacks.
 */
#include "act/devfilter.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include "base/str.h"
#include "base/sys.h"

enum { LOG_SIZE = 2048, PROGRAMS_MAX = 64 };

/* By which our programs are known again; the kernel keeps 15 bytes. */
static const char program_name[] = "mcrun_device";

static int bpf(int cmd, union bpf_attr *attr)
{
	return sys_bpf(cmd, attr, sizeof(*attr));
}

/* `log`, LOG_SIZE bytes, is what the verifier says; NULL: it need not speak. */
static int load(const struct plan_cgroup *plan, char *log)
{
	static const char license[] = "Apache-2.0";
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
				.insns = (uint64_t)(uintptr_t)plan->device,
				.insn_cnt = (uint32_t)plan->n_device,
				.license = (uint64_t)(uintptr_t)license };

	memcpy(attr.prog_name, program_name, sizeof(program_name));
	if (log) {
		attr.log_buf = (uint64_t)(uintptr_t)log;
		attr.log_size = LOG_SIZE;
		attr.log_level = 1;
	}
	return bpf(BPF_PROG_LOAD, &attr);
}

/*
 * Before Linux 5.11 programs count as locked memory, which is scarce by default. The limit is put
 * back: hooks inherit it.
 */
static int load_unlimited(const struct plan_cgroup *plan)
{
	struct rlimit old, none = { RLIM_INFINITY, RLIM_INFINITY };

	if (getrlimit(RLIMIT_MEMLOCK, &old) < 0 || setrlimit(RLIMIT_MEMLOCK, &none) < 0)
		return -EPERM;

	int r = load(plan, NULL);

	setrlimit(RLIMIT_MEMLOCK, &old);
	return r;
}

static int load_say(const struct plan_cgroup *plan, struct error *err)
{
	char log[LOG_SIZE] = "";
	int r = load(plan, NULL);

	if (r == -EPERM)
		r = load_unlimited(plan);
	if (r >= 0)
		return r;

	/* Only now: a program with a log is verified more slowly, and it is never needed. */
	if (r == -EINVAL || r == -EACCES)
		load(plan, log);
	log[LOG_SIZE - 1] = '\0';
	err_set(err, -r, "load the device program of %zu instructions%s%s", plan->n_device,
		*log ? ", of which the kernel says: " : "", log);
	return err_at(err, "%s", plan->device_from);
}

static int attach(const struct cgroup *cg, int program, uint32_t flags, int replaced)
{
	union bpf_attr attr = { .target_fd = (uint32_t)cg->dir,
				.attach_bpf_fd = (uint32_t)program,
				.attach_type = BPF_CGROUP_DEVICE,
				.attach_flags = flags };

	if (flags & BPF_F_REPLACE)
		attr.replace_bpf_fd = (uint32_t)replaced;
	return bpf(BPF_PROG_ATTACH, &attr);
}

static int attach_say(const struct cgroup *cg, const struct plan_cgroup *plan, int r,
		      struct error *err)
{
	if (r >= 0)
		return 0;
	err_set(err, -r, "attach the device program to cgroup %s%s%s", cg->mount, cg->path,
		r == -EPERM ? " (a parent may have one that allows no others)" : "");
	return err_at(err, "%s", plan->device_from);
}

void devfilter_close(struct devfilter *filter)
{
	autofd_close(&filter->program);
}

int devfilter_load(struct devfilter *filter, const struct cgroup *cg,
		   const struct plan_cgroup *plan, struct error *err)
{
	if (!plan->device || cg->dir < 0)
		return 0;
	filter->program = load_say(plan, err);
	return filter->program < 0 ? -1 : 0;
}

/* ---- replacing ------------------------------------------------------------------------------ */

/* The ids of the programs on this cgroup itself. How many, or -errno. */
static int query_all(const struct cgroup *cg, uint32_t ids[PROGRAMS_MAX])
{
	union bpf_attr attr = { .query = { .target_fd = (uint32_t)cg->dir,
					   .attach_type = BPF_CGROUP_DEVICE,
					   .prog_ids = (uint64_t)(uintptr_t)ids,
					   .prog_cnt = PROGRAMS_MAX } };
	int r = bpf(BPF_PROG_QUERY, &attr);

	return r < 0 ? r : (int)attr.query.prog_cnt;
}

static int program_open(uint32_t id)
{
	union bpf_attr attr = { .prog_id = id };

	return bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

static bool is_ours(int program)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { .info = { .bpf_fd = (uint32_t)program,
					  .info_len = sizeof(info),
					  .info = (uint64_t)(uintptr_t)&info } };

	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0 && streq(info.name, program_name);
}

/* The same, but only those that mcrun has loaded. */
static int query(const struct cgroup *cg, uint32_t ids[PROGRAMS_MAX])
{
	int all = query_all(cg, ids), n = 0;

	for (int i = 0; i < all; i++) {
		autofd int program = program_open(ids[i]);

		if (program < 0)
			return program;
		if (is_ours(program))
			ids[n++] = ids[i];
	}
	return all < 0 ? all : n;
}

static int detach(const struct cgroup *cg, int program)
{
	union bpf_attr attr = { .target_fd = (uint32_t)cg->dir,
				.attach_bpf_fd = (uint32_t)program,
				.attach_type = BPF_CGROUP_DEVICE };

	return bpf(BPF_PROG_DETACH, &attr);
}

static int detach_all(const struct cgroup *cg, const uint32_t *ids, int n)
{
	int r = 0;

	for (int i = 0; r == 0 && i < n; i++) {
		autofd int old = program_open(ids[i]);

		r = old < 0 ? old : detach(cg, old);
	}
	return r;
}

/* One old program changes places with the new. Of several, the new one stands beside them first. */
static int replace(const struct cgroup *cg, int program, const uint32_t *ids, int n)
{
	if (n == 1) {
		autofd int old = program_open(ids[0]);
		int r = old < 0 ? old
				: attach(cg, program, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, old);

		if (r != -EINVAL) /* before Linux 5.6, or attached without MULTI */
			return r;
	}

	int r = attach(cg, program, BPF_F_ALLOW_MULTI, -1);

	return r < 0 ? r : detach_all(cg, ids, n);
}

static int replace_all(const struct cgroup *cg, const struct plan_cgroup *plan, int program,
		       struct error *err)
{
	uint32_t ids[PROGRAMS_MAX] = { 0 };
	int n = query(cg, ids);

	if (n < 0) {
		err_set(err, -n, "list the device programs of cgroup %s%s", cg->mount, cg->path);
		return err_at(err, "%s", plan->device_from);
	}
	return attach_say(cg, plan, program < 0 ? detach_all(cg, ids, n)
						: replace(cg, program, ids, n), err);
}

int devfilter_attach(struct devfilter *filter, const struct cgroup *cg,
		     const struct plan_cgroup *plan, struct error *err)
{
	autofd int program = take_fd(&filter->program);

	if (filter->attached || cg->dir < 0)
		return 0;
	filter->attached = true;
	if (cg->taken || cg->move)
		return replace_all(cg, plan, program, err);
	if (program < 0)
		return 0;
	return attach_say(cg, plan, attach(cg, program, BPF_F_ALLOW_MULTI, -1), err);
}

int devfilter_replace(const struct cgroup *cg, const struct plan_cgroup *plan, struct error *err)
{
	autodevfilter struct devfilter filter = DEVFILTER_INIT;

	if (cg->dir < 0)
		return 0;
	if (devfilter_load(&filter, cg, plan, err) < 0)
		return -1;
	return replace_all(cg, plan, filter.program, err);
}

void devfilter_detach(const struct cgroup *cg)
{
	uint32_t ids[PROGRAMS_MAX] = { 0 };

	detach_all(cg, ids, query(cg, ids));
}
