/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the program runs as: ids, groups, umask, the five capability sets. Without `capabilities`
 * the sets are empty: least privilege, and what engines know from other runtimes. What can't be
 * granted is left out with a warning (config.md); only effective ones that are not permitted are
 * an error, as there would be no telling what was meant.
 */
#include <inttypes.h>
#include <sched.h>

#include "base/names.h"
#include "plan/build.h"

#define AT_CAPS "/process/capabilities"

/* The last number means "no id". A new user namespace has none but those that are mapped. */
static int check_id(struct build *b, const char *at, struct build_map map, uint64_t id)
{
	if (id >= UINT32_MAX)
		return err_in(b->err, at, "%" PRIu64 " is no id; the last one is %u", id,
			      UINT32_MAX - 1);
	if (!b->plan->idmap.make || build_map_has(map, id))
		return 0;
	return err_in(b->err, at, "%" PRIu64 " is not mapped in /linux/%s", id,
		      map.list == b->linux_->uid_mappings ? "uidMappings" : "gidMappings");
}

static int plan_user(struct build *b, const struct oci_user *user)
{
	const struct oci_linux *lx = b->linux_;
	struct plan_cred *cred = &b->plan->cred;
	struct build_map uids = { lx->uid_mappings, lx->n_uid_mappings };
	struct build_map gids = { lx->gid_mappings, lx->n_gid_mappings };
	uint32_t *group = arena_alloc(b->a, user->n_additional_gids, sizeof(*group));

	if (check_id(b, "/process/user/uid", uids, user->uid) < 0 ||
	    check_id(b, "/process/user/gid", gids, user->gid) < 0)
		return -1;
	if (user->n_additional_gids && b->plan->idmap.deny_setgroups && !cred->keep_groups)
		return err_in(b->err, "/process/user/additionalGids",
			      "a user namespace that maps one group, made by who is not root, can "
			      "have no others");
	for (size_t i = 0; i < user->n_additional_gids; i++) {
		const char *at = build_at_index(b, "/process/user/additionalGids", i);

		if (check_id(b, at, gids, user->additional_gids[i]) < 0)
			return -1;
		group[i] = (uint32_t)user->additional_gids[i];
	}
	if (user->has_umask && user->umask > 0777)
		return err_in(b->err, "/process/user/umask",
			      "%" PRIu64 " (0%" PRIo64 ") has more "
			      "than permission bits",
			      user->umask, user->umask);
	cred->uid = (uint32_t)user->uid;
	cred->gid = (uint32_t)user->gid;
	cred->group = group;
	cred->n_group = user->n_additional_gids;
	cred->set_umask = user->has_umask;
	cred->umask = (uint32_t)user->umask;
	return 0;
}

/* One of the five sets, as it is given and as it will be. */
struct set {
	const char *name;
	const char *const *list;
	size_t n;
	uint64_t *bits;
};

static void read_set(struct build *b, const struct set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		int cap = capability_number(s->list[i]);

		if (cap < 0)
			build_warn(b, AT_CAPS "/%s/%zu: unknown capability '%s'; left out", s->name,
				   i, s->list[i]);
		else
			*s->bits |= 1ull << cap;
	}
}

/* One warning for all of them: "CAP_CHOWN CAP_KILL". */
static void warn_left_out(struct build *b, const char *at, uint64_t caps, const char *why)
{
	const char *names = "";

	for (int i = 0; i < 64; i++)
		if (caps >> i & 1)
			names = build_at(b, "%s%s%s", names, *names ? " " : "", capability_name(i));
	if (caps)
		build_warn(b, "%s: left out, since %s: %s", at, why, names);
}

/* In a user namespace of its own the container has every capability, whatever mcrun has. */
static void cut_caps(struct build *b, struct set *sets, size_t n_sets)
{
	bool limited = b->facts->has_caps && !build_has_ns(b, CLONE_NEWUSER);
	uint64_t lacking = 0;

	for (size_t i = 0; limited && i < n_sets; i++) {
		lacking |= *sets[i].bits & ~b->facts->caps;
		*sets[i].bits &= b->facts->caps;
	}
	warn_left_out(b, AT_CAPS, lacking, "mcrun itself lacks them");
}

/* Sets that the kernel bounds by other sets. */
static int bound_caps(struct build *b, struct plan_caps *caps)
{
	uint64_t inheritable = caps->inheritable & caps->bounding;
	uint64_t ambient = caps->ambient & caps->permitted & inheritable;

	for (int i = 0; i < 64; i++)
		if ((caps->effective & ~caps->permitted) >> i & 1)
			return err_in(b->err, AT_CAPS "/effective", "%s must be in permitted, too",
				      capability_name(i));
	warn_left_out(b, AT_CAPS "/inheritable", caps->inheritable & ~inheritable,
		      "they are not in bounding");
	warn_left_out(b, AT_CAPS "/ambient", caps->ambient & ~ambient,
		      "they are not both in permitted and inheritable"); /* buildah asks so */
	caps->inheritable = inheritable;
	caps->ambient = ambient;
	return 0;
}

static int plan_caps(struct build *b, const struct oci_capabilities *given)
{
	struct plan_caps *caps = &b->plan->cred.caps;
	struct set sets[] = {
		{ "bounding", given->bounding, given->n_bounding, &caps->bounding },
		{ "effective", given->effective, given->n_effective, &caps->effective },
		{ "permitted", given->permitted, given->n_permitted, &caps->permitted },
		{ "inheritable", given->inheritable, given->n_inheritable, &caps->inheritable },
		{ "ambient", given->ambient, given->n_ambient, &caps->ambient },
	};

	for (size_t i = 0; i < COUNT(sets); i++)
		read_set(b, &sets[i]);
	cut_caps(b, sets, COUNT(sets));
	return bound_caps(b, caps);
}

/*
 * Podman's --group-add keep-groups: files that the caller may open by one of his groups can be
 * opened inside, though the group has no number there. Then no others can be set.
 */
static int plan_groups(struct build *b)
{
	const char *keep = build_annotation(b, ANNOTATION_KEEP_GROUPS);
	struct plan_cred *cred = &b->plan->cred;

	if (keep && !streq(keep, "1") && !streq(keep, "0"))
		return err_in(b->err,
			      build_at_key(b, "/annotations",
					   plan_annotation_key[ANNOTATION_KEEP_GROUPS]),
			      "'%s' must be 0 or 1", keep);
	cred->keep_groups = keep && *keep == '1';
	cred->set_groups = !b->plan->idmap.deny_setgroups && !cred->keep_groups;
	return 0;
}

int build_cred(struct build *b)
{
	static const struct oci_process no_process;
	static const struct oci_user root;
	static const struct oci_capabilities none;
	const struct oci_process *p = b->spec->process ? b->spec->process : &no_process;
	struct plan_cred *cred = &b->plan->cred;

	cred->from = "/process/user";
	cred->caps_from = AT_CAPS;
	cred->no_new_privs = p->no_new_privileges;
	if (plan_groups(b) < 0 || plan_user(b, p->user ? p->user : &root) < 0)
		return -1;
	return plan_caps(b, p->capabilities ? p->capabilities : &none);
}
