# SPDX-License-Identifier: Apache-2.0
#
# What terminal.bats does around `mcrun run`: it is the terminal, the shell, the pipe at its ends.
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

LIMIT = int(os.environ.get("MCRUN_TEST_LIMIT", "10"))


def wait_for(what, condition):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"timeout: {what}")
        time.sleep(0.01)


def stat(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()


def is_stopped(pid):
    return stat(pid)[0] == "T"


def ticks(pid):
    """Processor time so far, in hundredths of a second."""
    return int(stat(pid)[11]) + int(stat(pid)[12])


def child(pid):
    """Its first child, or None."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return next(map(int, file.read().split()), None)


def check_idle(pid):
    """Whoever waits properly takes no time; a loop that spins takes all there is."""
    before = ticks(pid)
    time.sleep(0.5)
    spent = ticks(pid) - before
    if spent > 5:
        sys.exit(f"{spent / 100} s of processor time within half a second of waiting")


def settled(pid):
    """Waits until the process does nothing any more."""
    last = [-1]

    def same():
        now = ticks(pid)
        time.sleep(0.1)
        was, last[0] = last[0], now
        return was == now

    wait_for("the process waits", same)


class Terminal:
    """A terminal with a session: its leader is `shell`, a process that waits, and holds the terminal."""

    def __init__(self, argv, size=(24, 80), background=False):
        self.master, self.slave = pty.openpty()
        self.size(*size)
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        ready, say = os.pipe()
        self.shell = os.fork()
        if self.shell == 0:
            self.lead(argv, background, say)
        os.close(say)
        self.pid = int(os.read(ready, 16))
        os.close(ready)

    def lead(self, argv, background, say):
        """Starts the job, and gives it the terminal or keeps it, as a shell does with `&`."""
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        go, wait = os.pipe()[::-1]
        job = os.fork()
        if job == 0:
            os.setpgid(0, 0)
            os.close(go)
            os.read(wait, 1)
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            for fd in range(3):
                os.dup2(self.slave, fd)
            os.closerange(3, 64)
            os.execvp(argv[0], argv)
        os.setpgid(job, job)
        if not background:
            os.tcsetpgrp(self.slave, job)
        os.close(wait)
        os.close(go)
        os.write(say, str(job).encode())

        def foreground(*_):
            os.tcsetpgrp(self.slave, job)
            os.kill(-job, signal.SIGCONT)

        def own(*_):
            os.tcsetpgrp(self.slave, os.getpgrp())
            termios.tcsetattr(self.slave, termios.TCSANOW, self.before)
            os.kill(os.getppid(), signal.SIGUSR1)

        signal.signal(signal.SIGUSR1, foreground)
        signal.signal(signal.SIGUSR2, own)
        os.close(self.master)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(job, 0)[1]) & 255)

    def size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_until(self, text):
        while text not in self.seen:
            self.seen += os.read(self.master, 4096)

    def type(self, text):
        os.write(self.master, text)

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before

    def take_back(self):
        """As a shell does when its job has stopped."""
        got = []
        signal.signal(signal.SIGUSR1, lambda *_: got.append(True))
        os.kill(self.shell, signal.SIGUSR2)
        wait_for("the shell has the terminal", lambda: got)

    def foreground(self):
        """fg"""
        os.kill(self.shell, signal.SIGUSR1)

    def wait(self):
        """Its exit status; what it still writes is read meanwhile."""
        while True:
            pid, status = os.waitpid(self.shell, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if select.select([self.master], [], [], 0.02)[0]:
                self.seen += os.read(self.master, 65536)


def piped(argv, **kinds):
    """mcrun with a pipe at stdout, /dev/null at stdin."""
    kinds.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(argv, stdout=subprocess.PIPE, **kinds)


signal.alarm(3 * LIMIT)
