/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is going to be written to the cgroup's files, as properties for systemd, which writes these
 * files as well: one row a file. What no property can express is in the files alone; so is a value
 * that is no value, as the kernel will say in better words. See unit.h.
 */
#include <inttypes.h>

#include "plan/unit.h"

struct limit {
	struct properties *to;
	struct plan_write *w;	/* its value may be changed to one that systemd can have too */
	const char *property;
};

/* ---- single values -------------------------------------------------------------------------- */

static const char *number(struct limit *l, uint64_t value)
{
	return arena_printf(l->to->a, "%" PRIu64, value);
}

static void add(struct limit *l, const char *type, const char *value)
{
	property_add(l->to, l->w->from, l->property, type, value);
}

/* systemd's own "infinity" is the largest number. */
static void bytes(struct limit *l)
{
	uint64_t value = UINT64_MAX;

	if (streq(l->w->value, "max") || str_to_bytes(l->w->value, &value) == 0)
		add(l, "t", number(l, value));
}

/* No process and one are the same limit: init is there already. */
static void tasks(struct limit *l)
{
	uint64_t value = UINT64_MAX;

	if (!streq(l->w->value, "max") && str_to_u64(l->w->value, UINT64_MAX, &value) < 0)
		return;
	if (value == 0)
		l->w->value = number(l, value = 1);
	add(l, "t", number(l, value));
}

static void weight(struct limit *l)
{
	uint64_t value;

	if (str_to_u64(l->w->value, 10000, &value) == 0 && value > 0)
		add(l, "t", number(l, value));
}

/* "Idle" is a weight of none to systemd; not to be idle is to have no weight of its own. */
static void idle(struct limit *l)
{
	add(l, "t", streq(l->w->value, "1") ? "0" : number(l, UINT64_MAX));
	l->to->list[l->to->n - 1].optional = true;
}

static void oom_group(struct limit *l)
{
	add(l, "s", streq(l->w->value, "1") ? "kill" : "continue");
	l->to->list[l->to->n - 1].optional = true;
}

/* ---- CPU time ------------------------------------------------------------------------------- */

enum { SECOND = 1000000, PERCENT = SECOND / 100, PERIOD = 100000 };

/*
 * "QUOTA PERIOD" or "QUOTA", in microseconds; QUOTA may be "max". systemd keeps hundredths of a
 * processor: the quota is rounded up to that, and so it goes to the file.
 */
static void quota(struct limit *l)
{
	struct arena *a = l->to->a;
	const char *value = l->w->value;
	size_t len = strcspn(value, " ");
	uint64_t time, period = PERIOD, rate = UINT64_MAX;

	if (value[len] && str_to_u64(value + len + 1, SECOND, &period) < 0)
		return;
	if (period == 0)
		return;
	if (!streq(arena_strndup(a, value, len), "max")) {
		if (str_to_u64(arena_strndup(a, value, len), UINT64_MAX / SECOND / 2, &time) < 0)
			return;
		rate = time * SECOND / period + (time * SECOND % period != 0);
		rate = (rate + PERCENT - 1) / PERCENT * PERCENT;
		l->w->value = arena_printf(a, "%" PRIu64 " %" PRIu64, rate * period / SECOND,
					   period);
	}
	l->property = "CPUQuotaPerSecUSec";
	add(l, "t", number(l, rate));
	l->property = "CPUQuotaPeriodUSec";
	add(l, "t", number(l, period));
}

/* ---- sets ----------------------------------------------------------------------------------- */

static void set(struct limit *l)
{
	static const char digits[] = "0123456789abcdef";
	const size_t word = sizeof(unsigned long);
	struct plan_mask mask;
	const char *why;

	if (plan_mask_read(l->to->a, l->w->value, &mask, &why) < 0 || !mask.n_word)
		return;

	char *hex = arena_alloc(l->to->a, mask.n_word * word * 2 + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < mask.n_word * word; i++) {
		unsigned byte = (unsigned)(mask.word[i / word] >> i % word * 8) & 0xff;

		hex[2 * i] = digits[byte >> 4];
		hex[2 * i + 1] = digits[byte & 15];
		if (byte)
			n = i + 1;
	}
	hex[2 * n] = '\0';
	add(l, "ay", hex);
}

