/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan for people: what `mcrun explain` shows. Section by section in the plan's order, one
 * line an item: where it comes from, what is done. The same plan always gives the same text, so
 * that golden plans can be compared. Words and names, not numbers and masks.
 */
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>

#include "base/names.h"
#include "plan/build.h"
#include "plan/mount.h"
#include "plan/page.h"
#include "plan/print.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static void print_state(struct page *to, const struct plan *p)
{
	const struct plan_state *s = &p->state;

	page_line(to, "/ociVersion", "%s", s->oci_version);
	page_line(to, "", "%s in %s", s->id, s->bundle);
	for (size_t i = 0; i < s->n_annotation; i++)
		page_line(to, "/annotations", "%s = %s", s->annotation[i].key,
			  s->annotation[i].value);
}

static void print_writes(struct page *to, const struct plan_write *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		page_line(to, w[i].from, "%s = %s%s", w[i].file, w[i].value,
			  w[i].optional ? "  (if it is there)" : "");
}

static void print_unit(struct page *to, const struct plan_cgroup *c)
{
	const struct plan_unit *u = c->unit;

	page_line(to, c->from, "unit %s in %s, of %s, in %s", u->name, u->slice,
		  u->user ? "the user's systemd" : "systemd", c->mount);
	for (size_t i = 0; i < u->n_property; i++) {
		const struct plan_property *one = &u->property[i];

		page_line(to, one->from, "%s = %s%s", one->name,
			  page_words(to, one->value, one->n_value),
			  one->optional ? "  (if systemd knows it)" : "");
	}
}

static void print_cgroup(struct page *to, const struct plan *p)
{
	const struct plan_cgroup *c = &p->cgroup;

	if (c->manager == MANAGER_DISABLED) {
		page_line(to, c->from, "none: the cgroup of the caller");
		return;
	}
	if (c->unit)
		print_unit(to, c);
	else
		page_line(to, c->from, "%s in %s", c->path, c->mount);
	if (c->n_controller)
		page_line(to, c->from, "controllers  %s",
			  page_words(to, c->controller, c->n_controller));
	if (c->n_accounting)
		page_line(to, c->from, "figures      %s, where they can be enabled",
			  page_words(to, c->accounting, c->n_accounting));
	print_writes(to, c->early, c->n_early);
	if (c->give)
		page_line(to, c->from, "given to uid %u of the host", c->owner);
	if (c->device)
		page_line(to, c->device_from, "program of %zu instructions", c->n_device);
	if (c->n_late)
		page_line(to, c->from, "after the hooks:");
	if (c->check_memory)
		page_line(to, "/linux/resources/memory/checkBeforeUpdate",
			  "no less memory than is in use then");
	print_writes(to, c->late, c->n_late);
}

static const char *new_text(const struct plan_ns *ns, int type)
{
	if (ns->clone & (unsigned)type)
		return "new";
	if (ns->staged & (unsigned)type)
		return "new, made by the stage";
	return type == CLONE_NEWTIME ? "new, with clocks of its own"
				     : "new, once init is in its cgroup";
}

static void print_ns(struct page *to, const struct plan *p)
{
	static const char *const joiners[] = {
		[JOIN_PARENT] = "by the parent",
		[JOIN_STAGE] = "by the stage",
		[JOIN_INIT] = "by init",
	};
	const struct plan_ns *ns = &p->ns;

	if (!ns->n_made && !ns->n_join)
		page_line(to, ns->from, "all of them the caller's");
	for (size_t i = 0; i < ns->n_made; i++)
		page_line(to, ns->made[i].from, "%s  %s", ns_by_flag(ns->made[i].type)->name,
			  new_text(ns, ns->made[i].type));
	for (size_t i = 0; i < ns->n_join; i++)
		page_line(to, ns->join[i].from, "%s  %s  joined %s",
			  ns_by_flag(ns->join[i].type)->name, ns->join[i].path,
			  joiners[ns->join[i].joiner]);
	if (ns->time_offsets)
		page_each(to, "/linux/timeOffsets", "", ns->time_offsets);
}

/* A map comes from two members, side by side; `from` is the first one's pointer. */
static void print_map(struct page *to, const struct plan_idmap *m)
{
	int parent = (int)(strlen(m->from) - strlen("uidMappings"));

	page_each(to, m->from, "uid  ", m->uid);
	page_each(to, arena_printf(to->a, "%.*sgidMappings", parent, m->from), "gid  ", m->gid);
}

