/* SPDX-License-Identifier: Apache-2.0 */
/* base/run: helper programs that end well, badly, late or never. */
#include "base/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "test.h"

#define SH "/bin/sh"

static struct error err;
static bool kept; /* what run_shell asks for */

static int run_this(struct run run)
{
	err = (struct error){ 0 };
	return run_program(&run, -1, &err);
}

static int run_shell(const char *script, const char *input, uint32_t timeout_ms)
{
	const char *argv[] = { "sh", "-c", script, NULL };

	return run_this((struct run){ .path = SH,
				      .argv = argv,
				      .input = input,
				      .timeout_ms = timeout_ms,
				      .kept = kept });
}

/* Does err.msg look like `want`, where a '#' stands for one or more digits? */
static bool said(const char *want)
{
	const char *s = err.msg;

	for (; *want; want++) {
		size_t digits = strspn(s, "0123456789");

		if (*want == '#' ? digits == 0 : *s != *want)
			break;
		s += *want == '#' ? digits : 1;
	}
	if (*s == '\0' && *want == '\0')
		return true;
	printf("# said: %s\n", err.msg);
	return false;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static const struct {
	const char *name, *script, *input;
	int want;
	const char *msg;
} cases[] = {
	{ "success says nothing", "echo noise; exit 0", NULL, 0, "" },
	{ "an exit status is told", "exit 3", NULL, -1, "/bin/sh exited with 3 after # ms" },
	{ "stdout and stderr are told on one line",
	  "echo out; printf 'a\\tb\\033\\n\\n' >&2; exit 1", NULL, -1,
	  "/bin/sh exited with 1 after # ms; output: out a b" },
	{ "a signal is told by its name", "kill -SEGV $$", NULL, -1,
	  "/bin/sh was killed by SIGSEGV after # ms" },
	{ "the input arrives", "read x; test \"$x\" = '{\"id\":1}'", "{\"id\":1}", 0, "" },
	{ "no input is an empty input", "test -z \"$(cat)\"", NULL, 0, "" },
	{ "stdin can be opened again", "test \"$(cat </dev/stdin)\" = x", "x", 0, "" },
	{ "the environment is empty", "test -z \"$HOME$PATH_X$USER\"", NULL, 0, "" },
	{ "it leads a process group", "read pid c s pp pgrp r </proc/$$/stat; test $pgrp = $$",
	  NULL, 0, "" },
	{ "what it left behind is not waited for", "sleep 5 & exit 4", NULL, -1,
	  "/bin/sh exited with 4 after # ms" },
	{ "a chatty grandchild is not listened to for ever",
	  "(trap '' TERM; while :; do echo y; done) & sleep 0.1; exit 5", NULL, -1, NULL },
};

static void test_input(void)
{
	const size_t size = 1 << 20;
	char *text = malloc(size + 1);

	if (!text)
		return;
	memset(text, 'x', size);
	text[size] = '\0';
	TEST("input larger than a pipe arrives whole")
	CHECK(run_shell("test $(wc -c) = 1048576", text, 10000) == 0);
	TEST("input and output larger than a pipe do not block each other")
	CHECK(run_shell("cat; cat; cat", text, 10000) == 0);
	TEST("a program need not read its input")
	CHECK(run_shell("exit 0", text, 10000) == 0);
	TEST("a program may close its input")
	CHECK(run_shell("exec <&-; sleep 0.05", text, 10000) == 0);
	TEST("a program that closed its output is still waited for, without spinning")
	{
		clock_t before = clock();

		CHECK(run_shell("exec >&- 2>&-; sleep 0.2; exit 6", text, 10000) == -1);
		CHECK(said("/bin/sh exited with 6 after # ms"));
		CHECK(clock() - before < CLOCKS_PER_SEC / 10);
	}
	free(text);
}

static void test_output(void)
{
	TEST("all that it said is kept for whoever wants it") {
		struct arena a = { 0 };
		struct run_output output = { .a = &a };
		const char *argv[] = { "sh", "-c", "seq 100000; echo end >&2", NULL };

		CHECK(run_this((struct run){ .path = SH,
					     .argv = argv,
					     .envp = (const char *[]){ "PATH=/usr/bin:/bin", NULL },
					     .output = &output }) == 0);
		CHECK(output.len == 588895 + strlen("end\n"));
		CHECK(output.text && strlen(output.text) == output.len);
		CHECK(output.text && strncmp(output.text, "1\n2\n3\n", 6) == 0);
		CHECK(output.text && streq(output.text + output.len - 11, "100000\nend\n"));
		arena_done(&a);
	}
	TEST("a program that says nothing leaves no output") {
		struct arena a = { 0 };
		struct run_output output = { .a = &a };
		const char *argv[] = { "sh", "-c", "exit 0", NULL };

		CHECK(run_this((struct run){ .path = SH, .argv = argv, .output = &output }) == 0);
		CHECK(!output.text && output.len == 0);
		arena_done(&a);
	}
	TEST("of a long output the end is told, and marked as cut")
	{
		CHECK(run_shell("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; "
				"exit 1",
				NULL, 0) == -1);
		CHECK(strstr(err.msg, " ms; output: ...") != NULL);
		CHECK(strlen(err.msg) > 3000 && strlen(err.msg) < sizeof(err.msg) - 1);
		CHECK_STR(err.msg + strlen(err.msg) - 9, "line 2999");
	}
	TEST("the end is not told from the middle of a character")
	{
		CHECK(run_shell("i=0; while [ $i -lt 2000 ]; do printf '\\342\\202\\254'; "
				"i=$((i+1)); done; printf xx; exit 1",
				NULL, 0) == -1);
		CHECK(strstr(err.msg, "output: ...\xe2\x82\xac\xe2\x82\xac") != NULL);
	}
}

static void test_late(void)
{
	uint64_t start = now_ms();

	for (int i = 0; i < 2; i++) {
		TEST(i ? "with a keeper as well" : "a timeout kills it and its children")
		{
			const char *pid;
			int status = 0;

			kept = i;
			/*
			 * Orphans come to us, so that we can ask how they ended. No shell is left
			 * in the group that could hear of it first, as its members are killed one
			 * by one.
			 */
			CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
			CHECK(run_shell("sleep 60 & echo $!; exec sleep 60", NULL, 3000) == -1);
			CHECK(said("/bin/sh timed out after # ms and was killed; output: #"));
			CHECK(err.code == ETIMEDOUT);
			pid = strstr(err.msg, "output: ");
			CHECK(pid && waitpid(atoi(pid + 8), &status, 0) > 0);
			CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
			CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
			CHECK(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) == 0);
			kept = false;
		}
	}
	TEST("a chatty program times out as well")
	CHECK(run_shell("while :; do echo y; done", NULL, 200) == -1 && err.code == ETIMEDOUT);
	TEST("a program that ignores signals is killed")
	CHECK(run_shell("trap '' TERM INT HUP; exec sleep 60", NULL, 200) == -1 &&
	      err.code == ETIMEDOUT);
	TEST("a readable stop_fd kills it")
	{
		const char *argv[] = { "sh", "-c", "sleep 60", NULL };
		struct run run = { .path = SH, .argv = argv };
		int p[2];

		CHECK(pipe2(p, O_CLOEXEC) == 0 && write(p[1], "x", 1) == 1);
		CHECK(run_program(&run, p[0], &err) == -1);
		CHECK(said("/bin/sh was stopped by a signal to its caller"));
		CHECK(err.code == EINTR);
		close(p[0]);
		close(p[1]);
	}
	TEST("none of this took a minute")
	CHECK(now_ms() - start < 20000);
}

