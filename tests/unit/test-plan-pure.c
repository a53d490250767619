/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plan is a function of its arguments: here it runs under a filter that kills the process on any
 * system call but those that memory, the answer and the end need. It plans every golden config,
 * and every config that an engine was seen to hand to a runtime, all read before the filter is on.
 */
#include <dirent.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan/exec.h"
#include "test-plan.h"

enum { MAX_DOCS = 256 };

static struct {
	struct arena a;
	const struct oci_config *list[MAX_DOCS];
	size_t n;
} docs;

static void read_doc(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = arena_alloc(&docs.a, 1 << 20, 1);
	struct error err = { 0 };
	struct oci_config *spec;

	if (!f)
		return;
	spec = oci_config_read(&docs.a, text, fread(text, 1, 1 << 20, f), &err);
	fclose(f);
	if (spec && docs.n < MAX_DOCS)
		docs.list[docs.n++] = spec;
}

static void read_docs(const char *folder)
{
	const char *top = getenv("srcdir");
	const char *dir = arena_printf(&docs.a, "%s/%s", top ? top : ".", folder);
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (strstr(entry->d_name, ".json"))
			read_doc(arena_printf(&docs.a, "%s/%s", dir, entry->d_name));
	if (d)
		closedir(d);
}

/* In the child: from here on memory, exit and nothing else. */
static void forbid_calls(void)
{
#define ALLOW(call) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(brk), ALLOW(mmap), ALLOW(mremap), ALLOW(munmap), ALLOW(madvise),
		ALLOW(exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog filter = { COUNT(program), program };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
		_exit(99);
}

/* Asks, plans and prints each; how many could be planned, but no more than an exit status holds. */
static int plan_all(void)
{
	int planned = 0;

	for (size_t i = 0; i < docs.n; i++) {
		struct setup s;

		setup_begin(&s, CONFIG(""));
		s.spec = (struct oci_config *)docs.list[i];
		s.options.console_socket = s.spec->process && s.spec->process->terminal;

		struct plan *plan = setup_plan(&s);

		const struct plan_input in = { s.spec, &s.facts, &s.options };
		const struct plan_exec exec = {
			.args = { (const char *const[]){ "sh", NULL }, 1 },
			.cgroup_path = "/c1",
		};

		planned += plan && plan_ask(s.spec, &s.options) && plan_print(&s.a, plan) &&
			   plan_exec_build(&s.a, &in, &exec, &s.err) &&
			   plan_state_json(&s.a, &plan->state, "created", 1);
		setup_end(&s);
	}
	return planned < 90 ? planned : 90;
}

/* The exit status of `work` behind the filter; 128 and more: killed. */
static int run_filtered(int (*work)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		forbid_calls();
		_exit(work());
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 98;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int look_at_host(void)
{
	return getppid() > 0;
}

/* Sanitizers make calls of their own, from within any function. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

int main(void)
{
#ifdef SANITIZED
	puts("1..0 # SKIP a sanitizer makes system calls of its own");
	return 0;
#endif
	read_docs("tests/plan");
	read_docs("tests/data/engines");
	TEST("there are configs to plan")
		CHECK(docs.n > 0);
	TEST("the filter kills on a look at the host")
		CHECK(run_filtered(look_at_host) == 128 + SIGSYS);
	TEST("planning makes no system call") {
		int planned = run_filtered(plan_all);

		CHECK(planned > 0 && planned <= 90);
	}
	arena_done(&docs.a);
	return test_done();
}
