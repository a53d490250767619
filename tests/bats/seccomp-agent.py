#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# seccomp-agent.py SOCKET OUT [busy]: a seccomp agent.  Takes connections on SOCKET; of each it writes one line to
# OUT: the number of descriptors, then all that was sent until end-of-file.  Answers what it is then asked: mkdir is
# ENOSPC, all else goes on.  It creates OUT when it listens.  busy: it takes no connection at all.
import array, fcntl, os, select, socket, struct, sys

RECV, SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_RECV, _SEND
MKDIR = {83, 258, 34}  # mkdir and mkdirat on x86_64, mkdirat elsewhere
ENOSPC, CONTINUE = 28, 1

path, out = sys.argv[1:3]
listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
os.chdir(os.path.dirname(path))
listening.bind(os.path.basename(path))
listening.listen(0 if "busy" in sys.argv else 8)
waiting = []
if "busy" in sys.argv:  # one connection fills the queue
    waiting = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)]
    waiting[0].connect(os.path.basename(path))
open(out, "w").close()
if waiting:
    select.select([], [], [])


def take(connection):
    text, fds = b"", array.array("i")
    while True:
        data, control, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(8 * fds.itemsize))
        for level, kind, rights in control:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds.frombytes(rights[: len(rights) - len(rights) % fds.itemsize])
        if not data:
            break
        text += data
    with open(out, "a") as file:
        file.write(f"{len(fds)} {text.decode()}\n")
    return list(fds)


def answer(fd):
    notice = bytearray(80)
    try:
        fcntl.ioctl(fd, RECV, notice)
        number = struct.unpack_from("=QIIi", notice)[3]
        reply = (0, -ENOSPC, 0) if number in MKDIR else (0, 0, CONTINUE)
        fcntl.ioctl(fd, SEND, struct.pack("=QqiI", struct.unpack_from("=Q", notice)[0], *reply))
    except FileNotFoundError:  # who asked is gone
        pass


poll = select.poll()
poll.register(listening, select.POLLIN)
while True:
    for fd, event in poll.poll():
        if fd == listening.fileno():
            connection, _ = listening.accept()
            for listener in take(connection):
                poll.register(listener, select.POLLIN)
            connection.close()
        elif event & select.POLLIN:
            answer(fd)
        else:
            poll.unregister(fd)
            os.close(fd)
