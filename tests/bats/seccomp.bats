#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# linux.seccomp.
# Arguments are tested with kill(2) and signals that everybody ignores: 17, 18, 23 and 28.

load helpers

# filter JQ: the rules of a profile that otherwise allows.
filter() {
	config ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [$1]}"
}

# Which of the signals a filter lets through.
SIGNALS='for s in 17 18 23 28; do kill -$s $$ 2>/dev/null && echo $s; done; true'

# A static program that makes any system call.
with_syscall() {
	build_tool syscall -static
	cp "$TOOL" "$BUNDLE/rootfs/bin/syscall"
}

@test "without seccomp there is no filter, with it there is one" {
	run_sh 'grep ^Seccomp: /proc/self/status | tr "\t" " "'
	assert_output "Seccomp: 0"
	filter '{names: ["reboot"], action: "SCMP_ACT_ERRNO"}'
	run_container
	assert_output "Seccomp: 2"
}

@test "SCMP_ACT_ERRNO gives EPERM" {
	filter '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}'
	run_sh 'mkdir /x 2>&1 || true; touch /y && echo other'
	assert_has "${lines[0]}" "Operation not permitted"
	assert_equal "${lines[1]}" other
}

@test "errnoRet is the error that the program gets" {
	filter '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}'
	run_sh 'mkdir /x 2>&1 || true'
	assert_has "$output" "No space left on device"
}

@test "defaultErrnoRet is the error of the default action" {
	with_syscall
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 77, syscalls: [{action: "SCMP_ACT_ALLOW",
		names: ["execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink",
		"readlinkat", "getrandom", "mprotect", "exit", "exit_group", "write", "fstat", "newfstatat", "capset", "capget", "prctl",
		"close", "close_range", "fcntl", "futex", "read", "rt_sigreturn", "sigaltstack", "nanosleep", "epoll_pwait", "getdents64",
		"openat", "mmap", "munmap", "madvise", "rt_sigaction", "rt_sigprocmask", "tgkill", "gettid", "getpid", "setuid", "setgid",
		"setgroups", "chdir", "getuid", "sched_yield", "clone", "setsid", "getppid", "faccessat2", "faccessat", "statfs", "fstatfs"]}]}'
	config_args syscall 83 0 0		# mkdir
	[ "$(uname -m)" = x86_64 ] || skip "machine: knows the numbers of x86_64 only"
	run_container
	assert_success
	assert_output 77
}

@test "SCMP_ACT_KILL, KILL_THREAD, KILL_PROCESS and TRAP end the program with SIGSYS" {
	local action
	for action in SCMP_ACT_KILL SCMP_ACT_KILL_THREAD SCMP_ACT_KILL_PROCESS SCMP_ACT_TRAP; do
		filter "{names: [\"mkdir\", \"mkdirat\"], action: \"$action\"}"
		config '.process.args = ["sh", "-c", "ulimit -c 0; mkdir /x; echo status $?"] | .linux.namespaces |= map(select(.type != "time"))'
		run_container
		assert_output "status 159"
	done
}

@test "SCMP_ACT_LOG and SCMP_ACT_ALLOW let the call pass" {
	local action
	for action in SCMP_ACT_LOG SCMP_ACT_ALLOW; do
		filter "{names: [\"mkdir\", \"mkdirat\"], action: \"$action\"}"
		config_sh 'mkdir -p /x && echo made'
		run_container
		assert_output made
	done
}

@test "SCMP_ACT_TRACE without a tracer is ENOSYS" {
	filter '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_TRACE", errnoRet: 7}'
	run_sh 'mkdir /x 2>&1 || true'
	assert_has "$output" "Function not implemented"
}

@test "an argument: equal and not equal" {
	filter '{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 18, op: "SCMP_CMP_EQ"}]}'
	run_sh "$SIGNALS"
	assert_output "$(printf '%s\n' 17 23 28)"
	filter '{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 18, op: "SCMP_CMP_NE"}]}'
	run_container
	assert_output 18
}

