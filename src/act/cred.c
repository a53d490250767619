/* SPDX-License-Identifier: Apache-2.0 */
/* Gives up privileges in the one order in which each step still may. See cred.h. */
#include "act/cred.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/filter.h"
#include "base/fd.h"
#include "base/names.h"
#include "base/sys.h"

enum { CAP_BITS = 64 };

static int caps_error(const struct plan_cred *cred, const char *set, struct error *err)
{
	err_set(err, errno, "set the %s capabilities", set);
	return err_at(err, "%s", cred->caps_from);
}

static int drop_bounding(const struct plan_cred *cred, struct error *err)
{
	for (int cap = 0; cap < CAP_BITS; cap++) {
		if (cred->caps.bounding & (UINT64_C(1) << cap))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL) /* past the last that this kernel has */
			return 0;
		return caps_error(cred, "bounding", err);
	}
	return 0;
}

/* By capset(2) as it is: libcap's own sets want memory, of which a filter may let none be asked. */
static int set_sets(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		sets[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(effective >> (32 * i)),
			.permitted = (uint32_t)(permitted >> (32 * i)),
			.inheritable = (uint32_t)(inheritable >> (32 * i)),
		};
	return capset(&header, sets);
}

/* capset(2) has taken away those that are not inheritable. */
static int set_ambient(const struct plan_cred *cred, struct error *err)
{
	if (!cred->caps.inheritable)
		return 0;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return caps_error(cred, "ambient", err);
	for (int cap = 0; cap < CAP_BITS; cap++)
		if ((cred->caps.ambient & (UINT64_C(1) << cap)) &&
		    cap_set_ambient(cap, CAP_SET) < 0)
			return caps_error(cred, "ambient", err);
	return 0;
}

/* The sets as they are to be, and `also` on top for a while; ambient ones need the others first. */
static int set_caps(const struct plan_cred *cred, uint64_t also, struct error *err)
{
	const struct plan_caps *c = &cred->caps;

	if (set_sets(c->effective | also, c->permitted | also, c->inheritable) < 0)
		return caps_error(cred, "process's", err);
	return set_ambient(cred, err);
}

static int set_ids(const struct plan_cred *cred, struct error *err)
{
	/* A joined user namespace may deny it; without groups to set, nothing is lost then. */
	int r = cred->set_groups ? sys_setgroups(cred->n_group, cred->group) : 0;

	if (r < 0 && (r != -EPERM || cred->n_group > 0)) {
		err_set(err, -r, "set the additional groups");
		return err_at(err, "%s/additionalGids", cred->from);
	}
	if (cred->uid != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return caps_error(cred, "kept", err);
	r = sys_setresgid(cred->gid);
	if (r < 0) {
		err_set(err, -r, "become gid %u (is it mapped in the user namespace?)",
			cred->gid);
		return err_at(err, "%s/gid", cred->from);
	}
	r = sys_setresuid(cred->uid);
	if (r < 0) {
		err_set(err, -r, "become uid %u (is it mapped in the user namespace?)",
			cred->uid);
		return err_at(err, "%s/uid", cred->from);
	}
	if (cred->set_umask)
		umask((mode_t)cred->umask);
	return 0;
}

static int no_new_privs(const struct plan_cred *cred, struct error *err)
{
	if (!cred->no_new_privs || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		return 0;
	err_set(err, errno, "set no_new_privs");
	return err_at(err, "/process/noNewPrivileges");
}

/*
 * Without no_new_privs the filter takes CAP_SYS_ADMIN to load, so that goes last: in one
 * capset, as the filter may forbid whatever the program does not need.
 */
static int filter_then_caps(const struct plan_cred *cred, const struct plan_filter *filter,
			    struct listener *l, struct error *err)
{
	const struct plan_caps *c = &cred->caps;

	if (set_caps(cred, UINT64_C(1) << CAP_SYS_ADMIN, err) < 0 ||
	    filter_load(filter, l, err) < 0)
		return -1;
	if (set_sets(c->effective, c->permitted, c->inheritable) < 0)
		return caps_error(cred, "process's", err);
	return 0;
}

int cred_drop(const struct plan_cred *cred, const struct plan_filter *filter, struct listener *l,
	      struct error *err)
{
	if (drop_bounding(cred, err) < 0 || set_ids(cred, err) < 0 || no_new_privs(cred, err) < 0)
		return -1;
	if (filter->program && !cred->no_new_privs)
		return filter_then_caps(cred, filter, l, err);
	return set_caps(cred, 0, err) < 0 ? -1 : filter_load(filter, l, err);
}

int cred_drop_for_hook(const struct plan_cred *cred, struct error *err)
{
	if (drop_bounding(cred, err) < 0 || no_new_privs(cred, err) < 0 ||
	    set_caps(cred, 0, err) < 0)
		return -1;
	return 0;
}

int cred_oom_score(const struct plan_process *process, pid_t pid, struct error *err)
{
	char path[64], text[16];

	if (!process->set_oom_score_adj)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	snprintf(text, sizeof(text), "%d", process->oom_score_adj);

	int r = write_at(AT_FDCWD, path, text);

	if (r == 0)
		return 0;
	err_set(err, -r, "set the OOM score to %d", process->oom_score_adj);
	return err_at(err, "%s/oomScoreAdj", process->from);
}

static int set_rlimit(const struct plan_rlimit *l, pid_t pid, uint64_t at_least, struct error *err)
{
	const struct rlimit64 value = { .rlim_cur = l->soft > at_least ? l->soft : at_least,
					.rlim_max = l->hard > at_least ? l->hard : at_least };

	if (prlimit64(pid, l->resource, &value, NULL) == 0)
		return 0;
	err_set(err, errno, "set %s to %llu (hard %llu)", rlimit_name(l->resource),
		(unsigned long long)l->soft, (unsigned long long)l->hard);
	return err_at(err, "%s", l->from);
}

/*
 * What init, and the hooks that it runs, want of it: the limit itself comes last. Descriptors, and
 * bytes of memory and of what is written to a log.
 */
static uint64_t room(const struct plan_rlimit *l)
{
	switch (l->resource) {
	case RLIMIT_NOFILE:
		return 64;
	case RLIMIT_AS:
	case RLIMIT_DATA:
		return 64 << 20;
	case RLIMIT_STACK:
	case RLIMIT_FSIZE:
		return 1 << 20;
	default:
		return 0;
	}
}

int cred_rlimits(const struct plan_process *process, pid_t pid, struct error *err)
{
	for (size_t i = 0; i < process->n_rlimit; i++)
		if (set_rlimit(&process->rlimit[i], pid, room(&process->rlimit[i]), err) < 0)
			return -1;
	return 0;
}

int cred_rlimits_last(const struct plan_process *process, struct error *err)
{
	for (size_t i = 0; i < process->n_rlimit; i++) {
		const struct plan_rlimit *l = &process->rlimit[i];

		if (l->soft < room(l) && set_rlimit(l, 0, 0, err) < 0)
			return -1;
	}
	return 0;
}
