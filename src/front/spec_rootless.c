/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `spec --rootless` changes in the default document, so that an ordinary user may run it. He
 * is root inside, and nobody else is there: one id is all that he maps without help. A network of
 * its own would be an empty one, so the host's is used; with it sysfs cannot be mounted anew and is
 * bound. A group that is not mapped cannot own terminals, and limits need a cgroup of his own.
 */
#include "base/str.h"
#include "front/spec.h"

static void swap_namespaces(struct oci_linux *lx)
{
	for (size_t i = 0; i < lx->n_namespaces; i++)
		if (streq(lx->namespaces[i].type, "network"))
			lx->namespaces[i].type = "user";
}

static struct oci_id_mapping *map_one(struct arena *a, uint32_t host)
{
	struct oci_id_mapping *m = arena_new(a, struct oci_id_mapping);

	*m = (struct oci_id_mapping){ .has_container_id = true,
				      .has_host_id = true,
				      .host_id = host,
				      .has_size = true,
				      .size = 1 };
	return m;
}

static void bind_sys(struct oci_mount *m)
{
	static const char *option[] = { "rbind", "rro", "rnosuid", "rnoexec", "rnodev" };

	*m = (struct oci_mount){ .destination = "/sys",
				 .type = "none",
				 .source = "/sys",
				 .options = option,
				 .n_options = COUNT(option) };
}

static void drop_gid(struct oci_mount *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_options; i++)
		if (!str_after(m->options[i], "gid="))
			m->options[n++] = m->options[i];
	m->n_options = n;
}

/* The host's cgroups come with its /sys, and like all of it they are read-only. */
static void change_mounts(struct oci_config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_mounts; i++) {
		struct oci_mount *m = &c->mounts[i];

		if (streq(m->type, "cgroup"))
			continue;
		if (streq(m->type, "sysfs"))
			bind_sys(m);
		drop_gid(m);
		c->mounts[n++] = *m;
	}
	c->n_mounts = n;
}

void spec_rootless(const struct spec_input *in, struct oci_config *c)
{
	struct oci_linux *lx = c->linux_;

	swap_namespaces(lx);
	lx->uid_mappings = map_one(in->a, in->uid);
	lx->gid_mappings = map_one(in->a, in->gid);
	lx->n_uid_mappings = lx->n_gid_mappings = 1;
	lx->resources = NULL;
	change_mounts(c);
}
