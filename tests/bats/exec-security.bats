#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What a hostile container may try with a process that exec brings in. (reference: section 4.1 of the contracts, by CVE)

load helpers

setup() {
	setup_bundle
	requires root command:exec
}

in_userns() {
	requires userns
	config '.linux.namespaces += [{type: "user"}] | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
}

# holding CALL: $T/held is a runtime, the first process of which that comes to this system call is stopped there.
holding() {
	requires tool:strace
	# (A leak checker does not work under strace.)
	printf '#!/bin/sh\nASAN_OPTIONS=detect_leaks=0 exec strace -qq -f -o /dev/null -e inject=%s:signal=STOP:when=1 "%s" "$@"\n' "$1" "$RUNTIME" >"$T/held"
	chmod +x "$T/held"
}

stopped() {
	grep -q '^State:[[:space:]]*[Tt]' "/proc/$1/status"
}

# newborn INIT: the process of exec, while it is mcrun's: one in the container's pid namespace; $T/newborn is its pid.
newborn() {
	local pid
	for pid in $(pgrep mcrun); do
		[ "$(readlink "/proc/$pid/ns/pid" 2>/dev/null)" = "$(readlink "/proc/$1/ns/pid")" ] && [ "$pid" != "$1" ] || continue
		echo "$pid" >"$T/newborn"
		return
	done
	return 1
}

# bats test_tags=mcrun
@test "the process of exec cannot be traced or looked into before it is the program (CVE-2016-9962)" {
	requires mcrun tool:python3
	in_userns
	running
	local init pid
	init=$(pid_of)
	nsenter -t "$init" --user --pid --setuid 0 --setgid 0 unshare --mount --mount-proc python3 "$TESTS_DIR/spy.py" >"$T/seen" 3>&- &
	own_pid $!
	wait_for file_has "$T/seen" ready
	# What the spy may look into, so that a refusal means something.
	inside --detach "$ID" sleep 1000
	wait_for file_has "$T/seen" "mem open"
	wait_for file_has "$T/seen" "exe open"
	holding setsid
	RUNTIME=$T/held mcrun_bg exec --detach --pid-file "$T/pid" "$ID" true
	wait_for newborn "$init"
	pid=$(awk '/^NSpid/ { print $NF }' "/proc/$(cat "$T/newborn")/status")
	wait_for file_has "$T/seen" "^$pid mem"
	wait_for file_has "$T/seen" "^$pid exe"
	kill -CONT "$(cat "$T/newborn")"
	# Only while it was mcrun: afterwards it is a program of the container's.
	assert_equal "$(grep "^$pid " "$T/seen" | head -n 2 | sort)" "$(printf '%s exe refused\n%s mem refused' "$pid" "$pid")"
	join_bg
}

