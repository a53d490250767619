#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A foreground run passes on the signals that it gets.

load helpers

trapping_run() {
	config_sh 'for s in TERM INT HUP QUIT USR1 USR2 CONT 34; do trap "echo got $s" $s; done
		trap "echo bye; exit 9" WINCH; echo ready; while :; do sleep 0.02; done'
	mcrun_bg run --bundle "$BUNDLE" "$ID"
	wait_for file_has "$OUT" ready
}

@test "TERM, INT, HUP, QUIT, USR1, USR2 and SIGRTMIN reach the program, and its status comes back" {
	trapping_run
	local signal
	for signal in TERM INT HUP QUIT USR1 USR2 34; do		# 34: which some libcs keep for themselves
		kill "-$signal" "$BG"
		wait_for file_has "$OUT" "got $signal"
	done
	kill -WINCH "$(pid_of)"
	join_bg
	assert_status 9
	assert_has "$output" bye
	assert_nothing_left
}

@test "the same signal twice arrives twice" {
	trapping_run
	kill -USR1 "$BG"
	wait_for file_has "$OUT" "got USR1"
	kill -USR1 "$BG"
	twice() { [ "$(grep -c 'got USR1' "$OUT")" -eq 2 ]; }
	wait_for twice
}

@test "a program that dies of a forwarded signal gives 128 and its number" {
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	mcrun_bg run --bundle "$BUNDLE" "$ID"
	wait_for is_status running
	kill -TERM "$BG"
	join_bg
	assert_status 143
	assert_nothing_left
}

@test "a run in the background of a shell, with INT ignored, still ends with its program" {
	config_sh 'exit 4'
	mcrun_bg run --bundle "$BUNDLE" "$ID"
	join_bg
	assert_status 4
}

# bats test_tags=mcrun
@test "a run that is killed does not leave the container half made" {
	requires mcrun
	mcrun_bg run --bundle "$BUNDLE" "$ID"
	wait_for is_status running
	kill -KILL "$BG"
	wait "$BG" || true
	mcrun delete --force "$ID"
	assert_success
	assert_nothing_left
}
