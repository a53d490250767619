#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A cgroup that was there before create: it is taken, and found as it was after delete (runtime.md, Delete:
# resources that the container did not create must not be deleted).

load helpers

setup() {
	setup_bundle
	requires root cgroup2
	TOP=$(cgroup2_mount)
	CG=$TOP/$ID
	mkdir "$CG"
}

# What the tests made goes before the runtime is asked what it left.
teardown() {
	"$RUNTIME" --root "$ROOT" delete --force "$ID" >/dev/null 2>&1 3>&- || true
	[ ! -d "$CG" ] || find "$CG" -depth -type d -exec rmdir {} +
	teardown_bundle
}

resources() {
	config ".linux.resources += $1"
}

delete_ok() {
	mcrun delete --force "$ID"
	assert_success
}

file_is() {
	assert_equal "$(cat "$CG/$1")" "$2" "$1"
}

# Extended attributes of the cgroup.
marks() {
	python3 -c 'import os, sys; print(*os.listxattr(sys.argv[1]))' "$CG"
}

@test "delete leaves a cgroup that was there before create, and its processes are gone" {
	config_sh 'sleep 1000 & sleep 1000'
	create_ok
	start_ok
	delete_ok
	assert test -d "$CG"
	assert_equal "$(cat "$CG/cgroup.procs")" ""
	assert_equal "$(marks)" ""
}

@test "delete removes the parents that create made, and no others" {
	config --arg id "$ID" '.linux.cgroupsPath = "/\($id)/a/b/c"'
	create_ok
	assert test -d "$CG/a/b/c"
	delete_ok
	assert test -d "$CG"
	refute test -d "$CG/a"
}

@test "a parent that somebody uses by now stays" {
	config --arg id "$ID" '.linux.cgroupsPath = "/\($id)/a/b"'
	create_ok
	mkdir "$CG/a/other"
	delete_ok
	refute test -d "$CG/a/b"
	assert test -d "$CG/a/other"
}

# create_at ID PATH: a container of that id in $CG/PATH.
create_at() {
	config --arg p "/$ID/$2" '.linux.cgroupsPath = $p'
	mcrun create --bundle "$BUNDLE" "$1"
	assert_success
}

# bats test_tags=mcrun
@test "a parent that create made goes with the last container in it, whoever that is" {
	requires mcrun
	create_at "$ID-1" a/b/one
	create_at "$ID-2" a/b/two
	create_at "$ID-3" a/three
	mcrun delete --force "$ID-1"
	assert test -d "$CG/a/b/two"
	mcrun delete --force "$ID-2"
	refute test -d "$CG/a/b"
	assert test -d "$CG/a/three"
	mcrun delete --force "$ID-3"
	refute test -d "$CG/a"
	assert test -d "$CG"
}

@test "a parent that was there before stays, also when two containers were in it" {
	mkdir "$CG/a"
	create_at "$ID-1" a/one
	create_at "$ID-2" a/two
	mcrun delete --force "$ID-1"
	mcrun delete --force "$ID-2"
	assert test -d "$CG/a"
}

# is_in PID DIR: the process has that folder open.
is_in() {
	find "/proc/$1/fd" -lname "$2" | grep -q .
}

# bats test_tags=mcrun
@test "a parent that goes while a container is on its way into it is made again" {
	requires mcrun tool:strace
	create_at "$ID-1" a/b/one
	config --arg p "/$ID/a/b/two" '.linux.cgroupsPath = $p'
	# (A leak checker does not work under strace.)
	ASAN_OPTIONS=detect_leaks=0 strace -D -qq -o "$T/trace" -P "$CG/a/b" -e trace=mkdirat -e inject=mkdirat:delay_enter=3000000:when=1 \
		"$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID-2" </dev/null >"$T/second" 2>&1 3>&- &
	local pid=$!
	own_pid "$pid"
	wait_for is_in "$pid" "$CG/a/b"
	mcrun delete --force "$ID-1"
	refute test -d "$CG/a"
	wait "$pid" || fail "$(cat "$T/second")"
	assert test -d "$CG/a/b/two"
	mcrun delete --force "$ID-2"
	refute test -d "$CG/a"
}

@test "the limits that create wrote are taken back, an administrator's come back" {
	echo 99 >"$CG/cgroup.max.depth"
	resources '{unified: {"cgroup.max.depth": "7", "cgroup.max.descendants": "8"}}'
	create_ok
	file_is cgroup.max.depth 7
	file_is cgroup.max.descendants 8
	delete_ok
	file_is cgroup.max.depth 99
	file_is cgroup.max.descendants max
}

