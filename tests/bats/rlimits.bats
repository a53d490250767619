#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# process.rlimits.

load helpers

@test "limits are what config.json says, soft and hard" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_STACK", soft: 1048576, hard: 2097152}, {type: "RLIMIT_CPU", soft: 100, hard: 200}]'
	run_sh 'awk "/^Max (open files|core|stack|cpu)/ { print \$(NF-2), \$(NF-1) }" /proc/self/limits | sort'
	assert_output "$(printf '%s\n' '0 0' '100 200' '100 200' '1048576 2097152')"
}

@test "a value of 2^64-1 is unlimited" {
	config '.process.rlimits = [{type: "RLIMIT_FSIZE", soft: 18446744073709551615, hard: 18446744073709551615}]'
	# jq rounds: write the number as text.
	sed -i 's/1844674407370955[0-9]*\(e+19\)\?/18446744073709551615/g' "$BUNDLE/config.json"
	config_sh() { sed -i "s|\"sleep\",|\"sh\", \"-c\", \"grep '^Max file size' /proc/self/limits\",|" "$BUNDLE/config.json"; }
	config_sh
	run_container
	assert_success
	assert_has "$output" "unlimited            unlimited"
}

@test "every limit of the kernel has a name" {
	config '.process.rlimits = [["AS", "CORE", "CPU", "DATA", "FSIZE", "LOCKS", "MSGQUEUE", "NOFILE", "NPROC", "RSS",
		"RTTIME", "SIGPENDING"][] | {type: "RLIMIT_\(.)", soft: 800000000, hard: 800000000}]
		| .process.rlimits |= map(if .type == "RLIMIT_NOFILE" or .type == "RLIMIT_NPROC" or .type == "RLIMIT_SIGPENDING"
			or .type == "RLIMIT_MSGQUEUE" then .soft = 1000 | .hard = 1000 else . end)
		| .process.rlimits += [{type: "RLIMIT_MEMLOCK", soft: 4096, hard: 4096}, {type: "RLIMIT_NICE", soft: 0, hard: 0},
			{type: "RLIMIT_RTPRIO", soft: 0, hard: 0}, {type: "RLIMIT_STACK", soft: 1048576, hard: 1048576}]'
	run_sh 'cat /proc/self/limits'
	assert_has "$(grep 'Max msgqueue size' <<<"$output")" "1000                 1000"
	assert_has "$(grep 'Max locked memory' <<<"$output")" "4096                 4096"
}

@test "a program may be left without a single descriptor of its own" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1, hard: 2}]'
	config_sh 'ulimit -n; ulimit -Hn'
	run_container
	assert_success
	assert_output $'1\n2'
}

@test "a program may be left with less of everything than mcrun itself needs, also by exec" {
	local want='131072 131072,16777216 16777216,4096 4096,4194304 8388608'
	config '.process.rlimits = [{type: "RLIMIT_FSIZE", soft: 4096, hard: 4096}, {type: "RLIMIT_STACK", soft: 131072, hard: 131072},
		{type: "RLIMIT_AS", soft: 16777216, hard: 16777216}, {type: "RLIMIT_DATA", soft: 4194304, hard: 8388608}]'
	config_sh 'awk "/^Max (file size|stack|address|data)/ { print \$(NF-2), \$(NF-1) }" /proc/self/limits | sort; exec sleep 1000 >/dev/null'
	mcrun run -d -b "$BUNDLE" "$ID"
	assert_success
	wait_for grep -q 8388608 "$T/out.1"
	assert_equal "$(paste -sd, "$T/out.1")" "$want"
	mcrun exec "$ID" awk '/^Max (file size|stack|address|data)/ { print $(NF-2), $(NF-1) }' /proc/self/limits
	assert_success
	assert_equal "$(sort <<<"$output" | paste -sd,)" "$want"
}

@test "a hard limit can be raised by whoever may" {
	requires cap:sys_resource
	local hard
	hard=$(ulimit -Hn)
	config --argjson n "$((hard + 1))" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 10, hard: $n}]'
	[ "$hard" -lt "$(cat /proc/sys/fs/nr_open)" ] || skip "the limit is the kernel's already"
	run_sh 'ulimit -Hn'
	assert_output "$((hard + 1))"
}

@test "a hard limit that may not be raised is refused" {
	requires tool:setpriv
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 10, hard: 5000}]'
	status=0
	MCRUN_TEST_ID=$ID sh -c 'ulimit -n 4000; exec timeout -k 2 "$@"' sh "$LIMIT" setpriv --bounding-set -sys_resource --inh-caps -sys_resource \
		"$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >"$T/out.1" 2>"$T/err.1" 3>&- || status=$?
	OUT=$T/out.1 ERR=$T/err.1
	read_output
	if [ "$status" -eq 0 ]; then
		mcrun start "$ID"
		assert_failure
	else
		assert_refused /process/rlimits/0
	fi
}

@test "the same type twice is refused" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 10, hard: 20}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_NOFILE", soft: 10, hard: 20}]'
	create
	assert_refused /process/rlimits/2 RLIMIT_NOFILE
}

@test "an unknown type is refused" {
	local name
	for name in RLIMIT_NOSUCH NOFILE rlimit_nofile ""; do
		config --arg n "$name" '.process.rlimits = [{type: $n, soft: 10, hard: 20}]'
		create
		assert_refused /process/rlimits/0
	done
}

@test "a soft limit above the hard one is refused" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 30, hard: 20}]'
	create
	if [ "$status" -eq 0 ]; then
		mcrun start "$ID"
		assert_failure
	else
		assert_refused /process/rlimits/0
	fi
}

@test "a limit of few files does not trouble the runtime itself" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 4, hard: 4}, {type: "RLIMIT_NPROC", soft: 1, hard: 1}]'
	config_args echo alive
	run_container
	assert_success
	assert_output alive
}
