#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Input that this project did not make: a root file system that Docker exported, a Debian root, and the
# config.json files and command lines that Docker, containerd, Podman and buildah hand to a runtime
# (tests/data/engines, captured by tests/engines/capture/capture).  Each captured container checks for
# itself that it got what its case is about, and says so as its last word.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034  # jq programs; bats' subshells; LAST and stderr are for `fail`

load helpers

CAPTURE=$TESTS_DIR/../engines/capture
CAPTURED=$TESTS_DIR/../data/engines

# --- what the tests below stand on ------------------------------------------------------------

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

# --- a root file system that Docker exported --------------------------------------------------

@test "a root file system exported by a Docker daemon runs with its image's environment, entrypoint and user" {
	requires root tool:dockerd tool:jq
	local image=$T/rootfs

	cp -a "$BATS_FILE_TMPDIR/rootfs" "$image"
	mkdir -p "$image/home"
	echo 'echo "$FLAVOUR:$(id -u):$(pwd):$#:$2"' >"$image/entry"
	tar -C "$image" -cf "$T/image.tar" .
	rm -rf "$BUNDLE"
	"$CAPTURE/docker-export" "$T/image.tar" "$BUNDLE"
	assert test -e "$BUNDLE/rootfs/.dockerenv"

	mcrun spec --bundle "$BUNDLE"
	assert_success
	config --arg id "/$ID" --slurpfile image "$BUNDLE/image.json" \
		--arg uid "$(awk -F: '$1 == "user" { print $3 }' "$BUNDLE/rootfs/etc/passwd")" '
		.process.args = $image[0].Entrypoint + $image[0].Cmd
		| .process.env = $image[0].Env
		| .process.cwd = $image[0].WorkingDir
		| .process.user = { uid: ($uid | tonumber), gid: ($uid | tonumber) }
		| .process.terminal = false
		| .linux.cgroupsPath = $id'
	run_container
	assert_success
	assert_output "vanilla:1000:/home:2:two words"
}

# --- a Debian root ----------------------------------------------------------------------------

# debian_runs TEXT COMMAND...: the command runs in the Debian root, under the runtime's own default config
# (a terminal, a read-only root, its capabilities and mounts), and prints a line that has the text.
debian_runs() {
	local text=$1
	shift
	config_args "$@"
	config --arg root "$DEBIAN" --arg id "/$ID" '.root.path = $root | .linux.cgroupsPath = $id'
	run_in_terminal
	assert_success
	assert_has "$output" "$text"
}

@test "a Debian root runs bash, apt, perl and python under the default config" {
	requires root tool:script
	command -v mmdebstrap >/dev/null || requires tool:debootstrap
	DEBIAN=$("$CAPTURE/debian-rootfs" 2>"$T/debian") || skip_avoidable "no Debian root: $(tail -n 1 "$T/debian")"
	rm "$BUNDLE/config.json"
	mcrun spec --bundle "$BUNDLE"
	assert_success
	debian_runs "bash: 5 of box" bash -c 'f() { echo "bash: ${BASH_VERSINFO[0]} of ${1}"; }; f box'
	debian_runs "apt 2" apt-get --version
	debian_runs "perl: 42" perl -e 'print "perl: ", join("", sort { $b cmp $a } 2, 4), "\n"'
	debian_runs "python: linux" python3 -c 'import sys; print("python:", sys.platform)'
}

# --- what engines hand over: config.json ------------------------------------------------------

# bats test_tags=mcrun
@test "explain understands every captured config as it is, and names each mount by its place" {
	requires mcrun
	local file i n failed='' facts=$BATS_TEST_DIRNAME/../data/facts-unified.json

	# With the facts of a unified host, so that it runs on any. Slices are systemd's.
	for file in $(captured '*' | grep -v systemd-cgroup); do
		case $file in *v1-limits.json) continue ;; esac # asks for what v2 does not have: kernel memory, swappiness
		cp "$file" "$BUNDLE/config.json"
		mcrun explain --facts "$facts" --bundle "$BUNDLE"
		[ "$status" -eq 0 ] || { failed+="$(fail "$(basename "$file")" 2>&1 || true)"$'\n'; continue; }
		n=$(jq '.mounts | length' "$file")
		for ((i = 0; i < n; i++)); do
			grep -qE "/mounts/$i([^0-9]|\$)" <<<"$output" || failed+="$(basename "$file"): no /mounts/$i"$'\n'
		done
		grep -q "/process" <<<"$output" || failed+="$(basename "$file"): no /process"$'\n'
		grep -q "/linux/namespaces" <<<"$output" || failed+="$(basename "$file"): no /linux/namespaces"$'\n'
	done
	[ -z "$failed" ] || fail "$failed"
}

@test "every container that Docker configured runs, and finds what it asked for" {
	requires root tool:jq tool:script
	all_run 'docker-*'
}

@test "every container that containerd configured runs, and finds what it asked for" {
	requires root tool:jq tool:script
	all_run 'containerd-*'
}

@test "every container that Podman configured runs, and finds what it asked for" {
	requires root tool:jq tool:script
	all_run 'podman-[0-9]*'
}

@test "every container that rootless Podman configured runs, and finds what it asked for" {
	requires root tool:jq tool:script
	all_run 'podman-rootless-*'
}

