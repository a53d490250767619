#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Descriptors: what the program gets, and what it must not get.

load helpers

@test "the program has stdin, stdout and stderr, and no other descriptor" {
	config_args ls /proc/self/fd
	run_container
	assert_success
	assert_output "$(printf '0\n1\n2\n3')"	# 3 is the directory that ls reads
}

# bats test_tags=mcrun
@test "a standard descriptor that the caller has closed is empty, one that is a path stays what it is" {
	requires mcrun tool:python3
	config_sh 'readlink /proc/self/fd/0 >&2; echo lost 2>/dev/null; exit 5'
	python3 - "$T/err" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- <<'PY'
import os, sys
err = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
path = os.open("/etc", os.O_PATH)
pid = os.fork()
if pid == 0:
    os.dup2(path, 0)
    os.close(1)
    os.dup2(err, 2)
    os.closerange(3, 32)
    os.execv(sys.argv[2], sys.argv[2:])
sys.exit(0 if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5 else 1)
PY
	assert_equal "$(cat "$T/err")" /etc
}

@test "descriptors of the caller do not reach the program" {
	config_args ls /proc/self/fd
	exec 7</etc/passwd 8</ 9>"$T/nine"
	run_container
	exec 7<&- 8<&- 9>&-
	assert_success
	assert_output "$(printf '0\n1\n2\n3')"
}

@test "descriptors of create and start do not reach the program" {
	config_args ls /proc/self/fd
	exec 7</etc/passwd
	create_ok
	local created=$OUT
	exec 7<&- 8</
	start_ok
	exec 8<&-
	wait_for is_status stopped
	assert_equal "$(cat "$created")" "$(printf '0\n1\n2\n3')"
}

@test "--preserve-fds passes as many descriptors as it says, from 3 on" {
	echo three >"$T/3"
	echo four >"$T/4"
	config_sh 'cat <&3; cat <&4; ls /proc/self/fd | tr "\n" " "'
	status=0
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" run --preserve-fds 2 --bundle "$BUNDLE" "$ID" \
		</dev/null >"$T/out.1" 2>"$T/err.1" 3<"$T/3" 4<"$T/4" 5</etc/passwd || status=$?
	OUT=$T/out.1 ERR=$T/err.1
	read_output
	assert_success
	assert_output "$(printf 'three\nfour\n0 1 2 3 4 5 ')"	# 5 is the directory that ls reads
}

@test "--preserve-fds works through create and start" {
	echo three >"$T/3"
	config_sh 'cat <&3'
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" create --preserve-fds=1 --bundle "$BUNDLE" "$ID" \
		</dev/null >"$T/out.1" 2>"$T/err.1" 3<"$T/3" || fail "$(cat "$T/err.1")"
	start_ok
	wait_for is_status stopped
	assert_equal "$(cat "$T/out.1")" three
}

@test "--preserve-fds of a descriptor that is not open is an error that names it" {
	config_args true
	status=0
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" run --preserve-fds 2 --bundle "$BUNDLE" "$ID" \
		</dev/null >"$T/out.1" 2>"$T/err.1" 3</etc/passwd 4<&- || status=$?
	OUT=$T/out.1 ERR=$T/err.1
	read_output
	assert_refused preserve-fds
}

@test "--preserve-fds refuses what is no number" {
	local bad
	for bad in -1 x 1x 99999999999; do
		create "--preserve-fds=$bad"
		assert_failure
		assert_nothing_left
	done
}

# As a service manager calls a runtime: with a socket (here a file) as descriptor 3, told of by pid.
listening() {		# COMMAND [OPTION...] ID: sh, because LISTEN_PID must be the pid of the runtime
	status=0
	# shellcheck disable=SC2016
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec "$@"' sh \
		"$RUNTIME" --root "$ROOT" "$@" </dev/null >"$T/out.1" 2>"$T/err.1" 3</etc/passwd 4<&- || status=$?
	OUT=$T/out.1 ERR=$T/err.1 LAST="mcrun $*"
	read_output
}

LISTENER='echo "$LISTEN_FDS $LISTEN_PID $$ $LISTEN_FDNAMES"; ls /proc/self/fd | grep -c .'

assert_listened() {
	assert grep -qE '^1 ([0-9]+) \1 (web)?$' <<<"${lines[0]}"
	assert_equal "${lines[1]}" 5 descriptors
}

@test "LISTEN_FDS are passed, and LISTEN_PID is the program's own" {
	config_sh "$LISTENER"
	listening run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_listened
}

@test "LISTEN_FDS of create reach the program that start starts" {
	config_sh "$LISTENER"
	listening create --bundle "$BUNDLE" "$ID"
	assert_success
	start_ok
	wait_for is_status stopped
	OUT=$T/out.1 ERR=$T/err.1
	read_output
	assert_listened
}

# bats test_tags=mcrun
@test "LISTEN_FDS of exec reach its program, and LISTEN_PID is its own" {
	requires mcrun
	create_ok
	start_ok
	listening exec "$ID" sh -c "$LISTENER"
	assert_success
	assert_listened
	# Beside --preserve-fds, which is missing one here.
	listening exec --preserve-fds 1 "$ID" true
	assert_status 255
	assert_has "$stderr" LISTEN_FDS "descriptor 4 is not open"
}

# bats test_tags=mcrun
@test "LISTEN_FDS that are another process's are not taken" {
	requires mcrun
	create_ok
	start_ok
	LISTEN_PID=1 LISTEN_FDS=1 mcrun exec "$ID" sh -c 'echo "$LISTEN_FDS"'
	assert_success
	assert_output ""
}

# bats test_tags=mcrun
@test "LISTEN_PID is the program's own also in a pid namespace that is there" {
	requires mcrun
	config '.linux.namespaces |= map(select(.type != "pid"))'
	config_sh "$LISTENER"
	listening run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_listened
}

@test "the waiting process of a created container has no directory of the host open" {
	create_ok
	local pid fd target
	pid=$(pid_of)
	for fd in "/proc/$pid/fd"/*; do
		target=$(readlink "$fd") || continue
		[ "$(stat -L -c %d:%i "$fd")" != "$(stat -L -c %d:%i "/proc/$pid/root")" ] || continue	# its own root
		[ ! -d "$fd" ] || fail "descriptor ${fd##*/} is a directory: $target"
	done
	assert_equal "$(readlink "/proc/$pid/root")" / root
	refute [ "$(stat -L -c %d:%i "/proc/$pid/cwd")" = "$(stat -c %d:%i "$PWD")" ]
}

@test "the waiting process keeps no descriptor of the caller" {
	exec 7>"$T/seven"
	create_ok
	exec 7>&-
	assert_has_not "$(ls -l "/proc/$(pid_of)/fd")" seven
}

@test "a caller's pipe is closed when create ends, when the container does not use it" {
	requires tool:python3
	python3 - "$T/result" "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" 3>&- <<'PY'
import os, select, subprocess, sys
read, write = os.pipe()
with open(os.devnull, "r+") as null:
    subprocess.run(sys.argv[2:], check=True, stdin=null, stdout=null, stderr=null, pass_fds=[write])
os.close(write)
ready = select.select([read], [], [], 1)[0]
with open(sys.argv[1], "w") as file:
    file.write("closed" if ready and os.read(read, 1) == b"" else "open")
PY
	assert_equal "$(cat "$T/result")" closed
}
