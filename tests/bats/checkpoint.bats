#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The commands checkpoint and restore, with the CRIU that is installed. What it is asked for is in criu-request.bats.

load helpers

# bats file_tags=mcrun

setup() {
	setup_bundle
	LIMIT=$((LIMIT * 6))	# CRIU takes its time
	IMAGES=$T/images
}

# CRIU reads much of the kernel's, and one that is older than the kernel may not run at all.
criu_works() {
	requires root unified tool:criu mcrun
	criu check >/dev/null 2>&1 || skip "needs a CRIU that runs on this kernel"
}

# A container that counts up in its own memory, and tells in /tmp/n.
counting() {
	config_sh 'n=0; while :; do n=$((n + 1)); echo $n >/tmp/n; sleep 0.05; done'
	running
	wait_for grep -q . "$BUNDLE/rootfs/tmp/n"
}

count() {
	local n
	n=$(cat "$BUNDLE/rootfs/tmp/n")
	echo "${n:-0}"
}

has_passed() {
	[ "$(count)" -gt "$1" ]
}

checkpoint() {
	mcrun checkpoint --image-path "$IMAGES" "$@" "$ID"
}

checkpoint_ok() {
	checkpoint "$@"
	assert_success
}

restore() {
	mcrun restore --image-path "$IMAGES" --bundle "$BUNDLE" --detach "$@" "$ID"
}

restore_ok() {
	restore "$@"
	assert_success
}

# in_terminal ARG...: mcrun in the background, in a terminal of its own; TERMINAL is the pid of that.
in_terminal() {
	script -qefc "env MCRUN_TEST_ID=$ID $RUNTIME --root $ROOT $*" "$T/typescript" </dev/null >/dev/null 2>&1 3>&- &
	TERMINAL=$!
	own_pid "$TERMINAL"
}

@test "a counter that was checkpointed goes on counting where it was" {
	criu_works
	counting
	checkpoint_ok
	assert_equal "$(state_of)" stopped
	local before
	before=$(count)
	mcrun delete "$ID"
	assert_success
	assert_nothing_left

	restore_ok
	assert_equal "$(state_of)" running
	wait_for has_passed "$before"
	# It did not begin again: then it would be far behind.
	echo 0 >"$BUNDLE/rootfs/tmp/n"
	wait_for has_passed "$before"
	assert_has "$(cat "/proc/$(pid_of)/cgroup")" "0::/$ID"
}

@test "with --leave-running the container runs on, and the images are whole" {
	criu_works
	counting
	local before pid
	pid=$(pid_of)
	checkpoint_ok --leave-running
	assert_equal "$(state_of)" running
	assert_equal "$(pid_of)" "$pid"
	before=$(count)
	wait_for has_passed "$before"
	mcrun delete --force "$ID"
	restore_ok
	before=$(count)
	wait_for has_passed "$before"
}

@test "a paused container can be checkpointed, and is restored running" {
	criu_works
	counting
	mcrun pause "$ID"
	assert_success
	local before
	before=$(count)
	checkpoint_ok
	assert_equal "$(state_of)" stopped
	assert_equal "$(count)" "$before"
	restore_ok	# takes the place of the stopped one
	assert_equal "$(state_of)" running
	wait_for has_passed "$before"
}

@test "a restored container is one like others: state, exec, kill, checkpoint, delete" {
	criu_works
	counting
	checkpoint_ok
	mcrun restore --image-path "$IMAGES" -b "$BUNDLE" -d --pid-file "$T/pid" "$ID"
	assert_success
	assert_equal "$(cat "$T/pid")" "$(pid_of)"
	assert_equal "$(wc -c <"$T/pid")" "$(pid_of | tr -d '\n' | wc -c)" "bytes of the pid file"
	mcrun exec "$ID" hostname
	assert_success
	assert_output box
	mcrun ps --format json "$ID"
	assert_has "$output" "$(pid_of)"

	local before
	before=$(count)
	wait_for has_passed "$before"
	IMAGES=$T/again
	checkpoint_ok
	restore_ok
	before=$(count)
	wait_for has_passed "$before"
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
	assert_nothing_left
}

