#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# cgroup v2: where the container is, and what is written.
# Needs a cgroup v2 host with its controllers: tests/vm/run brings one.

load helpers

setup() {
	setup_bundle
	requires root unified
	CG=/sys/fs/cgroup/$ID
}

# resources JQ: what the container may use; the device rules stay.
resources() {
	config ".linux.resources += $1"
}

# created JQ: a container with these resources.
created() {
	resources "$1"
	create_ok
}

# file_is NAME TEXT
file_is() {
	assert_equal "$(cat "$CG/$1")" "$2" "$1"
}

@test "an absolute cgroupsPath is below the mount point" {
	create_ok
	assert test -d "$CG"
	assert grep -qx "$(pid_of)" "$CG/cgroup.procs"
	assert_equal "$(grep ^0:: "/proc/$(pid_of)/cgroup")" "0::/$ID"
}

@test "a nested cgroupsPath is made, and gone after delete, its parent stays" {
	mkdir "/sys/fs/cgroup/$ID-parent"
	config --arg id "$ID" '.linux.cgroupsPath = "/\($id)-parent/deep/\($id)"'
	create_ok
	assert test -d "/sys/fs/cgroup/$ID-parent/deep/$ID"
	mcrun delete --force "$ID"
	assert_success
	refute test -d "/sys/fs/cgroup/$ID-parent/deep/$ID"
	assert test -d "/sys/fs/cgroup/$ID-parent"
	rmdir "/sys/fs/cgroup/$ID-parent/deep" 2>/dev/null || true
	rmdir "/sys/fs/cgroup/$ID-parent"
}

@test "a relative cgroupsPath gives the same place each time" {
	config --arg id "$ID" '.linux.cgroupsPath = "rel-\($id)"'
	create_ok
	local first
	first=$(cat "/proc/$(pid_of)/cgroup")
	assert_has "$first" "rel-$ID"
	mcrun delete --force "$ID"
	create_ok
	assert_equal "$(cat "/proc/$(pid_of)/cgroup")" "$first"
}

@test "without cgroupsPath the container has a cgroup of its own that names it" {
	config 'del(.linux.cgroupsPath)'
	create_ok
	assert_has "$(cat "/proc/$(pid_of)/cgroup")" "$ID"
}

@test "a cgroupsPath with .. does not leave the mount point" {
	config --arg id "$ID" '.linux.cgroupsPath = "/../../../\($id)"'
	create
	if [ "$status" -eq 0 ]; then
		assert test -d "$CG"
	else
		assert_refused /linux/cgroupsPath
	fi
}

@test "the program is in the cgroup from its first instruction, and so are its children" {
	config_sh 'sleep 1000 & sleep 1000'
	create_ok
	start_ok
	two() { [ "$(grep -c . "$CG/cgroup.procs")" -ge 2 ]; }
	wait_for two
}

@test "memory: limit, reservation, and a limit of -1" {
	requires controller:memory
	created '{memory: {limit: 67108864, reservation: 33554432}}'
	file_is memory.max 67108864
	file_is memory.low 33554432
	mcrun delete --force "$ID"
	created '{memory: {limit: -1}}'
	file_is memory.max max
}

@test "memory: swap is what remains of memory and swap together" {
	requires controller:memory swap
	created '{memory: {limit: 67108864, swap: 100663296}}'
	file_is memory.max 67108864
	file_is memory.swap.max 33554432
	mcrun delete --force "$ID"
	created '{memory: {limit: 67108864, swap: 67108864}}'
	file_is memory.swap.max 0
	mcrun delete --force "$ID"
	created '{memory: {limit: 67108864, swap: -1}}'
	file_is memory.swap.max max
	mcrun delete --force "$ID"
	created '{memory: {limit: -1, swap: 33554432}}'
	file_is memory.swap.max 33554432
}

@test "memory: swap below the limit, or without one, is refused" {
	requires controller:memory
	resources '{memory: {limit: 67108864, swap: 1048576}}'
	create
	assert_refused /linux/resources/memory/swap
	config '.linux.resources.memory = {swap: 1048576}'
	create
	assert_refused /linux/resources/memory/swap
}

