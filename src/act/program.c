/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and executes the program, and finds out why it could not be executed. */
#include "act/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

enum { PASSWD_MAX = 1 << 20 };

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *env_find(const struct plan_process *process, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; process->envp[i]; i++)
		if (strncmp(process->envp[i], name, len) == 0 && process->envp[i][len] == '=')
			return process->envp[i] + len + 1;
	return NULL;
}

static int fail(struct error *err, int code)
{
	err->code = code;
	return err_at(err, "/process/args/0");
}

/* A descriptor left open somewhere would make "/proc/self/fd/7" a way out (CVE-2024-21626). */
int program_cwd(const struct plan_process *process, struct error *err)
{
	char cwd[PATH_MAX];
	int r = chdir(process->cwd) < 0 ? -errno : sys_getcwd(cwd, sizeof(cwd));

	if (r >= 0 && cwd[0] == '/')
		return 0;
	if (r >= 0)
		err_set(err, 0, "working directory %s lies outside the container", process->cwd);
	else
		err_set(err, -r, "go to the working directory %s", process->cwd);
	return err_at(err, "%s/cwd", process->from);
}

/* 0: can be executed; otherwise the errno that says best why not. */
static int try(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

static int search(struct init *in, const char *name, const char *path, int *why)
{
	while (*path) {
		size_t len = strcspn(path, ":");
		char *full = len ? arena_printf(in->a, "%.*s/%s", (int)len, path, name)
				 : arena_printf(in->a, "./%s", name);
		int r = try(full);

		if (r == 0) {
			in->program = full;
			return 0;
		}
		if (r == EACCES)
			*why = EACCES;
		path += len + (path[len] == ':');
	}
	return -1;
}

/*
 * The head of the program, while it may still be read: once the filter is loaded, a failed execve
 * can only be told with what is known already. One that may not be read has none.
 */
static int peek(struct init *in)
{
	autofd int fd = fd_open(in->program, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	in->head = arena_alloc(in->a, HEAD_SIZE, 1); /* zeroed */
	if (fd >= 0 && read(fd, in->head, HEAD_SIZE - 1) < 0)
		in->head[0] = '\0';
	return 0;
}

int program_find(struct init *in, const struct plan_process *process, struct error *err)
{
	const char *name = process->argv[0], *path = env_find(process, "PATH");
	int why = ENOENT;

	if (strchr(name, '/')) {
		in->program = arena_strdup(in->a, name);
		why = try(name);
		if (why == 0)
			return peek(in);
		if (why == ENOENT || why == ENOTDIR) {
			err_set(err, 0, "exec: \"%s\": stat %s: no such file or directory", name,
				name);
			return fail(err, PROGRAM_MISSING);
		}
	} else if (*name && search(in, name, path && *path ? path : DEFAULT_PATH, &why) == 0) {
		return peek(in);
	}
	if (why == EACCES || why == EISDIR) {
		err_set(err, 0, "exec: \"%s\": %s", name,
			why == EISDIR ? "is a directory (permission denied)" : "permission denied");
		return fail(err, PROGRAM_REFUSED);
	}
	err_set(err, 0, "exec: \"%s\": executable file not found in $PATH", name);
	return fail(err, PROGRAM_MISSING);
}

/* ---- HOME ------------------------------------------------------------------------------------ */

/* The sixth field of the line whose third is uid. The text is hostile; only its bounds count. */
static char *home_in(struct arena *a, char *text, uint32_t uid)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		char *field[7] = { NULL };
		uint64_t id;

		for (size_t i = 0; i < COUNT(field); i++)
			field[i] = strsep(&line, ":");
		if (field[5] && str_to_u64(field[2], UINT32_MAX, &id) == 0 && id == uid)
			return field[5][0] == '/' ? arena_printf(a, "HOME=%s", field[5]) : NULL;
	}
	return NULL;
}

static char *find_home(struct arena *a, uint32_t uid)
{
	struct stat st;
	char *text, *found = NULL;

	/* The pivot is behind us: any symlink stays inside. It may still be a fifo. */
	autofd int fd = fd_open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    read_all(fd, PASSWD_MAX, a, &text) >= 0)
		found = home_in(a, text, uid);
	return found ? found : arena_strdup(a, uid == 0 ? "HOME=/root" : "HOME=/");
}