@test "every container that buildah configured runs, and finds what it asked for" {
	requires root tool:jq tool:script
	all_run 'buildah-*'
}

@test "the limits that engines configured are in force inside" {
	requires root tool:jq unified controller:memory controller:cpu controller:pids
	local file

	for file in $(captured '*limits*'); do
		[[ $file != *-v1-limits.json ]] || continue
		substitute "$file" --fit
		# A disk that this machine lacks is no reason; a controller would be.
		refute grep -E 'memory|cpu|pids' "$T/dropped"
		run_captured "$file"
		assert_success
		assert_has "$output" "$(last_word "$file")"
	done
}

# --- what engines hand over: processes and resources ------------------------------------------

# start_held CONFIG: starts a captured container that stays, as its image's root had this file for it.
start_held() {
	substitute "$1" --fit
	touch "$BUNDLE/rootfs/etc/hold"
	create_ok
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

@test "the processes that engines hand to exec run in the container, with a terminal where they ask for one" {
	requires command:exec root tool:jq tool:script
	local config file

	for config in $(captured '*-lifecycle'); do
		start_held "$config"
		for file in "${config%.json}".process*.json; do
			exec_captured "$file"
			case $(jq -r '.args[0]' "$file") in
			echo) assert_output one ;;
			tty) assert_has "$output" /dev/pts/ ;;
			esac
		done
		mcrun delete --force "$ID"
		assert_success
	done
}

@test "the resources that engines hand to update are in force" {
	requires command:exec command:update root tool:jq unified controller:memory controller:cpu controller:pids
	local config

	for config in $(captured '*-update'); do
		start_held "$config"
		mcrun update --resources "${config%.json}.resources.json" "$ID"
		assert_success
		mcrun exec "$ID" cat /sys/fs/cgroup/memory.max
		assert_output "$(jq .memory.limit "${config%.json}.resources.json")"
		mcrun exec "$ID" cat /sys/fs/cgroup/cpu.max
		assert_output "$(jq -r '.cpu | "\(.quota) \(.period)"' "${config%.json}.resources.json")"
		mcrun delete --force "$ID"
		assert_success
	done
}

# --- what engines hand over: command lines ----------------------------------------------------

# replay CONFIG: the engine's own command lines, word for word, but for two things: each absolute path is below
# $T/replay, where the bundle is made, too; and the state is in $ROOT, where teardown looks.
# What is started is waited for before the next line.
replay() {
	local line words command

	while IFS= read -r line; do
		eval "words=($line)"
		relocate
		case $command in
		create) replay_bundle "$1" ;;
		kill) continue ;;		# the container has ended by itself
		esac
		CALLS=$((CALLS + 1))
		ERR=$T/err.$CALLS
		status=0
		LAST="${words[*]}"
		MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" "${words[@]}" \
			</dev/null >>"$T/replay.out" 2>"$ERR" 3>&- 4>&- || status=$?
		stderr=$(cat "$ERR")
		output=$(cat "$T/replay.out")
		[ "$status" -eq 0 ] || fail "$(basename "$1" .json): $command"
		[ "$command" != start ] || wait_for pid_gone "$(cat "$PID_FILE")"
	done <"${1%.json}.args"
}

# Changes the paths in `words`; finds the command, and what create is told.
relocate() {
	local i word previous='' place=$T/replay

	command=''
	for i in "${!words[@]}"; do
		word=${words[i]}
		case $word in
		--*=/*) words[i]=${word%%=*}=$place${word#*=} ;;
		/*) words[i]=$place$word ;;
		create | start | state | kill | delete) command=${command:-$word} ;;
		esac
		case $previous in
		--root) words[i]=$ROOT ;;
		--bundle) REPLAY_BUNDLE=${words[i]} ;;
		--pid-file) PID_FILE=${words[i]} ;;
		--log) mkdir -p "$(dirname "${words[i]}")" ;;
		esac
		previous=$word
	done
	# Podman and buildah give no --root: they use the default.  A test does not.
	[[ " ${words[*]} " == *' --root '* ]] || words=(--root "$ROOT" "${words[@]}")
}

replay_bundle() {
	mkdir -p "$REPLAY_BUNDLE" "$(dirname "$PID_FILE")"
	substitute "$1" --fit
	cp -a "$BUNDLE/." "$REPLAY_BUNDLE/"
}

# replay_case GLOB: the output and the pid file are what the engine would have got.
replay_case() {
	local file

	mkdir -p "$T/replay/run" "$T/replay/var"
	ln -sfn ../run "$T/replay/var/run"	# Docker says now /var/run, now /run
	for file in $(captured "$1"); do
		: >"$T/replay.out"
		replay "$file"
		assert_has "$(cat "$T/replay.out")" "$(last_word "$file")"
		[[ $(cat "$PID_FILE") =~ ^[0-9]+$ ]] || fail "the pid file says '$(cat "$PID_FILE")'"
	done
}

@test "the command lines of Docker, containerd, Podman and buildah work, word for word" {
	requires root tool:jq
	replay_case 'docker-*-plain'
	replay_case 'containerd-*-plain'
	replay_case 'podman-[0-9]*-plain'
	replay_case 'buildah-*-run'
}
