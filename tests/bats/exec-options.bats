#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Each option of exec, and what of the container's process holds for exec without one.

load helpers

setup() {
	setup_bundle
	requires root command:exec
}

@test "--env adds a variable, or takes the place of one; HOME is the user's" {
	config '.process.env += ["A=1"]'
	running
	inside -e A=2 --env B=x=y -e EMPTY= "$ID" env
	assert_line A=2
	assert_line B=x=y
	assert_line EMPTY=
	assert_equal "$(grep -c ^A= <<<"$output")" 1 "variables A"
	inside -u 1000 "$ID" sh -c 'echo $HOME'
	assert_output /home/user
	mcrun exec --env novalue "$ID" true
	not_started --env novalue
}

@test "--cwd is where the program starts" {
	running
	inside --cwd /data "$ID" pwd
	assert_output /data
	mcrun exec --cwd relative "$ID" true
	not_started --cwd relative
	mcrun exec --cwd /nowhere "$ID" true
	not_started --cwd /nowhere
}

@test "--user is taken to the digit, or refused: never another user, never root (CVE-2026-30892)" {
	config '.process.user = {uid: 3, gid: 4}'
	running
	local given want
	while read -r given want; do
		inside --user "$given" "$ID" sh -c 'echo "$(id -u):$(id -g)"'
		assert_output "$want"
	done <<-END
		1 1:4
		0 0:4
		1:2 1:2
		0:0 0:0
		4294967294:4294967294 4294967294:4294967294
	END
	for given in 1: :1 : "" " 1" "1 " 1x 0x1 +1 -1 1:2:3 1:x 4294967295 4294967296 1:4294967296 18446744073709551617 root user:user 1.0; do
		mcrun exec --user "$given" "$ID" true
		not_started --user "'$given'"
	done
}

@test "--additional-gids adds groups: one by one, or between commas" {
	config '.process.user = {uid: 1, gid: 2, additionalGids: [3]}'
	running
	inside -g 4 --additional-gids 5,6 "$ID" id -G
	assert_output "2 3 4 5 6"
	mcrun exec --additional-gids 4,x "$ID" true
	not_started --additional-gids "'x'"
	mcrun exec -g 4, "$ID" true
	not_started --additional-gids
}

@test "--cap adds to bounding, effective and permitted, never to inheritable (CVE-2022-29162, CVE-2022-27650)" {
	config '.process.capabilities = {bounding: ["CAP_CHOWN"], effective: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"]}'
	running
	inside --cap CAP_KILL -c CAP_NET_RAW "$ID" grep ^Cap /proc/self/status
	assert_line "$(printf 'CapInh:\t0000000000000000')"
	assert_line "$(printf 'CapPrm:\t0000000000002021')"
	assert_line "$(printf 'CapEff:\t0000000000002021')"
	assert_line "$(printf 'CapBnd:\t0000000000002021')"
	assert_line "$(printf 'CapAmb:\t0000000000000000')"
	mcrun exec --cap CAP_NO_SUCH "$ID" true
	not_started --cap CAP_NO_SUCH
}

@test "--cap of what the container inherits is ambient as well" {
	config '.process.capabilities = {inheritable: ["CAP_KILL"], bounding: ["CAP_KILL"]}'
	running
	inside --cap CAP_KILL --user 1000 "$ID" grep ^Cap /proc/self/status
	assert_line "$(printf 'CapAmb:\t0000000000000020')"
	assert_line "$(printf 'CapEff:\t0000000000000020')"
}

@test "--no-new-privs, and =false where the container has it" {
	running
	inside --no-new-privs "$ID" grep NoNewPrivs /proc/self/status
	assert_output "$(printf 'NoNewPrivs:\t1')"
	mcrun delete --force "$ID"
	config '.process.noNewPrivileges = true'
	running
	inside "$ID" grep NoNewPrivs /proc/self/status
	assert_output "$(printf 'NoNewPrivs:\t1')"
	inside --no-new-privs=false "$ID" grep NoNewPrivs /proc/self/status
	assert_output "$(printf 'NoNewPrivs:\t0')"
}

