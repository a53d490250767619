/* SPDX-License-Identifier: Apache-2.0 */
/* Stands between the caller and a process in the container: signals, terminal, exit status. */
#include "act/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "act/notify.h"
#include "act/outer.h"
#include "base/fd.h"
#include "base/sys.h"

/* ---- the container's terminal ---------------------------------------------------------------- */

/* The outer terminal does its own mapping; a pipe at the other end wants plain newlines. */
static void plain_newlines(int master)
{
	struct termios t;

	if (tcgetattr(master, &t) < 0)
		return;
	t.c_oflag &= ~(tcflag_t)ONLCR;
	tcsetattr(master, TCSANOW, &t);
}

static void copy_size(int master)
{
	struct winsize size;

	if (outer_size(&size))
		ioctl(master, TIOCSWINSZ, &size);
}

/* ---- one direction --------------------------------------------------------------------------- */

enum { FLOW_SIZE = 8192 };

struct flow {
	int from, to;
	size_t start, end; /* of what waits in data */
	bool over;         /* nothing more will come, or nobody takes it */
	bool discard;      /* nobody takes it, but the source must not be blocked */
	char *data;	   /* FLOW_SIZE bytes */
};

static bool flow_waits(const struct flow *f)
{
	return f->end > f->start;
}

static void flow_read(struct flow *f)
{
	ssize_t n = read(f->from, f->data, FLOW_SIZE);

	if (n > 0) {
		f->start = 0;
		f->end = f->discard ? 0 : (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		f->over = true; /* EIO: the last slave was closed */
	}
}

static void flow_write(struct flow *f)
{
	size_t len = f->end - f->start;

	/* A pipe that poll calls writable takes this much without blocking. */
	if (len > PIPE_BUF)
		len = PIPE_BUF;

	ssize_t n = write(f->to, f->data + f->start, len);

	if (n > 0)
		f->start += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR) {
		f->start = f->end;
		if (f->from == STDIN_FILENO)
			f->over = true;
		else
			f->discard = true;
	}
}

/* What to poll for: the source when there is room, the sink when something waits. */
static void flow_ask(const struct flow *f, struct pollfd *in, struct pollfd *out)
{
	*in = (struct pollfd){ .fd = f->over || flow_waits(f) ? -1 : f->from, .events = POLLIN };
	*out = (struct pollfd){ .fd = flow_waits(f) ? f->to : -1, .events = POLLOUT };
}

static void flow_do(struct flow *f, const struct pollfd *in, const struct pollfd *out)
{
	if (out->revents)
		flow_write(f);
	else if (in->revents)
		flow_read(f);
}

/* ---- the loop -------------------------------------------------------------------------------- */

struct relay {
	pid_t pid;
	int pidfd, signals, master, notify;
	struct flow in, out; /* stdin -> master, master -> stdout */
	struct outer outer;
	bool ends;        /* the end of stdin is still to be passed on */
	bool line_begins; /* the last that came from stdin was a newline */
};

/*
 * A pipe or file at stdin ends; to a program that reads lines the terminal's end-of-file character
 * says so. In the midst of a line the first one only hands over what there is.
 */
static void pass_end(struct relay *r)
{
	struct flow *in = &r->in;
	struct termios t;

	if (in->end > 0 && !in->over)
		r->line_begins = in->data[in->end - 1] == '\n';
	if (!r->ends || !in->over || flow_waits(in))
		return;
	r->ends = false;
	if (tcgetattr(r->master, &t) < 0 || !(t.c_lflag & ICANON))
		return;
	in->data[0] = in->data[1] = (char)t.c_cc[VEOF];
	in->start = 0;
	in->end = r->line_begins ? 1 : 2;
}

/* Orphans of a container without a pid namespace; the program itself is left for the end. */
static void reap_orphans(const struct relay *r)
{
	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid &&
	       info.si_pid != r->pid) {
		waitpid(info.si_pid, NULL, WNOHANG);
		info.si_pid = 0;
	}
}

