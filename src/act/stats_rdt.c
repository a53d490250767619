/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's numbers from the resctrl tree (Documentation/filesystems/resctrl.rst): its class
 * of service, and what its monitoring group has counted. See stats.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "act/stats.h"
#include "base/fd.h"
#include "base/str.h"

enum { FILE_MAX = 64 << 10 };

#define SET(object, member, number)                                                                \
	((object)->has_##member = true, (object)->member = (number))

static char *file_text(int dir, const char *file, struct arena *a)
{
	char *text;

	if (read_at(dir, file, FILE_MAX, a, &text) < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static struct stats_l3_info *l3_info(int root, struct arena *a)
{
	struct stats_l3_info *out = arena_new(a, struct stats_l3_info);

	out->cbm_mask = file_text(root, "info/L3/cbm_mask", a);
	out->has_min_cbm_bits =
		stats_number(root, "info/L3/min_cbm_bits", &out->min_cbm_bits);
	out->has_num_closids = stats_number(root, "info/L3/num_closids", &out->num_closids);
	return out->cbm_mask ? out : NULL;
}

static struct stats_mb_info *mb_info(int root, struct arena *a)
{
	struct stats_mb_info *out = arena_new(a, struct stats_mb_info);

	out->has_bandwidth_gran =
		stats_number(root, "info/MB/bandwidth_gran", &out->bandwidth_gran);
	out->has_delay_linear = stats_number(root, "info/MB/delay_linear", &out->delay_linear);
	out->has_min_bandwidth =
		stats_number(root, "info/MB/min_bandwidth", &out->min_bandwidth);
	out->has_num_closids = stats_number(root, "info/MB/num_closids", &out->num_closids);
	return out->has_num_closids ? out : NULL;
}

/* The lines of a schemata file that begin with `resource`: "L3:0=7ff;1=7ff", "L3CODE:...". */
static const char *schema(int root, const char *group, const char *resource, struct arena *a)
{
	char *text, *line;
	const char *out = NULL;

	if (read_at(root, arena_printf(a, "%s/schemata", group), FILE_MAX, a, &text) < 0)
		return NULL;
	while ((line = strsep(&text, "\n"))) {
		line += strspn(line, " ");
		if (str_after(line, resource))
			out = out ? arena_printf(a, "%s\n%s", out, line) : line;
	}
	return out;
}

/* One folder of mon_data: "mon_L3_00". */
static void domain_read(int dir, struct stats_rdt *out, struct arena *a)
{
	struct stats_mbm mbm = { 0 };
	struct stats_cmt cmt = { 0 };

	mbm.has_total = stats_number(dir, "mbm_total_bytes", &mbm.total);
	mbm.has_local = stats_number(dir, "mbm_local_bytes", &mbm.local);
	cmt.has_occupancy = stats_number(dir, "llc_occupancy", &cmt.occupancy);
	if (mbm.has_total || mbm.has_local) {
		out->mbm = arena_grow(a, out->mbm, out->n_mbm, sizeof(mbm));
		out->mbm[out->n_mbm++] = mbm;
	}
	if (cmt.has_occupancy) {
		out->cmt = arena_grow(a, out->cmt, out->n_cmt, sizeof(cmt));
		out->cmt[out->n_cmt++] = cmt;
	}
}

static void monitor_read(int root, const char *folder, struct stats_rdt *out, struct arena *a)
{
	struct dirent **list = NULL;
	autofd int monitor = openat(root, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int n = scandir(arena_printf(a, "/proc/self/fd/%d", monitor), &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		autofd int dir = -1;

		if (str_after(name, "mon_L3"))
			dir = openat(monitor, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir >= 0)
			domain_read(dir, out, a);
		free(list[i]);
	}
	free(list);
}

struct stats_rdt *stats_rdt(const struct state_rdt *rdt, struct arena *a)
{
	struct stats_rdt *out = arena_new(a, struct stats_rdt);
	autofd int root = rdt ? fd_open(rdt->mount, O_PATH | O_DIRECTORY) : -1;
	const char *group = rdt && *rdt->group ? rdt->group : ".";

	if (root < 0)
		return out;
	out->l3_info = l3_info(root, a);
	out->mb_info = mb_info(root, a);
	out->l3_root = schema(root, ".", "L3", a);
	out->mb_root = schema(root, ".", "MB", a);
	out->l3 = schema(root, group, "L3", a);
	out->mb = schema(root, group, "MB", a);
	if (rdt->monitor)
		group = arena_printf(a, "%s/mon_groups/%s", group, rdt->monitor);
	monitor_read(root, arena_printf(a, "%s/mon_data", group), out, a);
	return out;
}
