/* SPDX-License-Identifier: Apache-2.0 */
/* Reads containers' records for `state` and `list`. Locks nothing and changes nothing. */
#include "front/view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/state.h"
#include "base/log.h"
#include "base/str.h"

#define TABLE_DEF "front/view.def"
#include "libocispec/table_rows.h"

static bool has_process(enum status status)
{
	return status != STATUS_STOPPED;
}

static void no_record(const struct state_dir *dir, struct error *err)
{
	if (err->code != ENOENT)
		return;
	if (access(dir->path, F_OK) < 0) {
		err_set(err, 0, "container \"%s\" does not exist", dir->id);
		err->code = ENOENT;
	} else {
		err_set(err, 0,
			"container \"%s\" has no record in %s: it is just being created, "
			"or what a killed create has left ('mcrun delete --force %s' removes it)",
			dir->id, dir->path, dir->id);
	}
}

static struct oci_pair *pairs_copied(struct arena *a, const struct oci_pair *from, size_t n)
{
	struct oci_pair *out = n ? arena_alloc(a, n, sizeof(*out)) : NULL;

	for (size_t i = 0; i < n; i++) {
		out[i].key = arena_strdup(a, from[i].key);
		out[i].value = arena_strdup(a, from[i].value);
	}
	return out;
}

/* The record goes into `scratch`, of which the view has nothing. */
static struct view *read_by(struct arena *scratch, const char *root, const char *id,
			    struct arena *a, struct error *err)
{
	struct state_dir dir = STATE_DIR_INIT;
	const struct state *state = state_look(&dir, root, id, scratch, err);

	if (!state) {
		no_record(&dir, err);
		return NULL;
	}

	enum status status = state_status(&dir, state);
	struct view *view = arena_new(a, struct view);
	const char *unit = state->cgroup->unit;

	*view = (struct view){
		.oci_version = arena_strdup(a, state->oci_version),
		.id = arena_strdup(a, state->id),
		.has_pid = true,
		.pid = has_process(status) ? state->pid : 0,
		.status = status_name(status),
		.bundle = arena_strdup(a, state->bundle),
		.rootfs = arena_strdup(a, state->rootfs),
		.created = arena_strdup(a, state->created),
		.annotations = pairs_copied(a, state->annotations, state->n_annotations),
		.n_annotations = state->n_annotations,
		.systemd_scope = unit ? arena_strdup(a, unit) : NULL,
		.owner = state->owner ? arena_printf(a, "%" PRIu64, state->owner) : "root",
	};
	return view;
}

struct view *view_read(const char *root, const char *id, struct arena *a, struct error *err)
{
	return read_by(a, root, id, a, err);
}

static bool is_folder(DIR *d, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int view_ids(const char *root, struct arena *a, struct id_list *out, struct error *err)
{
	DIR *d = opendir(root);
	const struct dirent *e;
	struct error ignored;

	*out = (struct id_list){ 0 };
	if (!d && errno == ENOENT)
		return 0;
	if (!d)
		return err_set(err, errno, "state root %s", root);
	while ((e = readdir(d))) {
		if (state_check_id(e->d_name, &ignored) < 0 || !is_folder(d, e))
			continue;
		out->id = arena_grow(a, out->id, out->n, sizeof(*out->id));
		out->id[out->n++] = arena_strdup(a, e->d_name);
	}
	closedir(d);
	if (out->n)
		qsort(out->id, out->n, sizeof(*out->id), by_id);
	return 0;
}

/* ---- all of them, on as many processors as there are ----------------------------------------- */

enum {
	FEW = 32, /* are no work for one more reader */
	MAX_READERS = 8
};

struct reading {
	const char *root;
	const struct id_list *ids;
	size_t next;		/* taken by one reader after the other */
	struct view **view;	/* for each id; NULL: it could not be read, and */
	const char **why;	/* this is why; NULL: it was deleted while we were looking */
};

struct reader {
	struct reading *all;
	struct arena *a;
	struct arena own;	/* of a thread */
	pthread_t thread;
};

static void *read_views(void *arg)
{
	struct reader *r = arg;
	struct reading *all = r->all;
	struct arena scratch = { 0 };
	size_t i;

	while ((i = __atomic_fetch_add(&all->next, 1, __ATOMIC_RELAXED)) < all->ids->n) {
		struct error err = { 0 };

		all->view[i] = read_by(&scratch, all->root, all->ids->id[i], r->a, &err);
		if (!all->view[i] && err.code != ENOENT)
			all->why[i] = arena_strdup(r->a, err.msg);
		arena_reset(&scratch);
	}
	arena_done(&scratch);
	return NULL;
}

/*
 * On the processor `cpu` alone: left to itself, a new thread is mostly put behind the one that made
 * it, and waits there while another processor has nothing to do.
 */
static bool begin(struct reader *r, unsigned cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (pthread_create(&r->thread, NULL, read_views, r) != 0)
		return false;
	pthread_setaffinity_np(r->thread, sizeof(one), &one);
	return true;
}

/* This thread is a reader, too; others that cannot be had are no failure. */
static void read_all(struct reading *all, struct arena *a)
{
	struct reader reader[MAX_READERS] = { { .all = all, .a = a } };
	unsigned own = (unsigned)sched_getcpu();
	const size_t most = 1 + all->ids->n / FEW;
	cpu_set_t cpus;
	size_t n = 1;

	if (most == 1 || sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		CPU_ZERO(&cpus);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && n < most && n < MAX_READERS; cpu++) {
		reader[n] = (struct reader){ .all = all, .a = &reader[n].own };
		if (cpu != own && CPU_ISSET(cpu, &cpus) && begin(&reader[n], cpu))
			n++;
	}
	read_views(&reader[0]);
	while (--n > 0) {
		pthread_join(reader[n].thread, NULL);
		arena_take(a, &reader[n].own);
	}
}

int view_list(const char *root, struct arena *a, struct view_list *out, struct error *err)
{
	struct id_list ids;

	if (view_ids(root, a, &ids, err) < 0)
		return -1;

	struct reading all = { .root = root,
			       .ids = &ids,
			       .view = arena_alloc(a, ids.n, sizeof(*all.view)),
			       .why = arena_alloc(a, ids.n, sizeof(*all.why)) };

	read_all(&all, a);
	*out = (struct view_list){ .view = all.view };
	for (size_t i = 0; i < ids.n; i++) {
		if (all.view[i])
			out->view[out->n++] = all.view[i];
		else if (all.why[i])
			log_warning("%s", all.why[i]);
	}
	return 0;
}
