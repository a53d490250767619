/* SPDX-License-Identifier: Apache-2.0 */
/* fsopen(2) and fsconfig(2), and mount(2) for what these do not take. */
#include "act/fsopts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/mount.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

/* The kernel's bounds: of a value for fsconfig(2), and of all data for mount(2), a page. */
enum { VALUE_MAX = 255, DATA_MAX = 4095 };

/* ---- the new way ----------------------------------------------------------------------------- */

/* Puts what the file system itself has to say behind the error: "tmpfs: Bad value for 'size'". */
static int fs_error(int fs, int code, const char *what, struct error *err)
{
	char text[256];
	ssize_t n = read(fs, text, sizeof(text) - 1);

	if (n <= 2)
		return err_set(err, code, "%s", what);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return err_set(err, code, "%s (%s)", what, text + 2);
}

/* SELinux quotes what may have a comma in it; to fsconfig(2) it is given bare. */
static size_t unquote(const char **value, const char *key, size_t key_len)
{
	static const char suffix[] = "context";
	const size_t n_suffix = sizeof(suffix) - 1;
	size_t n = strlen(*value);

	if (key_len < n_suffix || memcmp(key + key_len - n_suffix, suffix, n_suffix) != 0 ||
	    n < 2 || **value != '"' || (*value)[n - 1] != '"')
		return n;
	(*value)++;
	return n - 2;
}

static int fs_option(int fs, const char *option)
{
	const char *eq = strchr(option, '='), *value = eq ? eq + 1 : NULL;
	char key[256], text[VALUE_MAX + 1];

	if (!eq)
		return sys_fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL, 0);
	if ((size_t)(eq - option) >= sizeof(key))
		return -ENAMETOOLONG;

	size_t n = unquote(&value, option, (size_t)(eq - option));

	if (n > VALUE_MAX) /* the kernel tells it as EINVAL */
		return -E2BIG;
	memcpy(text, value, n);
	text[n] = '\0';
	memcpy(key, option, (size_t)(eq - option));
	key[eq - option] = '\0';
	return sys_fsconfig(fs, FSCONFIG_SET_STRING, key, text, 0);
}

/* The kernel knows ids by the user namespace of whoever mounts, and says no more than EINVAL. */
static const char *id_hint(const char *option, int code)
{
	bool id = str_after(option, "gid=") || str_after(option, "uid=");

	return id && code == EINVAL ? " (an id that is not mapped in this user namespace?)" : "";
}

/* All options, then `cmd` with them. */
static int configure(int fs, const struct mount_new *what, unsigned cmd, const char *noun,
		     struct error *err)
{
	for (size_t i = 0; i < what->n_option; i++) {
		int r = fs_option(fs, what->option[i]);

		if (r < 0) {
			fs_error(fs, -r, noun, err);
			return err_add(err, "option '%s'%s", what->option[i],
				       id_hint(what->option[i], -r));
		}
	}

	int r = sys_fsconfig(fs, cmd, NULL, NULL, 0);

	if (r == 0)
		return 0;
	fs_error(fs, -r, noun, err);
	/* Older file systems read their options only now, and do not say which one it was. */
	for (size_t i = 0; i < what->n_option; i++)
		if (*id_hint(what->option[i], -r))
			return err_add(err, "option '%s'%s", what->option[i],
				       id_hint(what->option[i], -r));
	return -1;
}

int mount_make(const struct mount_new *what, struct error *err)
{
	autofd int fs = sys_fsopen(what->type, FSOPEN_CLOEXEC);
	char noun[80];

	snprintf(noun, sizeof(noun), "mount a new %s", what->type);
	if (fs == -ENODEV)
		return err_set(err, 0, "file system type \"%s\" is not known to this kernel",
			       what->type);
	if (fs < 0)
		return err_set(err, -fs, "%s", noun);

	int r = sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", what->source, 0);

	if (r < 0)
		return fs_error(fs, -r, noun, err);
	if (configure(fs, what, FSCONFIG_CMD_CREATE, noun, err) < 0)
		return -1;

	int mnt = sys_fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)what->attr);

	return mnt < 0 ? fs_error(fs, -mnt, noun, err) : mnt;
}

