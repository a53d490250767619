#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers in the background: what people do to them while they run, and how they end.

bats_require_minimum_version 1.5.0
load helpers

# The program of most containers here: says that it is there, ends with 5 on TERM.
server='trap "echo got TERM; exit 5" TERM; trap "echo got USR1" USR1; echo ready; while :; do sleep 0.1; done'

# bats test_tags=core
@test "run -d, ps, logs, exec, top, kill -s, stop (TERM), wait, rm" {
	needs docker
	detached -- sh -c "$server"
	wait_for says ready
	assert_equal "$(e ps -q --no-trunc)" "$(field '{{.Id}}')" ps
	run e exec "$C" sh -c 'cat /proc/1/comm; exit 9'
	assert_status 9
	assert_has sh
	case $ENGINE in
	docker*) run -126 e exec "$C" no-such-program ;;	# Docker 20.10 says so of all that could not begin
	*) run -127 e exec "$C" no-such-program ;;
	esac
	run e top "$C"
	assert_has "sh -c"
	e kill -s USR1 "$C" >/dev/null
	wait_for says "got USR1"
	e wait "$C" >"$T/status" &
	e stop -t 20 "$C" >/dev/null
	wait $!
	assert_equal "$(<"$T/status")" 5 "wait, while it runs"
	assert_equal "$(e wait "$C")" 5 "wait, when it has ended"
	says "got TERM"
	e rm "$C" >/dev/null
	run e inspect --type container "$C"
	[ "$status" -ne 0 ]
}

# bats test_tags=core
@test "stop: KILL after the time is over; kill" {
	needs docker
	detached -- sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
	wait_for says ready
	e stop -t 1 "$C" >/dev/null 2>&1
	is_field '{{.State.ExitCode}}' 137
	e start "$C" >/dev/null
	e kill "$C" >/dev/null
	assert_equal "$(e wait "$C")" 137 wait
}

# bats test_tags=core
@test "exec -it has a terminal; exec with user, folder, environment; exec -d" {
	needs docker
	detached -- sleep 1000
	run terminal_e 'expect=> ' size=30,100 'send=until [ "$(stty size)" = "30 100" ]; do sleep 0.1; done; exit 6\n' -- \
		exec -it -e "PS1=> " "$C" sh
	assert_status 6
	run e exec --user 1000 --workdir /tmp --env A=B "$C" sh -c 'echo "$(id -u) $(pwd) $A"'
	assert_output "1000 /tmp B"
	run e exec -i "$C" cat <<<"through stdin"
	assert_output "through stdin"
	e exec -d "$C" touch /tmp/made
	wait_for e exec "$C" test -e /tmp/made
	run e exec --privileged "$C" grep CapEff /proc/self/status
	assert_success
	[[ $output != *00000000a80425fb ]] || fail "no more capabilities than without --privileged"
}

frozen() {
	grep frozen "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(field '{{.State.Pid}}')/cgroup")/cgroup.events"
}

# bats test_tags=core
@test "pause and unpause" {
	needs docker
	[[ $ENGINE != rootless* ]] || requires systemd	# who else gives an ordinary user a cgroup
	detached -- sh -c 'while :; do :; done'
	e pause "$C" >/dev/null
	is_field '{{.State.Status}}' paused
	assert_equal "$(frozen)" "frozen 1"
	run e exec "$C" true
	[ "$status" -ne 0 ] || fail "exec in a paused container"
	e unpause "$C" >/dev/null
	assert_equal "$(frozen)" "frozen 0"
	is_field '{{.State.Status}}' running
	run e exec "$C" true
	assert_success
}

# bats test_tags=core
@test "run -d --rm: it goes by itself" {
	needs docker
	e run -d --rm --name "$C" --network none box sleep 1000 >/dev/null
	e kill "$C" >/dev/null
	gone() { ! e inspect --type container "$C"; }
	wait_for gone
}

@test "stats" {
	needs docker
	[[ $ENGINE != rootless ]] || skip "machine: no stats without a cgroup of systemd's"
	detached -- sleep 1000
	run e stats --no-stream --format '{{.Name}} {{.PIDs}}' "$C"
	assert_success
	assert_has "$C"
	! grep -qw pids /sys/fs/cgroup/cgroup.controllers || assert_output "$C 1"
}

@test "restart: by hand, and by policy" {
	needs docker restart
	detached -- sh -c 'echo ready; exec sleep 1000'
	wait_for says ready
	e restart -t 0 "$C" >/dev/null
	is_field '{{.State.Status}}' running
	e rm -f "$C" >/dev/null
	detached --restart on-failure:2 -- sh -c 'echo again; exit 3'
	wait_for is_field '{{.RestartCount}} {{.State.Status}}' '2 exited'
	assert_equal "$(e logs "$C" | grep -c again)" 3 starts
	is_field '{{.State.ExitCode}}' 3
}

@test "restart policies: always and unless-stopped, until somebody stops it" {
	needs docker restart
	local policy
	for policy in always unless-stopped; do
		# The third one stays: one that is stopped while it starts again Podman 4.3 starts all the same.
		detached --restart "$policy" -- sh -c 'echo again; echo >>/n; [ $(wc -l </n) -lt 3 ] || exec sleep 1000'
		started_thrice() { [ "$(e logs "$C" | grep -c again)" -eq 3 ]; }
		wait_for started_thrice
		e stop -t 1 "$C" >/dev/null
		wait_for is_field '{{.State.Status}}' exited
		e logs "$C" >"$T/log"
		e run --rm --network none box sleep 1
		assert_equal "$(e logs "$C")" "$(<"$T/log")" "starts after $policy was stopped"
		e rm -f "$C" >/dev/null
	done
}

@test "health checks: probes decide healthy and unhealthy" {
	needs docker health
	detached --health-cmd 'test ! -e /tmp/ill' --health-interval 1s --health-retries 2 --health-timeout 30s -- sleep 1000
	if [[ $ENGINE == docker* || -d /run/systemd/system ]]; then	# Podman has systemd's timers for it
		wait_for is_field '{{.State.Health.Status}}' healthy
		e exec "$C" touch /tmp/ill
		wait_for is_field '{{.State.Health.Status}}' unhealthy
	else
		run e healthcheck run "$C"
		assert_success
		e exec "$C" touch /tmp/ill
		run e healthcheck run "$C"
		[ "$status" -ne 0 ]
	fi
}

@test "a hundred probes at once leave nothing" {
	needs docker
	local i pids=()
	detached -- sleep 1000
	for i in {1..10}; do
		(for _ in {1..10}; do e exec "$C" true || exit; done) &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	assert_equal "$(e exec "$C" sh -c 'set -- /proc/[0-9]*; echo $#')" 2 "processes inside"
}
