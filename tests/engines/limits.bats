#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a container may use of the machine.

load helpers

# group FILE: prints a file of the container's cgroup, as seen inside.
group() { e exec "$C" cat "/sys/fs/cgroup/$1"; }

@test "memory: who takes too much is killed, and the engine says so" {
	needs docker
	requires controller:memory
	run e run --name "$C-init" --network none --memory 32m --memory-swap 32m box sh -c 'x=x; while :; do x=$x$x; done'
	assert_status 137
	# When it is the container's own init, the engines of Debian 12 may see its end first, with any runtime.
	detached --memory 32m --memory-swap 32m -- \
		sh -c 'sh -c "x=x; while :; do x=\$x\$x; done"; echo "child: $?"; while :; do sleep 0.1; done'
	wait_for says 'child: 137'
	e kill "$C" >/dev/null
	e wait "$C" >/dev/null || true
	# Podman 4.3 tells of none here, under runc and crun neither.
	[[ $ENGINE != docker* ]] || is_field '{{.State.OOMKilled}}' true
}

@test "memory, swap, reservation, cpus, shares, cpuset, pids: as the cgroup has them" {
	needs docker
	requires controller:memory controller:cpu controller:pids
	local cpuset=(--cpuset-cpus 0)
	grep -qw cpuset "$(controllers)" || cpuset=()	# systemd gives it to no ordinary user
	detached --memory 64m --memory-swap 96m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 "${cpuset[@]}" \
		--pids-limit 50 --cgroupns private -- sleep 1000
	run group memory.max
	assert_output 67108864
	# Docker drops the limit of swap, with a warning, where dockerd's own cgroup has none: as a unit of systemd it has.
	run group memory.swap.max
	[[ $ENGINE == docker* && ! -d /run/systemd/system ]] || assert_output 33554432
	run group memory.low
	assert_output 33554432
	run group cpu.max
	assert_output "50000 100000"
	run group cpu.weight
	assert_output 59
	[[ ${#cpuset[@]} == 0 ]] || assert_equal "$(group cpuset.cpus)" 0 cpuset.cpus
	run group pids.max
	assert_output 50
}

@test "pids: a fork too many fails" {
	needs docker
	requires controller:pids
	run box --pids-limit 5 box sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait'
	assert_has fork
}

@test "update: limits change while it runs" {
	needs docker update
	requires controller:memory controller:cpu
	detached --memory 64m --cgroupns private -- sleep 1000
	if [[ $ENGINE == docker* ]]; then
		e update --memory 96m --memory-swap 192m --cpus 0.5 "$C" >/dev/null
	else
		e update --memory 96m --cpus 0.5 "$C" >/dev/null
	fi
	run group memory.max
	assert_output 100663296
	run group cpu.max
	assert_output "50000 100000"
}
