#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# runtime.md of the specification, sentence by sentence: one test for each MUST, named after it. The tag says where
# it stands: must:N is step N of the lifecycle, must:WORD the section. Details and hard cases are in the other files.
# What config-linux.md demands of what is between create and delete is marked in the same way where its own tests are:
# must:seccomp in seccomp.bats, must:intelRdt in resctrl.bats, must:netDevices in netdev.bats.

load helpers

has_own_net() {
	[ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$1/ns/net")" ]
}

# A hook of this kind that fails makes create fail, and the lifecycle goes on with steps 12 and 13.
fails_create() {
	hook "$1" 'exit 7'
	hook poststop 'echo poststop >>$LOG'
	config_sh 'echo ran >/ran'
	create
	assert_refused "/hooks/$1/0"
	refute test -e "$BUNDLE/rootfs/ran"
	assert_equal "$(log)" poststop
}

# --- state ----------------------------------------------------------------------------------------

# bats test_tags=must:state
@test "state: ociVersion, id, status, pid and bundle are there, of the schema's types" {
	create_ok
	assert jq -e --arg id "$ID" '(.ociVersion | test("^[0-9]+\\.[0-9]+\\.[0-9]+")) and .id == $id
		and (.status | IN("creating", "created", "running", "stopped")) and (.pid | type == "number" and . > 0)
		and (.bundle | startswith("/")) and (.annotations // {} | type == "object")' <<<"$(state)"
}

# bats test_tags=must:state
@test "state: the id is unique" {
	create_ok
	local pid
	pid=$(pid_of)
	create
	assert_failure
	assert_equal "$(pid_of)" "$pid" "the process of the first"
}

# bats test_tags=must:state
@test "state: status is creating, created, running, stopped, and is true of its moment" {
	hook createRuntime "$RUNTIME --root $ROOT state $ID >\$LOG"
	create_ok
	assert_equal "$(jq -r .status "$T/log")" creating
	assert_equal "$(state_of)" created
	start_ok
	assert_equal "$(state_of)" running
	mcrun kill "$ID" KILL
	wait_for is_status stopped
}

# bats test_tags=must:state
@test "state: pid is there when the container is created or running, and is the container process" {
	create_ok
	assert test -e "/proc/$(pid_of)"
	start_ok
	assert_equal "$(readlink "/proc/$(pid_of)/exe")" /bin/busybox
}

# bats test_tags=must:state
@test "state: hooks in the runtime namespace are told the runtime's pid, those in the container namespace the container's" {
	local kind
	for kind in prestart createRuntime createContainer poststart; do
		hook "$kind" "echo $kind \$(sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p') >>\$LOG"
	done
	hook startContainer "sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p' >/pid"
	create_ok
	local pid
	pid=$(pid_of)
	start_ok
	assert_equal "$(log)" "$(printf '%s\n' "prestart $pid" "createRuntime $pid" "createContainer 1" "poststart $pid")"
	assert_equal "$(cat "$BUNDLE/rootfs/pid")" 1 startContainer
}

# bats test_tags=must:state
@test "state: bundle is the absolute path" {
	cd "$T"
	mcrun create --bundle bundle "$ID"
	assert_success
	assert_equal "$(state | jq -r .bundle)" "$BUNDLE"
}

# --- the lifecycle --------------------------------------------------------------------------------

# bats test_tags=must:1
@test "1: create takes the place of the bundle and an id" {
	create_ok
	assert_equal "$(state | jq -r '"\(.id) \(.bundle)"')" "$ID $BUNDLE"
}

# bats test_tags=must:2
@test "2: the runtime environment is created according to config.json" {
	config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["size=64k"]}]'
	create_ok
	local pid
	pid=$(pid_of)
	assert_equal "$(stat -c %i -L "/proc/$pid/root")" "$(stat -c %i "$BUNDLE/rootfs")" root
	assert grep -q ' /mnt .* - tmpfs ' "/proc/$pid/mountinfo"
	refute test "/proc/$pid/ns/net" -ef /proc/self/ns/net
}

