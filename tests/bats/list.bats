#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command list.

load helpers

@test "list shows a table with the columns that people know" {
	create_ok
	mcrun list
	assert_success
	local column
	for column in ID PID STATUS BUNDLE CREATED OWNER; do
		assert grep -qw "$column" <<<"${lines[0]}"
	done
	assert_has "${lines[1]}" "$ID" "$(pid_of)" created "$BUNDLE"
}

@test "list of nothing is only the header" {
	mcrun list
	assert_success
	assert_has "$output" STATUS
	assert_equal "${#lines[@]}" 1 lines
}

@test "list -q and --quiet print ids and nothing else" {
	config '.linux.cgroupsPath = null'
	mcrun create -b "$BUNDLE" "$ID-b"
	mcrun create -b "$BUNDLE" "$ID-a"
	mcrun list -q
	assert_success
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n%s' "$ID-a" "$ID-b")"
	mcrun list --quiet
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n%s' "$ID-a" "$ID-b")"
}

# More than one reader alone would take (front/view.c): copies of the record of one that has ended.
# bats test_tags=mcrun
@test "list of many has each once, by id, and tells of each that it cannot read" {
	requires mcrun
	local n want=''
	create_ok
	start_ok
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	for n in {100..179}; do
		mkdir "$ROOT/many-$n"
		sed "s/\"id\":\"$ID\"/\"id\":\"many-$n\"/" "$ROOT/$ID/state.json" >"$ROOT/many-$n/state.json"
		want+="many-$n "
	done
	echo '{' >"$ROOT/many-150/state.json"
	rm "$ROOT/many-170/state.json"
	mcrun list
	assert_success
	assert_equal "$(awk '/^many/ { printf "%s ", $1 }' <<<"$output")" "$(sed 's/many-1[57]0 //g' <<<"$want")"
	assert_equal "$(awk '/^many/ { print $3 }' <<<"$output" | sort -u)" stopped
	assert_equal "$(grep -o 'container "many-[0-9]*"' "$ERR" | paste -sd,)" 'container "many-150",container "many-170"'
	rm -r "$ROOT"/many-*
}

@test "list --format json is an array of states" {
	config '.annotations = {"a": "b"}'
	create_ok
	mcrun list --format json
	assert_success
	jq -e --arg id "$ID" --argjson pid "$(pid_of)" --arg bundle "$BUNDLE" 'length == 1 and
		(.[0] | .id == $id and .pid == $pid and .status == "created" and .bundle == $bundle
		 and .annotations.a == "b" and has("created") and has("ociVersion") and has("owner"))' <<<"$output" ||
		fail "not the array that was expected"
	mcrun list --format=json
	assert_success
	mcrun list -f json
	assert_success
}

@test "list --format json of nothing is JSON without entries" {
	mcrun list --format json
	assert_success
	assert_equal "$(jq -c '. // []' <<<"$output")" "[]"
}

@test "list follows the status" {
	create_ok
	start_ok
	mcrun list -f json
	assert_equal "$(jq -r '.[0].status' <<<"$output")" running
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	mcrun list -f json
	assert_equal "$(jq -r '.[0].status' <<<"$output")" stopped
}

@test "an entry that is broken is told on stderr, and the others are listed" {
	create_ok
	mkdir "$ROOT/broken"
	echo '{' >"$ROOT/broken/state.json"
	mcrun list -q
	assert_line "$ID"
	assert_has "$stderr" broken
	rm -r "$ROOT/broken"
}

@test "a file in the root that is no container is not listed" {
	create_ok
	touch "$ROOT/file"
	mcrun list -q
	assert_success
	assert_output "$ID"
}

@test "list refuses a format that it does not know" {
	mcrun list --format nosuch
	assert_failure
	assert_says nosuch
}

@test "list works without the root" {
	ROOT=$T/missing
	mcrun list -q
	assert_success
	assert_output ""
}
