#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command kill.

load helpers

# A container whose program prints the names of the signals it gets.
trapping() {
	config_sh 'for s in TERM INT HUP USR1 USR2 WINCH; do trap "echo got $s" $s; done
		echo ready; while :; do sleep 0.02; done'
	create_ok
	CREATED=$OUT
	start_ok
	wait_for file_has "$CREATED" ready
}

programs() {
	local pid
	for pid in $(container_pids); do
		tr '\0' ' ' <"/proc/$pid/cmdline"
	done 2>/dev/null
}

@test "kill sends SIGTERM by default" {
	trapping
	mcrun kill "$ID"
	assert_success
	assert_equal "$output$stderr" "" "output of kill"
	wait_for file_has "$CREATED" "got TERM"
}

@test "kill takes a number, a name, and a name with SIG" {
	trapping
	mcrun kill "$ID" 1
	assert_success
	wait_for file_has "$CREATED" "got HUP"
	mcrun kill "$ID" USR1
	assert_success
	wait_for file_has "$CREATED" "got USR1"
	mcrun kill "$ID" SIGUSR2
	assert_success
	wait_for file_has "$CREATED" "got USR2"
}

@test "kill takes real-time signals" {
	create_ok
	start_ok
	mcrun kill "$ID" 34
	assert_success
	mcrun kill "$ID" 64
	assert_success
}

# bats test_tags=mcrun
@test "kill takes real-time signals by name" {
	requires mcrun
	create_ok
	start_ok
	mcrun kill "$ID" SIGRTMIN+3
	assert_success
	mcrun kill "$ID" RTMAX
	assert_success
}

@test "kill refuses a signal that does not exist" {
	create_ok
	start_ok
	local signal
	for signal in NOSUCH SIGNOSUCH 65 999 9x; do
		mcrun kill "$ID" "$signal"
		assert_failure
		assert_says "$signal"
	done
	assert_equal "$(state_of)" running
}

@test "kill ends a container that is only created" {
	create_ok
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
}

@test "kill of a stopped container fails in the words that engines look for" {
	config_args true
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun kill "$ID" KILL
	assert_failure
	assert_has "$stderr" "container not running"
	assert_says "no such process"
}

@test "kill of a container that does not exist says so" {
	mcrun kill "$ID" KILL
	assert_failure
	assert_has "$stderr" "does not exist"
}

@test "kill without an id is an error" {
	mcrun kill
	assert_failure
}

@test "kill --all reaches every process of a container without a pid namespace" {
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	config_sh 'sleep 1000 & sleep 1001 & echo ready; wait'
	create_ok
	local created=$OUT
	start_ok
	wait_for file_has "$created" ready
	mcrun kill --all "$ID" KILL
	assert_success
	wait_for is_status stopped
	wait_for no_process
}

@test "kill -a is --all" {
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	config_sh 'trap "echo first" USR1; sh -c "trap \"echo second\" USR1; echo ready; while :; do sleep 0.02; done" &
		while :; do sleep 0.02; done'
	create_ok
	local created=$OUT
	start_ok
	wait_for file_has "$created" ready
	mcrun kill -a "$ID" USR1
	assert_success
	wait_for file_has "$created" first
	wait_for file_has "$created" second
}

@test "kill --all of a stopped container is no error" {
	config_args true
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun kill --all "$ID" KILL
	assert_success
}

