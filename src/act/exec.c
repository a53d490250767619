/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole of `mcrun exec`, as the parent sees it; exec_init.c is the other side. The process is
 * an object that is killed and reaped unless it is kept, and that is the last line but the waiting.
 */
#include "act/exec.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act/attr.h"
#include "act/child.h"
#include "act/cred.h"
#include "act/exec_cgroup.h"
#include "act/exec_init.h"
#include "act/interrupt.h"
#include "act/launch.h"
#include "act/ns.h"
#include "act/receiver.h"
#include "act/relay.h"
#include "act/resctrl.h"
#include "base/fd.h"
#include "base/sys.h"
#include "base/trace.h"

enum { INIT_ENDS_MS = 200 };

/* ---- the container --------------------------------------------------------------------------- */

void exec_done(struct exec *e)
{
	autofd_close(&e->pidfd);
	state_dir_undo(&e->dir);
}

/* The words are those that containerd and CRI-O look for. */
static int refuse(const struct exec *e, struct error *err)
{
	if (e->status == STATUS_STOPPED)
		return err_set(err, 0, "cannot exec in a stopped container: container \"%s\": "
			       "container not running (no such process)", e->dir.id);
	if (e->status == STATUS_PAUSED)
		return err_set(err, 0, "cannot exec in a paused container: container \"%s\" "
			       "(--ignore-paused lets the process wait until it is resumed)",
			       e->dir.id);
	return err_set(err, 0, "cannot exec in container \"%s\": it is %s", e->dir.id,
		       status_name(e->status));
}

int exec_open(struct exec *e, const char *root, const char *id, struct arena *a, struct error *err)
{
	if (state_open(&e->dir, root, id, a, err) < 0 || !(e->state = state_read(&e->dir, a, err)))
		return -1;
	if (state_reach(&e->dir, e->state, &e->pidfd, err) < 0)
		return -1;
	e->status = state_status(&e->dir, e->state);
	if (e->pidfd < 0 || e->status == STATUS_CREATING || e->status == STATUS_STOPPED ||
	    (e->status == STATUS_PAUSED && !e->ignore_paused))
		return refuse(e, err);
	return state_config_read(&e->dir, a, &e->config, &e->config_len, err);
}

/* ---- the process ----------------------------------------------------------------------------- */

/* The words of exec, with what they are about. */
struct run {
	const struct exec *e;
	const struct plan *plan;
	const struct exec_options *options;
	struct arena *a;
	struct exec_init x;	/* what the process inherits */
	int terminal;		/* where the terminal's master comes from; and then */
	int master;		/* the master, in the foreground without a console socket; or -1 */
	int pidfd_socket;
	int stop;
	bool birth;		/* the process is born in the container's pid namespace */
	int refused;		/* the errno with which the cgroup did not take the process; 0 */
	bool move;		/* second try: into the cgroup by hand (child_is_stillborn) */
	bool beside_init;	/* second try: into init's own cgroup (exec_cgroup.h) */
	bool ask;		/* second try: systemd moves it, where the caller may not */
};

static int connect_terminal(struct run *r, struct error *err)
{
	const char *path = r->options->console_socket;
	int pair[2];

	if (!r->plan->process.terminal)
		return 0;
	if (path)
		return receiver_connect("console socket", path, r->stop, &r->x.in.console, err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, errno, "make a socket for the terminal");
	r->terminal = pair[0];
	r->x.in.console = pair[1];
	return 0;
}

/* Has init ended, or does it within so many ms? Then that is the reason for what failed. */
static int unless_ended(const struct exec *e, int ms, struct error *err)
{
	struct pollfd init = { .fd = e->pidfd, .events = POLLIN };

	if (err->code == EINTR || poll(&init, 1, ms) <= 0)
		return -1;
	return err_set(err, 0, "container \"%s\": container not running (no such process): its "
		       "init has ended meanwhile", e->dir.id);
}

/* Until its program runs, init is mcrun, and hides from all but root. */
static int refuse_stranger(const struct exec *e, struct error *err)
{
	if (e->status != STATUS_CREATED || (err->code != EACCES && err->code != EPERM))
		return -1;
	return err_set(err, 0, "cannot exec in container \"%s\": it is created and not started, "
		       "and in such a one only root may", e->dir.id);
}