@test "a restored program writes to the stdout that restore was given" {
	criu_works
	# As a shell does for a moment with each redirection: stdout is kept under another number.
	config_sh 'exec 5>&1 >/tmp/inside; while :; do echo tick >&5; echo tock; sleep 0.05; done'
	running
	local first=$OUT
	wait_for grep -q tick "$first"
	checkpoint_ok
	: >"$first"
	restore_ok
	wait_for grep -q tick "$OUT"
	assert_equal "$(wc -c <"$first")" 0 "bytes in the old stdout"
}

@test "restore in the foreground returns the program's exit status, and deletes the container" {
	criu_works
	config_sh 'until [ -e /tmp/go ]; do sleep 0.05; done; exit 7'
	running
	checkpoint_ok
	mcrun delete "$ID"
	: >"$BUNDLE/rootfs/tmp/go"
	mcrun restore --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	assert_status 7
	assert_nothing_left
}

# on_terminal NAME [OPTION...]: who takes terminals at the socket $T/NAME.sock, and writes what comes to $T/NAME.
on_terminal() {
	python3 "$TESTS_DIR/recvtty.py" --output "$T/$1" "${@:2}" "$T/$1.sock" 3>&- &
	own_pid $!
	wait_for test -S "$T/$1.sock"
}

# running_on_terminal WORD PROGRAM: runs in the background until it has said the word.
running_on_terminal() {
	config '.process.terminal = true'
	config_sh "$2"
	on_terminal old
	run_container --detach --console-socket "$T/old.sock"
	assert_success
	wait_for grep -q "$1" "$T/old"
}

@test "the terminal of a restored container comes to the console socket, and works both ways" {
	criu_works
	requires tool:python3
	running_on_terminal first 'echo first; read line; echo "heard <$line>"; exec sleep 1000'
	checkpoint_ok
	assert_equal "$(state_of)" stopped

	mkfifo "$T/keys"
	on_terminal new --input "$T/keys" --report "$T/report"
	restore_ok --console-socket "$T/new.sock"
	wait_for test -e "$T/report"
	assert_equal "$(jq -c '[.fds, .tty]' "$T/report")" '[1,[true]]'
	echo again >"$T/keys"
	wait_for grep -q 'heard <again>' "$T/new"
}

@test "bind mounts are those of the bundle: another source, still read-only, in a rootfs without their places" {
	criu_works
	mkdir "$T/vol" "$T/other"
	echo one >"$T/vol/x"
	echo two >"$T/other/x"
	echo file >"$T/file"
	config --arg v "$T/vol" --arg f "$T/file" '.mounts += [
		{destination: "/vol", type: "bind", source: $v, options: ["bind", "ro"]},
		{destination: "/etc/single", type: "bind", source: $f, options: ["bind"]}]'
	counting
	checkpoint_ok
	rm -r "$BUNDLE/rootfs/vol" "$BUNDLE/rootfs/etc/single"
	config --arg v "$T/other" '(.mounts[] | select(.destination == "/vol")).source = $v'
	restore_ok
	inside "$ID" cat /vol/x /etc/single
	assert_output $'two\nfile'
	mcrun exec "$ID" sh -c 'echo no >/vol/x'
	assert_status 1
	assert_has "$stderr" "read-only"
	mcrun exec "$ID" sh -c 'echo yes >/etc/single'
	assert_success
	assert_equal "$(cat "$T/file")" yes
}

@test "the place of a mount is made in the rootfs, wherever its symlinks lead" {
	criu_works
	mkdir "$T/vol" "$T/outside"
	config --arg v "$T/vol" '.mounts += [{destination: "/deep/vol", type: "bind", source: $v, options: ["bind"]}]'
	counting
	checkpoint_ok
	rm -r "$BUNDLE/rootfs/deep"
	ln -s "$T/outside" "$BUNDLE/rootfs/deep"
	restore	# CRIU may take such a rootfs or not
	assert_equal "$(ls -A "$T/outside")" "" "what is outside of the rootfs"
}

# A server and a client in the container's own network, on lo; what has gone through is in /tmp/got.
talking() {
	config_sh 'sleep 10000 | nc -l -p 5000 >/tmp/got &
		until grep -q :1388 /proc/net/tcp /proc/net/tcp6; do sleep 0.05; done
		while :; do echo word; sleep 0.05; done | nc 127.0.0.1 5000'
	running
	wait_for grep -q word "$BUNDLE/rootfs/tmp/got"
}

