#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Each system call of a command in turn is its last one, or fails: strace does that. In whatever state the command ends,
# there is one message or none, and delete --force leaves nothing.

load helpers

# bats file_tags=mcrun

setup() {
	requires mcrun root cgroup2 tool:strace
	setup_bundle
	mkdir "$ROOT"				# always there, so that each call has the same steps
	export ASAN_OPTIONS=detect_leaks=0	# a leak checker does not work under strace
}

# What is no step of the work: memory and signals of libc, and what cannot fail.
NO_STEP='brk|mmap|munmap|mprotect|madvise|close|close_range|exit_group|rt_sig.*|get.*id|prctl|futex|clock_gettime|umask|getrandom'

# Where all is slow, some of many must do.
EVERY=$((LIMIT > 30 ? 4 : 1))

# steps OPTION... -- COMMAND...: makes it, and prints "CALL N" for each call that it makes: with options for all, else
# for those since it has looked for its files.
steps() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	strace -qq "${options[@]}" -o "$T/steps" "$RUNTIME" --root "$ROOT" "${@:2}" </dev/null >"$T/out.steps" 2>&1 3>&-
	awk -v no="^($NO_STEP)\$" -v every="$EVERY" -v begun="${#options[@]}" '{ sub(/^[0-9]+ +/, "") }
		/config\.json|state\.json/ { begun = 1 }
		/^[a-z_0-9]+\(/ { name = $0; sub(/\(.*/, "", name); n[name]++; if (begun && name !~ no) step[++all] = name " " n[name] }
		END { if (all < 40) every = 1; for (i = every; i <= all; i += every) print step[i] }' "$T/steps"
}

# faulty INJECT OPTION... -- COMMAND...: the command with this fault.
faulty() {
	local inject=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	status=0
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" strace -qq "${options[@]}" -o /dev/null -e "inject=$inject" "$RUNTIME" --root "$ROOT" "${@:2}" \
		</dev/null >"$T/out.1" 2>"$T/err.1" 3>&- || status=$?
	OUT=$T/out.1 ERR=$T/err.1
	read_output
	[ "$status" -ne 124 ] || fail "$inject: it hangs"
}

gone() {
	mcrun delete --force "$ID"
	assert_success
	assert_nothing_left
}

# killed BEFORE AFTER COMMAND...: at each of its steps, from what the first makes; then the other must be so.
killed() {
	local call n list before=$1 after=$2 killed=0
	shift 2
	$before
	list=$(steps -- "$@")
	$after
	[ "$(wc -l <<<"$list")" -gt 5 ] || fail "strace saw $(wc -l <<<"$list") steps"
	while read -r call n; do
		$before
		faulty "$call:signal=KILL:when=$n" -- "$@"
		[ "$status" -eq 0 ] || killed=$((killed + 1))	# where it waits, not all steps are made each time
		$after
	done <<<"$list"
	[ $((killed * 2)) -gt "$(wc -l <<<"$list")" ] || fail "it was killed $killed times only"
}

@test "create that is killed at any of its system calls leaves what delete --force removes" {
	killed true gone create --bundle "$BUNDLE" "$ID"
}

@test "create that is interrupted at any of its system calls has undone everything, or made the container" {
	local call n list undone=0 made=0
	list=$(steps -- create --bundle "$BUNDLE" "$ID")
	gone
	while read -r call n; do
		faulty "$call:signal=INT:when=$n" -- create --bundle "$BUNDLE" "$ID"
		case $status in
		0)
			assert_equal "$stderr $(state_of)" " created" "$call $n: message, state"
			made=$((made + 1))
			;;
		1)
			assert_refused "mcrun: stopped by SIGINT"
			undone=$((undone + 1))
			;;
		*)
			assert_equal "$status$stderr" 130 "$call $n: status"	# it had begun nothing yet
			assert_nothing_left
			;;
		esac
		gone
	done <<<"$list"
	assert test "$undone" -gt 5 -a "$made" -gt 0
}