/* ---- block devices -------------------------------------------------------------------------- */

/* "8:0": systemd knows devices by their nodes. */
static void add_device(struct limit *l, const char *device, size_t len, uint64_t value)
{
	const char **values = arena_alloc(l->to->a, 2, sizeof(*values));

	add(l, "a(st)", "");
	values[0] = arena_printf(l->to->a, "/dev/block/%.*s", (int)len, device);
	values[1] = number(l, value);
	l->to->list[l->to->n - 1].value = values;
	l->to->list[l->to->n - 1].n_value = 2;
}

/*
 * The weight of which systemd makes this one for BFQ: it has a scale up to 10000 and divides what
 * is above the default, 100, by 11.
 */
static uint64_t from_bfq(uint64_t value)
{
	return value <= 100 ? value : 100 + (value - 100) * 11;
}

static void io_weight(struct limit *l)
{
	bool bfq = streq(l->w->file, "io.bfq.weight");
	const char *text = l->w->value, *after = str_after(text, "default ");
	size_t len = after ? 0 : strcspn(text, " ");
	bool device = !after && text[len];
	uint64_t value;

	if (str_to_u64(after ? after : device ? text + len + 1 : text, bfq ? 1000 : 10000, &value) <
		    0 ||
	    value == 0)
		return;
	if (bfq)
		value = from_bfq(value);
	if (device) {
		l->property = "IODeviceWeight";
		add_device(l, text, len, value);
	} else {
		add(l, "t", number(l, value));
	}
}

/* "8:0 rbps=1048576 wiops=max" */
static void io_max(struct limit *l)
{
	static const char *const keys[][2] = { { "rbps=", "IOReadBandwidthMax" },
					       { "wbps=", "IOWriteBandwidthMax" },
					       { "riops=", "IOReadIOPSMax" },
					       { "wiops=", "IOWriteIOPSMax" } };
	const char *device = l->w->value, *s = device;
	size_t len = strcspn(s, " ");

	for (s += len; *s; s += strcspn(s, " ")) {
		s += strspn(s, " ");
		for (size_t i = 0; i < COUNT(keys); i++) {
			const char *after = str_after(s, keys[i][0]);
			uint64_t value = UINT64_MAX;

			if (!after)
				continue;
			after = arena_strndup(l->to->a, after, strcspn(after, " "));
			l->property = keys[i][1];
			if (streq(after, "max") || str_to_u64(after, UINT64_MAX, &value) == 0)
				add_device(l, device, len, value);
		}
	}
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct row {
	const char *file, *property;
	void (*add)(struct limit *l);
} rows[] = {
	{ "memory.max", "MemoryMax", bytes },
	{ "memory.high", "MemoryHigh", bytes },
	{ "memory.low", "MemoryLow", bytes },
	{ "memory.min", "MemoryMin", bytes },
	{ "memory.swap.max", "MemorySwapMax", bytes },
	{ "memory.oom.group", "OOMPolicy", oom_group },
	{ "pids.max", "TasksMax", tasks },
	{ "cpu.weight", "CPUWeight", weight },
	{ "cpu.idle", "CPUWeight", idle },
	{ "cpu.max", NULL, quota },
	{ "cpuset.cpus", "AllowedCPUs", set },
	{ "cpuset.mems", "AllowedMemoryNodes", set },
	{ "io.weight", "IOWeight", io_weight },
	{ "io.bfq.weight", "IOWeight", io_weight },
	{ "io.max", NULL, io_max },
};

void unit_limits(struct properties *to, struct plan_write *write, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < COUNT(rows); j++)
			if (streq(rows[j].file, write[i].file))
				rows[j].add(&(struct limit){ to, &write[i], rows[j].property });
}
