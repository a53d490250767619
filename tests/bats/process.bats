#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The rest of process: oomScoreAdj, noNewPrivileges, args, env and where the program is found.

load helpers

@test "oomScoreAdj is set" {
	config '.process.oomScoreAdj = 500'
	run_sh 'cat /proc/self/oom_score_adj'
	assert_output 500
}

@test "without oomScoreAdj the program has the caller's" {
	config 'del(.process.oomScoreAdj)'
	config_sh 'cat /proc/self/oom_score_adj'
	output=$(MCRUN_TEST_ID=$ID sh -c 'echo 123 >/proc/self/oom_score_adj; exec timeout -k 2 "$@"' sh "$LIMIT" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&-)
	assert_output 123
}

@test "an oomScoreAdj of 0 is a value" {
	requires cap:sys_resource
	config '.process.oomScoreAdj = 0'
	config_sh 'cat /proc/self/oom_score_adj'
	output=$(MCRUN_TEST_ID=$ID sh -c 'echo 123 >/proc/self/oom_score_adj; exec timeout -k 2 "$@"' sh "$LIMIT" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&-)
	assert_output 0
}

@test "an oomScoreAdj that the kernel does not know is refused" {
	local value
	for value in 1001 -1001; do
		config ".process.oomScoreAdj = $value"
		create
		assert_refused /process/oomScoreAdj
	done
}

@test "noNewPrivileges true and false" {
	config '.process.noNewPrivileges = true'
	run_sh 'grep ^NoNewPrivs /proc/self/status | tr "\t" " "'
	assert_output "NoNewPrivs: 1"
	config '.process.noNewPrivileges = false'
	run_container
	assert_output "NoNewPrivs: 0"
	config 'del(.process.noNewPrivileges)'
	run_container
	assert_output "NoNewPrivs: 0"
}

@test "the environment is what config.json says, and nothing of the caller's" {
	export CALLER_SECRET=secret
	config '.process.env = ["PATH=/bin", "A=1", "EMPTY=", "SPACE=a b", "EQUALS=a=b", "HOME=/here"]'
	config_args env
	run_container
	assert_success
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n' A=1 EMPTY= EQUALS=a=b HOME=/here PATH=/bin 'SPACE=a b')"
}

@test "HOME comes from the container's passwd when it is not set" {
	config '.process.user = {uid: 1000, gid: 1000} | .process.env |= map(select(startswith("HOME") | not))'
	run_sh 'echo $HOME'
	assert_output /home/user
}

@test "HOME is / for a user that passwd does not know" {
	config '.process.user = {uid: 4321, gid: 1} | .process.env |= map(select(startswith("HOME") | not))'
	run_sh 'echo $HOME'
	assert_output /
}

@test "a passwd that leads out, or is no file, does no harm" {
	rm -r "$BUNDLE/rootfs/etc"
	mkdir "$T/host"
	echo 'root:x:0:0:root:/leaked:/bin/sh' >"$T/host/passwd"
	ln -s "$T/host" "$BUNDLE/rootfs/etc"
	config '.process.env |= map(select(startswith("HOME") | not))'
	run_sh 'echo $HOME'
	assert_has_not "$output" leaked
	rm "$BUNDLE/rootfs/etc"
	mkdir "$BUNDLE/rootfs/etc"
	mkfifo "$BUNDLE/rootfs/etc/passwd"
	run_container
	assert_success
}

@test "arguments arrive as they are: spaces, quotes, newlines, empty ones" {
	config_args sh -c 'for a in "$@"; do printf "[%s]" "$a"; done' sh 'two words' '' "it's" '"' $'line\nline' '$HOME' '*'
	run_container
	assert_success
	assert_output $'[two words][][it\'s]["][line\nline][$HOME][*]'
}

@test "a hundred thousand bytes of arguments and environment arrive" {
	local long
	long=$(printf 'x%.0s' {1..50000})
	config --arg l "$long" '.process.env += ["LONG=\($l)"] | .process.args = ["sh", "-c", "echo ${#1} ${#LONG}", "sh", $l]'
	run_container
	assert_success
	assert_output "50000 50000"
}

