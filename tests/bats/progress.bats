#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What checkpoint and restore tell at a terminal while they take long. In CRIU's place is a program that takes as long
# as it is told to: it says its version, writes 3 MiB of images and waits.

load helpers

# bats file_tags=mcrun

setup() {
	requires root tool:python3 tool:script mcrun
	setup_bundle
	mkdir "$T/bin" "$T/images"
	cat >"$T/bin/criu" <<END
#!$(command -v python3)
import os, socket, time
caller = socket.socket(fileno=3)
caller.recv(65536)
caller.send(bytes([8, 10, 16, 1, 82, 4, 8, 4, 16, 0]))	# VERSION, success, 4.0
kind = caller.recv(65536)[1]
open("$T/images/pages", "wb").write(bytes(3 << 20))
parent = os.getppid()
while not os.path.exists("$T/go") and os.getppid() == parent:
    time.sleep(0.01)
caller.send(bytes([8, kind, 16, kind == 1]))	# a dump is a success, and a restore is not
END
	chmod 0755 "$T/bin/criu"
	PATH=$T/bin:$PATH
}

# at_terminal ARG...: mcrun in a terminal of 80 columns, in the background; what that shows is in $T/typescript.
at_terminal() {
	: >"$T/typescript"
	script -qefc "stty columns 80; env MCRUN_TEST_ID=$ID $RUNTIME --root $ROOT $*" "$T/typescript" </dev/null >/dev/null 2>&1 3>&- &
	TERMINAL=$!
	own_pid "$TERMINAL"
}

lines_shown() {
	tr '\r' '\n' <"$T/typescript" | sed 's/^\x1b\[K//'
}

shows() {
	lines_shown | grep -q "^mcrun: $1"
}

@test "checkpoint tells at a terminal how long it takes, and how much the images take" {
	create_ok
	start_ok
	at_terminal checkpoint --leave-running --image-path "$T/images" "$ID"
	wait_for shows "dumping container \"$ID\": 0 s"
	wait_for shows "dumping container \"$ID\": 1 s, 3[.][0-9] MiB"
	wait_for shows "dumping container \"$ID\": 2 s, 3[.][0-9] MiB"
	refute grep '^mcrun: .\{73\}' < <(lines_shown)	# it would not fit into the terminal's line
	touch "$T/go"
	assert wait "$TERMINAL"
	# Nothing of it stays in the line.
	assert grep -q $'\r\033\\[K$' < <(grep -v '^Script ' "$T/typescript" | tr -d '\n')
}

@test "a restore that fails tells so in a line of its own" {
	at_terminal restore --image-path "$T/images" --bundle "$BUNDLE" "$ID"
	wait_for shows "restoring container \"$ID\": 1 s"
	touch "$T/go"
	refute wait "$TERMINAL"
	assert grep -q $'\r\033\\[Kmcrun: cannot restore container' "$T/typescript"
}

@test "without a terminal checkpoint tells nothing" {
	create_ok
	start_ok
	touch "$T/go"
	mcrun checkpoint --leave-running --image-path "$T/images" "$ID"
	assert_success
	assert_equal "$output$stderr" "" output
}
