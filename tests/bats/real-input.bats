#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Input that this project did not make: a root file system that Docker exported, a Debian root, and the
# config.json files and command lines that Docker, containerd, Podman and buildah hand to a runtime
# (tests/data/engines, captured by tests/engines/capture/capture).  Each captured container checks for
# itself that it got what its case is about, and says so as its last word.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034  # jq programs; bats' subshells; LAST and stderr are for `fail`

load helpers
load captured

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
	DEBIAN=$("$CAPTURE/debian-rootfs" 2>"$T/debian") || skip_avoidable "no Debian root: $(tail -n 3 "$T/debian" | paste -s -d " ")"
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
	local file i n driver failed='' facts=$BATS_TEST_DIRNAME/../data/facts-unified.json

	# With the facts of a unified host, so that it runs on any; no bus is asked for a unit's plan.
	for file in $(captured '*'); do
		[[ $file != *-v1-limits.json ]] || continue	# refused, see below
		driver=()
		[[ $file != *-systemd-cgroup.json ]] || driver=(--systemd-cgroup)
		cp "$file" "$BUNDLE/config.json"
		mcrun "${driver[@]}" explain --facts "$facts" --bundle "$BUNDLE"
		[ "$status" -eq 0 ] || { failed+="$(fail "$(basename "$file")" 2>&1 || true)"$'\n'; continue; }
		n=$(jq '.mounts | length' "$file")
		for ((i = 0; i < n; i++)); do
			grep -qE "/mounts/$i([^0-9]|\$)" <<<"$output" || failed+="$(basename "$file"): no /mounts/$i"$'\n'
		done
		grep -q "/process" <<<"$output" || failed+="$(basename "$file"): no /process"$'\n'
		grep -q "/linux/namespaces" <<<"$output" || failed+="$(basename "$file"): no /linux/namespaces"$'\n'
		[ -z "${driver[*]}" ] || grep -qE '^  /linux/cgroupsPath +unit [a-z0-9-]+\.scope in (system|machine)\.slice' <<<"$output" ||
			failed+="$(basename "$file"): no unit"$'\n'
	done
	[ -z "$failed" ] || fail "$failed"
}

# bats test_tags=mcrun
@test "limits that Docker asked a cgroup v1 host for are refused by the first of them" {
	requires mcrun
	local file facts=$BATS_TEST_DIRNAME/../data/facts-unified.json
	for file in $(captured '*-v1-limits'); do
		mcrun explain --facts "$facts" --config "$file" --bundle "$BUNDLE"
		assert_failure
		[[ $stderr =~ ^"mcrun: $file:1:"[0-9]+": /linux/resources/memory/kernel: cgroup v2 has nothing like it (cgroup v1 only)"$ ]] ||
			fail "another message"
	done
	[ -n "${file:-}" ] || fail "no such config"
}

# shown: "SECTION POINTER" of each line of explain, from $output.
shown() {
	awk '/^[a-z]/ { section = $1 } /^  \// { print section, $1 }' <<<"$output"
}

# sections FILE: the same, of what this config has and explain must show.
sections() {
	jq -r 'def each($section; $at; $list): $list // [] | keys[] | "\($section) \($at)/\(.)";
		"state /ociVersion", "cgroup /linux/cgroupsPath",
		(if .linux.resources.devices == [{allow: true, access: "rwm"}] then empty else "cgroup /linux/resources/devices" end),
		each("namespaces"; "/linux/namespaces"; .linux.namespaces), each("mounts"; "/mounts"; .mounts),
		"root /root/path", each("root"; "/linux/maskedPaths"; .linux.maskedPaths),
		each("root"; "/linux/readonlyPaths"; .linux.readonlyPaths),
		(if .hostname then "names /hostname" else empty end), each("names"; "/linux/sysctl"; .linux.sysctl),
		(.hooks // {} | to_entries[] | each("hooks"; "/hooks/\(.key)"; .value)),
		"process /process/args", "process /process/cwd", "process /process/env", "process /process/oomScoreAdj",
		each("process"; "/process/rlimits"; .process.rlimits),
		"user /process/user", "user /process/capabilities",
		(if .linux.seccomp then "seccomp /linux/seccomp" else empty end)' "$1"
}

# bats test_tags=mcrun
@test "explain of what Docker configured shows every section, and each thing with its place" {
	requires mcrun
	local file missing failed='' facts=$BATS_TEST_DIRNAME/../data/facts-unified.json
	for file in $(captured 'docker-*'); do
		[[ $file != *-v1-limits.json ]] || continue
		mcrun explain --facts "$facts" --config "$file" --bundle "$BUNDLE"
		assert_success
		missing=$(sections "$file" | grep -vxFf <(shown)) || continue
		failed+="$(basename "$file"): $missing"$'\n'
	done
	[ -z "$failed" ] || fail "$failed"
	assert_has "$(sections "$CAPTURED/docker-20.10.24-plain.json")" "hooks /hooks/prestart/0" "seccomp /linux/seccomp" \
		"root /linux/maskedPaths/9" "mounts /mounts/9" "names /linux/sysctl/net"
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
