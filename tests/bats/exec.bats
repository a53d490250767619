#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command exec: another process in a container. What it is given, what it is, and how it ends. Its terminal is in
# exec-terminal.bats, what a hostile container may try with it in exec-security.bats.

load helpers

setup() {
	setup_bundle
	requires root command:exec
}

# running: the container, with what config.json says by then.
running() {
	run_container --detach
	assert_success
}

# inside [OPTION...] ID PROGRAM...: exec, which must succeed.
inside() {
	mcrun exec "$@"
	assert_success
}

# process [JQ-EXPR]: $T/process.json, for --process; a program that ends well, if the expression says nothing else.
process() {
	jq -n '{cwd: "/", args: ["true"], env: ["PATH=/bin", "MCRUN_TEST_ID='"$ID"'"], user: {uid: 0, gid: 0}} | '"${1:-.}" \
		>"$T/process.json"
}

# not_started PART...: exec's own failure, in one line; no program has run.
not_started() {
	if [ "$RUNTIME_NAME" = mcrun ]; then
		assert_status 255
		assert_equal "$(grep -c '' "$ERR")" 1 "lines on stderr"
	else
		assert [ "$status" -ne 0 ]
	fi
	assert_says "$@"
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
