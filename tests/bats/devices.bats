#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Devices: those that every container has, and those that config.json lists.

load helpers

@test "the devices of the spec are there, for everybody to use" {
	run_sh 'for d in null zero full random urandom tty; do stat -c "%n %t:%T %a %u:%g" /dev/$d; done'
	assert_output "$(printf '%s\n' '/dev/null 1:3 666 0:0' '/dev/zero 1:5 666 0:0' '/dev/full 1:7 666 0:0' \
		'/dev/random 1:8 666 0:0' '/dev/urandom 1:9 666 0:0' '/dev/tty 5:0 666 0:0')"
}

@test "the devices work" {
	run_sh 'echo x >/dev/null; head -c 3 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c; echo x 2>/dev/null >/dev/full || echo full'
	assert_output "$(printf '3\n3\nfull')"
}

@test "the symlinks of the spec are there" {
	run_sh 'for l in fd stdin stdout stderr ptmx; do echo "$l $(readlink /dev/$l)"; done'
	assert_output "$(printf '%s\n' 'fd /proc/self/fd' 'stdin /proc/self/fd/0' 'stdout /proc/self/fd/1' \
		'stderr /proc/self/fd/2' 'ptmx pts/ptmx')"
}

@test "the devices are there without a mount at /dev, in the root itself" {
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	run_sh 'test -c /dev/null && test -c /dev/tty && echo yes'
	assert_output yes
}

@test "listed devices have type, numbers, mode and owner" {
	config '.linux.devices = [
		{path: "/dev/one", type: "c", major: 10, minor: 229, fileMode: 432, uid: 5, gid: 6},
		{path: "/dev/deep/er/two", type: "b", major: 7, minor: 300, fileMode: 384},
		{path: "/dev/three", type: "u", major: 10, minor: 230, fileMode: 511},
		{path: "/dev/four", type: "p", fileMode: 438, uid: 7, gid: 7}]'
	run_sh 'stat -c "%n %F %t:%T %a %u:%g" /dev/one /dev/deep/er/two /dev/three /dev/four'
	assert_line "/dev/one character special file a:e5 660 5:6"
	assert_line "/dev/deep/er/two block special file 7:12c 600 0:0"
	assert_line "/dev/three character special file a:e6 777 0:0"
	assert grep -qE '^/dev/four fifo .* 666 7:7$' <<<"$output"
}

@test "the umask of the caller does not change the mode of a device" {
	config '.linux.devices = [{path: "/dev/one", type: "c", major: 10, minor: 229, fileMode: 438}]'
	umask 077
	run_sh 'stat -c %a /dev/one /dev/null'
	assert_output "$(printf '666\n666')"
}

@test "a listed device outside /dev is made too" {
	config '.linux.devices = [{path: "/data/null", type: "c", major: 1, minor: 3, fileMode: 438}]'
	run_sh 'stat -c %t:%T /data/null'
	assert_output 1:3
}

@test "a file that is already there and is the same device is fine" {
	requires cap:mknod
	mknod "$BUNDLE/rootfs/data/null" c 1 3
	config '.linux.devices = [{path: "/data/null", type: "c", major: 1, minor: 3, fileMode: 438}]'
	run_sh 'stat -c %t:%T /data/null'
	assert_output 1:3
}

@test "a file that is already there and is another device is refused" {
	requires cap:mknod
	mknod "$BUNDLE/rootfs/data/null" c 1 5
	config '.linux.devices = [{path: "/data/null", type: "c", major: 1, minor: 3, fileMode: 438}]'
	create
	assert_refused /linux/devices/0 /data/null
}

@test "a file that is already there and is no device is refused" {
	touch "$BUNDLE/rootfs/data/null"
	config '.linux.devices = [{path: "/data/null", type: "c", major: 1, minor: 3, fileMode: 438}]'
	create
	assert_refused /linux/devices/0 /data/null
	assert test -f "$BUNDLE/rootfs/data/null"
}

@test "a device of unknown type is refused" {
	config '.linux.devices = [{path: "/dev/x", type: "x", major: 1, minor: 3}]'
	create
	assert_refused /linux/devices/0
}

@test "a device whose path is not absolute is refused, or taken relative to /" {
	config '.linux.devices = [{path: "dev/x", type: "c", major: 1, minor: 3}]'
	create
	[ "$status" -eq 0 ] || assert_refused /linux/devices/0
}

@test "a bind mounted /dev of the host is left as it is" {
	requires cap:mknod
	mkdir "$T/dev"
	touch "$T/dev/marker"
	mknod "$T/dev/null" c 1 3
	config --arg s "$T/dev" '.mounts |= map(select(.destination | startswith("/dev") | not))
		+ [{destination: "/dev", type: "bind", source: $s, options: ["rbind"]}]'
	run_sh 'ls -A /dev'
	assert_output "$(printf 'marker\nnull')"
	assert_equal "$(ls -A "$T/dev")" "$(printf 'marker\nnull')"
}

@test "in a user namespace, listed devices have mode and owner, whatever the host has there" {
	requires userns root cap:mknod
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 201000, size: 10}]
		| .linux.gidMappings = .linux.uidMappings
		| .linux.devices = [
			{path: "/dev/one", type: "c", major: 1, minor: 3, fileMode: 438, uid: 5, gid: 6},
			{path: "/dev/deep/er/two", type: "b", major: 7, minor: 300, fileMode: 384, uid: 1009},
			{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 438},
			{path: "/dev/four", type: "p", fileMode: 438, uid: 7, gid: 7}]'
	chown 100000:100000 "$BUNDLE"/rootfs{,/dev}
	umask 077
	run_sh 'stat -c "%n %F %t:%T %a %u:%g" /dev/one /dev/deep/er/two /dev/four /dev/null; echo x >/dev/one && echo x >/dev/null && echo works'
	assert_line "/dev/one character special file 1:3 666 5:6"
	assert_line "/dev/deep/er/two block special file 7:12c 600 1009:0"
	assert_line "/dev/null character special file 1:3 666 0:0"
	assert grep -qE '^/dev/four fifo .* 666 7:7$' <<<"$output"
	assert_line works
}

@test "in a user namespace, the owner of a device must be mapped" {
	requires userns root cap:mknod
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] | .linux.gidMappings = .linux.uidMappings
		| .linux.devices = [{path: "/dev/one", type: "c", major: 1, minor: 3, uid: 5, gid: 10}]'
	create
	assert_refused /linux/devices/0 10 gid_map
}

@test "two hundred devices work" {
	config '.linux.devices = [range(200) | {path: "/dev/many\(.)", type: "c", major: 10, minor: ., fileMode: 384}]'
	run_sh 'ls /dev/many* | wc -l'
	assert_output 200
}
