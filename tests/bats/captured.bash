#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# For tests that run the containers of tests/data/engines, which engines configured: `load captured`, behind `load
# helpers`. Each of these containers checks for itself that it got what its case is about, and says so as its last word.

# shellcheck disable=SC2034  # what is set here is for tests and helpers

CAPTURE=$TESTS_DIR/../engines/capture
CAPTURED=$TESTS_DIR/../data/engines

# captured GLOB: the captured configs that match, without the processes of exec and resources of update.
captured() {
	local file
	for file in "$CAPTURED"/$1.json; do
		case $file in
		*.process.json | *.process-*.json | *.resources.json) ;;
		*) [ ! -e "$file" ] || printf '%s\n' "$file" ;;
		esac
	done
}

# What the container of this config says when all is well.
last_word() {
	grep -o 'captured-by [a-z-]* [a-z0-9-]*' "$1"
}

# in_terminal COMMAND...: in a terminal of its own; its carriage returns are taken out.
in_terminal() {
	local line
	printf -v line '%q ' "$@"
	script -qec "$line" /dev/null </dev/null | tr -d '\r'
	return "${PIPESTATUS[0]}"
}

# run_in_terminal OPTION...: like run_container, where the config wants a terminal.
run_in_terminal() {
	CALLS=$((CALLS + 1))
	OUT=$T/out.$CALLS
	ERR=$T/err.$CALLS
	LAST="$RUNTIME run, in a terminal"
	status=0
	MCRUN_TEST_ID=$ID in_terminal timeout --foreground -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" "$@" \
		run --bundle "$BUNDLE" "$ID" >"$OUT" 2>"$ERR" 3>&- 4>&- || status=$?
	read_output
}

# substitute CONFIG [--fit]: $BUNDLE is the captured container, made to fit this machine; DROPPED is what did not.
substitute() {
	rm -rf "$BUNDLE"
	"$CAPTURE/substitute" ${2:+"$2"} --id "$ID" --env "MCRUN_TEST_ID=$ID" \
		"$1" "$BATS_FILE_TMPDIR/rootfs" "$BUNDLE" 2>"$T/dropped"
	DROPPED=$(<"$T/dropped")
}

# run_captured CONFIG: runs what `substitute` made, with the options about cgroups that the engine gave.
run_captured() {
	local args=${1%.json}.args options=()

	! grep -q -- '--systemd-cgroup' "$args" || options+=(--systemd-cgroup)
	! grep -q -- '--cgroup-manager disabled' "$args" || options+=(--cgroup-manager disabled)
	if grep -q '"terminal":true' "$BUNDLE/config.json"; then
		run_in_terminal "${options[@]}"
	elif grep -q -- '--preserve-fds' "$args"; then
		status=0
		LAST="$RUNTIME run --preserve-fds 1"
		output=$(MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" "${options[@]}" \
			run --preserve-fds 1 --bundle "$BUNDLE" "$ID" 2>"$T/err" 3</dev/null 4>&- </dev/null) || status=$?
		stderr=$(cat "$T/err")
	else
		mcrun "${options[@]}" run --bundle "$BUNDLE" "$ID"
	fi
}

# Why this machine or this runtime cannot run a case at all; nothing if it can.
cannot() {
	case $1 in
	*-systemd-cgroup.json)
		[ -d /run/systemd/system ] || echo "needs systemd"
		;;
	*-no-cgroups.json)
		[ "$RUNTIME_NAME" != runc ] || echo "runc has no --cgroup-manager"
		;;
	*-v1-limits.json)
		echo "asks for what only cgroup v1 has"
		;;
	*limits*.json)
		echo "is a test of its own"
		;;
	esac
}

# all_run GLOB: every container of the captured configs comes to its last word, with status 0.
all_run() {
	local file why failed='' n=0

	for file in $(captured "$1"); do
		why=$(cannot "$file")
		if [ -n "$why" ]; then
			echo "$(basename "$file"): not run: $why"
			continue
		fi
		substitute "$file" --fit
		[ -z "$DROPPED" ] || echo "$(basename "$file"): $DROPPED"
		run_captured "$file"
		if [ "$status" -ne 0 ] || ! grep -qF "$(last_word "$file")" <<<"$output"; then
			failed+="$(fail "$(basename "$file")" 2>&1 || true)"$'\n'
			mcrun delete --force "$ID"
		fi
		n=$((n + 1))
	done
	[ -z "$failed" ] || fail "$failed"
	[ "$n" -gt 0 ] || fail "no captured config matches $1"
}

# start_held CONFIG [CGROUPS-PATH]: starts a captured container that stays, as its image's root had this file for it;
# with the path, by the systemd driver.
start_held() {
	substitute "$1" --fit
	touch "$BUNDLE/rootfs/etc/hold"
	[ -z "${2:-}" ] || config --arg path "$2" '.linux.cgroupsPath = $path'
	mcrun ${2:+--systemd-cgroup} create --bundle "$BUNDLE" "$ID"
	assert_success
	start_ok
}

# exec_captured FILE: a captured process in the running container, less the capabilities that are not ours to give.
exec_captured() {
	local process=$T/process.json

	if has_cap sys_resource; then
		cp "$1" "$process"
	else
		jq 'del(.capabilities[]?[] | select(. == "CAP_SYS_RESOURCE"))' "$1" >"$process"
	fi
	if [ "$(jq .terminal "$process")" = true ]; then
		status=0
		LAST="$RUNTIME exec --process $1, in a terminal"
		output=$(in_terminal timeout --foreground -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" \
			exec --process "$process" "$ID" 3>&- 4>&-) || status=$?
	else
		mcrun exec --process "$process" "$ID"
	fi
	assert_success
}
