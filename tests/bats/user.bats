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

# with_group RUNTIME-ARG...: the runtime, called by somebody who has the group 4711 beside his own.
with_group() {
	requires tool:setpriv
	status=0
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" setpriv --groups 4711 "$RUNTIME" --root "$ROOT" "$@" \
		</dev/null >"$T/out.g" 2>"$T/err.g" 3>&- || status=$?
	OUT=$T/out.g ERR=$T/err.g
	read_output
}

@test "the caller's groups do not reach the program" {
	config_args grep Groups /proc/self/status
	with_group run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_has_not "$output" 4711
}

# bats test_tags=mcrun
@test "run.oci.keep_original_groups: the caller's groups stay, for exec as well" {
	requires mcrun
	config '.annotations["run.oci.keep_original_groups"] = "1" | .process.user.additionalGids = [5]'
	with_group create --bundle "$BUNDLE" "$ID"
	assert_success
	start_ok
	with_group exec "$ID" grep Groups /proc/self/status
	assert_success
	assert_equal "$(tr -s '\t ' ' ' <<<"$output" | sed 's/ $//')" "Groups: 4711"
	assert_equal "$(awk '$1 == "Groups:" { print $2, NF }' "/proc/$(pid_of)/status")" "4711 2"
	config '.annotations["run.oci.keep_original_groups"] = "yes"'
	mcrun create --bundle "$BUNDLE" "$ID-2"
	assert_failure
	assert_says /annotations/run.oci.keep_original_groups yes
}

# bats test_tags=mcrun
@test "run.oci.keep_original_groups in a user namespace: a file of such a group can be read" {
	requires mcrun userns
	echo secret | rootfs_file data/file 0640
	chown 0:4711 "$BUNDLE/rootfs/data/file"
	config '.annotations["run.oci.keep_original_groups"] = "1"
		| .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	config_args cat /data/file
	with_group run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output secret
	config 'del(.annotations)'
	with_group run --bundle "$BUNDLE" "$ID"
	assert_failure
}
