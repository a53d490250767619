/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: who is the process that the caller asks for, then the translators that know what that
 * means. What a --process file says counts; what keeps a process within bounds and is not said in
 * it is the container's, since nobody means an exec to be less confined than its container.
 */
#include "plan/exec.h"

#include <sched.h>

#include "base/names.h"
#include "base/path.h"
#include "plan/build.h"

/* The process as it is put together. */
struct parts {
	struct build *b;
	const struct plan_exec *exec;
	struct oci_process process;
	struct oci_user user;
	struct oci_capabilities caps;
};

static const struct oci_process no_process;
static const struct oci_user root_user;
static const struct oci_capabilities no_caps;

/* ---- the process that is added to ------------------------------------------------------------ */

/* What a --process file leaves open. */
static void inherit(struct oci_process *p, const struct oci_process *own)
{
	if (!p->capabilities)
		p->capabilities = own->capabilities;
	if (build_no_text(p->apparmor_profile))
		p->apparmor_profile = own->apparmor_profile;
	if (build_no_text(p->selinux_label))
		p->selinux_label = own->selinux_label;
	if (!p->n_rlimits) {
		p->rlimits = own->rlimits;
		p->n_rlimits = own->n_rlimits;
	}
	if (!p->has_oom_score_adj) {
		p->has_oom_score_adj = own->has_oom_score_adj;
		p->oom_score_adj = own->oom_score_adj;
	}
	if (!p->scheduler)
		p->scheduler = own->scheduler;
	if (!p->io_priority)
		p->io_priority = own->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = own->exec_cpu_affinity;
}

static void begin(struct parts *x)
{
	const struct oci_process *given = x->exec->process, *own = x->b->spec->process;
	struct oci_process *p = &x->process;

	if (!own)
		own = &no_process;
	*p = given ? *given : *own;
	if (given) {
		inherit(p, own);
	} else {
		p->args = (const char **)x->exec->args.item;
		p->n_args = x->exec->args.n;
		p->terminal = false;
	}
	if (!p->cwd)
		p->cwd = "/";
	x->user = p->user ? *p->user : root_user;
	if (!x->user.has_umask && own->user) {
		x->user.has_umask = own->user->has_umask;
		x->user.umask = own->user->umask;
	}
	x->caps = p->capabilities ? *p->capabilities : no_caps;
	p->user = &x->user;
	p->capabilities = &x->caps;
}

/* ---- options --------------------------------------------------------------------------------- */

/* The next part of "a,b,c" in *list, or NULL. */
static const char *next_part(struct build *b, const char **list)
{
	const char *part = *list;
	size_t len = part ? strcspn(part, ",") : 0;

	if (!part)
		return NULL;
	*list = part[len] ? part + len + 1 : NULL;
	return arena_strndup(b->a, part, len);
}

static int add_user(struct parts *x)
{
	struct build *b = x->b;
	const char *given = x->exec->user, *colon = given ? strchr(given, ':') : NULL;
	uint64_t uid, gid = x->user.gid;

	if (!given)
		return 0;

	const char *first = colon ? arena_strndup(b->a, given, (size_t)(colon - given)) : given;

	if (str_to_u64(first, UINT32_MAX - 1, &uid) < 0 ||
	    (colon && str_to_u64(colon + 1, UINT32_MAX - 1, &gid) < 0))
		return err_set(b->err, 0, "--user: '%s' is neither UID nor UID:GID, numbers up to "
			       "%u (names are not looked up)", given, UINT32_MAX - 1);
	x->user.uid = uid;
	x->user.gid = gid;
	return 0;
}

static int add_groups(struct parts *x)
{
	struct build *b = x->b;
	size_t n = x->user.n_additional_gids;
	uint64_t *list = NULL;

	for (size_t i = 0; i < n; i++) {
		list = arena_grow(b->a, list, i, sizeof(*list));
		list[i] = x->user.additional_gids[i];
	}
	for (size_t i = 0; i < x->exec->groups.n; i++) {
		const char *left = x->exec->groups.item[i], *part;

		while ((part = next_part(b, &left))) {
			list = arena_grow(b->a, list, n, sizeof(*list));
			if (str_to_u64(part, UINT32_MAX - 1, &list[n++]) < 0)
				return err_set(b->err, 0, "--additional-gids: '%s' is no group, a "
					       "number up to %u", part, UINT32_MAX - 1);
		}
	}
	x->user.additional_gids = list;
	x->user.n_additional_gids = n;
	return 0;
}

