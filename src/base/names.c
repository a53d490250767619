/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of names. Pure: the plan layer links this file, so it asks neither the kernel nor
 * libcap, whose look-ups take other spellings too and depend on the running kernel.
 */
#include "base/names.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/str.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* Names in their place, since pointers would be written to before main (relocation). */
struct number_name {
	int number;
	char name[20];
};

static const char *name_of(const struct number_name *table, size_t n, int number)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].number == number)
			return table[i].name;
	return NULL;
}

/* Where two names share a number, the first is the one that is shown. */
static const struct number_name signals[] = {
	{ SIGHUP, "SIGHUP" },       { SIGINT, "SIGINT" },       { SIGQUIT, "SIGQUIT" },
	{ SIGILL, "SIGILL" },       { SIGTRAP, "SIGTRAP" },     { SIGABRT, "SIGABRT" },
	{ SIGIOT, "SIGIOT" },       { SIGBUS, "SIGBUS" },       { SIGFPE, "SIGFPE" },
	{ SIGKILL, "SIGKILL" },     { SIGUSR1, "SIGUSR1" },     { SIGSEGV, "SIGSEGV" },
	{ SIGUSR2, "SIGUSR2" },     { SIGPIPE, "SIGPIPE" },     { SIGALRM, "SIGALRM" },
	{ SIGTERM, "SIGTERM" },
#ifdef SIGSTKFLT
	{ SIGSTKFLT, "SIGSTKFLT" },
#endif
	{ SIGCHLD, "SIGCHLD" },     { SIGCHLD, "SIGCLD" },      { SIGCONT, "SIGCONT" },
	{ SIGSTOP, "SIGSTOP" },     { SIGTSTP, "SIGTSTP" },     { SIGTTIN, "SIGTTIN" },
	{ SIGTTOU, "SIGTTOU" },     { SIGURG, "SIGURG" },       { SIGXCPU, "SIGXCPU" },
	{ SIGXFSZ, "SIGXFSZ" },     { SIGVTALRM, "SIGVTALRM" }, { SIGPROF, "SIGPROF" },
	{ SIGWINCH, "SIGWINCH" },   { SIGIO, "SIGIO" },         { SIGIO, "SIGPOLL" },
	{ SIGPWR, "SIGPWR" },       { SIGSYS, "SIGSYS" },
};

/*
 * Real-time signals as kill(1), systemd and the engines count them. Not SIGRTMIN: that is a
 * question to libc, and another one would answer 35.
 */
enum { RT_MIN = 34, RT_MAX = 64, RT_MIDDLE = 49 };

/* "RTMIN", "RTMIN+3", "RTMAX-1", without "SIG". */
static int realtime_number(const char *name)
{
	bool from_max = strncasecmp(name, "RTMAX", 5) == 0;
	uint64_t steps = 0;

	if (!from_max && strncasecmp(name, "RTMIN", 5) != 0)
		return -1;
	name += 5;
	if (*name &&
	    (*name != (from_max ? '-' : '+') || str_to_u64(name + 1, RT_MAX - RT_MIN, &steps) < 0))
		return -1;
	return from_max ? RT_MAX - (int)steps : RT_MIN + (int)steps;
}

int signal_number(const char *name)
{
	uint64_t number;

	if (str_to_u64(name, RT_MAX, &number) == 0)
		return (int)number;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (size_t i = 0; i < COUNT(signals); i++)
		if (strcasecmp(signals[i].name + 3, name) == 0)
			return signals[i].number;
	return realtime_number(name);
}

const char *signal_name(int number)
{
	static char name[16];

	if (number < RT_MIN || number > RT_MAX)
		return name_of(signals, COUNT(signals), number);
	if (number == RT_MIN || number == RT_MAX)
		return number == RT_MIN ? "SIGRTMIN" : "SIGRTMAX";
	if (number <= RT_MIDDLE)
		snprintf(name, sizeof(name), "SIGRTMIN+%d", number - RT_MIN);
	else
		snprintf(name, sizeof(name), "SIGRTMAX-%d", RT_MAX - number);
	return name;
}

static const struct number_name rlimits[] = {
	{ RLIMIT_AS, "RLIMIT_AS" },
	{ RLIMIT_CORE, "RLIMIT_CORE" },
	{ RLIMIT_CPU, "RLIMIT_CPU" },
	{ RLIMIT_DATA, "RLIMIT_DATA" },
	{ RLIMIT_FSIZE, "RLIMIT_FSIZE" },
	{ RLIMIT_LOCKS, "RLIMIT_LOCKS" },
	{ RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK" },
	{ RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE" },
	{ RLIMIT_NICE, "RLIMIT_NICE" },
	{ RLIMIT_NOFILE, "RLIMIT_NOFILE" },
	{ RLIMIT_NPROC, "RLIMIT_NPROC" },
	{ RLIMIT_RSS, "RLIMIT_RSS" },
	{ RLIMIT_RTPRIO, "RLIMIT_RTPRIO" },
	{ RLIMIT_RTTIME, "RLIMIT_RTTIME" },
	{ RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING" },
	{ RLIMIT_STACK, "RLIMIT_STACK" },
};

int rlimit_number(const char *name)
{
	for (size_t i = 0; i < COUNT(rlimits); i++)
		if (streq(rlimits[i].name, name))
			return rlimits[i].number;
	return -1;
}

const char *rlimit_name(int number)
{
	return name_of(rlimits, COUNT(rlimits), number);
}

/* In the order of their numbers. */
static const char capabilities[][24] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

int capability_number(const char *name)
{
	for (size_t i = 0; i < COUNT(capabilities); i++)
		if (streq(capabilities[i], name))
			return (int)i;
	return -1;
}

const char *capability_name(int number)
{
	return number >= 0 && (size_t)number < COUNT(capabilities) ? capabilities[number] : NULL;
}

const struct ns_name ns_names[] = {
	{ "pid", "pid", CLONE_NEWPID },          { "network", "net", CLONE_NEWNET },
	{ "mount", "mnt", CLONE_NEWNS },         { "ipc", "ipc", CLONE_NEWIPC },
	{ "uts", "uts", CLONE_NEWUTS },          { "user", "user", CLONE_NEWUSER },
	{ "cgroup", "cgroup", CLONE_NEWCGROUP }, { "time", "time", CLONE_NEWTIME },
};
const size_t n_ns_names = COUNT(ns_names);

const struct ns_name *ns_by_name(const char *name)
{
	for (size_t i = 0; i < n_ns_names; i++)
		if (streq(ns_names[i].name, name))
			return &ns_names[i];
	return NULL;
}

const struct ns_name *ns_by_flag(int flag)
{
	for (size_t i = 0; i < n_ns_names; i++)
		if (ns_names[i].flag == flag)
			return &ns_names[i];
	return NULL;
}
