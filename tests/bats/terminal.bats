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

# around SCRIPT: python around `run` with a terminal; ARGV is its command line, outer.py is there.
around() {
	requires tool:python3
	config '.process.terminal = true'
	PYTHONPATH=$TESTS_DIR PYTHONDONTWRITEBYTECODE=1 timeout -k 2 $((4 * LIMIT)) python3 -c "
import sys
ARGV = sys.argv[1:]
from outer import *
$1" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- >"$T/around" 2>&1 || fail "$(cat "$T/around")"
}

@test "run -t: a million lines arrive, each of them" {
	config_args seq 1000000
	around '
run = piped(ARGV)
data = run.stdout.read()
assert run.wait() == 0
assert data == b"".join(b"%d\n" % i for i in range(1, 1000001)), f"{len(data)} bytes"'
	assert_nothing_left
}

@test "run -t: nothing is lost for a reader that begins when the program has ended" {
	config_args seq 2000
	around '
run = piped(ARGV)
fcntl.fcntl(run.stdout, fcntl.F_SETPIPE_SZ, 4096)
wait_for("the program has ended", lambda: child(run.pid) and stat(child(run.pid))[0] == "Z")
data = run.stdout.read()
assert run.wait() == 0
assert data == b"".join(b"%d\n" % i for i in range(1, 2001)), f"{len(data)} bytes"'
	assert_nothing_left
}

@test "run -t: a reader that stops costs nothing, and signals arrive all the same" {
	config_sh 'trap "exit 9" TERM; echo ready; (while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done) & while :; do wait; done'
	around '
run = Terminal(ARGV)
run.read_until(b"ready")
init = child(run.pid)
settled(run.pid)
check_idle(run.pid)
os.kill(run.pid, signal.SIGTERM)
wait_for("the program has had the signal", lambda: stat(init)[0] == "Z")
assert run.wait() == 9'
}

@test "run -t: a reader that goes away does not stop the program" {
	config_sh 'i=0; while [ $i -lt 20000 ]; do echo 12345678901234567890; i=$((i + 1)); done; exit 7'
	around '
run = piped(ARGV)
run.stdout.read(1000)
run.stdout.close()
assert run.wait() == 7'
	assert_nothing_left
}

@test "run -t: when the program has ended, and nobody reads what it wrote, a signal ends mcrun" {
	config_args seq 2000
	around '
run = piped(ARGV)
fcntl.fcntl(run.stdout, fcntl.F_SETPIPE_SZ, 4096)
wait_for("the program has ended", lambda: child(run.pid) and stat(child(run.pid))[0] == "Z")
settled(run.pid)
check_idle(run.pid)
assert run.poll() is None
os.kill(run.pid, signal.SIGTERM)
assert run.wait(timeout=LIMIT) == 0'
	assert_nothing_left
}

@test "run -t: a program may close its terminal and open it again" {
	config_sh 'echo first; exec <&- >&- 2>&-; until test -e /data/go; do sleep 0.02; done; exec </dev/console >/dev/console 2>&1; echo again; exit 3'
	GO=$BUNDLE/rootfs/data/go around '
run = piped(ARGV)
data = run.stdout.read(6)
settled(run.pid)
open(os.environ["GO"], "w").close()
data += run.stdout.read()
assert run.wait() == 3
assert data == b"first\nagain\n", data'
}

@test "run -t: a terminal without a size does not take consoleSize away" {
	config '.process.consoleSize = {height: 33, width: 101}'
	config_sh 'stty size'
	around '
run = Terminal(ARGV, size=(0, 0))
run.read_until(b"33 101")
assert run.wait() == 0'
}

@test "run -t: the end of stdin is the end for the program, also in the midst of a line" {
	config_sh 'stty -echo; cat; echo end'
	around '
for text, want in ((b"line\n", b"line\nend\n"), (b"no newline", b"no newlineend\n"), (b"", b"end\n")):
    run = piped(ARGV, stdin=subprocess.PIPE)
    out, _ = run.communicate(text, timeout=LIMIT)
    assert run.returncode == 0
    assert out.replace(text, b"", 1) == want or out == want, out'
	assert_nothing_left
}

@test "run -t: in the background it stops, leaves the terminal alone, and goes on in the foreground" {
	config_sh 'read -r line; echo "got $line"; exit 4'
	around '
run = Terminal(ARGV, background=True)
wait_for("mcrun stops", lambda: is_stopped(run.pid))
assert run.is_as_before()
run.foreground()
wait_for("raw mode", run.is_raw)
run.type(b"typed\r")
run.read_until(b"got typed")
assert run.wait() == 4
assert run.is_as_before()'
	assert_nothing_left
}

@test "run -t: stopped and gone on with, the terminal is raw again" {
	config_sh 'echo ready; read -r line; echo "got $line"; exit 4'
	around '
run = Terminal(ARGV)
run.read_until(b"ready")
wait_for("raw mode", run.is_raw)
os.kill(run.pid, signal.SIGSTOP)
wait_for("it stops", lambda: is_stopped(run.pid))
run.take_back()
assert run.is_as_before()
run.foreground()
wait_for("raw mode again", run.is_raw)
run.type(b"typed\r")
run.read_until(b"got typed")
assert run.wait() == 4
assert run.is_as_before()'
}

@test "run -t: the terminal is set back whatever ends it" {
	config_sh 'trap "exit 8" TERM HUP; echo ready; while :; do sleep 0.02; done'
	around '
for end, whom, want in ((signal.SIGTERM, 0, 8), (signal.SIGHUP, 0, 8), (signal.SIGKILL, 1, 137)):
    run = Terminal(ARGV)
    run.read_until(b"ready")
    wait_for("raw mode", run.is_raw)
    os.kill(child(run.pid) if whom else run.pid, end)
    assert run.wait() == want, end
    assert run.is_as_before(), end'
	assert_nothing_left
}

@test "run -t: a program that is not there, and the terminal is as it was" {
	config_args /no/such/program
	around '
run = Terminal(ARGV)
assert run.wait() not in (0, None)
assert run.is_as_before()'
	assert_nothing_left
}

@test "/dev/console of the image's own /dev is not followed" {
	terminal
	config 'del(.mounts[] | select(.destination == "/dev"))'
	mkdir -p "$BUNDLE/rootfs/dev/pts"
	echo mine >"$BUNDLE/rootfs/data/file"
	ln -s /data/file "$BUNDLE/rootfs/dev/console"
	config_sh 'ls -l /dev/console; cat /data/file; echo x; sleep 1000'
	create --console-socket "$SOCKET"
	if [ "$status" -eq 0 ]; then
		start_ok
		wait_for tty_has mine
	else
		assert_refused /process/terminal /dev/console
	fi
	assert_equal "$(cat "$BUNDLE/rootfs/data/file")" mine
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
