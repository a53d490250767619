/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources.devices as rules, with those that every engine expects behind them. Which
 * program they come to is in devices_bpf.c. Nodes in linux.devices grant nothing: the two lists
 * are independent in the spec, and engines fill both.
 */
#include "plan/devices.h"

#include <inttypes.h>

#define AT "/linux/resources/devices"

/*
 * Every container may use these, whatever its rules say: a shell does not work without them, and
 * engines count on it. Any node may be made; that opens none.
 */
static const struct device_rule always[] = {
	{ true, 'a', DEVICE_ANY, DEVICE_ANY, DEVICE_MKNOD },
	{ true, 'c', 1, 3, DEVICE_ALL },	  /* null */
	{ true, 'c', 1, 5, DEVICE_ALL },	  /* zero */
	{ true, 'c', 1, 7, DEVICE_ALL },	  /* full */
	{ true, 'c', 1, 8, DEVICE_ALL },	  /* random */
	{ true, 'c', 1, 9, DEVICE_ALL },	  /* urandom */
	{ true, 'c', 5, 0, DEVICE_ALL },	  /* tty */
	{ true, 'c', 5, 2, DEVICE_ALL },	  /* ptmx */
	{ true, 'c', 136, DEVICE_ANY, DEVICE_ALL }, /* pts/N, and the console */
	{ true, 'c', 10, 200, DEVICE_ALL },	  /* net/tun */
};

/* ---- reading -------------------------------------------------------------------------------- */

static int access_read(struct build *b, const char *at, const char *text, unsigned *out)
{
	static const char letters[] = "mrw";
	unsigned access = 0;

	for (const char *p = text ? text : "rwm"; *p; p++) {
		const char *letter = strchr(letters, *p);

		if (!letter)
			return err_in(b->err, build_at(b, "%s/access", at),
				      "'%s' must consist of r, w and m", text);
		access |= 1u << (letter - letters);
	}
	if (access == 0)
		return err_in(b->err, build_at(b, "%s/access", at), "must not be empty");
	*out = access;
	return 0;
}

/* Kernel numbers are smaller by far; the program compares 31 bits. */
static int number_read(struct build *b, const char *at, int64_t value, int64_t *out)
{
	if (value < DEVICE_ANY || value > INT32_MAX)
		return err_in(b->err, at, "%" PRId64 " is not the number of a device", value);
	*out = value;
	return 0;
}

static int rule_read(struct build *b, size_t i, struct device_rule *out)
{
	const struct oci_device_rule *r = &b->linux_->resources->devices[i];
	const char *at = build_at_index(b, AT, i);
	const char *type = r->type ? r->type : "a";

	*out = (struct device_rule){ .allow = r->allow, .type = *type };
	if (!streq(type, "a") && !streq(type, "b") && !streq(type, "c"))
		return err_in(b->err, build_at(b, "%s/type", at), "'%s' must be a, b or c", type);
	if (number_read(b, build_at_key(b, at, "major"), r->has_major ? r->major : DEVICE_ANY,
			&out->major) < 0 ||
	    number_read(b, build_at_key(b, at, "minor"), r->has_minor ? r->minor : DEVICE_ANY,
			&out->minor) < 0)
		return -1;
	return access_read(b, at, r->access, &out->access);
}

/* ---- the section ---------------------------------------------------------------------------- */

static int no_cgroup(struct build *b, const char *why, bool listed)
{
	if (!listed)
		return 0;
	if (b->options->manager != MANAGER_DISABLED)
		return err_in(b->err, AT, "%s", why);
	build_warn(b, AT ": without a cgroup no device is refused");
	return 0;
}

int build_devices(struct build *b, const char *why_none)
{
	struct plan_cgroup *c = &b->plan->cgroup;
	const struct oci_resources *r = b->linux_->resources;
	size_t n = r ? r->n_devices : 0;

	if (n > DEVICE_RULES_MAX - COUNT(always))
		return err_in(b->err, AT, "has %zu rules; at most %zu can be carried out", n,
			      DEVICE_RULES_MAX - COUNT(always));

	struct device_rule *rule = arena_alloc(b->a, n + COUNT(always), sizeof(*rule));

	for (size_t i = 0; i < n; i++)
		if (rule_read(b, i, &rule[i]) < 0)
			return -1;
	memcpy(rule + n, always, sizeof(always));

	size_t n_insn = 0;
	const struct bpf_insn *insn = device_program(b->a, rule, n + COUNT(always), &n_insn);

	/*
	 * Without the right to load programs there can be no filter. Nothing is lost with it: who
	 * has not that right makes no device nodes either, and opens those that are there by his
	 * own permissions.
	 */
	if (!insn || build_is_unprivileged(b))
		return 0;
	if (why_none)
		return no_cgroup(b, why_none, n > 0);
	c->device = insn;
	c->n_device = n_insn;
	return 0;
}
