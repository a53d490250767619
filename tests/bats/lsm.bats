#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# AppArmor profiles and SELinux labels.  Debian's kernel has AppArmor on, with the program that loads profiles in the
# package apparmor; selinux.bats has SELinux, which must be on instead of it.

load helpers

needs_apparmor() {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip "needs AppArmor"
	requires root tool:apparmor_parser
}

# apparmor_profile [RULE]: loads the profile $ID, which lets everything pass but what RULE denies.
apparmor_profile() {
	printf 'profile %s flags=(attach_disconnected,mediate_deleted) {\n  file,\n  capability,\n  network,\n  mount,\n  umount,\n' "$ID" >"$T/profile"
	printf '  signal,\n  ptrace,\n  unix,\n  %s\n}\n' "${1:-}" >>"$T/profile"
	apparmor_parser --replace --skip-cache "$T/profile"
}

teardown() {
	[ ! -e "$T/profile" ] || apparmor_parser --remove "$T/profile" || true
	teardown_bundle
}

@test "the AppArmor profile is the program's, and denies what it denies" {
	needs_apparmor
	apparmor_profile 'deny /denied w,'
	config ".process.apparmorProfile = \"$ID\""
	run_sh 'cat /proc/self/attr/current; echo x >/allowed && echo written; echo x >/denied || echo denied'
	assert_output "$(printf '%s (enforce)\nwritten\ndenied' "$ID")"
}

@test "the AppArmor profile with noNewPrivileges, as another user, in a user namespace" {
	needs_apparmor
	apparmor_profile 'deny /tmp/denied w,'
	config ".process.apparmorProfile = \"$ID\" | .process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}"
	run_sh 'cat /proc/self/attr/current; echo x >/tmp/denied || echo denied'
	assert_output "$(printf '%s (enforce)\ndenied' "$ID")"
	requires userns
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	run_container
	assert_success
	assert_output "$(printf '%s (enforce)\ndenied' "$ID")"
}

@test "unconfined, and no profile, is what it says" {
	needs_apparmor
	config '.process.apparmorProfile = "unconfined"'
	run_sh 'cat /proc/self/attr/current'
	assert_output unconfined
	config '.process.apparmorProfile = ""'
	run_container
	assert_output unconfined
}

@test "a startContainer hook does not run under the program's profile" {
	needs_apparmor
	apparmor_profile 'deny /by-hook w,'
	printf '#!/bin/sh\necho x >/by-hook\ncat /proc/self/attr/current >/tmp/hook\n' | rootfs_file bin/hook 0755
	config ".process.apparmorProfile = \"$ID\""' | .hooks.startContainer = [{path: "/bin/hook"}]'
	run_sh 'cat /tmp/hook; cat /by-hook; cat /proc/self/attr/current'
	assert_output "$(printf 'unconfined\nx\n%s (enforce)' "$ID")"
}

@test "a profile together with a seccomp filter, with and without noNewPrivileges" {
	needs_apparmor
	apparmor_profile 'deny /denied w,'
	local nnp
	for nnp in true false; do
		config ".process.apparmorProfile = \"$ID\" | .process.noNewPrivileges = $nnp"' | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
		run_sh 'echo x >/denied || echo denied; mkdir /x || echo filtered'
		assert_output "$(printf 'denied\nfiltered')"
	done
}

@test "exec --apparmor: the profile is that program's and nobody else's, and denies what it denies" {
	needs_apparmor
	apparmor_profile 'deny /denied w,'
	config_args sleep 1000
	running
	inside --apparmor "$ID" "$ID" sh -c 'cat /proc/self/attr/current; echo x >/allowed && echo written; echo x >/denied || echo denied'
	assert_output "$(printf '%s (enforce)\nwritten\ndenied' "$ID")"
	inside "$ID" cat /proc/self/attr/current
	assert_output unconfined
}

@test "exec takes the container's profile, and --apparmor another one in its place" {
	needs_apparmor
	apparmor_profile 'deny /denied w,'
	config ".process.apparmorProfile = \"$ID\""
	config_args sleep 1000
	running
	inside "$ID" cat /proc/self/attr/current
	assert_output "$ID (enforce)"
	inside --apparmor unconfined "$ID" sh -c 'cat /proc/self/attr/current; echo x >/denied && echo written'
	assert_output "$(printf 'unconfined\nwritten')"
}

@test "exec --apparmor with a profile that is not loaded is told, and nothing runs" {
	needs_apparmor
	config_args sleep 1000
	running
	mcrun exec --apparmor mcrun-no-such-profile "$ID" touch /ran
	assert [ "$status" -ne 0 ]
	assert_says mcrun-no-such-profile "not loaded"
	refute [ -e "$BUNDLE/rootfs/ran" ]
}

@test "a profile that is not loaded is told, and nothing runs" {
	needs_apparmor
	config '.process.apparmorProfile = "mcrun-no-such-profile"'
	config_sh 'touch /ran'
	run_container
	assert_failure
	assert_says /process/apparmorProfile mcrun-no-such-profile "not loaded"
	refute [ -e "$BUNDLE/rootfs/ran" ]
}

@test "an AppArmor profile where AppArmor is off is refused" {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || skip "machine: AppArmor is on"
	config '.process.apparmorProfile = "docker-default"'
	create
	assert_refused /process/apparmorProfile docker-default
	config '.process.apparmorProfile = "unconfined"'
	config_args true
	run_container
	assert_success
}

@test "SELinux labels where SELinux is off are refused" {
	[ ! -e /sys/fs/selinux/enforce ] || skip "machine: SELinux is on"
	config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
	create
	assert_refused /process/selinuxLabel container_t
	config 'del(.process.selinuxLabel) | .linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	create
	assert_refused /linux/mountLabel container_file_t
}