words() {
	wc -l <"$BUNDLE/rootfs/tmp/got"
}

has_more_words() {
	[ "$(words)" -gt "$1" ]
}

@test "open TCP connections go on, with --tcp-established; without, the container runs on" {
	criu_works
	talking
	checkpoint
	assert_failure
	assert_says "tcp" "dump.log" "Error ("
	assert_equal "$(state_of)" running
	local before
	before=$(words)
	wait_for has_more_words "$before"

	checkpoint_ok --tcp-established
	before=$(words)
	restore_ok --tcp-established
	wait_for has_more_words "$before"
}

@test "with --tcp-close, connections that were open are closed" {
	criu_works
	talking
	mcrun checkpoint --tcp-established --image-path "$IMAGES" "$ID"
	assert_success
	mcrun restore --tcp-close --image-path "$IMAGES" --bundle "$BUNDLE" --detach "$ID"
	assert_success
	wait_for is_status stopped	# its client has no more server
}

@test "an open file that was unlinked and has another name needs --link-remap" {
	criu_works
	config_sh 'echo text >/tmp/a; ln /tmp/a /tmp/b; exec 3</tmp/a; rm /tmp/a; : >/tmp/n; until [ -e /tmp/go ]; do sleep 0.05; done
		cat <&3 >/tmp/copy; exec sleep 1000'
	running
	wait_for test -e "$BUNDLE/rootfs/tmp/n"
	checkpoint
	assert_failure
	assert_says "Error ("
	mcrun checkpoint --link-remap --image-path "$IMAGES" "$ID"
	assert_success
	restore_ok
	: >"$BUNDLE/rootfs/tmp/go"
	wait_for grep -q text "$BUNDLE/rootfs/tmp/copy"
}

@test "a terminal of the host needs --shell-job" {
	criu_works
	requires tool:script
	config_sh 'while :; do echo tick; sleep 0.05; done'
	in_terminal run --bundle "$BUNDLE" "$ID"
	wait_for file_has "$T/typescript" tick
	checkpoint
	assert_failure
	assert_says "--shell-job" "terminal of the host"
	assert_equal "$(state_of)" running

	checkpoint_ok --shell-job
	wait_for pid_gone "$TERMINAL"
	in_terminal restore --shell-job --image-path "$IMAGES" -b "$BUNDLE" "$ID"
	wait_for file_has "$T/typescript" tick
	assert_equal "$(state_of)" running
}

@test "without the network: --empty-ns" {
	criu_works
	counting
	mcrun checkpoint --empty-ns network --image-path "$IMAGES" "$ID"
	assert_success
	mcrun restore --empty-ns network --image-path "$IMAGES" --bundle "$BUNDLE" --detach "$ID"
	assert_success
	inside "$ID" cat /sys/class/net/lo/flags
	assert_output 0x8	# a loopback that is not up
	mcrun checkpoint --empty-ns pid "$ID"
	assert_failure
	assert_says "--empty-ns 'pid'" network
}

@test "CRIU leaves cgroups alone with --manage-cgroups-mode ignore, and the container is in its own all the same" {
	criu_works
	counting
	mcrun checkpoint --manage-cgroups-mode ignore --auto-dedup --ext-unix-sk --tcp-skip-in-flight --network-lock iptables \
		--image-path "$IMAGES" "$ID"
	assert_success
	mcrun restore --manage-cgroups-mode ignore --auto-dedup --ext-unix-sk --network-lock iptables \
		--image-path "$IMAGES" --bundle "$BUNDLE" --detach "$ID"
	assert_success
	assert_has "$(cat "/proc/$(pid_of)/cgroup")" "0::/$ID"
}

@test "a network that would stay locked is refused" {
	criu_works
	[[ $(criu --version) == *" 3."* ]] || skip "machine: needs CRIU before 4.1"
	counting
	checkpoint --network-lock nftables
	assert_failure
	assert_says "--network-lock nftables" "4.1"
	assert_equal "$(state_of)" running
}

