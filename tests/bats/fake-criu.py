#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Stands in for CRIU, as "criu" in a folder of PATH: says that it is version 4.1, writes what it is asked for to the file
# "asked" beside itself, a line each member of the request, and fails. Names and numbers are those of CRIU's
# images/rpc.proto, so that mcrun's are held against them. A descriptor of a folder is told as the folder, one that is
# inherited must be open, and no more is told of it: its number depends on what the caller had open before.
# With FAKE_CRIU=restores in its environment it does not fail to restore: the container is a sleep then, and where it is.
import ctypes
import os
import signal
import socket
import sys

UINT, BYTES = 0, 2
CLONE_PARENT = 0x8000
TYPES = {1: "DUMP", 2: "RESTORE", 4: "PRE_DUMP"}
VERSION = 10
OPTIONS = {
	1: "images_dir_fd", 2: "pid", 3: "leave_running", 4: "ext_unix_sk", 5: "tcp_established", 7: "shell_job",
	8: "file_locks", 9: "log_level", 10: "log_file", 11: "ps", 12: "notify_scripts", 13: "root", 14: "parent_img",
	15: "track_mem", 16: "auto_dedup", 17: "work_dir_fd", 18: "link_remap", 24: "manage_cgroups", 25: "cg_root",
	26: "rst_sibling", 27: "inherit_fd", 30: "ext_masters", 34: "manage_cgroups_mode", 37: "external", 38: "empty_ns",
	39: "join_ns", 44: "freeze_cgroup", 46: "tcp_skip_in_flight", 48: "lazy_pages", 49: "status_fd",
	50: "orphan_pts_master", 51: "config_file", 52: "tcp_close", 53: "lsm_profile", 63: "lsm_mount_context",
	64: "network_lock",
}
INNER = {"ps": ("address", "port"), "inherit_fd": ("key", "fd"), "cg_root": ("ctrl", "path"), "join_ns": ("ns", "ns_file")}


def varint(data, at):
	value = shift = 0
	while True:
		value |= (data[at] & 127) << shift
		shift += 7
		at += 1
		if data[at - 1] < 128:
			return value, at


def fields(data):
	at = 0
	while at < len(data):
		key, at = varint(data, at)
		value, at = varint(data, at)
		if key & 7 == BYTES:
			value, at = data[at:at + value], at + value
		yield key >> 3, value


def text(name, value):
	if name in INNER:
		names = dict(enumerate(INNER[name], 1))
		return ",".join(f"{names[number]}={text(names[number], inner)}" for number, inner in fields(value))
	if name == "fd":
		os.fstat(value)
		return "open"
	if name in ("images_dir_fd", "work_dir_fd"):
		return os.readlink(f"/proc/{os.getppid()}/fd/{value}")
	return value.decode() if isinstance(value, bytes) else str(value)


def message(*members):
	out = b""
	for number, value in members:
		if isinstance(value, bytes):
			out += bytes([number << 3 | BYTES, len(value)]) + value
		else:
			out += bytes([number << 3 | UINT])
			while value > 127:
				out += bytes([value & 127 | 128])
				value >>= 7
			out += bytes([value])
	return out


# A child of mcrun, as rst_sibling asks for it; clone(2) under its numbers of x86_64 and of most others.
def restored():
	pid = ctypes.CDLL(None).syscall(56 if os.uname().machine == "x86_64" else 220, CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
	if pid == 0:
		os.setsid()
		os.execlp("sleep", "sleep", "1000")
	return pid


assert sys.argv[1] == "swrk", sys.argv
mcrun = socket.socket(fileno=int(sys.argv[2]))
assert dict(fields(mcrun.recv(65536)))[1] == VERSION
mcrun.send(message((1, VERSION), (2, 1), (10, message((1, 4), (2, 1)))))
request = dict(fields(mcrun.recv(65536)))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "asked"), "w", encoding="utf-8") as file:
	print(TYPES[request[1]], file=file)
	for number, value in fields(request[2]):
		print(f"{OPTIONS[number]}={text(OPTIONS[number], value)}", file=file)
if TYPES[request[1]] == "RESTORE" and os.environ.get("FAKE_CRIU") == "restores":
	mcrun.send(message((1, request[1]), (2, 1), (4, message((1, restored())))))
else:
	mcrun.send(message((1, request[1]), (2, 0)))
