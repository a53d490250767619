/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside act/cgroup: folders of the v2 tree. Nothing here leaves the mount or follows a symlink.
 * All return -errno. Paths are clean and absolute in the tree; `len` takes a prefix of one, ending
 * at a component, and 0 is the top of the tree.
 */
#ifndef ACT_CGROUP_DIR_H
#define ACT_CGROUP_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgroup;
struct error;

/*
 * The end of a cgroup that was taken (cgroup_take): empties it and puts back what stood in it.
 * Waits for its processes as long as this. Closes its folder.
 */
int cgroup_give_back(struct cgroup *cg, int ms, struct error *err);

/* The top of the tree, with O_PATH. */
int cgroup_top(const char *mount);

/* Opens path[0..len) as a folder with these flags (O_PATH, O_RDONLY). */
int cgroup_dir_open(int top, const char *path, size_t len, int flags);

/* Removes path[0..len), which must be empty. One that is gone is 0. */
int cgroup_dir_remove(int top, const char *path, size_t len);

/* The length of the parent's path: 2 for "/a/b". */
size_t cgroup_parent(const char *path, size_t len);

/* The next component behind path[0..len): its end, or len when there is none. */
size_t cgroup_next(const char *path, size_t len);

/* Writes to a file of a cgroup; an empty text too, which some files take for "nothing". */
int cgroup_write(int dir, const char *file, const char *text);

/*
 * Waits until cgroup.events has this line ("frozen 1"), woken by the kernel. 0, -ETIMEDOUT,
 * or -ENOENT or -ENODEV where the cgroup is gone.
 */
int cgroup_await(int dir, const char *line, int64_t deadline);

/*
 * Waits for the last process to be gone, so many ms at most (-ETIMEDOUT), and then, if they are to
 * go too, removes all cgroups below.
 */
int cgroup_drain(int dir, bool below, int ms);

/*
 * Copies the last component of path[0..len) to `name`, NAME_MAX + 1 bytes. 0 or -ENAMETOOLONG.
 */
int cgroup_name(const char *path, size_t len, char *name);

/*
 * The number behind `key` in a file of lines "key number", as cgroup.events and memory.events
 * are; -ENOENT if there is no such file or line. cgroup_number: in what was read of one.
 */
long cgroup_count(int dir, const char *file, const char *key);
long cgroup_number(const char *text, const char *key);

struct plan_cgroup;

/*
 * Enables what the plan's writes need in every cgroup above this one, from the top down, since a
 * cgroup can only pass on what it has; nothing if all are there. 0, or -1 and err. Then those that
 * only account, as far as they can be: where a parent refuses one, there are no figures of it.
 */
int cgroup_controllers(const struct cgroup *cg, int top, const struct plan_cgroup *plan,
		       struct error *err);

/* Why the kernel says EACCES or EPERM to an ordinary user, behind a sentence. */
extern const char cgroup_not_delegated[];

#endif
