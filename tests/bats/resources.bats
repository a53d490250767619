#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# linux.resources where it takes more than a look at a file: devices of the block layer, huge pages, rdma, values that
# are in each other's way. What is written where, in all cases: cgroups.bats and tests/unit/test-plan-cgroup.c.

load helpers

setup() {
	setup_bundle
	requires root
	CG=/sys/fs/cgroup/$ID
}

teardown() {
	"$RUNTIME" --root "$ROOT" delete --force "$ID" >/dev/null 2>&1 3>&- || true
	[ ! -d "$CG" ] || rmdir "$CG"
	[ -z "${LOOP:-}" ] || losetup -d "$LOOP"
	[ -z "${LINK:-}" ] || ip link del "$LINK"
	[ -z "${PAGES:-}" ] || echo 0 >/proc/sys/vm/nr_hugepages
	teardown_bundle
}

resources() {
	config ".linux.resources += $1"
}

file_is() {
	assert_equal "$(cat "$CG/$1")" "$2" "$1"
}

# A disk of this test's own; DEVICE is its number.  The machine's own disks are nobody's to slow down.
disk() {
	requires unified tool:losetup controller:io
	truncate -s 16M "$T/disk"
	LOOP=$(losetup -f --show "$T/disk")
	DEVICE=$(cat "/sys/block/${LOOP#/dev/}/dev")
}

# block_io EXPR: with $major and $minor of the disk.
block_io() {
	config --arg d "$DEVICE" '($d | split(":") | map(tonumber)) as [$major, $minor] | .linux.resources.blockIO = '"$1"
}

# in_cgroup SCRIPT: by the host's sh, under the container's limits.
in_cgroup() {
	sh -c 'echo $$ >"$0/cgroup.procs" && eval "$1"' "$CG" "$1" 3>&-
}

milliseconds() {
	local from to
	from=$(date +%s%N)
	"$@"
	to=$(date +%s%N)
	echo $(((to - from) / 1000000))
}

# covers: /linux/resources/blockIO/weightDevice /linux/resources/blockIO/weightDevice/*/weight
# covers: /linux/resources/blockIO/weightDevice/*/major /linux/resources/blockIO/weightDevice/*/minor
@test "blockIO: the weight of a device, for bfq" {
	disk
	grep -qw bfq "/sys/block/${LOOP#/dev/}/queue/scheduler" || skip "needs the bfq scheduler"
	echo bfq >"/sys/block/${LOOP#/dev/}/queue/scheduler"
	block_io '{weight: 200, weightDevice: [{major: $major, minor: $minor, weight: 321}]}'
	create_ok
	assert_has "$(cat "$CG/io.bfq.weight")" "default 200" "$DEVICE 321"
}

@test "blockIO: a device without bfq has no weight there, and that is told" {
	disk
	grep -qw bfq "/sys/block/${LOOP#/dev/}/queue/scheduler" || skip "needs the bfq scheduler"
	echo none >"/sys/block/${LOOP#/dev/}/queue/scheduler"
	block_io '{weightDevice: [{major: $major, minor: $minor, weight: 321}]}'
	create
	assert_refused /linux/resources/blockIO/weightDevice/0/weight io.bfq.weight 'scheduler'
}

@test "blockIO: throttles hold" {
	disk
	block_io '{throttleReadBpsDevice: [{major: $major, minor: $minor, rate: 1048576}],
		throttleWriteIOPSDevice: [{major: $major, minor: $minor, rate: 20}]}'
	config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	create_ok
	in_cgroup "dd if=$LOOP of=/dev/null bs=4k count=1 2>&1"
	assert [ "$(milliseconds in_cgroup "dd if=$LOOP of=/dev/null iflag=direct bs=64k count=32 2>/dev/null")" -ge 1500 ]
	assert [ "$(milliseconds in_cgroup "dd if=/dev/zero of=$LOOP oflag=direct bs=4k count=40 2>/dev/null")" -ge 1500 ]
}

@test "blockIO: a device that is not there is told" {
	requires unified controller:io
	DEVICE=240:4711 block_io '{throttleReadBpsDevice: [{major: $major, minor: $minor, rate: 1048576}]}'
	create
	assert_refused /linux/resources/blockIO/throttleReadBpsDevice/0 240:4711 'no such device'
}

