/* SPDX-License-Identifier: Apache-2.0 */
/* Writes profile and label for the next execve. See lsm.h for when, and through what. */
#include "act/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/procfs.h"
#include "base/fd.h"
#include "base/sys.h"

enum { LINE_MAX_SIZE = 4096 };

int lsm_self(int proc)
{
	char pid[16];
	ssize_t n = readlinkat(proc, "self", pid, sizeof(pid) - 1);

	if (n < 0)
		return -errno;
	pid[n] = '\0';
	return procfs_open(proc, pid, O_PATH | O_DIRECTORY);
}

/* A file of the same procfs as `self`, with nothing mounted over it. */
static int open_attr(int self, const char *path)
{
	struct stat folder, file;
	autofd int fd = sys_openat2(self, path, O_WRONLY, 0,
				    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);

	if (fd == -ENOSYS) {
		fd = openat(self, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return -errno;
	}
	if (fd < 0)
		return fd;
	if (fstat(self, &folder) < 0 || fstat(fd, &file) < 0)
		return -errno;
	return folder.st_dev == file.st_dev ? take_fd(&fd) : -EXDEV;
}

/* AppArmor's own folder is there since Linux 5.8; `attr/exec` is the first module's. */
static int open_apparmor(int self)
{
	int fd = open_attr(self, "attr/apparmor/exec");

	return fd == -ENOENT ? open_attr(self, "attr/exec") : fd;
}

int lsm_open(struct lsm *lsm, int self, const struct plan_lsm *plan, struct error *err)
{
	if (plan->apparmor) {
		lsm->apparmor = open_apparmor(self);
		if (lsm->apparmor < 0) {
			err_set(err, -lsm->apparmor, "open /proc/self/attr/apparmor/exec");
			return err_at(err, "/process/apparmorProfile");
		}
	}
	if (plan->selinux) {
		lsm->selinux = open_attr(self, "attr/exec");
		if (lsm->selinux < 0) {
			err_set(err, -lsm->selinux, "open /proc/self/attr/exec");
			return err_at(err, "/process/selinuxLabel");
		}
	}
	return 0;
}

/* One write(2), as these files want it; closed also where it fails. */
static int write_once(int *fd, const char *text)
{
	autofd int own = take_fd(fd);
	size_t len = strlen(text);
	ssize_t n = write(own, text, len);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

static int set_apparmor(struct lsm *lsm, const char *profile, struct error *err)
{
	char line[LINE_MAX_SIZE];
	int n = snprintf(line, sizeof(line), "exec %s", profile);
	int r = (size_t)n < sizeof(line) ? write_once(&lsm->apparmor, line) : -ENAMETOOLONG;

	if (r == 0)
		return 0;
	if (r == -ENOENT)
		err_set(err, 0, "AppArmor profile '%s' is not loaded", profile);
	else
		err_set(err, -r, "set the AppArmor profile '%s'", profile);
	return err_at(err, "/process/apparmorProfile");
}

static int label_refused(int code, const char *what, const char *label, struct error *err)
{
	err_set(err, code, "%s '%s'%s", what, label,
		code == EINVAL ? ", which the loaded policy does not know" : "");
	return err_at(err, "/process/selinuxLabel");
}

int lsm_set(struct lsm *lsm, const struct plan_lsm *plan, struct error *err)
{
	if (plan->apparmor && set_apparmor(lsm, plan->apparmor, err) < 0)
		return -1;
	if (!plan->selinux)
		return 0;

	int r = write_once(&lsm->selinux, plan->selinux);

	if (r == 0)
		return 0;
	return label_refused(-r, "set the SELinux label", plan->selinux, err);
}

int lsm_label_keys(int self, const char *label, struct error *err)
{
	int fd = open_attr(self, "attr/keycreate");
	int r = fd < 0 ? fd : write_once(&fd, *label ? label : "\n");

	if (r == 0)
		return 0;
	return label_refused(-r, "label the session keyring", label, err);
}
