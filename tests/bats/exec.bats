#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command exec: another process in a container. How it ends, in which state it may be, what the process is.
# Options are in exec-options.bats, terminals in exec-terminal.bats, hostile containers in exec-security.bats.

load helpers

setup() {
	setup_bundle
	requires root command:exec
}

# --- how it ends ------------------------------------------------------------------------------

@test "exec prints what the program prints, and returns its exit status" {
	running
	mcrun exec "$ID" sh -c 'echo out; echo err >&2; exit 7'
	assert_status 7
	assert_output out
	assert_equal "$stderr" err
}

@test "exec returns 128 and the signal that ended the program" {
	running
	mcrun exec "$ID" sh -c 'kill -KILL $$'
	assert_status 137
	mcrun exec "$ID" sh -c 'kill -USR1 $$'
	assert_status 138
}

@test "exec gives its stdin to the program" {
	running
	output=$(echo in | MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" exec "$ID" cat 3>&-)
	assert_output in
}

@test "a signal that exec gets is passed on to the program" {
	running
	mcrun_bg exec "$ID" sh -c 'trap "echo got; exit 5" TERM; echo ready; while :; do sleep 0.02; done'
	wait_for file_has "$OUT" ready
	kill -TERM "$BG"
	join_bg
	assert_status 5
	assert_has "$output" got
}

@test "exec --detach returns while the program runs, and writes its pid without a newline" {
	running
	inside --detach --pid-file "$T/pid" "$ID" sleep 1000
	assert_equal "$(tr -d '0-9' <"$T/pid" | wc -c)" 0 "bytes beside the digits"
	assert_equal "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline")" "sleep 1000 "
}

@test "the pid of a program that is over at once is written all the same" {
	running
	inside --detach --pid-file "$T/pid" "$ID" true
	assert test -s "$T/pid"
}

@test "in the foreground, too, exec writes a pid file" {
	running
	inside --pid-file "$T/pid" "$ID" true
	assert test -s "$T/pid"
}

@test "a program that is missing, or cannot be executed, is 255 in a shell's words, and leaves no pid file" {
	running
	local mode
	for mode in "" --detach; do
		# shellcheck disable=SC2086 # nothing, or an option
		mcrun exec $mode --pid-file "$T/pid" "$ID" no-such-program
		not_started 'exec: "no-such-program": executable file not found in $PATH'
		mcrun exec $mode --pid-file "$T/pid" "$ID" /no/such/program
		not_started 'no such file or directory'
		mcrun exec $mode --pid-file "$T/pid" "$ID" /etc/passwd
		not_started 'exec: "/etc/passwd": permission denied'
	done
	rootfs_file bin/noformat 0755 <<<"neither a program nor a script"
	mcrun exec --pid-file "$T/pid" "$ID" /bin/noformat
	not_started "exec format error"
	rootfs_file bin/nointerpreter 0755 <<<"#!/no/such/interpreter"
	mcrun exec --detach --pid-file "$T/pid" "$ID" /bin/nointerpreter
	not_started "no such file or directory"
	refute test -e "$T/pid"
	assert is_status running
}

@test "a pid file that cannot be written is an error, and the program does not stay" {
	running
	mcrun exec --detach --pid-file "$T/missing/pid" "$ID" sleep 1234
	not_started "$T/missing/pid"
	wait_for no_program sleep 1234
}

no_program() {
	! pgrep -f "^$*\$"
}

@test "a failure is one JSON object in the log, as engines read it" {
	running
	mcrun_bare --root "$ROOT" --log "$T/log.json" --log-format json exec "$ID" no-such-program
	assert [ "$status" -ne 0 ]
	assert_equal "$(jq -rs 'map(.level) | unique | join(" ")' "$T/log.json")" error
	assert_equal "$(jq -s length "$T/log.json")" 1 objects
	assert_has "$(jq -r .msg "$T/log.json")" 'executable file not found in $PATH'
}

# --- in which state ---------------------------------------------------------------------------

