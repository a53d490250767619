/* SPDX-License-Identifier: Apache-2.0 */
/* Names what is the host's in a container, for CRIU. See criu_container.h. */
#include "act/criu_container.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/inroot.h"
#include "act/streams.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/sys.h"
#include "config.h"

#define TABLE_DEF "act/criu.def"
#include "libocispec/table_rows.h"

static const char record_name[] = "mcrun.json";
static const char notify_target[] = "/run/notify";

enum { RECORD_MAX = 1 << 20 };

/* What a joined namespace is called in the images; NULL: it is in them, and restored into. */
static const struct {
	int type;
	const char *file, *name;
} spaces[] = {
	{ CLONE_NEWNET, "net", "extRootNetNS" },
	{ CLONE_NEWPID, "pid", "extRootPidNS" },
	{ CLONE_NEWIPC, "ipc", NULL },
	{ CLONE_NEWUTS, "uts", NULL },
};

static int open_of(const struct criu_container *c, const char *what, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", c->pid, what);

	int fd = fd_open(path, flags);

	return fd < 0 ? -errno : fd;
}

static const char *link_of(const char *path, struct arena *a)
{
	char *text = arena_alloc(a, PATH_MAX, 1);
	ssize_t n = readlink(path, text, PATH_MAX - 1);

	return n < 0 ? "" : text;
}

/* ---- dump: mounts ---------------------------------------------------------------------------- */

static bool is_device(const struct statx *st)
{
	return S_ISCHR(st->stx_mode) || S_ISBLK(st->stx_mode);
}

/* Where it is mounted by now; NULL: nothing of the kind is. */
static const char *real_target(int root, const char *target, bool device, struct arena *a)
{
	autofd int fd = inroot_open(root, target, 0);
	struct statx st;

	if (fd < 0 || sys_statx(fd, STATX_TYPE, &st) < 0)
		return NULL;
	if (!(st.stx_attributes & STATX_ATTR_MOUNT_ROOT) || (device && !is_device(&st)))
		return NULL;
	return link_of(arena_printf(a, "/proc/self/fd/%d", fd), a);
}

static void dump_mount(struct pb *m, int root, const struct plan_external *e, struct arena *a)
{
	const char *real = real_target(root, e->target, e->device, a);

	if (real && *real == '/')
		pb_text(m, CRIU_EXTERNAL, arena_printf(a, "mnt[%s]:%s", real, e->target));
}

static int dump_mounts(struct pb *m, const struct criu_container *c, struct error *err)
{
	static const struct plan_external notify = { .target = notify_target };
	autofd int root = open_of(c, "root", O_PATH | O_DIRECTORY);

	if (root < 0)
		return err_set(err, -root, "open the root of the container's process %d", c->pid);
	dump_mount(m, root, &notify, c->a);
	for (size_t i = 0; i < c->host->n_external; i++)
		dump_mount(m, root, &c->host->external[i], c->a);
	return 0;
}

bool criu_has_network(const struct plan *plan)
{
	for (size_t i = 0; i < plan->ns.n_join; i++)
		if (plan->ns.join[i].type == CLONE_NEWNET)
			return true;
	return plan->ns.create & CLONE_NEWNET;
}

/* ---- dump: namespaces ------------------------------------------------------------------------ */

static int dump_spaces(struct pb *m, const struct criu_container *c, struct error *err)
{
	const struct plan_ns *ns = &c->plan->ns;

	for (size_t i = 0; i < ns->n_join; i++)
		for (size_t k = 0; k < COUNT(spaces); k++) {
			struct stat st;

			if (spaces[k].type != ns->join[i].type || !spaces[k].name)
				continue;
			if (stat(arena_printf(c->a, "/proc/%d/ns/%s", c->pid, spaces[k].file),
				 &st) < 0) {
				err_set(err, errno, "find the container's %s namespace",
					spaces[k].file);
				return err_at(err, "%s", ns->join[i].from);
			}
			pb_text(m, CRIU_EXTERNAL,
				arena_printf(c->a, "%s[%lu]:%s", spaces[k].file,
					     (unsigned long)st.st_ino, spaces[k].name));
		}
	return 0;
}

