#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command on a pseudo-terminal of 24 rows and 80 columns, as a person would.

terminal.py LIMIT [STEP...] -- COMMAND...      prints all that the terminal showed; its status is the command's
  expect=TEXT   waits until the terminal has shown it (after what was expected before)
  send=TEXT     types it; \\n, \\xNN and the like are understood
  size=R,C      the window changes its size
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

TIOCGPTN = 0x80045430  # the number of the terminal behind a master


def main():
    limit, cut = float(sys.argv[1]), sys.argv.index("--")
    steps, command = sys.argv[2:cut], sys.argv[cut + 1:]
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    end, seen, at = time.monotonic() + limit, b"", 0

    def resize(rows, columns):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read():
        """One piece of output; None at the end."""
        while not select.select([fd], [], [], 0.5)[0]:
            if time.monotonic() > end:
                give_up("the time limit was hit")
            os.kill(pid, signal.SIGWINCH)  # clients miss one that comes while they begin
        try:
            return os.read(fd, 65536) or None
        except OSError:
            return None

    def type_key(byte):
        """Once the client has the terminal to itself; and nobody types two keys at once: some engines look for
        their detach keys in reads of one byte."""
        number = struct.unpack("i", fcntl.ioctl(fd, TIOCGPTN, struct.pack("i", 0)))[0]
        keyboard = os.open(f"/dev/pts/{number}", os.O_RDONLY | os.O_NOCTTY)

        def wait_while(condition, why):
            while condition():
                if time.monotonic() > end:
                    give_up(why)
                time.sleep(0.01)

        wait_while(lambda: termios.tcgetattr(keyboard)[3] & termios.ICANON, "the terminal was never made raw")
        os.write(fd, bytes([byte]))
        # A poll first brings what was typed to where it can be read (to ask how much there is does not).
        wait_while(lambda: select.select([keyboard], [], [], 0)[0], "what was typed was not read")
        os.close(keyboard)

    def give_up(why):
        sys.stdout.write(seen.decode(errors="replace").replace("\r", ""))
        print(f"\nterminal: {why}")
        os.kill(pid, signal.SIGKILL)
        sys.exit(124)

    resize(24, 80)
    for step in steps:
        what, _, text = step.partition("=")
        if what == "send":
            for byte in text.encode().decode("unicode_escape").encode("latin-1"):
                type_key(byte)
        elif what == "size":
            resize(*map(int, text.split(",")))
        elif what == "expect":
            while (found := seen.find(text.encode(), at)) < 0:
                piece = read()
                if piece is None:
                    give_up(f"ended before it said '{text}'")
                seen += piece
            at = found + len(text)
        else:
            give_up(f"unknown step '{step}'")
    while (piece := read()) is not None:
        seen += piece
    sys.stdout.write(seen.decode(errors="replace").replace("\r", ""))
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)


main()
