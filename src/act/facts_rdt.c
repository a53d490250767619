/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the resctrl tree has (Documentation/filesystems/resctrl.rst): its classes of service with
 * their schemata, and whether it can monitor. Asked only by a container that uses it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "act/facts.h"
#include "base/fd.h"
#include "base/str.h"

enum { SCHEMATA_MAX = 64 << 10 };

static void add_group(struct arena *a, struct facts_rdt *to, int dir, const char *name)
{
	bool top = streq(name, "/");
	const char *file = top ? "schemata" : arena_printf(a, "%s/schemata", name);
	char *text = NULL;

	if (read_at(dir, file, SCHEMATA_MAX, a, &text) < 0)
		return; /* no class: "info", "mon_groups", "mon_data" */
	to->groups = arena_grow(a, to->groups, to->n_groups, sizeof(*to->groups));
	to->groups[to->n_groups++] = (struct facts_rdt_group){
		.name = arena_strdup(a, name),
		.schemata = text,
	};
}

static void add_groups(struct arena *a, struct facts_rdt *to, int fd)
{
	DIR *dir = fdopendir(dup(fd));
	const struct dirent *e;

	if (!dir)
		return;
	add_group(a, to, fd, "/");
	while ((e = readdir(dir)))
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			add_group(a, to, fd, e->d_name);
	closedir(dir);
}

void facts_rdt(struct arena *a, struct facts *out)
{
	struct facts_rdt *rdt = arena_new(a, struct facts_rdt);

	out->rdt = rdt;
	rdt->mount = facts_find_mount(a, "resctrl");
	if (!rdt->mount)
		return;

	autofd int fd = fd_open(rdt->mount, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return;
	add_groups(a, rdt, fd);
	rdt->has_monitoring = true;
	rdt->monitoring = faccessat(fd, "info/L3_MON", F_OK, 0) == 0;
}
