#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Holes that runtimes had, one test each (reference: section 4.1 of the contracts, by CVE).
# The root file system is hostile here: either create refuses it, or the host is untouched.

load helpers

# A directory of the host that must stay as it is: empty.
setup() {
	setup_bundle
	HOST=$T/host
	mkdir "$HOST"
	chmod 777 "$HOST"
}

assert_host_untouched() {
	assert_equal "$(ls -A "$HOST")" "" "what was made on the host"
	refute grep -q " $HOST" /proc/self/mountinfo
}

# hostile: runs and does not care whether it is refused, but a refusal must leave nothing and a success must be one.
hostile() {
	run_container
	[ "$status" -ne 0 ] && [ "$status" -ge 124 ] && fail "neither refused nor run"
	assert_nothing_left
	assert_host_untouched
}

# joined PID NAMESPACE: a child of the process is in it.
joined() {
	[ "$(readlink "/proc/$(pgrep -P "$1")/ns/${2##*/}")" = "$(readlink "$2")" ]
}

without_dev_mounts() {
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
}

@test "a root whose /proc is a symlink is refused (CVE-2019-19921, CVE-2023-27561, CVE-2023-28642)" {
	rm -r "$BUNDLE/rootfs/proc"
	mkdir "$BUNDLE/rootfs/fake"
	ln -s fake "$BUNDLE/rootfs/proc"
	create
	assert_refused /proc
	rm "$BUNDLE/rootfs/proc"
	ln -s "$HOST" "$BUNDLE/rootfs/proc"
	create
	assert_refused /proc
	assert_host_untouched
}

@test "a root whose /sys is a symlink is refused (CVE-2019-19921)" {
	rm -r "$BUNDLE/rootfs/sys"
	ln -s data "$BUNDLE/rootfs/sys"
	create
	assert_refused /sys
}

@test "a root whose /dev is a symlink does not lead out (CVE-2026-41579, CVE-2026-47766)" {
	local target
	for target in "$HOST" "../../../../../../../../../..$HOST" "/../../../..$HOST"; do
		rm -rf "$BUNDLE/rootfs/dev"
		ln -s "$target" "$BUNDLE/rootfs/dev"
		config_args true
		hostile
	done
	without_dev_mounts
	config '.linux.devices = [{path: "/dev/extra", type: "c", major: 1, minor: 3}, {path: "/dev/sub/extra", type: "p"}]'
	hostile
}

@test "symlinks at every name that a runtime makes in /dev do not lead out (CVE-2025-24965)" {
	without_dev_mounts
	local name
	for name in null zero full random urandom tty console ptmx fd stdin stdout stderr core pts shm mqueue; do
		ln -s "$HOST/$name" "$BUNDLE/rootfs/dev/$name"
	done
	config_args true
	hostile
	for name in pts shm mqueue; do
		rm "$BUNDLE/rootfs/dev/$name"
	done
	hostile
	config '.mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts"}]'
	hostile
}

@test "symlinks at the destinations of mounts do not lead out (CVE-2019-18837)" {
	mkdir "$T/volume"
	rm -r "$BUNDLE/rootfs/etc"
	ln -s "$HOST" "$BUNDLE/rootfs/etc"
	ln -s "$HOST/file" "$BUNDLE/rootfs/data/hosts"
	echo x >"$T/hosts"
	config --arg v "$T/volume" --arg f "$T/hosts" '.mounts += [
		{destination: "/etc/volume", source: $v, options: ["bind"]}, {destination: "/etc/hosts", source: $f, options: ["bind"]},
		{destination: "/data/hosts", source: $f, options: ["bind"]}, {destination: "/etc/new/dir", type: "tmpfs", source: "tmpfs"}]'
	config_args true
	hostile
}

@test "a masked path is not masked with what the image calls /dev/null (CVE-2025-31133)" {
	without_dev_mounts
	config '.linux.maskedPaths = ["/secret"] | .linux.readonlyPaths = []'
	echo secret >"$BUNDLE/rootfs/secret"
	ln -s /proc/sys/kernel/core_pattern "$BUNDLE/rootfs/dev/null"
	config_sh 'cat /secret'
	run_container
	assert_has_not "$output" "$(cat /proc/sys/kernel/core_pattern)" secret
	assert_nothing_left
	rm "$BUNDLE/rootfs/dev/null"
	echo "not null" >"$BUNDLE/rootfs/dev/null"
	run_container
	assert_has_not "$output" "not null" secret
	assert_nothing_left
}

@test "the console is not mounted over what a symlink of the image names (CVE-2025-52565)" {
	requires tool:python3
	without_dev_mounts
	config '.process.terminal = true | .mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts",
		options: ["newinstance", "ptmxmode=0666", "mode=0620"]}]'
	echo victim >"$BUNDLE/rootfs/data/victim"
	ln -s "$HOST/console" "$BUNDLE/rootfs/dev/console"
	python3 "$TESTS_DIR/recvtty.py" --output "$T/tty" "$T/console" 3>&- 2>/dev/null &
	own_pid $!
	wait_for test -S "$T/console"
	create --console-socket "$T/console"
	assert_host_untouched
	rm "$BUNDLE/rootfs/dev/console"
}