@test "what is in memory is fetched while the restored container runs already: --lazy-pages" {
	criu_works
	counting
	mkfifo "$T/ready"
	exec 9<>"$T/ready"
	mcrun_bg checkpoint --lazy-pages --page-server 127.0.0.1:27100 --status-fd 9 --image-path "$IMAGES" "$ID"
	local dump=$BG
	timeout "$LIMIT" head -c 1 <&9 >/dev/null
	exec 9>&-
	mkdir "$T/criu"
	criu lazy-pages --page-server --address 127.0.0.1 --port 27100 -D "$IMAGES" -W "$T/criu" -o lazy.log 3>&- &
	own_pid $!
	wait_for test -S "$T/criu/lazy-pages.socket"
	local before
	before=$(count)
	config --arg c "/$ID-2" '.linux.cgroupsPath = $c'
	mcrun restore --lazy-pages --image-path "$IMAGES" --work-path "$T/criu" --bundle "$BUNDLE" --detach "$ID-2"
	assert_success
	wait_for has_passed "$before"
	join_bg "$dump"
	assert_success
	assert_equal "$(state_of)" stopped
}

@test "options that are no use are refused before anything happens" {
	requires root mcrun
	local call
	for call in "--lazy-pages" "--lazy-pages --pre-dump" "--page-server nowhere" "--page-server :1" "--page-server h:0" \
		"--status-fd 77" "--manage-cgroups-mode loose" "--network-lock door"; do
		# shellcheck disable=SC2086 # words
		mcrun checkpoint $call "$ID"
		assert_failure
		assert_says "${call%% *}" "try 'mcrun checkpoint --help'"
	done
}

@test "the annotation org.criu.config is a file with options for CRIU" {
	criu_works
	echo tcp-established >"$T/criu.conf"
	config --arg f "$T/criu.conf" '.annotations["org.criu.config"] = $f'
	talking
	checkpoint_ok
	local before
	before=$(words)
	restore_ok
	wait_for has_more_words "$before"
}

@test "a checkpoint after a pre-dump has only what has changed since" {
	criu_works
	counting
	mcrun checkpoint --pre-dump --image-path "$T/parent" "$ID"
	assert_success
	assert_equal "$(state_of)" running
	local before
	before=$(count)
	wait_for has_passed "$before"
	checkpoint_ok --parent-path ../parent
	assert [ -L "$IMAGES/parent" ]
	before=$(count)
	restore_ok
	wait_for has_passed "$before"
}

@test "a chain of pre-dumps: each has only what has changed since the one before, and the checkpoint what is left" {
	criu_works
	counting
	mcrun checkpoint --pre-dump --image-path "$T/first" "$ID"
	assert_success
	local before
	before=$(count)
	wait_for has_passed "$before"
	mcrun checkpoint --pre-dump --image-path "$T/second" --parent-path ../first "$ID"
	assert_success
	assert_equal "$(readlink "$T/second/parent")" ../first
	assert_equal "$(state_of)" running
	before=$(count)
	wait_for has_passed "$before"
	checkpoint_ok --parent-path ../second
	assert_equal "$(readlink "$IMAGES/parent")" ../second
	assert_equal "$(state_of)" stopped
	before=$(count)
	restore_ok
	wait_for has_passed "$before"
	# It did not begin again: then it would be far behind.
	echo 0 >"$BUNDLE/rootfs/tmp/n"
	wait_for has_passed "$before"
}

@test "--parent-path has to be relative and to be there" {
	criu_works
	counting
	checkpoint --parent-path "$T"
	assert_failure
	assert_says "--parent-path" "relative"
	checkpoint --parent-path ../nothing
	assert_failure
	assert_says "--parent-path ../nothing"
	assert_equal "$(state_of)" running
}

@test "CRIU's log is in the work path" {
	criu_works
	counting
	checkpoint_ok --work-path "$T/criu"
	assert [ -s "$T/criu/dump.log" ]
	assert [ ! -e "$IMAGES/dump.log" ]
	restore_ok --work-path "$T/criu2"
	assert [ -s "$T/criu2/restore.log" ]
}

@test "a restore that fails says what CRIU's log says, and leaves nothing" {
	criu_works
	counting
	checkpoint_ok
	mcrun delete "$ID"
	rm "$IMAGES/pages-1.img"
	restore --work-path "$T/criu" --pid-file "$T/pid"
	assert_refused "Error (" "$T/criu/restore.log"
	assert [ ! -e "$T/pid" ]
}

