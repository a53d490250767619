/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the container's terminal by descriptors only; no name of a pty is ever used. */
#include "act/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "act/inroot.h"
#include "act/mount.h"
#include "base/fd.h"

/* /dev/pts/ptmx, proven to be the multiplexer of a devpts. */
static int open_master(const struct init *in, struct error *err)
{
	autofd int pts = inroot_open(in->root, "/dev/pts", 0);
	struct statfs fs;
	struct stat st;

	if (pts < 0 || fstatfs(pts, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
		return err_set(err, 0, "a terminal needs a devpts mounted at /dev/pts");

	autofd int master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);

	if (master < 0)
		return err_set(err, errno, "open /dev/pts/ptmx");
	if (fstatfs(master, &fs) < 0 || fstat(master, &st) < 0 ||
	    fs.f_type != DEVPTS_SUPER_MAGIC || st.st_rdev != makedev(5, 2))
		return err_set(err, 0, "/dev/pts/ptmx is no pseudo-terminal multiplexer");
	return take_fd(&master);
}

static int open_slave(int master, const struct plan *plan, struct error *err)
{
	struct winsize size = { .ws_row = plan->process.rows, .ws_col = plan->process.columns };
	int unlock = 0;

	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return err_set(err, errno, "unlock the terminal");

	autofd int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (slave < 0)
		return err_set(err, errno, "open the terminal");
	if ((size.ws_row || size.ws_col) && ioctl(slave, TIOCSWINSZ, &size) < 0)
		return err_set(err, errno, "set the terminal's size");
	if (fchown(slave, plan->cred.uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL)
		return err_set(err, errno, "give the terminal to uid %u", plan->cred.uid);
	return take_fd(&slave);
}

static int bind_console(const struct init *in, int slave, struct error *err)
{
	autofd int target =
		inroot_open(in->root, "/dev/console", INROOT_CREATE_FILE | INROOT_NOFOLLOW);
	autofd int tree = target < 0 ? target : mount_clone(slave, "", AT_EMPTY_PATH);
	int r = tree < 0 ? tree : mount_attach(tree, target);

	return r < 0 ? err_set(err, -r, "bind the terminal on /dev/console") : 0;
}

int tty_open(struct init *in, const struct plan *plan, struct error *err)
{
	if (!plan->process.terminal)
		return 0;

	autofd int master = open_master(in, err);
	autofd int slave = master < 0 ? -1 : open_slave(master, plan, err);

	if (slave < 0 || (plan->root.console && bind_console(in, slave, err) < 0))
		return err_at(err, "%s/terminal", plan->process.from);

	/* One message with one descriptor; a byte of data, as some receivers want at least one. */
	int r = fd_send(in->console, "/dev/pts", sizeof("/dev/pts"), master);

	if (r < 0) {
		err_set(err, -r, "send the terminal to the console socket");
		return err_at(err, "%s/terminal", plan->process.from);
	}
	autofd_close(&in->console);
	in->terminal = take_fd(&slave);
	return 0;
}

void stdio_give(const struct plan *plan)
{
	struct stat st;

	if (plan->process.terminal || (plan->cred.uid == 0 && !plan->root.bind_devices))
		return;
	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) < 0 || st.st_uid == plan->cred.uid)
			continue;
		if (S_ISCHR(st.st_mode))
			continue; /* the host's /dev/null and terminals stay the host's */
		if (fchown(fd, plan->cred.uid, (gid_t)-1) < 0)
			continue;
	}
}

int tty_take(struct init *in, struct error *err)
{
	if (in->terminal < 0)
		return 0;
	if (ioctl(in->terminal, TIOCSCTTY, 0) < 0)
		return err_set(err, errno, "take the terminal");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(in->terminal, fd) < 0)
			return err_set(err, errno, "connect the terminal");
	autofd_close(&in->terminal);
	return 0;
}