@test "a volume at /proc is refused, or no limit of the container is lost by it (CVE-2019-16884)" {
	mkdir -p "$T/volume/self/attr" "$T/volume/1"
	touch "$T/volume/self/oom_score_adj" "$T/volume/1/oom_score_adj"
	config --arg v "$T/volume" '.mounts += [{destination: "/proc", source: $v, options: ["bind"]}] | .process.oomScoreAdj = 500
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	create
	if [ "$status" -eq 0 ]; then
		start_ok
		assert_equal "$(cat "/proc/$(pid_of)/oom_score_adj")" 500 oomScoreAdj
		assert_equal "$(cat "$T/volume"/*/oom_score_adj)" "" "the volume's files"
	else
		assert_refused /proc
	fi
}

@test "what the runtime writes below /proc does not go into a volume (CVE-2025-52881)" {
	mkdir -p "$T/volume/ipv4"
	echo untouched >"$T/volume/ipv4/ip_default_ttl"
	config --arg v "$T/volume" '.mounts += [{destination: "/proc/sys/net", source: $v, options: ["bind"]}]
		| .linux.sysctl = {"net.ipv4.ip_default_ttl": "77"}'
	create
	assert_equal "$(cat "$T/volume/ipv4/ip_default_ttl")" untouched "the volume's file"
	[ "$status" -eq 0 ] || assert_nothing_left
}

@test "a mount over /proc/self cannot hide what the runtime writes there (CVE-2025-52881)" {
	mkdir -p "$T/volume/attr"
	touch "$T/volume/oom_score_adj" "$T/volume/attr/exec"
	config --arg v "$T/volume" '.mounts += [{destination: "/proc/self", source: $v, options: ["bind"]}] | .process.oomScoreAdj = 500'
	create
	assert_equal "$(cat "$T/volume/oom_score_adj" "$T/volume/attr/exec")" "" "the volume's files"
	[ "$status" -eq 0 ] || assert_nothing_left
}

@test "cwd cannot be a descriptor that leads to the host (CVE-2024-21626)" {
	local n
	exec 17</ 18<"$HOST"
	for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do
		config --arg n "$n" '.process.cwd = "/proc/self/fd/\($n)"'
		config_sh 'ls -a; ls ../../../../..; touch ./by-container'
		run_container
		assert [ "$status" -ne 0 ]
		assert_has_not "$output" by-container boot
	done
	exec 17<&- 18<&-
	assert_host_untouched
	assert_nothing_left
}

@test "cwd below a descriptor, or through another process, does not lead to the host (CVE-2024-21626)" {
	local cwd
	exec 17</
	for cwd in /proc/self/fd/7/../.. /proc/self/fd/17/tmp /proc/1/cwd /proc/self/cwd /proc/1/root/../..; do
		config --arg c "$cwd" '.process.cwd = $c'
		config_sh 'test ! -e ../../../../../../../boot && test ! -e ../boot && test ! -e boot'
		run_container
		[ "$status" -eq 0 ] || assert_nothing_left
		[ "$status" -lt 124 ] || fail "neither refused nor run"
	done
	exec 17<&-
}

@test "cwd cannot be a directory that --preserve-fds passes (CVE-2024-21626)" {
	config '.process.cwd = "/proc/self/fd/3"'
	config_sh 'touch ./by-container'
	status=0
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" run --preserve-fds 1 --bundle "$BUNDLE" "$ID" \
		</dev/null >"$T/out.1" 2>"$T/err.1" 3<"$HOST" || status=$?
	OUT=$T/out.1 ERR=$T/err.1
	read_output
	assert [ "$status" -ne 0 ]
	assert_host_untouched
	assert_nothing_left
}

@test "the runtime's own program cannot be overwritten by #!/proc/self/exe (CVE-2019-5736)" {
	local binary before name
	binary=$(command -v "$RUNTIME")
	before=$(sha256sum <"$binary")
	printf '#!/proc/self/exe\n' | rootfs_file bin/evil 0755
	ln -s /proc/self/exe "$BUNDLE/rootfs/bin/evil-link"
	for name in evil evil-link; do
		config_args "/bin/$name"
		run_container
		assert_nothing_left
	done
	assert_equal "$(sha256sum <"$binary")" "$before" "the runtime's program"
}

