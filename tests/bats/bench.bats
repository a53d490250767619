#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The measurement of speed itself (tests/bench): that every operation is still measured. How fast it is, is no test.

load helpers

# bats file_tags=mcrun

bench() {
	MCRUN_BUILD=$T/build run "$TESTS_DIR/../bench/bench" --out "$T/out" "$@" 3>&- 4>&-
}

setup_build() {
	mkdir -p "$T/build/tests/bench" "$T/out"
	ln -s "$RUNTIME" "$T/build/mcrun"
	cc -D_GNU_SOURCE -I "$TESTS_DIR/../../src" -static -o "$T/build/tests/bench/floor" "$TESTS_DIR/../bench/floor.c"
}

@test "bench measures every operation of mcrun, and of the floor what it has" {
	requires mcrun root cgroup2 tool:cc tool:strace
	setup_build
	bench --rounds 1 --many 4 --alive 4 --skip limit --skip list
	assert_success
	local name expected=(create delete "delete --force" exec kill "private memory, created" "run def" "run def, 4 alive"
		"run heavy" start state "system calls, run heavy")
	for name in "${expected[@]}"; do
		jq -e --arg name "$name" '.values[$name].mcrun | length > 0 and all(. > 0)' "$T/out/bench.json" >/dev/null ||
			fail "no figure for $name"
	done
	for name in create exec "run def" "run heavy" "system calls, run heavy"; do
		jq -e --arg name "$name" '.values[$name].floor | length > 0' "$T/out/bench.json" >/dev/null ||
			fail "no figure of the floor for $name"
	done
	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$T/out/bench.svg"
}

@test "bench tells what a runtime failed at, goes on with the others, and fails" {
	requires mcrun root cgroup2 tool:cc
	setup_build
	printf '#!/bin/sh\necho "it is broken" >&2\nexit 3\n' >"$T/broken"
	chmod +x "$T/broken"
	bench --rounds 2 --only run-def --runtime broken="$T/broken"
	assert_equal "$status" 1
	assert_has "$output" "not measured" "status 3: it is broken"
	jq -e '.values["run def"] | (.mcrun | length == 2) and (has("broken") | not)' "$T/out/bench.json" >/dev/null
}

@test "bench does not know an operation that there is not" {
	requires mcrun
	bench --only nonsense
	assert_equal "$status" 1
	assert_has "$output" "'nonsense' is none of the operations" run-heavy
}
