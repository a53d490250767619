#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Kernels and sandboxes around mcrun that lack a system call, or refuse it: what mcrun has another way for works all the
# same, with the same result; for the rest there is one message, and nothing is left.

load helpers

# bats file_tags=mcrun

setup() {
	setup_bundle
	requires mcrun root
	REAL=$(command -v "$RUNTIME")
}

# without CALL[=ERRNO]...: from here on mcrun, and all that it starts, gets ENOSYS for these calls, or that error.
without() {
	find_tool nosys
	printf '#!/usr/bin/env bash\nexec %q %s -- %q "$@"\n' "$TOOL" "$*" "$REAL" >"$T/runtime"
	chmod +x "$T/runtime"
	RUNTIME=$T/runtime
}

assert_in_cgroup() {
	assert grep -qx "$(pid_of)" "$(cgroup2_mount)/$ID/cgroup.procs"
}

# A life from create to delete, with a look at the cgroup.
assert_lives() {
	create_ok
	assert_in_cgroup
	start_ok
	wait_for is_status running
	assert_in_cgroup
	mcrun delete --force "$ID"
	assert_success
	assert_nothing_left
}

@test "what these tests take away is away, and from the container too" {
	find_tool syscall
	local syscall=$TOOL
	without clone3 keyctl=1
	assert_equal "$("$TOOL" clone3 keyctl=1 -- "$syscall" 435 0 0)" 38 clone3	# ENOSYS
	assert_equal "$("$TOOL" clone3 keyctl=1 -- "$syscall" 436 9 8 0)" 22 close_range	# EINVAL: it is there
	run_sh 'grep ^Seccomp: /proc/self/status | tr "\t" " "'
	assert_output "Seccomp: 2"
}

@test "clone3, close_range, openat2 or keyctl missing, or all of them: a container lives, in its cgroup" {
	local calls
	for calls in clone3 close_range openat2 keyctl "clone3 close_range openat2 keyctl"; do
		without "$calls"
		assert_lives
	done
}

@test "close_range, openat2 or keyctl refused with EPERM, or all of them: a container lives, in its cgroup" {
	local calls
	for calls in close_range=1 openat2=1 keyctl=1 "close_range=1 openat2=1 keyctl=1"; do
		without "$calls"
		assert_lives
	done
}

@test "without clone3 the program is in its cgroup from its first instruction, and its cgroup namespace begins there" {
	without clone3
	run_sh 'grep ^0:: /proc/self/cgroup'
	assert_equal "${output##*/}" "$ID" cgroup
	config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup"}]'
	run_sh 'grep ^0:: /proc/self/cgroup; readlink /proc/self/ns/cgroup'
	assert_equal "${lines[0]}" 0::/
	refute [ "${lines[1]}" = "$(readlink /proc/self/ns/cgroup)" ]
}

@test "without clone3 all namespaces are as new as with it" {
	requires userns
	without clone3
	config '.linux.namespaces += [{type: "user"}, {type: "cgroup"}] | .linux.namespaces |= unique_by(.type)
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
	run_sh 'for n in pid net ipc uts mnt cgroup user; do readlink /proc/self/ns/$n; done; echo $$'
	local name
	for name in pid net ipc uts mnt cgroup user; do
		assert_has "$output" "$name:["
		assert_has_not "$output" "$(readlink "/proc/self/ns/$name")"
	done
	assert_line 1
}

@test "without clone3 a container that joins a user namespace is in its cgroup" {
	requires userns
	hold --user --map-root-user --net
	without clone3
	config --arg p "/proc/$HOLDER/ns/" '.linux.namespaces |= map(select(.type != "network" and .type != "cgroup"))
			+ [{type: "user", path: ($p + "user")}, {type: "network", path: ($p + "net")}, {type: "cgroup"}]
		| .mounts |= map(select(.destination == "/proc" or .destination == "/dev"))'
	assert_lives
	run_sh 'readlink /proc/self/ns/user; grep ^0:: /proc/self/cgroup'
	assert_line "$(readlink "/proc/$HOLDER/ns/user")"
	assert_line 0::/
}

@test "with clone3 a container that joins a user namespace is in its cgroup, too" {
	requires userns
	hold --user --map-root-user --net
	config --arg p "/proc/$HOLDER/ns/" '.linux.namespaces |= map(select(.type != "network"))
			+ [{type: "user", path: ($p + "user")}, {type: "network", path: ($p + "net")}]
		| .mounts |= map(select(.destination == "/proc" or .destination == "/dev"))'
	assert_lives
}

