/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole of `mcrun create`, as the parent sees it. Every resource is an object that undoes
 * itself unless it is kept, in the reverse order in which it was made: init is killed, its cgroup
 * removed, its state folder too. Nothing is kept before the last line. init.c is the other side.
 */
#include "act/create.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "act/attr.h"
#include "act/cgroup.h"
#include "act/child.h"
#include "act/cred.h"
#include "act/devfilter.h"
#include "act/hooks.h"
#include "act/idmap.h"
#include "act/interrupt.h"
#include "act/netdev.h"
#include "act/notify.h"
#include "act/ns.h"
#include "act/receiver.h"
#include "act/resctrl.h"
#include "act/scope.h"
#include "act/start.h"
#include "act/state.h"
#include "act/trees.h"
#include "base/fd.h"
#include "base/sys.h"
#include "base/trace.h"

/* The words of create, with what they are about. */
struct create {
	const struct plan *plan;
	const struct create_options *options;
	struct arena *a;
	struct state *state;	/* the record, as far as it has come */
	struct init in;		/* what init inherits; our copies are closed once it has them */
	int pidfd_socket;	/* or -1 */
	int stop;
	bool pid_written;	/* a failure takes the pid file back */
	bool hooked;		/* hooks have begun: a failure owes poststop */
	bool again;		/* init was killed at birth: once more, and moved into its cgroup */
	struct container *out;	/* `run`'s, which says GO itself: nobody else can; or NULL */
};

static int connect_sockets(struct create *c, struct error *err)
{
	const char *path = c->options->console_socket;

	if (c->pidfd_socket < 0 && receiver_connect("pidfd socket", c->options->pidfd_socket,
						    c->stop, &c->pidfd_socket, err) < 0)
		return -1;
	if (!path)
		c->in.console = c->options->console;
	if (!path || c->in.console >= 0) /* from the try before */
		return 0;
	return receiver_connect("console socket", path, c->stop, &c->in.console, err);
}

/* The intent, written before the first deed that outlasts this process. */
static int write_intent(struct create *c, const struct state_dir *dir, struct scope *scope,
			struct error *err)
{
	c->state = state_from_plan(c->a, c->plan);
	if (c->plan->notify && notify_make(dir->fd, err) < 0)
		return -1;
	if (state_cgroup_intend(c->state, &c->plan->cgroup, scope, c->a, err) < 0)
		return -1;
	return state_write(dir, c->a, c->state, err);
}

/* Before it is marked or written to: a cgroup that was there is to be given back as it was. */
static int take_cgroup(struct create *c, const struct state_dir *dir, struct cgroup *cg,
		       struct error *err)
{
	if (cgroup_take(cg, &c->plan->cgroup, c->a, err) < 0)
		return -1;
	state_cgroup_save(c->state, cg, c->a);
	return cg->taken || cg->move ? state_write(dir, c->a, c->state, err) : 0;
}

/* Before init, which is born in it. */
static int make_cgroup(struct create *c, const struct state_dir *dir, struct cgroup *cg,
		       struct error *err)
{
	if (c->plan->cgroup.unit)
		return 0;
	if (cgroup_create(cg, &c->plan->cgroup, err) < 0 || take_cgroup(c, dir, cg, err) < 0)
		return -1;
	return cgroup_begin(cg, &c->plan->cgroup, dir->path, err);
}

/* Readable when the caller wants an end, or init is dead: `delete --force` waits for our lock. */
static int watch_both(const struct create *c, const struct child *init)
{
	struct epoll_event readable = { .events = EPOLLIN };
	autofd int both = epoll_create1(EPOLL_CLOEXEC);

	if (both < 0 || epoll_ctl(both, EPOLL_CTL_ADD, c->stop, &readable) < 0 ||
	    epoll_ctl(both, EPOLL_CTL_ADD, init->sync.pidfd, &readable) < 0)
		return -errno;
	return take_fd(&both);
}

/* Or behind it: systemd makes the cgroup around a process that is there. */
static int make_unit(struct create *c, const struct child *init, struct scope *scope,
		     struct cgroup *cg, struct error *err)
{
	const struct plan_cgroup *plan = &c->plan->cgroup;

	if (!plan->unit)
		return 0;

	autofd int stop = watch_both(c, init);

	if (stop < 0)
		return err_set(err, -stop, "watch over init");
	if (scope_start(scope, plan->unit, init->pid, stop, err) < 0)
		return err_at(err, "%s", plan->from);
	if (cgroup_adopt(cg, plan, scope->cgroup, err) < 0)
		return -1;
	c->state->cgroup->path = scope->cgroup;
	state_cgroup_save(c->state, cg, c->a);
	return plan->unit->is_slice ? cgroup_add(cg, init->pid, err) : 0;
}

