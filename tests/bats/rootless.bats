#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# An ordinary user: everything that he may do, and what he is told about the rest. Where there is a user `tester`
# with subordinate ids (tests/vm) it is he; elsewhere a uid that nobody has.

load helpers

# bats file_tags=mcrun

setup() {
	setup_bundle
	requires root userns tool:setpriv mcrun
	if getent passwd tester >/dev/null; then
		USER_ID=$(id -u tester)
	else
		USER_ID=43210
	fi
	mkdir "$T/run" "$T/own"
	ROOT=$T/run/mcrun
	chown "$USER_ID:$USER_ID" "$T" "$T/run" "$T/own" "$BUNDLE"
	as_user_runtime
	rm "$BUNDLE/config.json"
	"$RUNTIME" spec --rootless --bundle "$BUNDLE" -- sleep 1000
	config '.process.env += [$e]' --arg e "MCRUN_TEST_ID=$ID"
}

teardown() {
	[ -z "${RUNTIME:-}" ] || "$RUNTIME" --root "$ROOT" delete --force "$ID" >/dev/null 2>&1 3>&- || true
	if [ -n "${DELEGATED:-}" ] && [ -d "$DELEGATED" ]; then
		wait_for no_processes
		find "$DELEGATED" -depth -type d -exec rmdir {} +
	fi
	teardown_bundle
}

no_processes() {
	grep -q 'populated 0' "$DELEGATED/cgroup.events"
}

# From here on all that the helpers do with the runtime is the user's doing. FROM_CGROUP is where it is called.
as_user_runtime() {
	REAL=$RUNTIME
	cat >"$T/mcrun" <<-EOS
		#!/bin/sh
		if [ -f "$T/cgroup" ]; then echo \$\$ >"\$(cat "$T/cgroup")/cgroup.procs"; fi
		cd "$T/own"
		exec env -i PATH="$PATH" MCRUN_TEST_ID="$ID" XDG_RUNTIME_DIR="$T/run" \
			setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups "$REAL" "\$@"
	EOS
	chmod +x "$T/mcrun"
	RUNTIME=$T/mcrun
}

# delegate [CONTROLLER...]: a cgroup that is the user's, with these controllers, and mcrun called from one below it.
delegate() {
	requires cgroup2
	local controller
	for controller in "$@"; do
		requires "controller:$controller"
		echo "+$controller" >"$(cgroup2_mount)/cgroup.subtree_control"
	done
	DELEGATED=$(cgroup2_mount)/$ID-delegated
	mkdir "$DELEGATED" "$DELEGATED/session"
	chown -R "$USER_ID" "$DELEGATED"
	echo "$DELEGATED/session" >"$T/cgroup"
}

# ids COUNT: container root is the user, and COUNT more ids are subordinate ones.
ids() {
	config --argjson n "$1" --argjson u "$USER_ID" '
		.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}, {containerID: 1, hostID: 100000, size: $n}]
		| .linux.gidMappings = .linux.uidMappings'
}

@test "rootless: create, state, start, list, kill, delete" {
	create_ok
	assert is_status created
	mcrun state "$ID"
	assert_equal "$(jq .pid <<<"$output")" "$(pid_of)"
	start_ok
	assert is_status running
	assert_equal "$(stat -c %u "/proc/$(pid_of)")" "$USER_ID" "owner of the process"
	mcrun list
	assert_has "$output" "$ID" running
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
	assert_nothing_left
}

@test "rootless: the state is below XDG_RUNTIME_DIR" {
	mcrun_bare create --bundle "$BUNDLE" "$ID"
	assert_success
	assert test -f "$T/run/mcrun/$ID/state.json"
	# By the sticky bit, cleaners of XDG_RUNTIME_DIR leave it alone.
	assert_equal "$(stat -c %a "$T/run/mcrun")" 1711 mode
	mcrun_bare delete --force "$ID"
	assert_success
}