@test "a waiting init can neither be written to nor read by its neighbours (CVE-2016-9962, CVE-2019-5736)" {
	config '.process.capabilities |= with_entries(.value += ["CAP_SYS_PTRACE"])'
	config_sh 'echo ready; while [ ! -e /go ]; do sleep 0.02; done
		for p in /proc/[0-9]*; do
			[ $p = /proc/$$ ] || [ $p = /proc/1 ] && continue
			(echo -n >>$p/exe) 2>/dev/null && echo "$p/exe is writable"
			for f in $p/fd/* $p/root $p/cwd; do ls $f/boot 2>/dev/null && echo "$f leads to the host"; done
		done; echo done; sleep 1000'
	create_ok
	local first=$OUT
	start_ok
	wait_for file_has "$first" ready
	config --arg p "/proc/$(pid_of)/ns/pid" '(.linux.namespaces[] | select(.type == "pid")).path = $p | .linux.cgroupsPath += "-2"'
	mcrun create --bundle "$BUNDLE" "$ID-2"
	assert_success
	touch "$BUNDLE/rootfs/go"
	wait_for file_has "$first" "done"
	assert_equal "$(cat "$first")" "$(printf 'ready\ndone')"
}

@test "the waiting init is not dumpable" {
	create_ok
	assert_equal "$(stat -c %u "/proc/$(pid_of)/exe" 2>/dev/null || echo 0)" 0
	config_sh 'sleep 1000'
	# A process of the container's user on the host may not look at it.
	config '.process.user = {uid: 1000, gid: 1000} | .linux.cgroupsPath += "-2"'
	mcrun create --bundle "$BUNDLE" "$ID-2"
	assert_success
	assert_equal "$(stat -c %u "/proc/$(pid_of "$ID-2")/environ")" 0 "owner of the waiting init"
}

@test "a destination that is exchanged for a symlink at the wrong moment does not lead out (CVE-2021-30465, CVE-2024-45310)" {
	requires root tool:python3
	mkdir -p "$T/volume/dir/target"
	ln -s "$HOST" "$T/volume/link"
	config --arg v "$T/volume" '.mounts += [{destination: "/volume", source: $v, options: ["bind"]},
		{destination: "/volume/dir/target", type: "tmpfs", source: "tmpfs"}, {destination: "/volume/dir/new/deep", type: "tmpfs", source: "tmpfs"}]'
	config_args true
	python3 - "$T/volume/dir" "$T/volume/link" 3>&- <<'PY' &
import ctypes, sys, time
libc = ctypes.CDLL(None)
one, two = (name.encode() for name in sys.argv[1:])
end = time.monotonic() + 30
while time.monotonic() < end:
    for _ in range(100):
        libc.renameat2(-100, one, -100, two, 2)		# RENAME_EXCHANGE
PY
	own_pid $!
	local i
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		run_container
		assert_host_untouched
	done
	kill $!
	assert_nothing_left
}

@test "strings of 70,000 bytes are refused or taken whole (CVE-2021-43784)" {
	config '.linux.namespaces[1].path = "/" + "x" * 70000'
	create
	assert_refused /linux/namespaces/1
	config 'del(.linux.namespaces[1].path) | .mounts += [{destination: "/mnt", source: ("/" + "x" * 70000), options: ["bind"]}]'
	create
	assert_refused /mounts/7
	config 'del(.mounts[7]) | .linux.cgroupsPath = "/" + "x" * 70000'
	create
	assert_refused /linux/cgroupsPath
	config --arg id "$ID" '.linux.cgroupsPath = "/\($id)" | .process.env += ["LONG=" + "x" * 70000]'
	run_sh 'echo ${#LONG}'
	assert_output 70000
}

@test "nothing is inheritable under the default config (CVE-2022-24769)" {
	run_sh 'grep ^CapInh /proc/self/status | tr "\t" " "'
	assert_output "CapInh: 0000000000000000"
}

@test "a page size of hugetlb cannot name another file" {
	config '.linux.resources.hugepageLimits = [{pageSize: "../../x", limit: 1}]'
	create
	assert_refused /linux/resources/hugepageLimits/0
}

@test "the container cannot see the mounts and the root of the host" {
	config '.process.capabilities |= with_entries(.value += ["CAP_SYS_CHROOT", "CAP_SYS_ADMIN"])'
	run_sh 'ls /proc/1/root/; cd /proc/1/cwd && ls ..; chroot . ls ../../../../..; umount -l / 2>/dev/null; ls / ../..'
	assert_has_not "$output" boot "lost+found" "$(basename "$T")"
}

@test "bind sources of config.json may be symlinks, and are not followed again inside" {
	ln -s "$HOST" "$T/link"
	config --arg s "$T/link" '.mounts += [{destination: "/mnt", source: $s, options: ["bind", "ro"]}]'
	run_sh 'ls -A /mnt; touch /mnt/x 2>/dev/null || echo read-only'
	assert_output read-only
	assert_host_untouched
}

# bats test_tags=mcrun
@test "init cannot be traced at its birth by processes of the namespaces that it joins (CVE-2016-9962)" {
	requires mcrun root userns tool:python3 tool:strace
	unshare --user --map-root-user --pid --fork --kill-child --mount-proc python3 "$TESTS_DIR/spy.py" >"$T/seen" 3>&- &
	local there=/proc/$!/ns pid
	own_pid $!
	wait_for file_has "$T/seen" ready
	# What the spy may look into, so that a refusal means something.
	nsenter --user="$there/user" --pid="$there/pid_for_children" sleep 1000 3>&- &
	own_pid $!
	wait_for file_has "$T/seen" "mem open"
	wait_for file_has "$T/seen" "exe open"
	# Before it does anything else init calls setsid: there it is held for a second.
	# (A leak checker does not work under strace.)
	printf '#!/bin/sh\nASAN_OPTIONS=detect_leaks=0 exec strace -qq -f -o /dev/null -e inject=setsid:delay_enter=1000000 "%s" "$@"\n' "$RUNTIME" >"$T/slow"
	chmod +x "$T/slow"
	config --arg p "$there" '.linux.namespaces |= map(select(.type != "pid")) + [{type: "user", path: ($p + "/user")},
		{type: "pid", path: ($p + "/pid_for_children")}] | .mounts |= map(select(.destination == "/proc" or .destination == "/dev"))'
	RUNTIME=$T/slow mcrun_bg create --bundle "$BUNDLE" "$ID"
	wait_for is_status created
	pid=$(awk '/^NSpid/ { print $NF }' "/proc/$(pid_of)/status")
	wait_for file_has "$T/seen" "^$pid mem"
	wait_for file_has "$T/seen" "^$pid exe"
	assert_equal "$(grep "^$pid " "$T/seen" | sort)" "$(printf '%s exe refused\n%s mem refused' "$pid" "$pid")"
}

# bats test_tags=mcrun
@test "a process that joins a user namespace for init cannot be traced from there" {
	requires mcrun root userns
	local stage
	hold --user --map-root-user
	mkfifo "$T/stuck"		# as a mount namespace, which is joined last
	config --arg u "/proc/$HOLDER/ns/user" --arg m "$T/stuck" '.linux.namespaces = [{type: "pid"}, {type: "user", path: $u},
		{type: "mount", path: $m}] | del(.hostname) | .mounts = [] | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	mcrun_bg create --bundle "$BUNDLE" "$ID"
	wait_for joined "$BG" "/proc/$HOLDER/ns/user"
	stage=$(pgrep -P "$BG")
	traces() { nsenter --user="/proc/$HOLDER/ns/user" sh -c 'readlink "/proc/$1/exe" && exec 3<"/proc/$1/mem"' sh "$1" >/dev/null 2>&1; }
	assert traces "$HOLDER"
	refute traces "$stage"
	: >"$T/stuck"
	join_bg
	assert_refused /linux/namespaces/2
}

# bats test_tags=mcrun
@test "the waiting init runs from a place where nobody can write (CVE-2019-5736)" {
	requires mcrun root tool:python3
	create_ok
	python3 - "$(pid_of)" <<'PY' 3>&- || fail "the binary behind init is writable"
import fcntl, os, sys
exe = os.open(f"/proc/{sys.argv[1]}/exe", os.O_RDONLY)
readonly = os.fstatvfs(exe).f_flag & os.ST_RDONLY
try:
    sealed = fcntl.fcntl(exe, fcntl.F_GET_SEALS) & fcntl.F_SEAL_WRITE
except OSError:
    sealed = 0
sys.exit(0 if readonly or sealed else 1)
PY
}

@test "masks are not lost when the rootfs's /proc is renamed meanwhile" {
	requires root
	config '.hooks.createRuntime = [{path: "/bin/sh",
		args: ["sh", "-c", "mv rootfs/proc rootfs/proc2 && mkdir rootfs/proc"], env: ["PATH=/usr/bin:/bin"]}]'
	config_sh '[ -e /proc2/self/status ] && [ -z "$(cat /proc2/keys)" ] &&
		! echo x 2>/dev/null >/proc2/sys/kernel/domainname && echo safe'
	run_container
	assert_output safe
}

# bats test_tags=mcrun
@test "delete does not touch a cgroup that another container has taken over" {
	requires mcrun root
	config --arg c "/ct-shared-$$" '.linux.cgroupsPath = $c'
	config_args sleep 1000
	mcrun create --bundle "$BUNDLE" "$ID"
	assert_success
	mcrun kill "$ID" KILL
	wait_for is_status stopped "$ID"
	mcrun run --detach --bundle "$BUNDLE" "$ID-2"
	assert_success
	mcrun delete "$ID"
	assert_success
	is_status running "$ID-2"
	mcrun delete --force "$ID-2"
	assert_success
}
