/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers plan's questions about the host. Reads only, and no more than was asked: each of these
 * is a few microseconds of every container start. What the answers mean is not known here.
 */
#include "act/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

enum { PROC_FILE_MAX = 16 << 20, OWN_ROOM = 4096 };

/* ---- ids and capabilities ------------------------------------------------------------------- */

/* The kernel's own number of the first user namespace: USER_NS_INIT_INO of linux/nsfs.h. */
static const char first_userns[] = "user:[4026531837]";

static int answer_ids(struct facts *out, struct error *err)
{
	char own[64];
	ssize_t n = readlink("/proc/self/ns/user", own, sizeof(own));

	if (n < 0 && errno != ENOENT) /* that is a kernel without user namespaces */
		return err_set(err, errno, "read /proc/self/ns/user");
	out->in_userns = n >= 0 && (n != sizeof(first_userns) - 1 ||
				    memcmp(own, first_userns, sizeof(first_userns) - 1) != 0);
	out->has_in_userns = out->has_uid = out->has_gid = true;
	out->uid = sys_euid();
	out->gid = sys_egid();
	return 0;
}

static int answer_caps(struct facts *out, struct error *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &head, data) < 0)
		return err_set(err, errno, "read mcrun's own capabilities");
	out->has_caps = true;
	out->caps = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return 0;
}

/* ---- cgroup --------------------------------------------------------------------------------- */

static bool is_cgroup2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* A field of /proc/self/mountinfo: "\040" stands for a blank. */
static char *unescape(struct arena *a, const char *s, size_t len)
{
	char *out = arena_alloc(a, len + 1, 1), *p = out;

	for (size_t i = 0; i < len; i++) {
		bool octal = s[i] == '\\' && len - i > 3;

		*p++ = octal ? (char)((s[i + 1] - '0') << 6 | (s[i + 2] - '0') << 3 |
				      (s[i + 3] - '0'))
			     : s[i];
		i += octal ? 3 : 0;
	}
	return out;
}

/* "36 35 98:0 /root /mount/point options - cgroup2 source options" */
static const char *mount_in_line(struct arena *a, char *line, const char *type)
{
	const char *dash = strstr(line, " - ");
	const char *rest = dash ? str_after(dash + strlen(" - "), type) : NULL;

	if (!rest || *rest != ' ')
		return NULL;
	for (int field = 0; field < 4; field++) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return unescape(a, line, strcspn(line, " "));
}

const char *facts_find_mount(struct arena *a, const char *type)
{
	char *text = NULL, *save = NULL;
	const char *found = NULL;

	if (read_at(AT_FDCWD, "/proc/self/mountinfo", PROC_FILE_MAX, a, &text) < 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &save); line && !found;
	     line = strtok_r(NULL, "\n", &save))
		found = mount_in_line(a, line, type);
	return found;
}

static const char *cgroup2_find(struct arena *a)
{
	static const char *const usual[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < COUNT(usual); i++)
		if (is_cgroup2(usual[i]))
			return usual[i];
	return facts_find_mount(a, "cgroup2"); /* the last resort: the kernel is slow at it */
}

static void add_v1(struct arena *a, struct facts_cgroup *c, const char *mount, const char *name)
{
	c->v1 = arena_grow(a, c->v1, c->n_v1, sizeof(*c->v1));
	c->v1[c->n_v1++] = (struct facts_v1){ .name = name, .mount = mount };
}

/* "0::/user.slice" is v2; "4:cpu,cpuacct:/x" are v1 controllers; "1:name=systemd:/" is none. */
static void own_line(struct arena *a, struct facts_cgroup *c, char *line)
{
	char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;
	char *save = NULL;

	if (!path)
		return;
	*path++ = '\0';
	list++;
	if (!*list) {
		c->own = path;
		return;
	}
	if (str_after(list, "name="))
		return;

	const char *mount = arena_printf(a, "/sys/fs/cgroup/%s", list);

	for (char *name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save))
		add_v1(a, c, mount, name);
}

/* The kernel makes this file as a whole, so one read has all of it if there is room. */
static char *read_own(struct arena *a)
{
	static const char file[] = "/proc/self/cgroup";
	char *text = arena_room(a, OWN_ROOM);
	ssize_t n = read_small(AT_FDCWD, file, text, OWN_ROOM);

	if (n + 2 >= OWN_ROOM)
		n = read_at(AT_FDCWD, file, PROC_FILE_MAX, a, &text);
	else if (n >= 0)
		arena_trim(a, text, (size_t)n + 1);
	return n < 0 ? NULL : text;
}