static bool has_word(const char *const *list, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (streq(list[i], word))
			return true;
	return false;
}

static void add_word(struct build *b, const char ***list, size_t *n, const char *word)
{
	const char **more = arena_alloc(b->a, *n + 1, sizeof(*more));

	for (size_t i = 0; i < *n; i++)
		more[i] = (*list)[i];
	more[(*n)++] = word;
	*list = more;
}

/*
 * Never inheritable: files with inheritable capabilities would give them to programs of any user
 * (CVE-2022-29162, CVE-2022-27650). So ambient only what the container's process inherits already,
 * as the kernel has no other.
 */
static void add_cap(struct parts *x, const char *cap)
{
	struct oci_capabilities *c = &x->caps;

	add_word(x->b, &c->bounding, &c->n_bounding, cap);
	add_word(x->b, &c->effective, &c->n_effective, cap);
	add_word(x->b, &c->permitted, &c->n_permitted, cap);
	if (has_word(c->inheritable, c->n_inheritable, cap))
		add_word(x->b, &c->ambient, &c->n_ambient, cap);
}

static int add_caps(struct parts *x)
{
	struct build *b = x->b;

	for (size_t i = 0; i < x->exec->caps.n; i++) {
		const char *left = x->exec->caps.item[i], *cap;

		while ((cap = next_part(b, &left))) {
			if (capability_number(cap) < 0)
				return err_set(b->err, 0,
					       "--cap: unknown capability '%s'; they are called "
					       "CAP_NET_ADMIN and so on", cap);
			add_cap(x, cap);
		}
	}
	return 0;
}

/* What is given last counts; of two variables of one name most programs see the first. */
static int add_env(struct parts *x)
{
	struct oci_process *p = &x->process;
	const char **list = arena_alloc(x->b->a, p->n_env + x->exec->env.n + 1, sizeof(*list));
	size_t n = p->n_env;

	for (size_t i = 0; i < n; i++)
		list[i] = p->env[i];
	for (size_t i = 0; i < x->exec->env.n; i++) {
		const char *given = x->exec->env.item[i], *equals = strchr(given, '=');
		size_t at = 0;

		if (!equals || equals == given)
			return err_set(x->b->err, 0, "--env: '%s' is not NAME=VALUE", given);
		while (at < n && strncmp(list[at], given, (size_t)(equals - given) + 1) != 0)
			at++;
		list[at] = given;
		n += at == n;
	}
	p->env = list;
	p->n_env = n;
	return 0;
}

static int add_cwd(struct parts *x)
{
	const char *cwd = x->exec->cwd;

	if (!cwd)
		return 0;
	if (*cwd != '/')
		return err_set(x->b->err, 0, "--cwd: '%s' is relative; it must be absolute", cwd);
	x->process.cwd = cwd;
	return 0;
}

static int add_rest(struct parts *x)
{
	const struct plan_exec *e = x->exec;
	struct oci_process *p = &x->process;

	if (e->apparmor)
		p->apparmor_profile = e->apparmor;
	if (e->selinux)
		p->selinux_label = e->selinux;
	if (e->no_new_privs)
		p->no_new_privileges = e->no_new_privs == CHOICE_YES;
	if (e->terminal)
		p->terminal = e->terminal == CHOICE_YES;
	if (p->terminal && e->detach && !e->console_socket)
		return err_set(x->b->err, 0, "nobody would take the terminal: give "
			       "--console-socket, or leave --detach out");
	if (!p->terminal && e->console_socket)
		return err_set(x->b->err, 0, "--console-socket waits for a terminal, but none is "
			       "asked for (--tty, or 'terminal' of the process)");
	return 0;
}

/* ---- sections -------------------------------------------------------------------------------- */

static bool has_dots(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2)
		if ((p == path || p[-1] == '/') && (p[2] == '/' || !p[2]))
			return true;
	return false;
}

