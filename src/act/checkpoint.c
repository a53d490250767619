/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint: asks CRIU for a dump, and puts right what a failed one leaves. See checkpoint.h. */
#include "act/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "act/cgroup.h"
#include "act/criu_container.h"
#include "act/interrupt.h"
#include "act/progress.h"
#include "base/fd.h"
#include "base/sys.h"
#include "base/trace.h"
#include "libocispec/table.h"

enum { THAW_MS = 10000, END_MS = 10000 };

void checkpoint_done(struct checkpoint *c)
{
	state_dir_undo(&c->dir);
	autofd_close(&c->pidfd);
}

int checkpoint_open(struct checkpoint *c, const char *root, const char *id, struct arena *a,
		    struct error *err)
{
	c->a = a;
	if (!sys_is_root())
		return err_set(err, 0,
			       "CRIU needs root: an ordinary user's containers cannot be "
			       "checkpointed");
	if (state_open(&c->dir, root, id, a, err) < 0 || state_lock(&c->dir, err) < 0 ||
	    !(c->state = state_read(&c->dir, a, err)))
		return -1;
	c->status = state_status(&c->dir, c->state);
	if (state_reach(&c->dir, c->state, &c->pidfd, err) < 0)
		return -1;
	if ((c->status != STATUS_RUNNING && c->status != STATUS_PAUSED) || c->pidfd < 0)
		return err_set(err, 0,
			       "cannot checkpoint container \"%s\": container not running "
			       "(it is %s)",
			       id, status_name(c->status));
	return state_config_read(&c->dir, a, &c->config, &c->config_len, err);
}

/* One before that is no folder of images would make a dump that cannot be restored. */
static int check_parent(const struct criu_dirs *dirs, const char *parent, struct error *err)
{
	if (!parent)
		return 0;
	if (*parent == '/')
		return err_set(err, 0,
			       "--parent-path %s: is absolute, and has to be relative to "
			       "--image-path",
			       parent);

	autofd int fd = openat(dirs->images, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_set(err, errno, "--parent-path %s, relative to --image-path", parent)
		      : 0;
}

static void add_page_server(struct pb *m, const struct checkpoint_options *o)
{
	struct pb inner = { .a = m->a };

	if (!o->page_host)
		return;
	pb_text(&inner, 1, o->page_host);
	pb_uint(&inner, 2, o->page_port);
	pb_message(m, CRIU_PAGE_SERVER, &inner);
}

static void add_own(struct pb *m, const struct checkpoint *c, const struct checkpoint_options *o)
{
	const struct state_cgroup *cg = c->state->cgroup;

	pb_uint(m, CRIU_PID, (uint64_t)c->state->pid);
	pb_uint(m, CRIU_LEAVE_RUNNING, o->leave_running);
	if (*cg->path)
		pb_text(m, CRIU_FREEZE, arena_printf(c->a, "%s%s", cg->mount, cg->path));
	if (o->parent)
		pb_text(m, CRIU_PARENT, o->parent);
	if (o->pre_dump)
		pb_uint(m, CRIU_TRACK_MEMORY, 1);
	if (o->skip_in_flight)
		pb_uint(m, CRIU_SKIP_IN_FLIGHT, 1);
	if (o->link_remap)
		pb_uint(m, CRIU_LINK_REMAP, 1);
	if (o->status_fd >= 0)
		pb_uint(m, CRIU_STATUS_FD, (uint64_t)o->status_fd);
	add_page_server(m, o);
}

static int notify(void *arg, const char *script, pid_t pid, int fd, struct error *err)
{
	(void)arg, (void)script, (void)pid, (void)fd, (void)err;
	return 0;
}

/* CRIU thaws what it has frozen; one that was killed has not. */
static void thaw(const struct checkpoint *c)
{
	autocgroup struct cgroup cg = { .dir = -1 };
	struct error ignored;

	if (c->status != STATUS_PAUSED &&
	    state_cgroup_own(&c->dir, c->state, &cg, c->a, &ignored) == 0 && cgroup_freezes(&cg))
		cgroup_thaw(&cg, THAW_MS, &ignored);
}

/* CRIU has killed the processes: once init is gone, the container is stopped. */
static int end(const struct checkpoint *c, struct error *err)
{
	struct pollfd ended = { .fd = c->pidfd, .events = POLLIN };

	c->state->has_checkpointed = c->state->checkpointed = true;
	if (state_write(&c->dir, c->a, c->state, err) < 0)
		return -1;
	thaw(c);
	if (poll(&ended, 1, END_MS) == 0)
		return err_set(err, 0, "container \"%s\" was dumped, but its process has not ended",
			       c->dir.id);
	return 0;
}

static int dump(struct checkpoint *c, struct pb *m, const struct criu_dirs *dirs,
		const struct checkpoint_options *o, struct error *err)
{
	autointerrupt struct interrupt stop = INTERRUPT_INIT;
	autocriu struct criu criu = CRIU_INIT;
	autoprogress struct progress progress = PROGRESS_INIT;
	const struct criu_how how = { .a = c->a };
	/* In the middle of a dump processes are not theirs; waiting for their pages they are. */
	struct criu_call call = { .type = o->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP,
				  .options = m,
				  .dirs = dirs,
				  .stop = -1,
				  .progress = &progress,
				  .notify = notify };

	if (interrupt_watch(&stop, err) < 0 || criu_start(&criu, &how, err) < 0 ||
	    (criu_has_network(c->plan) && criu_add_lock(m, &criu, o->criu.network_lock, err) < 0))
		return -1;
	if (o->criu.lazy_pages)
		call.stop = stop.fd;
	progress_begin(&progress, arena_printf(c->a, "dumping container \"%s\"", c->dir.id),
		       arena_printf(c->a, "to %s", o->criu.images), dirs->images);
	return criu_call(&criu, &call, err);
}

int act_checkpoint(struct checkpoint *c, const struct plan *plan, const struct plan_criu *host,
		   const struct checkpoint_options *o, struct error *err)
{
	autocriudirs struct criu_dirs dirs = CRIU_DIRS_INIT;
	const struct criu_container box = { .plan = plan,
					    .host = host,
					    .folder = c->dir.path,
					    .pid = (pid_t)c->state->pid,
					    .streams = c->state,
					    .a = c->a };
	struct pb m = { .a = c->a };

	c->plan = plan;
	dirs.make = true;
	trace_span("checkpoint");
	if (criu_dirs_open(&dirs, &o->criu, "dump.log", c->a, err) < 0 ||
	    check_parent(&dirs, o->parent, err) < 0)
		return -1;
	criu_common(&m, &o->criu, &dirs, host->config);
	add_own(&m, c, o);
	if (criu_dump_options(&m, &box, o->criu.shell_job, err) < 0 ||
	    (!o->pre_dump && criu_record_write(dirs.images, &box, err) < 0) ||
	    dump(c, &m, &dirs, o, err) < 0) {
		thaw(c);
		return err_add(err, "cannot checkpoint container \"%s\"", c->dir.id);
	}
	return o->pre_dump || o->leave_running ? 0 : end(c, err);
}
