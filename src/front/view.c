/* SPDX-License-Identifier: Apache-2.0 */
/* Reads containers' records for `state` and `list`. Locks nothing and changes nothing. */
#include "front/view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

struct view *view_read(const char *root, const char *id, struct arena *a, struct error *err)
{
	struct state_dir dir = STATE_DIR_INIT;
	const struct state *state = state_look(&dir, root, id, a, err);

	if (!state) {
		no_record(&dir, err);
		return NULL;
	}

	enum status status = state_status(&dir, state);
	struct view *view = arena_new(a, struct view);

	*view = (struct view){
		.oci_version = state->oci_version,
		.id = state->id,
		.has_pid = true,
		.pid = has_process(status) ? state->pid : 0,
		.status = status_name(status),
		.bundle = state->bundle,
		.rootfs = state->rootfs,
		.created = state->created,
		.annotations = state->n_annotations ? state->annotations : NULL,
		.n_annotations = state->n_annotations,
		.systemd_scope = state->cgroup->unit,
		.owner = state->owner ? arena_printf(a, "%" PRIu64, state->owner) : "root",
	};
	return view;
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

int view_list(const char *root, struct arena *a, struct view_list *out, struct error *err)
{
	struct id_list ids;

	if (view_ids(root, a, &ids, err) < 0)
		return -1;
	*out = (struct view_list){ .view = arena_alloc(a, ids.n + 1, sizeof(*out->view)) };
	for (size_t i = 0; i < ids.n; i++) {
		struct error why = { 0 };
		struct view *view = view_read(root, ids.id[i], a, &why);

		if (view)
			out->view[out->n++] = view;
		else if (why.code != ENOENT) /* deleted while we were looking */
			log_warning("%s", why.msg);
	}
	return 0;
}