static void print_idmap(struct page *to, const struct plan *p)
{
	if (!p->idmap.make)
		return;
	print_map(to, &p->idmap);
	if (p->idmap.uid_helper)
		page_line(to, p->idmap.from, "uid map written by %s", p->idmap.uid_helper);
	if (p->idmap.gid_helper)
		page_line(to, p->idmap.from, "gid map written by %s", p->idmap.gid_helper);
	if (p->idmap.deny_setgroups)
		page_line(to, p->idmap.from, "setgroups denied");
}

static void print_rdt(struct page *to, const struct plan *p)
{
	const struct plan_rdt *r = &p->rdt;

	if (!r->mount)
		return;
	page_line(to, r->from, "%s in %s%s%s", *r->group ? r->group : "the default class", r->mount,
		  r->make ? "  new" : "", r->remove ? ", for this container" : "");
	for (size_t i = 0; i < r->n_line; i++)
		page_line(to, r->line[i].from, "%s", r->line[i].value);
	if (r->monitor)
		page_line(to, "/linux/intelRdt/enableMonitoring", "mon_groups/%s", r->monitor);
}

static void print_netdevs(struct page *to, const struct plan *p)
{
	for (size_t i = 0; i < p->n_netdev; i++)
		page_line(to, p->netdev[i].from, "%s -> %s", p->netdev[i].host, p->netdev[i].name);
}

/* "bind /srv/data -> /data", "tmpfs -> /dev/shm", "remount /proc/sys" */
static const char *mount_text(struct page *to, const struct plan_mount *m)
{
	static const char *const trees[] = {
		[TREE_HOST] = " of the host",
		[TREE_OWN] = "",
		[TREE_NAMESPACE] = " of its namespace",
	};

	switch (m->verb) {
	case MOUNT_NEW:
		if (streq(m->source, m->type))
			return arena_printf(to->a, "%s -> %s", m->type, m->target);
		return arena_printf(to->a, "%s %s -> %s", m->type, m->source, m->target);
	case MOUNT_BIND:
		return arena_printf(to->a, "bind %s -> %s", m->source, m->target);
	case MOUNT_CGROUP:
		return arena_printf(to->a, "cgroup%s -> %s", trees[m->tree], m->target);
	case MOUNT_REMOUNT:
		return arena_printf(to->a, "remount %s", m->target);
	case MOUNT_PROPAGATE:
		break;
	}
	return arena_printf(to->a, "propagate %s", m->target);
}

static const char *opener_text(enum plan_opener opener)
{
	return opener == OPENER_PARENT ? "opened by the parent" : "";
}

static void print_mount(struct page *to, const struct plan_mount *m)
{
	const char *words[] = {
		mount_text(to, m),
		m->recursive ? "recursive" : "",
		opener_text(m->opener),
		plan_mount_flag_names(to->a, &m->attr),
		m->copy_up ? "tmpcopyup" : "",
		m->source_nofollow ? "src-nofollow" : "",
		m->target_nofollow ? "dest-nofollow" : "",
		m->idmap || m->container_idmap ? (m->rec_idmap ? "ridmap" : "idmap") : "",
		page_words(to, m->option, m->n_option),
		m->label ? arena_printf(to->a, "labelled %s", m->label) : "",
	};

	page_line(to, m->from, "%s", page_columns(to, words, COUNT(words)));
	if (m->idmap)
		print_map(to, m->idmap);
}

static void print_mounts(struct page *to, const struct plan *p)
{
	for (size_t i = 0; i < p->n_mount; i++)
		print_mount(to, &p->mount[i]);
}

static const char *propagation_name(struct page *to, uint64_t propagation, bool recursive)
{
	struct plan_mount_attr attr = { .propagation = propagation, .rec_propagation = recursive };

	if (!propagation)
		return "as it is";
	return plan_mount_flag_names(to->a, &attr);
}

static void print_dev(struct page *to, const struct plan_dev *d, bool bind)
{
	const char *number = "";

	if (d->type != 'p')
		number = arena_printf(to->a, " %u:%u", d->major, d->minor);
	page_line(to, d->from, "%s  %c%s  %04o  %u:%u%s", d->path, d->type, number, d->mode, d->uid,
		  d->gid, d->by_parent ? "  made by the parent" :
		  bind && d->type != 'p' ? "  bound from the host" : "");
}