@test "the program is found by the container's PATH" {
	mkdir "$BUNDLE/rootfs/own" "$BUNDLE/rootfs/second"
	printf '#!/bin/sh\necho mine\n' | rootfs_file own/prog 0755
	printf '#!/bin/sh\necho second\n' | rootfs_file second/prog 0755
	config '.process.env = ["PATH=/nowhere:/own:/second"]'
	config_args prog
	run_container
	assert_success
	assert_output mine
}

@test "PATH skips what is not executable and what is a directory" {
	mkdir -p "$BUNDLE/rootfs/one/prog" "$BUNDLE/rootfs/two" "$BUNDLE/rootfs/three"
	printf 'text\n' | rootfs_file two/prog 0644
	printf '#!/bin/sh\necho three\n' | rootfs_file three/prog 0755
	config '.process.env = ["PATH=/one:/two:/three"]'
	config_args prog
	run_container
	assert_success
	assert_output three
}

@test "the program is not found by the caller's PATH" {
	mkdir "$BUNDLE/rootfs/own"
	printf '#!/bin/sh\necho mine\n' | rootfs_file own/prog 0755
	config '.process.env = ["PATH=/bin"]'
	config_args prog
	PATH=/own:$PATH run_container
	assert_refused prog
	assert_has "$stderr" "executable file not found in"
}

@test "a program with a slash is relative to cwd" {
	printf '#!/bin/sh\necho here\n' | rootfs_file data/prog 0755
	config '.process.cwd = "/data"'
	config_args ./prog
	run_container
	assert_success
	assert_output here
	config '.process.cwd = "/"'
	config_args data/prog
	run_container
	assert_output here
}

@test "the program's name is args[0] as it was written" {
	run_sh 'tr "\0" " " </proc/self/cmdline'
	config_args cat /proc/self/cmdline
	run_container
	assert_has "$output" "cat/proc/self/cmdline"
}

@test "a program that is a symlink inside the root works" {
	ln -s /bin/busybox "$BUNDLE/rootfs/data/echo"
	config_args /data/echo linked
	run_container
	assert_success
	assert_output linked
}

@test "a program that is a directory, or not executable, is refused with permission denied" {
	printf 'text\n' | rootfs_file data/text 0644
	config_args /data/text
	create
	assert_refused /data/text "permission denied"
	config_args /data
	create
	assert_refused /data "is a directory" "permission denied"
}

# --- scheduler, I/O priority, memory policy, personality ------------------------------------------

