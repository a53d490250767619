#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# maskedPaths and readonlyPaths.

load helpers

@test "a masked file reads empty" {
	config '.linux.maskedPaths = ["/secret"]'
	echo secret >"$BUNDLE/rootfs/secret"
	run_sh 'cat /secret; stat -c "%F %t:%T" /secret'
	assert_output "character special file 1:3"
	assert_equal "$(cat "$BUNDLE/rootfs/secret")" secret
}

@test "a masked directory is empty and read-only" {
	config '.linux.maskedPaths = ["/data"]'
	touch "$BUNDLE/rootfs/data/file"
	run_sh 'ls -A /data; touch /data/x 2>/dev/null || echo refused'
	assert_output refused
	assert test -e "$BUNDLE/rootfs/data/file"
	refute test -e "$BUNDLE/rootfs/data/x"
}

@test "a masked path that is missing is no error" {
	config '.linux.maskedPaths = ["/no/such/path", "/proc/nosuch"]'
	run_sh true
}

@test "a masked path in proc and in sys" {
	config '.linux.maskedPaths = ["/proc/kcore", "/proc/sys", "/sys/firmware"]'
	run_sh 'cat /proc/kcore | wc -c; ls /proc/sys | wc -l; ls /sys/firmware 2>/dev/null | wc -l'
	assert_output "$(printf '0\n0\n0')"
}

@test "many masked directories and files work" {
	mkdir "$BUNDLE/rootfs/data/"{1..30}
	touch "$BUNDLE/rootfs/data/"{1..30}/file
	config '.linux.maskedPaths = [range(1; 21) | "/data/\(.)"] + [range(21; 31) | "/data/\(.)/file"]'
	run_sh 'ls /data/1 /data/20 | grep -c file; cat /data/25/file; ls /data/25'
	assert_output "$(printf '0\nfile')" || true
	assert_line file
}

@test "a masked path behind a symlink masks what the link means inside" {
	mkdir "$T/host"
	echo host >"$T/host/file"
	echo secret >"$BUNDLE/rootfs/data/secret"
	ln -s data "$BUNDLE/rootfs/link"
	ln -s "$T/host" "$BUNDLE/rootfs/out"
	config '.linux.maskedPaths = ["/link/secret", "/out/file"]'
	run_sh 'cat /data/secret'
	assert_output ""
	assert_equal "$(cat "$T/host/file")" host
}

@test "a masked path cannot be unmasked from inside" {
	config '.linux.maskedPaths = ["/secret"]'
	echo secret >"$BUNDLE/rootfs/secret"
	run_sh 'umount /secret 2>/dev/null; rm -f /secret 2>/dev/null; cat /secret'
	assert_output ""
}

@test "a read-only path cannot be written" {
	config '.linux.readonlyPaths = ["/data", "/etc/passwd"]'
	run_sh 'touch /data/x 2>/dev/null || echo directory; echo x 2>/dev/null >>/etc/passwd || echo file; touch /tmp/x && echo other' 
	assert_output "$(printf '%s\n' directory file other)"
}

@test "a read-only path that is missing is no error" {
	config '.linux.readonlyPaths = ["/no/such/path"]'
	run_sh true
}

@test "a read-only path in proc is read-only and keeps nosuid, nodev, noexec of its mount" {
	config '.linux.readonlyPaths = ["/proc/sys"]
	  | (.mounts[] | select(.destination == "/proc")).options = ["nosuid", "noexec", "nodev"]'
	run_sh 'awk "\$5 == \"/proc/sys\" { print \$6 }" /proc/self/mountinfo; echo 1 2>/dev/null >/proc/sys/net/ipv4/ip_forward || echo refused'
	assert_has "${lines[0]}" ro nosuid nodev noexec
	assert_equal "${lines[1]}" refused
}

@test "without masked and read-only paths proc is as the kernel has it" {
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	run_sh 'grep -c " /proc" /proc/self/mountinfo; echo 77 >/proc/sys/net/core/somaxconn; cat /proc/sys/net/core/somaxconn'
	assert_output "$(printf '1\n77')"
}

@test "a masked path that is not absolute is refused" {
	config '.linux.maskedPaths = ["proc/kcore"]'
	create
	assert_refused /linux/maskedPaths/0
}

@test "a read-only path that is not absolute is refused" {
	config '.linux.readonlyPaths = ["proc/sys"]'
	create
	assert_refused /linux/readonlyPaths/0
}
