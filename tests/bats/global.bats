#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Options that stand before the command.

load helpers

RFC3339='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$'

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
