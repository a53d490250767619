/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cpu section of linux.resources, as writes to files of the cpu and cpuset controllers, and
 * the conversion of shares to a weight. Values in, values out.
 */
#include "plan/cgroup.h"

#include <inttypes.h>

#define AT "/linux/resources/cpu"

/* ---- shares to weight ----------------------------------------------------------------------- */

/*
 * In integers, since no libm is to be loaded for one formula, and so that every machine gives the
 * same. Numbers have FRACTION bits behind the point. The weight nearest to a whole number without
 * being one is 4e-10 away from it (relative), the error here is below 1e-13: what is nearer than
 * 2^-36 is the whole number.
 */
#define FRACTION 56
#define ONE ((uint64_t)1 << FRACTION)

static uint64_t times(uint64_t a, uint64_t b)
{
	return (uint64_t)(((unsigned __int128)a * b) >> FRACTION);
}

/* A bit of the logarithm each time: squaring a number doubles its logarithm. */
static uint64_t log2_of(uint64_t n)
{
	unsigned whole = 63 - (unsigned)__builtin_clzll(n);
	uint64_t rest = n << (FRACTION - whole), log = (uint64_t)whole << FRACTION;

	for (uint64_t bit = ONE / 2; bit > 0; bit /= 2) {
		rest = times(rest, rest);
		if (rest >= 2 * ONE) {
			rest /= 2;
			log += bit;
		}
	}
	return log;
}

/* 2^x for x from 0 to 1, by the series of e^(x ln 2). */
static uint64_t exp2_of(uint64_t x)
{
	const uint64_t ln2 = 0xb17217f7d1cf7a; /* ln 2 */
	uint64_t y = times(x, ln2), term = ONE, sum = ONE;

	for (unsigned i = 1; i <= 24; i++) {
		term = times(term, y) / i;
		sum += term;
	}
	return sum;
}

uint64_t cgroup_weight(uint64_t shares)
{
	const unsigned __int128 log2_10 = 0x35269e12f346e2c; /* log2 10, FRACTION bits */

	if (shares == 0)
		return 0;
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;

	/* ceil(10^((x^2 + 125x - 126) / 612)), 126/612 being 7/34 */
	unsigned __int128 x = log2_of(shares);
	unsigned __int128 y =
		(((x * x) >> FRACTION) + 125 * x - 126 * (unsigned __int128)ONE) / 612;
	uint64_t power = (uint64_t)((y * log2_10) >> FRACTION);
	unsigned __int128 w = (unsigned __int128)exp2_of(power & (ONE - 1)) << (power >> FRACTION);

	return (uint64_t)((w - (w >> 36) + ONE - 1) >> FRACTION);
}

/* ---- time ----------------------------------------------------------------------------------- */

/* The kernel's own bounds, in microseconds. */
enum { QUOTA_MIN = 1000, PERIOD_MIN = 1000, PERIOD_MAX = 1000000, PERIOD_DEFAULT = 100000 };

/* A runtime of -1 was cgroup v1's "no limit". A period asks for one, whatever stands beside it. */
static int cpu_check(struct limits *l, const struct oci_cpu *c)
{
	struct error *err = l->b->err;

	if (c->realtime_runtime != 0 && c->realtime_runtime != -1)
		return err_in(err, AT "/realtimeRuntime",
			      "cgroup v2 has nothing like it (cgroup v1 only)");
	if (c->realtime_period != 0)
		return err_in(err, AT "/realtimePeriod",
			      "cgroup v2 has nothing like it (cgroup v1 only)");
	if (c->quota < -1 || (c->quota > 0 && c->quota < QUOTA_MIN))
		return err_in(err, AT "/quota", "%" PRId64 " is less than the least quota, %d us",
			      c->quota, QUOTA_MIN);
	if (c->period != 0 && (c->period < PERIOD_MIN || c->period > PERIOD_MAX))
		return err_in(err, AT "/period", "%" PRIu64 " is not between %d and %d us",
			      c->period, PERIOD_MIN, PERIOD_MAX);
	if (c->quota > 0 && c->burst > (uint64_t)c->quota)
		return err_in(err, AT "/burst",
			      "%" PRIu64 " is more than the quota of %" PRId64 " us", c->burst,
			      c->quota);
	if (c->idle != 0 && c->idle != 1)
		return err_in(err, AT "/idle", "must be 0 or 1, not %" PRId64, c->idle);
	return 0;
}