@test "rootless: without XDG_RUNTIME_DIR the state is below /run/user/UID, if that is the user's" {
	mkdir -p "$T/fake/user/$USER_ID"
	chmod 755 "$T/fake"
	cat >"$T/mcrun" <<-EOS
		#!/bin/sh
		exec unshare -m --propagation private sh -ec 'mount --rbind $T/fake /run; cd $T/own; exec "\$@"' sh \
			env -i PATH="$PATH" MCRUN_TEST_ID="$ID" \
			setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups "$REAL" "\$@"
	EOS
	mcrun_bare create --bundle "$BUNDLE" "$ID"
	assert_failure
	assert_has "$stderr" XDG_RUNTIME_DIR "/run/user/$USER_ID" --root
	chown "$USER_ID" "$T/fake/user/$USER_ID"
	mcrun_bare create --bundle "$BUNDLE" "$ID"
	assert_success
	assert test -f "$T/fake/user/$USER_ID/mcrun/$ID/state.json"
	mcrun_bare delete --force "$ID"
	assert_success
}

@test "rootless: --rootless=false takes a cgroup that may not be made for an error" {
	requires cgroup2
	mcrun --rootless=false create --bundle "$BUNDLE" "$ID"
	assert_refused cgroup 'not delegated'
	mcrun --rootless=auto create --bundle "$BUNDLE" "$ID"
	assert_success
}

@test "rootless: root inside, the user outside, in the host's network" {
	config_sh 'id -u; id -g; readlink /proc/self/ns/net; readlink /proc/self/ns/user; cat /proc/self/uid_map'
	run_container
	assert_success
	assert_equal "${lines[0]} ${lines[1]}" "0 0"
	assert_equal "${lines[2]}" "$(readlink /proc/self/ns/net)"
	assert [ "${lines[3]}" != "$(readlink /proc/self/ns/user)" ]
	assert_equal "$(tr -s ' ' <<<"${lines[4]}")" " 0 $USER_ID 1"
}

@test "rootless: exit status, stdin and stdout are the program's" {
	config_sh 'cat; exit 7'
	status=0
	output=$(echo in | "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 2>/dev/null 3>&-) || status=$?
	assert_status 7
	assert_output in
}

@test "rootless: setgroups is denied with one's own group alone, and more groups are refused" {
	config_sh 'cat /proc/self/setgroups'
	run_container
	assert_output deny
	config '.process.user.additionalGids = [0]'
	create
	assert_refused /process/user/additionalGids
}

@test "rootless: without a user namespace nothing goes, and the way is told" {
	config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	create
	assert_refused /linux/namespaces 'mcrun spec --rootless'
}

@test "rootless: the container cannot write to the host's /sys and its cgroups" {
	config_sh 'for f in /sys/kernel/uevent_seqnum /sys/fs/cgroup; do test -e $f && echo there; done
		mkdir /sys/fs/cgroup/x 2>&1; grep -c " /sys[/ ].* rw[, ].* - \(sysfs\|cgroup2\) " /proc/self/mountinfo'
	run_container
	assert_equal "${lines[0]}${lines[1]}" therethere
	assert_has "$output" "can't create directory"
	refute test -d /sys/fs/cgroup/x
	assert_equal "$(tail -n 1 <<<"$output")" 0 "writable mounts"
}

# The same as assert_refused where it is not the plan that fails: its warnings are out by then.
assert_refused_late() {
	assert_failure
	assert_says "$@"
	assert_nothing_left
}

# --- cgroups ----------------------------------------------------------------------------------

@test "rootless: without a delegated cgroup the container has none, with a warning" {
	create_ok
	assert_says warning 'no cgroup' 'systemd-run --user --scope -p Delegate=yes'
	assert_equal "$(cat "/proc/$(pid_of)/cgroup")" "$(cat /proc/self/cgroup)"
	start_ok
	mcrun kill --all "$ID" KILL
	assert_success
	wait_for is_status stopped
}

@test "rootless: a limit without a delegated cgroup is refused" {
	config '.linux.resources = {pids: {limit: 10}}'
	create
	assert_refused /linux/resources/pids/limit 'not delegated' 'systemd-run --user'
}

@test "rootless: a path that is not delegated is refused" {
	requires cgroup2
	config --arg id "$ID" '.linux.cgroupsPath = "/\($id)"'
	create
	assert_refused /linux/cgroupsPath 'not delegated' 'systemd-run --user'
}

@test "rootless: in a delegated cgroup the container has its own, marked, and gone after delete" {
	delegate
	config '.linux.resources.unified = {"cgroup.max.depth": "7"}'
	create_ok
	assert_equal "$stderr" ""
	assert_equal "$(cat "$DELEGATED/$ID/cgroup.procs")" "$(pid_of)"
	assert_equal "$(cat "$DELEGATED/$ID/cgroup.max.depth")" 7
	start_ok
	mcrun delete --force "$ID"
	assert_success
	refute test -d "$DELEGATED/$ID"
}

@test "rootless: a path below a delegated cgroup" {
	delegate
	config --arg id "$ID" '.linux.cgroupsPath = "/\($id)-delegated/a/b"'
	create_ok
	assert test -d "$DELEGATED/a/b"
	mcrun delete --force "$ID"
	assert_success
	refute test -d "$DELEGATED/a"
}

@test "rootless: without a cgroup namespace the user's own cgroups cannot be written from inside (CVE-2023-25809)" {
	delegate
	config --arg d "/sys/fs/cgroup/$ID-delegated" '.linux.namespaces |= map(select(.type != "cgroup"))
		| .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "rw"]}]
		| .process.args = ["sh", "-c", "test -d $1 && echo there; mkdir $1/x; echo $$ >$1/cgroup.procs", "sh", $d]'
	run_container
	assert_equal "$output" there
	refute test -d "$DELEGATED/x"
	assert_has "$stderr" "/mounts/" read-only
}