@test "a restore that fails lets the children live that whoever became it has left it" {
	criu_works
	counting
	checkpoint_ok
	mcrun delete "$ID"
	rm "$IMAGES/pages-1.img"
	run sh -c "sleep 1000 >/dev/null 2>&1 3>&- & echo \$! >$T/child
		exec $RUNTIME --root $ROOT restore --image-path $IMAGES --work-path $T/criu --bundle $BUNDLE --detach $ID"
	own_pid "$(cat "$T/child")"
	assert_failure
	kill -0 "$(cat "$T/child")"
}

@test "images that are not there: nothing is left of the restore" {
	criu_works
	IMAGES=$T/nowhere
	restore
	assert_refused "--image-path" "$T/nowhere"
	assert [ ! -e "$T/nowhere" ]
}

@test "the limits of the bundle hold for a restored container" {
	criu_works
	requires controller:memory controller:pids
	config '.linux.resources.memory.limit = 67108864 | .linux.resources.pids.limit = 20
		| .linux.resources.devices = [{allow: false, access: "rwm"}]'
	counting
	checkpoint_ok
	config '.linux.resources.memory.limit = 33554432'
	restore_ok
	local cg
	cg=$(cgroup2_mount)/$ID
	assert_equal "$(cat "$cg/memory.max")" 33554432
	assert_equal "$(cat "$cg/pids.max")" 20
	mcrun exec "$ID" sh -c 'mknod /tmp/sda b 8 0 && cat /tmp/sda'
	assert [ "$status" -ne 0 ]
	assert_has "$stderr" "not permitted"
	local before
	before=$(count)
	wait_for has_passed "$before"
}

@test "hooks of a restore: prestart and createRuntime, then poststart; poststop at delete" {
	criu_works
	counting
	checkpoint_ok
	mcrun delete "$ID"
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		hook "$kind" "echo \$(sed 's/.*\"pid\": *\([0-9]*\).*/$kind \1/') >>\$LOG"
	done
	hook poststop "echo poststop >>\$LOG"
	restore_ok
	local pid
	pid=$(pid_of)
	assert_equal "$(log)" "$(printf '%s\n' "prestart $pid" "createRuntime $pid" "poststart $pid")"
	mcrun delete --force "$ID"
	assert_success
	assert_has "$(log)" poststop
}

@test "a hook that fails ends the restore, and nothing is left" {
	criu_works
	counting
	checkpoint_ok
	mcrun delete "$ID"
	hook createRuntime 'echo bad luck; exit 3'
	hook poststop "echo poststop >>\$LOG"
	restore
	assert_refused "bad luck" "exited with 3"
	assert_equal "$(log)" poststop
}

@test "a restore that is stopped by a signal leaves nothing" {
	criu_works
	counting
	checkpoint_ok
	mcrun delete "$ID"
	hook createRuntime "echo here >>\$LOG; exec sleep 1000"
	mcrun_bg restore --image-path "$IMAGES" --bundle "$BUNDLE" --detach "$ID"
	wait_for file_has "$T/log" here
	kill -TERM "$BG"
	join_bg
	assert_failure
	assert_nothing_left
}

@test "a container in a network namespace by path is restored into it" {
	criu_works
	hold --net
	config --arg p "/proc/$HOLDER/ns/net" '(.linux.namespaces[] | select(.type == "network")).path = $p'
	counting
	checkpoint_ok
	restore_ok
	assert_equal "$(readlink "/proc/$(pid_of)/ns/net")" "$(readlink "/proc/$HOLDER/ns/net")"
	local before
	before=$(count)
	wait_for has_passed "$before"
}

@test "ipc and uts namespaces by path are restored into, too" {
	criu_works
	hold --ipc --uts
	config --arg p "/proc/$HOLDER/ns" 'del(.hostname) |
		(.linux.namespaces[] | select(.type == "ipc" or .type == "uts")) |= . + {path: "\($p)/\(.type)"}'
	counting
	checkpoint_ok
	restore_ok
	local type
	for type in ipc uts; do
		assert_equal "$(readlink "/proc/$(pid_of)/ns/$type")" "$(readlink "/proc/$HOLDER/ns/$type")"
	done
}

@test "a container in a user namespace" {
	criu_works
	requires userns
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	chmod 0777 "$BUNDLE/rootfs/tmp"
	counting
	checkpoint_ok
	chmod 0711 "$IMAGES"	# CRIU reads them as the container's root, too
	local before
	before=$(count)
	restore_ok
	wait_for has_passed "$before"
	assert_has "$(cat "/proc/$(pid_of)/uid_map")" 100000
}