# run_under COMMAND...: the container, in the foreground, of a caller that runs under the command.
run_under() {
	output=$(MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$@" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&-)
}

# The program's policy (0 OTHER, 1 FIFO, 2 RR, 3 BATCH, 5 IDLE, 6 DEADLINE), real-time priority and nice value.
SCHEDULE='set -- $(cat /proc/self/stat); echo "policy ${41} priority ${40} nice ${19}"'

@test "the scheduling policies, with priority and nice value" {
	local row
	while IFS='|' read -r row want; do
		config ".process.scheduler = {$row}"
		config_sh "$SCHEDULE"
		run_container
		assert_success
		assert_equal "$output" "$want" "{$row}"
	done <<-'END'
		policy: "SCHED_OTHER"|policy 0 priority 0 nice 0
		policy: "SCHED_OTHER", nice: 7|policy 0 priority 0 nice 7
		policy: "SCHED_OTHER", nice: -5|policy 0 priority 0 nice -5
		policy: "SCHED_BATCH", nice: 3|policy 3 priority 0 nice 3
		policy: "SCHED_IDLE", nice: 2|policy 5 priority 0 nice 2
		policy: "SCHED_FIFO", priority: 3|policy 1 priority 3 nice 0
		policy: "SCHED_RR", priority: 99, nice: 4|policy 2 priority 99 nice 4
	END
}

@test "SCHED_DEADLINE is set, of the program itself" {
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 10000000, deadline: 20000000, period: 40000000,
		flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	config_sh 'read -r line </proc/self/stat; set -- $line; echo "policy ${41}"'
	run_container
	assert_success
	assert_output "policy 6"
}

@test "SCHED_FLAG_RESET_ON_FORK: what the program makes is ordinary again" {
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	run_sh 'read -r line </proc/self/stat; set -- $line; echo "policy ${41}"
		cat /proc/self/stat | { read -r line; set -- $line; echo "policy ${41}"; }'
	assert_output "$(printf 'policy 1\npolicy 0')"
}

@test "a scheduler that is the default one is set for a caller that has another" {
	config '.process.scheduler = {policy: "SCHED_OTHER"}'
	config_sh "$SCHEDULE"
	run_under nice -n 12
	assert_output "policy 0 priority 0 nice 0"
	run_under chrt --batch 0
	assert_output "policy 0 priority 0 nice 0"
	config 'del(.process.scheduler)'
	run_under nice -n 2
	assert_output "policy 0 priority 0 nice $(nice -n 2 nice)"
}

@test "the scheduler holds in a user namespace too" {
	requires userns
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings
		| .process.scheduler = {policy: "SCHED_FIFO", priority: 2, nice: -4}
		| .process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 1}'
	chown -R 100000:100000 "$BUNDLE/rootfs/tmp"
	run_sh "$SCHEDULE; ionice -p 1"
	assert_output "$(printf 'policy 1 priority 2 nice -4\nrealtime: prio 1')"
}

@test "a scheduler that cannot be is refused, and names its member" {
	local expr place
	while IFS='|' read -r expr place; do
		config ".process.scheduler = {$expr}"
		create
		assert_refused "/process/scheduler/$place"
	done <<-'END'
		policy: "SCHED_ISO"|policy
		policy: "SCHED_NOSUCH"|policy
		policy: "SCHED_OTHER", nice: 20|nice
		policy: "SCHED_OTHER", priority: 1|priority
		policy: "SCHED_FIFO"|priority
		policy: "SCHED_FIFO", priority: 1, flags: ["SCHED_FLAG_NOSUCH"]|flags/0
		policy: "SCHED_DEADLINE", runtime: 3000, deadline: 2000, period: 4000|deadline
	END
}

@test "what the kernel refuses of a scheduler is told, and nothing is left" {
	# Longer than kernel.sched_deadline_period_max_us allows.
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 100000000, deadline: 90000000000, period: 90000000000}'
	create
	assert_refused /process/scheduler SCHED_DEADLINE
}

@test "the I/O priorities" {
	local row
	while IFS='|' read -r row want; do
		config ".process.ioPriority = {$row}"
		config_sh 'ionice -p 1'
		run_container
		assert_success
		assert_equal "$output" "$want" "{$row}"
	done <<-'END'
		class: "IOPRIO_CLASS_RT", priority: 0|realtime: prio 0
		class: "IOPRIO_CLASS_BE", priority: 7|best-effort: prio 7
		class: "IOPRIO_CLASS_IDLE", priority: 0|idle
	END
	config 'del(.process.ioPriority)'
	run_under ionice -c 2 -n 6
	assert_output "best-effort: prio 6"
}

@test "an I/O priority that cannot be is refused" {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_NOSUCH", priority: 0}'
	create
	assert_refused /process/ioPriority/class IOPRIO_CLASS_NOSUCH
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
	create
	assert_refused /process/ioPriority/priority
}

@test "the personality, also that of a caller that has another" {
	[ "$(uname -m)" = x86_64 ] || skip "machine: knows the names of x86_64 only"
	config '.linux.personality = {domain: "LINUX32"}'
	run_sh 'uname -m; cat /proc/self/personality'
	assert_output "$(printf 'i686\n00000008')"
	config '.linux.personality = {domain: "LINUX"}'
	run_under setarch i686 -R
	assert_output "$(printf 'x86_64\n00000000')"
	config 'del(.linux.personality)'
	run_under setarch i686
	assert_output "$(printf 'i686\n00000008')"
}