@test "memory: what cgroup v2 cannot do is refused, what asks for nothing is not" {
	requires controller:memory
	local bad
	for bad in '{swappiness: 10}' '{disableOOMKiller: true}' '{kernel: 1048576}' '{kernelTCP: 1048576}'; do
		config ".linux.resources.memory = $bad"
		create
		assert_refused /linux/resources/memory
	done
	config '.linux.resources.memory = {disableOOMKiller: false, useHierarchy: true, kernel: -1}'
	create_ok
}

@test "memory: a program that takes too much is killed, and run returns 137" {
	requires controller:memory
	resources '{memory: {limit: 16777216, swap: 16777216}}'
	config_sh 'head -c 100000000 /dev/zero | tail -c 99999999 | wc -c; exit 0'
	config '.process.args = ["sh", "-c", "exec tail /dev/zero"]'
	run_container
	assert_status 137
	assert_nothing_left
}

@test "memory: a limit too small to start is told as that" {
	requires controller:memory
	resources '{memory: {limit: 4096, swap: 4096}}'
	run_container
	assert_failure
	assert_says /linux/resources/memory/limit
	assert_nothing_left
}

# Init waits with what it has; its hook's hunger is the whole cgroup's end.
@test "memory: a limit that lets create pass and is too small to start is told by start" {
	requires controller:memory
	resources '{memory: {limit: 33554432, swap: 33554432}, unified: {"memory.oom.group": "1"}}'
	hook startContainer 'exec tail /dev/zero'
	create_ok
	mcrun start "$ID"
	assert_failure
	assert_says /linux/resources/memory/limit "too small to start"
	mcrun delete --force "$ID"
	assert_nothing_left
}

@test "cpu: quota and period" {
	requires controller:cpu
	created '{cpu: {quota: 50000, period: 200000}}'
	file_is cpu.max "50000 200000"
	mcrun delete --force "$ID"
	config '.linux.resources.cpu = {quota: 30000}'
	create_ok
	file_is cpu.max "30000 100000"
	mcrun delete --force "$ID"
	config '.linux.resources.cpu = {period: 50000}'
	create_ok
	file_is cpu.max "max 50000"
	mcrun delete --force "$ID"
	config '.linux.resources.cpu = {quota: -1, period: 100000}'
	create_ok
	file_is cpu.max "max 100000"
}

@test "cpu: shares become a weight by the table" {
	requires controller:cpu
	local pair
	for pair in 0=100 2=1 102=17 512=59 1024=100 2048=174 65536=3023 262144=10000; do	# more of them: tests/unit
		config ".linux.resources.cpu = {shares: ${pair%=*}}"
		create_ok
		assert_equal "$(cat "$CG/cpu.weight")" "${pair#*=}" "weight of ${pair%=*} shares"
		mcrun delete --force "$ID"
	done
}

@test "cpu: burst and idle" {
	requires controller:cpu
	[ -e /sys/fs/cgroup/init.scope/cpu.idle ] || uname -r | grep -qE '^([6-9]|5\.1[5-9])' || skip "needs Linux 5.15"
	created '{cpu: {quota: 50000, period: 100000, burst: 20000}}'
	file_is cpu.max.burst 20000
	mcrun delete --force "$ID"
	config '.linux.resources.cpu = {idle: 1}'
	create_ok
	file_is cpu.idle 1
}

@test "cpu: a burst above the quota is refused" {
	requires controller:cpu
	resources '{cpu: {quota: 50000, period: 100000, burst: 60000}}'
	create
	assert_refused /linux/resources/cpu
}

@test "cpuset: cpus and mems" {
	requires controller:cpuset
	created '{cpu: {cpus: "0", mems: "0"}}'
	file_is cpuset.cpus 0
	file_is cpuset.mems 0
	assert_equal "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$(pid_of)/status")" 0
}

