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
	find_tool syscall
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
	requires mcrun
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

# bats test_tags=must:seccomp
@test "seccomp: errnoRet with an action that does not take it is an error" {
	local action
	for action in KILL KILL_PROCESS KILL_THREAD TRAP LOG ALLOW NOTIFY; do
		filter "{names: [\"mkdir\"], action: \"SCMP_ACT_$action\", errnoRet: 1}"
		config '.linux.seccomp.listenerPath = "/no/such/agent"'
		create
		assert_refused "/linux/seccomp/syscalls/0/errnoRet: SCMP_ACT_$action takes no errno"
		config ".linux.seccomp = {defaultAction: \"SCMP_ACT_$action\", defaultErrnoRet: 1}"
		create
		assert_refused "/linux/seccomp/defaultErrnoRet: SCMP_ACT_$action takes no errno"
	done
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

# bats test_tags=must:seccomp
@test "seccomp: listenerMetadata without listenerPath is an error" {
	filter '{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}'
	config '.linux.seccomp.listenerMetadata = "x"'
	create
	assert_refused "/linux/seccomp/listenerMetadata: is of no use without listenerPath"
}

# --- notifications --------------------------------------------------------------------------------

# agent [busy]: a seccomp agent in the background; $T/told is what it was sent.
agent() {
	python3 "$TESTS_DIR/seccomp-agent.py" "$T/agent" "$T/told" "$@" 3>&- 4>&- &
	AGENT=$!
	own_pid "$AGENT"
	wait_for test -e "$T/told"
}

# The agent's answer, 28, reaches the program with and without noNewPrivileges.
answered_either_way() {
	local nnp
	for nnp in true false; do
		config ".process.noNewPrivileges = $nnp"
		run_container
		assert_success
		assert_output 28
	done
}

# notify: a profile that asks the agent for mkdir.
notify() {
	filter '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}'
	config --arg p "$T/agent" '.linux.seccomp.listenerPath = $p | .linux.seccomp.listenerMetadata = "meta \"data\""'
}

# bats test_tags=must:seccomp
@test "seccomp: a connection to the listener carries one container process state, with one descriptor" {
	local nnp
	for nnp in true false; do
		rm -f "$T/agent" "$T/told"
		agent
		notify
		config ".process.noNewPrivileges = $nnp"' | .annotations = {"org.example.k": "v"}'
		config_sh 'mkdir /x 2>&1 || true; touch /y && echo other; sleep 1000'
		create_ok
		assert_equal "$(cat "$T/told")" "" "what the agent is told at create"
		start_ok
		local pid
		pid=$(pid_of)
		wait_for file_has "$T/told" .
		assert_equal "$(wc -l <"$T/told")" 1 "messages"
		assert_equal "$(cut -d' ' -f1 "$T/told")" 1 "descriptors"
		assert_equal "$(cut -d' ' -f2- "$T/told" | jq -cS .)" "$(jq -ncS --arg id "$ID" --arg b "$BUNDLE" --argjson pid "$pid" \
			--arg v "$(jq -r .ociVersion "$BUNDLE/config.json")" \
			'{ociVersion: $v, fds: ["seccompFd"], pid: $pid, metadata: "meta \"data\"",
			state: {ociVersion: $v, id: $id, status: "created", pid: $pid, bundle: $b, annotations: {"org.example.k": "v"}}}')"
		OUT=$(ls "$T"/out.* | sort -V | tail -n 3 | head -n 1)
		mcrun kill "$ID" KILL
		wait_for is_status stopped
		mcrun delete "$ID"
		assert_success
		kill "$AGENT"
	done
}

# The agent answers nobody before the end-of-file, and run goes on until the program ends.
# bats test_tags=must:seccomp
@test "seccomp: the connection is closed after the state; with run, what the agent says is what the program gets" {
	local nnp uid
	agent
	notify
	config_sh 'mkdir /tmp/x 2>&1 || true; echo other; ls /proc/self/fd'
	for nnp in true false; do
		for uid in 0 1000; do
			config ".process.noNewPrivileges = $nnp | .process.user = {uid: $uid, gid: $uid}"
			run_container
			assert_success
			assert_has "${lines[0]}" "No space left on device"
			assert_equal "${lines[*]:1}" "other 0 1 2 3"
		done
	done
	assert_equal "$(wc -l <"$T/told")" 4 "messages"
}

@test "SCMP_ACT_NOTIFY in a user namespace, and of a caller with many threads to come" {
	requires userns
	agent
	notify
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings | .linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG"]'
	config_sh 'mkdir /tmp/x 2>&1 || true; grep ^Threads: /proc/self/status | tr "\t" " "'
	run_container
	assert_success
	assert_has "${lines[0]}" "No space left on device"
	assert_equal "${lines[1]}" "Threads: 1"
}

# bats test_tags=mcrun
@test "SCMP_ACT_NOTIFY for everything, and with a profile that lets next to nothing pass" {
	requires mcrun
	with_syscall
	agent
	notify
	config '.linux.seccomp += {defaultAction: "SCMP_ACT_NOTIFY", syscalls: []}'
	config_args syscall 83 0 0
	[ "$(uname -m)" = x86_64 ] || skip "machine: knows the numbers of x86_64 only"
	answered_either_way
	config '.linux.seccomp += {defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [
		{action: "SCMP_ACT_NOTIFY", names: ["mkdir", "execve", "capset"]},
		{action: "SCMP_ACT_ALLOW", names: ["brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink",
		"readlinkat", "getrandom", "mprotect", "exit_group", "write", "fstat", "newfstatat"]}]}'
	answered_either_way
}