# bats test_tags=must:2
@test "2: an environment that cannot be created is an error, and nothing is left of it" {
	config '.mounts += [{destination: "/mnt", source: "/no/such/folder", options: ["bind"]}]'
	create
	assert_refused /mounts/
	mcrun state "$ID"
	assert_failure
}

# bats test_tags=must:2
@test "2: the program does not run" {
	config_sh 'echo ran >/ran'
	create_ok
	refute test -e "$BUNDLE/rootfs/ran"
	start_ok
	wait_for test -e "$BUNDLE/rootfs/ran"
}

# bats test_tags=must:2
@test "2: updates to config.json after create do not affect the container" {
	config_sh 'echo before >/ran; sleep 1000'
	hook poststop 'echo poststop >>$LOG'
	create_ok
	config_sh 'echo after >/ran'
	config '.hooks = {startContainer: [{path: "/bin/false"}]}'
	start_ok
	wait_for file_has "$BUNDLE/rootfs/ran" before
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(log)" poststop "hooks of delete"
}

# bats test_tags=must:3
@test "3: prestart hooks are invoked by create, in the runtime namespace, before the root is changed" {
	hook prestart 'pid=$(sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p")
		readlink /proc/self/ns/mnt >$LOG; stat -Lc %d:%i / /proc/$pid/root >>$LOG'
	create_ok
	assert_equal "$(head -n 1 "$T/log")" "$(readlink /proc/self/ns/mnt)"
	assert_equal "$(log | sed -n 2p)" "$(log | sed -n 3p)" "the root of the container process at that time"
}

# bats test_tags=must:3
@test "3: a prestart hook that fails: an error, the container is stopped, steps 12 and 13 follow" {
	fails_create prestart
}

# bats test_tags=must:4
@test "4: createRuntime hooks are invoked after the prestart hooks, in the runtime namespace, with the namespaces made" {
	hook createRuntime 'pid=$(sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p"); echo createRuntime >>$LOG
		readlink /proc/self/ns/mnt /proc/$pid/ns/net >>$LOG; grep -c "/rootfs/data" /proc/$pid/mountinfo >>$LOG'
	hook prestart 'echo prestart >>$LOG'
	config '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs"}]'
	create_ok
	assert_equal "$(log)" "$(printf '%s\n' prestart createRuntime "$(readlink /proc/self/ns/mnt)" \
		"$(readlink "/proc/$(pid_of)/ns/net")" 1)"
}

# bats test_tags=must:4
@test "4: a createRuntime hook that fails: an error, the container is stopped, steps 12 and 13 follow" {
	fails_create createRuntime
}

# bats test_tags=must:5
@test "5: createContainer hooks are invoked after createRuntime, in the container namespace, by a path of the runtime" {
	printf '#!/bin/sh\nreadlink /proc/self/ns/mnt /proc/self/ns/net >>%s\nls -d %s >>%s\n' "$T/log" "$BUNDLE" "$T/log" >"$T/hook"
	chmod 755 "$T/hook"
	hook createRuntime 'echo createRuntime >>$LOG'
	config --arg p "$T/hook" '.hooks.createContainer = [{path: $p}]'
	create_ok
	local pid
	pid=$(pid_of)
	assert_equal "$(log)" "$(printf '%s\n' createRuntime "$(readlink "/proc/$pid/ns/mnt")" "$(readlink "/proc/$pid/ns/net")" "$BUNDLE")"
}

# bats test_tags=must:5
@test "5: a createContainer hook that fails: an error, the container is stopped, steps 12 and 13 follow" {
	fails_create createContainer
}

# bats test_tags=must:6
@test "6: start takes the id, and is an error without one" {
	create_ok
	mcrun start
	assert_failure
	assert_equal "$(state_of)" created
	start_ok
}

# bats test_tags=must:6
@test "6: start of a container that is not created is an error and has no effect" {
	create_ok
	start_ok
	local pid
	pid=$(pid_of)
	mcrun start "$ID"
	assert_failure
	assert_equal "$(pid_of) $(state_of)" "$pid running"
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	mcrun start "$ID"
	assert_failure
	assert_equal "$(state_of)" stopped
}

# bats test_tags=must:6
@test "6: start is an error if process was not set, and create is none" {
	config 'del(.process)'
	create_ok
	assert_equal "$(state_of)" created
	mcrun start "$ID"
	assert_failure
	assert_says process
}