/* ---- options as they are written ------------------------------------------------------------- */

static void add(struct arena *a, struct mount_new *to, const char *option)
{
	const char **list = arena_grow(a, (void *)to->option, to->n_option, sizeof(*list));

	list[to->n_option++] = option;
	to->option = list;
}

/* Up to the comma that ends this option: overlay's may be escaped, SELinux' are in quotes. */
static size_t option_len(const char *s, bool escapes)
{
	bool quoted = false;
	size_t n = 0;

	for (; s[n] && (quoted || s[n] != ','); n++) {
		if (s[n] == '"')
			quoted = !quoted;
		else if (escapes && s[n] == '\\' && s[n + 1])
			n++;
	}
	return n;
}

static struct mount_new split(const struct mount_new *what, struct arena *a)
{
	struct mount_new out = *what;
	bool escapes = streq(what->type, "overlay");

	out.option = NULL;
	out.n_option = 0;
	for (size_t i = 0; i < what->n_option; i++) {
		const char *s = what->option[i];

		while (*s) {
			size_t n = option_len(s, escapes);

			if (n)
				add(a, &out, arena_strndup(a, s, n));
			s += n + (s[n] == ',');
		}
	}
	return out;
}

/* "/a:/b::/c" as lowerdir+=/a, lowerdir+=/b, datadir+=/c: there nothing is escaped. */
static void add_layers(struct arena *a, struct mount_new *to, const char *list)
{
	const char *key = "lowerdir+";

	while (*list) {
		char *layer = arena_alloc(a, strlen(list) + 1, 1);
		size_t n = 0;

		for (; *list && *list != ':'; list++) {
			if (*list == '\\' && list[1])
				list++;
			layer[n++] = *list;
		}
		add(a, to, arena_printf(a, "%s=%s", key, layer));
		if (str_after(list, "::"))
			key = "datadir+";
		list += strspn(list, ":");
	}
}

static bool is_long(const char *option)
{
	const char *eq = strchr(option, '=');

	return eq && strlen(eq + 1) > VALUE_MAX;
}

static struct mount_new shorten(const struct mount_new *what, struct arena *a)
{
	struct mount_new out = *what;

	out.option = NULL;
	out.n_option = 0;
	for (size_t i = 0; i < what->n_option; i++) {
		const char *option = what->option[i], *layers = str_after(option, "lowerdir=");

		if (layers && is_long(option) && streq(what->type, "overlay"))
			add_layers(a, &out, layers);
		else
			add(a, &out, option);
	}
	return out;
}

/* ---- the old way ----------------------------------------------------------------------------- */

/* Words that are flags to mount(2) and not data. */
static bool old_flag(const char *word, unsigned long *flags)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} words[] = {
		{ "ro", MS_RDONLY }, { "rw", 0 }, { "sync", MS_SYNCHRONOUS }, { "async", 0 },
		{ "dirsync", MS_DIRSYNC }, { "mand", MS_MANDLOCK }, { "nomand", 0 },
		{ "lazytime", MS_LAZYTIME }, { "nolazytime", 0 },
	};

	for (size_t i = 0; i < COUNT(words); i++) {
		if (!streq(words[i].name, word))
			continue;
		*flags |= words[i].flag;
		return true;
	}
	return false;
}

/* -E2BIG if there is no room for all of them. */
static int old_data(const struct mount_new *what, char *data, size_t size, unsigned long *flags)
{
	size_t n = 0;

	data[0] = '\0';
	for (size_t i = 0; i < what->n_option; i++) {
		const char *option = what->option[i];
		size_t len = strlen(option);

		if (old_flag(option, flags))
			continue;
		if (len + 2 > size - n)
			return -E2BIG;
		if (n > 0)
			data[n++] = ',';
		memcpy(data + n, option, len + 1);
		n += len;
	}
	return 0;
}

