#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command start: runs the program of a created container, and its answer is exact:
# it succeeds when the program was executed, and fails with the reason when it was not.

load helpers

@test "start runs the program" {
	config_sh 'echo started; sleep 1000'
	create_ok
	local created=$OUT
	start_ok
	assert_equal "$output$stderr" "" "output of start"
	assert_equal "$(state_of)" running
	wait_for file_has "$created" started
}

@test "start succeeds for a program that exits at once" {
	config_args true
	create_ok
	start_ok
	wait_for is_status stopped
}

@test "start of a container that does not exist says so" {
	mcrun start "$ID"
	assert_failure
	assert_has "$stderr" "does not exist"
}

@test "start without an id is an error" {
	mcrun start
	assert_failure
}

@test "start of a running container fails and does not disturb it" {
	create_ok
	start_ok
	local pid
	pid=$(pid_of)
	mcrun start "$ID"
	assert_failure
	assert_equal "$(state_of)" running
	assert_equal "$(pid_of)" "$pid" pid
}

@test "start of a stopped container fails" {
	config_args true
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun start "$ID"
	assert_failure
	assert_equal "$(state_of)" stopped
}

@test "of two starts at once exactly one wins" {
	config_sh 'echo once >> /ran; sleep 1000'
	create_ok
	local first second wins=0
	mcrun_bg start "$ID"
	first=$BG
	mcrun_bg start "$ID"
	second=$BG
	join_bg "$first"
	[ "$status" -ne 0 ] || wins=$((wins + 1))
	join_bg "$second"
	[ "$status" -ne 0 ] || wins=$((wins + 1))
	assert_equal "$wins" 1 "starts that succeeded"
	wait_for test -e "$BUNDLE/rootfs/ran"
	assert_equal "$(cat "$BUNDLE/rootfs/ran")" once
}

@test "of ten starts at once exactly one wins" {
	config_sh 'echo once >> /ran; sleep 1000'
	create_ok
	local pids=() pid wins=0 i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		mcrun_bg start "$ID"
		pids+=("$BG")
	done
	for pid in "${pids[@]}"; do
		join_bg "$pid"
		[ "$status" -ne 0 ] || wins=$((wins + 1))
	done
	assert_equal "$wins" 1 "starts that succeeded"
	assert_equal "$(cat "$BUNDLE/rootfs/ran")" once
}

# The program of another architecture: an ELF header and nothing more (EM_68K runs nowhere here).
foreign_elf() {
	printf '\177ELF\002\001\001\0\0\0\0\0\0\0\0\0\002\0\004\0\001\0\0\0\0\0\0\0\0\0\0\0\100\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\100\0\070\0\001\0\0\0\0\0\0\0'
	head -c 56 /dev/zero
}

@test "start fails when the program is of another architecture" {
	foreign_elf | rootfs_file bin/foreign 0755
	config_args /bin/foreign
	create_ok
	mcrun start "$ID"
	assert_failure
	assert_has "$stderr" /bin/foreign
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
	assert_nothing_left
}

@test "start fails when the interpreter of a script is missing" {
	printf '#!/no/such/interpreter\n' | rootfs_file bin/script 0755
	config_args /bin/script
	create_ok
	mcrun start "$ID"
	assert_failure
	assert_has "$stderr" /bin/script
	assert_says /no/such/interpreter
	wait_for is_status stopped
}

@test "start fails when the program is a text without interpreter" {
	printf 'echo no interpreter\n' | rootfs_file bin/text 0755
	config_args /bin/text
	create_ok
	mcrun start "$ID"
	assert_failure
	assert_has "$stderr" /bin/text
	wait_for is_status stopped
}

@test "start fails when the program was removed after create" {
	printf '#!/bin/sh\n' | rootfs_file bin/script 0755
	config_args /bin/script
	create_ok
	rm "$BUNDLE/rootfs/bin/script"
	mcrun start "$ID"
	assert_failure
	assert_has "$stderr" /bin/script
	wait_for is_status stopped
}

@test "start works when the bundle is gone" {
	config_sh 'echo alive; sleep 1000'
	create_ok
	local created=$OUT
	rm "$BUNDLE/config.json"
	start_ok
	wait_for file_has "$created" alive
}

@test "a start that is killed leaves a container that is created, running or stopped, and can be deleted" {
	config_sh 'echo once >> /ran; sleep 1000'
	local delay
	for delay in 0 0.001 0.002 0.004 0.008; do
		rm -f "$BUNDLE/rootfs/ran"
		create_ok
		mcrun_bg start "$ID"
		sleep "$delay"
		kill -KILL "$BG" 2>/dev/null || true
		wait "$BG" 2>/dev/null || true
		if [ "$(state_of)" = created ]; then
			start_ok
		fi
		mcrun delete --force "$ID"
		assert_success
		assert_nothing_left
	done
}

@test "start fails when the container's process is dead" {
	create_ok
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
	mcrun start "$ID"
	assert_failure
	assert [ -n "$stderr" ]
}