@test "cpuset: what is no list of CPUs is refused" {
	requires controller:cpuset
	resources '{cpu: {cpus: "zero"}}'
	create
	assert_refused /linux/resources/cpu/cpus zero
}

@test "cpu: real-time limits are refused" {
	requires controller:cpu
	resources '{cpu: {realtimeRuntime: 950000, realtimePeriod: 1000000}}'
	create
	assert_refused /linux/resources/cpu/realtime
}

@test "pids: a limit, and -1 for none" {
	requires controller:pids
	created '{pids: {limit: 20}}'
	file_is pids.max 20
	mcrun delete --force "$ID"
	config '.linux.resources.pids = {limit: -1}'
	create_ok
	file_is pids.max max
}

@test "pids: a limit of 0 is a limit" {
	requires controller:pids
	resources '{pids: {limit: 0}}'
	config_sh 'sleep 1000 & sleep 1000'
	create
	if [ "$status" -eq 0 ]; then
		refute grep -q max "$CG/pids.max"
		assert [ "$(cat "$CG/pids.max")" -le 1 ]
	else
		assert_refused /linux/resources/pids/limit
	fi
}

@test "pids: the limit holds" {
	requires controller:pids
	resources '{pids: {limit: 3}}'
	config_sh 'sleep 5 & sleep 5 & sleep 5 & sleep 5 & echo all' 
	run_container
	assert [ "$status" -ne 0 ]
	assert_has "$stderr" fork
}

@test "blockIO: weight and throttles" {
	requires controller:io
	created '{blockIO: {weight: 500}}'
	if [ -e "$CG/io.bfq.weight" ]; then
		assert_has "$(cat "$CG/io.bfq.weight")" 500
	else
		assert_has "$(cat "$CG/io.weight")" 4950
	fi
	mcrun delete --force "$ID"
	local device
	device=$(find /sys/block -name '[vs]d*' -printf '%p/dev\n' | head -n 1)
	[ -n "$device" ] || skip "needs a disk"
	device=$(cat "$device")
	config --arg d "$device" '($d | split(":") | map(tonumber)) as [$major, $minor] | .linux.resources.blockIO = {
		throttleReadBpsDevice: [{major: $major, minor: $minor, rate: 1048576}],
		throttleWriteBpsDevice: [{major: $major, minor: $minor, rate: 2097152}],
		throttleReadIOPSDevice: [{major: $major, minor: $minor, rate: 200}],
		throttleWriteIOPSDevice: [{major: $major, minor: $minor, rate: 100}]}'
	create_ok
	assert_has "$(cat "$CG/io.max")" "$device" rbps=1048576 wbps=2097152 riops=200 wiops=100
}

@test "hugetlb: limit of a page size, reserved pages too" {
	requires controller:hugetlb
	created '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	file_is hugetlb.2MB.max 4194304
	[ ! -e "$CG/hugetlb.2MB.rsvd.max" ] || file_is hugetlb.2MB.rsvd.max 4194304
}

@test "hugetlb: a page size with a slash, or that is not there, is refused" {
	local size
	for size in 2MB/../../x ../2MB 3MB; do
		config --arg s "$size" '.linux.resources.hugepageLimits = [{pageSize: $s, limit: 0}]'
		create
		assert_refused /linux/resources/hugepageLimits/0
	done
}

@test "unified: files are written as they are, and win over the other fields" {
	requires controller:memory
	created '{memory: {limit: 67108864}, unified: {"memory.high": "50331648", "memory.max": "62914560", "memory.oom.group": "1"}}'
	file_is memory.high 50331648
	file_is memory.max 62914560
	file_is memory.oom.group 1
}

@test "unified: a controller that no other field asks for is turned on" {
	requires controller:pids
	created '{unified: {"pids.max": "33"}}'
	file_is pids.max 33
}