@test "a pid that somebody else has now is not killed" {
	requires tool:jq
	create_ok
	local pid file other
	pid=$(pid_of)
	kill -KILL "$pid"
	wait_for pid_gone "$pid"
	sleep 1000 3>&- &
	other=$!
	own_pid "$other"
	# The state says another pid now, with the start time of the old one.
	for file in "$ROOT/$ID"/*; do
		[ -f "$file" ] && grep -qw "$pid" "$file" || continue
		sed -i "s/\(\"[a-z_]*pid\":[[:space:]]*\)$pid\b/\1$other/" "$file"
	done
	mcrun kill "$ID" KILL
	assert_failure
	assert kill -0 "$other"
}

@test "SIGKILL of a container in the host's pid namespace takes its other processes along" {
	requires root cgroup2
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	config_sh 'sleep 1000 & setsid sleep 1001 & echo ready; wait'
	create_ok
	local created=$OUT
	start_ok
	wait_for file_has "$created" ready
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
	wait_for no_process
	mcrun kill "$ID" KILL
	assert_failure
	assert_has "$stderr" "container not running"
}

@test "SIGKILL of a container in another's pid namespace takes its processes along, and no others" {
	requires root cgroup2
	hold --pid --fork --kill-child
	local inner
	inner=$(pgrep -P "$HOLDER")
	config --arg p "/proc/$inner/ns/pid" '.linux.namespaces |= map(if .type == "pid" then .path = $p else . end)'
	config_sh 'sleep 1000 & echo ready; wait'
	create_ok
	local created=$OUT
	start_ok
	wait_for file_has "$created" ready
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
	wait_for no_process
	assert kill -0 "$inner"
}

# The init of a pid namespace is the end of all in it: nobody else who is in the cgroup is asked for.
@test "SIGKILL of a container with a pid namespace of its own does not reach a guest in its cgroup" {
	requires root cgroup2
	create_ok
	start_ok
	sleep 1000 3>&- &
	local guest=$!
	own_pid "$guest"
	echo "$guest" >"$(cgroup2_mount)/$ID/cgroup.procs"
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
	assert kill -0 "$guest"
}

@test "SIGTERM of a container in the host's pid namespace goes to its first process alone" {
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	config_sh 'trap "echo got" TERM; sleep 1000 & echo ready; while :; do sleep 0.02; done'
	create_ok
	local created=$OUT
	start_ok
	wait_for file_has "$created" ready
	mcrun kill "$ID"
	assert_success
	wait_for file_has "$created" got
	assert_has "$(programs)" "sleep 1000"
	assert_equal "$(state_of)" running
}

# many NAME...: running containers with ids of their own, in cgroups of their own.
many() {
	local name
	config 'del(.linux.cgroupsPath)'
	for name in "$@"; do
		mcrun create --bundle "$BUNDLE" "$ID-$name"
		assert_success
		mcrun start "$ID-$name"
		assert_success
	done
}

@test "kill --regex reaches every container that matches, and no other" {
	[ "$RUNTIME_NAME" != runc ] || skip "runc has no --regex"
	many red green blue
	mcrun kill --regex "$ID-(red|blu)" KILL
	assert_success
	wait_for is_status stopped "$ID-red"
	wait_for is_status stopped "$ID-blue"
	assert_equal "$(state_of "$ID-green")" running
	mcrun kill -r "$ID-g.*n\$" KILL
	assert_success
	wait_for is_status stopped "$ID-green"
}

# bats test_tags=mcrun
@test "kill --regex goes on behind one that has ended, and fails for it" {
	requires mcrun
	many a b c
	mcrun kill "$ID-a" KILL
	wait_for is_status stopped "$ID-a"
	mcrun kill --regex "$ID" KILL
	assert_failure
	assert_has "$stderr" "$ID-a" "not running"
	assert_equal "$(grep -c '' "$ERR")" 1 "lines on stderr"
	wait_for is_status stopped "$ID-b"
	wait_for is_status stopped "$ID-c"
	mcrun kill --regex "$ID" KILL
	assert_failure
	assert_equal "$(grep -c 'not running' "$ERR")" 3 "each is told, once"
}

# bats test_tags=mcrun
@test "a pattern that matches nothing, or is none, is an error" {
	requires mcrun
	mcrun kill --regex "$ID" KILL
	assert_failure
	assert_has "$stderr" "no container has an id that matches"
	mcrun kill --regex "(" KILL
	assert_failure
	assert_has "$stderr" "'(' is no regular expression"
}
