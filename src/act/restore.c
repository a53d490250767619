/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole of `mcrun restore`, told as create.c is: every resource undoes itself unless it is
 * kept. In place of an init of ours, CRIU makes the processes, as children of this one; it stands
 * still and asks at the turns of `notify`, below.
 */
#include "act/restore.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act/cgroup.h"
#include "act/cgroup_dir.h"
#include "act/children.h"
#include "act/criu_container.h"
#include "act/devfilter.h"
#include "act/hooks.h"
#include "act/interrupt.h"
#include "act/notify.h"
#include "act/progress.h"
#include "act/receiver.h"
#include "act/relay.h"
#include "act/resctrl.h"
#include "act/scope.h"
#include "act/state.h"
#include "act/stop.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/trace.h"

enum { END_MS = 10000 };

struct restore {
	const struct plan *plan;
	const struct plan_criu *host;
	const struct restore_options *options;
	struct arena *a;
	struct state_dir *dir;
	struct cgroup *cg;
	struct scope *scope;
	struct state *state;
	pid_t pid;   /* of the container's init, once it is there; or -1 */
	int console; /* where the terminal's master goes; or -1 */
	int stop;
	bool pid_written, hooked;
	bool keep; /* the processes */
	const char
		*children; /* that this process had before; who started it may have left it some */
};

/*
 * What CRIU has made so far: killed, and waited for, so that the cgroup can go. CRIU itself has
 * ended by now, so every new child that is left is one of these, known to us or not yet.
 */
static void processes_undo(struct restore *r)
{
	struct error ignored;
	bool made = r->cg->dir >= 0 && r->cg->made;

	if (r->keep)
		return;
	if (made)
		cgroup_kill(r->cg, &ignored);
	if (r->dir->made)
		children_end(r->children, r->a);
	if (made)
		cgroup_drain(r->cg->dir, true, END_MS);
}
#define autoprocesses __attribute__((cleanup(processes_undo)))

/* ---- before CRIU ----------------------------------------------------------------------------- */

/* One that a checkpoint has ended is what the caller means to go on with. */
static int make_way(const struct restore *r, struct error *err)
{
	autostate struct state_dir dir = STATE_DIR_INIT;
	struct error ignored;
	const struct state *old;

	if (state_open(&dir, r->options->create.root, r->plan->state.id, r->a, &ignored) < 0 ||
	    state_lock(&dir, &ignored) < 0 || !(old = state_read(&dir, r->a, &ignored)) ||
	    !old->checkpointed || state_status(&dir, old) != STATUS_STOPPED)
		return 0;
	return stop_destroy(&dir, old, r->a, err);
}

static int write_intent(struct restore *r, struct error *err)
{
	const struct create_options *o = &r->options->create;

	if (state_config_save(r->dir, o->config, o->config_len, err) < 0)
		return -1;
	r->state = state_from_plan(r->a, r->plan);
	if (notify_make(r->dir->fd, err) < 0 ||
	    state_cgroup_intend(r->state, &r->plan->cgroup, r->scope, r->a, err) < 0)
		return -1;
	return state_write(r->dir, r->a, r->state, err);
}

static int begin_cgroup(const struct restore *r, struct error *err)
{
	state_cgroup_save(r->state, r->cg, r->a);
	if (state_write(r->dir, r->a, r->state, err) < 0)
		return -1;
	return cgroup_begin(r->cg, &r->plan->cgroup, r->dir->path, err);
}

static int make_cgroup(const struct restore *r, struct error *err)
{
	const struct plan_cgroup *plan = &r->plan->cgroup;

	if (plan->unit)
		return 0;
	if (cgroup_create(r->cg, plan, err) < 0 || cgroup_take(r->cg, plan, r->a, err) < 0)
		return -1;
	return begin_cgroup(r, err);
}

/* Or around CRIU, which leaves it again, but for what it has restored. */
static int make_unit(const struct restore *r, pid_t criu, struct error *err)
{
	const struct plan_cgroup *plan = &r->plan->cgroup;

	if (!plan->unit)
		return 0;
	if (scope_start(r->scope, plan->unit, criu, r->stop, err) < 0)
		return err_at(err, "%s", plan->from);
	if (cgroup_adopt(r->cg, plan, r->scope->cgroup, err) < 0)
		return -1;
	r->state->cgroup->path = r->scope->cgroup;
	if (plan->unit->is_slice && cgroup_add(r->cg, criu, err) < 0)
		return -1;
	return begin_cgroup(r, err);
}

static int connect_console(struct restore *r, struct error *err)
{
	const char *path = r->options->create.console_socket;

	if (path)
		return receiver_connect("console socket", path, r->stop, &r->console, err);
	r->console = r->options->create.console;
	return 0;
}

/* ---- while CRIU works ------------------------------------------------------------------------ */

static int record(struct restore *r, pid_t pid, struct error *err)
{
	int code = state_note_init(r->state, pid, r->a);

	if (code < 0)
		return err_set(err, -code, "find out when the container's process was started");
	r->pid = pid;
	return state_write(r->dir, r->a, r->state, err);
}

