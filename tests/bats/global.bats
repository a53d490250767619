#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Options that stand before the command.

load helpers

RFC3339='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$'

# as_wrapped COMMAND: from here on the runtime is called in a mount namespace of its own, in which the command ran first.
as_wrapped() {
	cat >"$T/mcrun" <<-EOS
		#!/bin/sh
		exec unshare -m --propagation private sh -ec '$1; exec "\$@"' sh "$RUNTIME" "\$@"
	EOS
	chmod +x "$T/mcrun"
	RUNTIME=$T/mcrun
}

# /run is $T/run; $T/journal and $T/syslog, where they are, are the sockets of the host's logs.
as_private_run() {
	mkdir -p "$T/run/systemd/journal" "$T/dev"
	cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$T/dev"
	touch "$T/run/systemd/journal/socket" "$T/dev/log"
	as_wrapped "mount --rbind $T/run /run; mount --rbind $T/dev /dev
		! test -S $T/journal || mount --bind $T/journal /run/systemd/journal/socket
		! test -S $T/syslog || mount --bind $T/syslog /dev/log"
}

as_read_only_cgroups() {
	as_wrapped "mount -o remount,bind,ro $(cgroup2_mount)"
}

# listen SOCKET...: datagrams that come to it are lines of SOCKET.said.
listen() {
	local path
	for path; do
		python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
with open(sys.argv[1] + ".said", "ab", buffering=0) as f:
    while True:
        data = s.recv(65536)
        f.write(data if data.endswith(b"\n") else data + b"\n")' "$path" >/dev/null 2>&1 3>&- &
		own_pid "$!"
		wait_for test -S "$path"
		wait_for test -e "$path.said"
	done
}

@test "--root is taken with a space and with =" {
	mcrun_bare --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert_equal "$(state_of)" created
	mcrun_bare --root="$ROOT" list -q
	assert_output "$ID"
}

@test "--log --log-format json gets exactly one object for an error: level, msg, time" {
	config '.root.path = "missing"'
	mcrun_bare --root "$ROOT" --log "$T/log" --log-format json create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	jq -es --arg time "$RFC3339" 'length == 1 and (.[0] | .level == "error" and (.msg | length > 10) and
		(.time | test($time)))' "$T/log" || fail "the log is: $(cat "$T/log")"
	assert_equal "$(wc -l <"$T/log")" 1 lines
}

@test "the error is on stderr also when there is a log" {
	config '.root.path = "missing"'
	mcrun_bare --log="$T/log" --log-format=json --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	assert_has "$stderr" missing
}

@test "the log is empty when all is well" {
	config_args true
	mcrun_bare --root "$ROOT" --log "$T/log" --log-format json run --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert_equal "$(cat "$T/log" 2>/dev/null)" "" log
}

@test "a warning does not go into the log at the default level" {
	config '.process.capabilities.bounding += ["CAP_NO_SUCH"]'
	config_args true
	mcrun_bare --root "$ROOT" --log "$T/log" --log-format json run --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert_equal "$(cat "$T/log" 2>/dev/null)" "" log
}

@test "a log is appended to" {
	config '.root.path = "missing"'
	local i
	for i in 1 2; do
		mcrun_bare --root "$ROOT" --log "$T/log" --log-format json create --bundle "$BUNDLE" "$ID" </dev/null
		assert_failure
	done
	assert_equal "$(jq -s length "$T/log")" 2 objects
}

@test "a message with quotes, backslashes and other alphabets is valid JSON in the log" {
	config '.root.path = "mis\"sing \\ é\u0001"'
	mcrun_bare --root "$ROOT" --log "$T/log" --log-format json create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	assert jq -es 'length == 1 and (.[0].msg | contains("é"))' "$T/log"
}

@test "--log without a format is text" {
	config '.root.path = "missing"'
	mcrun_bare --root "$ROOT" --log "$T/log" create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	assert grep -q missing "$T/log"
	refute jq -e . "$T/log" 2>/dev/null
}

# bats test_tags=mcrun
@test "--log file:PATH is that file" {
	requires mcrun
	config '.root.path = "missing"'
	mcrun_bare --root "$ROOT" --log "file:$T/log" --log-format json create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	assert jq -e '.level == "error" and (.msg | contains("missing"))' "$T/log"
}

