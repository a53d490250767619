#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Probes as kubelets and health checks make them: hundreds of execs, many at once, while containers come and go.

load helpers

PROBES=400		# half as engines do it: detached, with a pid file and a process.json
JOBS=8

setup() {
	setup_bundle
	requires root command:exec
}

# probe NUMBER: prints what became of one.
probe() {
	local status=0
	if (($1 % 2)); then
		timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" exec "$ID" sh -c 'echo out; exit 4' >"$T/said/$1" 2>&1 || status=$?
	else
		timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" --log "$T/log.json" --log-format json exec --process "$T/process.json" \
			--detach --pid-file "$T/pid/$1" "$ID" >"$T/said/$1" 2>&1 || status=$?
	fi
	echo "$status $(cat "$T/said/$1")"
}

# What there is of the container, and what its first process has open.
holdings() {
	find "$ROOT" -mindepth 1 | sort
	container_cgroups
	container_pids | wc -l
	find "/proc/$(pid_of)/fd" -mindepth 1 -printf '%f %l\n' | sort
	grep -E '^(VmRSS|VmData|Threads):' "/proc/$(pid_of)/status"
}

@test "hundreds of execs, eight at once, while containers come and go: none fails, nothing is left, nothing grows" {
	local i storm
	config 'del(.linux.cgroupsPath)'
	process '.args = ["sh", "-c", "exit 3"]'
	mkdir "$T/said" "$T/pid"
	running
	mcrun exec "$ID" true
	holdings >"$T/before"
	export -f probe
	export RUNTIME ROOT ID T LIMIT
	seq "$PROBES" | MCRUN_TEST_ID=$ID xargs -P "$JOBS" -I @ bash -c 'probe @' >"$T/storm" 2>&1 3>&- 4>&- &
	storm=$!
	own_pid "$storm"
	for i in {1..10}; do
		mcrun run --detach --bundle "$BUNDLE" "$ID-$i"
		assert_success
		mcrun exec "$ID-$i" true
		assert_success
		mcrun list --quiet
		assert_success
		mcrun pause "$ID-$i"
		assert_success
		mcrun delete --force "$ID-$i"
		assert_success
	done
	wait "$storm"
	assert_equal "$(sort "$T/storm" | uniq -c | sed 's/^ *//')" "$((PROBES / 2)) 0 "$'\n'"$((PROBES / 2)) 4 out" "what became of them"
	assert_equal "$(find "$T/pid" -type f -size +0 | wc -l)" "$((PROBES / 2))" "pid files"
	assert test ! -s "$T/log.json"
	settled() { holdings >"$T/after" && cmp -s "$T/before" "$T/after"; }
	wait_for settled || fail "$(diff "$T/before" "$T/after")"
}
