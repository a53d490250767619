#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# mounts add and remove: mounts of a container that is there.

load helpers

# bats file_tags=mcrun

setup() {
	setup_bundle
	requires mcrun root
	mkdir "$T/source"
	echo hello >"$T/source/file"
}

# later JQ-EXPR...: $T/mounts.json, an array of these mounts; $source is a folder of the host.
later() {
	local IFS=,
	jq -n --arg source "$T/source" "[$*]" >"$T/mounts.json"
}

add() {
	mcrun mounts add "$ID" "$T/mounts.json"
}

remove() {
	mcrun mounts remove "$ID" "$T/mounts.json"
}

# in_container WORD...: what a process in it says.
in_container() {
	mcrun exec "$ID" "$@"
	assert_success
}

# What is mounted in the container.
mounted() {
	cat "/proc/$(pid_of)/mountinfo"
}

@test "mounts add mounts a folder and a file of the host and a new tmpfs, with their options; remove takes them away" {
	running
	local before
	before=$(mounted)
	later '{destination: "/mnt/folder", source: $source, options: ["rbind", "ro", "nosuid"]}' \
		'{destination: "/mnt/a/file", source: ($source + "/file"), options: ["bind"]}' \
		'{destination: "/data/tmp", type: "tmpfs", source: "tmpfs", options: ["size=64k", "mode=0700", "noexec"]}'
	add
	assert_success
	assert_equal "$output$stderr" ""
	in_container sh -c 'cat /mnt/folder/file /mnt/a/file; touch /mnt/folder/x; echo mine >/mnt/a/file; stat -c %a /data/tmp; grep " /data/tmp " /proc/mounts' 2>/dev/null
	assert_equal "${lines[0]} ${lines[1]} ${lines[2]}" "hello hello 700"
	assert_has "${lines[3]}" tmpfs noexec size=64k
	assert_has "$stderr" 'Read-only'
	assert_equal "$(cat "$T/source/file")" mine
	assert grep -qE ' /mnt/folder ro,nosuid' "/proc/$(pid_of)/mountinfo"
	# The host has seen nothing of it.
	refute grep -q "$BUNDLE" /proc/self/mountinfo
	remove
	assert_success
	assert_equal "$output$stderr" ""
	assert_equal "$(mounted)" "$before"
	remove
	assert_failure
	assert_says /mounts/2 /data/tmp 'nothing there'
}

# At create such a one is mounted in one call (mount_at_once), which would leave no record of it.
@test "a new /dev and what is mounted in it are taken away as well" {
	running
	local before
	before=$(mounted)
	later '{destination: "/dev", type: "tmpfs", source: "tmpfs"}' '{destination: "/dev/own", type: "tmpfs", source: "tmpfs"}'
	add
	assert_success
	assert_has "$(mounted)" ' /dev/own '
	remove
	assert_success
	assert_equal "$(mounted)" "$before"
}

@test "the file may be an object with the member mounts; what is relative is so to the bundle" {
	running
	mkdir "$BUNDLE/here"
	echo '{"mounts": [{"destination": "mnt/x", "source": "here", "options": ["bind"]}]}' >"$T/mounts.json"
	add
	assert_success
	assert_has "$(mounted)" ' /mnt/x '
	remove
	assert_success
}

@test "a created and a paused container take mounts as well, a stopped one does not" {
	requires cgroup2
	create_ok
	later '{destination: "/mnt/one", source: $source, options: ["bind"]}'
	add
	assert_success
	start_ok
	in_container cat /mnt/one/file
	assert_output hello
	mcrun pause "$ID"
	later '{destination: "/mnt/two", source: $source, options: ["bind"]}'
	add
	assert_success
	mcrun resume "$ID"
	in_container cat /mnt/two/file
	assert_output hello
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	add
	assert_failure
	assert_says 'container not running' 'no such process'
	mcrun mounts add no-such-container "$T/mounts.json"
	assert_failure
	assert_says 'does not exist'
}