@test "--process-label and --apparmor are refused by name where the module is off" {
	[ ! -e /sys/fs/selinux/enforce ] && [ ! -e /sys/kernel/security/apparmor ] || skip "needs a kernel without security modules"
	running
	mcrun exec --process-label some_u:some_r:some_t:s0 "$ID" true
	not_started --process-label some_u:some_r:some_t:s0 SELinux
	mcrun exec --apparmor some-profile "$ID" true
	not_started --apparmor some-profile AppArmor
	inside --apparmor unconfined "$ID" true
}

@test "--preserve-fds hands descriptors on, and none but those" {
	running
	exec 5>"$T/five" 6>"$T/six"
	status=0
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" exec --preserve-fds 2 "$ID" \
		sh -c 'echo three >&3; echo four >&4; ls /proc/self/fd | wc -l' 3>&5 4>&6 >"$T/out" 2>&1 || status=$?
	exec 5>&- 6>&-
	OUT=$T/out ERR=$T/out
	read_output
	assert_success
	assert_equal "$(cat "$T/five" "$T/six" | tr '\n' ' ')" "three four "
	assert_output 6 # with the one that ls has open itself
	mcrun exec --preserve-fds 50 "$ID" true
	not_started --preserve-fds "not open"
}

@test "--cgroup puts the process below the container's cgroup, and nowhere else" {
	requires cgroup2
	running
	local cgroup bad
	cgroup=$(cgroup2_mount)/$ID
	mkdir -p "$cgroup/sub/deep"
	inside --detach --pid-file "$T/pid" --cgroup sub/deep "$ID" sleep 1000
	assert_equal "$(grep ^0:: "/proc/$(cat "$T/pid")/cgroup")" "0::/$ID/sub/deep"
	inside -d --pid-file "$T/pid" --cgroup /sub --cgroup sub/ "$ID" sleep 1000
	assert_equal "$(grep ^0:: "/proc/$(cat "$T/pid")/cgroup")" "0::/$ID/sub"
	for bad in .. ../x sub/../../x sub/..; do
		mcrun exec --cgroup "$bad" "$ID" true
		not_started --cgroup "lead out"
	done
	mcrun exec --cgroup memory:/sub "$ID" true
	not_started --cgroup "one tree"
	mcrun exec --cgroup sub --cgroup other "$ID" true
	not_started --cgroup "not both"
	mcrun exec --cgroup missing "$ID" true
	not_started --cgroup "no cgroup" missing
}

@test "where init has moved below, since the cgroup has controllers for its children, exec goes there" {
	requires cgroup2
	running
	local cgroup controller
	cgroup=$(cgroup2_mount)/$ID
	read -r controller _ <"$(cgroup2_mount)/cgroup.controllers"
	echo "+$controller" >"$(cgroup2_mount)/cgroup.subtree_control"
	mkdir "$cgroup/init"
	pid_of >"$cgroup/init/cgroup.procs"
	echo "+$controller" >"$cgroup/cgroup.subtree_control"
	inside --detach --pid-file "$T/pid" "$ID" sleep 1000
	assert_equal "$(grep ^0:: "/proc/$(cat "$T/pid")/cgroup")" "0::/$ID/init"
}

# receive SOCKET: listens for one message and writes what came with it into $T/received.
receive() {
	python3 - "$1" "$T/received" 3>&- <<'PY' &
import array, os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(1)
conn, _ = listener.accept()
fds = array.array("i")
text, ancillary, _, _ = conn.recvmsg(4096, socket.CMSG_SPACE(8 * fds.itemsize))
for _, _, data in ancillary:
    fds.frombytes(data)
with open(f"/proc/self/fdinfo/{fds[0]}") as info:
    pid = [line.split()[1] for line in info if line.startswith("Pid:")][0]
with open(sys.argv[2] + ".new", "w") as file:
    file.write(f"{text.decode()} {len(fds)} {pid}")
os.rename(sys.argv[2] + ".new", sys.argv[2])
PY
	own_pid $!
	wait_for test -S "$1"
}