@test "rootless: nor through the host's /sys, where a sysfs was asked for" {
	delegate
	config --arg d "$DELEGATED" '.mounts |= map(select(.destination | startswith("/sys") | not))
		| .mounts += [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid"]}]
		| .process.args = ["sh", "-c", "test -d $1 && echo there; mkdir $1/x", "sh", $d]'
	run_container
	assert_equal "$output" there
	refute test -d "$DELEGATED/x"
}

@test "rootless: limits of a delegated cgroup hold" {
	requires unified
	delegate pids memory
	config '.linux.resources = {pids: {limit: 3}, memory: {limit: 67108864}}'
	config_sh 'sleep 5 & sleep 5 & sleep 5 & sleep 5 & echo all'
	run_container
	assert [ "$status" -ne 0 ]
	assert_has "$stderr" fork
}

# update_with JSON: these resources.
update_with() {
	mcrun_bare --root "$ROOT" update --resources - "$ID" <<<"$1"
}

@test "rootless: without a delegated cgroup pause, resume, ps, events and update name what is lacking" {
	create_ok
	start_ok
	local none="container \"$ID\" has no cgroup of its own" command says
	while IFS='|' read -r command says; do
		# shellcheck disable=SC2086
		mcrun $command "$ID"
		assert_status 1
		assert_equal "$output" "" "stdout of $command"
		assert_equal "$stderr" "mcrun: $says" "stderr of $command"
	done <<-EOS
		pause|cannot pause container "$ID": $none
		resume|cannot resume container "$ID": $none
		ps|$none
		ps --format json|$none
		events|$none
		events --stats|$none
		update --pids-limit 9|--pids-limit: asks for a limit, but the container has no cgroup to set it on
	EOS
	update_with '{"memory": {"limit": 33554432}}'
	assert_status 1
	assert_equal "$stderr" \
		"mcrun: stdin:1:22: /memory/limit: asks for a limit, but the container has no cgroup to set it on" stderr
	assert is_status running
	# What asks for nothing passes.
	update_with '{"memory": {"limit": -1}}'
	assert_success
}

@test "rootless: in a delegated cgroup pause and resume" {
	delegate
	create_ok
	mcrun pause "$ID"
	assert_success
	assert is_status paused
	assert_has "$(<"$DELEGATED/$ID/cgroup.events")" "frozen 1"
	mcrun resume "$ID"
	assert_success
	assert is_status created
	start_ok
	rm "$T/cgroup" # it takes no right to move processes: from outside of what is delegated, too
	mcrun pause "$ID"
	assert_success
	assert is_status paused
	mcrun resume "$ID"
	assert_success
	assert is_status running
	assert_has "$(<"$DELEGATED/$ID/cgroup.events")" "frozen 0"
}

@test "rootless: in a delegated cgroup ps lists all processes, in both forms" {
	requires command:exec tool:ps
	delegate
	running
	inside --detach --pid-file "$T/own/pid" "$ID" sleep 1001
	mcrun ps --format json "$ID"
	assert_success
	assert_equal "$(jq -c sort <<<"$output")" "$(jq -cn '$ARGS.positional | sort' --jsonargs "$(pid_of)" "$(<"$T/own/pid")")"
	mcrun ps "$ID"
	assert_success
	assert_equal "${#lines[@]}" 3 "lines with the header"
	assert_has "$output" UID PID "sleep 1000" "sleep 1001"
}

@test "rootless: in a delegated cgroup events tells the figures, once and again and again" {
	delegate
	config_sh 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; echo ready; exec sleep 1000'
	create_ok
	local created=$OUT
	start_ok
	wait_for file_has "$created" ready
	mcrun events --stats "$ID"
	assert_success
	assert_equal "$stderr" "" stderr
	assert jq -e --arg id "$ID" '.type == "stats" and .id == $id and .data.cpu.usage.total > 0' <<<"$output"
	"$RUNTIME" --root "$ROOT" events --interval 100ms "$ID" >"$T/events" 2>&1 3>&- &
	own_pid $!
	wait_for two_events
	assert_equal "$(head -n 2 "$T/events" | jq -r .type | sort -u)" stats
	mcrun kill "$ID" KILL
	wait_for pid_gone "$!"
}

two_events() {
	[ "$(grep -c '' "$T/events")" -ge 2 ]
}

@test "rootless: in a delegated cgroup update sets what takes no controller" {
	delegate
	running
	update_with '{"unified": {"cgroup.max.depth": "7"}}'
	assert_success
	assert_equal "$stderr" "" stderr
	assert_equal "$(<"$DELEGATED/$ID/cgroup.max.depth")" 7
}

@test "rootless: in a delegated cgroup update sets limits, and they hold" {
	requires unified command:exec
	delegate pids memory
	running
	mcrun update --pids-limit 1 --memory 64M "$ID"
	assert_success
	assert_equal "$(<"$DELEGATED/$ID/pids.max") $(<"$DELEGATED/$ID/memory.max")" "1 67108864"
	mcrun events --stats "$ID"
	assert_equal "$(jq -c '[.data.pids.limit, .data.memory.usage.limit]' <<<"$output")" "[1,67108864]"
	mcrun exec "$ID" true
	not_started "pids.max of it"
	mcrun update --pids-limit -1 "$ID"
	assert_success
	inside "$ID" sh -c 'true & wait'
}

@test "rootless: in a delegated cgroup update sets a limit of huge pages" {
	delegate hugetlb
	test -e "$DELEGATED/hugetlb.2MB.max" || skip "needs huge pages of 2 MiB"
	running
	update_with '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	assert_success
	assert_equal "$(<"$DELEGATED/$ID/hugetlb.2MB.max")" 4194304
	mcrun events --stats "$ID"
	assert_equal "$(jq '.data.hugetlb["2MB"].usage' <<<"$output")" 0
}

@test "rootless: update to a limit of a controller that is not delegated is refused, and the way is told" {
	delegate hugetlb
	test -e "$DELEGATED/hugetlb.2MB.max" || skip "needs huge pages of 2 MiB"
	mkdir "$DELEGATED/inner" "$DELEGATED/inner/session"
	chown -R 0 "$DELEGATED"
	chown -R "$USER_ID" "$DELEGATED/inner"
	echo "$DELEGATED/inner/session" >"$T/cgroup"
	running
	update_with '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	assert_status 1
	assert_says "controllers '+hugetlb'" "cgroup $DELEGATED (the place is not delegated" "systemd-run --user --scope -p Delegate=yes"
	assert is_status running
	refute test -e "$DELEGATED/inner/$ID/hugetlb.2MB.max"
	mcrun pause "$ID"
	assert_success
	mcrun resume "$ID"
	assert_success
}

# --- more ids ---------------------------------------------------------------------------------

@test "rootless: ids beyond the own one come by newuidmap and newgidmap" {
	requires tool:newuidmap tool:newgidmap
	grep -qs '^tester:100000:' /etc/subuid || skip "needs a user with subordinate ids"
	ids 65536
	config '.process.user = {uid: 5, gid: 6, additionalGids: [7]}'
	config_sh 'id -u; id -g; id -G; cat /proc/self/setgroups'
	run_container
	assert_output "$(printf '%s\n' 5 6 '6 7' allow)"
	config_args sleep 1000
	create_ok
	assert_equal "$(stat -c %u:%g "/proc/$(pid_of)")" "$USER_ID:$USER_ID"
	start_ok
	wait_for sleeps_as 100004
}

sleeps_as() {
	[ "$(stat -c %u "/proc/$(pid_of)")" = "$1" ]
}

@test "rootless: a range that is not the user's is refused in the words of newuidmap" {
	requires tool:newuidmap
	config --argjson u "$USER_ID" '
		.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}, {containerID: 1, hostID: 500000, size: 9}]'
	create
	assert_refused_late /linux/uidMappings newuidmap
}