static void take_signal(struct relay *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		reap_orphans(r);
	else if (info.ssi_signo == SIGWINCH && r->master >= 0)
		copy_size(r->master);
	else if (info.ssi_signo != SIGPIPE) /* that is about our own stdout */
		sys_pidfd_send_signal(r->pidfd, (int)info.ssi_signo);
	if (info.ssi_signo == SIGCONT && r->master >= 0) {
		outer_again(&r->outer);
		copy_size(r->master);
	}
}

/* Is there one that is meant to end mcrun, now that the container has ended? */
static bool is_told_to_end(int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT ||
		    info.ssi_signo == SIGHUP || info.ssi_signo == SIGQUIT)
			return true;
	return false;
}

/* What the program wrote before it ended is still in the terminal. */
static void drain(struct relay *r)
{
	struct pollfd in, out;

	while (!r->out.over || flow_waits(&r->out)) {
		flow_ask(&r->out, &in, &out);

		struct pollfd p[] = { in, out, { .fd = r->signals, .events = POLLIN } };
		int n = poll(p, 3, flow_waits(&r->out) ? -1 : 0);

		if (n <= 0 || (p[2].revents && is_told_to_end(r->signals)))
			return;
		flow_do(&r->out, &p[0], &p[1]);
	}
}

static int loop(struct relay *r, struct error *err)
{
	enum { END, SIGNALS, NOTIFY, IN_FROM, IN_TO, OUT_FROM, OUT_TO, N };

	for (;;) {
		struct pollfd p[N] = {
			[END] = { .fd = r->pidfd, .events = POLLIN },
			[SIGNALS] = { .fd = r->signals, .events = POLLIN },
			[NOTIFY] = { .fd = r->notify, .events = POLLIN },
		};

		flow_ask(&r->in, &p[IN_FROM], &p[IN_TO]);
		flow_ask(&r->out, &p[OUT_FROM], &p[OUT_TO]);
		if (poll(p, N, -1) < 0 && errno != EINTR)
			return err_set(err, errno, "wait for the container");
		if (p[SIGNALS].revents && !p[END].revents)
			take_signal(r);
		if (p[NOTIFY].revents && notify_pass(r->notify, 0))
			r->notify = -1;
		flow_do(&r->in, &p[IN_FROM], &p[IN_TO]);
		pass_end(r);
		flow_do(&r->out, &p[OUT_FROM], &p[OUT_TO]);
		if (p[END].revents) {
			notify_wait(r->notify, r->pidfd, 0); /* for what it has said before */
			return 0;
		}
	}
}

static int reap(pid_t pid, struct error *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(err, errno, "wait for the container's process %d", pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int relay_watch(struct error *err)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };
	sigset_t set;

	sys_all_signals(&set);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&set, own[i]);

	int r = sys_signal_mask(SIG_BLOCK, &set, NULL);

	if (r < 0)
		return err_set(err, -r, "block signals");

	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);

	return fd < 0 ? err_set(err, errno, "watch for signals") : fd;
}

void relay_terminal(int master)
{
	if (master < 0)
		return;
	plain_newlines(master);
	copy_size(master);
}

int relay(const struct relay_ends *ends, struct error *err)
{
	int master = ends->master;
	bool tty = master >= 0;
	autofd int out = tty ? outer_stdout() : -1;
	/*
	 * While we have the other end as well, a program may close it and open it again, as an init
	 * does with /dev/console, and the terminal does not count as closed.
	 */
	autofd int other = tty ? ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	static char in[FLOW_SIZE], from_master[FLOW_SIZE]; /* no page until something flows */
	struct relay r = {
		.pid = ends->pid,
		.pidfd = ends->pidfd,
		.signals = ends->signals,
		.master = master,
		.notify = ends->notify,
		.in = { .from = STDIN_FILENO, .to = master, .over = !tty, .data = in },
		.out = { .from = master, .to = out < 0 ? STDOUT_FILENO : out, .over = !tty,
			 .data = from_master },
		.ends = tty && !isatty(STDIN_FILENO),
		.line_begins = true,
	};
	if (tty) {
		fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK);
		outer_raw(&r.outer);
	}

	int failed = loop(&r, err);

	if (!failed)
		drain(&r);
	outer_undo(&r.outer);
	return failed ? -1 : reap(ends->pid, err);
}
