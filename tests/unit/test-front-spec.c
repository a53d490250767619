/* SPDX-License-Identifier: Apache-2.0 */
/* front/spec: the options of `spec` and what becomes of config.json. */
#include "front/spec.h"

#include "base/str.h"
#include "test.h"

#define HINT " (try 'mcrun spec --help')"

static struct oci_config *build(struct arena *a, const struct spec_given *given, char *const *args,
				struct error *err)
{
	const struct spec_input in = {
		.given = given, .args = args, .cwd = "/home/me", .uid = 1000, .gid = 100, .a = a
	};

	return spec_build(&in, err);
}

/* ---- good values: what the part of the document looks like then ------------------------------ */

static char *show_memory(struct arena *a, const struct oci_config *c)
{
	const struct oci_memory *m = c->linux_->resources->memory;

	return m ? arena_printf(a, "%lld", (long long)m->limit) : NULL;
}

static char *show_cpus(struct arena *a, const struct oci_config *c)
{
	const struct oci_cpu *cpu = c->linux_->resources->cpu;

	return cpu ? arena_printf(a, "%lld/%llu", (long long)cpu->quota,
				  (unsigned long long)cpu->period)
		   : NULL;
}

static char *show_pids(struct arena *a, const struct oci_config *c)
{
	const struct oci_pids *p = c->linux_->resources->pids;

	return p ? arena_printf(a, "%lld", (long long)p->limit) : NULL;
}

static char *show_user(struct arena *a, const struct oci_config *c)
{
	const struct oci_user *u = c->process->user;

	return arena_printf(a, "%llu:%llu", (unsigned long long)u->uid, (unsigned long long)u->gid);
}

static char *show_volume(struct arena *a, const struct oci_config *c)
{
	const struct oci_mount *m = &c->mounts[c->n_mounts - 1];
	char *s = arena_printf(a, "%s %s %s", m->type, m->source, m->destination);

	for (size_t i = 0; i < m->n_options; i++)
		s = arena_printf(a, "%s %s", s, m->options[i]);
	return s;
}

static char *show_env(struct arena *a, const struct oci_config *c)
{
	char *s = arena_strdup(a, c->process->env[1]);

	for (size_t i = 2; i < c->process->n_env; i++)
		s = arena_printf(a, "%s %s", s, c->process->env[i]);
	return s;
}

static char *show_terminal(struct arena *a, const struct oci_config *c)
{
	return arena_strdup(a, c->process->terminal ? "true" : "false");
}

static char *show_readonly(struct arena *a, const struct oci_config *c)
{
	return arena_strdup(a, c->root->readonly ? "true" : "false");
}

/* The namespaces, whose the one id is, and whether there are resources. */
static char *show_rootless(struct arena *a, const struct oci_config *c)
{
	const struct oci_linux *lx = c->linux_;
	char *s = arena_strdup(a, "");

	for (size_t i = 0; i < lx->n_namespaces; i++)
		s = arena_printf(a, "%s%s ", s, lx->namespaces[i].type);
	for (size_t i = 0; i < lx->n_uid_mappings; i++)
		s = arena_printf(a, "%s%llu:%llu ", s,
				 (unsigned long long)lx->uid_mappings[i].host_id,
				 (unsigned long long)lx->gid_mappings[i].host_id);
	return arena_printf(a, "%s%s", s, lx->resources ? "resources" : "");
}

static char *show_mounts(struct arena *a, const struct oci_config *c)
{
	char *s = arena_strdup(a, "");

	for (size_t i = 0; i < c->n_mounts; i++) {
		s = arena_printf(a, "%s%s ", s, c->mounts[i].type);
		for (size_t j = 0; j < c->mounts[i].n_options; j++)
			if (str_after(c->mounts[i].options[j], "gid=") ||
			    str_after(c->mounts[i].options[j], "rro"))
				s = arena_printf(a, "%s%s ", s, c->mounts[i].options[j]);
	}
	return s;
}

static char *words[] = { (char[]){ "true" }, NULL };
static const char *env_new[] = { "A=1", "B=" }, *env_old[] = { "TERM=vt100" };
static const char *volume_ro[] = { "/a:/b:ro" }, *volume_rel[] = { "./x/../y:/b" };