# bats test_tags=mcrun
@test "--log journald:NAME and syslog:NAME get the message with its priority, under that name; stderr gets it too" {
	requires mcrun root
	as_private_run
	listen "$T/journal" "$T/syslog"
	config '.root.path = "missing"'
	mcrun_bare --root "$ROOT" --log journald:my-name create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	assert_has "$stderr" missing
	wait_for test -s "$T/journal.said"
	# As systemd's native protocol has it: the message's length in eight bytes, then the message.
	python3 - "$T/journal.said" <<-'END' || fail "the journal got: $(cat "$T/journal.said")"
		import struct, sys
		data = open(sys.argv[1], "rb").read()
		head, message = data.split(b"MESSAGE\n", 1)
		assert head == b"PRIORITY=3\nSYSLOG_IDENTIFIER=my-name\n", head
		length, = struct.unpack("<Q", message[:8])
		assert message[8:].endswith(b"\n") and len(message) == 8 + length + 1, message
		assert b"missing" in message and b"/root/path" in message
	END
	mcrun_bare --root "$ROOT" --log syslog: create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	assert_has "$stderr" missing
	wait_for test -s "$T/syslog.said"
	[[ $(<"$T/syslog.said") =~ ^\<11\>mcrun\[[0-9]+\]:\ .*/root/path:.*missing ]] || fail "syslog got: $(<"$T/syslog.said")"
}

# bats test_tags=mcrun
@test "the host's log gets warnings too, and init's words when the host's files are out of its sight" {
	requires mcrun root
	as_private_run
	listen "$T/journal" "$T/syslog"
	printf '#!/no/such/interpreter\n' | rootfs_file bin/script 0755
	config '.process.capabilities.bounding += ["CAP_NO_SUCH"]'
	config_args /bin/script
	mcrun_bare --root "$ROOT" --log syslog:x create --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert_equal "$stderr" "" stderr
	wait_for grep -q '^<12>x.*CAP_NO_SUCH' "$T/syslog.said"
	mcrun_bare --root "$ROOT" --log syslog:x start "$ID"
	assert_failure
	wait_for grep -q '^<11>x.*/bin/script' "$T/syslog.said"
}

# bats test_tags=mcrun
@test "a host's log that is not there is an error that names its socket" {
	requires mcrun root
	as_private_run
	mcrun_bare --root "$ROOT" --log journald:x create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	assert_has "$stderr" journald:x /run/systemd/journal/socket
	assert_nothing_left
	mcrun_bare --root "$ROOT" --log syslog:x create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	assert_has "$stderr" syslog:x /dev/log
}

@test "a log that cannot be opened is an error that names it" {
	mcrun_bare --root "$ROOT" --log "$T/no/log" create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	assert_has "$stderr" "$T/no/log"
	assert_nothing_left
}

@test "an unknown log format is an error that names it" {
	mcrun_bare --root "$ROOT" --log "$T/log" --log-format nosuch list
	assert_failure
	assert_has "$stderr" nosuch
}

@test "--debug says more" {
	config_args true
	mcrun_bare --root "$ROOT" --debug run --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert [ -n "$stderr" ]
}

# bats test_tags=mcrun
@test "--log-level debug says more, and an unknown level is an error" {
	requires mcrun
	config_args true
	mcrun_bare --root "$ROOT" --log-level debug run --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert [ -n "$stderr" ]
	mcrun_bare --root "$ROOT" --log-level=nosuch list
	assert_failure
	assert_has "$stderr" nosuch
}

# bats test_tags=mcrun
@test "options of a command may stand after its arguments" {
	requires mcrun
	mcrun create "$ID" --bundle "$BUNDLE" --pid-file="$T/pid"
	assert_success
	assert_equal "$(cat "$T/pid")" "$(pid_of)" pid
	mcrun delete "$ID" --force
	assert_success
}

# bats test_tags=mcrun
@test "long options may have a single dash, as some callers write them" {
	requires mcrun
	config_args true
	mcrun run -bundle "$BUNDLE" -no-subreaper "$ID"
	assert_success
}

@test "--rootless is taken in every form that callers use" {
	mcrun_bare --root "$ROOT" --rootless=false list -q
	assert_success
	mcrun_bare --root "$ROOT" --rootless auto list -q
	assert_success
}

