#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# How many system calls each operation makes of mcrun's own: not the loader's, not malloc's, not the container's program's
# (tests/bench/count-calls). A change that makes one grow fails here until tests/bench/budget.calls is raised on purpose,
# in the same commit, which then says why. Counts are the same in every run; a static build makes ten fewer at its start.
#
# And how much memory a created container holds, which is init's alone: pages that it has written to.

load helpers

# bats file_tags=mcrun

# What all of it is about: paths that every kernel has, a filter as engines have it, and no hooks.
bundle() {
	config --slurpfile s "$TESTS_DIR/../data/seccomp/podman-now.json" '.linux.seccomp = $s[0]
	  | .linux.maskedPaths = ["/proc/timer_list", "/proc/keys"] | .linux.readonlyPaths = ["/proc/bus", "/proc/sys"]'
}

# traced OPERATION ARG...: mcrun under strace; with create, that stays for as long as init is there.
traced() {
	strace -f -o "$T/calls.$1" "$RUNTIME" --root "$ROOT" "${@:2}" </dev/null >"$T/out.$1" 2>&1 3>&- 4>&-
}

# within OPERATION: no more calls than the budget has for it.
within() {
	local counts budget
	counts=$("$TESTS_DIR/../bench/count-calls" "$T/calls.$1")
	budget=$(awk -v name="$1" '$1 == name { print $2 }' "$TESTS_DIR/../bench/budget.calls")
	[ -z "${MCRUN_BUDGET_SHOW:-}" ] || echo "# $1 $counts" >&3
	[ "$counts" -gt 10 ] || fail "$1: strace saw $counts system calls"
	[ "$counts" -le "${budget:-0}" ] ||
		fail "$1: $counts system calls, the budget is ${budget:-missing}: $(
			"$TESTS_DIR/../bench/count-calls" -v show=1 "$T/calls.$1" | sort -rn | head -n 12 | tr '\n' ',')"
}

@test "run makes no more system calls than its budget" {
	requires mcrun root cgroup2 tool:strace
	bundle
	config_args true
	traced run run -b "$BUNDLE" "$ID"
	within run
}

@test "create, start, state, exec, kill and delete make no more system calls than their budgets" {
	requires mcrun root cgroup2 tool:strace
	bundle
	traced create create -b "$BUNDLE" "$ID" &
	own_pid $!
	local tracer=$! pid operation
	wait_for is_status created
	traced waiting state "$ID"
	assert grep -q ' execve(' "$T/calls.waiting"
	! grep ' connect(' "$T/calls.waiting" || fail "state woke init up to ask it"
	traced start start "$ID"
	traced state state "$ID"
	traced exec exec "$ID" true
	pid=$(pid_of)
	traced kill kill "$ID" KILL
	wait_for pid_gone "$pid"
	wait_for pid_gone "$tracer"
	traced delete delete "$ID"
	for operation in create start state exec kill delete; do
		within $operation
	done
}

# seal_place.c; a static build does it before libc has started (seal_entry.c): before brk is called for the first time.
@test "mcrun starts once, and moves from its file to a read-only mount of it" {
	requires mcrun root cgroup2 tool:strace
	local said operation
	cp "$RUNTIME" "$T/mcrun"	# from where it may be written to: else it stays where it is
	RUNTIME=$T/mcrun
	config_args true
	traced run run -b "$BUNDLE" "$ID"
	config_args sleep 1000
	create_ok
	refute grep -q "$T/mcrun" "/proc/$(pid_of)/maps"
	mcrun start "$ID"
	traced exec exec "$ID" true
	for operation in run exec; do
		assert grep -q ' prctl(PR_SET_MM, PR_SET_MM_MAP, .* = 0' "$T/calls.$operation"
		assert_equal "$(grep -cE '^[0-9]+ +execve(at)?\(' "$T/calls.$operation")" 2	# mcrun, and the container's program
	done
	ldd "$RUNTIME" 2>&1 | grep -q 'statically\|not a dynamic' || return 0
	for operation in run exec; do
		said=$(sed '/PR_SET_MM_MAP/q' "$T/calls.$operation" | sed 's/^[0-9]* *//; s/(.*//' | uniq | tr '\n' ' ')
		assert_equal "$said" "execve statfs open_tree mount_setattr openat mmap mprotect mmap brk prctl "
	done
}

