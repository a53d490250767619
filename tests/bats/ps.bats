#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command ps.

load helpers

# Two sleeps and their shell.
running() {
	config_sh 'sleep 1000 & sleep 1001 & echo ready; wait'
	create_ok
	local created=$OUT
	start_ok
	wait_for file_has "$created" ready
	wait_for three
}

three() {
	[ "$(container_pids | wc -l)" -eq 3 ]
}

@test "ps --format json is an array of all pids, and nothing else is said" {
	requires root cgroup2
	running
	local form
	for form in "--format json" "--format=json" "-f json"; do
		# shellcheck disable=SC2086
		mcrun ps $form "$ID"
		assert_success
		assert_equal "$stderr" "" stderr
		assert_equal "$(jq -c 'sort' <<<"$output")" "$(container_pids | jq -cs 'sort')" pids
	done
}

@test "ps is a table of the container's processes under the header of ps -ef" {
	requires root cgroup2 tool:ps
	running
	mcrun ps "$ID"
	assert_success
	assert_equal "$stderr" "" stderr
	assert_equal "${#lines[@]}" 4 "lines with the header"
	assert_has "${lines[0]}" UID PID PPID CMD
	assert_equal "$(awk 'NR > 1 { print $2 }' <<<"$output" | sort -n)" "$(container_pids | sort -n)" pids
	assert_has "$output" "sleep 1000" "sleep 1001"
	local table=$output
	mcrun ps --format table "$ID"
	assert_equal "$(awk '{ print $2, $3 }' <<<"$output")" "$(awk '{ print $2, $3 }' <<<"$table")"
}

@test "ps hands the words behind the id to ps, options among them" {
	requires root cgroup2 tool:ps
	running
	mcrun ps "$ID" -e -o comm,pid
	assert_success
	assert_equal "$(awk 'NR == 1 { print $1, $2 }' <<<"$output")" "COMMAND PID"
	assert_equal "$(awk 'NR > 1 { print $2 }' <<<"$output" | sort -n)" "$(container_pids | sort -n)" pids
	mcrun ps "$ID" aux
	assert_success
	assert_has "${lines[0]}" USER %CPU
	assert_equal "$(awk 'NR > 1 { print $2 }' <<<"$output" | sort -n)" "$(container_pids | sort -n)" pids
}

@test "ps shows processes in cgroups below the container's" {
	requires root cgroup2
	running
	local below pid
	below=$(cgroup2_mount)/$ID/below
	mkdir -p "$below/deeper"
	pid=$(pid_of)
	echo "$pid" >"$below/deeper/cgroup.procs"
	mcrun ps --format json "$ID"
	assert_success
	assert_equal "$(jq -c 'sort' <<<"$output")" "$(container_pids | jq -cs 'sort')" pids
}

@test "ps of a created container shows what waits for start" {
	requires root cgroup2
	create_ok
	mcrun ps --format json "$ID"
	assert_success
	assert_equal "$(jq -c . <<<"$output")" "[$(pid_of)]"
}

# bats test_tags=mcrun
@test "ps of a stopped container is empty" {
	requires mcrun root cgroup2
	config_args true
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun ps --format json "$ID"
	assert_success
	assert_equal "$(jq -c . <<<"$output")" "[]"
}

@test "ps of a paused container works" {
	requires root cgroup2 kernel:5.2
	running
	mcrun pause "$ID"
	mcrun ps -f json "$ID"
	assert_success
	assert_equal "$(jq length <<<"$output")" 3
}

@test "ps of a container that does not exist says so" {
	mcrun ps "$ID"
	assert_failure
	assert_has "$stderr" "does not exist"
}

@test "ps without an id, or with a format that it does not know, is an error" {
	mcrun ps
	assert_failure
	create_ok
	mcrun ps --format nosuch "$ID"
	assert_failure
	assert_says nosuch
}

# bats test_tags=mcrun
@test "where the program ps is missing the error says so, and json does without" {
	requires mcrun root cgroup2
	create_ok
	mkdir "$T/empty"
	PATH=$T/empty "$RUNTIME" --root "$ROOT" ps "$ID" >"$T/out" 2>"$T/err" 3>&- && fail "there is a ps"
	assert_has "$(<"$T/err")" "the program ps is not in" procps
	PATH=$T/empty "$RUNTIME" --root "$ROOT" ps -f json "$ID" >"$T/out" 3>&-
	assert_equal "$(<"$T/out")" "[$(pid_of)]"
}

# bats test_tags=mcrun
@test "what ps itself refuses is told in its words" {
	requires mcrun root cgroup2 tool:ps
	create_ok
	mcrun ps "$ID" -o nosuchcolumn
	assert_failure
	assert_equal "$output" "" stdout
	assert_has "$stderr" /ps nosuchcolumn
	mcrun ps "$ID" -e -o comm
	assert_failure
	assert_has "$stderr" "no column PID"
}

# bats test_tags=mcrun
@test "without a cgroup of its own nobody knows a container's processes, and the error says so" {
	requires mcrun
	config 'del(.linux.resources, .linux.cgroupsPath)'
	mcrun --cgroup-manager disabled create --bundle "$BUNDLE" "$ID"
	assert_success
	mcrun ps "$ID"
	assert_failure
	assert_has "$stderr" "no cgroup of its own"
}