@test "SCMP_ACT_NOTIFY: what execve fails on is told all the same" {
	agent
	notify
	printf '#!/no/such/interpreter\n' | rootfs_file bin/script 0755
	config_args /bin/script
	run_container
	assert_failure
	assert_says /process/args/0 "its interpreter /no/such/interpreter: no such file or directory"
}

@test "without its agent the program does not start, and the container is stopped" {
	notify
	config_sh 'touch /ran'
	create_ok
	mcrun start "$ID"
	assert_failure
	assert_says /linux/seccomp/listenerPath "$T/agent"
	assert [ "$(grep -c '' "$ERR")" -eq 1 ]
	assert is_status stopped
	refute [ -e "$BUNDLE/rootfs/ran" ]
	mcrun delete "$ID"
	assert_success
	run_container
	assert_refused /linux/seccomp/listenerPath
}

# bats test_tags=mcrun
@test "an agent that takes no connection is not waited for for ever" {
	requires mcrun
	notify
	agent busy
	config_sh 'touch /ran'
	create_ok
	LIMIT=30 mcrun start "$ID"
	assert_failure
	assert_says /linux/seccomp/listenerPath "took nothing for 5 seconds"
	assert is_status stopped
	refute [ -e "$BUNDLE/rootfs/ran" ]
}

# bats test_tags=mcrun
@test "a start that is killed or interrupted while the agent does not answer takes the program with it" {
	requires mcrun
	local signal
	notify
	agent busy
	config_sh 'touch /ran'
	for signal in KILL TERM; do
		create_ok
		mcrun_bg start "$ID"
		wait_for grep -qs 'Seccomp:.2' "/proc/$(pid_of)/status"
		kill "-$signal" "$BG"
		join_bg
		assert_status $((128 + $(kill -l "$signal")))
		wait_for is_status stopped
		refute [ -e "$BUNDLE/rootfs/ran" ]
		mcrun delete "$ID"
		assert_success
	done
}

@test "a listenerPath is relative to the bundle, and ignored where nobody is notified" {
	agent
	notify
	config '.linux.seccomp.listenerPath = "../agent"'
	run_sh 'mkdir /x 2>&1 || true'
	assert_has "$output" "No space left on device"
	config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO" | .linux.seccomp.listenerPath = "/no/such/agent"'
	run_sh 'mkdir /x 2>&1 || true'
	assert_has "$output" "Operation not permitted"
	assert_equal "$(wc -l <"$T/told")" 1 "messages"
}

@test "SCMP_ACT_NOTIFY without listenerPath is refused" {
	filter '{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}'
	create
	assert_refused /linux/seccomp/listenerPath SCMP_ACT_NOTIFY
}

@test "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV goes with SCMP_ACT_NOTIFY only" {
	filter '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}'
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
	create
	assert_refused /linux/seccomp/flags/0 SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	agent
	notify
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
	run_sh 'mkdir /x 2>&1 || true'
	assert_has "$output" "No space left on device"
}

# --- the default profiles of engines, as they hand them over today --------------------------------

# profile NAME: one of tests/data/seccomp; numbers of x86_64.
profile() {
	[ "$(uname -m)" = x86_64 ] || skip "machine: knows the numbers of x86_64 only"
	with_syscall
	config --slurpfile p "$TESTS_DIR/../data/seccomp/$1.json" '.linux.seccomp = $p[0]'
}

# The errno of: clone3, a call that no kernel has yet, unshare, kexec_load, socket of an audit netlink, of vsock.
CALLS_OF_PROFILES='for c in "435 0 0" "1000" "272 0x10000000" "246 0 0 0 0" "41 16 3 9" "41 40 1 0"; do syscall $c; done; mkdir /new'

@test "Docker's default profile: clone3 and newer calls are ENOSYS, unshare is EPERM" {
	profile docker-now
	run_sh "$CALLS_OF_PROFILES"
	assert_equal "${lines[*]:0:4}" "38 38 1 1"
	assert_equal "${lines[5]}" 1 "a socket of vsock"
	assert [ -d "$BUNDLE/rootfs/new" ]
}

@test "Podman's default profile: newer calls are ENOSYS, what is forbidden EPERM, an audit socket EINVAL" {
	profile podman-now
	run_sh "$CALLS_OF_PROFILES"
	assert_equal "${lines[1]}" 38 "a newer call"
	assert_equal "${lines[3]} ${lines[4]}" "1 22"
	assert [ -d "$BUNDLE/rootfs/new" ]
}

@test "the default profiles with an agent for mount" {
	local name
	agent
	for name in docker-now podman-now; do
		profile "$name"
		config --arg p "$T/agent" '.linux.seccomp.listenerPath = $p
			| .linux.seccomp.syscalls |= map(select(.names | index("mkdir") | not)
				// (.names -= ["mkdir", "mkdirat"])) + [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]'
		config_sh 'mkdir /x 2>&1 || true; syscall 1000'
		run_container
		assert_success
		assert_has "${lines[0]}" "No space left on device"
		assert_equal "${lines[1]}" 38
	done
}
