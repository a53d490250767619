/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of `mcrun explain` that are about the program: what it is and what it may do. */
#include "plan/print.h"

#include <inttypes.h>

#include "base/names.h"
#include "base/str.h"

static const char *limit_text(struct page *to, uint64_t limit)
{
	return limit == UINT64_MAX ? "unlimited" : arena_printf(to->a, "%" PRIu64, limit);
}

void print_process(struct page *to, const struct plan *p)
{
	const struct plan_process *pr = &p->process;

	if (!pr->present) {
		page_line(to, pr->from, "none: create works, start will not");
		return;
	}
	page_line(to, "/process/args", "%s", page_argv(to, pr->argv));
	page_line(to, "/process/cwd", "%s", pr->cwd);
	for (size_t i = 0; pr->envp[i]; i++)
		page_line(to, "/process/env", "%s", pr->envp[i]);
	if (pr->terminal)
		page_line(to, "/process/terminal", "%u rows, %u columns", pr->rows, pr->columns);
	for (size_t i = 0; i < pr->n_rlimit; i++)
		page_line(to, pr->rlimit[i].from, "%s  soft %s  hard %s",
			  rlimit_name(pr->rlimit[i].resource), limit_text(to, pr->rlimit[i].soft),
			  limit_text(to, pr->rlimit[i].hard));
	if (pr->set_oom_score_adj)
		page_line(to, "/process/oomScoreAdj", "%d", pr->oom_score_adj);
	if (pr->preserve_fds)
		page_line(to, pr->from, "descriptors 3 to %u stay open%s", pr->preserve_fds + 2,
			  pr->listens ? ", and LISTEN_PID is the program's pid" : "");
	page_line(to, pr->from, pr->new_keyring ? "a session keyring of its own"
					       : "the caller's session keyring");
}

void print_attr(struct page *to, const struct plan *p)
{
	const struct plan_attr *at = &p->attr;

	if (at->scheduler)
		page_line(to, "/process/scheduler", "%s", at->scheduler->what);
	if (at->io_priority)
		page_line(to, "/process/ioPriority", "%s", at->io_priority->what);
	if (at->memory)
		page_line(to, "/linux/memoryPolicy", "%s", at->memory->what);
	if (at->personality)
		page_line(to, "/linux/personality", "%s", at->personality->what);
	if (at->exec_cpu_initial)
		page_line(to, "/process/execCPUAffinity/initial", "CPUs %s, for exec",
			  at->exec_cpu_initial);
	if (at->exec_cpu_final)
		page_line(to, "/process/execCPUAffinity/final", "CPUs %s, for exec",
			  at->exec_cpu_final);
}

void print_lsm(struct page *to, const struct plan *p)
{
	if (p->lsm.apparmor)
		page_line(to, "/process/apparmorProfile", "%s", p->lsm.apparmor);
	if (p->lsm.selinux)
		page_line(to, "/process/selinuxLabel", "%s", p->lsm.selinux);
}

static void print_caps(struct page *to, const char *from, const char *name, uint64_t caps)
{
	const char *words[64];
	size_t n = 0;

	for (int i = 0; i < 64; i++)
		if (caps >> i & 1 && capability_name(i))
			words[n++] = str_after(capability_name(i), "CAP_");
	page_line(to, from, "%-11s  %s", name, n ? page_words(to, words, n) : "none");
}

void print_cred(struct page *to, const struct plan *p)
{
	const struct plan_cred *c = &p->cred;
	const char *groups = "";

	for (size_t i = 0; i < c->n_group; i++)
		groups = arena_printf(to->a, "%s %u", groups, c->group[i]);
	page_line(to, c->from, "uid %u  gid %u%s%s", c->uid, c->gid,
		  c->n_group ? "  groups" : "", groups);
	if (!c->set_groups)
		page_line(to, c->from, "groups stay as they are");
	if (c->set_umask)
		page_line(to, "/process/user/umask", "%04o", c->umask);
	print_caps(to, c->caps_from, "bounding", c->caps.bounding);
	print_caps(to, c->caps_from, "effective", c->caps.effective);
	print_caps(to, c->caps_from, "permitted", c->caps.permitted);
	print_caps(to, c->caps_from, "inheritable", c->caps.inheritable);
	print_caps(to, c->caps_from, "ambient", c->caps.ambient);
	if (c->no_new_privs)
		page_line(to, "/process/noNewPrivileges", "no new privileges");
}

void print_filter(struct page *to, const struct plan *p)
{
	static const char *const names[] = {
		"TSYNC", "LOG", "SPEC_ALLOW", "NEW_LISTENER", "TSYNC_ESRCH", "WAIT_KILLABLE_RECV",
	};
	const char *words[COUNT(names)];
	size_t n = 0;

	if (!p->filter.program)
		return;
	for (size_t i = 0; i < COUNT(names); i++)
		if (p->filter.flags >> i & 1)
			words[n++] = names[i];
	page_line(to, p->filter.from, "program of %zu instructions%s%s", p->filter.n, n ? "  " : "",
		  page_words(to, words, n));
	if (p->filter.listener_path)
		page_line(to, "/linux/seccomp/listenerPath", "the agent at %s",
			  p->filter.listener_path);
	if (p->filter.listener_path && p->filter.listener_metadata)
		page_line(to, "/linux/seccomp/listenerMetadata", "%s",
			  p->filter.listener_metadata);
}
