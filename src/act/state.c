/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's folder and record: see state.h for what is in it and in which order it changes.
 */
#include "act/state.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "act/notify.h"
#include "act/procfs.h"
#include "act/streams.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"
#include "config.h"

#define TABLE_DEF "act/state.def"
#include "libocispec/table_rows.h"

enum { ID_MAX = 255, RECORD_MAX = 1 << 20 };

int state_check_id(const char *id, struct error *err)
{
	if (*id == '\0')
		return err_set(err, 0, "container id is empty");
	if (strlen(id) > ID_MAX)
		return err_set(err, 0,
			       "container id is %zu characters long, at most %d are allowed",
			       strlen(id), ID_MAX);
	if (streq(id, ".") || streq(id, ".."))
		return err_set(err, 0, "container id \"%s\" is the name of a folder", id);
	for (const char *c = id; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_+-.", *c))
			return err_set(err, 0,
				       "container id \"%s\": '%.*s' is not allowed, only letters, "
				       "digits, '_', '+', '-' and '.'",
				       id, str_char(c), c);
	return 0;
}

static void remove_entries(int fd)
{
	DIR *d = fdopendir(dup(fd));
	struct dirent *e;

	notify_remove(fd);
	if (!d)
		return;
	rewinddir(d);
	while ((e = readdir(d)))
		if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
			unlinkat(fd, e->d_name, 0);
	closedir(d);
}

/*
 * Removes plain entries, which is all that mcrun puts there, then the folder. Nearly always there
 * are these two alone.
 */
static int remove_folder(const struct state_dir *dir)
{
	unlinkat(dir->fd, "config.json", 0);
	unlinkat(dir->fd, "state.json", 0);
	if (rmdir(dir->path) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	remove_entries(dir->fd);
	return rmdir(dir->path) < 0 ? -errno : 0;
}

void state_dir_undo(struct state_dir *dir)
{
	if (dir->made && !dir->keep)
		remove_folder(dir);
	autofd_close(&dir->fd);
}

void container_done(struct container *c)
{
	state_dir_undo(&c->dir);
	autofd_close(&c->sync.fd);
	autofd_close(&c->sync.pidfd);
	interrupt_done(&c->stop);
}

int state_remove(struct state_dir *dir, struct error *err)
{
	int r = remove_folder(dir);

	if (r < 0 && r != -ENOENT)
		return err_set(err, -r, "remove %s", dir->path);
	return 0;
}

static int name_it(struct state_dir *dir, const char *root, const char *id, struct arena *a,
		   struct error *err)
{
	dir->id = id;
	dir->path = arena_printf(a, "%s/%s", root, id);
	return state_check_id(id, err);
}

static int open_folder(struct state_dir *dir)
{
	dir->fd = fd_open(dir->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	return dir->fd < 0 ? -errno : 0;
}

static int make_folder(const struct state_dir *dir)
{
	return mkdir(dir->path, 0700) < 0 ? -errno : 0;
}

int state_reserve(struct state_dir *dir, const char *root, const char *id, struct arena *a,
		  struct error *err)
{
	if (name_it(dir, root, id, a, err) < 0)
		return -1;

	int r = make_folder(dir);

	if (r == -ENOENT) {
		/*
		 * Sticky: by the XDG base directory specification, who cleans up runtime folders
		 * leaves such a one alone, however old it is.
		 */
		r = make_folders(root, S_ISVTX | 0711);
		if (r < 0)
			return err_set(err, -r, "state root %s", root);
		r = make_folder(dir);
	}
	if (r == -EEXIST)
		return err_set(err, 0, "container with id \"%s\" already exists", id);
	if (r < 0)
		return err_set(err, -r, "make state folder %s", dir->path);
	dir->made = true;
	r = open_folder(dir);
	if (r < 0)
		return err_set(err, -r, "open state folder %s", dir->path);
	return state_lock(dir, err);
}

int state_open(struct state_dir *dir, const char *root, const char *id, struct arena *a,
	       struct error *err)
{
	if (name_it(dir, root, id, a, err) < 0)
		return -1;

	int r = open_folder(dir);

	if (r == -ENOENT) {
		err_set(err, 0, "container \"%s\" does not exist", id);
		err->code = ENOENT;
		return -1;
	}
	if (r < 0)
		return err_set(err, -r, "open state folder %s", dir->path);
	return 0;
}

int state_lock(struct state_dir *dir, struct error *err)
{
	struct stat st;

	while (!dir->locked && flock(dir->fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_set(err, errno, "lock %s", dir->path);
	dir->locked = true;
	/* Whoever held it may have deleted the container. */
	if (fstat(dir->fd, &st) == 0 && st.st_nlink == 0) {
		err_set(err, 0, "container \"%s\" does not exist", dir->id);
		err->code = ENOENT;
		return -1;
	}
	return 0;
}

bool state_lock_now(struct state_dir *dir)
{
	dir->locked = flock(dir->fd, LOCK_EX | LOCK_NB) == 0;
	return dir->locked;
}

void state_unlock(struct state_dir *dir)
{
	flock(dir->fd, LOCK_UN);
	dir->locked = false;
}

bool state_is_locked(const struct state_dir *dir)
{
	if (dir->locked)
		return false;

	autofd int fd = fd_open(dir->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static const char *now(struct arena *a)
{
	struct timespec t;
	char text[STR_TIME_SIZE];

	clock_gettime(CLOCK_REALTIME, &t);
	str_time(t.tv_sec, text);
	return arena_printf(a, "%.*s.%09ldZ", (int)strcspn(text, "Z"), text, t.tv_nsec);
}

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

/* What a container has not is left out, not written as empty: `list` reads each byte of it. */
static struct state_hook *save_hooks(struct arena *a, const struct plan_hooks *hooks,
				     enum plan_hook_kind kind)
{
	if (hooks->n[kind] == 0)
		return NULL;

	struct state_hook *out = arena_alloc(a, hooks->n[kind], sizeof(*out));

	for (size_t i = 0; i < hooks->n[kind]; i++) {
		const struct plan_hook *h = &hooks->list[kind][i];

		out[i] = (struct state_hook){
			.from = h->from,
			.path = h->path,
			.args = (const char **)h->argv,
			.n_args = count(h->argv),
			.env = (const char **)h->envp,
			.n_env = count(h->envp),
			.has_timeout_ms = true,
			.timeout_ms = h->timeout_ms,
		};
	}
	return out;
}

static struct oci_pair *save_annotations(struct arena *a, const struct plan_state *s)
{
	if (s->n_annotation == 0)
		return NULL;

	struct oci_pair *out = arena_alloc(a, s->n_annotation, sizeof(*out));

	for (size_t i = 0; i < s->n_annotation; i++)
		out[i] = (struct oci_pair){ s->annotation[i].key, s->annotation[i].value };
	return out;
}

static struct state_rdt *save_rdt(struct arena *a, const struct plan_rdt *plan)
{
	struct state_rdt *out = plan->mount ? arena_new(a, struct state_rdt) : NULL;

	if (out)
		*out = (struct state_rdt){
			.mount = plan->mount,
			.group = plan->group,
			.has_remove = true,
			.remove = plan->remove,
			.monitor = plan->monitor,
		};
	return out;
}

int state_note_init(struct state *state, pid_t pid, struct arena *a)
{
	struct procfs_stat init;
	char *boot_id = arena_alloc(a, 40, 1);
	int r = procfs_boot_id(boot_id);

	if (r == 0)
		r = procfs_stat(pid, &init);
	if (r < 0)
		return r;
	state->boot_id = boot_id;
	state->has_pid = state->has_start_time = true;
	state->pid = pid;
	state->start_time = init.start_time;
	return 0;
}

struct state *state_from_plan(struct arena *a, const struct plan *plan)
{
	static const char *const managers[] = { [MANAGER_CGROUPFS] = "cgroupfs",
						[MANAGER_SYSTEMD] = "systemd",
						[MANAGER_DISABLED] = "disabled" };
	struct state *s = arena_new(a, struct state);

	*s = (struct state){
		.mcrun = PACKAGE_VERSION,
		.oci_version = plan->state.oci_version,
		.id = plan->state.id,
		.bundle = plan->state.bundle,
		.rootfs = plan->root.path,
		.created = now(a),
		.boot_id = "",
		.has_owner = true,
		.owner = sys_uid(),
		.has_has_process = true,
		.has_process = plan->process.present,
		.has_no_new_keyring = !plan->process.new_keyring,
		.no_new_keyring = !plan->process.new_keyring,
		.listener_path = plan->filter.listener_path,
		.listener_metadata = plan->filter.listener_metadata,
		.cgroup = arena_new(a, struct state_cgroup),
		.rdt = save_rdt(a, &plan->rdt),
		.annotations = save_annotations(a, &plan->state),
		.n_annotations = plan->state.n_annotation,
		.poststart = save_hooks(a, &plan->hooks, HOOK_POSTSTART),
		.n_poststart = plan->hooks.n[HOOK_POSTSTART],
		.poststop = save_hooks(a, &plan->hooks, HOOK_POSTSTOP),
		.n_poststop = plan->hooks.n[HOOK_POSTSTOP],
	};
	if (!plan->process.terminal) {
		s->stdio = streams_name(a);
		s->n_stdio = STREAMS;
	}
	*s->cgroup = (struct state_cgroup){
		.manager = managers[plan->cgroup.manager],
		.mount = plan->cgroup.mount,
		.path = plan->cgroup.path,
	};
	return s;
}

int state_write(const struct state_dir *dir, struct arena *a, const struct state *state,
		struct error *err)
{
	char *text = table_write(state_type(), a, state, TABLE_COMPACT);
	int r = replace_at(dir->fd, "state.json", text, strlen(text), 0600);

	if (r < 0)
		return err_set(err, -r, "write %s/state.json", dir->path);
	return 0;
}

static struct state *read_record(const struct state_dir *dir, const char *file, struct arena *a,
				 struct error *err)
{
	char *text;
	ssize_t len = read_at(dir->fd, file, RECORD_MAX, a, &text);

	if (len < 0) {
		err_set(err, (int)-len, "container \"%s\": read %s/state.json", dir->id, dir->path);
		return NULL;
	}

	struct state *s = table_read(state_type(), a, text, (size_t)len, err);

	if (!s) {
		err_add(err, "container \"%s\": %s/state.json%s", dir->id, dir->path, err->at);
		err->at[0] = '\0';
	}
	return s;
}

struct state *state_read(const struct state_dir *dir, struct arena *a, struct error *err)
{
	return read_record(dir, "state.json", a, err);
}

struct state *state_look(struct state_dir *dir, const char *root, const char *id, struct arena *a,
			 struct error *err)
{
	if (name_it(dir, root, id, a, err) < 0)
		return NULL;
	return read_record(dir, arena_printf(a, "%s/state.json", dir->path), a, err);
}

void state_to_plan(const struct state *state, struct arena *a, struct plan_state *out)
{
	struct plan_pair *pair = arena_alloc(a, state->n_annotations + 1, sizeof(*pair));

	for (size_t i = 0; i < state->n_annotations; i++)
		pair[i] = (struct plan_pair){ state->annotations[i].key,
					      state->annotations[i].value };
	*out = (struct plan_state){
		.oci_version = state->oci_version,
		.id = state->id,
		.bundle = state->bundle,
		.annotation = pair,
		.n_annotation = state->n_annotations,
	};
}

static const struct plan_hook *load_hooks(const struct state_hook *hook, size_t n,
					  struct arena *a)
{
	struct plan_hook *out = arena_alloc(a, n + 1, sizeof(*out));

	for (size_t i = 0; i < n; i++)
		out[i] = (struct plan_hook){
			.from = hook[i].from,
			.path = hook[i].path,
			.argv = hook[i].args,
			.envp = hook[i].env,
			.timeout_ms = (uint32_t)hook[i].timeout_ms,
		};
	return out;
}

void state_hooks(const struct state *state, struct arena *a, struct plan_hooks *out)
{
	struct plan_state annotated;

	*out = (struct plan_hooks){ 0 };
	out->list[HOOK_POSTSTART] = load_hooks(state->poststart, state->n_poststart, a);
	out->n[HOOK_POSTSTART] = state->n_poststart;
	out->list[HOOK_POSTSTOP] = load_hooks(state->poststop, state->n_poststop, a);
	out->n[HOOK_POSTSTOP] = state->n_poststop;
	state_to_plan(state, a, &annotated);
	plan_hook_streams(a, &annotated, out);
}