static const struct {
	const char *name;
	struct spec_given given;
	char *const *args;
	char *(*show)(struct arena *, const struct oci_config *);
	const char *want;
} good[] = {
	{ "memory in powers of 1024", { .memory = "64M" }, NULL, show_memory, "67108864" },
	{ "no limit of memory unless asked for", { 0 }, NULL, show_memory, NULL },
	{ "one and a half processors", { .cpus = "1.5" }, NULL, show_cpus, "150000/100000" },
	{ "two processors", { .cpus = "2" }, NULL, show_cpus, "200000/100000" },
	{ "a hundredth of one", { .cpus = ".01" }, NULL, show_cpus, "1000/100000" },
	{ "five decimals", { .cpus = "1.00001" }, NULL, show_cpus, "100001/100000" },
	{ "a number of processes", { .pids_limit = "20" }, NULL, show_pids, "20" },
	{ "any number of processes", { .pids_limit = "-1" }, NULL, show_pids, "-1" },
	{ "root unless asked for", { 0 }, NULL, show_user, "0:0" },
	{ "a user, in the group 0", { .user = "12" }, NULL, show_user, "12:0" },
	{ "a user and a group", { .user = "12:34" }, NULL, show_user, "12:34" },
	{ "a read-only volume",
	  { .volume = { volume_ro, 1 } },
	  NULL,
	  show_volume,
	  "bind /a /b rbind rprivate rro" },
	{ "a volume relative to the caller",
	  { .volume = { volume_rel, 1 } },
	  NULL,
	  show_volume,
	  "bind /home/me/y /b rbind rprivate rw" },
	{ "variables are added", { .env = { env_new, 2 } }, NULL, show_env, "TERM=xterm A=1 B=" },
	{ "a variable takes its old one's place",
	  { .env = { env_old, 1 } },
	  NULL,
	  show_env,
	  "TERM=vt100" },
	{ "the shell has a terminal", { 0 }, NULL, show_terminal, "true" },
	{ "a program that was named has none", { 0 }, words, show_terminal, "false" },
	{ "unless asked for", { .terminal = SWITCH_ON }, words, show_terminal, "true" },
	{ "the shell has none when told so",
	  { .terminal = SWITCH_OFF },
	  NULL,
	  show_terminal,
	  "false" },
	{ "an ordinary user: root inside, alone, in the host's network, without limits",
	  { .rootless = SWITCH_ON },
	  NULL,
	  show_rootless,
	  "pid user ipc uts mount cgroup 1000:100 " },
	{ "an ordinary user's limits, when asked for",
	  { .rootless = SWITCH_ON, .memory = "1M" },
	  NULL,
	  show_memory,
	  "1048576" },
	{ "root: no ids are mapped, devices are refused",
	  { .rootless = SWITCH_OFF },
	  NULL,
	  show_rootless,
	  "pid network ipc uts mount cgroup resources" },
	{ "an ordinary user's /sys is the host's, his terminals have no group of their own",
	  { .rootless = SWITCH_ON },
	  NULL,
	  show_mounts,
	  "proc tmpfs devpts tmpfs mqueue none rro " },
	{ "the root is read-only", { 0 }, NULL, show_readonly, "true" },
	{ "unless told otherwise", { .read_only = SWITCH_OFF }, NULL, show_readonly, "false" },
};

/* ---- bad values ------------------------------------------------------------------------------ */

static char *no_words[] = { NULL };
static const char *bad_env[] = { "=x" }, *bad_env_name[] = { "HOME" };
static const char *bad_volume[] = { "/only" }, *bad_target[] = { "/a:b" };
static const char *bad_mode[] = { "/a:/b:rx" }, *no_source[] = { ":/b" };

#define VOLUME " is not SOURCE:TARGET or SOURCE:TARGET:ro, with an absolute target" HINT
#define CPUS " is not a number of processors such as 2 or 0.5 (at least 0.01)" HINT
#define PIDS " is not a number of processes, or -1 for no limit" HINT