@test "if one mount fails, those before it are taken away again" {
	running
	local before
	before=$(cat "/proc/$(pid_of)/mountinfo" "$ROOT/$ID/state.json")
	later '{destination: "/mnt/one", source: $source, options: ["bind"]}' \
		'{destination: "/mnt/two", type: "tmpfs", source: "tmpfs"}' \
		'{destination: "/mnt/three", type: "tmpfs", source: "tmpfs", options: ["nosuch=option"]}'
	add
	assert_failure
	assert_says "$T/mounts.json:" /mounts/2 nosuch
	assert_equal "$(cat "/proc/$(pid_of)/mountinfo" "$ROOT/$ID/state.json")" "$before"
}

@test "what cannot be added is told with its line and place in the file" {
	running
	local mount says
	while IFS='|' read -r mount says; do
		later "$mount"
		add
		assert_failure
		# shellcheck disable=SC2086
		assert_says "$T/mounts.json:" /mounts/0 $says
	done <<-'EOS'
		{destination: "/m", source: "/no/such/folder", options: ["bind"]}|/no/such/folder
		{destination: "/", source: $source, options: ["bind"]}|destination
		{destination: "/proc", type: "proc", source: "proc"}|proc
		{destination: "/data", options: ["remount", "ro"]}|only
		{destination: "/m", source: $source, options: ["bind", 5]}|expected
		{destination: "/etc/passwd", source: $source, options: ["bind"]}|/etc/passwd
		{destination: "/m", source: $source, options: ["bind"], uidMappings: 1}|expected
	EOS
	# An array of one line is counted as it stands in the file.
	printf '[{"destination": "/m", "type": 5}]' >"$T/mounts.json"
	add
	assert_says "$T/mounts.json:1:32:"
	echo '{}' >"$T/mounts.json"
	add
	assert_failure
	assert_says mounts
	mcrun mounts add "$ID" "$T/no-such-file"
	assert_failure
	assert_says "$T/no-such-file"
	mcrun mounts change "$ID" "$T/mounts.json"
	assert_failure
	assert_says change
	mcrun mounts add "$ID"
	assert_failure
}

@test "a symlink of the container leads an added mount nowhere outside of it" {
	running
	in_container ln -s "/../../../..$T/source" /data/link
	later '{destination: "/data/link/new", type: "tmpfs", source: "tmpfs"}'
	add
	assert_success
	assert_equal "$(ls "$T/source")" file
	remove
	assert_success
}

@test "remove takes away what add has mounted, and never what the container puts in its way" {
	running
	later '{destination: "/data/dir/kcore", source: ($source + "/file"), options: ["bind"]}'
	add
	assert_success
	local before
	before=$(mounted)
	# The way to it leads to a masked path now.
	in_container sh -c 'mv /data/dir /data/moved && ln -s /proc /data/dir'
	remove
	assert_failure
	assert_says /data/dir/kcore
	assert_equal "$(wc -l < <(mounted))" "$(wc -l <<<"$before")" mounts
	# What create mounted is not to be removed at all.
	later '{destination: "/proc", source: $source, options: ["bind"]}'
	remove
	assert_failure
	assert_says /proc 'nothing there'
}

@test "mounts in a user namespace: the ids are the container's, and idmap maps the source's" {
	requires userns
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	running
	later '{destination: "/tmp/one", type: "tmpfs", source: "tmpfs"}' \
		'{destination: "/tmp/two", source: $source, options: ["bind"]}'
	add
	assert_success
	in_container stat -c %u /tmp/one /tmp/two
	assert_output $'0\n65534'
	remove
	assert_success
	later '{destination: "/tmp/three", source: $source, options: ["bind", "idmap"]}'
	add
	if [ "$status" -ne 0 ]; then
		assert_says idmap	# not every file system has it
	else
		in_container stat -c %u /tmp/three
		assert_output 0
	fi
}

@test "a container without a mount namespace of its own takes no mounts; nor does an ordinary user add any" {
	config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	running
	later '{destination: "/mnt/one", source: $source, options: ["bind"]}'
	add
	assert_failure
	assert_says mount namespace
	chmod -R a+rX "$ROOT" "$T" 2>/dev/null
	status=0
	setpriv --reuid 12345 --clear-groups "$RUNTIME" --root "$ROOT" mounts add "$ID" "$T/mounts.json" >"$T/said" 2>&1 || status=$?
	assert_equal "$status" 1
	assert [ -s "$T/said" ]
}