static int look_at_container(struct run *r, struct error *err)
{
	struct exec_init *x = &r->x;

	x->container = r->e->pidfd;
	if (ns_other((pid_t)r->e->state->pid, &x->join, err) < 0) {
		refuse_stranger(r->e, err);
		return unless_ended(r->e, 0, err);
	}
	x->userns = x->join & CLONE_NEWUSER;
	/* The helper program that asks systemd is born behind it, and not in that pid namespace. */
	x->stage = x->userns || ((x->join & CLONE_NEWPID) && r->e->state->cgroup->unit &&
				 !ns_parent_comes_back());
	r->birth = !x->stage && (x->join & CLONE_NEWPID);
	if (r->birth)
		x->join &= ~(unsigned)CLONE_NEWPID;
	/* Who runs in its pid namespace must not trace the newborn; a stage hides by itself. */
	if ((sys_is_root() || !x->stage) && prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(err, errno, "hide from the container");
	return 0;
}

static int start(struct run *r, struct child *child, const struct cgroup *cg, struct error *err)
{
	autonsparent struct ns_parent old = NS_PARENT_INIT;
	int pair[2];
	bool moved;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, errno, "make the sync socket");
	child->sync.fd = pair[0];
	r->x.in.sync.fd = pair[1];

	autofd int childs_end = pair[1];
	bool later = cg->taken || cg->move || r->ask;

	if (r->birth && ns_parent_enter_pid(&old, r->e->pidfd, err) < 0)
		return -1;

	pid_t pid = child_clone(0, later ? -1 : cg->dir, SIGCHLD, &child->sync.pidfd, &moved);

	if (pid == 0)
		exec_init_main(r->plan, &r->x);
	if (pid < 0) {
		r->refused = (int)-pid;
		return cg->dir >= 0 ? cgroup_refused(cg, (int)-pid, err)
				    : err_set(err, (int)-pid, "make a process for the container");
	}
	child->pid = pid;
	if ((!moved || later) && !r->ask && cgroup_add(cg, pid, err) < 0) {
		r->refused = err->code;
		return -1;
	}
	return 0;
}

/* Not from start(): the helper program must not be born in the container's pid namespace. */
static int ask_systemd(const struct run *r, const struct child *child, struct error *err)
{
	return r->ask ? exec_cgroup_ask(r->e->state, r->plan, child->pid, r->a, err) : 0;
}

/* Where a stage stands between, it is our child until it has told us of the process. */
static int go(const struct run *r, struct child *child, struct error *err)
{
	bool moved;

	if (sync_say(&child->sync, SYNC_GO, 0, err) < 0)
		return -1;
	if (!r->x.stage)
		return 0;
	return child_meet(child, child->pid, &moved, err) < 0
		       ? -1
		       : sync_say(&child->sync, SYNC_GO, 0, err);
}

/* Its size and newlines are set before the program, which may look at it at once. */
static int take_terminal(struct run *r, struct error *err)
{
	char name[16];

	if (r->terminal < 0)
		return 0;

	ssize_t n = fd_recv(r->terminal, name, sizeof(name), &r->master);

	if (n <= 0)
		return err_set(err, (int)-n, "take the terminal");
	relay_terminal(r->master);
	return 0;
}

/*
 * Does the process wait, when it has set itself up, for what can be done for it only then? The
 * stage has to have made it, and a pidfd is of one that will run. Else KEPT lies ready.
 */
static bool waits_ready(const struct run *r)
{
	return r->x.stage || r->pidfd_socket >= 0 || plan_waits_ready(r->plan);
}

static int let_go(struct run *r, const struct child *child, struct error *err)
{
	if (attr_set(&r->plan->attr, child->pid, err) < 0 ||	/* scheduler, I/O priority */
	    cred_rlimits(&r->plan->process, child->pid, err) < 0 ||
	    take_terminal(r, err) < 0 ||
	    receiver_pass_pidfd(r->pidfd_socket, child->sync.pidfd, err) < 0)
		return -1;
	return sync_say(&child->sync, SYNC_KEPT, 0, err);
}

static int wait_program(const struct run *r, const struct child *child, struct error *err)
{
	struct plan_state state;
	struct launch launch = {
		.sync = &child->sync,
		.agent = {
			.path = r->plan->filter.listener_path,
			.process = { .state = &state,
				     .status = status_name(r->e->status),
				     .init = (int)r->e->state->pid,
				     .pid = (int)child->pid,
				     .metadata = r->plan->filter.listener_metadata },
		},
	};

	state_to_plan(r->e->state, r->a, &state);
	return launch_wait(&launch, r->a, err);
}

static int open_cgroup(const struct run *r, struct cgroup *cg, struct error *err)
{
	return r->beside_init ? exec_cgroup_beside_init(cg, r->e->state, r->a, err)
			      : exec_cgroup(cg, r->e->state, r->plan, r->a, err);
}