static const struct {
	const char *name;
	struct spec_given given;
	char *const *args;
	const char *want;
} bad[] = {
	{ "a size with a strange unit",
	  { .memory = "12X" },
	  NULL,
	  "spec: --memory: '12X' is not a size such as 512M or 1G" HINT },
	{ "a size of nothing",
	  { .memory = "0" },
	  NULL,
	  "spec: --memory: '0' is not a size such as 512M or 1G" HINT },
	{ "less than no processor", { .cpus = "-1" }, NULL, "spec: --cpus: '-1'" CPUS },
	{ "no processor", { .cpus = "0" }, NULL, "spec: --cpus: '0'" CPUS },
	{ "a dot alone", { .cpus = "." }, NULL, "spec: --cpus: '.'" CPUS },
	{ "two dots", { .cpus = "1.2.3" }, NULL, "spec: --cpus: '1.2.3'" CPUS },
	{ "an exponent", { .cpus = "1e3" }, NULL, "spec: --cpus: '1e3'" CPUS },
	{ "no process", { .pids_limit = "0" }, NULL, "spec: --pids-limit: '0'" PIDS },
	{ "processes that are no number",
	  { .pids_limit = "x" },
	  NULL,
	  "spec: --pids-limit: 'x'" PIDS },
	{ "a user's name",
	  { .user = "nobody" },
	  NULL,
	  "spec: --user: 'nobody' is not UID or UID:GID, in digits" HINT },
	{ "a group too many",
	  { .user = "1:2:3" },
	  NULL,
	  "spec: --user: '1:2:3' is not UID or UID:GID, in digits" HINT },
	{ "a user that stands for no change",
	  { .user = "4294967295" },
	  NULL,
	  "spec: --user: '4294967295' is not UID or UID:GID, in digits" HINT },
	{ "a variable without a name",
	  { .env = { bad_env, 1 } },
	  NULL,
	  "spec: --env: '=x' is not NAME=VALUE" HINT },
	{ "a variable without a value",
	  { .env = { bad_env_name, 1 } },
	  NULL,
	  "spec: --env: 'HOME' is not NAME=VALUE" HINT },
	{ "a volume without a target",
	  { .volume = { bad_volume, 1 } },
	  NULL,
	  "spec: --volume: '/only'" VOLUME },
	{ "a volume with a relative target",
	  { .volume = { bad_target, 1 } },
	  NULL,
	  "spec: --volume: '/a:b'" VOLUME },
	{ "a volume with a strange mode",
	  { .volume = { bad_mode, 1 } },
	  NULL,
	  "spec: --volume: '/a:/b:rx'" VOLUME },
	{ "a volume without a source",
	  { .volume = { no_source, 1 } },
	  NULL,
	  "spec: --volume: ':/b'" VOLUME },
	{ "a relative folder",
	  { .cwd = "tmp" },
	  NULL,
	  "spec: --cwd: 'tmp' is not an absolute path in the container" HINT },
	{ "no name at all", { .hostname = "" }, NULL, "spec: --hostname: '' is not a name" HINT },
	{ "two dashes and no program",
	  { 0 },
	  no_words,
	  "spec: there is no program behind '--'" HINT },
};

int main(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(good); i++)
		TEST(good[i].name) {
			struct error err = { 0 };
			struct oci_config *c = build(&a, &good[i].given, good[i].args, &err);

			CHECK_STR(err.msg, "");
			CHECK_STR(c ? good[i].show(&a, c) : "(failed)", good[i].want);
		}
	for (size_t i = 0; i < COUNT(bad); i++)
		TEST(bad[i].name) {
			struct error err = { 0 };

			CHECK(!build(&a, &bad[i].given, bad[i].args, &err));
			CHECK_STR(err.msg, bad[i].want);
		}
	TEST("what spec writes is read back, and nothing survives execve by accident") {
		struct error err = { 0 };
		char *text = oci_config_write(&a, spec_default(&a), TABLE_PRETTY);
		const struct oci_config *c = oci_config_read(&a, text, strlen(text), &err);

		CHECK_STR(err.msg, "");
		CHECK(c && c->process->no_new_privileges && c->root->readonly);
		CHECK(c && !c->process->capabilities->inheritable);
		CHECK(c && !c->process->capabilities->ambient);
	}
	arena_done(&a);
	return test_done();
}
