#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Help, version, and what is said to whoever calls it wrongly.

load helpers

COMMANDS="create start state kill delete run exec update list ps events checkpoint restore pause resume mounts spec
	features help"
[ "$RUNTIME_NAME" != mcrun ] || COMMANDS+=" explain"

@test "--version names the program, its version and the version of the spec" {
	mcrun_bare --version
	assert_success
	assert_equal "$stderr" "" stderr
	assert grep -qE "^$RUNTIME_NAME version [0-9]+\.[0-9]+" <<<"${lines[0]}"
	assert grep -qE '^commit: ' <<<"$output"
	assert grep -qE '^spec: 1\.[0-9]+\.[0-9]+' <<<"$output"
	local version=$output
	mcrun_bare -v
	assert_success
	assert_output "$version"
}

@test "--help lists every command, on stdout" {
	mcrun_bare --help
	assert_success
	assert_equal "$stderr" "" stderr
	local command
	for command in $COMMANDS; do
		assert grep -qw "$command" <<<"$output"
	done
	local help=$output
	mcrun_bare -h
	assert_success
	assert_output "$help"
}

@test "every command has --help" {
	local command
	for command in $COMMANDS; do
		mcrun_bare "$command" --help
		assert_success
		assert_has "$output" "$command"
		assert_equal "$stderr" "" stderr
	done
}

# bats test_tags=mcrun
@test "help works also as a command, alone and with the name of another" {
	requires mcrun
	mcrun_bare help
	assert_success
	assert_has "$output" create delete
	mcrun_bare help create
	assert_success
	assert_has "$output" --console-socket
}

# bats test_tags=mcrun
@test "--help fits on a screen, and its commands are those that are looked at here" {
	requires mcrun
	mcrun_bare --help
	assert [ "${#lines[@]}" -le 24 ]
	assert_equal "$(sed -nE 's/^  ([a-z]+) +[A-Z].*/\1/p' <<<"$output" | sort)" "$(xargs -n 1 <<<"$COMMANDS" | sort)"
}

# bats test_tags=mcrun
@test "help options tells of each option before the command, with its words" {
	requires mcrun
	mcrun_bare help options
	assert_success
	local name names
	mcrun_bare --help
	names=$(grep -oE -- '--[a-z][a-z-]+' <<<"$output" | sort -u)
	mcrun_bare help options
	for name in $names; do
		assert grep -qE -- "^  ${name}[, ]" <<<"$output"
	done
	assert_has "$output" "--log-format text|json" "--rootless true|false|auto"
}

# bats test_tags=mcrun
@test "no line of help is longer than 80 characters, and none goes on below" {
	requires mcrun
	local command
	mcrun_bare help options
	refute grep -E '^.{81}' <<<"$output"
	for command in "" $COMMANDS; do
		# shellcheck disable=SC2086
		mcrun_bare $command --help
		assert_success
		refute grep -E '^.{81}' <<<"$output"
	done
}

@test "an unknown command is an error that names it" {
	mcrun_bare no-such-command
	[ "$RUNTIME_NAME" = runc ] || assert_failure
	assert_has "$output$stderr" no-such-command
}

@test "an unknown option is an error that names it" {
	mcrun_bare --no-such-option list
	assert_failure
	assert_has "$output$stderr" no-such-option
	mcrun_bare list --no-such-option
	assert_failure
	assert_has "$output$stderr" no-such-option
}

# bats test_tags=mcrun
@test "a command that is nearly right is asked about" {
	requires mcrun
	mcrun_bare strat
	assert_failure
	assert_has "$stderr" "unknown command 'strat', did you mean 'start'?"
	mcrun_bare zzzzzz
	assert_failure
	assert_has_not "$stderr" "did you mean"
}

# bats test_tags=mcrun
@test "options are taken as getopt and as Go's flags spell them" {
	requires mcrun
	local form words
	for form in "-qfjson" "-qf json" "-qf=json" "-q --form json" "--qui --f=json" "-qtrue" "-q" "-quiet" \
		"-quiet=true -format=json" "--quiet --format json"; do
		read -ra words <<<"$form"
		mcrun list "${words[@]}"
		assert_success
		assert_output ""
	done
	for form in "-qfalse" "-q=false" "-quiet=false"; do
		mcrun list "$form"
		assert_success
		assert_has "$output" STATUS
	done
	mcrun_bare -root "$ROOT" list -f json
	assert_success
	assert_output "[]"
	create_ok
	mcrun delete -fr "^$ID\$"
	assert_success
	assert_nothing_left
	mcrun_bare --log- text list
	assert_failure
	assert_has "$stderr" --log-format --log-level
}

@test "an option without its value is an error" {
	mcrun create "$ID" --bundle
	assert_failure
	mcrun_bare --root
	assert_failure
}

# bats test_tags=mcrun
@test "a mistake in the call is told on stderr alone, with a hint where help is" {
	requires mcrun
	mcrun_bare create --no-such-option
	assert_failure
	assert_equal "$output" "" stdout
	assert_has "$stderr" "mcrun: " --help
}

# bats test_tags=mcrun
@test "a flag that takes no value refuses one" {
	requires mcrun
	mcrun delete --force=yes "$ID"
	assert_failure
	assert_has "$stderr" force
}

# bats test_tags=mcrun
@test "without any word mcrun says how to use it" {
	requires mcrun
	mcrun_bare
	assert_has "$output$stderr" create --help
}

@test "output that cannot be written is an error" {
	[ -w /dev/full ] || skip "needs /dev/full"
	status=0
	"$RUNTIME" features >/dev/full 2>"$T/err" 3>&- || status=$?
	stderr=$(cat "$T/err")
	assert_failure
}
