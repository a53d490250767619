#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command create: everything up to the moment before the program runs.

load helpers

@test "create makes a container that is created and has a process" {
	create_ok
	assert_equal "$(state_of)" created
	assert kill -0 "$(pid_of)"
	assert_equal "$output$stderr" "" "output of create"
}

@test "create does not run the program" {
	config_sh 'echo ran > /ran; sleep 1000'
	create_ok
	refute test -e "$BUNDLE/rootfs/ran"
	start_ok
	wait_for test -e "$BUNDLE/rootfs/ran"
}

@test "create takes the bundle as -b DIR, --bundle=DIR, or the current directory" {
	config 'del(.linux.cgroupsPath)'
	mcrun create -b "$BUNDLE" "$ID-1"
	assert_success
	mcrun create --bundle="$BUNDLE" "$ID-2"
	assert_success
	cd "$BUNDLE"
	mcrun create "$ID-3"
	assert_success
	assert_equal "$(state "$ID-3" | jq -r .bundle)" "$BUNDLE" bundle
}

@test "a relative bundle is absolute in the state" {
	cd "$T"
	mcrun create --bundle bundle "$ID"
	assert_success
	assert_equal "$(state | jq -r .bundle)" "$BUNDLE" bundle
}

@test "create refuses an id that is taken, and leaves its owner alone" {
	create_ok
	local pid
	pid=$(pid_of)
	create
	assert_failure
	assert_has "$stderr" exist
	assert_says "$ID"
	assert_equal "$(state_of)" created
	assert_equal "$(pid_of)" "$pid" pid
	assert kill -0 "$pid"
}

@test "create without an id is an error" {
	mcrun create --bundle "$BUNDLE"
	assert_failure
	assert_nothing_left
}

@test "create with one argument too many is an error" {
	mcrun create --bundle "$BUNDLE" "$ID" more
	assert_failure
	assert_nothing_left
}

@test "changes of config.json after create have no effect" {
	config_args echo before
	create_ok
	local created=$OUT
	config_args echo after
	start_ok
	wait_for is_status stopped
	assert_equal "$(cat "$created")" before
}

@test "a container without process can be created, and not started" {
	config 'del(.process)'
	create_ok
	assert_equal "$(state_of)" created
	mcrun start "$ID"
	assert_failure
	assert [ -n "$stderr" ]
}

@test "create takes --no-pivot and --no-new-keyring" {
	config_args true
	create --no-pivot --no-new-keyring
	assert_success
	start_ok
	wait_for is_status stopped
}

@test "the created process belongs to whoever called create, when that is a subreaper" {
	requires tool:python3
	python3 - "$T/parent" "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" 3>&- <<'PY'
import ctypes, json, os, subprocess, sys
PR_SET_CHILD_SUBREAPER = 36
assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
call = sys.argv[2:]
with open(os.devnull, "r+") as null:
    subprocess.run(call, check=True, stdin=null, stdout=null, stderr=null)
state = json.loads(subprocess.run(call[:3] + ["state", call[-1]], check=True, capture_output=True).stdout)
status = dict(line.split(":\t", 1) for line in open(f"/proc/{state['pid']}/status") if ":\t" in line)
with open(sys.argv[1], "w") as file:
    file.write("mine" if int(status["PPid"]) == os.getpid() else status["PPid"])
PY
	assert_equal "$(cat "$T/parent")" mine
}

@test "the created process has a session of its own" {
	create_ok
	local pid
	pid=$(pid_of)
	assert_equal "$(awk '{ print $6 }' "/proc/$pid/stat")" "$pid" session
}

@test "signals that the caller ignores or blocks are back to default in the container" {
	requires tool:python3
	# Not through busybox's shell, which ignores SIGQUIT itself.
	config_args grep -E '^Sig(Blk|Ign)' /proc/self/status
	output=$(python3 - "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&- <<'PY'
import os, signal, sys
for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM})
os.execvp(sys.argv[1], sys.argv[1:])
PY
	)
	assert_line "SigBlk:	0000000000000000"
	assert_line "SigIgn:	0000000000000000"
}

@test "create works when stdin is closed" {
	config_sh 'echo alive'
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		<&- >"$T/out" 2>"$T/err" 3>&- || fail "$(cat "$T/err")"
	assert_equal "$(cat "$T/out")" alive
}

@test "create makes the state root where it is missing" {
	ROOT=$T/deep/er/root
	create_ok
	assert_equal "$(state_of)" created
	assert [ "$(($(printf '0%s' "$(stat -c %a "$ROOT")") & 022))" -eq 0 ]
}

@test "a state root whose path is longer than a unix socket's address works" {
	ROOT=$T/$(printf 'long%.0s' {1..50})/root
	config_args true
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
}

@test "an id may have letters, digits and _ + - . in it, up to a length that engines use" {
	local id=aZ09_+-.$ID-as-long-as-the-names-that-engines-give-64-characters-and-more-0123456789
	mcrun create --bundle "$BUNDLE" "$id"
	assert_success
	assert_equal "$(state_of "$id")" created
}

@test "the same id can live under two roots" {
	create_ok
	config '.linux.cgroupsPath += "-other"'
	mcrun --root "$T/other" create --bundle "$BUNDLE" "$ID"
	assert_success
	mcrun --root "$T/other" delete --force "$ID"
	assert_success
	assert_equal "$(state_of)" created
}

# bats test_tags=mcrun
@test "create --config reads another file, and paths in it stay relative to the bundle" {
	requires mcrun
	mv "$BUNDLE/config.json" "$T/other.json"
	mcrun create --bundle "$BUNDLE" --config "$T/other.json" "$ID"
	assert_success
	assert_equal "$(state | jq -r .rootfs)" "$BUNDLE/rootfs"
	mcrun delete --force "$ID"
	mcrun create --bundle "$BUNDLE" -f "$T/other.json" "$ID"
	assert_success
	mcrun delete --force "$ID"
	cd "$T"
	mcrun create --bundle "$BUNDLE" --config missing.json "$ID"
	assert_refused missing.json
}

# bats test_tags=mcrun
@test "create and run take --no-subreaper, which callers give" {
	requires mcrun
	mcrun create --bundle "$BUNDLE" --no-subreaper "$ID"
	assert_success
	mcrun delete --force "$ID"
	config_args true
	mcrun run --bundle "$BUNDLE" --no-subreaper "$ID"
	assert_success
}