/* Below the container's own, never beside it: whoever may exec need not be able to leave it. */
static int plan_cgroup(struct build *b, const struct plan_exec *e)
{
	struct plan_cgroup *out = &b->plan->cgroup;
	const char *sub = NULL;

	*out = (struct plan_cgroup){ .from = "/linux/cgroupsPath",
				     .manager = e->manager,
				     .mount = e->cgroup_mount,
				     .path = e->cgroup_path };
	for (size_t i = 0; i < e->cgroups.n; i++) {
		const char *given = e->cgroups.item[i];

		if (strchr(given, ':'))
			return err_set(b->err, 0, "--cgroup: '%s' names a controller, but all of "
				       "cgroup v2 is one tree: give the path alone", given);
		if (has_dots(given))
			return err_set(b->err, 0, "--cgroup: '%s' would lead out of the "
				       "container's cgroup", given);
		given = path_clean(b->a, given);
		if (sub && !streq(sub, given))
			return err_set(b->err, 0, "--cgroup: a process is in one cgroup, not both "
				       "in '%s' and '%s'", sub, given);
		sub = given;
	}
	if (!sub || streq(sub, "/"))
		return 0;
	if (!*e->cgroup_path)
		return err_set(b->err, 0, "--cgroup: container \"%s\" has no cgroup of its own",
			       b->options->id);
	out->path = arena_printf(b->a, "%s%s", e->cgroup_path, sub);
	return 0;
}

/* What later sections ask of those that create alone plans in full. */
static void plan_container(struct build *b)
{
	const struct plan_ns *ns = &b->plan->ns;

	/* The maps are written; ids are held against them all the same. */
	b->plan->idmap = (struct plan_idmap){
		.from = "/linux/uidMappings",
		.make = ns->create & CLONE_NEWUSER,
		.uid = "",
		.gid = "",
	};
	b->plan->root = (struct plan_root){
		.from = "/root/path",
		.path = path_join(b->a, b->options->bundle, b->spec->root->path),
		.enter = ns->create & CLONE_NEWNS ? ENTER_PIVOT : ENTER_CHROOT,
		.bind_devices = build_has_ns(b, CLONE_NEWUSER),
	};
}

static int check_words(struct build *b, const struct plan_exec *e)
{
	if (e->process && e->args.n)
		return err_set(b->err, 0, "both --process and a program, '%s', are given",
			       e->args.item[0]);
	if (!e->process && !e->args.n)
		return err_set(b->err, 0, "the program is missing: it stands behind the "
			       "container's id, or in the file of --process");
	return 0;
}

unsigned plan_exec_ask(const struct oci_config *spec, const struct plan_exec *exec)
{
	const struct oci_process *own = spec->process ? spec->process : &no_process;
	const struct oci_process *given = exec->process ? exec->process : &no_process;
	const char *const labels[] = {
		own->apparmor_profile, own->selinux_label, given->apparmor_profile,
		given->selinux_label,  exec->apparmor,	   exec->selinux,
		spec->linux_ ? spec->linux_->mount_label : NULL,
	};
	unsigned ask = ASK_CAPS;

	for (size_t i = 0; i < COUNT(labels); i++)
		if (!build_no_text(labels[i]))
			ask |= ASK_LSM;
	return ask;
}

struct plan *plan_exec_build(struct arena *a, const struct plan_input *in,
			     const struct plan_exec *exec, struct error *err)
{
	static const struct oci_linux no_linux;
	struct plan_options options = *in->options;
	struct oci_config spec = *in->spec;
	struct build b = {
		.a = a,
		.spec = in->spec,
		.linux_ = in->spec->linux_ ? in->spec->linux_ : &no_linux,
		.facts = in->facts,
		.options = &options,
		.plan = arena_new(a, struct plan),
		.err = err,
	};
	struct parts *x = arena_new(a, struct parts);

	x->b = &b;
	x->exec = exec;
	begin(x);
	if (check_words(&b, exec) < 0 || add_user(x) < 0 || add_groups(x) < 0 || add_caps(x) < 0 ||
	    add_env(x) < 0 || add_cwd(x) < 0 || add_rest(x) < 0)
		return NULL;
	spec.process = &x->process;
	b.spec = &spec;
	options.console_socket = x->process.terminal; /* there is somebody, add_rest() */
	if (build_check(&b) < 0 || build_state(&b) < 0 || build_ns(&b) < 0)
		return NULL;
	plan_container(&b);
	if (plan_cgroup(&b, exec) < 0 || build_process(&b) < 0 || build_attr(&b) < 0 ||
	    build_lsm(&b) < 0 || build_cred(&b) < 0 || build_filter(&b) < 0)
		return NULL;
	return b.plan;
}
