#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# containerd through ctr, its own small client: what the shim and mcrun have to say to each other.

load helpers

image=$(e image ls -q | head -n 1)	# the one of the suite, by its full name

# Prints the terminal's size as soon as there is one: ctr tells it to a program that runs already.
size='until s=$(stty size 2>/dev/null) && [ "$s" ]; do sleep 0.1; done; echo "$s"'

# start [OPTION...] -- COMMAND...: a task that stays, called $C.
start() {
	local options=()
	while [[ $1 != -- ]]; do options+=("$1"); shift; done
	shift
	e run -d --runc-binary "$RUNTIME" "${options[@]}" "$image" "$C" "$@"
}

# once [OPTION...] -- COMMAND...: in the foreground.
once() {
	local options=()
	while [[ $1 != -- ]]; do options+=("$1"); shift; done
	shift
	e run --rm --runc-binary "$RUNTIME" "${options[@]}" "$image" "$C-once" "$@"
}

# task COLUMN: of the list of tasks, for $C.
task() { e task ls | awk -v id="$C" -v n="$1" '$1 == id { print $n }'; }
pid() { task 2; }
status_is() { [[ $(task 3) == "$1" ]]; }

# ctr gives a container no cgroup file system: looked at from outside.
cgroup() { echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid)/cgroup")"; }

# bats test_tags=core
@test "ctr run: output and status; a program that is not there" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	run once -- sh -c 'echo out; exit 7'
	assert_status 7
	assert_has out
	run once -- no-such-program
	[ "$status" -ne 0 ]
	assert_has 'executable file not found in $PATH'
}

# bats test_tags=core
@test "ctr run -t: a terminal, its size" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	run terminal_e 'expect=24 80' -- run --rm -t --runc-binary "$RUNTIME" "$image" "$C" sh -c "tty; $size; exit 4"
	assert_status 4
	assert_has /dev/pts/0
}

# bats test_tags=core
@test "ctr task: exec, ps, pause, resume, kill, its exit status, rm" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	start -- sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
	run e task exec --exec-id one "$C" sh -c 'echo inside; exit 3'
	assert_status 3
	assert_has inside
	run terminal_e 'expect=24 80' -- task exec --exec-id two -t "$C" sh -c "$size; exit 6"
	assert_status 6
	run e task ps "$C"
	assert_success
	e task pause "$C"
	status_is PAUSED
	e task resume "$C"
	status_is RUNNING
	e task kill -s TERM "$C"
	wait_for status_is STOPPED
	run e task rm "$C"
	assert_has "exit code 5"
}

# bats test_tags=core
@test "ctr: mounts, read-only, environment, folder, capabilities, the default seccomp profile" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	mkdir "$T/src"
	echo hello >"$T/src/file"
	run once --mount "type=bind,src=$T/src,dst=/in,options=rbind:ro" --read-only --env A=b --cwd /tmp \
		--cap-add CAP_SYS_ADMIN --seccomp -- \
		sh -c 'cat /in/file; touch /in/no /no 2>/dev/null && echo bad; echo $A $(pwd); grep ^Seccomp: /proc/self/status'
	assert_has hello "b /tmp" "Seccomp:"$'\t'2
}

@test "ctr: namespaces of containerd are state roots of their own" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	e -n other image import "$ENGINES_WORK/image.tar" >/dev/null
	start -- sleep 1000
	e -n other run -d --runc-binary "$RUNTIME" "$image" "$C" sleep 1000
	[ -d "/run/containerd/runc/default/$C" ]
	[ -d "/run/containerd/runc/other/$C" ]
	e -n other task rm -f "$C"
	e -n other container rm "$C"
	status_is RUNNING
}

@test "ctr: memory limit, and what metrics say of it" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	requires controller:memory
	start --memory-limit 67108864 -- sleep 1000
	assert_equal "$(<"$(cgroup)/memory.max")" 67108864
	run e task metrics "$C"
	assert_has memory.usage_limit 67108864
}

@test "ctr: user namespaces by --uidmap" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	run once --uidmap 0:100000:65536 --gidmap 0:100000:65536 --remap-labels --snapshotter native -- cat /proc/self/uid_map
	assert_has 100000
}

@test "ctr: who takes too much memory is killed, and an event says so" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	requires controller:memory
	timeout "$LIMIT" ctr events >"$T/events" 3>&- 4>&- &
	local listener=$!
	start --memory-limit 16777216 -- sh -c 'until [ -e /tmp/go ]; do sleep 0.1; done; x=x; while :; do x=$x$x; done'
	echo 0 >"$(cgroup)/memory.swap.max"	# ctr has no option for that
	e task exec --exec-id go "$C" touch /tmp/go
	wait_for grep -q "/tasks/oom.*$C" "$T/events"
	wait_for status_is STOPPED
	run e task rm "$C"
	assert_has "exit code 137"
	kill "$listener"
}

@test "ctr task attach: output and exit status of what runs already" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	start -- sh -c 'until [ -e /tmp/go ]; do sleep 0.1; done; echo attached; exit 3'
	e task attach "$C" >"$T/attached" &
	local attached=$! status=0
	e task exec --exec-id go "$C" touch /tmp/go
	wait "$attached" || status=$?
	assert_status 3
	assert_equal "$(<"$T/attached")" attached
}

@test "ctr: privileged may mount; a device is there for who was given it" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	run once -- mount -t tmpfs none /tmp
	[ "$status" -ne 0 ]
	run once --privileged -- mount -t tmpfs none /tmp
	assert_success
	run once -- test -e /dev/loop-control
	assert_status 1
	run once --device /dev/loop-control -- sh -c ': </dev/loop-control'
	assert_success
}

@test "ctr: cpus and shares, in a cgroup of the shim's or of systemd's" {
	needs ctr
	requires controller:cpu
	start --cpus 0.5 --cpu-shares 512 -- sleep 1000
	assert_equal "$(<"$(cgroup)/cpu.max")" "50000 100000"
	assert_equal "$(<"$(cgroup)/cpu.weight")" 59
	engine_remove "$C"
	requires systemd
	start --runc-systemd-cgroup --cgroup "machine.slice:engines:$C" --cpus 0.5 -- sleep 1000
	assert_equal "$(<"$(cgroup)/cpu.max")" "50000 100000"
	assert_equal "$(cgroup)" "/sys/fs/cgroup/machine.slice/engines-$C.scope"
}

@test "ctr: the host's network, another task's namespace, a folder as root, no pivot_root" {
	needs ctr
	requires controller:cpu	# ctr always asks for cpu shares
	run once --net-host -- readlink /proc/self/ns/net
	assert_output "$(readlink /proc/self/ns/net)"
	start -- sleep 1000
	run once --with-ns "ipc:/proc/$(pid)/ns/ipc" -- readlink /proc/self/ns/ipc
	assert_output "$(readlink "/proc/$(pid)/ns/ipc")"
	run e run --rm --runc-binary "$RUNTIME" --rootfs --no-pivot "$ENGINES_WORK/box" "$C-once" sh -c 'ls -d /data; exit 3'
	assert_status 3
	assert_has /data
}