@test "exec in a container that is created and not started" {
	create_ok
	inside "$ID" echo here
	assert_output here
	assert is_status created
	start_ok
	assert is_status running
}

@test "exec in a stopped container is refused with the words that engines look for" {
	config_args true
	running
	wait_for is_status stopped
	mcrun exec "$ID" true
	not_started "container not running" "no such process" stopped
}

@test "exec in a container that does not exist is refused" {
	mcrun exec "$ID" true
	not_started "does not exist"
}

@test "a paused container is refused by name; with --ignore-paused the process waits" {
	requires cgroup2
	running
	local cgroup
	cgroup=$(cgroup2_mount)/$ID
	echo 1 >"$cgroup/cgroup.freeze"
	wait_for grep -q 'frozen 1' "$cgroup/cgroup.events"
	mcrun exec "$ID" true
	not_started paused --ignore-paused
	mcrun_bg exec --ignore-paused "$ID" echo resumed
	wait_for more_than_init "$cgroup"
	assert_equal "$(cat "$OUT")" ""
	echo 0 >"$cgroup/cgroup.freeze"
	join_bg
	assert_success
	assert_output resumed
}

@test "while it waits for a paused container, exec can be ended" {
	requires cgroup2
	running
	local cgroup
	cgroup=$(cgroup2_mount)/$ID
	echo 1 >"$cgroup/cgroup.freeze"
	wait_for grep -q 'frozen 1' "$cgroup/cgroup.events"
	mcrun_bg exec --ignore-paused "$ID" touch /tmp/ran
	wait_for more_than_init "$cgroup"
	kill -TERM "$BG"
	join_bg
	not_started SIGTERM
	assert_equal "$(cat "$cgroup/cgroup.procs")" "$(pid_of)" "processes left"
	echo 0 >"$cgroup/cgroup.freeze"
	refute test -e "$BUNDLE/rootfs/tmp/ran"
}

more_than_init() {
	[ "$(wc -l <"$1/cgroup.procs")" -gt 1 ]
}

@test "exec does not hold the container: it can be asked, killed and deleted meanwhile" {
	running
	mcrun_bg exec "$ID" sh -c 'echo ready; exec sleep 1000'
	wait_for file_has "$OUT" ready
	mcrun delete --force "$ID"
	assert_success
	join_bg
	assert_status 137
	assert_nothing_left
}

@test "delete --force ends what a detached exec has left, in a container without a pid namespace, too" {
	requires cgroup2
	config '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	running
	inside --detach --pid-file "$T/pid" "$ID" sleep 1000
	mcrun delete --force "$ID"
	assert_success
	wait_for pid_gone "$(cat "$T/pid")"
}

@test "the end of exec, killed by force, does not end a program that runs" {
	running
	mcrun_bg exec --pid-file "$T/pid" "$ID" sh -c 'echo ready; exec sleep 1000'
	wait_for test -s "$T/pid"
	kill -KILL "$BG"
	wait_for pid_gone "$BG"
	refute pid_gone "$(cat "$T/pid")"
}

# --- the call ---------------------------------------------------------------------------------

@test "options stand before the id or behind it; the program's words end them" {
	running
	inside --env A=1 "$ID" sh -c 'echo "$A $*"' sh --env A=2 -t
	assert_output "1 --env A=2 -t"
	inside "$ID" --env A=1 sh -c 'echo "$A"'
	assert_output 1
	inside --env A=1 "$ID" -- sh -c 'echo "$A"'
	assert_output 1
	inside --env A=1 -- "$ID" sh -c 'echo "$A"'
	assert_output 1
}

# bats test_tags=mcrun
@test "exec without a program, or with two, is an error" {
	requires mcrun
	running
	process
	mcrun exec "$ID"
	not_started "program is missing"
	mcrun exec --process "$T/process.json" "$ID" true
	not_started "both --process and a program"
	mcrun exec
	assert_failure
	mcrun exec --no-such-option "$ID" true
	assert_failure
}