@test "a create that fails gives the cgroup back as well" {
	echo 99 >"$CG/cgroup.max.depth"
	resources '{unified: {"cgroup.max.depth": "7"}}'
	config '.hooks.createRuntime = [{path: "/bin/false"}]'
	create
	assert_failure
	file_is cgroup.max.depth 99
	assert_equal "$(marks)" ""
}

@test "a cgroup that was made below it before stays, one that the container made goes" {
	mkdir "$CG/before"
	create_ok
	delete_ok
	assert test -d "$CG/before"
	rmdir "$CG/before"
	create_ok
	mkdir "$CG/later"
	delete_ok
	refute test -d "$CG/later"
}

# bats test_tags=mcrun
@test "delete --force leaves it also when the record is damaged" {
	requires mcrun
	create_ok
	local pid
	pid=$(pid_of)
	echo broken >"$ROOT/$ID/state.json"
	delete_ok
	assert test -d "$CG"
	assert_equal "$(marks)" ""
	wait_for pid_gone "$pid"
}

@test "a cgroup that an ended container has made goes with the one that took it over" {
	config --arg id "$ID" '.linux.cgroupsPath = "/\($id)/new"'
	create_ok
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	mcrun create --bundle "$BUNDLE" "$ID-2"
	assert_success
	delete_ok
	assert_equal "$(cat "$CG/new/cgroup.procs")" "$(pid_of "$ID-2")"
	mcrun delete --force "$ID-2"
	assert_success
	refute test -d "$CG/new"
}

# "allowed" is what a kernel says that looks for the driver: there is none.
@test "the next container in it is under its own device rules alone" {
	requires cap:mknod
	config '.process.capabilities |= with_entries(.value += ["CAP_MKNOD"])
		| .linux.resources.devices = [{allow: false, access: "rwm"}]'
	config_sh 'mknod /dev/x c 240 77; (: </dev/x) 2>&1 | grep -c "not permitted"'
	run_container
	assert_equal "$output" 1 "denied"
	config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	config_sh '(: </dev/x) 2>&1 | grep -c "not permitted"'
	run_container
	assert_equal "$output" 0 "denied"
}

# A create that was killed leaves its program; the next create in that cgroup replaces it.
@test "a device program that a killed create left is replaced" {
	requires cap:mknod
	config '.process.capabilities |= with_entries(.value += ["CAP_MKNOD"])
		| .linux.resources.devices = [{allow: false, access: "rwm"}]'
	create_ok
	kill -KILL "$(pid_of)"
	wait_for is_status stopped
	rm -r "${ROOT:?}/$ID"			# nobody knows of it any more
	config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	config_sh 'mknod /dev/x c 240 77; (: </dev/x) 2>&1 | grep -c "not permitted"'
	run_container
	assert_equal "$output" 0 "denied"
}

@test "memory, cpu, cpuset and pids are as before" {
	requires unified controller:memory controller:cpu controller:cpuset controller:pids
	echo 500M >"$CG/memory.max"
	echo 33 >"$CG/cpu.weight"
	echo '90000 100000' >"$CG/cpu.max"
	echo 0 >"$CG/cpuset.cpus"
	local file before after
	files() { (cd "$CG" && head memory.max memory.low memory.swap.max cpu.max cpu.max.burst cpu.weight \
		cpu.idle cpuset.cpus cpuset.mems pids.max); }
	before=$(files)
	resources '{memory: {limit: 67108864, reservation: 33554432, swap: 67108864},
		cpu: {quota: 20000, burst: 10000, shares: 2048, cpus: "0-1", mems: "0"}, pids: {limit: 20}}'
	create_ok
	file_is cpu.max '20000 100000'
	delete_ok
	assert_equal "$(files)" "$before"
	config '.linux.resources.cpu = {idle: 1}'
	create_ok
	file_is cpu.idle 1
	delete_ok
	assert_equal "$(files)" "$before"
}

@test "what update wrote while run stayed is as before when its program has ended" {
	requires unified controller:memory controller:pids
	echo 500M >"$CG/memory.max"
	config_args sleep 1000
	mcrun_bg run --bundle "$BUNDLE" "$ID"
	local run=$BG
	wait_for is_status running
	mcrun update --memory 64M --pids-limit 20 "$ID"
	assert_success
	file_is memory.max 67108864
	mcrun kill "$ID" KILL
	join_bg "$run"
	assert_status 137
	file_is memory.max 524288000
	file_is pids.max max
}