@test "what is relocated at mcrun's start is read-only in init" {
	requires mcrun root cgroup2 tool:python3 tool:readelf
	cp "$RUNTIME" "$T/mcrun"	# as above
	RUNTIME=$T/mcrun
	create_ok
	readelf -lW "$T/mcrun" >"$T/segments"
	python3 - "$T/segments" "/proc/$(pid_of)/maps" <<'PY' 3>&- || fail "relocated data can be written to"
import sys
segments = [line.split() for line in open(sys.argv[1]) if line.split()[:1] in (["LOAD"], ["GNU_RELRO"])]
text = next(int(s[2], 16) for s in segments if s[0] == "LOAD" and "E" in s[6:8])
relro = next((int(s[2], 16), int(s[2], 16) + int(s[5], 16)) for s in segments if s[0] == "GNU_RELRO")
maps = [line.split() for line in open(sys.argv[2]) if "[v" not in line]
at = [(int(a, 16), int(b, 16), m[1]) for m in maps for a, b in [m[0].split("-")]]
base = next(a for a, b, mode in at if mode == "r-xp") - text // 4096 * 4096
begin, end = (base + x // 4096 * 4096 for x in relro)
modes = {mode for a, b, mode in at if a < end and b > begin}
sys.exit(modes and f"{modes} at {begin:x}" if modes != {"r--p"} else 0)
PY
}

# arena_leave: a page that both have is copied by whoever writes to it first.
@test "once init is there, run writes to a chunk of its own" {
	requires mcrun root cgroup2 tool:strace
	local parent
	config_args true
	traced run run -b "$BUNDLE" "$ID"
	parent=$(awk '/ clone3\(/ { print $1; exit }' "$T/calls.run")
	sed -n '/ clone3(/,$p' "$T/calls.run" >"$T/calls.behind"
	assert grep -qE "^$parent +mmap\(NULL, 24576, .*MAP_POPULATE" "$T/calls.behind"
}

# What is read for each is not kept: libocispec's arena takes 24 KB at a time. Fewer records than a second reader is for.
@test "list holds of each container no more than what it prints" {
	requires mcrun root cgroup2 tool:strace
	local n chunks
	mcrun create -b "$BUNDLE" "$ID" </dev/null
	for n in {10..39}; do
		mkdir "$ROOT/many-$n"
		sed "s/\"id\":\"$ID\"/\"id\":\"many-$n\"/" "$ROOT/$ID/state.json" >"$ROOT/many-$n/state.json"
	done
	traced list list
	rm -r "$ROOT"/many-*
	assert_equal "$(grep -c '^many-' "$T/out.list")" 30
	chunks=$(grep -c ' mmap(NULL, 24576, .*MAP_POPULATE' "$T/calls.list")
	((chunks > 0 && chunks <= 3)) || fail "it took $chunks chunks"
}

@test "a created container holds no more memory of its own than its budget" {
	requires mcrun root cgroup2
	local dirty budget
	bundle
	mcrun create -b "$BUNDLE" "$ID" </dev/null
	dirty=$(awk '$1 == "Anonymous:" { print $2 }' "/proc/$(pid_of)/smaps_rollup")
	budget=$(awk '$1 == "created-kilobytes" { print $2 }' "$TESTS_DIR/../bench/budget.calls")
	[ -z "${MCRUN_BUDGET_SHOW:-}" ] || echo "# created-kilobytes $dirty" >&3
	[ "${dirty:-0}" -gt 0 ] || fail "the kernel says nothing of init's memory"
	[ "$dirty" -le "${budget:-0}" ] || fail "$dirty KB, the budget is ${budget:-missing}"
}

# src/order.ld. Step by step, which takes seconds. Counted where all libraries are in it and their functions in sections
# of their own.
@test "run touches no more pages of mcrun's text than its budget" {
	requires mcrun root cgroup2 tool:nm
	local visited who pages budget
	nm "$RUNTIME" | grep -q ' __dls2$' || skip "machine: not the build of contrib/musl"
	find_tool visited
	visited=$TOOL
	config_args true
	"$visited" "$T/visited" "$RUNTIME" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null 3>&-
	for who in 0:parent 1:init; do
		pages=$(awk -v who="${who%:*}" '$1 == who { print substr($2, 1, length($2) - 3) }' "$T/visited" | sort -u | wc -l)
		budget=$(awk -v name="pages-${who#*:}" '$1 == name { print $2 }' "$TESTS_DIR/../bench/budget.calls")
		[ -z "${MCRUN_BUDGET_SHOW:-}" ] || echo "# pages-${who#*:} $pages" >&3
		[ "$pages" -gt 5 ] || fail "${who#*:} was seen on $pages pages"
		[ "$pages" -le "${budget:-0}" ] || fail "${who#*:}: $pages pages, the budget is ${budget:-missing}; does 'make order' help?"
	done
}

@test "no more has to be relocated at mcrun's start than its budget" {
	requires mcrun tool:nm tool:readelf
	local bytes budget
	nm "$RUNTIME" | grep -q ' __dls2$' || skip "machine: not the build of contrib/musl"
	bytes=$((0x$(readelf -SW "$RUNTIME" | sed -n 's/.* \.data\.rel\.ro  *PROGBITS  *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) .*/\1/p')))
	budget=$(awk '$1 == "relocated-kilobytes" { print $2 }' "$TESTS_DIR/../bench/budget.calls")
	[ -z "${MCRUN_BUDGET_SHOW:-}" ] || echo "# relocated-kilobytes $((bytes / 1024))" >&3
	((bytes > 0 && bytes <= ${budget:-0} * 1024)) || fail "$bytes bytes, the budget is ${budget:-missing} KB"
}
