#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The commands pause and resume.

load helpers

# A container that counts up in its file /tmp/n.
counting() {
	config_sh 'n=0; while :; do n=$((n + 1)); echo $n >/tmp/n; sleep 0.01; done'
	create_ok "$@"
	start_ok
	wait_for grep -q . "$BUNDLE/rootfs/tmp/n"
}

count() {
	cat "$BUNDLE/rootfs/tmp/n"
}

has_moved_on() {
	[ "$(count)" != "$1" ]
}

freezer() {
	requires root cgroup2 kernel:5.2
}

# Where the kernel says whether the container's cgroup is frozen.
events() {
	cat "$(cgroup2_mount)/$ID/cgroup.events"
}

@test "pause stops the program, and resume lets it go on where it was" {
	freezer
	counting
	mcrun pause "$ID"
	assert_success
	assert_equal "$output$stderr" "" "output of pause"
	assert_has "$(events)" "frozen 1"
	assert_equal "$(state_of)" paused
	assert [ "$(pid_of)" -gt 1 ]
	local before
	before=$(count)
	# Calls take time in which the program would have counted on.
	local _
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		mcrun state "$ID"
	done
	assert_equal "$(count)" "$before" "what the paused program counted to"

	mcrun resume "$ID"
	assert_success
	assert_equal "$output$stderr" "" "output of resume"
	assert_has "$(events)" "frozen 0"
	assert_equal "$(state_of)" running
	wait_for has_moved_on "$before"
}

@test "pause stops processes in cgroups below the container's" {
	freezer
	counting
	local below pid
	below=$(cgroup2_mount)/$ID/below
	pid=$(pid_of)
	mkdir "$below"
	echo "$pid" >"$below/cgroup.procs"
	mcrun pause "$ID"
	assert_success
	assert_has "$(cat "$below/cgroup.events")" "frozen 1"
	mcrun resume "$ID"
	assert_success
	assert_has "$(cat "$below/cgroup.events")" "frozen 0"
}

@test "list shows a paused container" {
	freezer
	create_ok
	start_ok
	mcrun pause "$ID"
	mcrun list
	assert_has "${lines[1]}" "$ID" paused
}

@test "a container that is only created can be paused, is not started then, and starts after resume" {
	freezer
	create_ok
	mcrun pause "$ID"
	assert_success
	assert_equal "$(state_of)" paused
	mcrun start "$ID"
	assert_failure
	assert_says paused
	mcrun resume "$ID"
	assert_success
	assert_equal "$(state_of)" created
	start_ok
	assert_equal "$(state_of)" running
}

@test "pause of a paused container is an error and leaves it paused" {
	freezer
	create_ok
	start_ok
	mcrun pause "$ID"
	mcrun pause "$ID"
	assert_failure
	assert_says "container not running" paused
	assert_equal "$(state_of)" paused
}

@test "resume of a container that is not paused is an error" {
	freezer
	create_ok
	start_ok
	mcrun resume "$ID"
	assert_failure
	assert_says "container not paused" running
	assert_equal "$(state_of)" running
}

@test "a stopped container can be neither paused nor resumed" {
	freezer
	config_args true
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun pause "$ID"
	assert_failure
	assert_says "container not running" stopped
	mcrun resume "$ID"
	assert_failure
	assert_says "container not paused" stopped
}

@test "pause and resume of a container that does not exist say so" {
	mcrun pause "$ID"
	assert_failure
	assert_has "$stderr" "does not exist"
	mcrun resume "$ID"
	assert_failure
	assert_has "$stderr" "does not exist"
}

@test "pause and resume without an id are errors" {
	mcrun pause
	assert_failure
	mcrun resume
	assert_failure
}

@test "kill -KILL ends a paused container" {
	freezer
	create_ok
	start_ok
	mcrun pause "$ID"
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
	assert_nothing_left
}

@test "another signal to a paused container arrives after resume" {
	freezer
	config_sh 'trap "echo got" USR1; echo ready; while :; do sleep 0.02; done'
	create_ok
	local created=$OUT
	start_ok
	wait_for file_has "$created" ready
	mcrun pause "$ID"
	mcrun kill "$ID" USR1
	assert_success
	refute file_has "$created" got
	mcrun resume "$ID"
	wait_for file_has "$created" got
}

