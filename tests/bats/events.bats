#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command events: its lines are read by programs made for those of other runtimes.

load helpers

running() {
	create_ok
	start_ok
}

# The last call's output has what stats.def says and no member more; what no controller counts may be absent. (The machine
# of tests/vm has no jsonschema: asked on this host alone.)
exact() {
	[ "$RUNTIME_NAME" != mcrun ] || valid --exact mcrun-event.json \
		'/data/(cpuset|pids|hugetlb|intel_rdt)/.*|/data/[a-z]+/psi(/.*)?|/data/memory/[a-zA-Z]+/(usage|max)'
}

# A line of numbers as consumers decode it; what jq prints is what they would stumble over.
shape() {
	jq -c --arg id "$ID" '
		def number: type == "number" and . >= 0 and . == floor;
		def numbers(names): [.[names[]]? | number] | all;
		def psi: . == null or ([.some, .full | select(. != null)] | all(
			[.avg10, .avg60, .avg300] | all(type == "number" and . >= 0 and . <= 100)) and all(.total | number));
		def amount: (.limit | number) and (.failcnt | number) and (.usage // 0 | number) and (.max // 0 | number);
		if [
			.type == "stats", .id == $id,
			(.data.cpu.usage | [.total, .kernel, .user] | all(number)),
			(.data.cpu.throttling | type == "object"),
			(.data.cpu.psi | psi), (.data.memory.psi | psi), (.data.blkio.psi | psi),
			(.data.cpuset | type == "object" and ((.cpus // []) + (.mems // []) | all(number))),
			(.data.memory | [.usage, .swap, .kernel, .kernelTCP] | all(amount)),
			(.data.memory.raw // {} | [.[]] | all(number)),
			(.data.pids | (.current // 0 | number) and (.limit // 0 | number)),
			(.data.blkio | [.ioServiceBytesRecursive[]?, .ioServicedRecursive[]?] | all(
				(.major | number) and (.minor | number) and (.op | IN("Read", "Write")) and (.value | number))),
			(.data.hugetlb | [.[]] | all((.usage | number) and (.failcnt | number))),
			(.data.intel_rdt | type == "object"), (.data.network_interfaces | type | IN("array", "null"))
		] | all then empty else . end' <<<"$1"
}

@test "events --stats prints one line of numbers, and nothing else" {
	requires root cgroup2
	running
	mcrun events --stats "$ID"
	assert_success
	assert_equal "$stderr" "" stderr
	assert_equal "${#lines[@]}" 1 lines
	assert_equal "$(shape "$output")" ""
	exact
}

@test "events prints a line each interval, and ends when the container does" {
	requires root cgroup2
	running
	mcrun_bg events --interval 100ms "$ID"
	local out=$OUT
	wait_for has_lines "$out" 3
	mcrun kill "$ID" KILL
	join_bg
	assert_success
	local line
	for line in "${lines[@]}"; do
		assert_equal "$(shape "$line")" ""
		output=$line
		exact
	done
}

has_lines() {
	[ "$(grep -c '' "$1")" -ge "$2" ]
}

# bats test_tags=mcrun
@test "the first line of events comes at once" {
	requires mcrun root cgroup2
	running
	mcrun_bg events "$ID"
	wait_for has_lines "$OUT" 1
	mcrun kill "$ID" KILL
	join_bg
	assert_success
}

@test "an interval is a time as Go writes it" {
	requires root cgroup2
	running
	local time
	for time in 5s 500ms 1m30s 1.5h 1h2m3s4ms; do
		mcrun events --stats --interval "$time" "$ID"
		assert_success
	done
	for time in 0s 5x -1s "" s; do
		mcrun events --stats --interval "$time" "$ID"
		assert_failure
	done
}

# bats test_tags=mcrun
@test "an interval may be a number of seconds alone" {
	requires mcrun root cgroup2
	running
	mcrun events --stats --interval 3 "$ID"
	assert_success
}

@test "events of a container that has ended, or does not exist, says so" {
	requires root cgroup2
	mcrun events "$ID"
	assert_failure
	assert_has "$stderr" "does not exist"
	running
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	mcrun events --stats "$ID"
	assert_failure
	assert_says "not running" stopped
}

@test "events without an id is an error" {
	mcrun events
	assert_failure
}

# bats test_tags=mcrun
@test "without a cgroup of its own nothing of a container is counted, and the error says so" {
	requires mcrun
	config 'del(.linux.resources, .linux.cgroupsPath)'
	mcrun --cgroup-manager disabled create --bundle "$BUNDLE" "$ID"
	mcrun events --stats "$ID"
	assert_failure
	assert_has "$stderr" "no cgroup of its own"
}

@test "processor time is that of cpu.stat, in nanoseconds" {
	requires root cgroup2
	config_sh 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; echo ready; sleep 1000'
	create_ok
	local created=$OUT before after got
	start_ok
	wait_for file_has "$created" ready
	before=$(awk '$1 == "usage_usec" { print $2 * 1000 }' "$(cgroup2_mount)/$ID/cpu.stat")
	mcrun events --stats "$ID"
	after=$(awk '$1 == "usage_usec" { print $2 * 1000 }' "$(cgroup2_mount)/$ID/cpu.stat")
	got=$(jq .data.cpu.usage.total <<<"$output")
	assert [ "$got" -gt 0 ]
	assert [ "$got" -ge "$before" ]
	assert [ "$got" -le "$after" ]
}

@test "limits come back as they were given" {
	requires root controller:memory controller:pids controller:cpu swap
	config '.linux.resources += {memory: {limit: 67108864, swap: 100663296}, pids: {limit: 40}}'
	running
	mcrun events --stats "$ID"
	assert_success
	assert_equal "$(jq -c '.data | [.memory.usage.limit, .memory.swap.limit, .pids.limit, .pids.current]' <<<"$output")" \
		"[67108864,100663296,40,1]"
	assert jq -e '.data.memory | .usage.usage > 0 and .usage.usage < 67108864 and .swap.usage >= .usage.usage
		and .raw.anon > 0 and .raw.file >= 0 and .cache == .raw.file' <<<"$output"
}

@test "no limit is the largest number of memory, and none of pids" {
	requires root controller:memory controller:pids
	config '.linux.resources += {memory: {limit: -1}, pids: {limit: -1}}'
	running
	mcrun events --stats "$ID"
	assert_has "$output" '"limit":18446744073709551615'
	assert_equal "$(jq -c '.data.pids.limit // 0' <<<"$output")" 0
}

@test "the cpus and memory nodes that a container may use are lists of numbers" {
	requires root controller:cpuset
	config '.linux.resources += {cpu: {cpus: "0", mems: "0"}}'
	running
	mcrun events --stats "$ID"
	assert_equal "$(jq -c '.data.cpuset | [.cpus, .mems]' <<<"$output")" "[[0],[0]]"
}

@test "what a container reads and writes of a device is counted" {
	requires root controller:io tool:mkfs.ext4
	truncate -s 20M "$T/disk"
	mkfs.ext4 -q "$T/disk"
	mkdir "$T/mounted"
	mount -o loop "$T/disk" "$T/mounted"
	config --arg m "$T/mounted" '.mounts += [{destination: "/mnt", type: "bind", source: $m, options: ["bind", "rw"]}]
		| .linux.resources.unified = {"io.weight": "default 50"}'
	config_sh 'dd if=/dev/zero of=/mnt/file bs=1M count=4 conv=fsync 2>/dev/null; echo ready; sleep 1000'
	create_ok
	local created=$OUT
	start_ok
	wait_for file_has "$created" ready
	mcrun events --stats "$ID"
	local what=$output
	mcrun delete --force "$ID"
	umount "$T/mounted"
	assert jq -e '[.data.blkio.ioServiceBytesRecursive[]? | select(.op == "Write") | .value] | max >= 4194304' <<<"$what"
	assert jq -e '[.data.blkio.ioServicedRecursive[]? | select(.op == "Write") | .value] | max > 0' <<<"$what"
}

@test "pressure is told where the kernel counts it" {
	requires root unified
	[ -r /proc/pressure/cpu ] && cat /proc/pressure/cpu >/dev/null 2>&1 || skip "needs a kernel with pressure (psi=1)"
	requires controller:memory controller:io
	config '.linux.resources += {memory: {limit: 67108864}, unified: {"io.weight": "default 50"}}'
	running
	mcrun events --stats "$ID"
	assert jq -e '.data.cpu.psi.some.total >= 0 and .data.memory.psi.full.avg10 >= 0 and .data.blkio.psi.some.avg60 >= 0' <<<"$output"
}

@test "huge pages are counted by their size" {
	requires root controller:hugetlb
	running
	mcrun events --stats "$ID"
	assert jq -e '.data.hugetlb["2MB"] | .usage == 0 and .failcnt == 0' <<<"$output"
}

@test "a process that the OOM killer ends is told, and the container goes on" {
	requires root controller:memory
	config '.linux.resources += {memory: {limit: 20971520, swap: 20971520}}'
	config_sh 'read -r x </tmp/go; tail /dev/zero; echo went on; sleep 1000'
	mkfifo "$BUNDLE/rootfs/tmp/go"
	create_ok
	local created=$OUT
	start_ok
	mcrun_bg events --interval 1h "$ID"
	local out=$OUT
	[ "$RUNTIME_NAME" != mcrun ] || wait_for has_lines "$out" 1
	echo go >"$BUNDLE/rootfs/tmp/go"
	wait_for file_has "$created" "went on"
	wait_for file_has "$out" '"oom"'
	assert_equal "$(grep '"oom"' "$out" | jq -c .)" "{\"type\":\"oom\",\"id\":\"$ID\"}"
	assert_equal "$(state_of)" running
	mcrun kill "$ID" KILL
	join_bg
	assert_success
}

# bats test_tags=mcrun
@test "an init that the OOM killer ends is told before events ends" {
	requires mcrun root controller:memory
	config '.linux.resources += {memory: {limit: 20971520, swap: 20971520}}'
	config_sh 'read -r x </tmp/go; exec tail /dev/zero'
	mkfifo "$BUNDLE/rootfs/tmp/go"
	create_ok
	start_ok
	mcrun_bg events --interval 1h "$ID"
	wait_for has_lines "$OUT" 1
	echo go >"$BUNDLE/rootfs/tmp/go"
	join_bg
	assert_success
	assert_equal "$(tail -n 1 <<<"$output" | jq -c .)" "{\"type\":\"oom\",\"id\":\"$ID\"}"
}
