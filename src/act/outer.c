/* SPDX-License-Identifier: Apache-2.0 */
/* A job on the caller's terminal. See outer.h. */
#include "act/outer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"

static bool in_background(void)
{
	pid_t turn = tcgetpgrp(STDIN_FILENO);

	return turn >= 0 && turn != getpgrp();
}

/* With SIGTTOU not blocked: the kernel stops us in the background, and tries again afterwards. */
static bool set_in_turn(const struct termios *t)
{
	sigset_t stop, old;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sys_signal_mask(SIG_UNBLOCK, &stop, &old);

	int r = tcsetattr(STDIN_FILENO, TCSADRAIN, t);

	sys_signal_mask(SIG_SETMASK, &old, NULL);
	return r == 0;
}

void outer_raw(struct outer *outer)
{
	*outer = (struct outer){ 0 };
	if (tcgetattr(STDIN_FILENO, &outer->old) < 0)
		return; /* stdin is no terminal */
	outer->raw = outer->old;
	if (!set_in_turn(&outer->raw))
		return; /* in the background, and no shell that would go on with us */

	/* As it is when it is our turn: it may have taken a while. */
	if (tcgetattr(STDIN_FILENO, &outer->old) < 0)
		return;
	outer->raw = outer->old;
	cfmakeraw(&outer->raw);
	outer->raw.c_oflag |= OPOST; /* newlines are still the outer terminal's to map */
	outer->set = set_in_turn(&outer->raw);
}

void outer_again(struct outer *outer)
{
	if (outer->set)
		set_in_turn(&outer->raw);
}

void outer_undo(struct outer *outer)
{
	if (outer->set && !in_background())
		tcsetattr(STDIN_FILENO, TCSADRAIN, &outer->old);
	outer->set = false;
}

bool outer_size(struct winsize *out)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (ioctl(fd, TIOCGWINSZ, out) == 0 && out->ws_row && out->ws_col)
			return true;
	return false;
}

int outer_stdout(void)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) < 0 || (!S_ISFIFO(st.st_mode) && !isatty(STDOUT_FILENO)))
		return -1;
	return fd_open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY);
}
