#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# hostname and domainname.

load helpers

@test "the hostname is set inside, and the host keeps its own" {
	local host
	host=$(hostname)
	config '.hostname = "mrs-dalloway"'
	run_sh 'hostname; cat /proc/sys/kernel/hostname'
	assert_output "$(printf 'mrs-dalloway\nmrs-dalloway')"
	assert_equal "$(hostname)" "$host" "of the host"
}

@test "the domainname is set inside" {
	config '.domainname = "example.test"'
	run_sh 'cat /proc/sys/kernel/domainname'
	assert_output example.test
}

@test "without a hostname the new namespace has what the host has" {
	config 'del(.hostname)'
	run_sh 'hostname'
	assert_output "$(hostname)"
}

# In a uts namespace of the test's own, so that a mistake does not rename the machine.
@test "a hostname without a uts namespace is refused" {
	config '.linux.namespaces |= map(select(.type != "uts"))'
	status=0
	unshare --uts timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" \
		</dev/null >"$T/out.1" 2>"$T/err.1" 3>&- || status=$?
	OUT=$T/out.1 ERR=$T/err.1
	read_output
	assert_refused hostname
}

@test "a joined uts namespace gets the hostname" {
	unshare --uts sh -c 'echo ready; exec sleep 1000' >"$T/holder" 3>&- &
	local holder=$!
	own_pid "$holder"
	wait_for file_has "$T/holder" ready
	config --arg p "/proc/$holder/ns/uts" '(.linux.namespaces[] | select(.type == "uts")).path = $p | .hostname = "joined"'
	run_sh 'hostname'
	assert_output joined
}

@test "a hostname of 64 characters works, a longer one is refused" {
	local name
	name=$(printf 'x%.0s' {1..64})
	config --arg n "$name" '.hostname = $n'
	run_sh hostname
	assert_output "$name"
	config '.hostname += "x"'
	create
	assert_refused hostname
}
