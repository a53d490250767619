/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host name, domain name and sysctls. A sysctl may be set only where the kernel keeps one of the
 * container's own, and only if the container has that namespace: all others are the host's.
 */
#include <sched.h>

#include "base/names.h"
#include "plan/build.h"

enum { NAME_LENGTH = 64 };	/* of both names, uname(2) */

static int plan_name(struct build *b, const char *at, const char *given, const char **out)
{
	if (build_no_text(given))
		return 0;
	if (!build_has_ns(b, CLONE_NEWUTS))
		return err_in(b->err, at, "needs a namespace of type 'uts' in /linux/namespaces; "
			      "without it, the host would be renamed");
	if (strlen(given) > NAME_LENGTH)
		return err_in(b->err, at, "is %zu bytes long; the kernel takes at most %d",
			      strlen(given), NAME_LENGTH);
	*out = given;
	return 0;
}

/* Which namespace has what below /proc/sys; a slash at the end means all that is below. */
static const struct {
	const char *file;
	int ns;
} owners[] = {
	{ "net/", CLONE_NEWNET },
	{ "fs/mqueue/", CLONE_NEWIPC },
	{ "kernel/msgmax", CLONE_NEWIPC },
	{ "kernel/msgmnb", CLONE_NEWIPC },
	{ "kernel/msgmni", CLONE_NEWIPC },
	{ "kernel/sem", CLONE_NEWIPC },
	{ "kernel/shmall", CLONE_NEWIPC },
	{ "kernel/shmmax", CLONE_NEWIPC },
	{ "kernel/shmmni", CLONE_NEWIPC },
	{ "kernel/shm_rmid_forced", CLONE_NEWIPC },
	{ "kernel/hostname", CLONE_NEWUTS },
	{ "kernel/domainname", CLONE_NEWUTS },
	{ "user/", CLONE_NEWUSER },
};

static int owner_of(const char *file)
{
	for (size_t i = 0; i < COUNT(owners); i++) {
		const char *rest = str_after(file, owners[i].file);

		if (rest && (!*rest || rest[-1] == '/'))
			return owners[i].ns;
	}
	return 0;
}

/*
 * As sysctl(8) reads names: the separator is whichever of '.' and '/' comes first, and the other
 * one stands for a dot in a name: net.ipv4.conf.eth0/100.x is net/ipv4/conf/eth0.100/x.
 */
static char *file_of(struct build *b, const char *key)
{
	char *file = arena_strdup(b->a, key);

	if (key[strcspn(key, "./")] == '/')
		return file;
	for (char *c = file; *c; c++)
		*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	return file;
}

/* No part is empty, "." or "..", and none has a control character. */
static bool is_clean(const char *file)
{
	for (;;) {
		size_t n = strcspn(file, "/");

		if (n == 0 || (n <= 2 && strspn(file, ".") >= n))
			return false;
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)file[i] < ' ' || file[i] == 0x7f)
				return false;
		if (!file[n])
			return true;
		file += n + 1;
	}
}

/* Where config.json has a field of its own for it, both at once contradict each other. */
static bool has_field(const struct build *b, const char *file)
{
	return (streq(file, "kernel/hostname") && b->plan->uts.hostname) ||
	       (streq(file, "kernel/domainname") && b->plan->uts.domainname);
}

static int check_sysctl(struct build *b, const struct plan_sysctl *s)
{
	int ns = owner_of(s->file);

	if (!is_clean(s->file))
		return err_in(b->err, s->from, "is no name of a sysctl");
	if (!ns)
		return err_in(b->err, s->from,
			      "is the same for all containers; setting it would change the host");
	if (!build_has_ns(b, (unsigned)ns))
		return err_in(b->err, s->from, "needs a namespace of type '%s' in "
			      "/linux/namespaces; without it, the host would be changed",
			      ns_by_flag(ns)->name);
	if (ns == CLONE_NEWNET && b->facts->has_net_is_host && b->facts->net_is_host)
		return err_in(b->err, s->from, "the network namespace that is joined is the "
			      "host's; setting it would change the host");
	if (has_field(b, s->file))
		return err_in(b->err, s->from, "contradicts /%s; give one of them",
			      strchr(s->file, '/') + 1);
	return 0;
}

static int plan_sysctls(struct build *b)
{
	const struct oci_linux *lx = b->linux_;
	struct plan_sysctl *list = arena_alloc(b->a, lx->n_sysctl, sizeof(*list));

	for (size_t i = 0; i < lx->n_sysctl; i++) {
		list[i] = (struct plan_sysctl){
			.from = build_at_key(b, "/linux/sysctl", lx->sysctl[i].key),
			.file = file_of(b, lx->sysctl[i].key),
			.value = lx->sysctl[i].value,
		};
		if (check_sysctl(b, &list[i]) < 0)
			return -1;
	}
	b->plan->uts.sysctl = list;
	b->plan->uts.n_sysctl = lx->n_sysctl;
	return 0;
}

int build_uts(struct build *b)
{
	struct plan_uts *uts = &b->plan->uts;

	if (plan_name(b, "/hostname", b->spec->hostname, &uts->hostname) < 0 ||
	    plan_name(b, "/domainname", b->spec->domainname, &uts->domainname) < 0)
		return -1;
	return plan_sysctls(b);
}