@test "an argument: less, less or equal, greater, greater or equal" {
	filter '{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 18, op: "SCMP_CMP_LT"}]}'
	run_sh "$SIGNALS"
	assert_output "$(printf '%s\n' 18 23 28)"
	filter '{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 18, op: "SCMP_CMP_LE"}]}'
	run_sh "$SIGNALS"
	assert_output "$(printf '%s\n' 23 28)"
	filter '{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 23, op: "SCMP_CMP_GT"}]}'
	run_sh "$SIGNALS"
	assert_output "$(printf '%s\n' 17 18 23)"
	filter '{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 23, op: "SCMP_CMP_GE"}]}'
	run_sh "$SIGNALS"
	assert_output "$(printf '%s\n' 17 18)"
}

@test "an argument: masked, value is the mask and valueTwo what must remain" {
	filter '{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 1, valueTwo: 1, op: "SCMP_CMP_MASKED_EQ"}]}'
	run_sh "$SIGNALS"
	assert_output "$(printf '%s\n' 18 28)"
}

@test "two conditions on different arguments must both hold" {
	with_syscall
	[ "$(uname -m)" = x86_64 ] || skip "machine: knows the numbers of x86_64 only"
	filter '{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 77, args: [
		{index: 0, value: 5, op: "SCMP_CMP_EQ"}, {index: 1, value: 6, op: "SCMP_CMP_EQ"}]}'
	run_sh 'syscall 83 5 6; syscall 83 5 7; syscall 83 4 6'
	assert_output "$(printf '%s\n' 77 14 14)"
}

@test "two conditions on the same argument: one of them is enough" {
	filter '{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [
		{index: 1, value: 17, op: "SCMP_CMP_EQ"}, {index: 1, value: 28, op: "SCMP_CMP_EQ"}]}'
	run_sh "$SIGNALS"
	assert_output "$(printf '%s\n' 18 23)"
}

@test "an argument of 64 bits is compared in all of them" {
	with_syscall
	[ "$(uname -m)" = x86_64 ] || skip "machine: knows the numbers of x86_64 only"
	filter '{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 77, args: [{index: 0, value: 4294967301, op: "SCMP_CMP_EQ"}]}'
	run_sh 'syscall 83 4294967301 0; syscall 83 5 0; syscall 83 8589934597 0'
	assert_output "$(printf '%s\n' 77 14 14)"
}

@test "several rules for one call: the one whose condition holds" {
	filter '{names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 28, args: [{index: 1, value: 17, op: "SCMP_CMP_EQ"}]},
		{names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 1, args: [{index: 1, value: 23, op: "SCMP_CMP_EQ"}]}'
	run_sh 'for s in 17 18 23; do kill -$s $$ 2>&1 && echo $s; done; true'
	assert_has "${lines[0]}" "No space left"
	assert_equal "${lines[1]}" 18
	assert_has "${lines[2]}" "not permitted"
}

@test "names that this architecture does not know are passed over" {
	filter '{names: ["no_such_call", "mkdir", "mkdirat", "_newselect", "socketcall"], action: "SCMP_ACT_ERRNO"}'
	run_sh 'mkdir /x 2>&1 || true'
	assert_has "$output" "not permitted"
}

@test "a call newer than any in the profile is ENOSYS, not the default error" {
	with_syscall
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{action: "SCMP_ACT_ALLOW",
		names: ["execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink",
		"readlinkat", "getrandom", "mprotect", "exit", "exit_group", "write", "fstat", "newfstatat", "capset", "capget", "prctl",
		"close", "close_range", "fcntl", "futex", "read", "rt_sigreturn", "sigaltstack", "nanosleep", "epoll_pwait", "getdents64",
		"openat", "mmap", "munmap", "madvise", "rt_sigaction", "rt_sigprocmask", "tgkill", "gettid", "getpid", "setuid", "setgid",
		"setgroups", "chdir", "getuid", "sched_yield", "clone", "setsid", "getppid", "faccessat", "statfs", "fstatfs"]}]}'
	[ "$(uname -m)" != x86_64 ] || config '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64"]'
	config_args syscall 1000
	run_container
	assert_success
	assert_output 38
}

@test "the architectures that are listed, and the machine's own, are filtered" {
	[ "$(uname -m)" = x86_64 ] || skip "machine: knows the architectures of x86_64 only"
	filter '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}'
	config '.linux.seccomp.architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]'
	run_sh 'mkdir /x 2>&1 || true'
	assert_has "$output" "not permitted"
	config '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]'
	run_container
	assert_has "$output" "not permitted"
}

