#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# process.terminal: the console socket, the size, /dev/console, and run -t on a terminal.

load helpers

# terminal: the program gets a terminal; the listener of the console socket starts, TTY is what the container prints.
terminal() {
	requires tool:python3
	config '.process.terminal = true'
	SOCKET=$T/console
	TTY=$T/tty
	mkfifo "$T/keys"
	python3 "$TESTS_DIR/recvtty.py" --output "$TTY" --input "$T/keys" --report "$T/report" "$SOCKET" 3>&- 2>"$T/recvtty" &
	own_pid $!
	wait_for test -S "$SOCKET"
}

tty_has() {
	file_has "$TTY" "$1"
}

@test "the caller gets one terminal through the console socket, and the program's output with it" {
	terminal
	config_sh 'tty; echo hello; sleep 1000'
	create_ok --console-socket "$SOCKET"
	wait_for test -s "$T/report"
	assert jq -e '.fds == 1 and .tty == [true]' "$T/report"
	start_ok
	wait_for tty_has hello
	assert grep -qE '^/dev/(pts/0|console)' "$TTY"
}

@test "what the caller types reaches the program" {
	terminal
	config_sh 'read -r line; echo "got $line"; sleep 1000'
	create_ok --console-socket="$SOCKET"
	start_ok
	wait_for test -s "$T/report"
	echo typed >"$T/keys"
	wait_for tty_has "got typed"
}

@test "stdin, stdout and stderr are the terminal, and it is the controlling one" {
	terminal
	config_sh 'for f in 0 1 2; do test -t $f && echo "$f is a terminal"; done; echo "by name" >/dev/tty; ls -l /proc/self/fd | grep -c pts; sleep 1000'
	create_ok --console-socket "$SOCKET"
	start_ok
	wait_for tty_has "by name"
	assert tty_has "0 is a terminal"
	assert tty_has "1 is a terminal"
	assert tty_has "2 is a terminal"
}

@test "the interrupt key reaches the program as SIGINT" {
	terminal
	config_sh 'trap "echo interrupted" INT; echo ready; while :; do sleep 0.02; done'
	create_ok --console-socket "$SOCKET"
	start_ok
	wait_for tty_has ready
	printf '\003' >"$T/keys"
	wait_for tty_has interrupted
}

@test "consoleSize is the size of the terminal, already when the program looks first" {
	terminal
	config '.process.consoleSize = {height: 33, width: 101}'
	config_sh 'stty size; sleep 1000'
	create_ok --console-socket "$SOCKET"
	start_ok
	wait_for tty_has "33 101"
}

@test "consoleSize without a terminal is ignored" {
	config '.process.consoleSize = {height: 33, width: 101}'
	config_sh 'test -t 0 || echo none'
	run_container
	assert_success
	assert_output none
}

@test "/dev/console is the terminal" {
	terminal
	config_sh 'echo "on the console" >/dev/console; test -c /dev/console && echo device; sleep 1000'
	create_ok --console-socket "$SOCKET"
	start_ok
	wait_for tty_has "on the console"
	wait_for tty_has device
}

@test "the terminal belongs to the program's user" {
	terminal
	config '.process.user = {uid: 1000, gid: 1000}'
	config_sh 'echo "user $(stat -L -c %u /dev/fd/0)"; echo again >/dev/stdout; sleep 1000'
	create_ok --console-socket "$SOCKET"
	start_ok
	wait_for tty_has "user 1000"
	wait_for tty_has again
}

@test "the terminal comes from the container's own devpts" {
	terminal
	config_sh 'echo "pts: $(ls /dev/pts | tr "\n" " ")"; sleep 1000'
	create_ok --console-socket "$SOCKET"
	start_ok
	wait_for tty_has "pts: 0 ptmx"
}

@test "run --detach takes a console socket" {
	terminal
	config_sh 'echo hello; sleep 1000'
	run_container --detach --console-socket "$SOCKET"
	assert_success
	wait_for tty_has hello
	assert_equal "$(state_of)" running
}