@test "options that callers give and that mean nothing are taken" {
	running
	inside --no-subreaper "$ID" true
}

# --- what the process is ----------------------------------------------------------------------

@test "the process has the namespaces, the root and the cgroup of the container" {
	config '.linux.namespaces += [{type: "cgroup"}]'
	running
	local ns init
	init=$(pid_of)
	inside --detach --pid-file "$T/pid" "$ID" sleep 1000
	for ns in pid net ipc uts mnt cgroup user; do
		assert_equal "$(readlink "/proc/$(cat "$T/pid")/ns/$ns")" "$(readlink "/proc/$init/ns/$ns")" "$ns namespace"
	done
	assert_equal "$(stat -L -c %d:%i "/proc/$(cat "$T/pid")/root")" "$(stat -L -c %d:%i "/proc/$init/root")" root
	assert_equal "$(grep ^0:: "/proc/$(cat "$T/pid")/cgroup")" "$(grep ^0:: "/proc/$init/cgroup")" cgroup
}

@test "a time namespace is joined with its clocks" {
	requires timens
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000}}'
	running
	inside "$ID" sh -c 'readlink /proc/self/ns/time; cut -d. -f1 /proc/uptime'
	assert_equal "${lines[0]}" "$(readlink "/proc/$(pid_of)/ns/time")"
	assert [ "${lines[1]}" -gt 1000000 ]
}

@test "a pid namespace that the container has joined is joined" {
	hold --pid --fork --kill-child
	local pid
	pid=$(pgrep -P "$HOLDER")
	config --arg p "/proc/$pid/ns/pid" '.linux.namespaces |= map(select(.type != "pid")) + [{type: "pid", path: $p}]'
	running
	inside "$ID" readlink /proc/self/ns/pid
	assert_output "$(readlink "/proc/$pid/ns/pid")"
}

@test "a container with the host's namespaces takes a process as well" {
	config '.linux.namespaces = [{type: "mount"}] | del(.hostname)'
	running
	inside "$ID" sh -c 'readlink /proc/self/ns/pid; readlink /proc/self/ns/net; ls /'
	assert_equal "${lines[0]}" "$(readlink /proc/self/ns/pid)"
	assert_equal "${lines[1]}" "$(readlink /proc/self/ns/net)"
	assert_line data
}

@test "without a mount namespace of its own the process is in the container's root all the same" {
	config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] | .linux.maskedPaths = []
		| .linux.readonlyPaths = []'
	running
	inside "$ID" sh -c 'ls /; pwd'
	assert_line data
	assert_line /
	assert_has_not "$output" "boot"
}

@test "a container that was made with --no-pivot takes a process" {
	run_container --detach --no-pivot
	[ "$status" -eq 0 ] || skip "machine: --no-pivot does not work here"
	inside "$ID" ls /
	assert_line data
}

@test "in a user namespace the process is who the container's ids say" {
	requires userns
	config '.linux.namespaces += [{type: "user"}, {type: "cgroup"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
	running
	inside "$ID" sh -c 'id -u; id -g; readlink /proc/self/ns/user; echo $$ >/tmp/mine; stat -c %u /tmp/mine'
	assert_equal "${lines[*]}" "0 0 $(readlink "/proc/$(pid_of)/ns/user") 0"
	inside --detach --pid-file "$T/pid" --user 5:6 "$ID" sleep 1000
	assert_equal "$(stat -c %u:%g "/proc/$(cat "$T/pid")")" 100005:200006 "ids outside"
	assert_equal "$(grep ^0:: "/proc/$(cat "$T/pid")/cgroup")" "$(grep ^0:: "/proc/$(pid_of)/cgroup")" cgroup
	mcrun exec --user 65536 "$ID" true
	not_started --user 65536 "not mapped"
}

