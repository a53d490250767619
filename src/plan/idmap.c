/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids of the user namespace: the lines of its two maps, held against the kernel's rules here, as
 * the kernel only says EINVAL. Maps of mounts are made of the same lines.
 */
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>

#include "plan/build.h"

/* The kernel's bounds (user_namespaces(7)): lines, and bytes of the one write that is allowed. */
enum { MAP_LINES = 340, MAP_BYTES = 4096 };

static bool overlap(uint64_t a, uint64_t size_a, uint64_t b, uint64_t size_b)
{
	return a < b + size_b && b < a + size_a;
}

static int check_mapping(struct build *b, const char *at, struct build_map map, size_t i)
{
	const struct oci_id_mapping *m = &map.list[i];

	if (m->size == 0)
		return err_in(b->err, build_at(b, "%s/%zu/size", at, i), "must not be 0");
	if (m->container_id + m->size > UINT32_MAX || m->host_id + m->size > UINT32_MAX)
		return err_in(b->err, build_at(b, "%s/%zu", at, i),
			      "%" PRIu64 " ids from %" PRIu64 " (host: %" PRIu64 ") go past the "
			      "last id, %u", m->size, m->container_id, m->host_id, UINT32_MAX - 1);
	for (size_t k = 0; k < i; k++) {
		const struct oci_id_mapping *o = &map.list[k];
		bool inside = overlap(m->container_id, m->size, o->container_id, o->size);

		if (inside || overlap(m->host_id, m->size, o->host_id, o->size))
			return err_in(b->err, build_at(b, "%s/%zu", at, i),
				      "overlaps with mapping %zu %s", k,
				      inside ? "in the container" : "on the host");
	}
	return 0;
}

int build_map_text(struct build *b, const char *at, struct build_map map, const char **out)
{
	char text[MAP_BYTES];
	size_t len = 0;

	if (map.n > MAP_LINES)
		return err_in(b->err, at, "%zu mappings; the kernel takes at most %d", map.n,
			      MAP_LINES);
	for (size_t i = 0; i < map.n; i++) {
		const struct oci_id_mapping *m = &map.list[i];

		if (check_mapping(b, at, map, i) < 0)
			return -1;
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", m->container_id,
					m->host_id, m->size);
		if (len >= sizeof(text))
			return err_in(b->err, at, "as text, %zu mappings are longer than the %d "
				      "bytes that the kernel takes", map.n, MAP_BYTES - 1);
	}
	*out = arena_strndup(b->a, text, len);
	return 0;
}

bool build_map_has(struct build_map map, uint64_t id)
{
	for (size_t i = 0; i < map.n; i++)
		if (id >= map.list[i].container_id &&
		    id - map.list[i].container_id < map.list[i].size)
			return true;
	return false;
}

static int check_present(struct build *b)
{
	const struct oci_linux *lx = b->linux_;
	bool wanted = b->plan->ns.create & CLONE_NEWUSER;
	bool allowed = build_has_ns(b, CLONE_NEWUSER);

	if (wanted && (!lx->n_uid_mappings || !lx->n_gid_mappings))
		return err_in(b->err,
			      lx->n_uid_mappings ? "/linux/gidMappings" : "/linux/uidMappings",
			      "a new user namespace needs at least one mapping");
	if (!allowed && (lx->n_uid_mappings || lx->n_gid_mappings))
		return err_in(b->err,
			      lx->n_uid_mappings ? "/linux/uidMappings" : "/linux/gidMappings",
			      "needs a namespace of type 'user' in /linux/namespaces");
	return 0;
}

static bool is_own_id(struct build_map map, uint64_t own)
{
	return map.n == 1 && map.list[0].size == 1 && map.list[0].host_id == own;
}

/* Who else may write this map: the helper's path in *out. NULL: the caller himself. */
static int find_helper(struct build *b, const char *at, const char *name, const char *path,
		       const char **out)
{
	if (!path)
		return err_in(b->err, at,
			      "an ordinary user maps one id, his own; for other maps the program "
			      "%s is needed, which is not installed (package uidmap)", name);
	*out = path;
	return 0;
}

/*
 * Who is not root may map only its own id by itself, and its group only after giving up
 * setgroups(2) (user_namespaces(7)). More than that goes through newuidmap and newgidmap, which
 * know the ranges of /etc/subuid and /etc/subgid; the latter decides about setgroups on its own.
 */
static int plan_writers(struct build *b, struct plan_idmap *idmap)
{
	const struct oci_linux *lx = b->linux_;
	const struct facts *f = b->facts;

	if (!f->has_uid || f->uid == 0)
		return 0;
	if (!is_own_id((struct build_map){ lx->uid_mappings, lx->n_uid_mappings }, f->uid) &&
	    find_helper(b, "/linux/uidMappings", "newuidmap", f->newuidmap, &idmap->uid_helper) < 0)
		return -1;
	idmap->deny_setgroups =
		is_own_id((struct build_map){ lx->gid_mappings, lx->n_gid_mappings }, f->gid);
	if (idmap->deny_setgroups)
		return 0;
	return find_helper(b, "/linux/gidMappings", "newgidmap", f->newgidmap, &idmap->gid_helper);
}

int build_idmap(struct build *b)
{
	const struct oci_linux *lx = b->linux_;
	struct plan_idmap *idmap = &b->plan->idmap;

	*idmap = (struct plan_idmap){ .from = "/linux/uidMappings", .uid = "", .gid = "" };
	if (check_present(b) < 0)
		return -1;

	/* A joined user namespace has its maps; engines repeat them in config.json all the same. */
	idmap->make = b->plan->ns.create & CLONE_NEWUSER;
	if (!idmap->make)
		return 0;
	if (build_map_text(b, "/linux/uidMappings",
			   (struct build_map){ lx->uid_mappings, lx->n_uid_mappings },
			   &idmap->uid) < 0 ||
	    build_map_text(b, "/linux/gidMappings",
			   (struct build_map){ lx->gid_mappings, lx->n_gid_mappings },
			   &idmap->gid) < 0)
		return -1;
	return plan_writers(b, idmap);
}