# bats test_tags=must:7
@test "7: startContainer hooks are invoked by start, before the program, in the container namespace, by a path of the container" {
	printf '#!/bin/sh\nreadlink /proc/self/ns/mnt >>/log\n' | rootfs_file only-here 0755
	config '.hooks.startContainer = [{path: "/only-here"}]'
	config_sh 'echo program >>/log; sleep 1000'
	create_ok
	refute test -e "$BUNDLE/rootfs/log"
	local mnt
	mnt=$(readlink "/proc/$(pid_of)/ns/mnt")
	start_ok
	wait_for file_has "$BUNDLE/rootfs/log" program
	assert_equal "$(cat "$BUNDLE/rootfs/log")" "$(printf '%s\nprogram' "$mnt")"
}

# bats test_tags=must:7
@test "7: a startContainer hook that fails: an error, the container is stopped, steps 12 and 13 follow" {
	config '.hooks.startContainer = [{path: "/bin/false"}]'
	hook poststop 'echo poststop >>$LOG'
	config_sh 'echo ran >/ran'
	create_ok
	mcrun start "$ID"
	assert_failure
	assert_says /hooks/startContainer/0
	refute test -e "$BUNDLE/rootfs/ran"
	assert_equal "$(log)" poststop
	assert_nothing_left
}

# bats test_tags=must:8
@test "8: the program runs as process says: args, env, cwd, user" {
	config '.process.cwd = "/data" | .process.env += ["WORD=value"] | .process.user = {uid: 1000, gid: 1000}'
	run_sh 'echo "$0 $WORD $PWD $(id -u)"'
	assert_output "sh value /data 1000"
}

# bats test_tags=must:8
@test "8: a program that cannot be run is an error" {
	printf 'no program\n' | rootfs_file text 0755
	config_args /text
	create
	[ "$status" -ne 0 ] || mcrun start "$ID"
	assert_failure
}

# bats test_tags=must:9
@test "9: poststart hooks are invoked after the program is executed and before start returns, in the runtime namespace" {
	hook poststart 'pid=$(sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p"); readlink /proc/$pid/exe /proc/self/ns/mnt >$LOG'
	create_ok
	start_ok
	assert_equal "$(log)" "$(printf '%s\n' /bin/busybox "$(readlink /proc/self/ns/mnt)")"
}

# bats test_tags=must:9
@test "9: a poststart hook that fails: an error, the container is stopped, steps 12 and 13 follow" {
	hook poststart 'exit 7'
	hook poststop 'echo poststop >>$LOG'
	create_ok
	mcrun start "$ID"
	assert_failure
	assert_says /hooks/poststart/0
	assert_equal "$(log)" poststop
	assert_nothing_left
}

# bats test_tags=must:10
@test "10: a process that exits, crashes or is killed: the container is stopped" {
	local program
	for program in true 'kill -SEGV $$' 'sleep 1000'; do
		config_sh "$program"
		create_ok
		start_ok
		[ "$program" != "sleep 1000" ] || mcrun kill "$ID" TERM
		[ "$program" != "sleep 1000" ] || mcrun kill "$ID" KILL
		wait_for is_status stopped
		mcrun delete "$ID"
		assert_success
	done
}

# bats test_tags=must:11
@test "11: delete takes the id, and is an error without one" {
	create_ok
	mcrun delete
	assert_failure
	assert_equal "$(state_of)" created
}

# bats test_tags=must:11
@test "11: delete of a container that is running is an error and has no effect" {
	create_ok
	start_ok
	local pid
	pid=$(pid_of)
	mcrun delete "$ID"
	assert_failure
	assert_equal "$(pid_of) $(state_of)" "$pid running"
}

# bats test_tags=must:12
@test "12: delete removes what create made" {
	config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"}]'
	create_ok
	start_ok
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
	assert_nothing_left
}

