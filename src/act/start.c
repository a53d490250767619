/* SPDX-License-Identifier: Apache-2.0 */
/* `mcrun start` and the socket on which the waiting init hears of it: both ends. See start.h. */
#include "act/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "act/cgroup.h"
#include "act/child.h"
#include "act/hooks.h"
#include "act/interrupt.h"
#include "act/launch.h"
#include "act/notify.h"
#include "act/program.h"
#include "act/state.h"
#include "act/stop.h"
#include "base/fd.h"
#include "base/trace.h"

/* Through the folder's descriptor, as its path may be longer than a socket address can be. */
static struct sockaddr_un address(int dir)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(un.sun_path, sizeof(un.sun_path), "/proc/self/fd/%d/start.sock", dir);
	return un;
}

static int connect_to(int dir)
{
	autofd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un to = address(dir);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return take_fd(&fd);
}

bool start_has_socket(const char *path)
{
	char file[PATH_MAX];
	int n = snprintf(file, sizeof(file), "%s/start.sock", path);

	return n > 0 && (size_t)n < sizeof(file) && access(file, F_OK) == 0;
}

/* ---- create's and init's end ----------------------------------------------------------------- */

int start_bind(int dir, const char *path, struct error *err)
{
	autofd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un at = address(dir);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 8) < 0)
		return err_set(err, errno, "make the socket %s/start.sock", path);
	return take_fd(&fd);
}

int start_wait(struct init *in, struct error *err)
{
	for (;;) {
		struct error ignored;

		in->sync.fd = accept4(in->listener, NULL, NULL, SOCK_CLOEXEC);
		if (in->sync.fd < 0 && errno != EINTR && errno != ECONNABORTED)
			return err_set(err, errno, "wait for start");
		if (in->sync.fd >= 0 && sync_expect(&in->sync, SYNC_GO, NULL, &ignored) == 0)
			break;
		autofd_close(&in->sync.fd); /* a probe, or a start that died before GO */
	}
	autofd_close(&in->listener);
	return 0;
}

/* ---- start's end ----------------------------------------------------------------------------- */

struct start {
	struct state_dir *dir;
	const struct state *state;
	struct sync sync;
	int notify;	/* where the program says that it is ready; -1: nobody waits for that */
	bool ended;	/* init, by us */
	struct container *made;	/* by us, a moment ago: it is the same socket as before; or NULL */
};

static int not_created(const struct start *s, struct error *err)
{
	enum status status = state_status(s->dir, s->state);

	if (status == STATUS_CREATED)
		return err_set(err, 0, "container \"%s\" does not answer", s->dir->id);
	return err_set(err, 0, "cannot start container \"%s\": it is %s, not created", s->dir->id,
		       status_name(status));
}

static int reach_init(struct start *s, struct error *err)
{
	const struct state_cgroup *cg = s->state->cgroup;

	if (s->made)
		return 0;
	if (state_reach(s->dir, s->state, &s->sync.pidfd, err) < 0)
		return -1;
	/* A frozen init would take the connection and not answer. */
	if (s->sync.pidfd < 0 || !s->state->complete || cgroup_is_frozen(cg->mount, cg->path))
		return not_created(s, err);
	s->sync.fd = connect_to(s->dir->fd);
	return s->sync.fd < 0 ? not_created(s, err) : 0;
}

/*
 * `run` is asked to end as create is, for as long as init may still hang in a path of the rootfs.
 * What comes when the program runs is the relay's.
 */
static int expect_program(struct start *s, struct arena *a, struct error *err)
{
	struct plan_state state;
	struct launch launch = {
		.sync = &s->sync,
		.agent = {
			.path = s->state->listener_path,
			.process = { .state = &state,
				     .status = status_name(STATUS_CREATED),
				     .init = (int)s->state->pid,
				     .pid = (int)s->state->pid,
				     .metadata = s->state->listener_metadata },
		},
	};

	state_to_plan(s->state, a, &state);

	int r = launch_wait(&launch, a, err);

	s->sync.stop = -1;
	s->ended = launch.ended;
	if (s->made) {
		s->made->stop.pass_on = r == 0;
		interrupt_done(&s->made->stop);
	}
	return r;
}

