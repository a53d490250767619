#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Before all tests: the engine starts, and gets its image. After them it stops, and what is then there that was not
# there before, mcrun has left behind.

setup_suite() {
	# shellcheck source=helpers.bash
	. "$BATS_TEST_DIRNAME/helpers.bash"
	make_box
	holdings | sort | uniq -c >"$ENGINES_WORK/before"
	engine_start
	engine_import "$ENGINES_WORK/box.tar" box >/dev/null
	engine_version >&3
}

teardown_suite() {
	local end=$((SECONDS + 10)) more
	# shellcheck source=helpers.bash
	. "$BATS_TEST_DIRNAME/helpers.bash"
	teardown
	engine_stop
	while :; do
		more=$(holdings | sort | uniq -c | grep -vxFf "$ENGINES_WORK/before") || return 0
		[ "$SECONDS" -lt "$end" ] || break
		sleep 0.2
	done
	printf 'left behind:\n%s\n' "$more" >&2
	return 1
}