# bats test_tags=must:12
@test "12: what belongs to the container but was not made by it is not deleted" {
	mkdir "$T/volume"
	touch "$T/volume/file"
	unshare --net --uts sleep 1000 3>&- &
	local other=$!
	own_pid "$other"
	wait_for has_own_net "$other"
	config --arg p "/proc/$other/ns/net" --arg v "$T/volume" '.mounts += [{destination: "/data", source: $v, options: ["bind"]}]
		| .linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	create_ok
	mcrun delete --force "$ID"
	assert_success
	assert test -e "$T/volume/file" -a -e "$BUNDLE/config.json" -a -e "$BUNDLE/rootfs/bin/busybox"
	assert test -e "/proc/$other/ns/net"
}

# bats test_tags=must:13
@test "13: poststop hooks are invoked after the container is deleted and before delete returns, in the runtime namespace" {
	hook poststop "readlink /proc/self/ns/mnt >\$LOG; $RUNTIME --root $ROOT state $ID >/dev/null 2>&1 || echo none >>\$LOG"
	create_ok
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(log)" "$(printf '%s\nnone' "$(readlink /proc/self/ns/mnt)")"
}

# bats test_tags=must:13
@test "13: a poststop hook that fails is a warning, and the others run" {
	hook poststop 'exit 7'
	hook poststop 'echo second >>$LOG'
	create_ok
	mcrun delete --force "$ID"
	assert_success
	assert_says warning /hooks/poststop/0
	assert_equal "$(log)" second
	assert_nothing_left
}

# --- errors and warnings --------------------------------------------------------------------------

# bats test_tags=must:errors
@test "errors: an error leaves everything as if the operation had never been attempted" {
	create_ok
	local before arguments
	before=$(state)
	for arguments in "start" "create --bundle $BUNDLE $ID" "kill $ID NOSUCH" "start $ID x" "delete"; do
		# shellcheck disable=SC2086
		mcrun $arguments
		assert_failure
		assert_equal "$(state)" "$before" "state after $arguments"
	done
	start_ok
}

# bats test_tags=must:warnings
@test "warnings: a warning does not change the flow" {
	config '.process.capabilities.bounding += ["CAP_NO_SUCH"]'
	run_sh 'echo ran'
	assert_says warning CAP_NO_SUCH
	assert_output ran
}

# --- operations -----------------------------------------------------------------------------------

# bats test_tags=must:query
@test "query state: an error without an id, and for a container that does not exist" {
	mcrun state
	assert_failure
	mcrun state no-such-container
	assert_failure
}

# bats test_tags=must:create
@test "create: an error without an id" {
	mcrun create --bundle "$BUNDLE"
	assert_failure
	assert_nothing_left
}

# bats test_tags=must:create
@test "create: an error for a bundle that is missing" {
	mcrun create --bundle "$T/no-such-bundle" "$ID"
	assert_refused
}

# bats test_tags=must:create
@test "create: an id that is not valid is an error, and no container is made" {
	local id
	for id in .. a/b ''; do
		mcrun create --bundle "$BUNDLE" "$id"
		assert_failure
		assert_nothing_left
	done
}

# bats test_tags=must:create
@test "create: a property that cannot be applied is an error, and no container is made" {
	config '.linux.namespaces |= map(if .type == "uts" then .path = "/proc/self/ns/net" else . end)'
	create
	assert_refused /linux/namespaces/
}

# bats test_tags=must:create
@test "create: process.args is not applied until start" {
	config_sh 'sleep 1000'
	create_ok
	refute grep -qa sleep "/proc/$(pid_of)/cmdline"
	start_ok
	assert grep -qa sleep "/proc/$(pid_of)/cmdline"
}

# bats test_tags=must:start
@test "start: a container that does not exist is an error" {
	mcrun start no-such-container
	assert_failure
}

# bats test_tags=must:kill
@test "kill: an error without an id" {
	mcrun kill
	assert_failure
}

# bats test_tags=must:kill
@test "kill: of a container that is neither created nor running is an error" {
	config_args true
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun kill "$ID" KILL
	assert_failure
	assert_equal "$(state_of)" stopped
	mcrun kill no-such-container KILL
	assert_failure
}

# bats test_tags=must:kill
@test "kill: of a container that is still being created is an error and has no effect" {
	hook createRuntime "$RUNTIME --root $ROOT kill $ID KILL || echo refused >\$LOG"
	create_ok
	assert_equal "$(log)" refused
	assert_equal "$(state_of)" created
}