/* In the working directory, which is a tmpfs of our own: mounts there, takes a copy. */
static int mount_here(const struct mount_new *what, struct error *err)
{
	char data[DATA_MAX + 1];
	unsigned long flags = 0;

	if (old_data(what, data, sizeof(data), &flags) < 0)
		return err_set(err, 0,
			       "mount a new %s: its options are longer than the %d bytes that the "
			       "kernel takes",
			       what->type, DATA_MAX);
	if (mkdir("new", 0700) < 0 || mount(what->source, "new", what->type, flags, data) < 0)
		return err_set(err, errno, "mount a new %s with long options", what->type);

	int tree = mount_clone(AT_FDCWD, "new", 0);

	return tree < 0 ? err_set(err, -tree, "take the new %s", what->type) : tree;
}

static int make_old(const struct mount_new *what, int place, struct error *err)
{
	const struct mount_new room = { .type = "tmpfs", .source = "tmpfs" };
	autofd int back = fd_open(".", O_PATH | O_DIRECTORY);
	autofd int top = mount_make(&room, err);

	if (top < 0)
		return -1;

	int r = back < 0 ? -errno : mount_attach(top, place);

	if (r < 0 || fchdir(top) < 0)
		return err_set(err, r < 0 ? -r : errno, "make room for a mount");

	autofd int tree = mount_here(what, err);
	struct mount_attr attr = { .attr_set = what->attr };

	r = tree < 0 || !what->attr ? 0 : sys_mount_setattr(tree, "", AT_EMPTY_PATH, &attr);
	if (r < 0)
		err_set(err, -r, "set the flags of a new %s", what->type);
	if (umount2(".", MNT_DETACH) < 0 || fchdir(back) < 0)
		return err_set(err, errno, "clear the room of a mount");
	return r < 0 ? -1 : take_fd(&tree);
}

/* Whether fsconfig(2) could refuse it for its form alone. */
static bool is_odd(const struct mount_new *what)
{
	for (size_t i = 0; i < what->n_option; i++)
		if (is_long(what->option[i]) || strchr(what->option[i], ','))
			return true;
	return false;
}

/* Apart, as it takes two pages of stack. */
static __attribute__((noinline)) int make_odd(const struct mount_new *what, int place,
					      struct arena *a, struct error *err)
{
	const struct mount_new all = split(what, a);

	if (!is_odd(&all))
		return mount_make(&all, err);

	const struct mount_new fit = shorten(&all, a);
	struct error refused;
	int tree = mount_make(&fit, &refused);

	return tree < 0 ? make_old(&all, place, err) : tree;
}

/* What both have; MS_RDONLY would make the file system read-only, not the mount alone. */
static bool old_attr(uint64_t attr, unsigned long *flags)
{
	static const struct {
		uint64_t attr;
		unsigned long flag;
	} same[] = {
		{ MOUNT_ATTR_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
		{ MOUNT_ATTR_NOATIME, MS_NOATIME },
		{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
		{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
	};

	for (size_t i = 0; i < COUNT(same); i++) {
		if (attr & same[i].attr)
			*flags |= same[i].flag;
		attr &= ~same[i].attr;
	}
	return attr == 0;
}

int fsopts_mount(const struct mount_new *what, const char *entry)
{
	unsigned long flags = 0, by_option = 0;
	char data[256];

	if (is_odd(what) || !old_attr(what->attr, &flags) ||
	    old_data(what, data, sizeof(data), &by_option) < 0 || by_option)
		return -EINVAL;
	return mount(what->source, entry, what->type, flags, data) < 0 ? -errno : 0;
}

int fsopts_make(const struct mount_new *what, int place, struct arena *a, struct error *err)
{
	return is_odd(what) ? make_odd(what, place, a, err) : mount_make(what, err);
}

int fsopts_change(int fd, const struct mount_new *what, struct arena *a, struct error *err)
{
	const struct mount_new all = split(what, a);
	autofd int fs = sys_fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);

	if (fs < 0)
		return err_set(err, -fs, "remount");
	return configure(fs, &all, FSCONFIG_CMD_RECONFIGURE, "remount", err);
}
