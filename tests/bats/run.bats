#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command run: create, start, wait and delete in one call.

load helpers

@test "run prints what the program prints, and leaves nothing" {
	config_sh 'echo hello; echo world >&2'
	run_container
	assert_success
	assert_output hello
	assert_equal "$stderr" world stderr
	assert_nothing_left
}

@test "run gives its stdin to the program" {
	config_args cat
	output=$(printf 'one\ntwo\n' | MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" run -b "$BUNDLE" "$ID" 3>&-)
	assert_output "$(printf 'one\ntwo')"
}

@test "a megabyte passes through unchanged" {
	config_sh 'head -c 1048576 /dev/zero | tr "\0" x'
	run_container
	assert_success
	assert_equal "${#output}" 1048576 "length of the output"
}

@test "run --detach returns while the program runs" {
	run_container --detach
	assert_success
	assert_equal "$(state_of)" running
}

@test "run -d takes --pid-file" {
	run_container -d --pid-file "$T/pid"
	assert_success
	assert_equal "$(cat "$T/pid")" "$(pid_of)" pid
}

@test "run --keep leaves the stopped container" {
	config_args true
	run_container --keep
	assert_success
	assert_equal "$(state_of)" stopped
	mcrun delete "$ID"
	assert_success
}

@test "run says that a program was not found in the words of a shell's user" {
	config_args no-such-program
	run_container
	assert_refused no-such-program
	assert_has "$stderr" 'executable file not found in $PATH'
}

# What init does before READY keeps its program waiting for two processors to wake each other.
# bats test_tags=mcrun
@test "run: init says READY before it enters its root, and after it where something waits for all of its work" {
	requires root mcrun tool:strace
	order() {
		MCRUN_TEST_ID=$ID ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/trace" -e trace=sendmsg,pivot_root \
			"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out.1" 2>&1 3>&- || fail "run: $(cat "$T/out.1")"
		local init
		init=$(awk '/pivot_root/ { print $1; exit }' "$T/trace")
		awk -v init="$init" '$1 == init { sub(/\(.*/, "", $2); print $2; if (++n == 2) exit }' "$T/trace" | paste -sd' '
	}
	config_args true
	assert_equal "$(order)" "sendmsg pivot_root"
	config '.hooks.poststop = [{path: "/bin/true"}]'
	assert_equal "$(order)" "pivot_root sendmsg"
}

# bats test_tags=mcrun
@test "run says why its init has failed also where that was over before it looked" {
	requires root mcrun tool:strace
	config_args no-such-program
	status=0
	MCRUN_TEST_ID=$ID ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=clone3 -e inject=clone3:delay_exit=500000 \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out.1" 2>"$T/err.1" 3>&- || status=$?
	OUT=$T/out.1 ERR=$T/err.1
	read_output
	assert_refused no-such-program
}

@test "run without an id is an error" {
	mcrun run --bundle "$BUNDLE"
	assert_failure
	assert_nothing_left
}

@test "run refuses an id that is taken, and leaves its owner alone" {
	create_ok
	run_container
	assert_failure
	assert_has "$stderr" exist
	assert_equal "$(state_of)" created
}

@test "run ends when the first process ends, whatever else runs in the container" {
	config_sh 'sleep 1000 & sleep 1001 & exit 3'
	run_container
	assert_status 3
	assert_nothing_left
}

@test "the container can be asked and killed by others while run waits" {
	mcrun_bg run --bundle "$BUNDLE" "$ID"
	local run=$BG
	wait_for is_status running
	mcrun kill "$ID" KILL
	assert_success
	join_bg "$run"
	assert_status 137
	assert_nothing_left
}

@test "delete --force by others while run waits confuses nobody" {
	mcrun_bg run --bundle "$BUNDLE" "$ID"
	local run=$BG
	wait_for is_status running
	mcrun delete --force "$ID"
	assert_success
	join_bg "$run"
	assert [ "$status" -ne 0 ]
	assert_nothing_left
}

@test "run executes the poststop hooks when the program is over" {
	config --arg log "$T/hooks" '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "echo stopped >\($log)"]}]'
	config_args true
	run_container
	assert_success
	assert_equal "$(cat "$T/hooks")" stopped
}

@test "run is the parent of no zombie: orphans of the container are reaped" {
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	config_sh '(sleep 0.05 & ) ; (true &) ; sleep 0.1; exit 5'
	run_container
	assert_status 5
	assert_nothing_left
}

# bats test_tags=mcrun
@test "run --config reads another file" {
	requires mcrun
	config_args echo hello
	mv "$BUNDLE/config.json" "$T/other.json"
	mcrun run --bundle "$BUNDLE" --config "$T/other.json" "$ID"
	assert_success
	assert_output hello
	mcrun run --bundle "$BUNDLE" -f "$T/other.json" "$ID"
	assert_output hello
}
