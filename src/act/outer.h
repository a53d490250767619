/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal of whoever called a foreground command: mcrun is one job of a shell there, and
 * behaves as one. All signals are blocked meanwhile (relay_watch). What is no terminal is left as
 * it is.
 */
#ifndef ACT_OUTER_H
#define ACT_OUTER_H

#include <stdbool.h>
#include <sys/ioctl.h>
#include <termios.h>

struct outer {
	bool set;
	struct termios old, raw;
};

/*
 * stdin in raw mode, until outer_undo. In the background it stops, as every program does that
 * changes a terminal when it is not its turn, until the shell goes on with it.
 */
void outer_raw(struct outer *outer);

/* After SIGCONT: the shell had the terminal meanwhile, and set it as it likes it. */
void outer_again(struct outer *outer);

/* In the background the terminal is somebody else's, and left alone. */
void outer_undo(struct outer *outer);

/* Of stdin, stdout or stderr, the first that has a size. false: none has. */
bool outer_size(struct winsize *out);

/*
 * stdout, opened once more, so that a write never waits: O_NONBLOCK on the one that was given
 * would be there for all who have it. The caller closes it. -1: that cannot be (a file, a
 * socket, another user's terminal); then STDOUT_FILENO is to be used.
 */
int outer_stdout(void);

#endif