@test "a map of 340 lines" {
	RUNTIME=$REAL
	config '.linux.uidMappings = [range(340) | {containerID: ., hostID: (2 * .), size: 1}]
		| .linux.gidMappings = .linux.uidMappings'
	chmod 0755 "$T"
	config_sh 'wc -l </proc/self/uid_map; tail -n 1 /proc/self/gid_map | tr -s " "'
	run_container
	assert_output "$(printf '340\n 339 678 1')"
}

# --- the rest of a container ------------------------------------------------------------------

@test "rootless: hooks run as the user, and see the state" {
	local kind
	for kind in createRuntime poststart poststop; do
		config --arg k "$kind" --arg f "$T/own/$kind" \
			'.hooks[$k] = [{path: "/bin/sh", args: ["sh", "-c", "id -u >$0; cat >>$0", $f]}]'
	done
	create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_success
	for kind in createRuntime poststart poststop; do
		assert_equal "$(head -n 1 "$T/own/$kind")" "$USER_ID" "uid of $kind"
		assert_equal "$(sed 1d "$T/own/$kind" | jq -r .id)" "$ID" "id for $kind"
	done
}

@test "rootless: a terminal through the console socket" {
	requires tool:python3
	config '.process.terminal = true'
	mkfifo "$T/keys"
	python3 "$TESTS_DIR/recvtty.py" --output "$T/tty" --input "$T/keys" --report "$T/report" "$T/console" 3>&- 2>/dev/null &
	own_pid $!
	wait_for test -S "$T/console"
	chown "$USER_ID" "$T/console"
	config_sh 'tty; test -t 0 && test -c /dev/console && echo fine; sleep 1000'
	create_ok --console-socket "$T/console"
	start_ok
	wait_for file_has "$T/tty" fine
}