const char *const *program_env(struct arena *a, const struct plan_process *process, uint32_t uid)
{
	const char *home = env_find(process, "HOME");
	bool has_home = home && *home;
	size_t n = 0, out = 0;

	if (has_home && !process->listens)
		return process->envp;
	while (process->envp[n])
		n++;

	const char **with = arena_alloc(a, n + 3, sizeof(*with));

	for (size_t i = 0; i < n; i++)
		if (has_home || !str_after(process->envp[i], "HOME="))
			with[out++] = process->envp[i];
	if (!has_home)
		with[out++] = find_home(a, uid);
	if (process->listens)
		with[out++] = arena_printf(a, "LISTEN_PID=%d", getpid());
	return with;
}

/* ---- execve and its failures ----------------------------------------------------------------- */

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

static const struct {
	unsigned machine;
	const char *name;
} machines[] = {
	{ EM_386, "i386" },	  { EM_X86_64, "x86_64" }, { EM_ARM, "arm" },
	{ EM_AARCH64, "aarch64" }, { EM_RISCV, "riscv" },   { EM_S390, "s390x" },
	{ EM_PPC64, "ppc64" },	  { EM_MIPS, "mips" },	   { EM_LOONGARCH, "loongarch64" },
};

static const char *machine_name(unsigned machine)
{
	for (size_t i = 0; i < COUNT(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return "an unknown machine";
}

/* What the host runs, from mcrun's own point of view. */
static unsigned own_machine(void)
{
#if defined(__x86_64__)
	return EM_X86_64;
#elif defined(__aarch64__)
	return EM_AARCH64;
#elif defined(__riscv)
	return EM_RISCV;
#elif defined(__s390x__)
	return EM_S390;
#elif defined(__powerpc64__)
	return EM_PPC64;
#else
	return EM_NONE;
#endif
}

static int explain_script(const char *program, char *head, struct error *err)
{
	char *line = head + 2, *interpreter;

	line[strcspn(line, "\n")] = '\0';
	if (strchr(line, '\r'))
		return err_set(err, 0, "exec: \"%s\": its first line ends in CR LF, so that the "
			       "interpreter's name does too: no such file or directory", program);
	line += strspn(line, " \t");
	interpreter = strsep(&line, " \t");
	return err_set(err, 0, "exec: \"%s\": its interpreter %s: no such file or directory",
		       program, interpreter);
}

static int explain_elf(const char *program, const unsigned char *head, int code, struct error *err)
{
	unsigned machine = head[18] | (unsigned)head[19] << 8;

	if (head[EI_DATA] == ELFDATA2MSB)
		machine = head[19] | (unsigned)head[18] << 8;
	if (own_machine() != EM_NONE && machine != own_machine() && code == ENOEXEC)
		return err_set(err, 0, "exec: \"%s\": exec format error (it is made for %s, this "
			       "host is %s)", program, machine_name(machine),
			       machine_name(own_machine()));
	if (code == ENOENT)
		return err_set(err, 0,
			       "exec: \"%s\": its dynamic loader is missing: no such file or "
			       "directory",
			       program);
	return err_set(err, 0, "exec: \"%s\": exec format error", program);
}

static int explain(const char *program, char *head, int code, struct error *err)
{
	if (memcmp(head, ELFMAG, SELFMAG) == 0)
		return explain_elf(program, (const unsigned char *)head, code, err);
	if (memcmp(head, "#!", 2) == 0 && code == ENOENT)
		return explain_script(program, head, err);
	if (code == ENOEXEC)
		return err_set(err, 0,
			       "exec: \"%s\": exec format error (neither an ELF program nor a "
			       "script that begins with #!)",
			       program);
	if (code == ENOENT)
		return err_set(err, 0, "exec: \"%s\": no such file or directory", program);
	return err_set(err, code, "exec: \"%s\"", program);
}

/* It was found executable: what is left is a security module, or the interpreter's own mode. */
static int explain_denied(const char *program, const struct plan_lsm *lsm, struct error *err)
{
	if (!lsm->selinux)
		return err_set(err, 0, "exec: \"%s\": permission denied", program);
	return err_set(err, 0, "exec: \"%s\": permission denied (SELinux's policy may not let it "
		       "become '%s')", program, lsm->selinux);
}

int program_exec(const struct init *in, const struct plan *plan, const char *const *envp,
		 struct error *err)
{
	execve(in->program, (char *const *)plan->process.argv, (char *const *)envp);

	int code = errno;

	if (code == EACCES || code == EPERM)
		explain_denied(in->program, &plan->lsm, err);
	else
		explain(in->program, in->head, code, err);
	return fail(err, code == ENOENT || code == ENOTDIR ? PROGRAM_MISSING : PROGRAM_REFUSED);
}
