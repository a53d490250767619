#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What programs read, as strictly as the strictest of them: schemas of the specification for its own documents, schemas
# of ours, with no member more and none less, for what mcrun prints. (events are in events.bats; what Go's programs
# decode it into, in callers.bats.)

load helpers

# A time of RFC 3339, as Go's time.Time decodes it.
TIME='^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$'

@test "the schemas are there, and refuse what is wrong" {
	output='{"ociVersion": "1.0.0", "id": "x", "status": "asleep", "bundle": "/"}'
	valid state-schema.json && fail "a status that does not exist was accepted"
	output='{"hooks": []}'
	valid features-schema.json && fail "features without versions were accepted"
	true
}

state_is_valid() {
	mcrun state "$ID"
	assert_success
	valid state-schema.json
	[ "$RUNTIME_NAME" != mcrun ] || valid mcrun-state.json
}

@test "state is valid in each status that the specification knows" {
	config '.annotations = {"a": "b"}'
	create_ok
	state_is_valid
	start_ok
	state_is_valid
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	state_is_valid
}

@test "the state that hooks get is valid" {
	hook createRuntime 'cat >"$LOG"'
	create_ok
	output=$(log)
	valid state-schema.json
}

@test "features are valid" {
	mcrun_bare features
	assert_success
	valid features-schema.json
}

@test "state and the entries of list have the same members, and their types" {
	requires root
	config '.annotations = {"a": "b"}'
	create_ok
	mcrun state "$ID"
	local state=$output
	mcrun list --format json
	assert_success
	assert_equal "${#lines[@]}" 1 "lines of list"
	assert_equal "$(jq -cS '.[0]' <<<"$output")" "$(jq -cS . <<<"$state")"
	[ "$RUNTIME_NAME" != mcrun ] || valid --exact mcrun-list.json
	assert jq -e --arg time "$TIME" '.[] |
		([.ociVersion, .id, .status, .bundle, .rootfs, .created, .owner] | all(type == "string" and . != ""))
		and (.pid | type == "number" and . > 0 and . == floor) and (.annotations | type == "object")
		and (.created | test($time)) and (.bundle | startswith("/")) and (.rootfs | startswith("/"))' <<<"$output"
}

@test "list and ps are arrays also when they are empty" {
	requires root cgroup2
	mcrun list --format json
	assert_equal "$(jq -c . <<<"$output")" "[]"
	config_args true
	create_ok
	mcrun ps --format json "$ID"
	assert jq -e 'type == "array" and length == 1 and all(type == "number" and . == floor)' <<<"$output"
	valid mcrun-ps.json
	output='[1, 1.5]'
	valid mcrun-ps.json && fail "a pid and a half was accepted"
	true
}

@test "each line of a JSON log is one object that engines decode" {
	local call
	for call in "state $ID" "start $ID" "kill $ID" "delete $ID" "ps $ID" "pause $ID" "resume $ID" "events $ID" "nosuchcommand"; do
		# shellcheck disable=SC2086
		mcrun --log "$T/log.json" --log-format json $call
		assert_failure
	done
	assert_equal "$(grep -c '' "$T/log.json")" 9 "lines of the log"
	assert jq -es --arg time "$TIME" 'length == 9 and all(keys == ["level", "msg", "time"] and .level == "error"
		and (.msg | type == "string" and . != "" and (test("\n") | not)) and (.time | test($time)))' "$T/log.json"
	output=$(head -n 1 "$T/log.json")
	[ "$RUNTIME_NAME" != mcrun ] || valid --exact mcrun-log.json
	while IFS= read -r output; do
		[ "$RUNTIME_NAME" != mcrun ] || valid mcrun-log.json
	done <"$T/log.json"
	# As Podman reads it: the file of one failed call is one object.
	mcrun --log "$T/one.json" --log-format json --log-level error state "$ID"
	assert jq -e '.level == "error" and (.msg | contains("does not exist"))' "$T/one.json"
}

@test "a pid file is digits and nothing else" {
	mcrun create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID"
	assert_success
	assert_equal "$(wc -l <"$T/pid")" 0 "newlines"
	assert_equal "$(cat "$T/pid")" "$(pid_of)"
}

@test "what engines read on stdout and stderr together has nothing else in it" {
	requires root cgroup2
	create_ok
	local call
	for call in "state $ID" "ps --format json $ID" "features"; do
		# shellcheck disable=SC2086
		mcrun $call
		assert_success
		assert_equal "$stderr" "" "stderr of $call"
		assert jq -e . <<<"$output"
	done
}
