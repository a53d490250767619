#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# process.user: ids, groups, umask.

load helpers

@test "uid, gid and additional groups are what config.json says" {
	config '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 6, 4000000000]}'
	run_sh 'grep -E "^(Uid|Gid|Groups)" /proc/self/status | tr -s "\t " "  "'
	assert_line "Uid: 1000 1000 1000 1000"
	assert_line "Gid: 1001 1001 1001 1001"
	assert grep -qE '^Groups: (1001 )?5 6 4000000000 ?$' <<<"$output"
}

@test "without additional groups there are none, whatever the caller has" {
	requires tool:setpriv
	config_sh 'grep ^Groups /proc/self/status | tr -s "\t " "  "'
	output=$(MCRUN_TEST_ID=$ID setpriv --groups 7,8,9 timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" run -b "$BUNDLE" "$ID" 3>&-)
	assert grep -qE '^Groups:( 0)? ?$' <<<"$output"
}

@test "the largest ids work" {
	config '.process.user = {uid: 4294967294, gid: 4294967294}'
	run_sh 'id -u; id -g'
	assert_output "$(printf '4294967294\n4294967294')"
}

@test "an id that is no id is refused" {
	local id
	for id in -1 4294967295 4294967296 '"root"' 1.5; do
		config ".process.user.uid = $id"
		create
		assert_refused /process/user/uid
	done
}

@test "the umask is what config.json says" {
	config '.process.user.umask = 63'
	run_sh umask
	assert_output 0077
}

@test "a umask of 0 is a value" {
	config '.process.user.umask = 0'
	umask 027
	run_sh 'umask; touch /tmp/file; stat -c %a /tmp/file'
	assert_output "$(printf '0000\n666')"
}

@test "without a umask the program has the caller's" {
	umask 027
	run_sh umask
	assert_output 0027
}

@test "another user can open its stdout and stderr again" {
	config '.process.user = {uid: 1000, gid: 1000}'
	config_sh 'echo out >/dev/stdout; echo err >/dev/stderr'
	output=$(MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 2>&1 </dev/null 3>&- | cat)
	assert_output "$(printf 'out\nerr')"
}

@test "the owner of the caller's /dev/null does not change" {
	local before
	before=$(stat -c %u:%g:%a /dev/null)
	config '.process.user = {uid: 1000, gid: 1000}'
	run_sh true
	assert_equal "$(stat -c %u:%g:%a /dev/null)" "$before" "owner of /dev/null"
}

@test "a uid outside the map of the user namespace is refused" {
	requires userns
	config '.linux.namespaces += [{type: "user"}] | .process.user.uid = 5000
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]'
	create
	if [ "$status" -eq 0 ]; then
		mcrun start "$ID"
		assert_failure
	else
		assert_refused /process/user/uid 5000
	fi
}

@test "a program that only its user may execute starts" {
	printf '#!/bin/sh\nid -u\n' | rootfs_file bin/mine 0500
	chown 1000:1000 "$BUNDLE/rootfs/bin/mine"
	config '.process.user = {uid: 1000, gid: 1000}'
	config_args /bin/mine
	run_container
	assert_success
	assert_output 1000
}

@test "a program that its user may not execute does not start" {
	printf '#!/bin/sh\nid -u\n' | rootfs_file bin/theirs 0700
	config '.process.user = {uid: 1000, gid: 1000}'
	config_args /bin/theirs
	run_container
	assert [ "$status" -ne 0 ]
	assert_has "$stderr" /bin/theirs "permission denied"
	assert_nothing_left
}
