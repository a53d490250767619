#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Bad input: each gives one message that names the field or thing, status 1, and nothing is left behind.
# Fields with a file of their own (seccomp, hooks, sysctl ...) have their bad values there.

load helpers

# bad JQ POINTER [NOUN...]: this change of config.json is refused with the pointer and the nouns.
bad() {
	cp "$BUNDLE/config.json" "$T/good.json"
	config "$1"
	shift
	create
	assert_refused "$@"
	cp "$T/good.json" "$BUNDLE/config.json"
}

# bad_id ID NOUN...: refused as a container's name, with the nouns, and nothing is made anywhere.
bad_id() {
	mcrun create --bundle "$BUNDLE" "$1"
	assert_refused "container id" "${@:2}"
	assert iconv -f UTF-8 -t UTF-16 -o /dev/null "$ERR"	# no half of a character
	assert_equal "$(find "$ROOT" -mindepth 1 2>/dev/null)" "" "made below the root"
	assert_nothing_left
}

# --- the file

@test "config.json is missing" {
	rm "$BUNDLE/config.json"
	create
	assert_refused config.json
}

@test "the bundle is missing, or a file" {
	mcrun create --bundle "$T/missing" "$ID"
	assert_refused "$T/missing"
	touch "$T/file"
	mcrun create --bundle "$T/file" "$ID"
	assert_refused "$T/file"
}

@test "config.json is a directory" {
	rm "$BUNDLE/config.json"
	mkdir "$BUNDLE/config.json"
	create
	assert_refused config.json
}

@test "config.json is empty, or only space" {
	: >"$BUNDLE/config.json"
	create
	assert_refused config.json
	printf ' \n' >"$BUNDLE/config.json"
	create
	assert_refused config.json
}

@test "config.json is cut off" {
	local size
	size=$(stat -c %s "$BUNDLE/config.json")
	truncate -s $((size / 2)) "$BUNDLE/config.json"
	create
	assert_refused config.json
}

@test "config.json is not JSON: the place is told" {
	printf '{\n  "ociVersion": "1.0.2",\n  "root": {path: "rootfs"}\n}\n' >"$BUNDLE/config.json"
	create
	assert_refused config.json:3
}

@test "config.json has something behind its end" {
	echo '}' >>"$BUNDLE/config.json"
	create
	assert_refused config.json
}

@test "config.json is an array, a number, null" {
	local text
	for text in '[]' 7 null '"text"'; do
		echo "$text" >"$BUNDLE/config.json"
		create
		assert_refused config.json
	done
}

# bats test_tags=mcrun
@test "config.json has the same key twice" {
	requires mcrun
	sed -i '0,/{/s//{ "hostname": "one",/' "$BUNDLE/config.json"
	create
	assert_refused /hostname
}

# bats test_tags=mcrun
@test "config.json is deeper than anything sane" {
	requires mcrun
	{ printf '{"x":'; printf '[%.0s' {1..5000}; printf ']%.0s' {1..5000}; printf '}'; } >"$BUNDLE/config.json"
	create
	assert_refused config.json
}

# bats test_tags=mcrun
@test "config.json has a NUL in a string" {
	requires mcrun
	bad '.hostname = "a\u0000b"' /hostname
	bad '.process.args[0] = "sleep\u0000x"' /process/args/0
}

# bats test_tags=mcrun
@test "config.json is an endless file" {
	rm "$BUNDLE/config.json"
	ln -s /dev/zero "$BUNDLE/config.json"
	[ "$RUNTIME_NAME" = mcrun ] || skip "this is mcrun's own"
	create
	assert_refused config.json
}

@test "unknown members are ignored" {
	config '.unknown = {a: [1, {b: null}]} | .process.unknown = true | .linux.resources.unknown = 1.5e300
		| .mounts[0].unknown = "x" | .windows = {layerFolders: ["x"]}'
	create_ok
}

