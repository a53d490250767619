#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# process.capabilities: five sets.

load helpers

# caps_are INHERITABLE PERMITTED EFFECTIVE BOUNDING AMBIENT, in hexadecimal without leading zeros.
caps_are() {
	local name want got
	for name in Inh Prm Eff Bnd Amb; do
		want=$(printf '%016x' "0x$1")
		got=$(awk -v n="Cap$name:" '$1 == n { print $2 }' <<<"$output")
		assert_equal "$got" "$want" "Cap$name"
		shift
	done
}

@test "each set is what config.json says: CHOWN is bit 0, KILL bit 5, NET_BIND_SERVICE bit 10" {
	config '.process.capabilities = {
		bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETPCAP"],
		permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"], effective: ["CAP_CHOWN", "CAP_KILL"],
		inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]} | .process.user = {uid: 1000, gid: 1000}'
	config_args cat /proc/self/status
	run_container
	assert_success
	# Of a program of another user execve keeps the ambient set.
	caps_are 20 20 20 521 20
}

@test "root keeps the bounding and inheritable sets through execve" {
	config '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL"], permitted: ["CAP_CHOWN", "CAP_KILL"],
		effective: ["CAP_CHOWN", "CAP_KILL"]}'
	config_args cat /proc/self/status
	run_container
	caps_are 0 21 21 21 0
}

@test "empty sets leave nothing" {
	config '.process.capabilities = {bounding: [], permitted: [], effective: [], inheritable: [], ambient: []}'
	config_args cat /proc/self/status
	run_container
	caps_are 0 0 0 0 0
}

@test "sets that are null or absent are empty" {
	config '.process.capabilities = {bounding: ["CAP_CHOWN"], permitted: null}'
	config_args cat /proc/self/status
	run_container
	assert_success
	# Root gets the bounding set back by execve, unless noNewPrivileges and the permitted set forbid it.
	assert_equal "$(awk '/^CapBnd/ { print $2 }' <<<"$output")" 0000000000000001
	assert_equal "$(awk '/^CapInh/ { print $2 }' <<<"$output")" 0000000000000000
	assert_equal "$(awk '/^CapAmb/ { print $2 }' <<<"$output")" 0000000000000000
}

@test "another user than root has nothing effective without ambient capabilities" {
	config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities |= {bounding, effective, permitted}'
	config_args cat /proc/self/status
	run_container
	assert_equal "$(awk '/^CapEff/ { print $2 }' <<<"$output")" 0000000000000000
	assert_equal "$(awk '/^CapPrm/ { print $2 }' <<<"$output")" 0000000000000000
}

@test "an unknown capability is a warning, and the rest holds" {
	config '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_NO_SUCH"], permitted: ["CAP_CHOWN", "CAP_NO_SUCH"],
		effective: ["CAP_CHOWN"]}'
	config_args cat /proc/self/status
	run_container
	assert_success
	caps_are 0 1 1 1 0
	assert_says CAP_NO_SUCH
}

@test "a capability that the caller does not have is no failure" {
	requires tool:capsh
	config '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_SYS_BOOT"], permitted: ["CAP_CHOWN", "CAP_SYS_BOOT"],
		effective: ["CAP_CHOWN", "CAP_SYS_BOOT"]}'
	config_args cat /proc/self/status
	status=0
	MCRUN_TEST_ID=$ID capsh --drop=cap_sys_boot -- -c 'exec timeout -k 2 "$@"' sh "$LIMIT" "$RUNTIME" --root "$ROOT" \
		run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out.1" 2>"$T/err.1" 3>&- || status=$?
	OUT=$T/out.1 ERR=$T/err.1
	read_output
	assert_success
	caps_are 0 1 1 1 0
}

@test "every capability of the kernel can be named" {
	local last n names=(CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
		NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE
		SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL
		SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE)
	last=$(cat /proc/sys/kernel/cap_last_cap)
	n=${#names[@]}
	[ "$last" -ge $((n - 1)) ] || skip "this kernel is older than the list"
	config '($ARGS.positional | map("CAP_" + .)) as $all | .process.capabilities =
		{bounding: $all, permitted: $all, effective: $all}' --args -- "${names[@]}"
	config_args cat /proc/self/status
	run_container
	assert_success
	assert_equal "$(awk '/^CapBnd/ { print $2 }' <<<"$output")" \
		"$(awk -v n="$n" '/^CapBnd/ { print $2 }' /proc/self/status)" "bounding set"
	assert_has_not "$stderr" unknown
}
