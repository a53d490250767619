#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# sd_notify: under a service manager that waits (NOTIFY_SOCKET), the container's program has a socket of its own to
# say that it is ready, and mcrun passes that on, and nothing else.

load helpers

# bats file_tags=mcrun

setup() {
	requires mcrun root tool:socat
	setup_bundle
	find_tool say
	cp "$TOOL" "$BUNDLE/rootfs/bin/say"
	socat -u "UNIX-RECV:$T/manager" "OPEN:$T/said,creat,append" 3>&- &
	own_pid "$!"
	wait_for test -S "$T/manager"
}

# Like mcrun and create, under the manager.
waited_for() {
	NOTIFY_SOCKET=$T/manager "$@"
}

@test "start waits for the program, and tells the manager which process it is" {
	config_sh 'until [ -e /data/go ]; do sleep 0.1; done; say STATUS=busy "STOPPING=1" READY=1 && sleep 1000'
	waited_for create_ok
	NOTIFY_SOCKET=$T/manager mcrun_bg start "$ID"
	wait_for is_status running
	assert kill -0 "$BG"
	refute [ -s "$T/said" ]
	touch "$BUNDLE/rootfs/data/go"
	join_bg
	assert_success
	wait_for file_has "$T/said" READY=1
	assert_equal "$(cat "$T/said")" "MAINPID=$(pid_of)"$'\nREADY=1'
}

@test "the socket inside is not the manager's, and config.json's own is not used" {
	config '.process.env += ["NOTIFY_SOCKET=/elsewhere"]'
	config_sh 'env | grep NOTIFY; ls -l /run/notify; touch /run/notify/x; say MAINPID=1 "X=1
READY=1"'
	waited_for run_container
	assert_has "$output" NOTIFY_SOCKET=/run/notify/notify.sock 'srwxrwxrwx' notify.sock
	assert_has "$stderr" 'Read-only file system'
	assert_success
	wait_for file_has "$T/said" READY=1
	# In the foreground mcrun itself stays the service's main process.
	assert_equal "$(cat "$T/said")" READY=1
}

@test "what a program has said before it ended counts, however late it is read" {
	local pid parent
	config_sh 'until [ -e /data/go ]; do sleep 0.1; done; say STATUS=1 STATUS=2 STATUS=3 READY=1'
	NOTIFY_SOCKET=$T/manager mcrun_bg run --bundle "$BUNDLE" "$ID"
	wait_for is_status running
	pid=$(pid_of)
	parent=$(awk '$1 == "PPid:" { print $2 }' "/proc/$pid/status")
	kill -STOP "$parent"
	touch "$BUNDLE/rootfs/data/go"
	wait_for pid_gone "$pid"
	kill -CONT "$parent"
	join_bg
	assert_success
	wait_for file_has "$T/said" READY=1
}

@test "a program that ends without a word is not waited for" {
	config_sh 'say STATUS=bye READY=0 READY=10'
	waited_for create_ok
	NOTIFY_SOCKET=$T/manager mcrun start "$ID"
	assert_success
	refute [ -s "$T/said" ]
	mcrun delete "$ID"
	assert_success
	assert_nothing_left
}

@test "a start that nobody waits for does not wait" {
	waited_for create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_success
	assert_nothing_left
}

@test "without a manager there is no socket" {
	config_sh 'env | grep NOTIFY; ls /run'
	NOTIFY_SOCKET='' run_container
	assert_has_not "$output" notify
}

@test "an ordinary user of a user namespace reaches the socket" {
	requires userns
	config '.linux.namespaces += [{type: "user"}] | .process.user = {uid: 1000, gid: 1000}
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	mkdir -p "$BUNDLE/rootfs/run/notify" # its root may not make it in this root file system
	config_args say READY=1
	waited_for run_container --detach
	assert_success
	wait_for file_has "$T/said" READY=1
	assert_has "$(cat "$T/said")" MAINPID=
}

@test "a manager that is gone is no reason to fail" {
	config_args say READY=1
	NOTIFY_SOCKET=$T/nobody run_container
	assert_success
	NOTIFY_SOCKET=@mcrun-$ID run_container
	assert_success
}