# bats test_tags=mcrun
@test "--rootless true goes without a cgroup that may not be made, for root too; false and auto do not" {
	requires mcrun root cgroup2
	as_read_only_cgroups
	config 'del(.linux.cgroupsPath) | del(.linux.resources)'
	config_args cat /proc/self/cgroup
	mcrun --rootless=true run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_equal "$(grep ^0:: <<<"$output")" "$(grep ^0:: /proc/self/cgroup)" cgroup
	assert_has "$stderr" warning /linux 'no cgroup can be made'
	local when
	for when in auto false; do
		mcrun --rootless "$when" run --bundle "$BUNDLE" "$ID"
		assert_refused cgroup 'read-only file system (EROFS)'
	done
	config '.linux.resources.pids.limit = 5'
	mcrun --rootless=true run --bundle "$BUNDLE" "$ID"
	assert_refused /linux/resources/pids/limit
}

# bats test_tags=mcrun
@test "--criu is taken as older callers give it" {
	requires mcrun
	mcrun_bare --root "$ROOT" --criu /usr/sbin/criu list -q
	assert_success
	mcrun_bare --criu=criu --root "$ROOT" list -q
	assert_success
}

# bats test_tags=mcrun
@test "the default root is /run/mcrun for root, with or without XDG_RUNTIME_DIR, and cleaners leave it alone" {
	requires mcrun root
	as_private_run
	mcrun_bare create --bundle "$BUNDLE" "$ID" </dev/null
	assert_success
	assert test -f "$T/run/mcrun/$ID/state.json"
	assert_equal "$(stat -c %a "$T/run/mcrun")" 1711 mode
	XDG_RUNTIME_DIR=$T/xdg mcrun_bare delete --force "$ID"
	assert_success
	refute test -e "$T/run/mcrun/$ID"
	refute test -e "$T/xdg"
}

# bats test_tags=mcrun
@test "--systemd-cgroup and --cgroup-manager may agree, but not contradict each other" {
	requires mcrun
	config 'del(.linux.cgroupsPath)'
	mcrun --systemd-cgroup --cgroup-manager cgroupfs create --bundle "$BUNDLE" "$ID"
	assert_refused --systemd-cgroup contradict
	mcrun --systemd-cgroup --cgroup-manager systemd explain --bundle "$BUNDLE"
	assert_success
	assert_has "$output" 'unit mcrun-' '.scope in system.slice'
}

# bats test_tags=mcrun
@test "where systemd is not, --systemd-cgroup says what it needs" {
	requires mcrun
	config 'del(.linux.cgroupsPath)'
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/none mcrun --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	assert_refused systemd "$T/none" 'process 1'
	MCRUN_LIBEXECDIR=$T mcrun --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	assert_refused "$T/mcrun-systemd" libsystemd
}

# bats test_tags=mcrun
@test "--cgroup-manager disabled leaves the container in the caller's cgroup" {
	requires mcrun
	config 'del(.linux.cgroupsPath) | del(.linux.resources)'
	config_args cat /proc/self/cgroup
	mcrun --cgroup-manager disabled run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_equal "$(grep ^0:: <<<"$output")" "$(grep ^0:: /proc/self/cgroup)" cgroup
	mcrun --cgroup-manager=disabled create --bundle "$BUNDLE" "$ID"
	assert_success
	assert_equal "$(container_cgroups)" "" cgroups
	start_ok
	mcrun kill --all "$ID" KILL
	assert_success
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
}

# bats test_tags=mcrun
@test "--cgroup-manager cgroupfs is the default, and another word is an error" {
	requires mcrun
	mcrun --cgroup-manager cgroupfs create --bundle "$BUNDLE" "$ID"
	assert_success
	assert [ -n "$(container_cgroups)" ]
	mcrun --cgroup-manager nosuch create --bundle "$BUNDLE" "$ID-2"
	assert_failure
	assert_has "$stderr" nosuch
}

# bats test_tags=mcrun
@test "--trace writes spans of parent and init that a browser can show" {
	requires mcrun
	config_args true
	mcrun --trace "$T/trace" run --bundle "$BUNDLE" "$ID"
	assert_success
	# The array is left open on purpose, which viewers take: two processes append to it.
	sed -i '$s/,$/]/' "$T/trace"
	jq -e '(if type == "array" then . else .traceEvents end)
		| length > 5 and ([.[].pid] | unique | length >= 2) and all(.[]; has("ph"))
		and any(.[]; .ph == "X" and .dur >= 0 and .ts >= 0)' "$T/trace" || fail "the trace is: $(head -c 2000 "$T/trace")"
}

@test "a root that is a file is an error that names it" {
	touch "$T/file"
	mcrun_bare --root "$T/file" create --bundle "$BUNDLE" "$ID" </dev/null
	assert_failure
	assert_has "$stderr" "$T/file"
}
