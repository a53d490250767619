#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Namespaces: new, joined by path, and what is refused.

load helpers

# ns_of FILE [PID]: which namespace that is.
ns_of() {
	readlink "/proc/${2:-self}/ns/$1"
}

# The name under /proc/PID/ns of a type of the spec.
ns_file() {
	case $1 in
	network) echo net ;;
	mount) echo mnt ;;
	*) echo "$1" ;;
	esac
}

@test "pid, network, ipc, uts, mount and cgroup namespaces are new" {
	config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup"}]'
	run_sh 'for n in pid net ipc uts mnt cgroup; do readlink /proc/self/ns/$n; done'
	local name
	for name in pid net ipc uts mnt cgroup; do
		assert_has "$output" "$name:["
		assert_has_not "$output" "$(ns_of "$name")"
	done
}

@test "what is not listed is inherited" {
	config '.linux.namespaces = [{type: "mount"}] | del(.hostname) | .linux.maskedPaths = [] | .linux.readonlyPaths = []
	  | (.mounts[] | select(.destination == "/sys")) |= {destination: "/sys", type: "none", source: "/sys", options: ["rbind", "ro"]}
	  | del(.mounts[] | select(.destination == "/dev/mqueue" or .type == "cgroup"))'
	run_sh 'for n in pid net ipc uts cgroup user mnt; do readlink /proc/self/ns/$n; done'
	local name
	for name in pid net ipc uts cgroup user; do
		assert_line "$(ns_of "$name")"
	done
	assert_has_not "$output" "$(ns_of mnt)"
}

@test "the program is process 1 of a new pid namespace" {
	run_sh 'echo $$; ls -d /proc/[0-9]* | grep -c "^/proc/1$"'
	assert_output "$(printf '1\n1')"
}

@test "a new network namespace has a loopback device and nothing else" {
	run_sh 'ls /sys/class/net'
	assert_output lo
}

@test "a new ipc namespace does not see the queues of the host" {
	run_sh 'readlink /proc/self/ns/ipc; ls /dev/mqueue | wc -l'
	assert_has_not "$output" "$(ns_of ipc)"
}

@test "network, ipc, uts and cgroup namespaces are joined by path" {
	hold --net --ipc --uts --cgroup
	config --arg p "/proc/$HOLDER/ns/" '.linux.namespaces = [{type: "pid"}, {type: "mount"},
		{type: "network", path: ($p + "net")}, {type: "ipc", path: ($p + "ipc")},
		{type: "uts", path: ($p + "uts")}, {type: "cgroup", path: ($p + "cgroup")}] | del(.hostname)'
	run_sh 'for n in net ipc uts cgroup; do readlink /proc/self/ns/$n; done'
	local name
	for name in net ipc uts cgroup; do
		assert_line "$(ns_of "$name" "$HOLDER")"
	done
}

@test "a pid namespace is joined by path: the program lives among the others there" {
	create_ok
	start_ok
	local other
	other=$(pid_of)
	config --arg p "/proc/$other/ns/pid" '(.linux.namespaces[] | select(.type == "pid")).path = $p
		| .linux.cgroupsPath += "-2"'
	config_sh 'readlink /proc/self/ns/pid; cat /proc/1/comm; echo $$'
	mcrun run --bundle "$BUNDLE" "$ID-2"
	assert_success
	assert_equal "${lines[0]}" "$(ns_of pid "$other")"
	assert_equal "${lines[1]}" sleep
	assert [ "${lines[2]}" -gt 1 ]
	assert kill -0 "$other"
}

@test "the state's pid of a container in a joined pid namespace is the host's" {
	create_ok
	start_ok
	config --arg p "/proc/$(pid_of)/ns/pid" '(.linux.namespaces[] | select(.type == "pid")).path = $p
		| .linux.cgroupsPath += "-2"'
	mcrun create --bundle "$BUNDLE" "$ID-2"
	assert_success
	assert_equal "$(ns_of pid "$(pid_of "$ID-2")")" "$(ns_of pid "$(pid_of)")"
	mcrun start "$ID-2"
	assert_success
	mcrun kill "$ID-2" KILL
	wait_for is_status stopped "$ID-2"
}