# For `podman stats` and its like, which read the files themselves.
@test "a container without limits is counted: memory, pids, cpu, io" {
	requires controller:memory controller:pids controller:cpu controller:io
	config --arg path "/$ID/below" '.linux.cgroupsPath = $path'
	create_ok
	local file
	for file in memory.current memory.stat pids.current cpu.stat io.stat; do
		[ -r "$CG/below/$file" ] || fail "there is no $file"
	done
	assert_equal "$(cat "$CG/below/pids.current")" 1
}

@test "where the parent has processes, controllers that only count are left alone" {
	requires cgroup2
	local parent
	parent=$(cgroup2_mount)/$ID-busy
	mkdir "$parent"
	sleep 1000 3>&- &
	own_pid $!
	echo $! >"$parent/cgroup.procs"
	config --arg path "/$ID-busy/$ID" '.linux.cgroupsPath = $path'
	create_ok
	assert_equal "$(cat "$parent/cgroup.subtree_control" "$parent/cgroup.type")" domain
	mcrun delete --force "$ID"
	assert_success
	kill $!
	wait_for rmdir "$parent"
}

@test "unified: a file with a slash is refused" {
	resources '{unified: {"../cgroup.freeze": "1"}}'
	create
	assert_refused /linux/resources/unified
}

@test "unified: a controller that is not there is refused by its name" {
	resources '{unified: {"nosuch.max": "1"}}'
	create
	assert_refused /linux/resources/unified nosuch
}

@test "unified: a value that the kernel refuses is told" {
	requires controller:memory
	resources '{unified: {"memory.max": "much"}}'
	create
	assert_refused /linux/resources/unified memory.max much
}

@test "a mount of type cgroup shows the container's own cgroup as its root" {
	config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup"}]'
	run_sh 'stat -f -c %T /sys/fs/cgroup; cat /proc/self/cgroup; grep -cx 1 /sys/fs/cgroup/cgroup.procs; touch /sys/fs/cgroup/x 2>/dev/null || echo read-only'
	assert_equal "${lines[1]}" 0::/
	assert_equal "${lines[2]}" 1
	assert_equal "${lines[3]}" read-only
}

@test "without a cgroup namespace the mount is the host's tree, and read-only as it was asked" {
	config --arg id "$ID" '.linux.namespaces |= map(select(.type != "cgroup"))
		| .process.args = ["sh", "-c", "cat /sys/fs/cgroup/$1/cgroup.procs | wc -l; mkdir /sys/fs/cgroup/x 2>/dev/null || echo read-only", "sh", $id]'
	run_container
	assert_success
	assert [ "${lines[0]}" -ge 1 ]
	assert_equal "${lines[1]}" read-only
}

@test "a cgroup that is writable inside belongs to root of the user namespace, by the kernel's list" {
	requires userns
	config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "user"}, {type: "cgroup"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| (.mounts[] | select(.type == "cgroup") | .options) -= ["ro"]'
	create_ok
	assert_equal "$(stat -c %u "$CG")" 100000 "owner of the directory"
	local file
	while read -r file; do
		[ ! -e "$CG/$file" ] || assert_equal "$(stat -c %u "$CG/$file")" 100000 "owner of $file"
	done </sys/kernel/cgroup/delegate
	assert_equal "$(stat -c %u "$CG/cgroup.events")" 0 "owner of cgroup.events"
}

@test "a cgroup that is read-only inside keeps its owner" {
	requires userns
	config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "user"}, {type: "cgroup"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	create_ok
	assert_equal "$(stat -c %u "$CG")" 0 "owner of the directory"
}

@test "a cgroup that has processes already, or is frozen, is refused" {
	mkdir "$CG"
	sleep 1000 3>&- &
	own_pid $!
	echo $! >"$CG/cgroup.procs"
	create
	local refused=$status
	kill -KILL $!
	wait_for rmdir "$CG" || true
	mcrun delete --force "$ID"
	assert [ "$refused" -ne 0 ]
}

@test "delete --force ends a container that is frozen" {
	create_ok
	start_ok
	echo 1 >"$CG/cgroup.freeze"
	mcrun delete --force "$ID"
	assert_success
	assert_nothing_left
}
