#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command explain: what create would do, and where in config.json it comes from.

load helpers

# bats file_tags=mcrun

@test "explain names what it plans with its place in config.json" {
	requires mcrun
	mcrun explain --bundle "$BUNDLE"
	assert_success
	assert_has "$output" /process /root /mounts/0 /linux/namespaces/0
	assert_has "$output" sleep /proc box
}

@test "explain works without being told an id, and changes nothing" {
	requires mcrun
	find "$BUNDLE" | sort >"$T/before"
	mcrun explain --bundle "$BUNDLE"
	assert_success
	find "$BUNDLE" | sort | assert cmp - "$T/before"
	refute test -e "$ROOT"
	assert_nothing_left
}

@test "explain says the same every time" {
	requires mcrun
	mcrun explain --bundle "$BUNDLE"
	local first=$output
	mcrun explain --bundle "$BUNDLE"
	assert_equal "$output" "$first"
}

@test "explain refuses what create refuses, in the same words" {
	requires mcrun
	config '.linux.namespaces += [{type: "pid"}]'
	create
	assert_refused /linux/namespaces
	local said=$stderr
	mcrun explain --bundle "$BUNDLE"
	assert_failure
	assert_equal "$stderr" "$said" message
}

@test "explain shows every kind of thing that a config can ask for" {
	requires mcrun
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 10, hard: 20}]
	  | .process.oomScoreAdj = 100
	  | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
	  | .linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229}]
	  | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["reboot"], action: "SCMP_ACT_ERRNO"}]}
	  | .hooks.poststop = [{path: "/bin/true"}]'
	mcrun explain --bundle "$BUNDLE"
	assert_success
	assert_has "$output" /process/rlimits/0 /process/oomScoreAdj ip_forward /linux/devices/0 /linux/seccomp \
		/hooks/poststop/0 /linux/maskedPaths/0 /linux/readonlyPaths/0 /process/capabilities
}

@test "explain --config reads another file, and names it in errors" {
	requires mcrun
	mv "$BUNDLE/config.json" "$T/other.json"
	mcrun explain -b "$BUNDLE" --config "$T/other.json"
	assert_success
	local plan=$output
	mcrun explain --bundle "$BUNDLE" -f "$T/other.json"
	assert_output "$plan"
	echo '{' >"$T/other.json"
	mcrun explain --bundle "$BUNDLE" --config "$T/other.json"
	assert_failure
	assert_has "$stderr" "$T/other.json:"
}
