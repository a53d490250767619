#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Hosts with cgroup v1 and v2: mcrun uses the v2 tree that is there, and refuses what it cannot do.

load helpers

# bats file_tags=mcrun

setup() {
	setup_bundle
	requires mcrun root hybrid
	V2=$(cgroup2_mount)
}

# Where cgroup v1 has this controller mounted.
v1_mount() {
	awk -v c="$1" '$3 == "cgroup" { n = split($4, o, ","); for (i = 1; i <= n; i++) if (o[i] == c) { print $2; exit } }' /proc/self/mounts
}

@test "the container is in the v2 tree, and in no v1 cgroup of its own" {
	create_ok
	assert test -d "$V2/$ID"
	assert grep -qx "$(pid_of)" "$V2/$ID/cgroup.procs"
	assert_equal "$(container_cgroups)" "$V2/$ID" cgroups
}

@test "a limit whose controller is v1's is refused: field, controller, and where it is" {
	local limit pointer controller
	while read -r controller pointer limit; do
		! grep -qw "$controller" "$V2/cgroup.controllers" || continue
		config ".linux.resources = {devices: []} + $limit"
		create
		assert_refused "$pointer" "$controller" "$(v1_mount "$controller")"
	done <<-'END'
		memory /linux/resources/memory/limit {memory:{limit:67108864}}
		memory /linux/resources/memory/reservation {memory:{reservation:67108864}}
		pids /linux/resources/pids/limit {pids:{limit:10}}
		cpu /linux/resources/cpu/shares {cpu:{shares:512}}
		cpu /linux/resources/cpu/quota {cpu:{quota:10000}}
		cpuset /linux/resources/cpu/cpus {cpu:{cpus:"0"}}
		memory /linux/resources/unified {unified:{"memory.high":"1048576"}}
	END
}

@test "what asks for nothing is not refused" {
	config '.linux.resources += {memory: {limit: -1}, cpu: {shares: 0}, pids: {limit: -1}}'
	create
	assert_success
}

@test "a mount of type cgroup or cgroup2 shows the v2 tree" {
	local type
	for type in cgroup cgroup2; do
		config --arg t "$type" '(.mounts[] | select(.destination == "/sys/fs/cgroup")).type = $t
			| .linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])'
		config_sh 'awk "\$2 == \"/sys/fs/cgroup\" { print \$3 }" /proc/mounts; cat /sys/fs/cgroup/cgroup.procs'
		run_container
		assert_success
		assert_equal "${lines[0]}" cgroup2
		assert_line 1
	done
}

@test "explain says the same without making anything" {
	grep -qw memory "$V2/cgroup.controllers" && skip "machine: memory is in v2 here"
	config '.linux.resources.memory = {limit: 67108864}'
	mcrun explain --bundle "$BUNDLE"
	assert_failure
	assert_has "$stderr" /linux/resources/memory/limit "$(v1_mount memory)"
}
