/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cgroup that was there before create: it is taken, and later given back as it was found, since
 * delete must not remove what create has not made (runtime.md, Delete). What the files said is
 * read before they are written, so that an administrator's limit comes back and not only the
 * kernel's default.
 */
#include "act/cgroup.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "act/cgroup_dir.h"
#include "act/devfilter.h"
#include "base/log.h"
#include "base/str.h"

enum { FILE_MAX = 64 << 10 };

/* ---- taking --------------------------------------------------------------------------------- */

/*
 * Files with a line for each device, which is written by that line alone. `unset` is what takes
 * one back that was not there; NULL: all devices have one (cgroup-v2.rst).
 */
static const struct keyed {
	const char *file, *unset;
} keyed[] = {
	{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight", "default" },
	{ "io.bfq.weight", "default" },
	{ "io.latency", "target=0" },
	{ "rdma.max", NULL },
	{ "misc.max", NULL },
};

static const struct keyed *keyed_find(const char *file)
{
	for (size_t i = 0; i < COUNT(keyed); i++)
		if (streq(keyed[i].file, file))
			return &keyed[i];
	return NULL;
}

/* The line of `text` that begins with this word, without the word; NULL if none does. */
static const char *line_of(struct arena *a, const char *text, const char *word, size_t len)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strncmp(text, word, len) == 0 && text[len] == ' ')
			return arena_strndup(a, text + len + 1, strcspn(text + len + 1, "\n"));
	return NULL;
}

/* What undoes a write of `value` to that file, in which `text` stands now. NULL: nothing does. */
static const char *undo_text(struct arena *a, const char *file, const char *value, const char *text)
{
	const struct keyed *k = keyed_find(file);
	size_t len = strcspn(value, " ");

	if (!k)
		return arena_strndup(a, text, strcspn(text, "\n"));
	if (!value[len]) /* a weight for all devices */
		return line_of(a, text, "default", strlen("default"));

	const char *line = line_of(a, text, value, len);

	if (!line)
		line = k->unset;
	return line ? arena_printf(a, "%.*s %s", (int)len, value, line) : NULL;
}

static void remember_one(struct cgroup *cg, const struct plan_write *w, struct plan_write *list,
			 struct arena *a)
{
	char *text = NULL;

	/* Some files can only be written: there is nothing to put back. */
	if (read_at(cg->dir, w->file, FILE_MAX, a, &text) < 0)
		return;

	const char *value = undo_text(a, w->file, w->value, text);

	if (value)
		list[cg->n_before++] = (struct plan_write){ w->from, w->file, value, true };
}

static void remember(struct cgroup *cg, const struct plan_write *w, size_t n,
		     struct plan_write *list, struct arena *a)
{
	for (size_t i = 0; i < n; i++) {
		/* An idle cgroup forgets its weight. */
		if (streq(w[i].file, "cpu.idle"))
			remember_one(cg, &(struct plan_write){ w[i].from, "cpu.weight", "", true },
				     list, a);
		remember_one(cg, &w[i], list, a);
	}
}

void cgroup_remember(struct cgroup *cg, const struct plan_cgroup *plan, struct arena *a)
{
	struct plan_write *list =
		arena_alloc(a, 2 * (plan->n_early + plan->n_late) + 1, sizeof(*list));

	cg->before = list;
	cg->n_before = 0;
	if (cg->dir < 0)
		return;
	remember(cg, plan->early, plan->n_early, list, a);
	remember(cg, plan->late, plan->n_late, list, a);
}

int cgroup_take(struct cgroup *cg, const struct plan_cgroup *plan, struct arena *a,
		struct error *err)
{
	struct stat st;

	if (cg->made || cg->dir < 0)
		return 0;
	if (cgroup_mark_made(cg->dir)) {
		/* Of a container that has ended: it is this one's now, to remove as well. */
		cg->made = cg->move = true;
		cg->existed = cgroup_parent(cg->path, strlen(cg->path));
		return 0;
	}
	if (fstat(cg->dir, &st) < 0)
		return err_set(err, errno, "look at cgroup %s%s", cg->mount, cg->path);

	cgroup_remember(cg, plan, a);
	cg->given = plan->give;
	cg->owner = st.st_uid;
	cg->childless = cgroup_count(cg->dir, "cgroup.stat", "nr_descendants") == 0;
	cg->taken = true;
	return 0;
}

/* ---- giving back ---------------------------------------------------------------------------- */

/* Were controllers enabled for children that are gone now, the next process could not go in. */
static void children_forget(const struct cgroup *cg)
{
	char text[512], off[1024] = "";
	char *rest = text;

	if (read_small(cg->dir, "cgroup.subtree_control", text, sizeof(text)) < 0)
		return;
	for (const char *name; (name = strsep(&rest, " \n"));)
		if (*name)
			strcat(strcat(off, " -"), name);
	if (*off)
		write_at(cg->dir, "cgroup.subtree_control", off);
}

/*
 * In two rounds, as some values are refused while another is in place: a quota below the burst, a
 * weight while idle. A device or a file may be gone by now.
 */
void cgroup_restore(const struct cgroup *cg)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < cg->n_before; i++) {
			const struct plan_write *w = &cg->before[i];
			int r = cgroup_write(cg->dir, w->file, w->value);

			if (r < 0 && r != -ENOENT && r != -ENODEV && round == 1)
				log_warning("put '%s' back into %s%s/%s: %s", w->value, cg->mount,
					    cg->path, w->file, err_text(-r));
		}
	}
}

int cgroup_give_back(struct cgroup *cg, int ms, struct error *err)
{
	const struct plan_cgroup back = {
		.mount = cg->mount, .path = cg->path, .give = cg->given, .owner = cg->owner
	};
	int r = cgroup_drain(cg->dir, cg->childless, ms);

	if (r == -ETIMEDOUT)
		return err_set(err, 0, "give back cgroup %s%s: it still has processes after %d s",
			       cg->mount, cg->path, ms / 1000);
	if (r < 0 && r != -ENOENT && r != -ENODEV)
		return err_set(err, -r, "give back cgroup %s%s", cg->mount, cg->path);
	if (cg->childless)
		children_forget(cg);
	devfilter_detach(cg);
	if (cgroup_freezes(cg)) /* create takes none that is frozen: this one was paused */
		write_at(cg->dir, "cgroup.freeze", "0");
	cgroup_restore(cg);
	if (cg->given && cgroup_give(cg, &back, err) < 0)
		return -1;
	cgroup_unmark(cg);
	autofd_close(&cg->dir);
	return 0;
}
