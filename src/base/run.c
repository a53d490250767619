/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One helper program from fork to the sentence about its end. It may be hostile or hang: nothing
 * here waits without a deadline and stop_fd, except for a process that was sent SIGKILL. Must not
 * know what the program is for.
 */
#include "base/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/keeper.h"
#include "base/names.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/tail.h"

enum {
	DRAIN_READS = 64, /* of TAIL_SIZE, after the end: a grandchild may write for ever */
	EXIT_NO_EXEC = 127,
};

/*
 * A run under way. The parent keeps both ends of each pipe: with a reader left, writing to a
 * program that does not read cannot raise SIGPIPE, and with a writer left, poll(2) does not spin
 * on an output that was closed. The end is told by the pidfd, never by a pipe.
 */
struct job {
	const struct run *run;
	pid_t parent;
	pid_t pid;
	struct keeper keeper;
	int pidfd;
	int input[2], output[2];
	int failure[2]; /* carries struct failure when the program was not executed */
	int64_t start_ms;
	size_t n_written; /* of run->input */
	struct tail tail;
};

/* The child's steps, for the parent's sentence. */
enum step { STEP_STDIO, STEP_CLOSE, STEP_CWD, STEP_EXEC };

struct failure {
	enum step step;
	int code;
};

enum ending { ENDED, TIMED_OUT, STOPPED };

static void job_close(struct job *job)
{
	for (int i = 0; i < 2; i++) {
		autofd_close(&job->input[i]);
		autofd_close(&job->output[i]);
		autofd_close(&job->failure[i]);
	}
	autofd_close(&job->pidfd);
	keeper_end(&job->keeper);
}

/* The number of its process group; 0 is its own, as setpgid(2) has it. */
static pid_t job_group(const struct job *job)
{
	return job->keeper.pid > 0 ? job->keeper.pid : job->pid;
}

