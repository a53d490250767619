/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the places of mounts. See place.h; the way into the rootfs is inroot.h's. */
#include "act/place.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "act/inroot.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"

void place_done(struct place *place)
{
	if (!*place->name)
		autofd_close(&place->fd);
}

const char *place_entry(const char *path, const char *folder)
{
	const char *name = str_after(path, folder);

	if (!name || !*name || strchr(name, '/') || streq(name, ".") || streq(name, ".."))
		return NULL;
	return name;
}

const char *place_in_dev(const struct init *in, const struct plan_mount *m)
{
	return in->dev_mount >= 0 ? place_entry(m->target, "/dev/") : NULL;
}

int place_attach(const struct place *place, int tree)
{
	return sys_move_mount(tree, "", place->fd, place->name,
			      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static const char *kind(bool dir)
{
	return dir ? "a folder" : "a file";
}

static bool is_dir(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The root of a new file system is a folder; of what is bound, one has to look. */
static bool shows_dir(const struct plan_mount *m, int tree)
{
	return m->verb == MOUNT_NEW || m->verb == MOUNT_CGROUP || is_dir(tree);
}

/* The target, made like the source if it is missing. Whether the two are of one kind shows then. */
int place_find(struct place *out, const struct init *in, const struct plan_mount *m, int tree,
	       struct error *err)
{
	const char *entry = place_in_dev(in, m);
	bool dir = shows_dir(m, tree);
	enum inroot_flags flags = (dir ? INROOT_CREATE_DIR : INROOT_CREATE_FILE) |
				  (m->target_nofollow ? INROOT_NOFOLLOW : 0);

	if (entry && dir && !m->copy_up &&
	    (mkdirat(in->dev_mount, entry, 0755) == 0 || errno == EEXIST)) {
		*out = (struct place){ in->dev_mount, entry };
		return 0;
	}

	int fd = inroot_open(in->root, m->target, flags);

	if (fd == -ELOOP && m->target_nofollow)
		return err_set(err, 0, "%s of the rootfs is a symlink, which would lead a mount of "
			       "%s astray", m->target, *m->type ? m->type : m->source);
	if (fd < 0)
		return err_set(err, -fd, "mount point in the rootfs");
	*out = (struct place){ fd, "" };
	return 0;
}

/* Why the kernel refuses it: of EINVAL there are many kinds. */
int place_refused(const struct place *target, const struct plan_mount *m, int tree, int code,
		  struct error *err)
{
	bool dir = shows_dir(m, tree);

	if (!*target->name && is_dir(target->fd) != dir)
		return err_set(err, 0, "source %s is %s, but %s in the rootfs is %s",
			       *m->source ? m->source : "cgroup", kind(dir), m->target, kind(!dir));
	return err_set(err, code, "mount %s on %s", m->source, m->target);
}