/* Weight after idle: a cgroup that is still idle takes none, and an idle one needs none. */
static int cpu_share(struct limits *l, const struct oci_cpu *c)
{
	if (c->has_idle && limit_add(l, c->idle ? 0 : LIMIT_NEUTRAL, AT "/idle", "cpu.idle",
				     c->idle ? "1" : "0") < 0)
		return -1;
	if (c->shares == 0 || c->idle == 1)
		return 0;
	return limit_add(l, 0, AT "/shares", "cpu.weight",
			 arena_printf(l->b->a, "%" PRIu64, cgroup_weight(c->shares)));
}

/* The burst after the quota, of which it must not be more. */
static int cpu_time(struct limits *l, const struct oci_cpu *c)
{
	const char *from = c->quota ? AT "/quota" : AT "/period";
	uint64_t period = c->period ? c->period : PERIOD_DEFAULT;
	const char *max = arena_printf(l->b->a, "max %" PRIu64, period);

	if (c->quota > 0)
		max = arena_printf(l->b->a, "%" PRId64 " %" PRIu64, c->quota, period);
	if ((c->quota != 0 || c->period != 0) &&
	    limit_add(l, c->quota > 0 ? 0 : LIMIT_NEUTRAL, from, "cpu.max", max) < 0)
		return -1;
	if (!c->has_burst)
		return 0;
	return limit_add(l, c->burst ? 0 : LIMIT_NEUTRAL, AT "/burst", "cpu.max.burst",
			 arena_printf(l->b->a, "%" PRIu64, c->burst));
}

/* ---- cpusets -------------------------------------------------------------------------------- */

/* One number at *s, which moves behind it; false if there is none. N stands for the last one. */
static bool number_take(const char **s, uint64_t *out)
{
	size_t len = strspn(*s, "0123456789");

	if (**s == 'N') {
		(*s)++;
		*out = UINT64_MAX;
		return true;
	}

	*out = 0;
	for (size_t i = 0; i < len && i < 9; i++)
		*out = *out * 10 + (uint64_t)((*s)[i] - '0');
	*s += len;
	return len > 0 && len <= 9;
}

/* ":2/4": the first two of each four. Kernels before 5.12 know neither N nor "all". */
static bool group_take(const char **s)
{
	uint64_t used, group;

	if (**s != ':')
		return true;
	(*s)++;
	if (!number_take(s, &used) || **s != '/')
		return false;
	(*s)++;
	return number_take(s, &group) && group > 0 && used <= group;
}

/* "7", "0-3", "0-31:2/4", "all" */
static bool range_take(const char **s)
{
	uint64_t from, to;
	const char *after = str_after(*s, "all");

	if (after) {
		*s = after;
		return group_take(s);
	}
	if (!number_take(s, &from))
		return false;
	if (**s != '-')
		return true;
	(*s)++;
	return number_take(s, &to) && to >= from && group_take(s);
}

/* "0-3,7": what the kernel takes (bitmap_parselist), with one comma between two ranges. */
static bool is_cpu_list(const char *s)
{
	for (;; s++) {
		if (!range_take(&s))
			return false;
		if (*s != ',')
			return *s == '\0';
	}
}

static int cpu_set(struct limits *l, const char *from, const char *file, const char *list)
{
	if (!list || !*list)
		return 0;
	if (!is_cpu_list(list))
		return err_in(l->b->err, from, "'%s' is not a list like 0-3,7", list);
	return limit_add(l, 0, from, file, list);
}

int limits_cpu(struct limits *l, const struct oci_cpu *c)
{
	if (!c)
		return 0;
	if (cpu_check(l, c) < 0 || cpu_share(l, c) < 0 || cpu_time(l, c) < 0 ||
	    cpu_set(l, AT "/cpus", "cpuset.cpus", c->cpus) < 0 ||
	    cpu_set(l, AT "/mems", "cpuset.mems", c->mems) < 0)
		return -1;
	return 0;
}