static const char *enter_name(enum plan_enter enter)
{
	return enter == ENTER_PIVOT  ? "" :
	       enter == ENTER_MOVE ? "  without pivot_root" :
				     "  chroot, in the joined mount namespace";
}

static void print_root(struct page *to, const struct plan *p)
{
	const struct plan_root *r = &p->root;

	if (!r->mount_ns) {
		page_line(to, r->from, "%s  chroot, no mount namespace", r->path);
		return;
	}
	page_line(to, r->from, "%s%s%s%s%s", r->path, r->readonly ? "  ro" : "",
		  r->opener == OPENER_PARENT ? "  " : "", opener_text(r->opener),
		  enter_name(r->enter));
	page_line(to, "/linux/rootfsPropagation", "host %s, root %s",
		  propagation_name(to, r->host_propagation, true),
		  propagation_name(to, r->propagation, false));
	for (size_t i = 0; i < r->n_dev; i++)
		print_dev(to, &r->dev[i], r->bind_devices);
	if (r->console)
		page_line(to, "/process/terminal", "/dev/console  the terminal");
	for (size_t i = 0; i < r->n_link; i++)
		page_line(to, r->link[i].from, "%s => %s", r->link[i].path, r->link[i].target);
	for (size_t i = 0; i < r->n_masked; i++)
		page_line(to, r->masked[i].from, "%s  hidden", r->masked[i].path);
	for (size_t i = 0; i < r->n_readonly_path; i++)
		page_line(to, r->readonly_path[i].from, "%s  ro", r->readonly_path[i].path);
}

static void print_uts(struct page *to, const struct plan *p)
{
	const struct plan_uts *u = &p->uts;

	if (u->hostname)
		page_line(to, "/hostname", "%s", u->hostname);
	if (u->domainname)
		page_line(to, "/domainname", "%s", u->domainname);
	for (size_t i = 0; i < u->n_sysctl; i++)
		page_line(to, u->sysctl[i].from, "%s = %s", u->sysctl[i].file, u->sysctl[i].value);
}

static void print_hook(struct page *to, const struct plan_hook *h)
{
	page_line(to, h->from, "%s%s%s%s", h->path, h->argv[1] ? "  " : "",
		  h->argv[1] ? page_argv(to, h->argv + 1) : "",
		  h->timeout_ms ? arena_printf(to->a, "  within %u s", h->timeout_ms / 1000) : "");
	for (size_t i = 0; h->envp[i]; i++)
		page_line(to, h->from, "env  %s", h->envp[i]);
}

static bool has_hooks(const struct plan_hooks *hooks)
{
	size_t n = 0;

	for (size_t kind = 0; kind < N_HOOK_KINDS; kind++)
		n += hooks->n[kind];
	return n > 0;
}

static void print_hooks(struct page *to, const struct plan *p)
{
	for (size_t i = 0; has_hooks(&p->hooks) && i < N_HOOK_STREAMS; i++) {
		const char *key = plan_annotation_key[ANNOTATION_HOOK_STDOUT + i];
		const char *file = p->hooks.stream[i];

		if (file)
			page_line(to, arena_printf(to->a, "/annotations/%s", key), "%s goes to %s",
				  i == 0 ? "stdout" : "stderr", file);
	}
	for (size_t kind = 0; kind < N_HOOK_KINDS; kind++)
		for (size_t i = 0; i < p->hooks.n[kind]; i++)
			print_hook(to, &p->hooks.list[kind][i]);
}

static void print_warnings(struct page *to, const struct plan *p)
{
	for (size_t i = 0; i < p->n_warning; i++)
		page_line(to, NULL, "%s", p->warning[i]);
}

static const struct {
	const char *name;
	void (*print)(struct page *to, const struct plan *p);
} sections[] = {
	{ "state", print_state },     { "cgroup", print_cgroup }, { "namespaces", print_ns },
	{ "ids", print_idmap },	      { "resctrl", print_rdt },
	{ "network", print_netdevs }, { "mounts", print_mounts }, { "root", print_root },
	{ "names", print_uts },	      { "hooks", print_hooks },	  { "process", print_process },
	{ "attributes", print_attr }, { "labels", print_lsm },
	{ "user", print_cred },	      { "seccomp", print_filter },
	{ "warnings", print_warnings },
};

char *plan_print(struct arena *a, const struct plan *plan)
{
	struct page page = { .a = a };

	for (size_t i = 0; i < COUNT(sections); i++) {
		page_section(&page, sections[i].name);
		sections[i].print(&page, plan);
	}
	return page_done(&page);
}
