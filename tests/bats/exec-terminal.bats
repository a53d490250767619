#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Terminals of exec: in the foreground, through a console socket; and the calls of engines, word for word.

load helpers

setup() {
	setup_bundle
	requires root command:exec tool:python3
}

# listen: somebody takes a terminal at $SOCKET; TTY is what the program prints, $T/keys is what it reads.
listen() {
	SOCKET=$T/console
	TTY=$T/tty
	rm -f "$SOCKET" "$T/keys" "$TTY" "$T/report"
	mkfifo "$T/keys"
	python3 "$TESTS_DIR/recvtty.py" --output "$TTY" --input "$T/keys" --report "$T/report" "$SOCKET" 3>&- 2>"$T/recvtty" &
	own_pid $!
	wait_for test -S "$SOCKET"
}

# on_terminal SCRIPT OPTION...: exec with its stdin, stdout and stderr on a terminal of 30 rows; the python script, with
# `master`, `child` and read_until(text) in it, goes on from there and sets `result`, which comes out in $T/result.
on_terminal() {
	local script=$1
	shift
	cat >"$T/script.py" <<'PY'
import fcntl, os, pty, signal, struct, subprocess, sys, termios
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 90, 0, 0))
before = termios.tcgetattr(slave)
signal.alarm(int(os.environ.get("LIMIT", "10")))
child = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                         preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
seen = b""
def read_until(text):
    global seen
    while text not in seen:
        seen += os.read(master, 4096)
PY
	printf '%s\n' "$script" >>"$T/script.py"
	echo 'open(sys.argv[1], "w").write(str(result))' >>"$T/script.py"
	rm -f "$T/result"
	LIMIT=$LIMIT python3 "$T/script.py" "$T/result" "$RUNTIME" --root "$ROOT" exec "$@" 3>&- || fail "the script failed"
}

@test "exec -t: a terminal of the container's, with the size of the caller's; typing and status pass" {
	running
	on_terminal '
read_until(b"ready")
os.write(master, b"typed\r")
read_until(b"got typed")
status = child.wait()
result = (status, b"30 90" in seen, b"/dev/pts/0" in seen, before == termios.tcgetattr(slave))' \
		-t "$ID" sh -c 'tty; stty size; stty -echo; test -t 0 && test -t 1 && test -t 2 && echo ready; read -r x; echo "got $x"; exit 6'
	assert_equal "$(cat "$T/result")" "(6, True, True, True)"
}

@test "exec -t: it is the controlling terminal, and the interrupt key reaches the program" {
	running
	on_terminal '
read_until(b"ready")
os.write(master, b"\x03")
read_until(b"interrupted")
result = child.wait()' -t "$ID" sh -c 'trap "echo interrupted >/dev/tty; exit 4" INT; echo ready; while :; do sleep 0.02; done'
	assert_equal "$(cat "$T/result")" 4
}

@test "exec -t: a change of the terminal's size is passed on" {
	running
	on_terminal '
read_until(b"ready")
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 41, 123, 0, 0))
os.kill(child.pid, signal.SIGWINCH)
read_until(b"41 123")
result = child.wait()' -t "$ID" sh -c 'trap "stty size; exit 5" WINCH; echo ready; while :; do sleep 0.02; done'
	assert_equal "$(cat "$T/result")" 5
}

@test "exec -t: the terminal is the user's, and is set back when the program could not run" {
	running
	on_terminal '
status = child.wait()
result = (status, before == termios.tcgetattr(slave))' -t "$ID" no-such-program
	assert_equal "$(cat "$T/result")" "(255, True)"
	on_terminal '
result = child.wait()
read_until(b"owner 1000")' -t -u 1000:1000 "$ID" sh -c 'echo "owner $(stat -L -c %u /dev/fd/0)"'
	assert_equal "$(cat "$T/result")" 0
}

@test "exec -t works without a terminal of the caller's, too, with plain newlines" {
	running
	mcrun exec --tty "$ID" sh -c 'test -t 1 && echo terminal; exit 3'
	assert_status 3
	assert_output terminal
	assert_equal "$(od -An -c "$OUT" | tr -d ' ')" 'terminal\n'
}

@test "a container with a terminal gives exec none unless it is asked for; --tty=false takes a file's away" {
	config '.process.terminal = true'
	listen
	create_ok --console-socket "$SOCKET"
	mcrun exec "$ID" sh -c 'test -t 0 || echo none'
	assert_output none
	process '. + {terminal: true, args: ["sh", "-c", "test -t 0 && echo terminal || echo none"]}'
	mcrun exec --process "$T/process.json" "$ID"
	assert_output terminal
	mcrun exec --process "$T/process.json" --tty=false "$ID"
	assert_output none
}

@test "consoleSize of the process is the terminal's size where the caller has none" {
	running
	process '. + {terminal: true, consoleSize: {height: 33, width: 77}, args: ["stty", "size"]}'
	mcrun exec --process "$T/process.json" "$ID"
	assert_output "33 77"
}