/* The same as make_cgroup, when systemd has made it. */
static int take_unit(struct create *c, const struct state_dir *dir, const struct cgroup *cg,
		     struct error *err)
{
	if (!c->plan->cgroup.unit)
		return 0;
	if (state_write(dir, c->a, c->state, err) < 0)
		return -1;
	return cgroup_begin(cg, &c->plan->cgroup, dir->path, err);
}

/* Where what init's hooks say goes: init has left the host's folders when it runs them. */
static int open_streams(struct create *c, struct error *err)
{
	const struct plan_hooks *h = &c->plan->hooks;
	const int *fd = c->in.hooks.fd;

	if (!h->n[HOOK_CREATE_CONTAINER] && !h->n[HOOK_START_CONTAINER])
		return 0;
	if (fd[0] >= 0 || fd[1] >= 0) /* from the try before */
		return 0;
	return hook_streams_open(&c->in.hooks, h, err);
}

/* What `start` connects to. Where that comes over init's own socket, nobody can. */
static int bind_start(struct create *c, const struct state_dir *dir, struct error *err)
{
	if (c->out)
		return 0;
	c->in.listener = start_bind(dir->fd, dir->path, err);
	return c->in.listener < 0 ? -1 : 0;
}

/* For those who find the record of init, which has begun its work by now if it goes ahead. */
static int save_config(const struct create *c, const struct state_dir *dir, struct error *err)
{
	return state_config_save(dir, c->options->config, c->options->config_len, err);
}

/* Under `run` this record is the last: until init has its program's name, status.c knows better. */
static int record_init(struct create *c, const struct state_dir *dir, const struct child *init,
		       struct error *err)
{
	int r = state_note_init(c->state, init->pid, c->a);

	if (r == -ESRCH) /* it has failed already, and said why */
		return sync_last_word(&init->sync, err);
	if (r < 0)
		return err_set(err, -r, "find out when init was started");
	c->state->has_hooked = plan_hooks_at_create(&c->plan->hooks);
	c->state->hooked = c->state->has_hooked;
	c->state->has_complete = c->out;
	c->state->complete = c->out;
	return state_write(dir, c->a, c->state, err);
}

static int say_go(const struct create *c, const struct child *init, struct error *err)
{
	return c->in.ahead ? 0 : sync_say(&init->sync, SYNC_GO, 0, err);
}

static int run_hooks(struct create *c, const struct child *init, struct error *err)
{
	if (!plan_hooks_at_create(&c->plan->hooks))
		return 0;

	autofd int stop = watch_both(c, init);
	const struct hook_call call = { .state = &c->plan->state,
					.pid = init->pid,
					.cwd = c->plan->state.bundle,
					.stop = stop };

	if (stop < 0)
		return err_set(err, -stop, "watch over hooks");
	c->hooked = true;
	if (hooks_run(&c->plan->hooks, HOOK_PRESTART, &call, c->a, err) < 0)
		return -1;
	return hooks_run(&c->plan->hooks, HOOK_CREATE_RUNTIME, &call, c->a, err);
}

/*
 * The rest of the limits: those that init's own work, or a hook's, would have run into. Hooks find
 * the device program in its place, as those of GPU vendors add their rules to it.
 */
static int while_mounted(struct create *c, const struct child *init, struct devfilter *filter,
			 const struct cgroup *cg, struct error *err)
{
	const struct plan_cgroup *plan = &c->plan->cgroup;

	if (!plan_waits_mounted(c->plan))
		return 0;
	if (sync_expect(&init->sync, SYNC_MOUNTED, NULL, err) < 0 ||
	    devfilter_attach(filter, cg, plan, err) < 0 ||
	    run_hooks(c, init, err) < 0 ||
	    cgroup_check_memory(cg, plan, err) < 0 ||
	    cgroup_limit(cg, plan->late, plan->n_late, err) < 0)
		return -1;
	return sync_say(&init->sync, SYNC_HOOKS_RAN, 0, err);
}

/* The pid file last: who sees it may count on the state. */
static int write_created(struct create *c, const struct state_dir *dir, const struct child *init,
			 struct error *err)
{
	c->state->has_complete = c->state->complete = true;
	if ((!c->out && state_write(dir, c->a, c->state, err) < 0) ||
	    pid_file_write(c->options->pid_file, init->pid, err) < 0)
		return -1;
	c->pid_written = c->options->pid_file;
	return 0;
}

/* To `run` goes what it needs to say GO, in place of KEPT, where that is not said here already. */
static int let_go(const struct create *c, struct state_dir *dir, struct child *init,
		  struct error *err)
{
	if (!c->out)
		return sync_say(&init->sync, SYNC_KEPT, 0, err);
	if (c->in.prompt && sync_say(&init->sync, SYNC_GO, 0, err) < 0)
		return -1;
	*c->out = (struct container){ *dir, c->state, init->sync, INTERRUPT_INIT, c->in.prompt };
	c->out->dir.keep = true;
	*dir = (struct state_dir)STATE_DIR_INIT;
	init->sync.fd = init->sync.pidfd = -1;
	return 0;
}