@test "members that are null are absent" {
	config '.hooks = null | .annotations = null | .linux.sysctl = null | .process.rlimits = null | .linux.seccomp = null
		| .mounts[0].options = null | .process.user.umask = null | .linux.devices = null'
	create_ok
}

# --- types

@test "a string where a number is needed" {
	bad '.process.user.uid = "0"' /process/user/uid
}

@test "a number where a string is needed" {
	bad '.process.cwd = 7' /process/cwd
}

@test "a string where a truth value is needed" {
	bad '.root.readonly = "true"' /root/readonly
}

@test "an object where an array is needed" {
	bad '.mounts = {"x": 1}' /mounts
}

@test "an array where an object is needed" {
	bad '.process = []' /process
}

@test "a string where an array is needed" {
	bad '.process.args = "sh"' /process/args
}

@test "a number in an array of strings" {
	bad '.mounts[2].options = ["ro", 7]' /mounts/2/options/1
}

@test "a number in a map of strings" {
	bad '.annotations = {good: "x", bad: 7}' /annotations/bad
}

@test "a string in an array of objects" {
	bad '.linux.namespaces += ["pid"]' /linux/namespaces/5
}

@test "a fraction where a whole number is needed" {
	bad '.process.user.gid = 1.5' /process/user/gid
}

@test "a negative number where there is none" {
	bad '.process.user.additionalGids = [-1]' /process/user/additionalGids/0
}

@test "a number that is too large" {
	bad '.process.user.uid = 99999999999' /process/user/uid
}

@test "a number beyond 64 bits" {
	bad '.linux.resources.memory = {limit: 1e30}' /linux/resources/memory/limit
}

# --- what must be there

# bats test_tags=mcrun
@test "ociVersion is missing" {
	[ "$RUNTIME_NAME" = mcrun ] || skip "this is mcrun's own"
	bad 'del(.ociVersion)' ociVersion
}

# bats test_tags=mcrun
@test "ociVersion of another major version, or no version" {
	[ "$RUNTIME_NAME" = mcrun ] || skip "this is mcrun's own"
	bad '.ociVersion = "2.0.0"' /ociVersion 2.0.0
	bad '.ociVersion = "latest"' /ociVersion latest
}

@test "a newer minor version of the spec is no error" {
	config '.ociVersion = "1.99.0"'
	create_ok
}

@test "root is missing" {
	bad 'del(.root)' root
}

@test "root.path is missing" {
	bad 'del(.root.path)' path
}

@test "process.cwd is missing" {
	bad 'del(.process.cwd)' cwd
}

@test "process.args is missing" {
	bad 'del(.process.args)' args
}

@test "process.args is empty" {
	bad '.process.args = []' /process/args
}

@test "args[0] is empty" {
	bad '.process.args = [""]' /process/args
}

@test "a mount has no destination" {
	bad '.mounts += [{type: "tmpfs", source: "tmpfs"}]' /mounts/ destination
}

@test "a namespace has no type" {
	bad '.linux.namespaces += [{"path": "/x"}]' /linux/namespaces/ type
}

@test "a device has no path" {
	bad '.linux.devices = [{type: "c", major: 1, minor: 3}]' /linux/devices/0 path
}

@test "a device has no type" {
	bad '.linux.devices = [{path: "/dev/x", major: 1, minor: 3}]' /linux/devices/0 type
}

@test "a hook has no path" {
	bad '.hooks.createRuntime = [{args: ["x"]}]' /hooks/createRuntime/0 path
}

# --- values

@test "a namespace of unknown type" {
	bad '.linux.namespaces += [{type: "nosuch"}]' /linux/namespaces/5 nosuch
}

@test "the same namespace twice" {
	bad '.linux.namespaces += [{type: "pid"}]' /linux/namespaces/5 pid
}

@test "a relative namespace path" {
	bad '.linux.namespaces[1].path = "proc/1/ns/net"' /linux/namespaces/1
}