/*
 * Why the process does not come to run. The end of init, and so of its pid namespace, shows in many
 * ways, want of memory among them. Init's own end waits for that of the processes in it, and so for
 * us to reap ours.
 */
static int why_not(const struct run *r, struct child *child, const struct cgroup *cg,
		   struct error *err)
{
	bool gone = err->code == SYNC_GONE;

	child_why(child, cg, err);
	if (gone)
		child_undo(child);
	return unless_ended(r->e, gone ? INIT_ENDS_MS : 0, err);
}

static int make_process(struct run *r, struct child *out, struct error *err)
{
	const struct plan *plan = r->plan;
	const bool ahead = !waits_ready(r);
	autocgroup struct cgroup cg = { .dir = -1, .keep = true }; /* nothing of it is ours */
	autochild struct child child = CHILD_INIT;	/* killed and reaped unless kept */

	child.what = "the process";
	child.sync.stop = r->stop;
	if (open_cgroup(r, &cg, err) < 0)
		return -1;
	cg.move = r->move;
	child.oom_kills = cgroup_oom_kills(&cg);
	if (start(r, &child, &cg, err) < 0 ||			/* clone3 into the cgroup */
	    ask_systemd(r, &child, err) < 0 ||			/* or moved into it */
	    cred_oom_score(&plan->process, child.pid, err) < 0 ||
	    resctrl_join(r->e->state->rdt, child.pid, err) < 0 ||
	    go(r, &child, err) < 0 ||
	    (ahead && let_go(r, &child, err) < 0) ||
	    sync_expect(&child.sync, SYNC_READY, NULL, err) < 0 ||
	    (!ahead && let_go(r, &child, err) < 0) ||
	    wait_program(r, &child, err) < 0 ||			/* EXEC, and end-of-file */
	    pid_file_write(r->options->pid_file, child.pid, err) < 0) {
		r->move = !cg.move && child_is_stillborn(&child, &cg, err);
		return why_not(r, &child, &cg, err);
	}
	out->pid = child.pid;
	out->sync.pidfd = take_fd(&child.sync.pidfd);
	child.keep = true;
	return 0;
}

/* Is there another way, and which? Each is tried once. */
static bool again(struct run *r)
{
	if (r->refused == EBUSY && !r->beside_init && exec_cgroup_is_own(r->e->state, r->plan))
		return r->beside_init = true;
	if ((r->refused == EACCES || r->refused == EPERM) && !r->ask && r->e->state->cgroup->unit)
		return r->ask = true;
	return r->move;
}

static int exec_process(struct run *r, struct child *out, struct error *err)
{
	if (make_process(r, out, err) == 0)
		return 0;
	return again(r) ? make_process(r, out, err) : -1;
}

static int run(struct run *r, struct child *child, struct error *err)
{
	autointerrupt struct interrupt stop = INTERRUPT_INIT;

	if (interrupt_watch(&stop, err) < 0)
		return -1;
	r->stop = stop.fd;
	if (attr_cpus(r->plan->attr.exec_cpu_initial, "initial", r->a, err) < 0 ||
	    connect_terminal(r, err) < 0 ||
	    receiver_connect("pidfd socket", r->options->pidfd_socket, r->stop, &r->pidfd_socket,
			     err) < 0 ||
	    look_at_container(r, err) < 0 ||
	    exec_process(r, child, err) < 0)
		return -1;
	stop.pass_on = !r->options->detach; /* to the program */
	return 0;
}

int act_exec(const struct exec *e, const struct plan *plan, const struct exec_options *options,
	     struct arena *a, struct error *err)
{
	autochild struct child child = { .pid = -1, .sync = SYNC_INIT, .keep = true };
	autofd int signals = options->detach ? -1 : relay_watch(err);
	struct run r = { .e = e,
			 .plan = plan,
			 .options = options,
			 .a = a,
			 .x = EXEC_INIT_INIT,
			 .terminal = -1,
			 .master = -1,
			 .pidfd_socket = -1 };

	trace_span("exec");
	prctl(PR_SET_NAME, "mcrun:[parent]");
	sys_note_signals();
	if (!options->detach && signals < 0)
		return -1;
	r.x.in.a = a;

	int status = run(&r, &child, err);

	autofd_close(&r.x.in.console);
	autofd_close(&r.terminal);
	autofd_close(&r.pidfd_socket);
	if (status == 0 && !options->detach)
		status = relay(&(struct relay_ends){ child.pid, child.sync.pidfd, signals,
						     r.master, -1 },
			       err);
	autofd_close(&r.master);
	return status;
}
