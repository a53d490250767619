#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command state: one JSON object that callers decode.

load helpers

@test "state has the members that the spec requires" {
	create_ok
	mcrun state "$ID"
	assert_success
	jq -e --arg id "$ID" --arg bundle "$BUNDLE" '
		(.ociVersion | test("^1\\.[0-9]+\\.[0-9]+")) and .id == $id and .status == "created"
		and (.pid | type == "number" and . > 1) and .bundle == $bundle' <<<"$output" ||
		fail "a member is missing or wrong"
}

@test "state has the members that callers use beyond the spec: created and rootfs" {
	create_ok
	mcrun state "$ID"
	jq -e --arg rootfs "$BUNDLE/rootfs" '.rootfs == $rootfs and
		(.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-][0-9:]{5})$"))' <<<"$output" ||
		fail "created or rootfs is missing or wrong"
}

@test "state says nothing on stderr" {
	create_ok
	mcrun state "$ID"
	assert_equal "$stderr" "" stderr
}

@test "state follows the container: created, running, stopped" {
	create_ok
	assert_equal "$(state_of)" created
	start_ok
	assert_equal "$(state_of)" running
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	assert_equal "$(state | jq '.pid // 0')" 0 "pid of a stopped container"
}

@test "a process that nobody has reaped yet is stopped" {
	requires tool:python3
	config_args true
	python3 - "$T/status" "$RUNTIME" --root "$ROOT" "$ID" --bundle "$BUNDLE" 3>&- <<'PY'
import ctypes, json, subprocess, sys, time
assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0		# PR_SET_CHILD_SUBREAPER
base, name = sys.argv[2:5], sys.argv[5]
quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
subprocess.run(base + ["create"] + sys.argv[6:] + [name], **quiet)
subprocess.run(base + ["start", name], **quiet)
for _ in range(100):
    status = json.loads(subprocess.run(base + ["state", name], check=True, capture_output=True).stdout)["status"]
    if status == "stopped":
        break
    time.sleep(0.02)
with open(sys.argv[1], "w") as file:
    file.write(status)
PY
	assert_equal "$(cat "$T/status")" stopped
}

@test "annotations come back in the state" {
	config '.annotations = {"org.example.key": "value", "empty": "", "quote": "a \"b\" \\ \u00e9\n"}'
	create_ok
	assert_equal "$(state | jq -c '.annotations | [."org.example.key", .empty, .quote]')" \
		'["value","","a \"b\" \\ é\n"]' annotations
}

@test "state of a container that does not exist says so" {
	mcrun state "$ID"
	assert_failure
	assert_has "$stderr" "does not exist"
	assert_equal "$output" "" stdout
}

@test "state without an id is an error" {
	mcrun state
	assert_failure
}

@test "state of a malformed id is an error" {
	create_ok
	mcrun state "../$(basename "$ROOT")/$ID"
	assert_failure
	mcrun state ""
	assert_failure
}

@test "a killed created container is stopped" {
	create_ok
	kill -KILL "$(pid_of)"
	wait_for is_status stopped
}

# bats test_tags=mcrun
@test "state says creating while create is at work" {
	requires mcrun
	mkfifo "$T/go"
	config --arg go "$T/go" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "read -r x < \($go)"]}]'
	mcrun_bg create --bundle "$BUNDLE" "$ID"
	wait_for is_status creating
	echo go >"$T/go"
	join_bg
	assert_success
	assert_equal "$(state_of)" created
}

# `run` is create and start in one: nobody can start what it makes, so it is not "created" in between.
# bats test_tags=mcrun
@test "state says creating while run is at work, also when the record is complete" {
	requires mcrun
	config_args sleep 1000
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "until [ -e /data/go ]; do sleep 0.1; done"]}]'
	mcrun_bg run --detach --bundle "$BUNDLE" "$ID"
	wait_for eval 'grep -q "\"complete\":true" "$ROOT/$ID/state.json"'
	assert_equal "$(state_of)" creating
	touch "$BUNDLE/rootfs/data/go"
	join_bg
	assert_success
	assert_equal "$(state_of)" running
}

# Its first prctl is the one that gives it its name, and the record does not wait for that.
# bats test_tags=mcrun
@test "state says creating while run is at work, also before init has its name" {
	requires mcrun tool:strace
	config_args sleep 1000
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "until [ -e /data/go ]; do sleep 0.1; done"]}]'
	ASAN_OPTIONS=detect_leaks=0 MCRUN_TEST_ID=$ID strace -f -D -qq -o "$T/trace" -e trace=prctl -e "inject=prctl:delay_enter=$((LIMIT * 200000)):when=1" \
		"$RUNTIME" --root "$ROOT" run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/run" 2>&1 3>&- &
	local pid=$!
	own_pid "$pid"
	wait_for eval 'grep -q "\"complete\":true" "$ROOT/$ID/state.json"'
	assert_equal "$(cat "/proc/$(jq .pid "$ROOT/$ID/state.json")/comm")" "mcrun:[parent]"
	assert_equal "$(state_of)" creating
	touch "$BUNDLE/rootfs/data/go"
	wait "$pid" || fail "$(cat "$T/run")"
	assert_equal "$(state_of)" running
}

# bats test_tags=mcrun
@test "a program that calls itself as init does is running all the same" {
	requires mcrun
	config_sh 'printf mcrun:[init] >/proc/self/comm; : >/data/named; while :; do sleep 0.1; done'
	run_container --detach
	assert_success
	wait_for test -e "$BUNDLE/rootfs/data/named"
	assert_equal "$(cat "/proc/$(pid_of)/comm")" "mcrun:[init]"
	assert_equal "$(state_of)" running
	mcrun delete "$ID"
	assert_failure
	assert_says running
}