@test "a personality that the specification does not have is refused" {
	config '.linux.personality = {domain: "SVR4"}'
	create
	assert_refused /linux/personality/domain SVR4
	config '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}'
	create
	assert_refused /linux/personality/flags/0 ADDR_NO_RANDOMIZE
}

# The memory policy of the program itself, as the kernel tells it of its first mapping.
POLICY='read -r _ policy _ </proc/self/numa_maps; echo "$policy"'

needs_numa() {
	[ -e /proc/self/numa_maps ] || skip "machine: a kernel without NUMA"
}

@test "the memory policies" {
	local row
	needs_numa
	while IFS='|' read -r row want; do
		config ".linux.memoryPolicy = {$row}"
		config_sh "$POLICY"
		run_container
		assert_success
		assert_equal "$output" "$want" "{$row}"
	done <<-'END'
		mode: "MPOL_DEFAULT"|default
		mode: "MPOL_BIND", nodes: "0"|bind:0
		mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]|bind=static:0
		mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"]|interleave=relative:0
		mode: "MPOL_PREFERRED", nodes: "0"|prefer:0
		mode: "MPOL_PREFERRED"|local
		mode: "MPOL_LOCAL"|local
	END
}

@test "a memory policy is set for startContainer's program, not for its hooks, and over the caller's" {
	needs_numa
	printf '#!/bin/sh\n%s >/data/hook\n' "$POLICY" | rootfs_file bin/hook 0755
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"} | .hooks.startContainer = [{path: "/bin/hook"}]'
	run_sh "$POLICY; cat /data/hook"
	assert_output "$(printf 'bind:0\ndefault')"
	config '.linux.memoryPolicy = {mode: "MPOL_DEFAULT"} | del(.hooks)'
	config_sh "$POLICY"
	cat >"$T/bound" <<-'END'
		import ctypes, os, platform, sys
		number = {"x86_64": 238, "aarch64": 237}[platform.machine()]
		mask = ctypes.c_ulong(1)
		if ctypes.CDLL(None, use_errno=True).syscall(number, 2, ctypes.byref(mask), 65) != 0:
		    raise OSError(ctypes.get_errno(), "set_mempolicy")
		os.execv(sys.argv[1], sys.argv[1:])
	END
	run_under python3 "$T/bound"
	assert_output default
}

@test "a memory policy that the kernel refuses names its field at start" {
	needs_numa
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "4000"}'
	config_args true
	create_ok
	mcrun start "$ID"
	assert_failure
	assert_says /linux/memoryPolicy "MPOL_BIND 4000"
}

@test "a memory policy that cannot be is refused" {
	config '.linux.memoryPolicy = {mode: "MPOL_NOSUCH", nodes: "0"}'
	create
	assert_refused /linux/memoryPolicy/mode MPOL_NOSUCH
	config '.linux.memoryPolicy = {mode: "MPOL_BIND"}'
	create
	assert_refused /linux/memoryPolicy/nodes
	config '.linux.memoryPolicy = {mode: "MPOL_DEFAULT", nodes: "0"}'
	create
	assert_refused /linux/memoryPolicy/nodes
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NOSUCH"]}'
	create
	assert_refused /linux/memoryPolicy/flags/0 MPOL_F_NOSUCH
}

@test "execCPUAffinity is for exec: the program has the caller's CPUs, but a mistake is found at create" {
	config '.process.execCPUAffinity = {initial: "0", final: "0"}'
	config_sh 'grep Cpus_allowed_list /proc/self/status'
	run_container
	assert_success
	assert_output "$(grep Cpus_allowed_list /proc/self/status)"
	local key
	for key in initial final; do
		config ".process.execCPUAffinity = {$key: \"0-\"}"
		create
		assert_refused "/process/execCPUAffinity/$key"
	done
}
