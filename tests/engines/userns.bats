#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# User namespaces: root inside is nobody outside.

load helpers

# bats test_tags=core
@test "userns-remap: every container is mapped" {
	needs docker remap
	run box box cat /proc/self/uid_map
	assert_output "$(printf '%10u %10u %10u' 0 100000 65536)"
	detached -- sh -c 'id -u; touch /tmp/x; exec sleep 1000'
	wait_for says 0
	assert_equal "$(stat -c %u "/proc/$(field '{{.State.Pid}}')")" 100000 "owner of the process"
	run e exec "$C" id -u
	assert_output 0
	run box --userns host box cat /proc/self/uid_map
	assert_output "$(printf '%10u %10u %10u' 0 0 4294967295)"
}

# bats test_tags=core
@test "--uidmap, --userns=auto, keep-id" {
	needs docker userns
	if [[ $ENGINE == rootless* ]]; then
		run box --userns keep-id box id -u
		assert_output "$(id -u tester)"
	else
		run box --uidmap 0:100000:5000 --gidmap 0:200000:5000 box cat /proc/self/uid_map /proc/self/gid_map
		assert_output "$(printf '%10u %10u %10u\n' 0 100000 5000 0 200000 5000)"
	fi
	run box --userns auto:size=2000 box sh -c 'touch /tmp/x && stat -c %u /tmp/x && awk "{ n += \$3 } END { print n }" /proc/self/uid_map'
	assert_output $'0\n2000'
}