@test "--console-socket gets the terminal of exec, once; the output comes out there" {
	running
	listen
	mcrun exec --detach --tty --console-socket "$SOCKET" --pid-file "$T/pid" "$ID" sh -c 'echo ready; read -r x; echo "got $x"; sleep 1000'
	assert_success
	wait_for file_has "$TTY" ready
	assert jq -e '.fds == 1 and .tty == [true]' "$T/report"
	echo typed >"$T/keys"
	wait_for file_has "$TTY" "got typed"
	refute pid_gone "$(cat "$T/pid")"
}

@test "in the foreground a console socket takes the terminal, and exec the status" {
	running
	listen
	mcrun exec --tty --console-socket "$SOCKET" "$ID" sh -c 'echo there; exit 3'
	assert_status 3
	assert_output ""
	wait_for file_has "$TTY" there
}

@test "a terminal in a user namespace" {
	requires userns
	config '.linux.namespaces += [{type: "user"}] | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	running
	mcrun exec -t -u 5:5 "$ID" sh -c 'tty; stat -L -c %u /dev/fd/0'
	assert_success
	assert_equal "${lines[*]}" "/dev/pts/0 5"
}

@test "a terminal that nobody takes is refused, and a socket without a terminal" {
	running
	mcrun exec --tty --detach "$ID" true
	not_started --console-socket --detach
	listen
	mcrun exec --console-socket "$SOCKET" "$ID" true
	not_started --console-socket --tty
	mcrun exec --tty --console-socket "$T/nobody" "$ID" true
	not_started "$T/nobody"
}

@test "a terminal needs a devpts at /dev/pts: what the image has there is not followed (CVE-2025-52565)" {
	config '.mounts |= map(select(.destination == "/proc"))'
	running
	mkdir -p "$BUNDLE/rootfs/dev/pts"
	ln -s /dev/zero "$BUNDLE/rootfs/dev/pts/ptmx"
	mcrun exec --tty "$ID" true
	not_started devpts /dev/pts
	rm -r "$BUNDLE/rootfs/dev/pts"
	ln -s /proc/self "$BUNDLE/rootfs/dev/pts"
	mcrun exec --tty "$ID" true
	not_started devpts /dev/pts
}

# --- as engines call it -----------------------------------------------------------------------

# call OPTION...: the runtime as engines call it, with what they give before the command.
call() {
	mcrun_bare --root "$ROOT" --log "$T/log.json" --log-format json "$@"
}

@test "containerd's shim: with a process file and a console socket, detached" {
	running
	process '.args = ["sleep", "1000"]'
	call exec --process "$T/process.json" --detach --pid-file "$T/one.pid" "$ID"
	assert_success
	assert_equal "$output$stderr$(cat "$T/log.json")" "" "what is said"
	refute pid_gone "$(cat "$T/one.pid")"
	process '.terminal = true | .args = ["sh", "-c", "tty; sleep 1000"]'
	listen
	call exec --process "$T/process.json" --console-socket "$SOCKET" --detach --pid-file "$T/two.pid" "$ID"
	assert_success
	wait_for file_has "$TTY" /dev/pts
	refute pid_gone "$(cat "$T/two.pid")"
	process '.args = ["no-such-program"]'
	call exec --process "$T/process.json" --detach --pid-file "$T/three.pid" "$ID"
	assert_status 255
	refute test -e "$T/three.pid"
	assert_has "$(jq -rs 'last | select(.level == "error") | .msg' "$T/log.json")" 'executable file not found in $PATH'
	assert jq -e '.time | fromdate' "$T/log.json"
}

@test "conmon: detached, pid file first, with --tty beside the console socket, and --preserve-fds" {
	running
	process '.terminal = true | .args = ["sh", "-c", "tty; sleep 1000"]'
	listen
	mcrun_bare --log-format=json --log "$T/oci-log" --root "$ROOT" exec --pid-file "$T/pid" --process "$T/process.json" --detach \
		--tty --console-socket "$SOCKET" "$ID"
	assert_success
	wait_for file_has "$TTY" /dev/pts
	refute pid_gone "$(cat "$T/pid")"
	process '.args = ["sh", "-c", "echo three >&3"]'
	status=0
	"$RUNTIME" --root="$ROOT" exec --pid-file "$T/pid" --process "$T/process.json" --preserve-fds 1 --detach "$ID" 3>"$T/three" ||
		status=$?
	assert_success
	wait_for file_has "$T/three" three
}

@test "CRI-O: in the foreground, its status is the program's" {
	running
	process '.args = ["sh", "-c", "echo probed; exit 9"]'
	mcrun_bare --root="$ROOT" exec --process "$T/process.json" "$ID"
	assert_status 9
	assert_output probed
}
