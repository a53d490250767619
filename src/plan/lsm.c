/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels and profiles of the security modules. A module that is off cannot do what is asked of it,
 * and a container with less protection than was asked for must not start; what asks for nothing
 * ("" and, for AppArmor, "unconfined" where nothing is confined) is no error.
 */
#include "plan/build.h"

#define APPARMOR "/process/apparmorProfile"
#define SELINUX "/process/selinuxLabel"
#define MOUNT_LABEL "/linux/mountLabel"

static int fail_off(struct build *b, const char *at, const char *label, const char *module)
{
	return err_in(b->err, at, "'%s' cannot be had: %s is not on here", label, module);
}

/* They go into a line for the kernel, or between quotes into a list of options. */
static int check_text(struct build *b, const char *at, const char *label)
{
	for (const char *c = label; *c; c++)
		if ((unsigned char)*c < ' ' || *c == '"' || *c == 0x7f)
			return err_in(b->err, at,
				      "'%s' is no label: it has a quote or a control "
				      "character",
				      label);
	return 0;
}

static int plan_process(struct build *b, const struct oci_process *p)
{
	const struct facts_lsm *on = b->facts->lsm;
	struct plan_lsm *out = &b->plan->lsm;

	if (!build_no_text(p->apparmor_profile)) {
		if (check_text(b, APPARMOR, p->apparmor_profile) < 0)
			return -1;
		if (on && on->apparmor)
			out->apparmor = p->apparmor_profile;
		else if (!streq(p->apparmor_profile, "unconfined"))
			return fail_off(b, APPARMOR, p->apparmor_profile, "AppArmor");
	}
	if (build_no_text(p->selinux_label))
		return 0;
	if (check_text(b, SELINUX, p->selinux_label) < 0)
		return -1;
	if (!on || !on->selinux)
		return fail_off(b, SELINUX, p->selinux_label, "SELinux");
	out->selinux = p->selinux_label;
	return 0;
}

/* Does it take a label as an option? Of some the labels are the kernel's own. */
static bool takes_label(const struct plan_mount *m, const char *type)
{
	static const char *const own[] = { "proc", "sysfs", "cgroup", "cgroup2", "mqueue" };

	if (m->verb != MOUNT_NEW)
		return false;
	for (size_t i = 0; i < COUNT(own); i++)
		if (streq(m->type, own[i]))
			return false;
	for (size_t i = 0; i < m->n_option; i++)
		if (str_after(m->option[i], "context=") ||
		    (str_after(m->option[i], type) && m->option[i][strlen(type)] == '='))
			return false;
	return true;
}

/* One of those, but what is in it is the container's: its root gets the label. */
static bool labelled_later(const struct plan_mount *m)
{
	return m->verb == MOUNT_NEW && streq(m->type, "mqueue");
}

static void label_mount(struct build *b, struct plan_mount *m, const char *type, const char *label)
{
	const char **option = arena_alloc(b->a, m->n_option + 1, sizeof(*option));

	for (size_t i = 0; i < m->n_option; i++)
		option[i] = m->option[i];
	/* In quotes, as a label may have commas. */
	option[m->n_option++] = arena_printf(b->a, "%s=\"%s\"", type, label);
	m->option = option;
}

/* Which of mount(8)'s options it is; Podman and buildah say so in an annotation. */
static const char *context_type(struct build *b)
{
	static const char *const types[] = { "context", "fscontext", "defcontext", "rootcontext" };
	const char *type = build_annotation(b, ANNOTATION_CONTEXT_TYPE);

	if (build_no_text(type))
		return types[0];
	for (size_t i = 0; i < COUNT(types); i++)
		if (streq(type, types[i]))
			return types[i];
	err_in(b->err,
	       build_at_key(b, "/annotations", plan_annotation_key[ANNOTATION_CONTEXT_TYPE]),
	       "'%s' is none of context, fscontext, defcontext, rootcontext", type);
	return NULL;
}

static int plan_mounts(struct build *b, const char *label)
{
	struct plan *plan = b->plan;
	const char *type = context_type(b);
	struct plan_mount *list = arena_alloc(b->a, plan->n_mount, sizeof(*list));

	if (!type || check_text(b, MOUNT_LABEL, label) < 0)
		return -1;
	if (!b->facts->lsm || !b->facts->lsm->selinux)
		return fail_off(b, MOUNT_LABEL, label, "SELinux");
	for (size_t i = 0; i < plan->n_mount; i++) {
		list[i] = plan->mount[i];
		if (takes_label(&list[i], type))
			label_mount(b, &list[i], type, label);
		else if (labelled_later(&list[i]))
			list[i].label = label;
	}
	plan->mount = list;
	return 0;
}

int build_lsm(struct build *b)
{
	const char *mount = b->linux_->mount_label;

	if (b->spec->process && plan_process(b, b->spec->process) < 0)
		return -1;
	return build_no_text(mount) ? 0 : plan_mounts(b, mount);
}
