#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is left when the runtime is interrupted, killed, or called by many at once: nothing.

load helpers

@test "create that is killed at any moment leaves what delete --force removes" {
	local delay
	for delay in 0 0.001 0.002 0.004 0.006 0.008 0.01 0.015 0.02 0.03 0.05 0.08; do
		mcrun_bg create --bundle "$BUNDLE" "$ID"
		sleep "$delay"
		kill -KILL "$BG" 2>/dev/null || true
		wait "$BG" 2>/dev/null || true
		mcrun delete --force "$ID"
		assert_success
		assert_nothing_left
	done
}

@test "create that is killed in a createRuntime hook leaves no process, and what delete --force removes" {
	config --arg p "$T/hook" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo $$ >\($p); exec sleep 1000"]}]'
	mcrun_bg create --bundle "$BUNDLE" "$ID"
	wait_for test -s "$T/hook"
	own_pid "$(cat "$T/hook")"
	kill -KILL "$BG"
	wait "$BG" || true
	wait_for no_process
	mcrun delete --force "$ID"
	assert_success
	assert_nothing_left
}

# Nobody waits for the hook's child, and the runtime cannot: it is dead.
# bats test_tags=mcrun
@test "a hook's children go with a runtime that is killed: create, start and delete" {
	requires mcrun
	local kind call pids pid
	for kind in prestart createRuntime poststart poststop; do
		rm -f "$T/hook"
		config --arg k "$kind" --arg p "$T/hook" '.hooks = {($k): [{path: "/bin/sh", args: ["sh", "-c",
			"{ sleep 1000 & echo $! >\($p).new; } ; echo $$ >>\($p).new; mv \($p).new \($p); wait"]}]}'
		case $kind in
		poststart) create_ok; call=(start "$ID") ;;
		poststop) create_ok; call=(delete --force "$ID") ;;
		*) call=(create --bundle "$BUNDLE" "$ID") ;;
		esac
		mcrun_bg "${call[@]}"
		wait_for test -s "$T/hook"
		mapfile -t pids <"$T/hook"
		for pid in "${pids[@]}"; do
			own_pid "$pid"
		done
		kill -KILL "$BG"
		wait "$BG" || true
		for pid in "${pids[@]}"; do
			wait_for pid_gone "$pid"
		done
		[ "$kind" = poststop ] || mcrun delete --force "$ID"
		[ "$kind" = poststop ] || assert_success
		assert_nothing_left
	done
}

@test "what a hook left in the background lives on, when the runtime has ended well" {
	local pid
	config --arg p "$T/hook" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c",
		"sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >\($p)"]}]'
	create_ok
	pid=$(cat "$T/hook")
	own_pid "$pid"
	start_ok
	refute pid_gone "$pid"
	kill "$pid"
	mcrun delete --force "$ID"
	assert_success
}

@test "create that is interrupted undoes everything, and says where it was" {
	local signal hook
	for signal in INT TERM HUP; do
		rm -f "$T/hook"
		config --arg p "$T/hook" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo $$ >\($p); exec sleep 1000"]}]'
		# A shell's background jobs ignore SIGINT: python gives the default back.
		CALLS=$((CALLS + 1)) OUT=$T/out.$CALLS ERR=$T/err.$CALLS
		MCRUN_TEST_ID=$ID python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >"$OUT" 2>"$ERR" 3>&- &
		BG=$!
		own_pid "$BG"
		wait_for test -s "$T/hook"
		hook=$(cat "$T/hook")
		own_pid "$hook"
		kill "-$signal" "$BG"
		join_bg
		assert_refused /hooks/createRuntime/0 "a signal"
		wait_for pid_gone "$hook"
	done
}

# interrupted DELAY: create, with SIGINT to it and all that it has started after so many seconds, as a terminal does it.
interrupted() {
	CALLS=$((CALLS + 1)) OUT=$T/out.$CALLS ERR=$T/err.$CALLS LAST="mcrun create, interrupted after $1 s"
	status=0
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" python3 -c 'import os, signal, subprocess, sys, time
job = subprocess.Popen(sys.argv[2:], start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
time.sleep(float(sys.argv[1]))
os.killpg(job.pid, signal.SIGINT)
status = job.wait()
sys.exit(status if status >= 0 else 128 - status)' "$1" "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" \
		</dev/null >"$OUT" 2>"$ERR" 3>&- || status=$?
	read_output
}

@test "create that is interrupted at any moment, with all its processes, is undone with one message, or has succeeded" {
	local i us undone=0
	us=${EPOCHREALTIME/[.,]/}
	create_ok
	us=$((${EPOCHREALTIME/[.,]/} - us))
	mcrun delete --force "$ID"
	for i in {0..35}; do
		interrupted "$(printf '0.%06d' $((us * i / 30)))"
		case $status in
		0)
			assert_equal "$stderr $(state_of)" " created" "message, state"
			mcrun delete --force "$ID"
			assert_success
			;;
		130)				# it had begun nothing yet
			assert_equal "$stderr" "" message
			;;
		*)
			assert_refused
			undone=$((undone + 1))
			;;
		esac
		assert_nothing_left
	done
	assert test "$undone" -gt 0
}

