#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# update: other limits for a container that is there. Which value becomes what, in all cases:
# tests/unit/test-plan-update.c; here that it is written, all of it or nothing, and remembered.

load helpers

setup() {
	setup_bundle
	requires root command:update
}

# limited JQ: a container with these resources beside its device rules, running.
limited() {
	requires unified controller:memory controller:cpu controller:pids controller:cpuset
	CG=/sys/fs/cgroup/$ID
	config ".linux.resources += $1"
	config_args sleep 1000
	create_ok
	start_ok
}

update() {
	mcrun update "$@" "$ID"
	assert_success
	assert_output ""
}

# file_is NAME TEXT
file_is() {
	assert_equal "$(cat "$CG/$1")" "$2" "$1"
}

@test "update: each option is written to its file, and nothing else" {
	limited '{memory: {limit: 67108864}, pids: {limit: 50}}'
	update --memory 128M --memory-reservation 32M --memory-swap 192M
	file_is memory.max $((128 << 20))
	file_is memory.low $((32 << 20))
	file_is memory.swap.max $((64 << 20))
	file_is pids.max 50
	update --pids-limit 40
	file_is pids.max 40
	update --cpu-share 2048 --cpu-quota 50000 --cpu-period 100000 --cpu-burst 1000
	file_is cpu.weight 174
	file_is cpu.max "50000 100000"
	file_is cpu.max.burst 1000
	update --cpuset-cpus 0 --cpuset-mems=0
	file_is cpuset.cpus 0
	file_is cpuset.mems 0
	file_is memory.max $((128 << 20))
}

@test "update: what is not given stays, and counts" {
	limited '{cpu: {quota: 20000, period: 50000}, memory: {limit: 67108864, swap: 134217728}}'
	update --cpu-quota 30000
	file_is cpu.max "30000 50000"
	update --cpu-period 60000
	file_is cpu.max "30000 60000"
	update --memory 96M
	file_is memory.swap.max $((32 << 20))
	update --memory -1
	file_is memory.max max
	file_is memory.swap.max max
	mcrun update --cpu-burst 40000 "$ID"
	assert_failure
	assert_says --cpu-burst "more than the quota of 30000 us"
	file_is cpu.max "30000 60000"
}

@test "update: idle and back" {
	limited '{cpu: {shares: 1024}}'
	update --cpu-idle 1
	file_is cpu.idle 1
	update --cpu-idle 0
	file_is cpu.idle 0
	file_is cpu.weight 100
}

@test "update: burst and quota, up and down" {
	limited '{cpu: {quota: 10000, burst: 5000}}'
	update --cpu-quota 40000 --cpu-burst 40000
	file_is cpu.max.burst 40000
	update --cpu-quota 2000 --cpu-burst 1000
	file_is cpu.max "2000 100000"
	file_is cpu.max.burst 1000
}

@test "update: as containerd and Kubernetes call it, resources on stdin" {
	limited '{}'
	echo '{"memory": {"limit": 67108864, "swap": 67108864}, "cpu": {"shares": 512, "quota": 20000, "period": 100000,
		"cpus": "", "mems": ""}, "unified": {"memory.oom.group": "1"}, "pids": {"limit": 99}}' >"$T/resources"
	mcrun_bare --root "$ROOT" update --resources=- "$ID" <"$T/resources"
	assert_success
	file_is memory.max $((64 << 20))
	file_is memory.swap.max 0
	file_is cpu.weight 59
	file_is cpu.max "20000 100000"
	file_is memory.oom.group 1
	file_is pids.max 99
	mcrun_bare --root "$ROOT" update --resources - "$ID" <<<'{"pids": {"limit": -1}}'
	assert_success
	file_is pids.max max
	file_is memory.max $((64 << 20))
}

@test "update: as Podman calls it, a file; an option wins over it" {
	limited '{}'
	echo '{"memory": {"limit": 67108864}, "pids": {"limit": 20}}' >"$T/resources"
	mcrun update --resources="$T/resources" "$ID"
	assert_success
	file_is pids.max 20
	mcrun update -r "$T/resources" --pids-limit 30 "$ID"
	assert_success
	file_is pids.max 30
}

@test "update: a limit is in force: what is in use must fit" {
	limited '{memory: {limit: 67108864, checkBeforeUpdate: true}}'
	mcrun update --pids-limit 30 --memory 8K "$ID"
	assert_failure
	assert_says "--memory"
	file_is memory.max $((64 << 20))
	file_is pids.max max
	is_status running
}

@test "update: if one write fails, those before it are taken back" {
	limited '{cpu: {shares: 1024}, pids: {limit: 50}}'
	mcrun update --cpu-share 2048 --pids-limit 30 --cpuset-cpus 4000 "$ID"
	assert_failure
	assert_says --cpuset-cpus cpuset.cpus
	file_is cpu.weight 100
	file_is pids.max 50
	update --cpu-quota 20000
	file_is cpu.weight 100
}

@test "update: created and paused containers, not a stopped one" {
	limited '{}'
	mcrun pause "$ID"
	assert_success
	update --pids-limit 30
	file_is pids.max 30
	is_status paused
	mcrun resume "$ID"
	assert_success
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
	mcrun update --pids-limit 20 "$ID"
	assert_failure
	assert_says "$ID" "container not running"
}

