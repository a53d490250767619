#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=docker
# Containers in the foreground: output, exit status, a terminal.

bats_require_minimum_version 1.5.0
load helpers

# bats test_tags=core
@test "run: output and status are the program's" {
	needs docker
	run box box sh -c 'echo out; echo err >&2; exit 7'
	assert_status 7
	assert_has out err
	run box -i box cat <<<"through stdin"
	assert_output "through stdin"
	is_runtime_mcrun
}

# That it is mcrun after all: the mount table of a container does not tell, but the engine does.
is_runtime_mcrun() {
	local name=$C-runtime
	e create --name "$name" --network none box true >/dev/null
	case $ENGINE in
	docker*) assert_equal "$(field '{{.HostConfig.Runtime}}' "$name")" mcrun ;;
	*) assert_equal "$(field '{{.OCIRuntime}}' "$name")" mcrun ;;
	esac
}

# bats test_tags=core
@test "exit status: 125 of the engine, 126 not executable, 127 not found, 137 killed" {
	needs docker
	run box --no-such-option box true
	assert_status 125
	run box box /etc/passwd
	assert_status 126
	run -127 box box /no/such/program
	run -127 box box no-such-program
	run box box sh -c 'kill -9 $$; kill -TERM $$; exec sh -c "exit 137"'
	assert_status 137
	run box --entrypoint /etc box
	assert_status 126
}

# bats test_tags=core
@test "run -it: a terminal, its size, a resize, Ctrl-C" {
	needs docker
	run terminal_e expect=ready size=30,100 'expect=30 100' 'send=\x03' -- run --rm -it --network none box \
		sh -c 'tty; until s=$(stty size 2>/dev/null) && [ "$s" ]; do sleep 0.1; done; echo "$s"; trap "stty size" WINCH; trap "echo got INT; exit 42" INT; echo ready; while :; do sleep 0.1; done'
	assert_status 42
	assert_has /dev/pts/0 "24 80" "30 100" "got INT"
}

# bats test_tags=core
@test "run -it: detach with Ctrl-P Ctrl-Q or other keys, attach again" {
	needs docker
	run terminal_e expect=ready 'send=\x10\x11' -- run -it --name "$C" --network none box \
		sh -c 'echo ready; read line; echo "line: $line"; exit 3'
	assert_success
	is_field '{{.State.Status}}' running
	run terminal_e 'send=\x18' -- attach --detach-keys ctrl-x "$C"
	is_field '{{.State.Status}}' running
	run terminal_e 'send=hello\n' 'expect=line: hello' -- attach "$C"
	assert_equal "$(e wait "$C")" 3 "exit code"
}