@test "rootless: run with a terminal of its own" {
	requires tool:script
	config '.process.terminal = true'
	config_sh 'tty; stty size >/dev/null && echo fine'
	script -qec "$RUNTIME --root $ROOT run --bundle $BUNDLE $ID" /dev/null </dev/null >"$T/tty" 2>&1 3>&- || true
	assert_has "$(cat "$T/tty")" /dev/pts/0 fine
}

@test "rootless: seccomp and capabilities" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
	config_sh 'mkdir /tmp/x 2>&1; grep -E "^(Seccomp|NoNewPrivs|CapEff):" /proc/self/status | tr "\t" " "'
	run_container
	assert_has "$output" "No space left" "Seccomp: 2" "NoNewPrivs: 1" "CapEff: 0000000020000420"
}

@test "rootless: tmpfs and bind mounts, read-only where asked" {
	echo hello >"$T/own/file"
	config --arg w "$T/own" '.mounts += [
		{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["size=64k"]},
		{destination: "/mnt", type: "bind", source: $w, options: ["rbind", "rro"]},
		{destination: "/data", type: "bind", source: $w, options: ["rbind"]}]'
	chown "$USER_ID" "$T/own"
	config_sh 'echo x >/tmp/x && cat /mnt/file; echo y 2>/dev/null >/mnt/y || echo read-only; echo z >/data/z; ls -ln /data/z | cut -c1-20'
	run_container
	assert_equal "${lines[0]} ${lines[1]}" "hello read-only"
	assert_equal "$(stat -c %u "$T/own/z")" "$USER_ID"
}