@test "throttles and weights of devices are as before" {
	requires unified controller:io
	local device
	device=$(cat /sys/block/vda/dev)
	echo "$device rbps=4096" >"$CG/io.max"
	config --arg d "$device" '($d | split(":") | map(tonumber)) as [$major, $minor] | .linux.resources.blockIO = {
		throttleReadBpsDevice: [{major: $major, minor: $minor, rate: 1048576}],
		throttleWriteIOPSDevice: [{major: $major, minor: $minor, rate: 100}]}'
	create_ok
	assert_has "$(cat "$CG/io.max")" "$device" rbps=1048576 wiops=100
	delete_ok
	file_is io.max "$device rbps=4096 wbps=max riops=max wiops=max"
	echo "$device rbps=max" >"$CG/io.max"
	create_ok
	delete_ok
	file_is io.max ""
}

# Pages that are only read stay charged to the cgroup that read them first.
@test "checkBeforeUpdate: less memory than is in use is refused" {
	requires unified controller:memory
	head -c 16777216 /dev/zero >"$BUNDLE/rootfs/data/file"
	dd of="$BUNDLE/rootfs/data/file" oflag=nocache conv=notrunc,fdatasync count=0 2>/dev/null	# out of the cache
	config_sh 'cat /data/file >/dev/null'
	run_container
	assert_success
	assert [ "$(cat "$CG/memory.current")" -gt 8388608 ]
	resources '{memory: {limit: 8388608, checkBeforeUpdate: true}}'
	create
	assert_refused_here /linux/resources/memory/limit 8388608 'in use'
	assert_equal "$(cat "$CG/memory.max")" max
	config '.linux.resources.memory.checkBeforeUpdate = false'
	create_ok
}

# assert_refused, but the cgroup is the test's own.
assert_refused_here() {
	assert_failure
	assert_says "$@"
	refute test -d "$ROOT/$ID"
}

# Linux 6.14 and later kill what is cloned from such a cgroup into another one.
@test "mcrun works in a cgroup that was once emptied with cgroup.kill" {
	[ -e "$CG/cgroup.kill" ] || skip "needs Linux 5.14"
	mkdir "$CG/caller"
	sleep 1000 3>&- &
	echo $! >"$CG/caller/cgroup.procs"
	echo 1 >"$CG/caller/cgroup.kill"
	wait $! || true
	config --arg id "$ID" '.linux.cgroupsPath = "/\($id)/new"'
	cat >"$T/mcrun" <<-EOS
		#!/bin/sh
		echo \$\$ >"$CG/caller/cgroup.procs"
		exec "$RUNTIME" "\$@"
	EOS
	chmod +x "$T/mcrun"
	RUNTIME=$T/mcrun create_ok
	assert_equal "$(cat "$CG/new/cgroup.procs")" "$(pid_of)"
	assert_equal "$stderr" ""
	RUNTIME=$T/mcrun inside --detach --pid-file "$T/pid" "$ID" sleep 1000
	assert grep -qx "$(cat "$T/pid")" "$CG/new/cgroup.procs"
	delete_ok
	refute test -d "$CG/new"
}

@test "kill --all with a harmless signal leaves a container in a taken cgroup alone" {
	config_sh 'trap "echo got" USR1; echo ready; while :; do sleep 0.02; done'
	create_ok
	local created=$OUT
	start_ok
	wait_for file_has "$created" ready
	mcrun kill --all "$ID" USR1
	assert_success
	wait_for file_has "$created" got
	assert_equal "$(state_of)" running
}

@test "pause, resume and ps work in a taken cgroup, and leave it as it is" {
	requires kernel:5.2
	create_ok
	start_ok
	mcrun pause "$ID"
	assert_success
	assert_equal "$(state_of)" paused
	mcrun ps --format json "$ID"
	assert_equal "$(jq -c . <<<"$output")" "[$(pid_of)]"
	mcrun resume "$ID"
	assert_success
	assert_equal "$(state_of)" running
	delete_ok
	assert test -d "$CG"
	file_is cgroup.freeze 0
}

@test "delete --force of a paused container gives the cgroup back thawed" {
	requires kernel:5.2
	create_ok
	start_ok
	mcrun pause "$ID"
	assert_success
	delete_ok
	file_is cgroup.freeze 0
	create_ok
}
