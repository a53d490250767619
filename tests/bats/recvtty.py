#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The caller's end of --console-socket, for the tests.

Listens on a unix socket, takes one terminal from the runtime, says on what it got, and relays:
what the container prints goes to --output, what is written to the fifo --input goes to the container.
Ends when the container's side of the terminal is closed.
"""
import argparse
import array
import fcntl
import json
import os
import select
import socket
import struct
import sys
import termios


def receive(listener):
    """One connection, one message: (its text, the descriptors that came with it)."""
    conn, _ = listener.accept()
    fds = array.array("i")
    size = socket.CMSG_SPACE(8 * fds.itemsize)
    text, ancillary, _, _ = conn.recvmsg(4096, size)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    conn.close()
    return text.decode(errors="replace"), list(fds)


def window(fd):
    """Rows and columns of a terminal."""
    return struct.unpack("HHHH", fcntl.ioctl(fd, termios.TIOCGWINSZ, b"\0" * 8))[:2]


def relay(tty, output, keys):
    """Copies until the last descriptor of the container's side is gone (EIO)."""
    watched = [tty] + ([keys] if keys is not None else [])
    while True:
        for fd in select.select(watched, [], [])[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                return
            if fd == tty and not data:
                return
            os.write(output if fd == tty else tty, data)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("socket", help="where to listen")
    parser.add_argument("--output", help="file for what the container prints (default: stdout)")
    parser.add_argument("--input", help="fifo whose text is typed into the terminal")
    parser.add_argument("--report", help="file for what was received, as JSON")
    args = parser.parse_args()

    listener = socket.socket(socket.AF_UNIX)
    listener.bind(args.socket + ".new")
    listener.listen(1)
    os.rename(args.socket + ".new", args.socket)  # whoever sees it can connect
    text, fds = receive(listener)
    if args.report:
        report = {"text": text, "fds": len(fds), "tty": [os.isatty(fd) for fd in fds]}
        if fds and os.isatty(fds[0]):
            report["rows"], report["columns"] = window(fds[0])
        with open(args.report + ".new", "w", encoding="utf-8") as file:
            json.dump(report, file)
        os.rename(args.report + ".new", args.report)
    if len(fds) != 1:
        sys.exit(f"expected one descriptor, got {len(fds)}")

    output = os.open(args.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) if args.output else 1
    keys = os.open(args.input, os.O_RDWR) if args.input else None
    relay(fds[0], output, keys)


if __name__ == "__main__":
    main()
