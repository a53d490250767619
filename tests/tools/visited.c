/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visited FILE PROGRAM [ARGUMENT...]: runs the program step by step, and whatever it clones, each
 * until it executes another program, and writes to FILE what of the program's own text was
 * executed: a line "PROCESS OFFSET" for each of its 16 bytes, when they come up for the first time.
 * PROCESS is 0 for the program itself and counts on; OFFSET is hexadecimal, from where the file
 * begins. Ends as the program does; what that leaves behind goes on by itself.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 32
#define GRAIN 16             /* bytes */
#define GRAINS (1024 * 1024) /* of a text of 16 MB */

static struct process {
	pid_t pid; /* 0 when it is not watched any more */
	unsigned char seen[GRAINS];
} processes[PROCESSES];
static int known;

static unsigned long text, text_end; /* where the program's file lies in all of them */
static FILE *out;

static void die(const char *what)
{
	perror(what);
	exit(99);
}

/* A clone's maps are those of the process that made it. */
static void find_text(pid_t pid)
{
	char path[64], exe[4096], line[8192];
	ssize_t len;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	len = readlink(path, exe, sizeof(exe) - 1);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	if (len < 0 || !maps)
		die(path);
	exe[len] = '\0';
	while (fgets(line, sizeof(line), maps)) {
		unsigned long from, to;

		if (!strstr(line, exe) || sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		if (!text)
			text = from;
		text_end = to;
	}
	fclose(maps);
}

static struct process *find(pid_t pid)
{
	for (int i = 0; i < known; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	if (known == PROCESSES) {
		errno = E2BIG;
		die("processes");
	}
	processes[known].pid = pid;
	return &processes[known++];
}

/* Where it is after a step. */
static unsigned long counter(pid_t pid)
{
	siginfo_t info;

	if (ptrace(PTRACE_GETSIGINFO, pid, NULL, &info))
		return 0; /* it was killed meanwhile, which wait tells */
	return (unsigned long)info.si_addr;
}

static void visit(struct process *p)
{
	unsigned long at = counter(p->pid), grain = (at - text) / GRAIN;

	if (at < text || at >= text_end || grain >= GRAINS || p->seen[grain])
		return;
	p->seen[grain] = 1;
	fprintf(out, "%d %lx\n", (int)(p - processes), at - text);
}

/* After a stop with this wait status. */
static void go_on(pid_t pid, int status)
{
	struct process *p = find(pid);
	int event = status >> 16, signal = WSTOPSIG(status);

	if (event == PTRACE_EVENT_EXEC) {
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
		p->pid = 0;
		return;
	}
	if (event || signal == SIGTRAP || signal == SIGSTOP)
		signal = 0;
	visit(p);
	ptrace(PTRACE_SINGLESTEP, pid, NULL, (void *)(intptr_t)signal);
}

/* Without steps: one that is left alone with them dies of SIGTRAP. */
static void let_go(pid_t pid)
{
	int status;

	kill(pid, SIGSTOP);
	while (waitpid(pid, &status, __WALL) > 0 && WIFSTOPPED(status)) {
		if (WSTOPSIG(status) == SIGSTOP) {
			ptrace(PTRACE_DETACH, pid, NULL, NULL);
			return;
		}
		ptrace(PTRACE_CONT, pid, NULL, NULL);
	}
}

int main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	int status;
	pid_t child, pid;

	if (argc < 3 || !(out = fopen(argv[1], "we")))
		die("usage: visited FILE PROGRAM [ARGUMENT...]");
	child = fork();
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[2], argv + 2);
		die(argv[2]);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
		die("fork");
	find_text(child);
	find(child);
	ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(options | PTRACE_O_TRACEEXEC));
	ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0)
			die("waitpid");
		if (WIFSTOPPED(status)) {
			go_on(pid, status);
			continue;
		}
		find(pid)->pid = 0;
		if (pid == child)
			break;
	}
	for (int i = 0; i < known; i++)
		if (processes[i].pid)
			let_go(processes[i].pid);
	if (fclose(out))
		die(argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