@test "--pidfd-socket of create, run and exec is sent one pidfd of the process" {
	requires tool:python3
	receive "$T/exec.sock"
	create_ok
	inside --detach --pid-file "$T/pid" --pidfd-socket "$T/exec.sock" "$ID" sleep 1000
	wait_for test -s "$T/received"
	assert_equal "$(cat "$T/received")" "pidfd 1 $(cat "$T/pid")"
	mcrun delete --force "$ID"
	local command
	for command in create "run --detach"; do
		rm "$T/received"
		receive "$T/${command%% *}.sock"
		# shellcheck disable=SC2086 # a command and an option
		mcrun $command --bundle "$BUNDLE" --pidfd-socket "$T/${command%% *}.sock" "$ID"
		assert_success
		wait_for test -s "$T/received"
		assert_equal "$(cat "$T/received")" "pidfd 1 $(pid_of)"
		mcrun delete --force "$ID"
	done
}

@test "a pidfd socket on which nobody listens is an error before anything runs" {
	create --pidfd-socket "$T/nobody"
	assert_refused "$T/nobody"
	running
	mcrun exec --pidfd-socket "$T/nobody" --pid-file "$T/pid" "$ID" true
	not_started "$T/nobody"
	refute test -e "$T/pid"
}

# --- attributes of the process ----------------------------------------------------------------

@test "memory policy and personality of the container hold for exec" {
	config '.linux.personality = {domain: "LINUX32"} | .linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
	create
	[ "$status" -eq 0 ] || skip "machine: this kernel has no memory policies"
	start_ok
	inside "$ID" sh -c 'uname -m; grep -m1 -o bind:0 /proc/self/numa_maps'
	assert_has_not "${lines[0]}" x86_64
	assert_line bind:0
}

@test "scheduler and I/O priority are those of the process, or else the container's" {
	requires tool:chrt tool:ionice
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 5} | .process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	running
	inside --detach --pid-file "$T/pid" "$ID" sleep 1000
	assert_has "$(chrt -p "$(cat "$T/pid")")" SCHED_BATCH
	assert_has "$(ionice -p "$(cat "$T/pid")")" idle
	process '. + {args: ["sleep", "1000"], scheduler: {policy: "SCHED_IDLE"}, ioPriority: {class: "IOPRIO_CLASS_BE", priority: 3}}'
	inside --detach --pid-file "$T/pid" --process "$T/process.json" "$ID"
	assert_has "$(chrt -p "$(cat "$T/pid")")" SCHED_IDLE
	assert_has "$(ionice -p "$(cat "$T/pid")")" "best-effort: prio 3"
}

@test "execCPUAffinity: final is where the program runs, initial where exec begins" {
	[ "$(nproc)" -gt 1 ] || skip "machine: needs two processors"
	config '.process.execCPUAffinity = {initial: "0", final: "1"}'
	running
	inside "$ID" grep Cpus_allowed_list /proc/self/status
	assert_output "$(printf 'Cpus_allowed_list:\t1')"
	process '. + {args: ["grep", "Cpus_allowed_list", "/proc/self/status"], execCPUAffinity: {initial: "1", final: "0"}}'
	inside --process "$T/process.json" "$ID"
	assert_output "$(printf 'Cpus_allowed_list:\t0')"
	process '. + {execCPUAffinity: {final: "4000"}}'
	mcrun exec --process "$T/process.json" "$ID"
	not_started execCPUAffinity/final 4000
	process '. + {execCPUAffinity: {initial: "4000"}}'
	mcrun exec --process "$T/process.json" "$ID"
	not_started execCPUAffinity/initial 4000
}

@test "the container's seccomp filter holds for exec, with and without new privileges" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}'
	running
	local option
	for option in --no-new-privs=true --no-new-privs=false; do
		mcrun exec $option "$ID" mkdir /tmp/x
		assert_status 1
		assert_has "$stderr" "not implemented"
	done
}