static int create_container(struct create *c, struct error *err)
{
	const struct plan *plan = c->plan;
	autostate struct state_dir dir = STATE_DIR_INIT;	/* removed      \              */
	autocgroup struct cgroup cg = { .dir = -1 };		/* removed       \             */
	autoscope struct scope scope = { 0 };			/* stopped        \            */
	autoresctrl struct resctrl rdt = RESCTRL_INIT;		/* removed        } unless kept */
	autochild struct child init = CHILD_INIT;		/* killed, reaped /             */
	autonetdevs struct netdevs net = NETDEVS_INIT;		/* moved back    /              */
	autodevfilter struct devfilter filter = DEVFILTER_INIT;	/* closed: goes with the cgroup */

	init.sync.stop = c->stop;
	cg.move = c->again;
	if (state_reserve(&dir, c->options->root, plan->state.id, c->a, err) < 0 ||
	    write_intent(c, &dir, &scope, err) < 0 ||
	    connect_sockets(c, err) < 0 ||
	    open_streams(c, err) < 0 ||
	    bind_start(c, &dir, err) < 0 ||
	    make_cgroup(c, &dir, &cg, err) < 0 ||
	    child_start(&init, plan, &c->in, &cg, err) < 0 ||	/* clone3 into the cgroup */
	    save_config(c, &dir, err) < 0 ||
	    record_init(c, &dir, &init, err) < 0 ||
	    make_unit(c, &init, &scope, &cg, err) < 0 ||	/* systemd moves it into one */
	    take_unit(c, &dir, &cg, err) < 0 ||
	    idmap_write(&plan->idmap, init.pid, err) < 0 ||
	    trees_send(plan, init.pid, &init.sync, c->a, err) < 0 ||
	    cred_oom_score(&plan->process, init.pid, err) < 0 ||
	    resctrl_apply(&rdt, &plan->rdt, init.pid, err) < 0 ||
	    netdevs_move(&net, plan, init.pid, c->a, err) < 0 ||
	    say_go(c, &init, err) < 0 ||
	    ns_parent_loopback_up(&plan->ns, init.sync.pidfd, err) < 0 || /* while init mounts */
	    devfilter_load(&filter, &cg, &plan->cgroup, err) < 0 ||
	    while_mounted(c, &init, &filter, &cg, err) < 0 ||	/* hooks; memory.max very last */
	    sync_expect(&init.sync, SYNC_READY, NULL, err) < 0 ||
	    devfilter_attach(&filter, &cg, &plan->cgroup, err) < 0 ||
	    attr_set(&plan->attr, init.pid, err) < 0 ||		/* scheduler, I/O priority */
	    cred_rlimits(&plan->process, init.pid, err) < 0 ||
	    receiver_pass_pidfd(c->pidfd_socket, init.sync.pidfd, err) < 0 ||
	    write_created(c, &dir, &init, err) < 0 ||
	    let_go(c, &dir, &init, err) < 0) {
		c->again = child_is_stillborn(&init, &cg, err);
		return child_why(&init, &cg, err);
	}

	dir.keep = cg.keep = scope.keep = rdt.keep = init.keep = net.keep = true;
	return 0;
}

int act_create(const struct plan *plan, const struct create_options *options, struct arena *a,
	       struct container *out, struct error *err)
{
	autointerrupt struct interrupt stop = INTERRUPT_INIT;
	struct create c = { .plan = plan, .options = options, .a = a, .in = INIT_INIT,
			    .pidfd_socket = -1, .out = out };

	trace_span("create");
	prctl(PR_SET_NAME, NAMES_BEGIN "parent]");
	sys_note_signals();
	/*
	 * Stage and init inherit it: processes of a joined pid or user namespace must not trace
	 * them for a moment. An ordinary user could not write the id maps of such a process.
	 */
	if (sys_is_root() && prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(err, errno, "hide from the container");
	if (interrupt_watch(&stop, err) < 0)
		return -1;
	c.stop = stop.fd;
	c.in.a = a;
	c.in.prompt = out && !plan_waits_ready(plan);

	int r = create_container(&c, err);

	if (r < 0 && c.again) {
		autofd_close(&c.in.listener);
		r = create_container(&c, err);
	}
	if (r == 0 && out) { /* which goes on with what we have begun */
		out->stop = stop;
		stop.fd = -1;
	}
	if (r < 0 && c.pid_written)
		pid_file_remove(options->pid_file);
	autofd_close(&c.in.listener);
	autofd_close(&c.pidfd_socket);
	hook_streams_close(&c.in.hooks);
	if (options->console_socket)
		autofd_close(&c.in.console);
	if (r < 0 && c.hooked)
		hooks_poststop(&plan->hooks, &plan->state, a);
	return r;
}