@test "rootless: the devices that every container has" {
	config_sh 'echo x >/dev/null; head -c 1 /dev/zero | wc -c; : </dev/full; : </dev/ptmx; ls -ln /dev/null | cut -c1'
	run_container
	assert_success
	assert_equal "${lines[0]} ${lines[1]}" "1 c"
}

# --- clocks -----------------------------------------------------------------------------------

# The user namespace that the time namespace of a process belongs to, as an inode.
time_owner() {
	python3 -c 'import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
print(os.fstat(fcntl.ioctl(fd, 0xb701)).st_ino)	# NS_GET_USERNS' "/proc/$1/ns/time"
}

clocks() {
	requires timens tool:python3
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 864000, nanosecs: 5}}'
}

@test "rootless: clocks are shifted, in a time namespace that is the container's" {
	clocks
	config_sh 'cut -d. -f1 /proc/uptime; sleep 1000'
	create_ok
	local out=$OUT
	start_ok
	wait_for test -s "$out"
	assert [ "$(cat "$out")" -ge 864000 ]
	assert_equal "$(time_owner "$(pid_of)")" "$(stat -Lc %i "/proc/$(pid_of)/ns/user")"
}

@test "clocks with a user namespace that root makes are the container's too" {
	RUNTIME=$REAL
	clocks
	config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	create_ok
	assert_equal "$(time_owner "$(pid_of)")" "$(stat -Lc %i "/proc/$(pid_of)/ns/user")"
	assert_has "$(cat "/proc/$(pid_of)/timens_offsets")" 864000
}

@test "clocks beside a network namespace that is joined" {
	RUNTIME=$REAL
	clocks
	hold_net
	config --arg p "/proc/$HOLDER/ns/net" '.linux.namespaces += [{type: "network", path: $p}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	create_ok
	assert_equal "$(readlink "/proc/$(pid_of)/ns/net")" "$(readlink "/proc/$HOLDER/ns/net")"
	assert_equal "$(time_owner "$(pid_of)")" "$(stat -Lc %i "/proc/$(pid_of)/ns/user")"
}

hold_net() {
	unshare --net sleep 1000 3>&- &
	HOLDER=$!
	own_pid "$HOLDER"
	wait_for differs
}

