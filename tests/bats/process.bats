#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The rest of process: oomScoreAdj, noNewPrivileges, args, env and where the program is found.

load helpers

@test "oomScoreAdj is set" {
	config '.process.oomScoreAdj = 500'
	run_sh 'cat /proc/self/oom_score_adj'
	assert_output 500
}

@test "without oomScoreAdj the program has the caller's" {
	config 'del(.process.oomScoreAdj)'
	config_sh 'cat /proc/self/oom_score_adj'
	output=$(MCRUN_TEST_ID=$ID sh -c 'echo 123 >/proc/self/oom_score_adj; exec timeout -k 2 "$@"' sh "$LIMIT" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&-)
	assert_output 123
}

@test "an oomScoreAdj of 0 is a value" {
	requires cap:sys_resource
	config '.process.oomScoreAdj = 0'
	config_sh 'cat /proc/self/oom_score_adj'
	output=$(MCRUN_TEST_ID=$ID sh -c 'echo 123 >/proc/self/oom_score_adj; exec timeout -k 2 "$@"' sh "$LIMIT" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&-)
	assert_output 0
}

@test "an oomScoreAdj that the kernel does not know is refused" {
	local value
	for value in 1001 -1001; do
		config ".process.oomScoreAdj = $value"
		create
		assert_refused /process/oomScoreAdj
	done
}

@test "noNewPrivileges true and false" {
	config '.process.noNewPrivileges = true'
	run_sh 'grep ^NoNewPrivs /proc/self/status | tr "\t" " "'
	assert_output "NoNewPrivs: 1"
	config '.process.noNewPrivileges = false'
	run_container
	assert_output "NoNewPrivs: 0"
	config 'del(.process.noNewPrivileges)'
	run_container
	assert_output "NoNewPrivs: 0"
}

@test "the environment is what config.json says, and nothing of the caller's" {
	export CALLER_SECRET=secret
	config '.process.env = ["PATH=/bin", "A=1", "EMPTY=", "SPACE=a b", "EQUALS=a=b", "HOME=/here"]'
	config_args env
	run_container
	assert_success
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n' A=1 EMPTY= EQUALS=a=b HOME=/here PATH=/bin 'SPACE=a b')"
}

@test "HOME comes from the container's passwd when it is not set" {
	config '.process.user = {uid: 1000, gid: 1000} | .process.env |= map(select(startswith("HOME") | not))'
	run_sh 'echo $HOME'
	assert_output /home/user
}

@test "HOME is / for a user that passwd does not know" {
	config '.process.user = {uid: 4321, gid: 1} | .process.env |= map(select(startswith("HOME") | not))'
	run_sh 'echo $HOME'
	assert_output /
}

@test "a passwd that leads out, or is no file, does no harm" {
	rm -r "$BUNDLE/rootfs/etc"
	mkdir "$T/host"
	echo 'root:x:0:0:root:/leaked:/bin/sh' >"$T/host/passwd"
	ln -s "$T/host" "$BUNDLE/rootfs/etc"
	config '.process.env |= map(select(startswith("HOME") | not))'
	run_sh 'echo $HOME'
	assert_has_not "$output" leaked
	rm "$BUNDLE/rootfs/etc"
	mkdir "$BUNDLE/rootfs/etc"
	mkfifo "$BUNDLE/rootfs/etc/passwd"
	run_container
	assert_success
}

@test "arguments arrive as they are: spaces, quotes, newlines, empty ones" {
	config_args sh -c 'for a in "$@"; do printf "[%s]" "$a"; done' sh 'two words' '' "it's" '"' $'line\nline' '$HOME' '*'
	run_container
	assert_success
	assert_output $'[two words][][it\'s]["][line\nline][$HOME][*]'
}

@test "a hundred thousand bytes of arguments and environment arrive" {
	local long
	long=$(printf 'x%.0s' {1..50000})
	config --arg l "$long" '.process.env += ["LONG=\($l)"] | .process.args = ["sh", "-c", "echo ${#1} ${#LONG}", "sh", $l]'
	run_container
	assert_success
	assert_output "50000 50000"
}

@test "the program is found by the container's PATH" {
	mkdir "$BUNDLE/rootfs/own" "$BUNDLE/rootfs/second"
	printf '#!/bin/sh\necho mine\n' | rootfs_file own/prog 0755
	printf '#!/bin/sh\necho second\n' | rootfs_file second/prog 0755
	config '.process.env = ["PATH=/nowhere:/own:/second"]'
	config_args prog
	run_container
	assert_success
	assert_output mine
}

@test "PATH skips what is not executable and what is a directory" {
	mkdir -p "$BUNDLE/rootfs/one/prog" "$BUNDLE/rootfs/two" "$BUNDLE/rootfs/three"
	printf 'text\n' | rootfs_file two/prog 0644
	printf '#!/bin/sh\necho three\n' | rootfs_file three/prog 0755
	config '.process.env = ["PATH=/one:/two:/three"]'
	config_args prog
	run_container
	assert_success
	assert_output three
}

@test "the program is not found by the caller's PATH" {
	mkdir "$BUNDLE/rootfs/own"
	printf '#!/bin/sh\necho mine\n' | rootfs_file own/prog 0755
	config '.process.env = ["PATH=/bin"]'
	config_args prog
	PATH=/own:$PATH run_container
	assert_refused prog
	assert_has "$stderr" "executable file not found in"
}

@test "a program with a slash is relative to cwd" {
	printf '#!/bin/sh\necho here\n' | rootfs_file data/prog 0755
	config '.process.cwd = "/data"'
	config_args ./prog
	run_container
	assert_success
	assert_output here
	config '.process.cwd = "/"'
	config_args data/prog
	run_container
	assert_output here
}

@test "the program's name is args[0] as it was written" {
	run_sh 'tr "\0" " " </proc/self/cmdline'
	config_args cat /proc/self/cmdline
	run_container
	assert_has "$output" "cat/proc/self/cmdline"
}

@test "a program that is a symlink inside the root works" {
	ln -s /bin/busybox "$BUNDLE/rootfs/data/echo"
	config_args /data/echo linked
	run_container
	assert_success
	assert_output linked
}

@test "a program that is a directory, or not executable, is refused with permission denied" {
	printf 'text\n' | rootfs_file data/text 0644
	config_args /data/text
	create
	assert_refused /data/text "permission denied"
	config_args /data
	create
	assert_refused /data
}
