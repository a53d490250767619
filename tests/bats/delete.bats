#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command delete.

load helpers

stopped() {
	config_args true
	create_ok
	start_ok
	wait_for is_status stopped
}

@test "delete of a stopped container leaves nothing" {
	stopped
	mcrun delete "$ID"
	assert_success
	assert_equal "$output$stderr" "" "output of delete"
	assert_nothing_left
	mcrun state "$ID"
	assert_failure
}

@test "an id can be used again after delete" {
	stopped
	mcrun delete "$ID"
	assert_success
	create_ok
	assert_equal "$(state_of)" created
}

@test "delete of a running container fails and does not disturb it" {
	create_ok
	start_ok
	mcrun delete "$ID"
	assert_failure
	assert [ -n "$stderr" ]
	assert_equal "$(state_of)" running
	assert kill -0 "$(pid_of)"
}

# The spec refuses it, callers count on it: either is fine, half of it is not.
@test "delete of a created container either removes it wholly or has no effect" {
	create_ok
	mcrun delete "$ID"
	if [ "$status" -eq 0 ]; then
		assert_nothing_left
	else
		assert_equal "$(state_of)" created
		assert kill -0 "$(pid_of)"
	fi
}

@test "delete --force ends a running container and leaves nothing" {
	create_ok
	start_ok
	local pid
	pid=$(pid_of)
	mcrun delete --force "$ID"
	assert_success
	assert pid_gone "$pid"
	assert_nothing_left
}

@test "delete -f ends a created container and leaves nothing" {
	create_ok
	mcrun delete -f "$ID"
	assert_success
	assert_nothing_left
}

@test "delete --force ends processes that outlived the first one" {
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	config_sh 'sleep 1000 & sleep 1001 & exit 0'
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun delete --force "$ID"
	assert_success
	assert_nothing_left
}

# bats test_tags=mcrun
@test "delete --force finds a container whose record is damaged by its cgroup" {
	requires mcrun root
	create_ok
	start_ok
	local pid
	pid=$(pid_of)
	head -c 50 "$ROOT/$ID/state.json" >"$T/half"
	cp "$T/half" "$ROOT/$ID/state.json"
	mcrun delete "$ID"
	assert_failure
	assert_has "$stderr" "$ROOT/$ID/state.json"
	mcrun delete --force "$ID"
	assert_success
	assert_has "$stderr" "by the mark of its cgroup"
	wait_for pid_gone "$pid"
	assert_nothing_left
}

@test "delete --force of a container that does not exist is no error" {
	mcrun delete --force "$ID"
	assert_success
}

@test "delete of a container that does not exist says so" {
	mcrun delete "$ID"
	assert_failure
	assert_has "$stderr" "does not exist"
}

@test "delete without an id is an error" {
	mcrun delete
	assert_failure
}

@test "delete works when the bundle is gone" {
	stopped
	mv "$BUNDLE" "$T/elsewhere"
	mcrun delete "$ID"
	assert_success
	assert_nothing_left
	mv "$T/elsewhere" "$BUNDLE"
}

@test "delete of a malformed id touches nothing outside the root" {
	mkdir -p "$ROOT" "$T/precious"
	echo keep >"$T/precious/file"
	local id
	for id in ../precious .. . "" "precious/../../precious"; do
		mcrun delete --force "$id"
		mcrun delete "$id"
		assert_failure
		assert test -e "$T/precious/file"
	done
}

@test "delete removes cgroups that the container made below its own" {
	config '(.mounts[] | select(.type == "cgroup") | .options) -= ["ro"]
	  | .linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup"}]'
	config_sh 'for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do mkdir $d/below $d/below/deeper 2>/dev/null; done; true'
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
	assert_nothing_left
}

@test "delete does not follow what the container put into its own root" {
	mkdir "$T/precious"
	echo keep >"$T/precious/file"
	config_sh "ln -s $T/precious /tmp/link; mkdir /tmp/dir; ln -s / /tmp/dir/root"
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
	assert test -e "$T/precious/file"
	assert test -L "$BUNDLE/rootfs/tmp/link"
}

@test "of several deletes at once none reports nonsense and nothing is left" {
	stopped
	local pids=() pid i
	for i in 1 2 3 4 5; do
		mcrun_bg delete --force "$ID"
		pids+=("$BG")
	done
	for pid in "${pids[@]}"; do
		join_bg "$pid"
		assert_success
	done
	assert_nothing_left
}

# many NAME...: created containers with ids of their own, in cgroups of their own.
many() {
	local name
	config 'del(.linux.cgroupsPath)'
	for name in "$@"; do
		mcrun create --bundle "$BUNDLE" "$ID-$name"
		assert_success
	done
}

@test "delete --regex removes every container that matches, and no other" {
	[ "$RUNTIME_NAME" != runc ] || skip "runc has no --regex"
	many red green blue
	mcrun delete --force --regex "$ID-(red|blu)"
	assert_success
	mcrun list -q
	assert_output "$ID-green"
	mcrun delete -f -r "$ID"
	assert_success
	assert_nothing_left
}

# bats test_tags=mcrun
@test "delete --regex goes on behind one that fails, and tells of each" {
	requires mcrun
	many a b c d
	mcrun start "$ID-b"
	mcrun start "$ID-c"
	mcrun delete --regex "$ID"
	assert_failure
	assert_equal "$(grep -c "that is not stopped: it is running" "$ERR")" 2 "errors told"
	mcrun list -q
	assert_output "$ID-b"$'\n'"$ID-c"
}

# bats test_tags=mcrun
@test "delete --regex of nothing is an error, also with --force" {
	requires mcrun
	mcrun delete --force --regex "$ID"
	assert_failure
	assert_has "$stderr" "no container has an id that matches"
}
