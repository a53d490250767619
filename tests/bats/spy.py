#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Looks at every process that turns up in /proc, again and again until it is killed itself, as one does that wants to
# trace it. Says "ready", then each thing once: "PID mem open", "PID mem refused", and so for exe, which asks for less.
import os
import time

said = set()


def say(*words):
	if words not in said:
		said.add(words)
		print(*words, flush=True)


def look(pid):
	for what, how in (("mem", lambda path: os.close(os.open(path, os.O_RDWR))), ("exe", os.readlink)):
		try:
			how(f"/proc/{pid}/{what}")
			say(pid, what, "open")
		except PermissionError:
			say(pid, what, "refused")
		except (FileNotFoundError, ProcessLookupError):
			pass		# it has gone


say("ready")
while True:
	for pid in filter(str.isdigit, os.listdir("/proc")):
		if int(pid) != os.getpid():
			look(pid)
	time.sleep(0.001)