differs() {
	[ "$(readlink "/proc/$HOLDER/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# --- nested -----------------------------------------------------------------------------------

# From here on the runtime is called by the root of a user namespace that maps one id.
nested() {
	cat >"$T/mcrun" <<-EOS
		#!/bin/sh
		cd "$T/own"
		exec env -i PATH="$PATH" MCRUN_TEST_ID="$ID" XDG_RUNTIME_DIR="$T/run" \
			setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups unshare -Ur "$REAL" "\$@"
	EOS
}

@test "nested: root of a user namespace runs containers too, its state is the user's" {
	nested
	config '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0'
	mcrun_bare run --bundle "$BUNDLE" "$ID"	2>/dev/null &
	own_pid $!
	wait_for test -f "$T/run/mcrun/$ID/state.json"
	mcrun_bare delete --force "$ID"
	assert_success
}

@test "nested: who is root of a system in a user namespace has the state of root" {
	nested
	# Over the host's /run, in which root may have containers of its own.
	sed -i "s/env -i/env -i USER=root/; s/unshare -Ur/& -m sh -c 'mount -t tmpfs -o ro run \/run; exec \"\$@\"' sh/" "$T/mcrun"
	mcrun_bare list
	assert_success
	mcrun_bare create --bundle "$BUNDLE" "$ID"
	assert_failure
	assert_has "$stderr" /run/mcrun
}

@test "nested: a group of devpts that is not mapped is told" {
	nested
	config '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0
		| (.mounts[] | select(.type == "devpts") | .options) += ["gid=5"]'
	create
	assert_refused_late /mounts gid=5 'not mapped'
}

@test "rootless: a seccomp agent gets its listener, without a right to trace" {
	python3 "$TESTS_DIR/seccomp-agent.py" "$T/agent" "$T/told" 3>&- 4>&- &
	own_pid "$!"
	wait_for test -e "$T/told"
	chmod 666 "$T/agent"
	config --arg p "$T/agent" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $p,
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}'
	config_sh 'mkdir /tmp/x 2>&1 || true'
	local nnp
	for nnp in true false; do
		config ".process.noNewPrivileges = $nnp"
		run_container
		assert_success
		assert_has "$output" "No space left on device"
	done
}

@test "rootless: what an ordinary user may set of scheduler, I/O priority and personality" {
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 19} | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 7}
		| .linux.personality = {domain: "LINUX"}'
	config_sh 'set -- $(cat /proc/self/stat); echo "${41} ${19}"; ionice -p 1; cat /proc/self/personality'
	run_container
	assert_success
	assert_output "$(printf '3 19\nbest-effort: prio 7\n00000000')"
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 1}'
	create
	assert_failure
	assert_says /process/scheduler SCHED_FIFO
}

# --- exec -------------------------------------------------------------------------------------

@test "rootless: exec: root inside, the user outside, with the container's namespaces" {
	requires command:exec
	running
	inside "$ID" sh -c 'id -u; readlink /proc/self/ns/user; readlink /proc/self/ns/pid; readlink /proc/self/ns/net; exit 0'
	assert_equal "${lines[*]}" "0 $(readlink "/proc/$(pid_of)/ns/user") $(readlink "/proc/$(pid_of)/ns/pid") $(readlink /proc/self/ns/net)"
	inside --detach --pid-file "$T/own/pid" "$ID" sleep 1000
	assert_equal "$(stat -c %u "/proc/$(cat "$T/own/pid")")" "$USER_ID"
	mcrun exec "$ID" sh -c 'exit 7'
	assert_status 7
	mcrun exec "$ID" no-such-program
	not_started 'executable file not found in $PATH'
	mcrun exec -g 0 "$ID" true
	not_started --additional-gids
}

@test "rootless: exec has the process's limits, OOM score, capabilities and filter" {
	requires command:exec
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}
		| .process.oomScoreAdj = 700 | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 55, hard: 66}]'
	running
	inside "$ID" sh -c 'mkdir /tmp/x 2>&1; cat /proc/self/oom_score_adj; ulimit -n; grep -E "^(Seccomp|CapEff):" /proc/self/status'
	assert_has "$output" "No space left" 700 55 "CapEff:	0000000020000420" "Seccomp:	2"
}

@test "rootless: exec with a terminal" {
	requires command:exec
	running
	inside --tty "$ID" sh -c 'tty; stat -L -c %u /dev/fd/0'
	assert_equal "${lines[*]}" "/dev/pts/0 0"
}

@test "rootless: in a delegated cgroup exec is in the container's, and delete --force ends it" {
	requires command:exec
	delegate
	running
	inside --detach --pid-file "$T/own/pid" "$ID" sleep 1000
	assert grep -qx "$(cat "$T/own/pid")" "$DELEGATED/$ID/cgroup.procs"
	mcrun delete --force "$ID"
	assert_success
	wait_for pid_gone "$(cat "$T/own/pid")"
}

