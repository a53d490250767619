/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parting from the parent, and the last steps to the program. See become.h. What stands here is
 * used by init.c and exec_init.c alike; what is one's alone stands there.
 */
#include "act/become.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/stat.h>

#include "act/attr.h"
#include "act/cred.h"
#include "act/listener.h"
#include "act/lsm.h"
#include "act/program.h"
#include "act/tty.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/trace.h"

/* Into `n` that are in order. */
static void insert(int *keep, unsigned n, int fd)
{
	for (; n > 0 && keep[n - 1] > fd; n--)
		keep[n] = keep[n - 1];
	keep[n] = fd;
}

int become_alone(const struct plan *plan, const struct init *in, int also, struct error *err)
{
	const int own[] = { in->sync.fd, in->listener, in->hooks.fd[0], in->hooks.fd[1],
			    in->console, also,	       log_fd(),	trace_fd() };
	const unsigned n_own = sizeof(own) / sizeof(own[0]);
	unsigned n = plan->process.preserve_fds;
	int *keep = arena_alloc(in->a, n + n_own, sizeof(*keep));

	for (unsigned i = 0; i < n; i++)
		keep[i] = 3 + (int)i;
	for (unsigned i = 0; i < n_own; i++)
		if (own[i] >= 0)
			insert(keep, n++, own[i]);

	int r = close_except(keep, n);

	return r < 0 ? err_set(err, -r, "close the parent's descriptors") : 0;
}

static int label_keys(int proc, const char *label, struct error *err)
{
	autofd int self = proc < 0 ? proc : lsm_self(proc);

	if (self < 0)
		return err_set(err, -self, "open /proc/self, which must be in a procfs");
	return lsm_label_keys(self, label, err);
}

int become_keyring(const struct plan *plan, int proc, struct error *err)
{
	if (!plan->process.new_keyring)
		return 0;
	if (plan->lsm.selinux && label_keys(proc, plan->lsm.selinux, err) < 0)
		return -1;

	/* Without a name: by one, somebody else's that lies ready would be joined. */
	long r = sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);

	if (plan->lsm.selinux && label_keys(proc, "", err) < 0)
		return -1;

	/* No keyrings in this kernel, or a filter around mcrun that hides them. */
	if (r >= 0 || r == -ENOSYS || r == -EPERM)
		return 0;
	return err_set(err, (int)-r, "make a session keyring (--no-new-keyring does without)");
}

/* ---- the last steps -------------------------------------------------------------------------- */

static int open_labels(const struct plan *plan, struct init *in, struct error *err)
{
	autofd int self = -1;

	if (!plan->lsm.apparmor && !plan->lsm.selinux)
		return 0;
	self = lsm_self(in->proc);
	if (self < 0)
		return err_set(err, -self, "open /proc/self, which must be in a procfs");
	return lsm_open(&in->lsm, self, &plan->lsm, err);
}

int become_ready(const struct plan *plan, struct init *in, struct error *err)
{
	if (plan->process.present && open_labels(plan, in, err) < 0)
		return -1;
	autofd_close(&in->proc);
	umask(in->umask);
	if (!plan->process.present)
		return 0;
	stdio_give(plan);
	if (tty_take(in, err) < 0 || program_cwd(&plan->process, err) < 0 ||
	    program_find(in, &plan->process, err) < 0)
		return -1;
	return 0;
}

int become_program(const struct plan *plan, struct init *in, struct error *err)
{
	const char *const *envp = program_env(in->a, &plan->process, plan->cred.uid);
	struct listener listener;
	int r = cloexec_from(3 + plan->process.preserve_fds);

	if (r < 0)
		return err_set(err, -r, "close descriptors before the program");
	if (attr_set_own(&plan->attr, err) < 0 || cred_rlimits_last(&plan->process, err) < 0 ||
	    lsm_set(&in->lsm, &plan->lsm, err) < 0 ||
	    listener_begin(&listener, &plan->filter, &in->sync, err) < 0 ||
	    sync_say(&in->sync, SYNC_EXEC, 0, err) < 0 ||
	    cred_drop(&plan->cred, &plan->filter, &listener, err) < 0)
		return -1;
	return program_exec(in, plan, envp, err);
}