@test "without clone3, openat2 or close_range exec is in the container, and in its cgroup" {
	requires command:exec userns
	local calls userns
	for userns in false true; do
		config --argjson u "$userns" 'if $u then .linux.namespaces += [{type: "user"}]
			| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings
			else . end'
		RUNTIME=$REAL running
		for calls in clone3 "close_range openat2" "clone3 close_range=1 openat2=1 keyctl=1"; do
			without "$calls"
			inside --detach --pid-file "$T/pid" "$ID" sleep 1000
			assert grep -qx "$(cat "$T/pid")" "$(cgroup2_mount)/$ID/cgroup.procs"
			assert_equal "$(readlink "/proc/$(cat "$T/pid")/ns/pid")" "$(readlink "/proc/$(pid_of)/ns/pid")"
			inside --tty "$ID" ls -1 /proc/self/fd
			assert_output "$(printf '0\n1\n2\n3')"
		done
		mcrun delete --force "$ID"
	done
}

@test "without clone3 a time namespace with offsets is made as it is with it" {
	requires timens
	without clone3
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 864000}}'
	run_sh 'cut -d. -f1 /proc/uptime; readlink /proc/self/ns/time'
	assert [ "${lines[0]}" -ge 864000 ]
	refute [ "${lines[1]}" = "$(readlink /proc/self/ns/time)" ]
	assert_nothing_left
}

@test "without clone3 a time namespace without offsets is made, or refused by its name" {
	requires timens
	without clone3
	config '.linux.namespaces += [{type: "time"}]'
	config_args readlink /proc/self/ns/time
	run_container
	if [ "$status" -eq 0 ]; then
		refute [ "$output" = "$(readlink /proc/self/ns/time)" ]
		assert_nothing_left
	else
		assert_refused /linux/namespaces time
	fi
}

@test "without clone3 an idmapped mount is made, or refused by its place" {
	without clone3
	mkdir "$T/source"
	config --arg s "$T/source" '.mounts += [{destination: "/mnt", source: $s, options: ["bind", "idmap"],
		uidMappings: [{containerID: 0, hostID: 5000, size: 1}], gidMappings: [{containerID: 0, hostID: 6000, size: 1}]}]'
	config_sh 'stat -c "%u %g" /mnt'
	run_container
	if [ "$status" -eq 0 ]; then
		assert_output "5000 6000"
	else
		assert_refused /mounts/ idmapped
	fi
}

@test "without close_range no descriptor of the caller reaches the program" {
	local calls
	config_args ls /proc/self/fd
	exec 7</etc/passwd 8</ 9>"$T/nine"
	for calls in close_range close_range=1; do
		without "$calls"
		run_container
		assert_success
		assert_output "$(printf '0\n1\n2\n3')"
	done
	exec 7<&- 8<&- 9>&-
}

@test "without openat2 no symlink of the root file system leads to the host" {
	without openat2
	mkdir "$T/host" "$T/source"
	echo inside >"$T/source/file"
	ln -s "$T/host" "$BUNDLE/rootfs/out"
	ln -s ../../../../../../../../real "$BUNDLE/rootfs/data/link"
	config --arg s "$T/source" '.mounts += ["/out/one", "/data/link/two" | {destination: ., source: $s, options: ["bind"]}]'
	run_sh 'cat /real/two/file'
	assert_output inside
	assert_equal "$(ls -A "$T/host")" "" "what was made on the host"
}

@test "without openat2 sysctls are set" {
	local calls
	config '.linux.sysctl = {"net.ipv4.ip_default_ttl": "79"}'
	for calls in openat2 openat2=1; do
		without "$calls"
		run_sh 'cat /proc/sys/net/ipv4/ip_default_ttl'
		assert_output 79
	done
}

# --- what mcrun has no other way for -----------------------------------------------------------

# missing COMMAND...: it fails, in one line that says which Linux it takes.
missing() {
	mcrun "$@"
	assert_failure
	assert_equal "$(grep -c '' "$ERR")" 1 "lines on stderr"
	assert_says "Function not implemented" "Linux 5.12"
}

@test "without a call of the mount API create fails at what it is for, the message says which Linux has it" {
	local call at
	while read -r call at; do
		without "$call"
		create
		assert_refused "$at" "Function not implemented" "Linux 5.12"
		without "$call=1"
		create
		assert_refused "$at" "not permitted"
		assert_has_not "$stderr" "Linux 5.12"
	done <<-'EOS'
		fsopen /mounts/0
		fsconfig /mounts/0
		fsmount /mounts/0
		open_tree /root/path
		move_mount /root/path
		mount_setattr /linux/rootfsPropagation
	EOS
}

