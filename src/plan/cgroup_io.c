/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blockIO section of linux.resources, as writes to files of the io controller: weights for
 * the BFQ scheduler where the host has it, else for io.weight, which has another scale; throttles
 * to io.max. Values in, values out.
 */
#include "plan/cgroup.h"

#include <inttypes.h>

#define AT "/linux/resources/blockIO"

enum { WEIGHT_MIN = 10, WEIGHT_MAX = 1000 };

static int weight_check(struct limits *l, const char *at, uint64_t weight)
{
	if (weight >= WEIGHT_MIN && weight <= WEIGHT_MAX)
		return 0;
	return err_in(l->b->err, at, "%" PRIu64 " is not between %d and %d", weight, WEIGHT_MIN,
		      WEIGHT_MAX);
}

/* `device` is "8:0 ", or "" for all. 10..1000 of v1 are 1..10000 of io.weight. */
static int weight_add(struct limits *l, const char *at, const char *device, uint64_t weight)
{
	bool bfq = l->tree && l->tree->bfq;
	uint64_t value =
		bfq ? weight : 1 + (weight - WEIGHT_MIN) * 9999 / (WEIGHT_MAX - WEIGHT_MIN);

	if (weight_check(l, at, weight) < 0)
		return -1;
	return limit_add(l, 0, at, bfq ? "io.bfq.weight" : "io.weight",
			 arena_printf(l->b->a, "%s%" PRIu64, device, value));
}

static int leaf_refuse(struct limits *l, const char *at)
{
	return err_in(l->b->err, at, "cgroup v2 has nothing like it (cgroup v1 only)");
}

static int weight_device(struct limits *l, const char *at, const struct oci_block_weight *w)
{
	const char *device =
		arena_printf(l->b->a, "%" PRId64 ":%" PRId64 " ", w->major, w->minor);

	if (w->leaf_weight != 0)
		return leaf_refuse(l, build_at(l->b, "%s/leafWeight", at));
	if (!w->has_weight && !w->has_leaf_weight)
		return err_in(l->b->err, at, "needs weight, leafWeight or both");
	if (w->weight == 0)
		return 0;
	return weight_add(l, build_at(l->b, "%s/weight", at), device, w->weight);
}

struct throttles {
	const char *at, *key;
	const struct oci_block_throttle *list;
	size_t n;
};

static int throttle(struct limits *l, const struct throttles *t, size_t i)
{
	const struct oci_block_throttle *d = &t->list[i];
	const char *rate = d->rate ? arena_printf(l->b->a, "%" PRIu64, d->rate) : "max";

	return limit_add(l, d->rate ? 0 : LIMIT_NEUTRAL, build_at(l->b, AT "/%s/%zu", t->at, i),
			 "io.max",
			 arena_printf(l->b->a, "%" PRId64 ":%" PRId64 " %s=%s", d->major, d->minor,
				      t->key, rate));
}

static int throttles_add(struct limits *l, const struct oci_block_io *io)
{
	const struct throttles all[] = {
		{ "throttleReadBpsDevice", "rbps", io->throttle_read_bps_device,
		  io->n_throttle_read_bps_device },
		{ "throttleWriteBpsDevice", "wbps", io->throttle_write_bps_device,
		  io->n_throttle_write_bps_device },
		{ "throttleReadIOPSDevice", "riops", io->throttle_read_iops_device,
		  io->n_throttle_read_iops_device },
		{ "throttleWriteIOPSDevice", "wiops", io->throttle_write_iops_device,
		  io->n_throttle_write_iops_device },
	};

	for (size_t i = 0; i < COUNT(all); i++)
		for (size_t j = 0; j < all[i].n; j++)
			if (throttle(l, &all[i], j) < 0)
				return -1;
	return 0;
}

int limits_io(struct limits *l, const struct oci_block_io *io)
{
	if (!io)
		return 0;
	if (io->leaf_weight != 0)
		return leaf_refuse(l, AT "/leafWeight");
	if (io->weight != 0 && weight_add(l, AT "/weight", "", io->weight) < 0)
		return -1;
	for (size_t i = 0; i < io->n_weight_device; i++) {
		const char *at = build_at(l->b, AT "/weightDevice/%zu", i);

		if (weight_device(l, at, &io->weight_device[i]) < 0)
			return -1;
	}
	return throttles_add(l, io);
}
