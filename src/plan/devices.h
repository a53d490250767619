/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside plan's cgroup section: device rules, and the BPF program that they come to.
 *
 * A rule speaks of a set of devices and of some of the three kinds of access. For each kind of
 * access that is asked for, the last rule that speaks of it and of the device decides; where no
 * rule does, the answer is no. The access is granted if each kind of it is.
 */
#ifndef PLAN_DEVICES_H
#define PLAN_DEVICES_H

#include "plan/build.h"

enum device_access {	/* the kernel's BPF_DEVCG_ACC_* */
	DEVICE_MKNOD = 1 << 0,
	DEVICE_READ  = 1 << 1,
	DEVICE_WRITE = 1 << 2,
	DEVICE_ALL   = 7,
};

enum { DEVICE_ANY = -1 };

struct device_rule {
	bool allow;
	char type;		/* 'c', 'b', or 'a' for both */
	int64_t major, minor;	/* DEVICE_ANY, or 0 and more */
	unsigned access;	/* enum device_access */
};

/*
 * The program (BPF_PROG_TYPE_CGROUP_DEVICE) for rules in their listed order; *n its instructions.
 * NULL, and *n 0: every access is allowed, and no program is needed. At most DEVICE_RULES_MAX
 * rules, so that no jump gets too long.
 */
enum { DEVICE_RULES_MAX = 4096 };
const struct bpf_insn *device_program(struct arena *a, const struct device_rule *rule,
				      size_t n_rule, size_t *n);

/*
 * Fills the device part of plan->cgroup. `why_none` is NULL, or says why there is no cgroup.
 */
int build_devices(struct build *b, const char *why_none);

#endif