# take PAGES: maps and touches so many huge pages.
TAKE='import mmap, sys
m = mmap.mmap(-1, int(sys.argv[1]) << 21, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)
for i in range(int(sys.argv[1])): m[i << 21] = 1
print("taken")'

@test "hugetlb: no more pages are taken or reserved than the limit allows" {
	requires unified controller:hugetlb tool:python3
	PAGES=1
	echo 4 >/proc/sys/vm/nr_hugepages
	[ "$(cat /proc/sys/vm/nr_hugepages)" -ge 4 ] || skip "needs memory for four huge pages"
	resources '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	create_ok
	echo "$TAKE" >"$T/take.py"
	assert_equal "$(in_cgroup "python3 $T/take.py 2")" taken
	assert_has "$(in_cgroup "python3 $T/take.py 3" 2>&1 || true)" "cannot allocate memory"
}

@test "rdma: a device that is not there is told" {
	requires unified controller:rdma
	resources '{rdma: {nosuch0: {hcaHandles: 3}}}'
	create
	assert_refused /linux/resources/rdma/nosuch0 'no such device'
}

@test "rdma: handles and objects of a device" {
	requires unified controller:rdma tool:rdma
	modprobe rdma_rxe 2>/dev/null || skip "needs the module rdma_rxe"
	LINK=v$RANDOM
	ip link add "$LINK" type veth peer name "p$LINK"
	rdma link add rxe0 type rxe netdev "$LINK"
	resources '{rdma: {rxe0: {hcaHandles: 3, hcaObjects: 1000}}}'
	create_ok
	file_is rdma.max 'rxe0 hca_handle=3 hca_object=1000 '	# as the kernel prints it
}

@test "network: classes and priorities are refused, none are not" {
	resources '{network: {classID: 1048577}}'
	create
	assert_refused /linux/resources/network/classID 'cgroup v2'
	config '.linux.resources.network = {priorities: [{name: "eth0", priority: 500}]}'
	create
	assert_refused /linux/resources/network/priorities 'cgroup v2'
	config '.linux.resources.network = {classID: 0, priorities: []}'
	create_ok
}

# quota_over MAX BURST QUOTA BURST: in a cgroup that has the first pair, the second is set.
quota_over() {
	echo 'max 100000' >"$CG/cpu.max"
	echo 0 >"$CG/cpu.max.burst"
	echo "$1 100000" >"$CG/cpu.max"
	echo "$2" >"$CG/cpu.max.burst"
	config ".linux.resources.cpu = {quota: $3, burst: $4, period: 100000}"
	create_ok
	file_is cpu.max "$3 100000"
	file_is cpu.max.burst "$4"
	mcrun delete --force "$ID"
	assert_success
	file_is cpu.max "$1 100000"
	file_is cpu.max.burst "$2"
}

@test "cpu: quota and burst find their order in a cgroup that has others, and so they do on the way back" {
	requires unified controller:cpu
	mkdir "$CG"
	quota_over 20000 20000 50000 40000
	quota_over 50000 40000 20000 10000
	quota_over 50000 50000 20000 20000
}

@test "cpuset: groups of a range, and all" {
	requires unified controller:cpuset
	[ "$(nproc)" -ge 2 ] || skip "needs two processors"
	resources '{cpu: {cpus: "0-1:1/2"}}'
	create_ok
	file_is cpuset.cpus 0
	mcrun delete --force "$ID"
	config '.linux.resources.cpu = {cpus: "all"}'
	create_ok
	assert_has "$(cat "$CG/cpuset.cpus")" 0-
}

@test "unified: an empty value is written" {
	requires unified controller:cpuset
	mkdir "$CG"
	echo 0 >"$CG/cpuset.cpus"
	resources '{unified: {"cpuset.cpus": ""}}'
	create_ok
	file_is cpuset.cpus ""
	mcrun delete --force "$ID"
	file_is cpuset.cpus 0
}

@test "unified: files that are no settings are refused" {
	local file
	for file in cgroup.procs cgroup.threads cgroup.kill cgroup.freeze cgroup.type cgroup.subtree_control; do
		config --arg f "$file" '.linux.resources.unified = {($f): "1"}'
		create
		assert_refused /linux/resources/unified "$file is no setting"
	done
}