/* Moves the pipes to 0, 1 and 2, also when the caller had those closed and a pipe got one. */
static int child_stdio(const struct job *job)
{
	static const int kept[] = { -1, -1 };
	const int *to = job->run->streams ? job->run->streams : kept;
	int in = fcntl(job->input[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int out = fcntl(job->output[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (in < 0 || out < 0)
		return -1;
	if (dup2(in, STDIN_FILENO) < 0 || dup2(to[0] < 0 ? out : to[0], STDOUT_FILENO) < 0 ||
	    dup2(to[1] < 0 ? out : to[1], STDERR_FILENO) < 0)
		return -1;
	return 0;
}

static _Noreturn void child_fail(int fd, enum step step, int code)
{
	const struct failure failure = { .step = step, .code = code };

	(void)write_all(fd, &failure, sizeof(failure));
	_exit(EXIT_NO_EXEC);
}

/*
 * A caller that is killed takes the program along. A change of credentials clears this, so it is
 * the last thing; and the caller may have died before.
 */
static void child_die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_NO_EXEC);
}

static _Noreturn void child_main(const struct job *job)
{
	static const char *const no_environment[] = { NULL };
	const struct run *run = job->run;
	const char *const *envp = run->envp ? run->envp : no_environment;
	int fail = fcntl(job->failure[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	setpgid(0, job_group(job));
	sys_reset_signals();
	if (fail < 0 || child_stdio(job) < 0)
		child_fail(fail, STEP_STDIO, errno);

	/* Not closed yet: before_exec may need one of them. */
	int r = cloexec_from(STDERR_FILENO + 1);

	if (r < 0)
		child_fail(fail, STEP_CLOSE, -r);
	if (run->cwd && chdir(run->cwd) < 0)
		child_fail(fail, STEP_CWD, errno);
	if (run->before_exec)
		run->before_exec(run->arg);
	child_die_with(job->parent);
	execve(run->path, (char *const *)(uintptr_t)run->argv, (char *const *)(uintptr_t)envp);
	child_fail(fail, STEP_EXEC, errno);
}

/* SIGKILL for the whole group, and for a program that left it. Not reaped yet: the pid is ours. */
static void job_kill(const struct job *job)
{
	kill(-job_group(job), SIGKILL);
	kill(job->pid, SIGKILL);
}

static int job_start(struct job *job, struct error *err)
{
	const char *path = job->run->path;

	if (pipe2(job->input, O_CLOEXEC) < 0 || pipe2(job->output, O_CLOEXEC) < 0 ||
	    pipe2(job->failure, O_CLOEXEC) < 0 || fcntl(job->input[1], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(job->output[0], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(job->failure[0], F_SETFL, O_NONBLOCK) < 0)
		return err_set(err, errno, "make pipes for %s", path);

	int r = job->run->kept ? keeper_start(&job->keeper) : 0;

	if (r < 0)
		return err_set(err, -r, "fork for %s", path);
	job->start_ms = sys_now_ms();
	job->parent = getpid();
	job->pid = fork();
	if (job->pid < 0)
		return err_set(err, errno, "fork for %s", path);
	if (job->pid == 0)
		child_main(job);

	/* In both processes, so that the group exists before either relies on it. */
	setpgid(job->pid, job_group(job));
	job->pidfd = sys_pidfd_open(job->pid, 0);
	if (job->pidfd < 0) {
		job_kill(job);
		waitpid(job->pid, NULL, 0);
		return err_set(err, -job->pidfd, "open a pidfd of %s", path);
	}
	return 0;
}

/* Writes what fits, and closes the input when that was all or the program cannot get more. */
static void job_feed(struct job *job)
{
	const char *rest = job->run->input ? job->run->input + job->n_written : "";
	size_t len = strlen(rest);
	ssize_t n = len ? write(job->input[1], rest, len) : 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		job->n_written += (size_t)n;
	if (n < 0 || (size_t)n == len)
		autofd_close(&job->input[1]);
}

/* Room is a power of two, so that the length alone says when it is full. */
static void keep_output(struct run_output *out, const char *part, size_t len)
{
	size_t room = TAIL_SIZE;

	if (!out || out->len + len > RUN_OUTPUT_MAX)
		return;
	while (room <= out->len)
		room *= 2;
	if (!out->text || out->len + len >= room) {
		while (room <= out->len + len)
			room *= 2;

		char *text = arena_alloc(out->a, room, 1);

		memcpy(text, out->text ? out->text : "", out->len);
		out->text = text;
	}
	memcpy(out->text + out->len, part, len);
	out->len += len;
	out->text[out->len] = '\0';
}

/* Reads once and keeps the end of what was said so far. False when there was nothing. */
static bool job_listen(struct job *job)
{
	char part[TAIL_SIZE];
	ssize_t n = read(job->output[0], part, sizeof(part));

	if (n <= 0)
		return n < 0 && errno == EINTR;

	keep_output(job->run->output, part, (size_t)n);
	tail_add(&job->tail, part, (size_t)n);
	return true;
}

/* For poll(2): milliseconds, -1 for ever. */
static int time_left(const struct job *job)
{
	int64_t gone = sys_now_ms() - job->start_ms, limit = job->run->timeout_ms;

	if (limit == 0)
		return -1;
	if (gone >= limit)
		return 0;
	return limit - gone > INT_MAX ? INT_MAX : (int)(limit - gone);
}

/*
 * Feeds and listens until the program ends, its time is up or the caller wants it stopped: an
 * enum ending, or -errno.
 */
static int job_watch(struct job *job, int stop_fd)
{
	enum { EXIT, STOP, INPUT, OUTPUT };

	for (;;) {
		struct pollfd on[] = {
			[EXIT] = { .fd = job->pidfd, .events = POLLIN },
			[STOP] = { .fd = stop_fd, .events = POLLIN },
			[INPUT] = { .fd = job->input[1], .events = POLLOUT },
			[OUTPUT] = { .fd = job->output[0], .events = POLLIN },
		};

		if (poll(on, COUNT(on), time_left(job)) < 0 && errno != EINTR)
			return -errno;
		if (on[EXIT].revents)
			return ENDED;
		if (on[STOP].revents)
			return STOPPED;
		if (time_left(job) == 0)
			return TIMED_OUT;
		if (on[INPUT].revents)
			job_feed(job);
		if (on[OUTPUT].revents)
			job_listen(job);
	}
}

static int job_reap(const struct job *job, siginfo_t *out)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)job->pid, &info, WEXITED) < 0)
		if (errno != EINTR)
			return -errno;
	*out = info;
	return 0;
}

/* Why the program never ran. 0 when it did. */
static int report_failure(const struct job *job, struct error *err)
{
	const struct run *run = job->run;
	struct failure failure;

	if (read(job->failure[0], &failure, sizeof(failure)) != sizeof(failure))
		return 0;
	if (failure.step == STEP_CWD)
		return err_set(err, failure.code, "enter %s to execute %s", run->cwd, run->path);
	if (failure.step == STEP_EXEC)
		return err_set(err, failure.code, "execute %s", run->path);
	return err_set(err, failure.code, "set up the descriptors of %s", run->path);
}

/* "exited with 3 after 12 ms" */
static void ending_text(const siginfo_t *info, int64_t ms, char *out, size_t size)
{
	const char *name = info->si_code == CLD_EXITED ? NULL : signal_name(info->si_status);
	int n;

	if (info->si_code == CLD_EXITED)
		n = snprintf(out, size, "exited with %d after %llu ms", info->si_status,
			     (unsigned long long)ms);
	else if (name)
		n = snprintf(out, size, "was killed by %s after %llu ms", name,
			     (unsigned long long)ms);
	else
		n = snprintf(out, size, "was killed by signal %d after %llu ms", info->si_status,
			     (unsigned long long)ms);
	if (n < 0)
		out[0] = '\0';
}

static int report(struct job *job, enum ending ending, const siginfo_t *info, struct error *err)
{
	char how[96] = "was stopped by a signal to its caller";
	const char *tail = tail_line(&job->tail);

	int exited = ending == ENDED && info->si_code == CLD_EXITED ? info->si_status : -1;

	if (ending == ENDED && report_failure(job, err) < 0)
		return -1;
	if (exited == 0)
		return 0;
	if (exited == 1 && job->run->speaks && *tail)
		return err_set(err, 0, "%s", tail);

	if (ending == ENDED)
		ending_text(info, sys_now_ms() - job->start_ms, how, sizeof(how));
	else if (ending == TIMED_OUT)
		snprintf(how, sizeof(how), "timed out after %u ms and was killed",
			 job->run->timeout_ms);
	err_set(err, 0, "%s %s%s%s%s", job->run->path, how, *tail ? "; output: " : "",
		job->tail.cut ? "..." : "", tail);
	if (ending != ENDED)
		err->code = ending == STOPPED ? EINTR : ETIMEDOUT;
	return -1;
}

int run_program(const struct run *run, int stop_fd, struct error *err)
{
	__attribute__((cleanup(job_close))) struct job job = {
		.run = run,
		.pidfd = -1,
		.keeper = KEEPER_INIT,
		.input = { -1, -1 },
		.output = { -1, -1 },
		.failure = { -1, -1 },
	};
	siginfo_t info = { 0 };

	if (job_start(&job, err) < 0)
		return -1;

	int ending = job_watch(&job, stop_fd);

	if (ending != ENDED)
		job_kill(&job);

	int r = job_reap(&job, &info);

	if (ending < 0 || r < 0)
		return err_set(err, ending < 0 ? -ending : -r, "wait for %s", run->path);
	for (int i = 0; i < DRAIN_READS && job_listen(&job); i++)
		;
	return report(&job, (enum ending)ending, &info, err);
}