@test "the filter holds with and without noNewPrivileges, as another user too" {
	filter '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}'
	local nnp uid
	for nnp in true false; do
		for uid in 0 1000; do
			config ".process.noNewPrivileges = $nnp | .process.user = {uid: $uid, gid: $uid}"
			config_sh 'mkdir /tmp/x 2>&1 || true'
			run_container
			assert_success
			assert_has "$output" "not permitted"
		done
	done
}

@test "flags that the kernel knows are taken" {
	filter '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}'
	local flags
	for flags in '[]' '["SECCOMP_FILTER_FLAG_LOG"]' '["SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"]'; do
		config ".linux.seccomp.flags = $flags"
		config_sh 'mkdir /x 2>&1 || true'
		run_container
		assert_success
		assert_has "$output" "not permitted"
	done
}

# bats test_tags=mcrun
@test "a profile that allows nothing but the program's own calls does not trouble the runtime" {
	requires mcrun
	with_syscall
	local nnp
	for nnp in true false; do
		config ".process.noNewPrivileges = $nnp"' | .linux.seccomp = {defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [
			{action: "SCMP_ACT_ALLOW", names: ["execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq",
			"prlimit64", "readlink", "readlinkat", "getrandom", "mprotect", "exit_group", "write", "fstat", "newfstatat",
			"getpid"]}]}'
		# With it unset the capabilities are set while the filter already holds.
		[ "$nnp" = true ] || config '.linux.seccomp.syscalls[0].names += ["capset"]'
		config_args syscall 39		# getpid
		run_container
		assert_success
		assert_output 0
	done
}

# bats test_tags=mcrun
@test "what execve fails on is told through the strictest profile" {
	printf '#!/no/such/interpreter\n' | rootfs_file bin/script 0755
	local nnp
	for nnp in true false; do
		config ".process.noNewPrivileges = $nnp"' | .linux.seccomp = {defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [
			{action: "SCMP_ACT_ALLOW", names: ["execve", "exit_group", "write", "capset"]}]}'
		config_args /bin/script
		run_container
		assert_failure
		assert_says /process/args/0 "its interpreter /no/such/interpreter: no such file or directory"
	done
}

# bats test_tags=mcrun
@test "startContainer hooks are not filtered" {
	requires mcrun
	filter '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}'
	config '.hooks.startContainer = [{path: "/bin/mkdir", args: ["mkdir", "/by-hook"]}]'
	run_sh 'ls -d /by-hook; mkdir /x 2>/dev/null || echo filtered'
	assert_output "$(printf '/by-hook\nfiltered')"
}

@test "an errnoRet with an action that takes none is refused" {
	filter '{names: ["mkdir"], action: "SCMP_ACT_KILL", errnoRet: 1}'
	create
	assert_refused /linux/seccomp/syscalls/0 errnoRet
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1}'
	create
	assert_refused /linux/seccomp/defaultErrnoRet
}

@test "unknown actions, operators, architectures and flags are refused" {
	filter '{names: ["mkdir"], action: "SCMP_ACT_NOSUCH"}'
	create
	assert_refused /linux/seccomp/syscalls/0/action SCMP_ACT_NOSUCH
	filter '{names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 1, op: "SCMP_CMP_NOSUCH"}]}'
	create
	assert_refused /linux/seccomp/syscalls/0/args/0/op SCMP_CMP_NOSUCH
	config '.linux.seccomp = {defaultAction: "NOSUCH"}'
	create
	assert_refused /linux/seccomp/defaultAction NOSUCH
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_NOSUCH"]}'
	create
	assert_refused /linux/seccomp/architectures/0 SCMP_ARCH_NOSUCH
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_NOSUCH"],
		syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	create
	assert_refused /linux/seccomp/flags/0 SECCOMP_FILTER_FLAG_NOSUCH
}

@test "a rule without names is refused" {
	filter '{names: [], action: "SCMP_ACT_ERRNO"}'
	create
	assert_refused /linux/seccomp/syscalls/0/names
}

@test "an argument beyond the sixth is refused" {
	filter '{names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{index: 6, value: 1, op: "SCMP_CMP_EQ"}]}'
	create
	assert_refused /linux/seccomp/syscalls/0/args/0/index
}

@test "listenerMetadata without listenerPath is refused" {
	filter '{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}'
	config '.linux.seccomp.listenerMetadata = "x"'
	create
	assert_refused /linux/seccomp/listenerMetadata
}