@test "in a user namespace with a network namespace of the host's user namespace, too" {
	requires userns
	hold --net
	config --arg p "/proc/$HOLDER/ns/net" '.linux.namespaces |= map(select(.type != "network"))
		+ [{type: "user"}, {type: "network", path: $p}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
		| .mounts |= map(select(.destination | startswith("/sys") | not))'
	running
	inside "$ID" readlink /proc/self/ns/net
	assert_output "$(readlink "/proc/$HOLDER/ns/net")"
}

@test "the process is the container's: environment, directory, user, umask, limits" {
	config '.process += {cwd: "/data", user: {uid: 7, gid: 8, additionalGids: [9], umask: 31},
		rlimits: [{type: "RLIMIT_NOFILE", soft: 77, hard: 88}], oomScoreAdj: 321} | .process.env += ["A=1"]'
	running
	inside "$ID" sh -c 'echo "$A"; pwd; id -u; id -g; id -G; umask; ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj'
	assert_equal "${lines[*]}" "1 /data 7 8 8 9 0037 77 88 321"
}

@test "--process is the whole process" {
	config '.process.env += ["A=1"] | .process.cwd = "/data"'
	running
	process '. + {cwd: "/tmp", env: ["PATH=/bin", "B=2", "MCRUN_TEST_ID='"$ID"'"], user: {uid: 7, gid: 8, umask: 63, additionalGids: [3, 4]},
		rlimits: [{type: "RLIMIT_CORE", soft: 5120, hard: 10240}], oomScoreAdj: 123,
		args: ["sh", "-c", "echo \"$A $B\"; pwd; id -u; id -g; id -G; umask; ulimit -Sc; ulimit -Hc; cat /proc/self/oom_score_adj"]}'
	inside --process "$T/process.json" "$ID"
	assert_equal "${lines[*]}" " 2 /tmp 7 8 8 3 4 0077 10 20 123"
}

@test "what a --process file does not say of limits, capabilities and umask is the container's" {
	config '.process += {user: {uid: 0, gid: 0, umask: 31}, oomScoreAdj: 321,
		rlimits: [{type: "RLIMIT_NOFILE", soft: 77, hard: 88}],
		capabilities: {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}}'
	running
	process '.args = ["sh", "-c", "umask; ulimit -n; cat /proc/self/oom_score_adj; grep -E ^Cap /proc/self/status"]'
	inside -p "$T/process.json" "$ID"
	assert_equal "${lines[*]:0:3}" "0037 77 321"
	assert_line "$(printf 'CapEff:\t0000000000000020')"
	assert_line "$(printf 'CapBnd:\t0000000000000020')"
}

@test "a mistake in a --process file is told with its line and place in that file" {
	running
	process '.cwd = "relative"'
	mcrun exec --process "$T/process.json" "$ID"
	not_started "process.json:" /cwd relative
	echo '{"cwd": 5}' >"$T/process.json"
	mcrun exec --process "$T/process.json" "$ID"
	not_started "process.json:1:9" /cwd
	echo '{' >"$T/process.json"
	mcrun exec --process "$T/process.json" "$ID"
	not_started "process.json"
	mcrun exec --process "$T/no-such-file" "$ID"
	not_started "$T/no-such-file"
}

@test "options count over a --process file" {
	running
	process '.args = ["sh", "-c", "echo $A; pwd; id -u; id -g"] | .env += ["A=1"]'
	inside --process "$T/process.json" --env A=2 --cwd /tmp --user 5:6 "$ID"
	assert_equal "${lines[*]}" "2 /tmp 5 6"
}

@test "an edited bundle has no effect on exec" {
	running
	config '.process.env += ["A=edited"] | .process.cwd = "/nowhere" | .process.user.uid = 77'
	inside "$ID" sh -c 'echo "$A"; pwd; id -u'
	assert_equal "${lines[*]}" " / 0"
	rm "$BUNDLE/config.json"
	inside "$ID" true
}

@test "exec works in a container whose config.json has no process" {
	config 'del(.process)'
	create_ok
	inside --env "MCRUN_TEST_ID=$ID" "$ID" sh -c 'pwd; id -u'
	assert_equal "${lines[*]}" "/ 0"
}
