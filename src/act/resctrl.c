/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to the resctrl tree what plan decided (Documentation/filesystems/resctrl.rst). The kernel
 * fills a folder with its files as it is made, and takes them along when it is removed.
 */
#include "act/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"

enum { SCHEMATA_MAX = 64 << 10 };
enum { NAME_SIZE = 1200 }; /* two names, and "mon_groups" between them */

/* A folder of the tree or a file in it: "GROUP", "GROUP/mon_groups/ID/tasks". */
struct name {
	char text[NAME_SIZE];
};

static struct name name_of(const char *group, const char *monitor, const char *file)
{
	struct name n;

	snprintf(n.text, sizeof(n.text), "%s%s%s%s", *group ? group : ".",
		 monitor ? "/mon_groups/" : "", monitor ? monitor : "", file);
	return n;
}

/* What the kernel did not like about the last write or mkdir it says in a file of its own. */
static int refused(const struct resctrl *rdt, int code, struct name name, const char *what,
		   struct error *err)
{
	char why[200] = "";

	if (read_small(rdt->root, "info/last_cmd_status", why, sizeof(why)) < 0 || streq(why, "ok"))
		why[0] = '\0';
	return err_set(err, code, "%s %s/%s%s%s", what, rdt->plan->mount, name.text,
		       *why ? ": " : "", why);
}

static int write_lines(const struct resctrl *rdt, struct error *err)
{
	const struct plan_rdt *plan = rdt->plan;
	struct name schemata = name_of(plan->group, NULL, "/schemata");

	for (size_t i = 0; i < plan->n_line; i++) {
		char line[4096];
		int n = snprintf(line, sizeof(line), "%s\n", plan->line[i].value);
		int r = n < (int)sizeof(line) ? write_at(rdt->root, schemata.text, line) : -E2BIG;

		if (r < 0) {
			refused(rdt, -r, schemata, "write to", err);
			return err_at(err, "%s", plan->line[i].from);
		}
	}
	return 0;
}

static int make_group(struct resctrl *rdt, struct error *err)
{
	const struct plan_rdt *plan = rdt->plan;
	struct name folder = name_of(plan->group, NULL, "");

	if (plan->make && mkdirat(rdt->root, folder.text, 0755) < 0) {
		refused(rdt, errno, folder, "make the class of service", err);
		return err_at(err, "%s", plan->from);
	}
	rdt->made_group = plan->make;
	return write_lines(rdt, err);
}

static int add_task(const struct resctrl *rdt, const char *monitor, pid_t pid, struct error *err)
{
	struct name tasks = name_of(rdt->plan->group, monitor, "/tasks");
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%d\n", pid);
	r = write_at(rdt->root, tasks.text, text);
	return r < 0 ? refused(rdt, -r, tasks, "write the container's pid to", err) : 0;
}

static int make_monitor(struct resctrl *rdt, pid_t pid, struct error *err)
{
	const char *monitor = rdt->plan->monitor;
	struct name folder;

	if (!monitor)
		return 0;
	folder = name_of(rdt->plan->group, monitor, "");
	if (mkdirat(rdt->root, folder.text, 0755) < 0)
		refused(rdt, errno, folder, "make the monitoring group", err);
	else {
		rdt->made_monitor = true;
		if (add_task(rdt, monitor, pid, err) == 0)
			return 0;
	}
	return err_at(err, "/linux/intelRdt/enableMonitoring");
}

int resctrl_apply(struct resctrl *rdt, const struct plan_rdt *plan, pid_t pid, struct error *err)
{
	if (!plan->mount)
		return 0;
	rdt->plan = plan;
	rdt->root = fd_open(plan->mount, O_RDONLY | O_DIRECTORY);
	if (rdt->root < 0) {
		err_set(err, errno, "open %s", plan->mount);
		return err_at(err, "%s", plan->from);
	}
	if (make_group(rdt, err) < 0)
		return -1;
	if (add_task(rdt, NULL, pid, err) < 0)
		return err_at(err, "%s", plan->from);
	return make_monitor(rdt, pid, err);
}

int resctrl_join(const struct state_rdt *made, pid_t pid, struct error *err)
{
	if (!made)
		return 0;

	const struct plan_rdt plan = { .mount = made->mount, .group = made->group };
	autofd int root = fd_open(made->mount, O_RDONLY | O_DIRECTORY);
	const struct resctrl rdt = { .plan = &plan, .root = root };

	if (root < 0)
		return err_set(err, errno, "open %s", made->mount);
	if (add_task(&rdt, NULL, pid, err) < 0)
		return -1;
	return made->monitor ? add_task(&rdt, made->monitor, pid, err) : 0;
}

int resctrl_update(const struct plan_rdt *plan, struct arena *a, const char **out_before,
		   struct error *err)
{
	char *before = NULL;

	if (!plan->mount)
		return 0;

	struct name schemata = name_of(plan->group, NULL, "/schemata");
	autofd int root = fd_open(plan->mount, O_RDONLY | O_DIRECTORY);
	ssize_t n = root < 0 ? -errno : read_at(root, schemata.text, SCHEMATA_MAX, a, &before);

	if (n < 0) {
		err_set(err, (int)-n, "read %s/%s", plan->mount, schemata.text);
		return err_at(err, "%s", plan->from);
	}
	*out_before = before;
	return write_lines(&(struct resctrl){ .plan = plan, .root = root }, err);
}

void resctrl_restore(const struct plan_rdt *plan, const char *before)
{
	if (!before)
		return;

	struct name schemata = name_of(plan->group, NULL, "/schemata");
	autofd int root = fd_open(plan->mount, O_RDONLY | O_DIRECTORY);

	if (root < 0 || write_at(root, schemata.text, before) < 0)
		log_warning("the schemata of %s/%s could not be put back", plan->mount,
			    plan->group);
}

/* Somebody else may have joined a class that has a name of its own: then it stays. */
static bool has_tasks(const struct resctrl *rdt)
{
	char text[16];

	return read_small(rdt->root, name_of(rdt->plan->group, NULL, "/tasks").text, text,
			  sizeof(text)) > 0;
}

void resctrl_undo(struct resctrl *rdt)
{
	if (rdt->made_monitor && !rdt->keep)
		unlinkat(rdt->root, name_of(rdt->plan->group, rdt->plan->monitor, "").text,
			 AT_REMOVEDIR);
	if (rdt->made_group && !rdt->keep && !has_tasks(rdt))
		unlinkat(rdt->root, name_of(rdt->plan->group, NULL, "").text, AT_REMOVEDIR);
	autofd_close(&rdt->root);
}

static int remove_folder(int root, const struct state_rdt *made, const char *monitor,
			 struct error *err)
{
	struct name folder = name_of(made->group, monitor, "");

	if (unlinkat(root, folder.text, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_set(err, errno, "remove %s/%s", made->mount, folder.text);
	return 0;
}

int resctrl_remove(const struct state_rdt *made, struct error *err)
{
	if (!made)
		return 0;

	autofd int root = fd_open(made->mount, O_RDONLY | O_DIRECTORY);

	if (root < 0) /* unmounted: the kernel has forgotten all of it */
		return errno == ENOENT ? 0 : err_set(err, errno, "open %s", made->mount);
	if (made->monitor && remove_folder(root, made, made->monitor, err) < 0)
		return -1;
	return made->remove ? remove_folder(root, made, NULL, err) : 0;
}