# A file system whose server never says a word: whoever looks for something in it waits.
@test "create that is interrupted while a mount waits for its source undoes everything" {
	requires root
	[ -c /dev/fuse ] || skip "machine: the kernel has no FUSE"
	mkdir "$T/slow"
	config --arg s "$T/slow/folder" '.mounts += [{destination: "/mnt", source: $s, options: ["bind"]}]'
	CALLS=$((CALLS + 1)) OUT=$T/out.$CALLS ERR=$T/err.$CALLS
	# In mounts of create's own, served by a descriptor that it does not know of: all of it goes with create.
	MCRUN_TEST_ID=$ID python3 -c 'import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
server = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % server
NEWNS, PRIVATE = 0x20000, 0x44000
if libc.unshare(NEWNS) or libc.mount(None, b"/", None, PRIVATE, None) or \
        libc.mount(b"slow", sys.argv[1].encode(), b"fuse", 0, options):
    sys.exit(os.strerror(ctypes.get_errno()))
os.set_inheritable(server, True)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[2], sys.argv[2:])' "$T/slow" "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >"$OUT" 2>"$ERR" 3>&- &
	BG=$!
	own_pid "$BG"
	waits() { local pid; for pid in $(container_pids); do grep -q fuse "/proc/$pid/wchan" && return; done; return 1; }
	wait_for waits
	kill -INT "$BG"
	join_bg
	assert_refused "stopped by SIGINT"
}

# interrupted_run REGEX SECONDS STRACE-OPTION...: runs mcrun run and run -d under strace, each interrupted so long after the
# trace has such a line.
interrupted_run() {
	local detach regex=$1 pause=$2
	for detach in '' -d; do
		CALLS=$((CALLS + 1)) OUT=$T/out.$CALLS ERR=$T/err.$CALLS
		rm -f "$T/trace"
		MCRUN_TEST_ID=$ID ASAN_OPTIONS=detect_leaks=0 python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' strace -f -D -qq -o "$T/trace" "${@:3}" \
			"$RUNTIME" --root "$ROOT" run $detach --bundle "$BUNDLE" "$ID" </dev/null >"$OUT" 2>"$ERR" 3>&- &
		BG=$!
		own_pid "$BG"
		wait_for grep -qs "$regex" "$T/trace"
		sleep "$pause"
		kill -INT "$BG"
		join_bg
		assert_refused "stopped by SIGINT"
	done
}

# bats test_tags=mcrun
@test "run that is interrupted while its init has not come to the program undoes everything" {
	requires root mcrun tool:strace
	# init has said READY long ago
	interrupted_run pivot_root 0.3 -e trace=pivot_root -e inject=pivot_root:signal=STOP
}

# bats test_tags=mcrun
@test "a signal that comes to run between its create and its start is not lost" {
	requires root mcrun tool:strace
	# GO has been said, and init is on its way
	interrupted_run 'prlimit64(.*RLIMIT_NOFILE, {' 0.5 -e trace=prlimit64,pivot_root,sendmsg -e inject=pivot_root:signal=STOP \
		-e inject=sendmsg:delay_exit=1500000:when=1
}

@test "create that is interrupted while nobody takes its terminal fails with one message and undoes everything" {
	requires tool:python3
	config '.process.terminal = true'
	python3 "$TESTS_DIR/seccomp-agent.py" "$T/console" "$T/told" busy 3>&- 4>&- &
	own_pid "$!"
	wait_for test -e "$T/told"
	mcrun_bg create --bundle "$BUNDLE" --console-socket "$T/console" "$ID"
	wait_for test -d "$ROOT/$ID"
	local begin=$SECONDS
	kill -TERM "$BG"
	join_bg
	assert_refused "stopped by SIGTERM"
	assert [ "$((SECONDS - begin))" -lt 8 ]		# it would try for ten
}

# Neither a pid namespace nor a cgroup would end the hook here, nor the hook's child.
@test "create that is interrupted or killed in a createContainer hook ends the hook and its children" {
	local signal
	config --arg p "$T/hook" '.linux.namespaces |= map(select(.type != "pid")) | del(.linux.cgroupsPath)
		| .hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "sleep 1000 & echo $$ $! >\($p); wait"]}]'
	for signal in TERM KILL; do
		rm -f "$T/hook"
		mcrun_bg --cgroup-manager disabled create --bundle "$BUNDLE" "$ID"
		wait_for test -s "$T/hook"
		local pids pid
		read -ra pids <"$T/hook"
		for pid in "${pids[@]}"; do
			own_pid "$pid"
		done
		kill "-$signal" "$BG"
		join_bg
		[ "$signal" = KILL ] || { assert_failure; assert_says "stopped by SIGTERM"; }
		for pid in "${pids[@]}"; do
			wait_for pid_gone "$pid"
		done
		mcrun delete --force "$ID"
		assert_nothing_left
	done
}