static int why_not(const struct start *s, struct error *err)
{
	autocgroup struct cgroup cg = { .dir = -1 };
	struct child init = CHILD_INIT;
	struct error ignored;

	if (err->code != SYNC_GONE)
		return -1;
	cgroup_open(&cg, s->state->cgroup->mount, s->state->cgroup->path, &ignored);
	if (s->made) { /* it is our child */
		init.pid = (pid_t)s->state->pid;
		return child_why(&init, &cg, err);
	}
	if (cgroup_oom_kills(&cg) > 0)
		return child_starved(init.what, err);
	return err_set(err, 0, "the container's init ended before it could run the program");
}

static int run_poststart(const struct start *s, struct arena *a, struct error *err)
{
	struct plan_hooks hooks;
	struct plan_state state;

	state_hooks(s->state, a, &hooks);
	state_to_plan(s->state, a, &state);
	return hooks_run(&hooks, HOOK_POSTSTART,
			 &(struct hook_call){ .state = &state,
					      .pid = (pid_t)s->state->pid,
					      .cwd = state.bundle,
					      .stop = -1 },
			 a, err);
}

/* A failed hook destroys the container; its own failure to do so adds nothing to the error. */
static int destroy(const struct start *s, struct arena *a)
{
	struct error ignored;

	if (state_lock(s->dir, &ignored) == 0)
		stop_destroy(s->dir, s->state, a, &ignored);
	return -1;
}

static bool has_go(const struct start *s)
{
	return s->made && s->made->going;
}

static int start_container(struct start *s, struct arena *a, struct error *err)
{
	if (!s->state->has_process)
		return err_set(err, 0, "config.json of container \"%s\" has no process to start",
			       s->dir->id);
	if (reach_init(s, err) < 0)
		return -1;
	s->notify = notify_listen(s->dir->fd);
	if ((!has_go(s) && sync_say(&s->sync, SYNC_GO, 0, err) < 0) ||
	    expect_program(s, a, err) < 0) {
		/*
		 * A program that could not be executed leaves a stopped container and its status.
		 */
		bool program = err->code == PROGRAM_MISSING || err->code == PROGRAM_REFUSED;

		why_not(s, err);
		return program || s->ended ? -1 : destroy(s, a);
	}
	if (!s->made)
		unlinkat(s->dir->fd, "start.sock", 0);
	state_unlock(s->dir); /* a hook may take its time, and may call mcrun itself */
	return run_poststart(s, a, err) < 0 ? destroy(s, a) : 0;
}

static int start_and_notify(struct start *s, int *out_notify, struct arena *a, struct error *err)
{
	int r = start_container(s, a, err);

	if (r == 0 && out_notify)
		*out_notify = take_fd(&s->notify);
	else if (r == 0)
		notify_wait(s->notify, s->sync.pidfd, (pid_t)s->state->pid);
	autofd_close(&s->notify);
	return r;
}

int act_start(const char *root, const char *id, int *out_notify, struct arena *a,
	      struct error *err)
{
	autostate struct state_dir dir = STATE_DIR_INIT;
	struct start s = { .dir = &dir, .sync = SYNC_INIT, .notify = -1 };

	trace_span("start");
	if (state_open(&dir, root, id, a, err) < 0 || state_lock(&dir, err) < 0)
		return -1;
	s.state = state_read(&dir, a, err);

	int r = s.state ? start_and_notify(&s, out_notify, a, err) : -1;

	autofd_close(&s.sync.fd);
	autofd_close(&s.sync.pidfd);
	return r;
}

int act_start_made(struct container *c, int *out_notify, struct arena *a, struct error *err)
{
	struct start s = { .dir = &c->dir, .state = c->state, .sync = c->sync, .notify = -1,
			   .made = c };

	trace_span("start");
	return start_and_notify(&s, out_notify, a, err);
}
