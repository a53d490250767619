#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# buildah: run steps, and a Containerfile.

load helpers

# step [OPTION...] -- COMMAND...: a step in the working container $BOX.
step() { e run --isolation oci --network none "$@"; }

# bats test_tags=core
@test "buildah run: output, status, a user, a volume, a terminal; what it changes stays" {
	needs buildah
	local box
	box=$(e from --pull-never box)
	run step "$box" -- sh -c 'echo out; echo kept >/data/file; exit 7'
	assert_status 7
	assert_has out
	mkdir "$T/src"
	echo hello >"$T/src/file"
	run step --user 1000:1000 --workingdir /tmp -v "$T/src:/in:ro" "$box" -- sh -c 'id -u; pwd; cat /in/file /data/file'
	assert_output $'1000\n/tmp\nhello\nkept'
	run terminal_e expect=/dev/pts/0 -- run --isolation oci --network none --tty "$box" -- tty
	assert_success
	run step "$box" -- no-such-program
	[ "$status" -ne 0 ]
	assert_has "no-such-program"
}

# bats test_tags=core
@test "buildah bud: a Containerfile with RUN steps" {
	needs buildah
	mkdir "$T/context"
	echo file >"$T/context/file"
	cat >"$T/context/Containerfile" <<-'END'
		FROM box
		COPY file /data/file
		ENV WHO=world
		RUN echo "hello $WHO" >/data/hello && test "$(cat /data/file)" = file
		USER user
		RUN id -u >/tmp/id
	END
	e bud --isolation oci --network none --pull-never -t "img-$C" "$T/context" >"$T/log" 2>&1 || fail "$(cat "$T/log")"
	local box
	box=$(e from --pull-never "img-$C")
	run step "$box" -- cat /data/hello /tmp/id
	assert_output $'hello world\n1000'
	printf 'FROM box\nRUN exit 3\n' >"$T/context/Containerfile"
	run e bud --isolation oci --network none --pull-never "$T/context"
	[ "$status" -ne 0 ]
	assert_has "exit status 3"
}
