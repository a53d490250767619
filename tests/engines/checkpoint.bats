#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers that are written to files by CRIU, through the engine, and made again from them.

load helpers

# counter: a container that counts, by tenths of a second, in /count.
counter() {
	detached -- sh -c 'while :; do i=$((i + 1)); echo "$i" >/count; sleep 0.1; done'
	wait_for counted 3
}

count() { e exec "$1" cat /count; }
counted() { [[ $(count "${2:-$C}") -ge $1 ]]; }

@test "checkpoint and restore: the program goes on where it was" {
	needs docker checkpoint
	requires criu
	counter
	e container checkpoint "$C" >/dev/null
	is_field '{{.State.Status}} {{.State.Checkpointed}}' 'exited true'
	local before
	before=$(e cp "$C:/count" - | tar -xO)
	e container restore "$C" >/dev/null
	is_field '{{.State.Status}}' running
	local after
	after=$(count "$C")
	[[ $after -ge $before && $before -ge 3 ]] || fail "it counted from $before to $after"
	wait_for counted $((after + 3))
}

@test "checkpoint --leave-running, --export; restore --import under another name" {
	needs docker checkpoint
	requires criu
	counter
	e container checkpoint --leave-running --export "$T/c.tar.gz" "$C" >/dev/null
	is_field '{{.State.Status}}' running
	wait_for counted $(($(count "$C") + 3))
	e container restore --import "$T/c.tar.gz" --name "$C-copy" >/dev/null
	wait_for counted 6 "$C-copy"
	[[ $(count "$C-copy") -lt $(count "$C") ]] || fail "the copy is ahead"
	e stop -t 0 "$C-copy" >/dev/null
	e rm "$C-copy" >/dev/null
}