@test "a relative cwd" {
	bad '.process.cwd = "tmp"' /process/cwd
}

# bats test_tags=mcrun
@test "maps without a user namespace" {
	[ "$RUNTIME_NAME" = mcrun ] || skip "this is mcrun's own"
	bad '.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}]' /linux/uidMappings
}
@test "a user namespace without maps" {
	bad '.linux.namespaces += [{type: "user"}]' Mappings
}

@test "a map of size 0" {
	bad '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 0}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 10}]' /linux/uidMappings/0
}
@test "maps that overlap" {
	bad '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 5, hostID: 200000, size: 10}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 10}]' /linux/uidMappings
}

# (That no field at all is dropped: tests/spec/carried-out.)
# bats test_tags=mcrun
@test "a field that cgroup v2 has nothing for is refused by its name, not dropped" {
	requires mcrun
	bad '.linux.resources = {network: {classID: 1}}' /linux/resources/network/classID "cgroup v2"
	bad '.linux.resources = {memory: {swappiness: 5}}' /linux/resources/memory/swappiness "cgroup v2"
}

# --- the root

@test "the root is missing" {
	bad '.root.path = "missing"' /root/path missing
}

@test "the root is a file" {
	touch "$BUNDLE/plain"
	bad '.root.path = "plain"' /root/path plain
}
@test "the root is empty text" {
	bad '.root.path = ""' /root/path
}

# --- the id

@test "an id with a slash or dots" {
	local id
	for id in ../x a/b /abs 'a/../b'; do
		bad_id "$id" "\"$id\"" "'/' is not allowed"
	done
	for id in . ..; do
		bad_id "$id" "\"$id\"" "the name of a folder"
	done
}

@test "an empty id" {
	bad_id "" "is empty"
}

@test "an id of two thousand characters" {
	bad_id "$(printf 'x%.0s' {1..2000})" "2000 characters long, at most 255"
}

@test "an id with a space, a newline, a control character, another alphabet" {
	bad_id 'a b' '"a b"' "' ' is not allowed"
	bad_id $'a\nb' '"a\x0ab"' "'\x0a' is not allowed"
	bad_id $'a\001b' '"a\x01b"' "'\x01' is not allowed"
	bad_id 'aäb' '"aäb"' "'ä' is not allowed"
	bad_id 'a*' '"a*"' "'*' is not allowed"
	bad_id "a'b" "\"a'b\"" "''' is not allowed"
	bad_id 'a;b' '"a;b"' "';' is not allowed"
}

@test "an id that begins with a dash is an option" {
	mcrun create --bundle "$BUNDLE" -nosuch
	assert_failure
	assert_nothing_left
}

# --- the program

@test "the program is missing" {
	config_args no-such-program
	create
	assert_refused no-such-program
	assert_has "$stderr" 'executable file not found in $PATH'
	config_args /no/such/program
	create
	assert_refused /no/such/program
	assert_has "$stderr" "no such file or directory"
}

@test "the program is not executable" {
	echo text | rootfs_file data/text 0644
	config_args /data/text
	create
	assert_refused /data/text
	assert_has "$stderr" "permission denied"
}

@test "PATH is empty or absent" {
	config '.process.env = []'
	config_args no-such-program
	create
	assert_refused no-such-program
}

@test "the program is a dangling symlink" {
	ln -s /no/such/target "$BUNDLE/rootfs/data/link"
	config_args /data/link
	create
	assert_refused /data/link
}

@test "a script whose interpreter is missing: run says so and leaves nothing" {
	printf '#!/no/such/interpreter\n' | rootfs_file data/script 0755
	config_args /data/script
	run_container
	assert_refused /process/args/0 /data/script /no/such/interpreter
}

