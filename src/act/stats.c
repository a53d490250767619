/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's numbers from the files of its cgroup (Documentation/admin-guide/cgroup-v2.rst).
 * Their units are turned into those of stats.def. See stats.h.
 */
#include "act/stats.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"

#define TABLE_DEF "act/stats.def"
#include "libocispec/table_rows.h"

enum { FILE_MAX = 1 << 20, USEC = 1000, CPUS_MAX = 1 << 16 };

/* Sets a member that may be absent. */
#define SET(object, member, number)                                                                \
	((object)->has_##member = true, (object)->member = (number))

/* ---- files --------------------------------------------------------------------------------- */

bool stats_number(int dir, const char *file, uint64_t *out)
{
	char text[32];

	if (read_small(dir, file, text, sizeof(text)) < 0)
		return false;
	if (streq(text, "max")) {
		*out = UINT64_MAX;
		return true;
	}
	return str_to_u64(text, UINT64_MAX, out) == 0;
}

/* Its lines; none where it cannot be read. */
static char *file_text(int dir, const char *file, struct arena *a)
{
	char *text;

	return read_at(dir, file, FILE_MAX, a, &text) < 0 ? arena_strdup(a, "") : text;
}

/* A file of lines "name number". */
struct flat {
	struct oci_pair *line;
	size_t n;
};

static struct flat flat_read(int dir, const char *file, struct arena *a)
{
	struct flat out = { 0 };
	char *text = file_text(dir, file, a), *line;
	uint64_t ignored;

	while ((line = strsep(&text, "\n"))) {
		char *name = strsep(&line, " ");

		if (!line || str_to_u64(line, UINT64_MAX, &ignored) < 0)
			continue;
		out.line = arena_grow(a, out.line, out.n, sizeof(*out.line));
		out.line[out.n++] = (struct oci_pair){ name, line };
	}
	return out;
}

static bool flat_find(const struct flat *flat, const char *name, uint64_t *out)
{
	for (size_t i = 0; i < flat->n; i++)
		if (streq(flat->line[i].key, name))
			return str_to_u64(flat->line[i].value, UINT64_MAX, out) == 0;
	return false;
}

/* ---- pressure ------------------------------------------------------------------------------ */

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0"; NULL where a number is missing. */
static struct stats_pressure *pressure_line(char *line, struct arena *a)
{
	struct stats_pressure *out = arena_new(a, struct stats_pressure);
	char *word;

	while ((word = strsep(&line, " "))) {
		const char *name = strsep(&word, "=");
		const char **to = streq(name, "avg10")	? &out->avg10 :
				  streq(name, "avg60")	? &out->avg60 :
				  streq(name, "avg300") ? &out->avg300 :
				  streq(name, "total")	? &out->total :
							  NULL;

		if (to && word && *word && word[strspn(word, "0123456789.")] == '\0')
			*to = word;
	}
	return out->avg10 && out->avg60 && out->avg300 && out->total ? out : NULL;
}

/* NULL where the kernel does not count it (CONFIG_PSI, psi=1). */
static struct stats_psi *psi_read(int dir, const char *file, struct arena *a)
{
	struct stats_psi *out = arena_new(a, struct stats_psi);
	char *text = file_text(dir, file, a), *line;

	while ((line = strsep(&text, "\n"))) {
		if (str_after(line, "some "))
			out->some = pressure_line(line, a);
		if (str_after(line, "full "))
			out->full = pressure_line(line, a);
	}
	return out->some || out->full ? out : NULL;
}

/* ---- cpu ----------------------------------------------------------------------------------- */

static struct stats_cpu *cpu_read(int dir, struct arena *a)
{
	struct stats_cpu *out = arena_new(a, struct stats_cpu);
	struct flat stat = flat_read(dir, "cpu.stat", a);
	uint64_t n;

	out->usage = arena_new(a, struct stats_cpu_usage);
	out->throttling = arena_new(a, struct stats_throttling);
	out->psi = psi_read(dir, "cpu.pressure", a);
	if (flat_find(&stat, "usage_usec", &n))
		SET(out->usage, total, n * USEC);
	if (flat_find(&stat, "system_usec", &n))
		SET(out->usage, kernel, n * USEC);
	if (flat_find(&stat, "user_usec", &n))
		SET(out->usage, user, n * USEC);
	if (flat_find(&stat, "nr_periods", &n))
		SET(out->throttling, periods, n);
	if (flat_find(&stat, "nr_throttled", &n))
		SET(out->throttling, throttled_periods, n);
	if (flat_find(&stat, "throttled_usec", &n))
		SET(out->throttling, throttled_time, n * USEC);
	return out;
}

/* "0-3,8": the numbers, or NULL. */
static uint64_t *list_read(int dir, const char *file, struct arena *a, size_t *out_n)
{
	char *text = file_text(dir, file, a), *part;
	uint64_t *list = NULL;

	*out_n = 0;
	text[strcspn(text, "\n")] = '\0';
	while ((part = strsep(&text, ","))) {
		char *end;
		unsigned long from = strtoul(part, &end, 10), to = from;

		if (end == part)
			continue;
		if (*end == '-')
			to = strtoul(end + 1, NULL, 10);
		for (; from <= to && *out_n < CPUS_MAX; from++) {
			list = arena_grow(a, list, *out_n, sizeof(*list));
			list[(*out_n)++] = from;
		}
	}
	return list;
}

static struct stats_cpuset *cpuset_read(int dir, struct arena *a)
{
	struct stats_cpuset *out = arena_new(a, struct stats_cpuset);

	out->cpus = list_read(dir, "cpuset.cpus.effective", a, &out->n_cpus);
	out->mems = list_read(dir, "cpuset.mems.effective", a, &out->n_mems);
	return out;
}

/* ---- memory -------------------------------------------------------------------------------- */

static struct stats_amount *amount_new(struct arena *a)
{
	struct stats_amount *out = arena_new(a, struct stats_amount);

	SET(out, limit, 0);
	SET(out, failcnt, 0);
	return out;
}

static struct stats_amount *memory_usage(int dir, struct arena *a)
{
	struct stats_amount *out = amount_new(a);
	struct flat events = flat_read(dir, "memory.events", a);

	stats_number(dir, "memory.max", &out->limit);
	out->has_usage = stats_number(dir, "memory.current", &out->usage);
	out->has_max = stats_number(dir, "memory.peak", &out->max);
	flat_find(&events, "max", &out->failcnt);
	return out;
}

/* Consumers expect what cgroup v1 counted: memory and swap together. */
static struct stats_amount *swap_usage(int dir, const struct stats_amount *memory, struct arena *a)
{
	struct stats_amount *out = amount_new(a);
	struct flat events = flat_read(dir, "memory.swap.events", a);
	uint64_t n;

	if (!stats_number(dir, "memory.swap.max", &n))
		return out;
	if (__builtin_add_overflow(n, memory->limit, &out->limit))
		out->limit = UINT64_MAX;
	if (stats_number(dir, "memory.swap.current", &n))
		SET(out, usage, n + memory->usage);
	flat_find(&events, "max", &out->failcnt);
	return out;
}

static struct stats_memory *memory_read(int dir, struct arena *a)
{
	struct stats_memory *out = arena_new(a, struct stats_memory);
	struct flat stat = flat_read(dir, "memory.stat", a);

	out->usage = memory_usage(dir, a);
	out->swap = swap_usage(dir, out->usage, a);
	out->kernel = amount_new(a);
	out->kernel_tcp = amount_new(a);
	out->has_cache = flat_find(&stat, "file", &out->cache);
	out->kernel->has_usage = flat_find(&stat, "kernel", &out->kernel->usage);
	out->kernel_tcp->has_usage = flat_find(&stat, "sock", &out->kernel_tcp->usage);
	out->raw = stat.line;
	out->n_raw = stat.n;
	out->psi = psi_read(dir, "memory.pressure", a);
	return out;
}

/* ---- pids, io, hugetlb --------------------------------------------------------------------- */

static struct stats_pids *pids_read(int dir, struct arena *a)
{
	struct stats_pids *out = arena_new(a, struct stats_pids);

	out->has_current = stats_number(dir, "pids.current", &out->current);
	out->has_limit = stats_number(dir, "pids.max", &out->limit) && out->limit != UINT64_MAX;
	return out;
}

/* "rbytes=4096" of a line of io.stat. */
static void io_word(struct stats_blkio *out, const struct stats_io *device, char *word,
		    struct arena *a)
{
	const char *name = strsep(&word, "=");
	bool bytes = streq(name, "rbytes") || streq(name, "wbytes");
	struct stats_io io = *device;

	if (!word || (!bytes && !streq(name, "rios") && !streq(name, "wios")) ||
	    str_to_u64(word, UINT64_MAX, &io.value) < 0)
		return;
	io.op = *name == 'r' ? "Read" : "Write";

	struct stats_io **list = bytes ? &out->bytes : &out->requests;
	size_t *n = bytes ? &out->n_bytes : &out->n_requests;

	*list = arena_grow(a, *list, *n, sizeof(io));
	(*list)[(*n)++] = io;
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0" */
static struct stats_blkio *io_read(int dir, struct arena *a)
{
	struct stats_blkio *out = arena_new(a, struct stats_blkio);
	char *text = file_text(dir, "io.stat", a), *line, *word;

	out->psi = psi_read(dir, "io.pressure", a);
	while ((line = strsep(&text, "\n"))) {
		struct stats_io device = { .has_major = true,
					   .has_minor = true,
					   .has_value = true };
		char *major = strsep(&line, ":"), *minor = strsep(&line, " ");

		if (!line || str_to_u64(major, UINT32_MAX, &device.major) < 0 ||
		    str_to_u64(minor, UINT32_MAX, &device.minor) < 0)
			continue;
		while ((word = strsep(&line, " ")))
			io_word(out, &device, word, a);
	}
	return out;
}

/* The SIZE of "hugetlb.SIZE.current"; NULL. */
static const char *page_size(const char *file, struct arena *a)
{
	const char *size = str_after(file, "hugetlb.");
	size_t len = size ? strcspn(size, ".") : 0;

	return len && streq(size + len, ".current") ? arena_strndup(a, size, len) : NULL;
}

static void hugetlb_read(int dir, struct stats *out, struct arena *a)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *e;

	out->hugetlb = arena_grow(a, NULL, 0, sizeof(*out->hugetlb));
	while (d && (e = readdir(d))) {
		const char *size = page_size(e->d_name, a);
		struct stats_hugetlb page = { .size = size, .has_failcnt = true };

		if (!size)
			continue;

		struct flat events =
			flat_read(dir, arena_printf(a, "hugetlb.%s.events", size), a);

		page.has_usage = stats_number(dir, e->d_name, &page.usage);
		flat_find(&events, "max", &page.failcnt);
		if (out->n_hugetlb)
			out->hugetlb = arena_grow(a, out->hugetlb, out->n_hugetlb,
						  sizeof(*out->hugetlb));
		out->hugetlb[out->n_hugetlb++] = page;
	}
	if (d)
		closedir(d);
}

struct stats *stats_read(const struct cgroup *cg, const struct state_rdt *rdt, struct arena *a)
{
	struct stats *out = arena_new(a, struct stats);

	out->cpu = cpu_read(cg->dir, a);
	out->cpuset = cpuset_read(cg->dir, a);
	out->memory = memory_read(cg->dir, a);
	out->pids = pids_read(cg->dir, a);
	out->blkio = io_read(cg->dir, a);
	hugetlb_read(cg->dir, out, a);
	out->rdt = stats_rdt(rdt, a);
	out->network = arena_alloc(a, 1, sizeof(*out->network));
	return out;
}