# bats test_tags=must:kill
@test "kill: sends the signal that is named to the container process" {
	config_sh 'trap "echo usr1 >/got" USR1; echo ready >/ready; while :; do sleep 0.05; done'
	create_ok
	start_ok
	wait_for test -e "$BUNDLE/rootfs/ready"
	mcrun kill "$ID" USR1
	assert_success
	wait_for file_has "$BUNDLE/rootfs/got" usr1
	assert_equal "$(state_of)" running
}

# bats test_tags=must:delete
@test "delete: the id may be used again" {
	create_ok
	mcrun delete --force "$ID"
	assert_success
	create_ok
}

# --- what config.md says of the lifecycle -----------------------------------------------------------

# bats test_tags=must:hooks
@test "hooks: are called in the listed order" {
	local kind n
	for kind in prestart createRuntime createContainer poststart poststop; do
		for n in 1 2 3; do
			hook "$kind" "echo $kind $n >>\$LOG"
		done
	done
	create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_equal "$(log)" "$(printf '%s\n' prestart\ {1,2,3} createRuntime\ {1,2,3} createContainer\ {1,2,3} poststart\ {1,2,3} poststop\ {1,2,3})"
}

# bats test_tags=must:hooks
@test "hooks: get the state on stdin" {
	local kind
	config '.annotations = {key: "value"}'
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook "$kind" 'cat >>$LOG; echo >>$LOG'
	done
	hook startContainer 'cat >/state'
	create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_equal "$(cat "$T/log" "$BUNDLE/rootfs/state" | jq -r '"\(.id) \(.bundle) \(.annotations.key) \(.status)"')" \
		"$(printf "$ID $BUNDLE value %s\n" creating creating creating running stopped created)"
}

# bats test_tags=must:hooks
@test "hooks: a path that is not absolute, a timeout that is not above zero are errors" {
	local kind bad
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		for bad in '{path: "bin/true"}' '{path: "/bin/true", timeout: 0}' '{path: "/bin/true", timeout: -1}'; do
			config --arg k "$kind" ".hooks = {(\$k): [$bad]}"
			create
			assert_refused "/hooks/$kind/0/"
		done
	done
}

# bats test_tags=must:config
@test "config: unknown properties are ignored" {
	config '.unknown = {deep: [1]} | .process.unknown = true | .linux.unknown = "x"'
	run_sh 'echo ran'
	assert_output ran
}

# bats test_tags=must:config
@test "config: values that are not valid are errors" {
	local bad
	for bad in '.process.user.uid = -1' '.linux.rootfsPropagation = "sideways"' '.process.cwd = "relative"' \
		'.linux.namespaces += [{type: "no-such"}]' '.ociVersion = "not a version"'; do
		cp "$BUNDLE/config.json" "$T/good.json"
		config "$bad"
		create
		assert_refused
		mv "$T/good.json" "$BUNDLE/config.json"
	done
}

# bats test_tags=must:config
@test "config: a namespace type that is listed twice is an error" {
	config '.linux.namespaces += [{type: "uts"}]'
	create
	assert_refused /linux/namespaces/
}

# bats test_tags=must:config
@test "config: an rlimit type that is listed twice, or has no meaning, is an error" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 10, hard: 10}, {type: "RLIMIT_NOFILE", soft: 20, hard: 20}]'
	create
	assert_refused /process/rlimits/1
	config '.process.rlimits = [{type: "RLIMIT_NONE", soft: 10, hard: 10}]'
	create
	assert_refused /process/rlimits/0
}

# bats test_tags=must:config
@test "config: a file in the place of a device, and not that device, is an error" {
	config '.linux.devices = [{path: "/data/null", type: "c", major: 1, minor: 3}]'
	touch "$BUNDLE/rootfs/data/null"
	create
	assert_refused /linux/devices/0
}

# bats test_tags=must:config
@test "config: descriptors of the caller do not reach the program" {
	config_sh 'ls /proc/self/fd'
	exec 7<"$BUNDLE/config.json"
	run_container
	exec 7<&-
	assert_success
	assert_has_not "$output" 7
}
