/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces: which are new, which are joined, by whom and in which order. Which call makes or
 * joins them is act's business. What needs one of them (hostname, mounts, sysctls) is checked
 * where that is planned.
 */
#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>

#include "base/names.h"
#include "plan/build.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const struct oci_namespace *first_of(const struct oci_linux *lx, const char *type)
{
	const struct oci_namespace *ns = lx->namespaces;

	while (!streq(ns->type, type))
		ns++;
	return ns;
}

static int check_one(struct build *b, size_t i)
{
	const struct oci_linux *lx = b->linux_;
	const struct oci_namespace *ns = &lx->namespaces[i];
	const struct oci_namespace *first = first_of(lx, ns->type);
	const char *at = build_at_index(b, "/linux/namespaces", i);
	size_t first_i = (size_t)(first - lx->namespaces);

	if (!ns_by_name(ns->type))
		return err_in(b->err, build_at(b, "%s/type", at), "unknown namespace type '%s'",
			      ns->type);
	if (first != ns)
		return err_in(b->err, at, "namespace type '%s' is listed twice, first at "
			      "/linux/namespaces/%zu", ns->type, first_i);
	if (!build_no_text(ns->path) && *ns->path != '/')
		return err_in(b->err, build_at(b, "%s/path", at),
			      "'%s' is relative; the path of a namespace must be absolute",
			      ns->path);
	return 0;
}

static void plan_new(struct build *b, struct plan_ns *ns)
{
	const struct oci_linux *lx = b->linux_;
	struct plan_new *made = arena_alloc(b->a, lx->n_namespaces, sizeof(*made));

	for (size_t i = 0; i < lx->n_namespaces; i++) {
		const struct oci_namespace *one = &lx->namespaces[i];
		int type = ns_by_name(one->type)->flag;

		if (!build_no_text(one->path))
			continue;
		ns->create |= (unsigned)type;
		made[ns->n_made++] = (struct plan_new){
			.from = build_at_index(b, "/linux/namespaces", i),
			.type = type,
		};
	}
	ns->made = made;
}

/*
 * Joins in the order in which they can succeed. The user namespace comes after the others, which
 * need the rights of before; the mount namespace last of all, since paths change with it.
 */
enum { RANK_FIRST, RANK_USER, RANK_LAST };

static int rank(int type)
{
	return type == CLONE_NEWNS ? RANK_LAST : type == CLONE_NEWUSER ? RANK_USER : RANK_FIRST;
}

static void add_join(struct build *b, struct plan_join *join, size_t i)
{
	const struct oci_namespace *one = &b->linux_->namespaces[i];

	join[b->plan->ns.n_join++] = (struct plan_join){
		.from = build_at_index(b, "/linux/namespaces", i),
		.path = one->path,
		.type = ns_by_name(one->type)->flag,
	};
}

static bool joins_pid(const struct plan_ns *ns)
{
	for (size_t i = 0; i < ns->n_join; i++)
		if (ns->join[i].type == CLONE_NEWPID)
			return true;
	return false;
}

static void plan_joins(struct build *b, struct plan_ns *ns)
{
	const struct oci_linux *lx = b->linux_;
	struct plan_join *join = arena_alloc(b->a, lx->n_namespaces, sizeof(*join));

	for (int now = 0; now <= RANK_LAST; now++) {
		for (size_t i = 0; i < lx->n_namespaces; i++) {
			const struct oci_namespace *one = &lx->namespaces[i];

			if (!build_no_text(one->path) && rank(ns_by_name(one->type)->flag) == now)
				add_join(b, join, i);
		}
	}
	ns->join = join;

	/*
	 * A user namespace and joins are two steps, with init's birth in between: whatever is
	 * joined without its rights must be joined before, and init is to be born inside it.
	 * And root of a user namespace alone does not get back into the host's pid namespace.
	 */
	ns->stage = ns->n_join && (build_has_ns(b, CLONE_NEWUSER) ||
				   (b->facts->in_userns && joins_pid(ns)));
	for (size_t i = 0; i < ns->n_join; i++)
		join[i].joiner = ns->stage ? JOIN_STAGE :
				 join[i].type == CLONE_NEWPID ? JOIN_PARENT : JOIN_INIT;
}

static int plan_offsets(struct build *b, struct plan_ns *ns)
{
	const struct oci_linux *lx = b->linux_;
	const char *text = "";

	for (size_t i = 0; i < lx->n_time_offsets; i++) {
		const struct oci_time_offset *o = &lx->time_offsets[i];
		const char *at = build_at_key(b, "/linux/timeOffsets", o->key);

		if (!streq(o->key, "monotonic") && !streq(o->key, "boottime"))
			return err_in(b->err, at,
				      "unknown clock; there are monotonic and boottime");
		if (!o->secs && !o->nanosecs)
			continue;
		if (!(ns->create & CLONE_NEWTIME))
			return err_in(b->err, at,
				      "needs a new time namespace in /linux/namespaces");
		text = arena_printf(b->a, "%s%s %" PRId64 " %" PRIu64 "\n", text, o->key, o->secs,
				    o->nanosecs);
	}
	ns->time_offsets = *text ? text : NULL;
	return 0;
}

/* All that makes a container is root's, of the host or of a user namespace (namespaces(7)). */
static int check_user(struct build *b)
{
	const struct facts *f = b->facts;

	if (!f->has_uid || f->uid == 0 || build_has_ns(b, CLONE_NEWUSER))
		return 0;
	if (f->has_caps && (f->caps & 1ull << CAP_SYS_ADMIN))
		return 0;
	return err_in(b->err, b->plan->ns.from,
		      "an ordinary user needs a user namespace: one of type 'user', with "
		      "uidMappings and gidMappings ('mcrun spec --rootless' writes them)");
}

int build_ns(struct build *b)
{
	const struct oci_linux *lx = b->linux_;
	struct plan_ns *ns = &b->plan->ns;

	ns->from = lx->n_namespaces ? "/linux/namespaces" : "/linux";
	for (size_t i = 0; i < lx->n_namespaces; i++)
		if (check_one(b, i) < 0)
			return -1;
	plan_new(b, ns);
	plan_joins(b, ns);
	if (check_user(b) < 0 || plan_offsets(b, ns) < 0)
		return -1;

	/*
	 * Clocks belong to a namespace before it has a process, and the namespace to its maker's
	 * user namespace: the stage comes into a new one before. (The way back: as for pid.)
	 */
	if (ns->time_offsets)
		ns->staged = ns->create & CLONE_NEWUSER;
	ns->stage |= ns->staged || (ns->time_offsets && b->facts->in_userns);

	/* The cgroup that a new cgroup namespace shows as "/" is its maker's at that moment. */
	ns->unshare = ns->create & CLONE_NEWCGROUP;
	ns->clone = ns->create & ~ns->unshare & ~ns->staged;
	/*
	 * init hides (PR_SET_DUMPABLE): only who may trace it all the same may enter; and root of a
	 * user namespace alone would not come back.
	 */
	ns->loopback_by_parent =
		(ns->create & CLONE_NEWNET) && !build_has_ns(b, CLONE_NEWUSER) &&
		(b->facts->caps & 1ull << CAP_SYS_PTRACE) && !b->facts->in_userns;
	if (ns->time_offsets)
		ns->clone &= ~(unsigned)CLONE_NEWTIME; /* whoever is born in it can't be shifted */
	return 0;
}