@test "the calls of containerd's shim and of conmon" {
	criu_works
	counting
	mcrun --log "$T/log.json" --log-format json checkpoint --image-path "$IMAGES" --work-path "$T/criu" "$ID"
	assert_success
	mcrun delete "$ID"
	assert_success
	mcrun --log "$T/log.json" --log-format json restore --image-path "$IMAGES" --work-path "$T/criu" --parent-path ../p --detach \
		--pid-file "$T/pid" --no-pivot -no-subreaper --bundle "$BUNDLE" "$ID"
	assert_success
	assert_equal "$(cat "$T/pid")" "$(pid_of)"
	assert [ ! -s "$T/log.json" ]

	# CRI-O, which lets the container run on or not.
	mcrun checkpoint --file-locks --image-path "$T/running" --work-path "$T/running" --leave-running "$ID"
	assert_success
	assert_equal "$(state_of)" running
	mcrun checkpoint --file-locks --image-path "$IMAGES" --work-path "$T/criu" "$ID"
	assert_success
	assert_equal "$(state_of)" stopped
	# conmon: labels are in criu-request.bats, as SELinux has to be on for them.
	local images
	for images in "$IMAGES" "$T/running"; do
		mcrun delete --force "$ID"
		mcrun restore --bundle "$BUNDLE" --pid-file "$T/pid" --no-pivot --no-new-keyring --detach --image-path "$images" \
			--work-path "$T/criu" --preserve-fds 0 --tcp-established --file-locks "$ID"
		assert_success
		assert_equal "$(state_of)" running
		assert_equal "$(cat "$T/pid")" "$(pid_of)"
	done
}

@test "conmon's restore with a console socket, for a container with a terminal, and --tcp-close" {
	criu_works
	requires tool:python3
	running_on_terminal tick 'while :; do echo tick; sleep 0.05; done'
	checkpoint_ok
	on_terminal new
	mcrun restore --bundle "$BUNDLE" --pid-file "$T/pid" --no-pivot --no-new-keyring --detach --image-path "$IMAGES" \
		--work-path "$T/criu" --tcp-close --file-locks --console-socket "$T/new.sock" "$ID"
	assert_success
	wait_for grep -q tick "$T/new"
}

@test "checkpoint --help and restore --help succeed: engines ask that whether there is such a thing" {
	requires mcrun
	mcrun checkpoint --help
	assert_success
	assert_has "$output" --tcp-established
	mcrun restore --help
	assert_success
	assert_has "$output" --console-socket
}

@test "features tells that there is checkpoint, and that CRIU's options are not everybody's to set" {
	requires mcrun
	mcrun features
	assert_success
	assert jq -e '.annotations["org.opencontainers.runc.checkpoint.enabled"] == "true"
		and (.potentiallyUnsafeConfigAnnotations | index("org.criu.config"))' "$OUT"
}

@test "only a running or paused container can be checkpointed" {
	requires root mcrun
	create_ok
	checkpoint
	assert_failure
	assert_says "not running" "created"
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	checkpoint
	assert_failure
	assert_says "not running" "stopped"
	assert [ ! -e "$IMAGES" ]
}

@test "without CRIU the message says what to install" {
	criu_works
	[ "$(command -v criu)" = /usr/sbin/criu ] || skip "machine: CRIU is installed in a place of its own"
	counting
	mkdir "$T/empty"
	local call="mount --bind $T/empty /usr/sbin && exec $RUNTIME --root $ROOT checkpoint --image-path $IMAGES $ID"
	status=0 LAST=$call
	stderr=$(unshare --mount sh -c "$call" 2>&1) || status=$?
	assert_failure
	assert_says "criu is not installed" "package criu"
	assert_equal "$(state_of)" running
}

@test "an ordinary user is told that CRIU needs root" {
	requires root mcrun
	status=0 LAST="mcrun checkpoint, as an ordinary user"
	stderr=$(setpriv --reuid 1000 --regid 1000 --clear-groups "$RUNTIME" --root "$T/r" checkpoint x 2>&1) || status=$?
	assert_failure
	assert_says "CRIU needs root"
}