static bool has_hooks(const struct plan_hooks *h)
{
	return h->n[HOOK_PRESTART] || h->n[HOOK_CREATE_RUNTIME];
}

/* The namespaces are there, and nothing is in them yet: a network can be set up. */
static int run_hooks(struct restore *r, struct error *err)
{
	const struct hook_call call = { .state = &r->plan->state,
					.pid = r->pid,
					.cwd = r->plan->state.bundle,
					.stop = r->stop };

	if (!has_hooks(&r->plan->hooks))
		return 0;
	r->hooked = r->state->has_hooked = r->state->hooked = true;
	if (state_write(r->dir, r->a, r->state, err) < 0 ||
	    hooks_run(&r->plan->hooks, HOOK_PRESTART, &call, r->a, err) < 0)
		return -1;
	return hooks_run(&r->plan->hooks, HOOK_CREATE_RUNTIME, &call, r->a, err);
}

/* CRIU has put them there: that is not left to belief. */
static int check_cgroup(const struct restore *r, struct error *err)
{
	pid_t *pids;
	size_t n;

	if (r->cg->dir < 0)
		return 0;
	if (cgroup_pids(r->cg, r->a, &pids, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (pids[i] == r->pid)
			return 0;
	return err_set(err, 0, "CRIU has not put the restored process into cgroup %s%s",
		       r->plan->cgroup.mount, r->state->cgroup->path);
}

/* Everything is there and nothing runs yet: what CRIU's own work would have run into. */
static int limit_last(const struct restore *r, struct error *err)
{
	const struct plan_cgroup *plan = &r->plan->cgroup;
	autodevfilter struct devfilter filter = DEVFILTER_INIT;

	if (devfilter_load(&filter, r->cg, plan, err) < 0 ||
	    devfilter_attach(&filter, r->cg, plan, err) < 0)
		return -1;
	return cgroup_limit(r->cg, plan->late, plan->n_late, err);
}

static int pass_terminal(const struct restore *r, int master, struct error *err)
{
	int code = r->console < 0 ? -ENOTCONN
				  : fd_send(r->console, "/dev/pts", sizeof("/dev/pts"), master);

	return code < 0 ? err_set(err, -code, "send the terminal to %s",
				  r->options->create.console_socket ? "the console socket" : "us")
			: 0;
}

static int notify(void *arg, const char *script, pid_t pid, int fd, struct error *err)
{
	struct restore *r = arg;

	if (streq(script, "orphan-pts-master"))
		return pass_terminal(r, fd, err);
	if (streq(script, "setup-namespaces"))
		return record(r, pid, err) < 0 ? -1 : run_hooks(r, err);
	if (streq(script, "post-restore"))
		return check_cgroup(r, err) < 0 ? -1 : limit_last(r, err);
	return 0;
}

/* ---- the story ------------------------------------------------------------------------------- */

static void add_own(struct pb *m, const struct restore *r)
{
	const struct restore_options *o = r->options;

	pb_uint(m, CRIU_SIBLING, 1);
	pb_text(m, CRIU_ROOT, r->plan->root.path);
	if (o->tcp_close)
		pb_uint(m, CRIU_TCP_CLOSE, 1);
	if (o->lsm_profile)
		pb_text(m, CRIU_LSM_PROFILE, o->lsm_profile);
	if (o->lsm_mount)
		pb_text(m, CRIU_LSM_MOUNT, o->lsm_mount);
}

static int restore_processes(struct restore *r, struct error *err)
{
	autocriudirs struct criu_dirs dirs = CRIU_DIRS_INIT;
	autocriufds struct criu_fds fds = { .n = 0 };
	autocriu struct criu criu = CRIU_INIT;
	autoprogress struct progress progress = PROGRESS_INIT;
	const struct criu_options *o = &r->options->criu;
	struct criu_container box = {
		.plan = r->plan, .host = r->host, .folder = r->dir->path, .a = r->a
	};
	const struct criu_record *said;
	struct pb m = { .a = r->a };

	if (criu_dirs_open(&dirs, o, "restore.log", r->a, err) < 0 ||
	    criu_record_read(dirs.images, r->a, &said, err) < 0)
		return -1;
	criu_common(&m, o, &dirs, r->host->config);
	add_own(&m, r);
	if (criu_restore_options(&m, &box, said, &fds, err) < 0 || criu_make_targets(&box, err) < 0)
		return -1;

	const struct criu_how how = { .a = r->a,
				      .fd = fds.fd,
				      .n_fd = fds.n,
				      .rootfs = r->plan->root.path,
				      .dirs = &dirs,
				      .terminal = o->shell_job };
	struct criu_call call = { .type = CRIU_RESTORE,
				  .options = &m,
				  .dirs = &dirs,
				  .stop = r->stop,
				  .progress = &progress,
				  .notify = notify,
				  .arg = r };

	if (criu_start(&criu, &how, err) < 0 ||
	    (criu_has_network(r->plan) && criu_add_lock(&m, &criu, o->network_lock, err) < 0) ||
	    make_unit(r, criu.pid, err) < 0)
		return -1;
	box.cgroup = r->state->cgroup->path;
	criu_restore_mounts(&m, &box);
	/* Without cgroups of CRIU's own, they are born where it is. */
	if (o->cgroups == CGROUPS_IGNORE && cgroup_add(r->cg, criu.pid, err) < 0)
		return -1;
	progress_begin(&progress,
		       arena_printf(r->a, "restoring container \"%s\"", r->plan->state.id),
		       arena_printf(r->a, "from %s", o->images), -1);
	if (criu_call(&criu, &call, err) < 0)
		return err_add(err, "cannot restore container \"%s\"", r->plan->state.id);
	return r->pid == call.pid ? 0 : record(r, call.pid, err);
}

static int write_restored(struct restore *r, struct error *err)
{
	const char *file = r->options->create.pid_file;

	r->state->has_complete = r->state->complete = true;
	if (state_write(r->dir, r->a, r->state, err) < 0 || pid_file_write(file, r->pid, err) < 0)
		return -1;
	r->pid_written = file;
	return 0;
}

static int run_poststart(const struct restore *r, struct error *err)
{
	return hooks_run(&r->plan->hooks, HOOK_POSTSTART,
			 &(struct hook_call){ .state = &r->plan->state,
					      .pid = r->pid,
					      .cwd = r->plan->state.bundle,
					      .stop = r->stop },
			 r->a, err);
}

static int restore_container(struct restore *r, struct error *err)
{
	const struct plan *plan = r->plan;
	autostate struct state_dir dir = STATE_DIR_INIT; /* removed          \              */
	autocgroup struct cgroup cg = { .dir = -1 };     /* removed           \              */
	autoscope struct scope scope = { 0 };            /* stopped           } unless kept */
	autoresctrl struct resctrl rdt = RESCTRL_INIT;   /* removed          /              */
	autoprocesses struct restore made = *r;          /* killed, reaped  /               */

	made.dir = &dir;
	made.cg = &cg;
	made.scope = &scope;

	int code = make_way(&made, err) < 0 ||
				   state_reserve(&dir, r->options->create.root, plan->state.id,
						 r->a, err) < 0 ||
				   write_intent(&made, err) < 0 ||
				   connect_console(&made, err) < 0 || make_cgroup(&made, err) < 0 ||
				   restore_processes(&made, err) < 0 ||
				   resctrl_apply(&rdt, &plan->rdt, made.pid, err) < 0 ||
				   write_restored(&made, err) < 0 || run_poststart(&made, err) < 0
			   ? -1
			   : 0;

	if (r->options->create.console_socket)
		autofd_close(&made.console);
	made.keep = dir.keep = cg.keep = scope.keep = rdt.keep = code == 0;
	*r = made;
	return code;
}

static int restore(struct restore *r, struct error *err)
{
	autointerrupt struct interrupt stop = INTERRUPT_INIT;

	trace_span("restore");
	if (!sys_is_root())
		return err_set(err, 0,
			       "CRIU needs root: an ordinary user cannot restore containers");
	if (interrupt_watch(&stop, err) < 0)
		return -1;
	r->stop = stop.fd;
	r->children = children_list(r->a);

	int code = restore_container(r, err);

	if (code < 0 && r->pid_written)
		unlink(r->options->create.pid_file);
	if (code < 0 && r->hooked)
		hooks_poststop(&r->plan->hooks, &r->plan->state, r->a);
	return code;
}

/* ---- in the foreground ----------------------------------------------------------------------- */

static int stay(const struct restore *r, int master, int signals, struct error *err)
{
	autofd int pidfd = sys_pidfd_open(r->pid, 0);

	if (pidfd < 0)
		return err_set(err, -pidfd, "watch the container's process %d", r->pid);
	relay_terminal(master);
	return relay(&(struct relay_ends){ r->pid, pidfd, signals, master, -1 }, err);
}

static int restore_here(struct restore *r, struct error *err)
{
	struct restore_options options = *r->options;
	int pair[2] = { -1, -1 };
	autofd int signals = relay_watch(err);
	autofd int master = -1;
	struct error cleaning;
	char name[16];

	if (signals < 0)
		return -1;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (r->plan->process.terminal && !options.create.console_socket &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, errno, "make a socket for the terminal");

	autofd int ours = pair[0];
	autofd int theirs = pair[1];

	options.create.console = theirs;
	r->options = &options;
	if (restore(r, err) < 0)
		return -1;
	autofd_close(&theirs);
	if (ours >= 0)
		fd_recv(ours, name, sizeof(name), &master);

	int status = stay(r, master, signals, err);

	if (act_delete(options.create.root, r->plan->state.id, DELETE_FORCE, r->a, &cleaning) < 0 &&
	    status >= 0) {
		*err = cleaning;
		return -1;
	}
	return status;
}

int act_restore(const struct plan *plan, const struct plan_criu *host,
		const struct restore_options *options, struct arena *a, struct error *err)
{
	struct restore r = {
		.plan = plan, .host = host, .options = options, .a = a, .pid = -1, .console = -1
	};

	return options->detach ? restore(&r, err) : restore_here(&r, err);
}