# An ELF header and nothing more, of a machine that this is none of (EM_68K).
@test "a program of another architecture: run says so and leaves nothing" {
	{
		printf '\177ELF\002\001\001\0\0\0\0\0\0\0\0\0\002\0\004\0\001\0\0\0'
		head -c 96 /dev/zero
	} | rootfs_file data/foreign 0755
	config_args /data/foreign
	run_container
	assert_refused /process/args/0 /data/foreign "exec format error"
}

# --- mounts

# mount_told DESTINATION SENTENCE: the whole message about the last mount, with the line of config.json where it stands.
mount_told() {
	local line
	[ "$RUNTIME_NAME" = mcrun ] || return 0
	line=$(grep -nF "\"destination\": \"$1\"" "$BUNDLE/config.json" | cut -d: -f1)
	assert_equal "$stderr" "mcrun: $BUNDLE/config.json:$((line - 1)):5: /mounts/7: $1: $2" message
}

@test "a mount source is missing" {
	config --arg s "$T/missing" '.mounts += [{destination: "/mnt", source: $s, options: ["bind"]}]'
	create
	assert_refused /mounts/7 "$T/missing"
}

@test "a file is bound where a directory is, and a directory where a file is" {
	touch "$T/file" "$BUNDLE/rootfs/data/file"
	config --arg s "$T/file" '.mounts += [{destination: "/mnt", source: $s, options: ["bind"]}]'
	create
	assert_refused
	mount_told /mnt "source $T/file is a file, but /mnt in the rootfs is a folder"
	config --arg s "$T" '.mounts[7] = {destination: "/data/file", source: $s, options: ["bind"]}'
	create
	assert_refused
	mount_told /data/file "source $T is a folder, but /data/file in the rootfs is a file"
	config '.mounts[7] = {destination: "/data/file", type: "tmpfs", source: "tmpfs"}'
	create
	assert_refused
	mount_told /data/file "source tmpfs is a folder, but /data/file in the rootfs is a file"
	config '.mounts[7] = {destination: "/data/file", type: "cgroup"}'
	create
	assert_refused
	mount_told /data/file "source cgroup is a folder, but /data/file in the rootfs is a file"
	assert test -f "$BUNDLE/rootfs/data/file" -a -d "$BUNDLE/rootfs/mnt"
}

@test "a destination goes through a file" {
	touch "$BUNDLE/rootfs/data/file"
	bad '.mounts += [{destination: "/data/file/deeper", type: "tmpfs", source: "tmpfs"}]' /mounts/7 /data/file
}

@test "a destination goes through symlinks that never end" {
	ln -s loop "$BUNDLE/rootfs/data/loop"
	bad '.mounts += [{destination: "/data/loop/x", type: "tmpfs", source: "tmpfs"}]' /mounts/7 /data/loop
}

@test "a destination has a name that is too long" {
	bad '.mounts += [{destination: ("/" + "x" * 300), type: "tmpfs", source: "tmpfs"}]' /mounts/7
}

# --- the machine

# with_root MOUNT-OPTIONS SCRIPT: create with a state root on its own small tmpfs, in a mount namespace of the test's own.
with_root() {
	mkdir -p "$ROOT"
	status=0
	MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
		mount -t tmpfs -o "$1" tmpfs "$2" && eval "$3" && shift 3 && "$@" && exit
		status=$?; exit $status' sh "$1" "$ROOT" "$2" \
		timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >"$T/out.1" 2>"$T/err.1" 3>&- ||
		status=$?
	OUT=$T/out.1 ERR=$T/err.1
	read_output
}

@test "the disk of the state root is full" {
	requires root
	with_root size=64k 'head -c 1000000 /dev/zero >"$2/fill" 2>/dev/null; true'
	assert_refused "$ROOT"
}

@test "the state root is read-only" {
	requires root
	with_root ro true
	assert_refused "$ROOT"
}

@test "there is no inode left in the state root" {
	requires root
	with_root nr_inodes=2 'touch "$2/fill"; true'
	assert_refused "$ROOT"
}