static void test_start(void)
{
	const char *argv[] = { "x", NULL };

	TEST("a program that is missing")
	{
		CHECK(run_this((struct run){ .path = "/nonexistent/hook", .argv = argv }) == -1);
		CHECK(said("execute /nonexistent/hook: missing (ENOENT)"));
		CHECK(err.code == ENOENT);
	}
	TEST("a program that is none")
	{
		CHECK(run_this((struct run){ .path = "/etc/passwd", .argv = argv }) == -1);
		CHECK(said("execute /etc/passwd: access denied (EACCES)"));
	}
	TEST("a folder that is missing")
	{
		CHECK(run_this((struct run){ .path = SH, .argv = argv, .cwd = "/none" }) == -1);
		CHECK(said("enter /none to execute /bin/sh: missing (ENOENT)"));
	}
	TEST("it runs in its folder")
	{
		const char *pwd[] = { "sh", "-c", "test $(pwd) = /proc", NULL };

		CHECK(run_this((struct run){ .path = SH, .argv = pwd, .cwd = "/proc" }) == 0);
	}
	TEST("arguments and environment arrive")
	{
		const char *const args[] = { "sh", "-c", "test \"$0,$1,$A\" = a0,a1,b",
					     "a0", "a1", NULL };
		const char *const envp[] = { "A=b", NULL };

		CHECK(run_this((struct run){ .path = SH, .argv = args, .envp = envp }) == 0);
	}
}

