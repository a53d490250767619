#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The exit status of a foreground run is the program's.

load helpers

@test "run returns the status of the program" {
	local code
	for code in 0 1 7 126 127 255; do
		config_sh "exit $code"
		run_container
		assert_status "$code"
		assert_equal "$stderr" "" stderr
	done
}

@test "run returns 137 for a program that was killed" {
	mcrun_bg run --bundle "$BUNDLE" "$ID"
	wait_for is_status running
	kill -KILL "$(pid_of)"
	join_bg
	assert_status 137
	assert_nothing_left
}

@test "run returns 128 and the signal for a program that died of another one" {
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	config_sh 'kill -TERM $$; sleep 1000'
	run_container
	assert_status 143
	config_sh 'ulimit -c 0; kill -SEGV $$; sleep 1000'
	run_container
	assert_status 139
}

@test "a failure of the runtime itself is status 1" {
	config '.root.path = "missing"'
	run_container
	assert_failure
	assert [ "$status" -eq 1 ]
}

@test "run fails when the program cannot be executed" {
	printf '#!/no/such/interpreter\n' | rootfs_file bin/script 0755
	config_args /bin/script
	run_container
	assert [ "$status" -ne 0 ]
	assert_has "$stderr" /bin/script
	assert_nothing_left
}