@test "rootless: exec from outside the delegated cgroups is refused, and the rule is told" {
	requires command:exec
	delegate
	running
	mv "$T/cgroup" "$T/cgroup.off"
	mcrun exec "$ID" true
	not_started "$DELEGATED/$ID" "write access to it, and to the cgroup above both"
	mv "$T/cgroup.off" "$T/cgroup"
	inside "$ID" true
}

@test "nested: root of a user namespace execs into its own containers" {
	requires command:exec
	config '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0'
	cat >"$T/nested" <<-EOS
		"$REAL" --root "$ROOT" run --detach --bundle "$BUNDLE" "$ID" 2>/dev/null
		"$REAL" --root "$ROOT" exec "$ID" sh -c 'id -u; readlink /proc/self/ns/user; readlink /proc/1/ns/user; exit 5'
		echo \$?
		"$REAL" --root "$ROOT" delete --force "$ID"
	EOS
	setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups unshare -Ur env XDG_RUNTIME_DIR="$T/run" MCRUN_TEST_ID="$ID" \
		sh "$T/nested" </dev/null >"$T/out" 2>&1 3>&-
	OUT=$T/out ERR=/dev/null
	read_output
	assert_equal "${lines[0]} ${lines[3]}" "0 5"
	assert_equal "${lines[1]}" "${lines[2]}" "user namespace"
}

# As Podman calls it for an ordinary user's pods: there is no way back into namespaces that are the host's.
@test "nested: hooks run outside of the pid and time namespaces of a container without a user namespace" {
	config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	cp -r "$BUNDLE" "$T/second"
	jq --arg out "$T/seen" '(.linux.namespaces[] | select(.type == "pid")).path = $ENV.PID_NS
		| .linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000, nanosecs: 0}}
		| .process.args = ["sh", "-c", "readlink /proc/self/ns/pid; readlink /proc/self/ns/time"]
		| .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c",
			"readlink /proc/self/ns/pid /proc/self/ns/time >\($out)"]}]' "$BUNDLE/config.json" >"$T/second.json"
	cat >"$T/nested" <<-EOS
		readlink /proc/self/ns/pid /proc/self/ns/time
		"$REAL" --root "$ROOT" run --detach --bundle "$BUNDLE" "$ID" 2>/dev/null
		pid=\$("$REAL" --root "$ROOT" state "$ID" | jq .pid)
		readlink "/proc/\$pid/ns/pid"
		sed "s,null,\"/proc/\$pid/ns/pid\"," "$T/second.json" >"$T/second/config.json"
		"$REAL" --root "$ROOT" run --bundle "$T/second" "$ID-second" 2>/dev/null
		echo \$?
		"$REAL" --root "$ROOT" delete --force "$ID"
	EOS
	chown -R "$USER_ID:$USER_ID" "$T/second"
	setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups unshare -Ur env XDG_RUNTIME_DIR="$T/run" MCRUN_TEST_ID="$ID" \
		sh "$T/nested" </dev/null >"$T/out" 2>&1 3>&-
	OUT=$T/out ERR=/dev/null
	read_output
	assert_equal "${lines[5]-}" 0 "exit status of the second"
	assert_equal "$(<"$T/seen")" "${lines[0]}"$'\n'"${lines[1]}" "the hook's namespaces"
	assert_equal "${lines[3]}" "${lines[2]}" "pid namespace"
	[ "${lines[4]}" != "${lines[1]}" ] || fail "the clocks are not shifted"
}

@test "rootless: exec before start takes root, which is told" {
	requires command:exec
	config 'del(.process.rlimits)' # of a process of another user root may set them only with CAP_SYS_RESOURCE
	create_ok
	mcrun exec "$ID" true
	not_started "created" "root"
	RUNTIME=$REAL
	inside "$ID" sh -c 'id -u; readlink /proc/self/ns/user'
	assert_equal "${lines[*]}" "0 $(readlink "/proc/$(pid_of)/ns/user")"
}