# join_mounts PATH: the container lives in this mount namespace.
join_mounts() {
	config --arg p "$1" '.linux.namespaces = [{type: "mount", path: $p}, {type: "pid"}]
		| del(.hostname) | .mounts |= map(select(.destination == "/proc"))
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
}

@test "a mount namespace is joined by path, and those who live there keep their root" {
	hold --mount
	join_mounts "/proc/$HOLDER/ns/mnt"
	config_sh "readlink /proc/self/ns/mnt; test -d $T -o -d /boot || echo inside"
	run_container
	assert_success
	assert_output "$(readlink "/proc/$HOLDER/ns/mnt")"$'\n'inside
	assert test -d "/proc/$HOLDER/root/usr/bin"
	assert_equal "$(nsenter --target "$HOLDER" --mount stat -c %i /usr)" "$(stat -c %i /usr)" "the others' /usr"
}

# bats test_tags=mcrun
@test "the mount namespace that mcrun runs in is no container's" {
	requires mcrun
	join_mounts /proc/self/ns/mnt
	run_container
	assert_failure
	assert_says /linux/namespaces/0/path "the mount namespace that mcrun runs in"
	assert_nothing_left
}

@test "a user namespace is joined by path" {
	requires userns
	hold --user --map-root-user
	config --arg p "/proc/$HOLDER/ns/user" '.linux.namespaces += [{type: "user", path: $p}]
		| .mounts |= map(select(.destination == "/proc" or .destination == "/dev"))'
	run_sh 'readlink /proc/self/ns/user; id -u'
	assert_equal "${lines[0]}" "$(ns_of user "$HOLDER")"
	assert_equal "${lines[1]}" 0
}

@test "a new user namespace has the maps that are listed, in their order" {
	requires userns
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 5000, hostID: 200000, size: 10}]
		| .linux.gidMappings = [{containerID: 0, hostID: 300000, size: 2000}]'
	chown 100000:300000 "$BUNDLE/rootfs"
	run_sh 'awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map /proc/self/gid_map; id -u; id -g'
	assert_output "$(printf '%s\n' '0 100000 1000' '5000 200000 10' '0 300000 2000' 0 0)"
}

@test "root of a user namespace is the mapped id on the host" {
	requires userns
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	create_ok
	assert_equal "$(awk '/^Uid/ { print $2 }' "/proc/$(pid_of)/status")" 100000 "uid of the created process"
	start_ok
	assert_equal "$(awk '/^Uid/ { print $2 }' "/proc/$(pid_of)/status")" 100000 uid
}

@test "devices, mqueue, sysfs and hooks work in a user namespace" {
	requires userns
	config --arg log "$T/hook" '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "id -u >\($log)"]}]'
	run_sh 'echo x >/dev/null && head -c 1 /dev/zero | wc -c; ls /dev/mqueue; test -d /sys/class && echo sys'
	assert_output "$(printf '1\nsys')"
	assert_equal "$(cat "$T/hook")" "$(id -u)" "uid of the hook"
}

@test "new namespaces belong to the new user namespace" {
	requires userns
	config '.linux.namespaces += [{type: "user"}] | .process.capabilities.bounding += ["CAP_SYS_ADMIN"]
		| .process.capabilities.permitted += ["CAP_SYS_ADMIN"] | .process.capabilities.effective += ["CAP_SYS_ADMIN"]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	run_sh 'hostname changed && hostname'
	assert_output changed
}

@test "the cgroup namespace begins at the container's own cgroup" {
	config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup"}]'
	run_sh 'grep ^0:: /proc/self/cgroup'
	assert_output 0::/
}

