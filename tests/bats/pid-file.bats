#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# --pid-file of create and run.

load helpers

@test "the pid file holds the pid of the state, and no newline" {
	create_ok --pid-file "$T/pid"
	local pid
	pid=$(pid_of)
	assert_equal "$(cat "$T/pid")" "$pid" pid
	assert_equal "$(wc -c <"$T/pid")" "${#pid}" "length of the file"
}

@test "a relative pid file is relative to the caller" {
	cd "$T"
	create_ok --pid-file here.pid
	assert_equal "$(cat "$T/here.pid")" "$(pid_of)" pid
}

@test "a pid file that exists is replaced" {
	printf 'something longer than any pid, and a line\nmore' >"$T/pid"
	create_ok --pid-file="$T/pid"
	assert_equal "$(cat "$T/pid")" "$(pid_of)" pid
}

@test "a stale temporary file of an earlier call does not matter" {
	echo stale >"$T/.pid"
	echo stale >"$T/.pid.tmp"
	echo stale >"$T/pid.tmp"
	create --pid-file "$T/pid"
	if [ "$RUNTIME_NAME" = mcrun ]; then
		assert_success
		assert_equal "$(cat "$T/pid")" "$(pid_of)" pid
	fi
}

@test "no pid file is written when create fails" {
	config '.process.args = ["no-such-program"]'
	create --pid-file "$T/pid"
	assert_failure
	refute test -e "$T/pid"
}

@test "a pid file that cannot be written fails the create, and nothing is left" {
	create --pid-file "$T/missing/pid"
	assert_refused "$T/missing"
}

# A container that never ran has no pid; one whose program is missing, or no program at all.
# bats test_tags=mcrun
@test "no pid file is left when run fails to start, in the foreground and detached" {
	requires mcrun
	local detach
	for detach in '' -d; do
		config '.process.args = ["no-such-program"]'
		mcrun run $detach --pid-file "$T/pid" -b "$BUNDLE" "$ID"
		assert_failure
		refute test -e "$T/pid"
		config '.process.args = ["/etc/broken"]'
		mkdir -p "$BUNDLE/rootfs/etc"
		printf '\177ELFnothing' >"$BUNDLE/rootfs/etc/broken"
		chmod +x "$BUNDLE/rootfs/etc/broken"
		mcrun run $detach --pid-file "$T/pid" -b "$BUNDLE" "$ID"
		assert_failure
		refute test -e "$T/pid"
	done
	assert_equal "$(ls "$ROOT")" "" "what is left"
}
