/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AppArmor profile and SELinux label of the program. They are set for the next execve through
 * /proc/self/attr, which decides over the container's confinement: its files are opened below the
 * host's verified procfs while that is there, where nothing that the container mounts can be in
 * the way (CVE-2019-16884, CVE-2023-28642), and written as the last thing before the credentials.
 * Not earlier: a hook that is executed in between would have them, too.
 */
#ifndef ACT_LSM_H
#define ACT_LSM_H

#include "libocispec/error.h"
#include "plan/plan.h"

/* Where to write; -1: nothing is to be written, or it has been. Closed by exec. */
struct lsm {
	int apparmor, selinux;
};
#define LSM_INIT { .apparmor = -1, .selinux = -1 }

/* The folder /proc/self, without a symlink on the way: procfs_root()'s `proc`. -errno. */
int lsm_self(int proc);

/* Opens what the plan needs below `self` (lsm_self). */
int lsm_open(struct lsm *lsm, int self, const struct plan_lsm *plan, struct error *err);

/* From here on the next execve has them. */
int lsm_set(struct lsm *lsm, const struct plan_lsm *plan, struct error *err);

/* The label of the keys, and so the session keyring, that this process makes; "": the usual. */
int lsm_label_keys(int self, const char *label, struct error *err);

#endif
