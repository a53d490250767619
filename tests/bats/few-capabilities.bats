#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# root of the host with a capability less, as in an outer container: what the runtime does then, and what it says.

load helpers

# bats file_tags=mcrun

setup() {
	setup_bundle
	requires root userns tool:setpriv mcrun
	REAL=$RUNTIME
}

# lacking CAPABILITY...: RUNTIME is from here on one that does not have them.
lacking() {
	local name less=
	for name; do
		less+=${less:+,}-$name
	done
	printf '#!/bin/sh\nexec setpriv --inh-caps=%s --bounding-set=%s "%s" "$@"\n' "$less" "$less" "$REAL" >"$T/less"
	chmod +x "$T/less"
	RUNTIME=$T/less
}

in_userns() {
	config '.linux.namespaces += [{type: "user"}] | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
}

# Its parent may not enter its namespaces then (plan_ns.loopback_by_parent).
@test "without CAP_SYS_PTRACE a container has its loopback interface up" {
	lacking sys_ptrace
	run_sh 'cat /sys/class/net/lo/flags'
	assert_output 0x9
}

@test "without CAP_SYS_PTRACE a container in a user namespace runs" {
	lacking sys_ptrace
	in_userns
	run_sh 'cat /proc/self/uid_map; echo x >/dev/null; echo $(id -u)'
	assert_has "$output" "100000" "65536"
}

@test "without CAP_SYS_PTRACE bind mounts of a user namespace are those that its root can reach" {
	lacking sys_ptrace
	in_userns
	mkdir -p "$T/open" "$T/closed/in"
	echo text >"$T/open/file"
	chmod 0755 "$T" "$T/open"
	config --arg s "$T/open" '.mounts += [{destination: "/mnt", source: $s, options: ["bind"]}]'
	run_sh 'cat /mnt/file'
	assert_output text
	chmod 0700 "$T/closed"
	config --arg s "$T/closed/in" '.mounts[-1].source = $s'
	create
	assert_refused /mounts/
}

@test "without CAP_SYS_PTRACE a mount with mapped ids is refused in a user namespace, with the reason" {
	lacking sys_ptrace
	in_userns
	mkdir "$T/source"
	config --arg s "$T/source" '.mounts += [{destination: "/mnt", source: $s, options: ["bind", "idmap"]}]'
	create
	assert_refused /mounts/ "map the ids"
}

@test "without CAP_SYS_PTRACE a container lives through create, start, exec, kill and delete" {
	lacking sys_ptrace
	in_userns
	create_ok
	start_ok
	mcrun exec "$ID" id -u
	assert_success
	assert_output 0
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
}