@test "a console socket whose path is longer than such an address can be works, or is refused by name" {
	requires tool:python3
	config '.process.terminal = true'
	local deep
	deep=$T/$(printf 'long%.0s' {1..40})
	mkdir "$deep"
	cd "$deep"
	python3 "$TESTS_DIR/recvtty.py" --output "$T/tty" --report "$T/report" console 3>&- 2>"$T/recvtty" &
	own_pid $!
	wait_for test -S "$deep/console"
	create --console-socket "$deep/console"
	if [ "$status" -eq 0 ]; then
		wait_for test -s "$T/report"
	else
		assert_refused "$deep/console"
	fi
}

@test "a terminal without a console socket is refused by create, and by run --detach" {
	config '.process.terminal = true'
	create
	assert_refused console-socket
	run_container --detach
	assert_refused console-socket
}

@test "a console socket that is missing, or nobody listens to, is refused" {
	config '.process.terminal = true'
	create --console-socket "$T/missing"
	assert_refused "$T/missing"
	touch "$T/plain"
	create --console-socket "$T/plain"
	assert_refused "$T/plain"
}

@test "a user namespace has a terminal too" {
	requires userns
	terminal
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	config_sh 'echo "owner $(stat -L -c %u /dev/fd/0)"; echo x >/dev/console && echo console; sleep 1000'
	create_ok --console-socket "$SOCKET"
	start_ok
	wait_for tty_has "owner 0"
	wait_for tty_has console
}

@test "run on a terminal passes it through: output, size, status" {
	requires tool:script
	config '.process.terminal = true | del(.process.consoleSize)'
	config_sh 'test -t 0 && test -t 1 && echo terminal; until stty size 2>/dev/null; do sleep 0.02; done; exit 6'
	status=0
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" script --quiet --return --command \
		"stty rows 30 columns 90; $RUNTIME --root $ROOT run --bundle $BUNDLE $ID" /dev/null \
		</dev/null >"$T/out.1" 2>&1 3>&- || status=$?
	OUT=$T/out.1 ERR=/dev/null
	read_output
	output=${output//$'\r'/}
	assert_status 6
	assert_has "$output" terminal "30 90"
	assert_nothing_left
}

@test "run on a terminal passes on what is typed, and sets the terminal back" {
	requires tool:python3
	config '.process.terminal = true'
	config_sh 'stty -echo; echo ready; read -r line; echo "got $line"; exit 5'
	python3 - "$T/result" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- <<'PY'
import os, pty, signal, subprocess, sys, termios
master, slave = pty.openpty()
before = termios.tcgetattr(slave)
child = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                         preexec_fn=lambda: __import__("fcntl").ioctl(0, termios.TIOCSCTTY, 0))
signal.alarm(10)
seen = b""
while b"ready" not in seen:
    seen += os.read(master, 4096)
os.write(master, b"typed\r")
while b"got typed" not in seen:
    seen += os.read(master, 4096)
status = child.wait()
after = termios.tcgetattr(slave)
with open(sys.argv[1], "w") as file:
    file.write(f"{status} {'same' if before == after else 'changed'}")
PY
	assert_equal "$(cat "$T/result")" "5 same"
	assert_nothing_left
}

@test "run passes on a change of the terminal's size" {
	requires tool:python3
	config '.process.terminal = true'
	config_sh 'trap "stty size; exit 5" WINCH; echo ready; while :; do sleep 0.02; done'
	python3 - "$T/result" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- <<'PY'
import fcntl, os, pty, signal, struct, subprocess, sys, termios
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                         preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
signal.alarm(10)
seen = b""
while b"ready" not in seen:
    seen += os.read(master, 4096)
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 41, 123, 0, 0))
os.kill(child.pid, signal.SIGWINCH)
while b"41 123" not in seen:
    seen += os.read(master, 4096)
child.wait()
with open(sys.argv[1], "w") as file:
    file.write("seen")
PY
	assert_equal "$(cat "$T/result")" seen
}

# bats test_tags=mcrun
@test "run of a terminal without having one is refused, or works without" {
	requires mcrun
	config '.process.terminal = true'
	config_sh 'echo alive'
	run_container
	if [ "$status" -eq 0 ]; then
		assert_has "$output" alive
	else
		assert_refused terminal
	fi
}