@test "run that is interrupted in a createRuntime hook undoes everything" {
	config --arg p "$T/hook" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo $$ >\($p); exec sleep 1000"]}]'
	mcrun_bg run --bundle "$BUNDLE" "$ID"
	wait_for test -s "$T/hook"
	own_pid "$(cat "$T/hook")"
	kill -TERM "$BG"
	join_bg
	assert_refused /hooks/createRuntime/0 "a signal"
}

@test "of many creates of one id exactly one wins" {
	local pids=() pid wins=0 i
	for i in 1 2 3 4 5 6 7 8; do
		mcrun_bg create --bundle "$BUNDLE" "$ID"
		pids+=("$BG")
	done
	for pid in "${pids[@]}"; do
		join_bg "$pid"
		[ "$status" -ne 0 ] || wins=$((wins + 1))
	done
	assert_equal "$wins" 1 "creates that succeeded"
	assert_equal "$(state_of)" created
	start_ok
	assert_equal "$(state_of)" running
}

@test "twenty containers at once" {
	config 'del(.linux.cgroupsPath)'
	config_sh 'echo alive'
	local pids=() outs=() i
	for i in {1..20}; do
		mcrun_bg run --bundle "$BUNDLE" "$ID-$i"
		pids+=("$BG")
		outs+=("$OUT")
	done
	for i in {0..19}; do
		BG=${pids[$i]} OUT=${outs[$i]} ERR=${outs[$i]/out./err.}
		join_bg
		assert_status 0
		assert_output alive
	done
	assert_nothing_left
}

@test "list and state work while containers come and go" {
	config 'del(.linux.cgroupsPath) | .process.args = ["true"]'
	local i pids=()
	for i in 1 2 3 4 5 6; do
		mcrun_bg run --bundle "$BUNDLE" "$ID-$i"
		pids+=("$BG")
	done
	for i in 1 2 3 4 5 6 7 8; do
		mcrun list --format json
		assert_success
		assert jq . <<<"$output" >/dev/null
	done
	for i in "${pids[@]}"; do
		wait_for pid_gone "$i"
	done
	assert_nothing_left
}

@test "fifty containers one after the other leave nothing" {
	config_args true
	local i
	for i in {1..50}; do
		run_container
		assert_success
	done
	assert_nothing_left
}

@test "delete --force and start at once: nothing is left" {
	local i
	for i in 1 2 3 4 5; do
		create_ok
		mcrun_bg start "$ID"
		mcrun delete --force "$ID"
		join_bg
		mcrun delete --force "$ID"
		assert_success
		assert_nothing_left
	done
}

@test "create and delete --force at once: nothing is left in the end" {
	local i
	for i in 1 2 3 4 5; do
		mcrun_bg create --bundle "$BUNDLE" "$ID"
		local create=$BG
		sleep "0.0$i"
		mcrun delete --force "$ID"
		OUT=$T/out.x ERR=$T/err.x
		touch "$OUT" "$ERR"
		join_bg "$create"
		mcrun delete --force "$ID"
		assert_success
		assert_nothing_left
	done
}

@test "a state that a killed create left does not stop list" {
	config --arg p "$T/hook" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo $$ >\($p); exec sleep 1000"]}]'
	mcrun_bg create --bundle "$BUNDLE" "$ID"
	wait_for test -s "$T/hook"
	own_pid "$(cat "$T/hook")"
	kill -KILL "$BG"
	wait "$BG" || true
	mcrun list
	assert_success
	mcrun delete --force "$ID"
	assert_success
}

@test "a state file that is cut off is deleted with --force, or named" {
	create_ok
	local file pid
	pid=$(pid_of)
	for file in "$ROOT/$ID"/*.json; do
		truncate -s 10 "$file"
	done
	mcrun state "$ID"
	assert_failure
	mcrun delete --force "$ID"
	if [ "$status" -eq 0 ]; then
		assert_nothing_left
	else
		assert_says "$ROOT/$ID" json
		kill -KILL "$pid"
		wait_for pid_gone "$pid"
		rm -r "${ROOT:?}/$ID"
		remove_left
	fi
}

# bats test_tags=mcrun
@test "the runtime dies while the container waits: the container stays, start works" {
	requires mcrun
	config_sh 'echo alive; sleep 1000'
	create_ok
	local created=$OUT
	assert_equal "$(awk '/^PPid/ { print $2 != 0 }' "/proc/$(pid_of)/status")" 1
	start_ok
	wait_for file_has "$created" alive
}