/* ---- dump: standard streams ------------------------------------------------------------------ */

static int dump_streams(struct pb *m, const struct criu_container *c, bool shell_job,
			struct error *err)
{
	for (size_t i = 0; i < c->streams->n_stdio; i++) {
		const char *name = c->streams->stdio[i];

		if (str_after(name, "tty[") && !shell_job)
			return err_set(err, 0,
				       "its descriptor %zu is a terminal of the host: --shell-job "
				       "is needed, here and for restore",
				       i);
		if (*name && !str_after(name, "pipe:["))
			pb_text(m, CRIU_EXTERNAL, name);
	}
	return 0;
}

int criu_dump_options(struct pb *m, const struct criu_container *c, bool shell_job,
		      struct error *err)
{
	if (dump_mounts(m, c, err) < 0 || dump_spaces(m, c, err) < 0)
		return -1;
	return dump_streams(m, c, shell_job, err);
}

/* ---- the record ------------------------------------------------------------------------------ */

int criu_record_write(int images, const struct criu_container *c, struct error *err)
{
	const struct criu_record record = { .mcrun = PACKAGE_VERSION,
					    .stdio = c->streams->stdio,
					    .n_stdio = c->streams->n_stdio };
	char *text = table_write(criu_record_type(), c->a, &record, TABLE_PRETTY);
	int r = replace_at(images, record_name, text, strlen(text), 0600);

	return r < 0 ? err_set(err, -r, "write %s beside the images", record_name) : 0;
}

int criu_record_read(int images, struct arena *a, const struct criu_record **out, struct error *err)
{
	char *text;
	ssize_t n = read_at(images, record_name, RECORD_MAX, a, &text);

	*out = NULL;
	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return err_set(err, (int)-n, "read %s beside the images", record_name);
	*out = table_read(criu_record_type(), a, text, (size_t)n, err);
	if (*out)
		return 0;
	err_add(err, "%s%s", record_name, err->at);
	err->at[0] = '\0';
	err->line = 0;
	return -1;
}

/* ---- restore --------------------------------------------------------------------------------- */

void criu_fds_close(struct criu_fds *fds)
{
	while (fds->n)
		autofd_close(&fds->fd[--fds->n]);
}

/* CRIU inherits a copy of the descriptor and takes it for what has this name in the images. */
static int inherit(struct pb *m, struct criu_fds *fds, const char *name, int fd)
{
	struct pb inner = { .a = m->a };
	int copy = fds->n < CRIU_FDS ? criu_fd(fd) : -EMFILE;

	if (copy < 0)
		return copy;
	fds->fd[fds->n++] = copy;
	pb_text(&inner, 1, name);
	pb_uint(&inner, 2, (uint64_t)copy);
	pb_message(m, CRIU_INHERIT, &inner);
	return 0;
}

static int restore_space(struct pb *m, const struct plan_join *join, struct criu_fds *fds,
			 struct error *err)
{
	struct pb inner = { .a = m->a };
	size_t k = 0;

	while (spaces[k].type != join->type)
		k++;

	autofd int fd = fd_open(join->path, O_RDONLY);
	int r = fd < 0 ? -errno : spaces[k].name ? inherit(m, fds, spaces[k].name, fd) : 0;

	if (r < 0) {
		err_set(err, -r, "open namespace %s", join->path);
		return err_at(err, "%s", join->from);
	}
	if (spaces[k].name)
		return 0;
	pb_text(&inner, 1, spaces[k].file);
	pb_text(&inner, 2, join->path);
	pb_message(m, CRIU_JOIN_NS, &inner);
	return 0;
}

