#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# SELinux, enforcing, with the policy of selinux.cil.  It needs a machine that is thrown away afterwards, booted with
# `security=selinux` and without a policy, as none can be unloaded:
#   tests/vm/run --append 'selinux=1 security=selinux' -- bats tests/bats/selinux.bats

load helpers

PROGRAM=system_u:system_r:container_t:s0:c1,c2
FILES=system_u:object_r:container_file_t:s0:c1,c2

# A kernel without a policy calls all processes `kernel`; one whose policy is not ours is somebody's host.
needs_selinux() {
	[ -d /sys/fs/selinux ] || skip "needs SELinux"
	requires root tool:secilc tool:getfattr
	[ -e /sys/fs/selinux/enforce ] || mount -t selinuxfs selinuxfs /sys/fs/selinux
	if [ "$(own_label)" = kernel ]; then
		secilc --output "$T/policy" --filecontext /dev/null "$TESTS_DIR/selinux.cil"
		cat "$T/policy" >/sys/fs/selinux/load
	fi
	[ "$(own_label)" = system_u:system_r:host_t:s0 ] || skip "machine: SELinux has a policy of its own"
	echo 1 >/sys/fs/selinux/enforce
}

# The file ends in a NUL.
own_label() {
	tr -d '\0' </proc/self/attr/current
}

setup() {
	setup_bundle
	needs_selinux
}

teardown() {
	teardown_bundle
	[ ! -e /sys/fs/selinux/enforce ] || echo 0 >/sys/fs/selinux/enforce
}

# label_of PATH: of a file in the running container.
label_of() {
	getfattr --absolute-names --only-values -n security.selinux "/proc/$(pid_of)/root$1" | tr -d '\0'
}

@test "SELinux: the program has its label, also with noNewPrivileges, as another user, in a user namespace" {
	config ".process.selinuxLabel = \"$PROGRAM\""
	run_sh 'cat /proc/self/attr/current'
	assert_output "$PROGRAM"
	config '.process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}'
	run_container
	assert_success
	assert_output "$PROGRAM"
	config '.process.user = {uid: 0, gid: 0} | .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	run_container
	assert_success
	assert_output "$PROGRAM"
}

@test "SELinux: without a label the program has the caller's" {
	run_sh 'cat /proc/self/attr/current'
	assert_output "$(own_label)"
}

@test "SELinux: the program makes files where its policy allows it, and nowhere else" {
	config ".process.selinuxLabel = \"$PROGRAM\" | .linux.mountLabel = \"$FILES\" | .root.readonly = false"
	run_sh 'echo x >/dev/shm/allowed && echo made; echo x >/denied || echo denied'
	assert_output "$(printf 'made\ndenied')"
	assert_has "$stderr" /denied "Permission denied"
}

@test "SELinux: mountLabel is the label of new file systems that take one, of files in them, and of mqueue's root" {
	config ".linux.mountLabel = \"$FILES\""
	config_sh 'touch /dev/shm/file; echo ready; exec sleep 1000'
	running
	wait_for grep -q ready "$OUT"
	local path
	for path in /dev /dev/null /dev/pts /dev/shm /dev/shm/file /dev/mqueue; do
		[ "$(label_of "$path")" = "$FILES" ] || fail "$path: $(label_of "$path")"
	done
	for path in /bin/busybox /proc /sys; do
		[ "$(label_of "$path")" = system_u:object_r:host_t:s0 ] || fail "$path: $(label_of "$path")"
	done
}

@test "SELinux: a startContainer hook does not run under the program's label" {
	printf '#!/bin/sh\ncat /proc/self/attr/current >/tmp/hook\n' | rootfs_file bin/hook 0755
	config ".process.selinuxLabel = \"$PROGRAM\""' | .hooks.startContainer = [{path: "/bin/hook"}]'
	run_sh 'cat /tmp/hook; cat /proc/self/attr/current'
	assert_output "$(printf '%s\0%s' "$(own_label)" "$PROGRAM" | tr -d '\0')"
}

@test "SELinux: the session keyring has the program's label, in create and in exec" {
	find_tool keyring
	cp "$TOOL" "$BUNDLE/rootfs/bin/keyring"
	config ".process.selinuxLabel = \"$PROGRAM\""
	config_sh 'keyring --label; exec sleep 1000'
	running
	wait_for test -s "$OUT"
	assert [ "$(cat "$OUT")" = "$PROGRAM" ]
	inside --process-label "${PROGRAM/c2/c3}" "$ID" keyring --label
	assert_output "${PROGRAM/c2/c3}"
}

@test "SELinux: exec takes the container's label, and --process-label another one in its place" {
	config ".process.selinuxLabel = \"$PROGRAM\""
	config_args sleep 1000
	running
	inside "$ID" cat /proc/self/attr/current
	assert_output "$PROGRAM"
	inside --process-label "${PROGRAM/c2/c3}" "$ID" cat /proc/self/attr/current
	assert_output "${PROGRAM/c2/c3}"
}

@test "SELinux: a label that the policy does not know is told, and nothing is left" {
	config '.process.selinuxLabel = "system_u:system_r:nobody_t:s0"'
	create
	assert_refused /process/selinuxLabel nobody_t "policy does not know"
	create --no-new-keyring
	assert_success
	mcrun start "$ID"
	assert_refused /process/selinuxLabel nobody_t "policy does not know"
	config 'del(.process.selinuxLabel) | .linux.mountLabel = "system_u:object_r:nobody_t:s0"'
	create
	assert_refused nobody_t
}

@test "SELinux: a label that the program may not take is told by start" {
	config '.process.selinuxLabel = "system_u:system_r:forbidden_t:s0"'
	create
	assert_success
	mcrun start "$ID"
	assert_failure
	assert_says "permission denied" "SELinux" forbidden_t
}