@test "start that is killed at any of its system calls leaves a container that can be deleted" {
	killed create_ok gone start "$ID"
}

@test "delete --force that is killed at any of its system calls leaves what the next one removes" {
	killed create_ok gone delete --force "$ID"
}

@test "exec that is killed at any of its system calls leaves a container that runs, and no process when that goes" {
	running
	killed true "is_status running" exec "$ID" true
	gone
}

# fails ERROR OPTION... -- COMMAND...: each of its steps fails with this error. It is told once and nothing stays, or it was
# no reason to fail.
fails() {
	local error=$1 call n list refused=0
	list=$(steps "${@:2}")
	gone
	[ "$(wc -l <<<"$list")" -gt 5 ] || fail "strace saw $(wc -l <<<"$list") steps"
	while read -r call n; do
		faulty "$call:error=$error:when=$n" "${@:2}"
		if [ "$status" -ne 0 ]; then
			assert_equal "$(grep -c '^mcrun: ' <<<"$stderr")" 1 "$call $n: errors told"
			assert_nothing_left
			refused=$((refused + 1))
		fi
		gone
	done <<<"$list"
	[ "$refused" -gt 5 ] || fail "no more than $refused faults made a difference"
}

@test "create whose system calls fail, one in each try, says so once and leaves nothing" {
	fails ENOMEM -- create --bundle "$BUNDLE" "$ID"
}

@test "run whose init's system calls fail, one in each try, says so once and leaves nothing" {
	config_args true			# strace waits for init too
	fails ENOMEM -f -e trace=fsopen,fsconfig,fsmount,move_mount,open_tree,mount_setattr,pivot_root,umount2,unshare,\
setsid,sethostname,mknodat,symlinkat,fchdir,chdir,chroot,keyctl,accept4,capset,setgroups,setresuid \
		-- run --bundle "$BUNDLE" "$ID"
}

@test "a call that waits and is interrupted is made again: create, start and delete" {
	local call n cmd list
	for cmd in "create --bundle $BUNDLE" start "delete --force"; do
		list=$(steps -e trace=poll,ppoll,epoll_wait,epoll_pwait,recvmsg,recvfrom,sendmsg,sendto,waitid,wait4,flock -- $cmd "$ID")
		gone
		while read -r call n; do
			[ "$cmd" = "create --bundle $BUNDLE" ] || create_ok
			faulty "$call:error=EINTR:when=$n" -- $cmd "$ID"
			assert_status 0
			gone
		done <<<"$list"
		create_ok		# for the steps of the next one
	done
}

@test "delete --force whose system calls fail, one in each try, leaves what the next one removes" {
	local call n list
	create_ok
	list=$(steps -- delete --force "$ID")
	assert_nothing_left
	while read -r call n; do
		create_ok
		faulty "$call:error=EIO:when=$n" -- delete --force "$ID"
		gone
	done <<<"$list"
}

@test "start whose system calls fail, one in each try, leaves a container that is told of truly" {
	local call n list
	create_ok
	list=$(steps -- start "$ID")
	gone
	while read -r call n; do
		create_ok
		faulty "$call:error=ENOMEM:when=$n" -- start "$ID"
		if [ "$status" -ne 0 ]; then
			assert_equal "$(grep -c '^mcrun: ' <<<"$stderr")" 1 "$call $n: errors told"
			! is_status created || start_ok	# it can be tried again
		else
			is_status running
		fi
		gone
	done <<<"$list"
}

@test "exec whose system calls fail, one in each try, leaves the container as it is" {
	local call n list
	running
	list=$(steps -- exec "$ID" true)
	while read -r call n; do
		faulty "$call:error=ENOMEM:when=$n" -- exec "$ID" true
		[ "$status" -eq 0 ] || assert_equal "$status $(grep -c '^mcrun: ' <<<"$stderr")" "255 1" "$call $n: status, errors told"
		is_status running
	done <<<"$list"
	assert_equal "$(mcrun ps --format json "$ID"; jq length <<<"$output")" 1 "processes"
	gone
}