@test "without fspick a mount is not changed afterwards, which is told" {
	config '.mounts += [{destination: "/proc", options: ["remount", "hidepid=2"]}]'
	create_ok
	mcrun delete --force "$ID"
	without fspick
	create
	assert_refused /mounts/ /proc "Linux 5.12"
}

@test "without PR_SET_MM_MAP (CONFIG_CHECKPOINT_RESTORE) mcrun starts a second time, from where nobody writes" {
	requires tool:strace tool:python3
	cp "$REAL" "$T/mcrun"
	REAL=$T/mcrun
	without PR_SET_MM=22
	strace -f -o "$T/calls" -e trace=execve,execveat,prctl \
		"$RUNTIME" --root "$ROOT" create -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 3>&- 4>&- &
	local tracer=$!
	own_pid "$tracer"
	wait_for is_status created
	assert grep -q 'PR_SET_MM.*EINVAL' "$T/calls"
	assert grep -q 'execveat(.*AT_EMPTY_PATH) = 0' "$T/calls"
	python3 -c 'import os, sys; sys.exit(not os.statvfs(sys.argv[1]).f_flag & os.ST_RDONLY)' "/proc/$(pid_of)/exe" 3>&- ||
		fail "the binary behind init is writable"
	mcrun delete --force "$ID"
	wait_for pid_gone "$tracer"
}

@test "without open_tree, mount_setattr or memfd_create exec is executed from where nobody writes; without two of them it says so" {
	requires command:exec
	cp "$REAL" "$T/mcrun"			# where the file system is read-only it needs no copy of itself
	REAL=$T/mcrun
	RUNTIME=$REAL running
	local calls
	for calls in open_tree mount_setattr=1 memfd_create; do
		without "$calls"
		inside "$ID" true
	done
	for calls in "open_tree memfd_create" "mount_setattr memfd_create"; do
		without "$calls"
		missing exec "$ID" true
		assert_says "read-only copy of mcrun itself"
	done
}

@test "without pidfd_open a container is made and ended; what has to reach its init says that it cannot" {
	requires command:exec
	without pidfd_open
	create_ok
	local words
	echo '[]' >"$T/mounts.json"
	for words in "start $ID" "kill $ID TERM" "events --stats $ID" "ps $ID" "mounts add $ID $T/mounts.json" "checkpoint $ID"; do
		missing $words
	done
	mcrun exec "$ID" true
	not_started "reach the init" "Linux 5.12"
	mcrun state "$ID"
	assert_success
	mcrun delete --force "$ID"
	assert_success
	assert_nothing_left
}

@test "without pidfd_send_signal a container lives; kill says that it cannot" {
	without pidfd_send_signal
	create_ok
	start_ok
	missing kill "$ID" TERM
	assert is_status running
	mcrun delete --force "$ID"
	assert_success
	assert_nothing_left
}

@test "without a cgroup and either of the two delete --force keeps the record of who could not be ended" {
	local call
	for call in pidfd_open pidfd_send_signal; do
		config 'del(.linux.resources, .linux.cgroupsPath)'
		RUNTIME=$REAL mcrun --cgroup-manager disabled run --detach --bundle "$BUNDLE" "$ID"
		assert_success
		without "$call"
		missing delete --force "$ID"
		RUNTIME=$REAL
		assert is_status running
		mcrun delete --force "$ID"
		assert_success
		assert_nothing_left
	done
}

@test "without seccomp a container without a profile lives, one with a profile does not start" {
	without seccomp
	assert_lives
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	run_container
	assert_refused /linux/seccomp "load the filter" "Linux 5.12"
	create_ok
	missing start "$ID"
	mcrun delete --force "$ID"
	assert_nothing_left
}

@test "without bpf a container that may use every device lives, another is refused" {
	config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	without bpf
	assert_lives
	config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
	create
	assert_refused /linux/resources/devices "device program" "Linux 5.12"
}

@test "without setns by a pidfd (Linux 5.8) exec says that it cannot join" {
	requires command:exec
	RUNTIME=$REAL running
	without setns=22
	mcrun exec "$ID" true
	not_started join namespace
	without setns
	mcrun exec "$ID" true
	not_started join namespace "Linux 5.12"
}