static void exit_9(void *arg)
{
	_exit(*(int *)arg);
}

static void test_surroundings(void)
{
	const char *argv[] = { "sh", "-c", "exit 0", NULL };
	sigset_t all, old;
	int status = 9;

	TEST("before_exec runs in the child and may end it")
	{
		CHECK(run_this((struct run){
			      .path = SH, .argv = argv, .before_exec = exit_9, .arg = &status }) <
		      0);
		CHECK(said("/bin/sh exited with 9 after # ms"));
	}
	TEST("with all signals blocked and SIGPIPE ignored, the program sees neither")
	{
		signal(SIGPIPE, SIG_IGN);
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, &old);
		CHECK(run_shell("while read k v; do case $k in SigBlk:|SigIgn:) case $v in "
				"*[!0]*) echo $k $v; exit 1;; esac;; esac; done </proc/self/status",
				NULL, 5000) == 0);
		sigprocmask(SIG_SETMASK, &old, NULL);
		signal(SIGPIPE, SIG_DFL);
		CHECK_STR(err.msg, "");
	}
	TEST("it has no descriptor but 0, 1, 2, not even one that the caller leaves open")
	{
		int fd = dup2(STDIN_FILENO, 77); /* not close-on-exec */

		/* Asked for by number: a shell that lists a folder has that folder open. */
		CHECK(run_shell("i=3; while [ $i -lt 100 ]; do [ ! -e /proc/$$/fd/$i ] || "
				"{ echo $i; exit 1; }; i=$((i+1)); done",
				NULL, 5000) == 0);
		CHECK_STR(err.msg, "");
		close(fd);
	}
	TEST("it runs when the caller has no stdin, stdout and stderr")
	{
		int saved[3], r;

		fflush(NULL);
		for (int i = 0; i < 3; i++) {
			saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 50);
			close(i);
		}
		r = run_shell("read x; echo $x; echo $x >&2; exit 7", "in", 5000);
		for (int i = 0; i < 3; i++) {
			dup2(saved[i], i);
			close(saved[i]);
		}
		CHECK(r == -1);
		CHECK(said("/bin/sh exited with 7 after # ms; output: in in"));
	}
	TEST("nothing of all this left a descriptor open")
	{
		int fd = dup(0);

		CHECK(fd < 10);
		close(fd);
	}
}

static void test_keeper(void)
{
	kept = true;
	TEST("with a keeper, success, failure and output are told as without")
	{
		CHECK(run_shell("read x; test $x = in", "in", 10000) == 0);
		CHECK(run_shell("echo out; exit 3", NULL, 10000) == -1);
		CHECK(said("/bin/sh exited with 3 after # ms; output: out"));
	}
	TEST("a program that kills its whole group has killed itself, and the keeper is no child left")
	{
		CHECK(run_shell("trap '' TERM; kill -TERM 0; exit 0", NULL, 10000) == 0);
		CHECK(run_shell("kill -KILL 0; sleep 60", NULL, 10000) == -1);
		CHECK(said("/bin/sh was killed by SIGKILL after # ms"));
		CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	}
	kept = false;
}

static void test_sentences(void)
{
	static const struct {
		const char *name, *script, *error;
	} sentences[] = {
		{ "a sentence of its own is the whole error", "echo 'no bus at x'; exit 1",
		  "no bus at x" },
		{ "without a sentence it is told what happened", "exit 1",
		  "/bin/sh exited with 1 after # ms" },
		{ "other statuses are no sentences", "echo x; exit 2",
		  "/bin/sh exited with 2 after # ms; output: x" },
	};

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		TEST(sentences[i].name) {
			const char *argv[] = { "sh", "-c", sentences[i].script, NULL };

			CHECK(run_this((struct run){ .path = SH,
						     .argv = argv,
						     .timeout_ms = 10000,
						     .speaks = true }) == -1);
			CHECK(said(sentences[i].error));
		}
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		TEST(cases[i].name)
		{
			CHECK(run_shell(cases[i].script, cases[i].input, 10000) == cases[i].want);
			if (cases[i].msg)
				CHECK(said(cases[i].msg));
		}
	test_input();
	test_output();
	test_start();
	test_late();
	test_keeper();
	test_surroundings();
	test_sentences();
	return test_done();
}
