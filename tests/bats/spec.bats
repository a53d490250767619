#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command spec: writes a config.json that works.

load helpers

setup_spec() {
	mkdir "$T/new"
	mv "$BUNDLE/rootfs" "$T/new/rootfs"
	mv "$BUNDLE/config.json" "$T/old.json"
	rmdir "$BUNDLE"
	mv "$T/new" "$BUNDLE"
}

# spec_run [OPTION...] -- WORD...: a bundle made by spec alone, run.
spec_run() {
	rm -f "$BUNDLE/config.json"
	mcrun spec --bundle "$BUNDLE" "$@"
	assert_success
	run_container
}

@test "spec writes config.json into the current directory" {
	setup_spec
	cd "$BUNDLE"
	mcrun spec
	assert_success
	assert jq -e '.ociVersion and .process.args and .root.path == "rootfs"' config.json
}

@test "spec --bundle writes there" {
	setup_spec
	mcrun spec --bundle "$BUNDLE"
	assert_success
	assert test -s "$BUNDLE/config.json"
}

# bats test_tags=mcrun
@test "spec --file writes another file, relative to the bundle" {
	requires mcrun
	mcrun spec --bundle "$T" --file other.json
	assert_success
	assert jq -e .process.args "$T/other.json"
	mcrun spec --bundle "$BUNDLE" -f "$T/third.json"
	assert_success
	assert jq -e .process.args "$T/third.json"
}

@test "spec does not replace a config.json" {
	cp "$BUNDLE/config.json" "$T/before"
	mcrun spec --bundle "$BUNDLE"
	assert_failure
	assert_has "$stderr" config.json
	assert cmp "$T/before" "$BUNDLE/config.json"
}

@test "spec says where it cannot write" {
	mcrun spec --bundle "$T/missing"
	assert_failure
	assert_says "$T/missing"
}

@test "what spec writes runs" {
	setup_spec
	mcrun spec --bundle "$BUNDLE"
	config '.process.terminal = false | .process.args = ["echo", "from spec"]'
	run_container
	assert_success
	assert_output "from spec"
}

@test "spec sets no inheritable capability (CVE-2022-24769)" {
	setup_spec
	mcrun spec --bundle "$BUNDLE"
	assert_equal "$(jq -c '.process.capabilities.inheritable // []' "$BUNDLE/config.json")" "[]"
}

@test "spec sets noNewPrivileges, masked and read-only paths" {
	setup_spec
	mcrun spec --bundle "$BUNDLE"
	assert jq -e '.process.noNewPrivileges and (.linux.maskedPaths | index("/proc/kcore"))
		and (.linux.readonlyPaths | index("/proc/sys"))' "$BUNDLE/config.json"
}

# bats test_tags=mcrun
@test "spec takes the program after --" {
	requires mcrun
	setup_spec
	spec_run -- echo "two words" -n
	assert_success
	assert_output "two words -n"
}

# bats test_tags=mcrun
@test "spec --hostname, --env, --user, --cwd and --read-only do what they say" {
	requires mcrun
	setup_spec
	spec_run --hostname myhost --env FOO=bar --env=BAZ=1 --user 12:34 --cwd /tmp --read-only -- \
		sh -c 'hostname; echo $FOO $BAZ; id -u; id -g; pwd; touch /file 2>/dev/null || echo read-only'
	assert_success
	assert_output "$(printf '%s\n' myhost 'bar 1' 12 34 /tmp read-only)"
}

# bats test_tags=mcrun
@test "spec --volume binds, read-only with :ro" {
	requires mcrun
	setup_spec
	mkdir "$T/one" "$T/two"
	echo inside >"$T/one/file"
	spec_run --volume "$T/one:/mnt:ro" --volume "$T/two:/data" -- \
		sh -c 'cat /mnt/file; touch /mnt/x 2>/dev/null || echo read-only; echo written >/data/file'
	assert_success
	assert_output "$(printf '%s\n' inside read-only)"
	assert_equal "$(cat "$T/two/file")" written
}

# bats test_tags=mcrun
@test "spec --memory, --cpus and --pids-limit fill in the resources" {
	requires mcrun
	setup_spec
	mcrun spec --bundle "$BUNDLE" --memory 64M --cpus 1.5 --pids-limit 20 -- true
	assert_success
	assert_equal "$(jq -c '.linux.resources | [.memory.limit, .cpu.quota / .cpu.period, .pids.limit]' \
		"$BUNDLE/config.json")" "[67108864,1.5,20]"
}

# bats test_tags=mcrun
@test "spec --terminal asks for a terminal" {
	requires mcrun
	setup_spec
	mcrun spec --bundle "$BUNDLE" --terminal -- sh
	assert_success
	assert_equal "$(jq .process.terminal "$BUNDLE/config.json")" true
}

# bats test_tags=mcrun
@test "spec refuses values that it cannot understand, and writes nothing" {
	requires mcrun
	setup_spec
	local bad
	for bad in --memory=12X --cpus=-1 --cpus=many --pids-limit=x --user=nobody:x:y --volume=/only --env==x; do
		mcrun spec --bundle "$BUNDLE" "$bad" -- true
		assert_failure
		assert_has "$stderr" "${bad%%=*}"
		refute test -e "$BUNDLE/config.json"
	done
}

@test "spec -b is --bundle" {
	setup_spec
	mcrun spec -b "$BUNDLE"
	assert_success
	assert test -s "$BUNDLE/config.json"
}