@test "update: a created one" {
	requires unified controller:pids
	CG=/sys/fs/cgroup/$ID
	create_ok
	update --pids-limit 30
	file_is pids.max 30
	is_status created
}

@test "update: a controller that no limit has needed so far" {
	requires unified controller:pids
	config '.linux.cgroupsPath = "/'"$ID"'-parent/'"$ID"'"'
	config_args sleep 1000
	create_ok
	CG=/sys/fs/cgroup/$ID-parent/$ID
	update --pids-limit 30
	file_is pids.max 30
}

@test "update: limits that it sets in a cgroup that was there are given back too" {
	requires unified controller:pids
	CG=/sys/fs/cgroup/$ID
	mkdir "$CG"
	echo 77 >"$CG/pids.max"
	create_ok
	update --pids-limit 30
	file_is pids.max 30
	mcrun delete --force "$ID"
	assert_success
	file_is pids.max 77
	rmdir "$CG"
}

# 10:229 is fuse, which nobody has by default.
@test "update: other device rules take the place of the ones before, the same ones do nothing" {
	requires unified
	config_args sleep 1000
	config '.linux.resources.devices = [{allow: false, access: "rwm"}] | .process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	create_ok
	start_ok
	mcrun exec "$ID" sh -c 'mknod /dev/fuse c 10 229 && : </dev/fuse'
	assert_failure
	mcrun_bare --root "$ROOT" update --resources - "$ID" <<<'{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"}]}'
	assert_success
	mcrun exec "$ID" sh -c 'rm -f /dev/fuse; mknod /dev/fuse c 10 229 && : </dev/fuse'
	assert_success
}

@test "update: huge pages, also natively" {
	requires controller:hugetlb
	local tree dir
	tree=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	create_ok
	dir=$tree/$ID
	mcrun_bare --root "$ROOT" update --resources - "$ID" <<<'{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	assert_success
	assert_equal "$(cat "$dir/hugetlb.2MB.max")" 4194304
	mcrun_bare --root "$ROOT" update --resources - "$ID" <<<'{"hugepageLimits": [{"pageSize": "2MB", "limit": 0}, {"pageSize": "3MB", "limit": 0}]}'
	assert_failure
	assert_says stdin:1: /hugepageLimits/1 hugetlb.3MB.max
	assert_equal "$(cat "$dir/hugetlb.2MB.max")" 4194304
}

@test "update: what cannot be is told by option or place, and nothing is written" {
	create_ok
	local words says
	while IFS='|' read -r words says; do
		# shellcheck disable=SC2086
		mcrun update $words "$ID"
		assert_failure
		assert_says "$says"
	done <<-'EOS'
		--memory x|--memory: 'x' is not a size
		--pids-limit 1.5|--pids-limit: '1.5' is not
		--cpu-quota 5|--cpu-quota: 5 is less
		--cpu-period 5|--cpu-period: 5 is not between
		--cpu-idle 2|--cpu-idle: must be 0 or 1
		--blkio-weight 5|--blkio-weight: 5 is not between
		--kernel-memory 1M|--kernel-memory: cgroup v2 has nothing
		--kernel-memory-tcp 1M|--kernel-memory-tcp: cgroup v2 has nothing
		--cpu-rt-runtime 1|--cpu-rt-runtime: cgroup v2 has
		--cpu-rt-period 1|--cpu-rt-period: cgroup v2 has
		--cpuset-cpus x|--cpuset-cpus: 'x' is not a list
		--cpuset-mems 1-|--cpuset-mems: '1-' is not a list
		--memory-swap -2|--memory-swap: must be -1
		--memory-reservation -2|--memory-reservation: must be -1
		--l3-cache-schema L3:0=f|--l3-cache-schema: the container is in no
		--mem-bw-schema MB:0=1|--mem-bw-schema: the container is in no
		--cpu-share -1|--cpu-share: '-1' is not
	EOS
	# What asks for nothing passes.
	update --kernel-memory -1 --kernel-memory-tcp -1 --cpu-rt-runtime 0 --cpu-rt-period 0
	update --cpu-rt-runtime -1
	mcrun_bare --root "$ROOT" update --resources - "$ID" <<<'{"memory": {"limit": "1"}}'
	assert_failure
	assert_says stdin:1:22 /memory/limit
	mcrun_bare --root "$ROOT" update --resources - "$ID" <<<'{"memory": '
	assert_failure
	assert_says stdin:
	mcrun update --resources "$T/missing" "$ID"
	assert_failure
	assert_says "$T/missing"
	mcrun update --pids-limit 5 "$ID-not"
	assert_failure
	assert_says "$ID-not" "does not exist"
}

@test "update: a container without a cgroup" {
	mcrun --cgroup-manager disabled create --bundle "$BUNDLE" "$ID"
	assert_success
	mcrun update --pids-limit 5 "$ID"
	assert_failure
	assert_says --pids-limit "no cgroup"
}

@test "update --blkio-weight: its part of the disks" {
	requires controller:io
	limited '{blockIO: {weight: 500}}'
	update --blkio-weight 100
	if [ -e "$CG/io.bfq.weight" ]; then
		assert_has "$(cat "$CG/io.bfq.weight")" 100
	else
		assert_has "$(cat "$CG/io.weight")" 910
	fi
}