@test "delete of a paused container is refused" {
	freezer
	create_ok
	start_ok
	mcrun pause "$ID"
	mcrun delete "$ID"
	assert_failure
	assert_says paused
	assert_equal "$(state_of)" paused
}

@test "delete --force ends a paused container" {
	freezer
	counting
	local pid
	pid=$(pid_of)
	mcrun pause "$ID"
	mcrun delete --force "$ID"
	assert_success
	assert pid_gone "$pid"
	assert_nothing_left
}

# bats test_tags=mcrun
@test "without a cgroup of its own a container cannot be paused, and the error says so" {
	requires mcrun
	config 'del(.linux.resources, .linux.cgroupsPath)'
	mcrun --cgroup-manager disabled create --bundle "$BUNDLE" "$ID"
	assert_success
	mcrun pause "$ID"
	assert_failure
	assert_has "$stderr" "cannot pause container" "no cgroup of its own"
	mcrun resume "$ID"
	assert_failure
	assert_has "$stderr" "cannot resume container" "no cgroup of its own"
	assert_equal "$(state_of)" created
}

# bats test_tags=mcrun
@test "resume undoes what a pause that was killed has left" {
	requires mcrun
	freezer
	counting
	echo 1 >"$(cgroup2_mount)/$ID/cgroup.freeze"
	mcrun resume "$ID"
	assert_success
	assert_has "$(events)" "frozen 0"
	assert_equal "$(state_of)" running
}

# A file system in user space that never answers keeps its caller in the kernel, out of reach of all but SIGKILL.
# bats test_tags=mcrun
@test "what cannot be frozen in time is an error, and the container runs on" {
	requires mcrun tool:python3
	freezer
	[ -c /dev/fuse ] || skip "needs /dev/fuse"
	mkdir "$T/hang"
	python3 - "$T/hang" "$T/mounted" 3>&- <<-'PY' &
		import ctypes, os, sys, time
		libc = ctypes.CDLL(None, use_errno=True)
		os.setpgid(0, 0)
		assert libc.unshare(0x20000) == 0		# CLONE_NEWNS: it goes with this process
		assert libc.mount(b"none", b"/", None, 0x44000, None) == 0	# MS_REC | MS_PRIVATE
		fd = os.open("/dev/fuse", os.O_RDWR)
		options = f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()
		assert libc.mount(b"x", sys.argv[1].encode(), b"fuse", 0, options) == 0, ctypes.get_errno()
		open(sys.argv[2], "w").close()
		time.sleep(1000)
	PY
	local server=$! stuck pid
	own_pid "$server"
	wait_for test -e "$T/mounted"
	counting
	pid=$(pid_of)
	# This process of the container's cgroup looks at the mount.
	stuck=$T/stuck
	sh -c 'echo $$ >"$1/cgroup.procs"; echo $$ >"$3"; exec nsenter -t "$2" -m stat "$4"' - \
		"$(cgroup2_mount)/$ID" "$server" "$stuck" "$T/hang" 3>&- &
	wait_for test -s "$stuck"
	wait_for grep -q fuse "/proc/$(cat "$stuck")/wchan"
	LIMIT=60 mcrun pause "$ID"
	assert_failure
	assert_has "$stderr" "cannot pause container" "is not frozen after"
	assert_equal "$(state_of)" running
	local before
	before=$(count)
	wait_for has_moved_on "$before"
	kill -KILL "$(cat "$stuck")"
}

# bats test_tags=mcrun
@test "root of a user namespace, who may write no trusted attributes, has a cgroup that is known as his, too" {
	requires root userns mcrun
	config_args sleep 100
	config '(.mounts[] | select(.type == "devpts")).options -= ["gid=5"]'
	run unshare --user --map-root-user --mount sh -ec '
		"$RUNTIME" --root "$3" run --detach --bundle "$1" "$2" </dev/null >"$3.log" 2>&1 3>&-
		"$RUNTIME" --root "$3" pause "$2"
		"$RUNTIME" --root "$3" state "$2" | jq -r .status
		"$RUNTIME" --root "$3" resume "$2"
		"$RUNTIME" --root "$3" delete --force "$2"' sh "$BUNDLE" "$ID" "$ROOT"
	assert_success
	assert_equal "$output" paused
}