/* Streams may share one pipe, which is one thing in the images. */
static bool is_repeated(const struct criu_record *record, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (streq(record->stdio[k], record->stdio[i]))
			return true;
	return false;
}

/*
 * A file from outside is looked for under its path first, which CRIU makes by cutting the "/" off
 * its name; that this one has none, it does not ask. Found so, the stream is what restore was
 * given, and not a file that must be as long as the old one was.
 */
static int inherit_stream(struct pb *m, struct criu_fds *fds, const char *name, int fd)
{
	int r = str_after(name, "file[") ? inherit(m, fds, name + 1, fd) : 0;

	return r < 0 ? r : inherit(m, fds, name, fd);
}

static int restore_streams(struct pb *m, const struct criu_record *record, struct criu_fds *fds,
			   struct error *err)
{
	for (size_t i = 0; record && i < record->n_stdio && i < STREAMS; i++) {
		if (!*record->stdio[i] || is_repeated(record, i))
			continue;

		int r = inherit_stream(m, fds, record->stdio[i], (int)i);

		if (r < 0)
			return err_set(err, -r, "hand on descriptor %zu", i);
	}
	return 0;
}

int criu_restore_options(struct pb *m, const struct criu_container *c,
			 const struct criu_record *record, struct criu_fds *fds, struct error *err)
{
	const struct plan_ns *ns = &c->plan->ns;

	for (size_t i = 0; i < ns->n_join; i++)
		if (restore_space(m, &ns->join[i], fds, err) < 0)
			return -1;
	return restore_streams(m, record, fds, err);
}

void criu_restore_mounts(struct pb *m, const struct criu_container *c)
{
	struct pb root = { .a = c->a };

	if (*c->cgroup) {
		pb_text(&root, 2, c->cgroup);
		pb_message(m, CRIU_CGROUP_ROOT, &root);
	}
	pb_text(m, CRIU_EXTERNAL,
		arena_printf(c->a, "mnt[%s]:%s/notify", notify_target, c->folder));
	for (size_t i = 0; i < c->host->n_external; i++) {
		const struct plan_external *e = &c->host->external[i];
		const char *source =
			e->source ? e->source
				  : arena_printf(c->a, "%s%s", c->plan->cgroup.mount, c->cgroup);

		pb_text(m, CRIU_EXTERNAL, arena_printf(c->a, "mnt[%s]:%s", e->target, source));
	}
}

/* ---- restore: places in the rootfs ----------------------------------------------------------- */

/* A place in a mount is in the images, or in the host's folder that is mounted there. */
static bool is_in_mount(const struct plan *plan, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (path_below(plan->mount[i].target, plan->mount[k].target))
			return true;
	return false;
}

static int make_target(int root, const struct plan_mount *m, struct error *err)
{
	struct stat st = { .st_mode = S_IFDIR };

	if (m->verb == MOUNT_BIND && stat(m->source, &st) < 0)
		err_set(err, errno, "source %s", m->source);
	else {
		autofd int fd =
			inroot_open(root, m->target,
				    S_ISDIR(st.st_mode) ? INROOT_CREATE_DIR : INROOT_CREATE_FILE);

		if (fd >= 0 || fd == -EROFS) /* CRIU will tell, should it be missing */
			return 0;
		err_set(err, -fd, "make the place %s of a mount", m->target);
	}
	return err_at(err, "%s", m->from);
}

int criu_make_targets(const struct criu_container *c, struct error *err)
{
	const struct plan *plan = c->plan;
	autofd int root = fd_open(plan->root.path, O_PATH | O_DIRECTORY);

	if (root < 0) {
		err_set(err, errno, "rootfs %s", plan->root.path);
		return err_at(err, "%s", plan->root.from);
	}
	for (size_t i = 0; i < plan->n_mount; i++)
		if (!is_in_mount(plan, i) && make_target(root, &plan->mount[i], err) < 0)
			return -1;
	return 0;
}
