#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# process.cwd.

load helpers

@test "the program begins in cwd" {
	config '.process.cwd = "/data"'
	run_sh 'pwd; readlink /proc/self/cwd'
	assert_output "$(printf '/data\n/data')"
}

@test "a cwd that is missing is made" {
	config '.process.cwd = "/new/deep/dir"'
	run_sh 'pwd; stat -c %a /new/deep/dir'
	assert_output "$(printf '/new/deep/dir\n755')"
}

@test "a cwd through a symlink stays inside" {
	ln -s /data "$BUNDLE/rootfs/link"
	mkdir "$T/host"
	ln -s "$T/host" "$BUNDLE/rootfs/out"
	config '.process.cwd = "/link"'
	run_sh 'readlink /proc/self/cwd'
	assert_output /data
	config '.process.cwd = "/out/new"'
	config_args true
	run_container
	assert_equal "$(ls -A "$T/host")" "" "what was made on the host"
}

@test "a cwd in a mount works" {
	mkdir "$T/volume"
	config --arg s "$T/volume" '.mounts += [{destination: "/mnt", source: $s, options: ["bind"]}] | .process.cwd = "/mnt"'
	run_sh 'touch here'
	assert test -e "$T/volume/here"
}

@test "a cwd that only its user may enter works" {
	mkdir -m 700 "$BUNDLE/rootfs/home"
	chown 1000:1000 "$BUNDLE/rootfs/home"
	config '.process.cwd = "/home" | .process.user = {uid: 1000, gid: 1000}'
	run_sh pwd
	assert_output /home
}

@test "a cwd that is not absolute is refused" {
	local dir
	for dir in data ./data "" ..; do
		config --arg d "$dir" '.process.cwd = $d'
		create
		assert_refused /process/cwd
	done
}

@test "a cwd that is a file is an error that names it" {
	touch "$BUNDLE/rootfs/data/file"
	config '.process.cwd = "/data/file"'
	create
	if [ "$status" -eq 0 ]; then
		mcrun start "$ID"
		assert_failure
		assert_has "$stderr" /data/file
	else
		assert_refused /data/file
	fi
}
