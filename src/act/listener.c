/* SPDX-License-Identifier: Apache-2.0 */
/* Hands the listener of a seccomp filter over; what the filter does is not known here. */
#include "act/listener.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

enum {
	STACK_SIZE = 256 << 10,
	LOOK_EVERY_NS = 200000,	/* whether the filter is loaded, if the first thread cannot say */
	AGENT_SECONDS = 5,
};

static uint32_t look(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void set(uint32_t *word)
{
	__atomic_store_n(word, 1, __ATOMIC_RELEASE);
}

static void sleep_on(uint32_t *word, const struct timespec *limit)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, limit, NULL, 0);
}

static void wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* The second thread. The first one is in seccomp(2), or waits in listener_give(). */
static int talk(void *arg)
{
	const struct timespec limit = { .tv_nsec = LOOK_EVERY_NS };
	struct listener *l = arg;
	struct error err;

	while (!look(&l->loaded))
		sleep_on(&l->loaded, l->sleeps ? NULL : &limit);
	if (sync_say_fd(l->sync, SYNC_LISTENER, 0, l->fd, &err) < 0 ||
	    sync_expect(l->sync, SYNC_TAKEN, NULL, &err) < 0)
		_exit(1); /* both threads: nobody would answer the program */
	set(&l->taken);
	wake(&l->taken);
	syscall(SYS_exit, 0); /* this thread alone */
	return 0;
}

enum { THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM };

int listener_begin(struct listener *l, const struct plan_filter *filter, const struct sync *sync,
		   struct error *err)
{
	*l = (struct listener){ .sync = sync, .sleeps = filter->lets_futex, .fd = -1 };
	if (!filter->listener_path)
		return 0;

	/* libc's own threads are not for a process cloned by hand. execve takes this one away. */
	char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED || clone(talk, stack + STACK_SIZE, THREAD, l) < 0) {
		err_set(err, errno, "make a thread that hands the filter's listener over");
		return err_at(err, "/linux/seccomp/listenerPath");
	}
	return 0;
}

void listener_give(struct listener *l, int fd)
{
	l->fd = fd;
	set(&l->loaded);
	if (l->sleeps)
		wake(&l->loaded);
	while (!look(&l->taken))
		if (l->sleeps)
			sleep_on(&l->taken, NULL);
}

int listener_pass(const struct listener_call *call, int fd, struct arena *a, struct error *err)
{
	const char *text = plan_process_state_json(a, &call->process);
	autofd int agent = fd_connect(call->path, AGENT_SECONDS, -1);
	int r = agent < 0 ? agent : fd_send(agent, text, strlen(text), fd);

	if (r == 0)
		return 0;
	if (r == -EAGAIN)
		err_set(err, 0, "the seccomp agent at %s took nothing for %d seconds", call->path,
			AGENT_SECONDS);
	else
		err_set(err, -r, "hand the listener to the seccomp agent at %s", call->path);
	return err_at(err, "/linux/seccomp/listenerPath");
}
