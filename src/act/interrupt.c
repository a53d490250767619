/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as something to read. See interrupt.h. */
#include "act/interrupt.h"

#include <errno.h>
#include <sys/signalfd.h>

#include "base/fd.h"
#include "base/names.h"
#include "base/sys.h"

int interrupt_watch(struct interrupt *interrupt, struct error *err)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaddset(&set, ending[i]);

	int r = sys_signal_mask(SIG_BLOCK, &set, &interrupt->old);

	if (r < 0)
		return err_set(err, -r, "block signals");
	interrupt->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return interrupt->fd < 0 ? err_set(err, errno, "watch for signals") : 0;
}

int interrupt_error(int fd, struct error *err)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return err_set(err, EINTR, "stopped by a signal");
	err_set(err, 0, "stopped by %s", signal_name((int)info.ssi_signo));
	err->code = EINTR;
	return -1;
}

void interrupt_done(struct interrupt *interrupt)
{
	struct signalfd_siginfo info;

	if (interrupt->fd < 0)
		return;
	while (!interrupt->pass_on && read(interrupt->fd, &info, sizeof(info)) > 0)
		;
	autofd_close(&interrupt->fd);
	sys_signal_mask(SIG_SETMASK, &interrupt->old, NULL);
}