# bats test_tags=mcrun
@test "the process of exec has no descriptor that leads to the host (CVE-2016-9962, CVE-2024-21626)" {
	requires mcrun
	running
	local init pid link
	init=$(pid_of)
	holding setsid
	exec 7</ 8<"$ROOT"
	MCRUN_TEST_ID=$ID "$T/held" --root "$ROOT" exec --detach "$ID" true </dev/null >"$T/out" 2>&1 3>&- 4>&- &
	own_pid $!
	exec 7>&- 8>&-
	wait_for newborn "$init"
	pid=$(cat "$T/newborn")
	wait_for stopped "$pid"
	for link in /proc/"$pid"/fd/*; do
		case $(readlink "$link") in
		/dev/null | "$T/out" | socket:* | /) ;;
		*) fail "$link is $(readlink "$link")" ;;
		esac
		# "/" is the container's.
		[ "$(readlink "$link")" != / ] || assert test -e "$link/data"
		[ "$(readlink "$link")" != / ] || refute test -e "$link/boot"
	done
	kill -CONT "$pid"
	wait
}

# bats test_tags=mcrun
@test "a container that ends while exec is on its way in is told as not running" {
	requires mcrun
	local userns
	for userns in false true; do
		[ "$userns" = false ] || in_userns
		running
		holding setsid
		RUNTIME=$T/held mcrun_bg exec "$ID" true
		wait_for newborn "$(pid_of)"
		wait_for stopped "$(cat "$T/newborn")"
		mcrun kill "$ID" KILL
		join_bg
		assert_status 255 # strace may have its own to say
		assert_says "container not running" "no such process"
		mcrun delete --force "$ID"
	done
	running
	holding pidfd_open # between the look at the state and the container
	RUNTIME=$T/held mcrun_bg exec "$ID" true
	wait_for pgrep -P "$BG" mcrun
	wait_for stopped "$(pgrep -P "$BG" mcrun)"
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	kill -CONT "$(pgrep -P "$BG" mcrun)"
	join_bg
	assert_status 255
	assert_says "container not running" "no such process"
}

# bats test_tags=mcrun
@test "exec that is killed on its way in leaves no process and no pid file" {
	requires mcrun cgroup2
	local userns
	for userns in false true; do
		[ "$userns" = false ] || in_userns
		running
		holding setsid # the process is inside by then
		RUNTIME=$T/held mcrun_bg exec --detach --pid-file "$T/pid" "$ID" touch /tmp/ran
		wait_for newborn "$(pid_of)"
		wait_for stopped "$(cat "$T/newborn")"
		kill -KILL "$(pgrep -P "$BG" mcrun | grep -vx "$(cat "$T/newborn")")"
		wait_for pid_gone "$(cat "$T/newborn")"
		join_bg
		assert_equal "$(cat "$(cgroup2_mount)/$ID/cgroup.procs")" "$(pid_of)" "processes left"
		refute test -e "$BUNDLE/rootfs/tmp/ran"
		refute test -e "$T/pid"
		mcrun delete --force "$ID"
	done
}

@test "exec of #!/proc/self/exe does not reach the runtime's own program (CVE-2019-5736)" {
	local binary before name
	binary=$(command -v "$RUNTIME")
	before=$(sha256sum <"$binary")
	printf '#!/proc/self/exe\n' | rootfs_file bin/evil 0755
	ln -s /proc/self/exe "$BUNDLE/rootfs/bin/evil-link"
	running
	for name in evil evil-link; do
		mcrun exec "$ID" "/bin/$name"
		mcrun exec "$ID" "/bin/$name" --version
	done
	assert_equal "$(sha256sum <"$binary")" "$before" "the runtime's program"
}

@test "while it is exec'd into, a container writes to no program behind /proc/PID/exe (CVE-2019-5736)" {
	config '.process.capabilities |= with_entries(.value += ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"])'
	config_sh 'echo ready; while :; do for p in /proc/[0-9]*; do
		(echo -n >>$p/exe) 2>/dev/null && echo "$p/exe is writable"; done; done'
	running
	local first=$OUT i
	wait_for file_has "$first" ready
	for i in 1 2 3 4 5 6 7 8 9 10; do
		mcrun exec "$ID" true
	done
	assert_equal "$(cat "$first")" ready
}

@test "a working directory that leads out by a descriptor is refused (CVE-2024-21626)" {
	running
	local n
	for n in 3 4 5 6 7 8 9 10 11 12 20; do
		status=0
		"$RUNTIME" --root "$ROOT" exec --cwd "/proc/self/fd/$n" "$ID" ls / >"$T/out" 2>"$T/err" \
			3</ 4</ 5</ 6</ 7</ 8</ 9</ </dev/null || status=$?
		OUT=$T/out ERR=$T/err
		LAST="exec --cwd /proc/self/fd/$n"
		read_output
		[ "$status" -ne 0 ] || assert_has_not "$output" boot
		[ "$RUNTIME_NAME" != mcrun ] || not_started --cwd "/proc/self/fd/$n"
	done
	status=0
	"$RUNTIME" --root "$ROOT" exec --preserve-fds 1 --cwd /proc/self/fd/3 "$ID" ls / >"$T/out" 2>"$T/err" 3</ </dev/null || status=$?
	read_output
	not_started "outside the container"
}

@test "a /proc of the image's own takes no label and no limit away from exec (CVE-2019-16884)" {
	mkdir -p "$T/volume/self/attr"
	touch "$T/volume/self/oom_score_adj"
	config --arg v "$T/volume" '.mounts |= map(select(.destination != "/proc")) | .mounts += [{destination: "/mnt", source: $v, options: ["bind"]}]
		| .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .process.oomScoreAdj = 500'
	running
	inside --detach --pid-file "$T/pid" "$ID" sleep 1000
	assert_equal "$(cat "/proc/$(cat "$T/pid")/oom_score_adj")" 500
	assert_equal "$(cat "$T/volume/self/oom_score_adj")" ""
}

@test "the seccomp agent of the container is told of exec, and who it is" {
	requires tool:python3
	python3 "$TESTS_DIR/seccomp-agent.py" "$T/agent" "$T/told" 3>&- 4>&- &
	own_pid $!
	wait_for test -e "$T/told"
	config --arg p "$T/agent" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $p, listenerMetadata: "meta",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}'
	running
	wait_for test -s "$T/told" # of the container itself
	local option told
	for option in --no-new-privs=true --no-new-privs=false; do
		: >"$T/told"
		mcrun exec --pid-file "$T/pid" $option "$ID" mkdir /tmp/x
		assert_status 1
		assert_has "$stderr" "No space left"
		told=$(sed 's/^1 //' "$T/told")
		assert_equal "$(jq -r '[.fds[0], .metadata, .state.status, .state.id] | join(" ")' <<<"$told")" "seccompFd meta running $ID"
		assert_equal "$(jq .pid <<<"$told")" "$(cat "$T/pid")" "pid of exec"
		assert_equal "$(jq .state.pid <<<"$told")" "$(pid_of)" "pid of the container"
	done
}

@test "without its seccomp agent the program of exec does not run" {
	requires tool:python3
	python3 "$TESTS_DIR/seccomp-agent.py" "$T/agent" "$T/told" 3>&- 4>&- &
	local agent=$!
	own_pid "$agent"
	wait_for test -e "$T/told"
	config --arg p "$T/agent" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $p,
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}'
	running
	kill "$agent"
	wait_for pid_gone "$agent"
	mcrun exec --pid-file "$T/pid" "$ID" touch /tmp/ran
	not_started "$T/agent"
	refute test -e "$BUNDLE/rootfs/tmp/ran"
	refute test -e "$T/pid"
	assert is_status running
}

@test "a filter that allows next to nothing does not disturb exec itself" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1, syscalls: [{action: "SCMP_ACT_ALLOW",
		names: ["execve", "exit", "exit_group", "write", "brk", "mmap", "munmap", "mprotect", "arch_prctl", "set_tid_address",
		"set_robust_list", "rseq", "prlimit64", "readlink", "readlinkat", "getrandom", "ioctl", "newfstatat", "fstat", "uname",
		"getuid", "geteuid", "prctl", "capset", "nanosleep", "clock_nanosleep", "rt_sigaction"]}]}'
	running
	mcrun exec "$ID" echo allowed
	assert_success
	assert_output allowed
}

# bats test_tags=mcrun
@test "exec into a container whose id was taken over does not reach the other one" {
	requires mcrun
	running
	jq '.startTime += 1' "$ROOT/$ID/state.json" >"$T/state" # as if the pid had been used again
	cp "$T/state" "$ROOT/$ID/state.json"
	mcrun exec "$ID" true
	jq '.startTime -= 1' "$T/state" >"$ROOT/$ID/state.json"
	not_started "container not running"
}

@test "neither init nor a process of exec takes a session keyring that somebody has laid out for it" {
	find_tool keyring
	"$TOOL" "_ses.$ID" >"$T/ring" 3>&- &
	own_pid $!
	wait_for test -s "$T/ring"
	cp "$TOOL" "$BUNDLE/rootfs/bin/keyring"
	config_sh 'keyring; exec sleep 1000'
	running
	wait_for test -s "$OUT"
	assert [ "$(cat "$OUT")" -gt 0 ]
	assert [ "$(cat "$OUT")" != "$(cat "$T/ring")" ]
	inside "$ID" keyring
	assert [ "$output" -gt 0 ]
	assert [ "$output" != "$(cat "$T/ring")" ]
}

@test "with --no-new-keyring of create, exec too leaves the caller's session keyring" {
	find_tool keyring
	cp "$TOOL" "$BUNDLE/rootfs/bin/keyring"
	run_container --detach --no-new-keyring
	assert_success
	inside "$ID" keyring
	assert_output "$("$TOOL")"
}