static void answer_own(struct arena *a, struct facts_cgroup *c)
{
	char *text = read_own(a), *save = NULL;

	if (!text)
		return;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		own_line(a, c, line);
}

static void answer_controllers(struct arena *a, struct facts_cgroup *c)
{
	char text[1024], *save = NULL;
	const char *file = arena_printf(a, "%s/cgroup.controllers", c->mount);

	if (read_small(AT_FDCWD, file, text, sizeof(text)) < 0)
		return;
	for (char *name = strtok_r(text, " \n", &save); name; name = strtok_r(NULL, " \n", &save)) {
		c->controllers = arena_grow(a, c->controllers, c->n_controllers, sizeof(char *));
		c->controllers[c->n_controllers++] = arena_strdup(a, name);
	}
}

/* The top of the tree has no such file; if mcrun is there, the module has to do for an answer. */
static void answer_bfq(struct arena *a, struct facts_cgroup *c)
{
	const char *own = c->own ? c->own : "/";
	const char *file = arena_printf(a, "%s%s/io.bfq.weight", c->mount, own);

	for (size_t i = 0; i < c->n_controllers; i++)
		if (streq(c->controllers[i], "io"))
			c->bfq = access(streq(own, "/") ? "/sys/module/bfq" : file, F_OK) == 0;
	c->has_bfq = true;
}

/* A process moves between two cgroups only if the one above both can be written to as well. */
static void answer_writable(struct arena *a, struct facts_cgroup *c)
{
	const char *own = c->own && !strstr(c->own, "/..") ? c->own : "/";
	const char *last = strrchr(own, '/');
	const char *above = arena_printf(a, "%s%.*s", c->mount, last ? (int)(last - own) : 0, own);

	c->has_writable = true;
	c->writable = access(above, W_OK) == 0 &&
		      access(arena_printf(a, "%s/cgroup.procs", above), W_OK) == 0;
}

static void answer_cgroup(struct arena *a, unsigned ask, struct facts *out)
{
	struct facts_cgroup *c = arena_new(a, struct facts_cgroup);

	out->cgroup = c;
	c->mount = cgroup2_find(a);
	answer_own(a, c);
	if (!c->mount)
		return;
	answer_controllers(a, c);
	answer_bfq(a, c);
	/* Root of the host may write anywhere, unless somebody says that he may not. */
	if (!sys_is_root() || out->in_userns || (ask & ASK_WRITABLE))
		answer_writable(a, c);
}

/* ---- helpers of ordinary users -------------------------------------------------------------- */

/* PATH is not asked: these run as root. */
static const char *find_program(struct arena *a, const char *name)
{
	static const char *const folders[] = { "/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin",
					       "/sbin",	   "/run/wrappers/bin" };

	for (size_t i = 0; i < COUNT(folders); i++) {
		const char *path = arena_printf(a, "%s/%s", folders[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

static void answer_mappers(struct arena *a, struct facts *out)
{
	if (sys_is_root())
		return;
	out->newuidmap = find_program(a, "newuidmap");
	out->newgidmap = find_program(a, "newgidmap");
}

/* ---- network namespace ---------------------------------------------------------------------- */

static int answer_netns(const char *path, struct facts *out, struct error *err)
{
	struct stat joined, own;

	if (stat(path, &joined) < 0)
		return err_set(err, errno, "look at network namespace %s", path);
	if (stat("/proc/self/ns/net", &own) < 0)
		return err_set(err, errno, "look at /proc/self/ns/net");
	out->has_net_is_host = true;
	out->net_is_host = joined.st_dev == own.st_dev && joined.st_ino == own.st_ino;
	return 0;
}

int facts_answer(unsigned ask, const char *netns_path, struct arena *a, struct facts *out,
		 struct error *err)
{
	if ((ask & ASK_IDS) && answer_ids(out, err) < 0)
		return -1;
	if ((ask & ASK_CAPS) && answer_caps(out, err) < 0)
		return -1;
	if (ask & ASK_CGROUP)
		answer_cgroup(a, ask, out);
	if (ask & ASK_RDT)
		facts_rdt(a, out);
	if (ask & ASK_MAPPERS)
		answer_mappers(a, out);
	if (ask & ASK_SECCOMP)
		facts_seccomp(a, out);
	if (ask & ASK_LSM)
		facts_lsm(a, out);
	if ((ask & ASK_NETNS) && netns_path && answer_netns(netns_path, out, err) < 0)
		return -1;
	return 0;
}