@test "a mount of type cgroup shows the root of a joined cgroup namespace" {
	requires root
	local outer
	outer=$(cgroup2_mount)/$ID-outer
	mkdir "$outer" "$outer/inner"
	sh -c 'echo 0 >"$1/cgroup.procs"; exec unshare --cgroup sh -c "echo ready; exec sleep 1000"' sh "$outer" \
		>"$T/holder" 3>&- &
	HOLDER=$!
	own_pid "$HOLDER"
	wait_for file_has "$T/holder" ready
	config --arg p "/proc/$HOLDER/ns/cgroup" '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup", path: $p}]'
	config_sh 'cd /sys/fs/cgroup && ls -d inner *-outer 2>/dev/null'
	run_container
	kill -KILL "$HOLDER"
	wait_for rmdir "$outer/inner"
	wait_for rmdir "$outer"
	assert_output inner
}

@test "a time namespace has its offsets" {
	requires timens
	config '.linux.namespaces += [{type: "time"}]
		| .linux.timeOffsets = {monotonic: {secs: 1000, nanosecs: 5}, boottime: {secs: 864000}}'
	run_sh 'cut -d. -f1 /proc/uptime; awk "{ print \$1, \$2, \$3 }" /proc/self/timens_offsets'
	assert [ "${lines[0]}" -ge 864000 ]
	assert_line "monotonic 1000 5"
	assert_line "boottime 864000 0"
}

@test "a time namespace is joined by path" {
	requires timens
	hold --time --boottime 500000
	config --arg p "/proc/$HOLDER/ns/time_for_children" '.linux.namespaces += [{type: "time", path: $p}]'
	run_sh 'cut -d. -f1 /proc/uptime'
	assert [ "$output" -ge 500000 ]
}

@test "timeOffsets without a new time namespace are refused" {
	config '.linux.timeOffsets = {monotonic: {secs: 1}}'
	create
	assert_refused /linux/timeOffsets
}

@test "a namespace path of another type is refused" {
	hold --net --ipc --uts
	local type file
	for type in network ipc uts; do
		file=$(ns_file "$type")
		[ "$file" = ipc ] && file=uts || file=ipc
		config --arg t "$type" --arg p "/proc/$HOLDER/ns/$file" \
			'.linux.namespaces |= map(select(.type != $t)) + [{type: $t, path: $p}] | del(.hostname)'
		create
		assert_refused /linux/namespaces "$type"
		config --arg t "$type" '.linux.namespaces |= map(select(.type != $t)) + [{type: $t}]'
	done
}

@test "a namespace path that is no namespace, or is missing, is refused" {
	config --arg p "$T/missing" '(.linux.namespaces[] | select(.type == "network")).path = $p'
	create
	assert_refused /linux/namespaces/1 "$T/missing"
	touch "$T/plain"
	config --arg p "$T/plain" '(.linux.namespaces[] | select(.type == "network")).path = $p'
	create
	assert_refused /linux/namespaces/1 "$T/plain"
}

@test "a joined namespace is still there when the container is deleted" {
	hold --net --uts
	config --arg p "/proc/$HOLDER/ns/" '(.linux.namespaces[] | select(.type == "network")).path = $p + "net"
		| (.linux.namespaces[] | select(.type == "uts")).path = $p + "uts" | del(.hostname)'
	create_ok
	mcrun delete --force "$ID"
	assert_success
	assert nsenter --target "$HOLDER" --net --uts true
}

@test "a file that a namespace was bound to can be joined" {
	requires root
	touch "$T/netns"
	# In a mount namespace of its own: the machine's mounts stay as they are.
	config --arg p "$T/netns" '(.linux.namespaces[] | select(.type == "network")).path = $p'
	config_args readlink /proc/self/ns/net
	output=$(MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
		unshare --net sh -c "readlink /proc/self/ns/net; mount --bind /proc/self/ns/net $1" sh "$1" &&
		exec timeout -k 2 "$2" "$3" --root "$4" run --bundle "$5" "$6"' \
		sh "$T/netns" "$LIMIT" "$RUNTIME" "$ROOT" "$BUNDLE" "$ID" 3>&-)
	mapfile -t lines <<<"$output"
	assert_equal "${lines[1]}" "${lines[0]}" "network namespace"
}
