#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The device cgroup: what may be opened and made. The tests open device numbers that no driver has:
# EPERM is the cgroup's answer, ENXIO the answer of a kernel that was allowed to look.

load helpers

# rules JQ: the rules, and the right to make nodes.
rules() {
	config ".linux.resources.devices = [$1]"' | .process.capabilities |= with_entries(.value += ["CAP_MKNOD"])'
}

# try PATH MODE: prints what open says.
TRY='try() { if [ $2 = r ]; then : <$1; else : >>$1; fi; }
	make() { rm -f $1; mknod $1 $2 $3 $4 2>&1; }
	answer() { case $(eval "$@" 2>&1) in *"not permitted"*) echo denied;; *) echo allowed;; esac; }'

@test "a node may be made but not opened when everything is denied" {
	requires cap:mknod
	rules '{allow: false, access: "rwm"}'
	run_sh "$TRY; answer make /dev/c c 240 77; answer make /dev/b b 240 77; answer try /dev/c r; answer try /dev/b r"
	assert_output "$(printf '%s\n' allowed allowed denied denied)"
}

@test "the devices that every container has work when everything is denied" {
	rules '{allow: false, access: "rwm"}'
	run_sh 'echo x >/dev/null; head -c 1 /dev/zero | wc -c; head -c 1 /dev/random | wc -c; : </dev/full && : </dev/ptmx && echo opened'
	assert_output "$(printf '%s\n' 1 1 opened)"
}

@test "a rule allows one device" {
	requires cap:mknod
	rules '{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, minor: 77, access: "rwm"}'
	run_sh "$TRY; make /dev/y c 240 77; make /dev/n c 240 78; make /dev/b b 240 77
		answer try /dev/y r; answer try /dev/n r; answer try /dev/b r"
	assert_output "$(printf '%s\n' allowed denied denied)"
}

@test "a rule without minor allows all minors, without major all of its type" {
	requires cap:mknod
	rules '{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, access: "rw"}, {allow: true, type: "b", access: "rw"}'
	run_sh "$TRY; make /dev/1 c 240 1; make /dev/2 c 240 99; make /dev/3 c 241 1; make /dev/4 b 250 9
		answer try /dev/1 r; answer try /dev/2 r; answer try /dev/3 r; answer try /dev/4 r"
	assert_output "$(printf '%s\n' allowed allowed denied allowed)"
}

@test "access is kept apart: read, write" {
	requires cap:mknod
	rules '{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, minor: 1, access: "r"},
		{allow: true, type: "c", major: 240, minor: 2, access: "w"}'
	run_sh "$TRY; make /dev/1 c 240 1; make /dev/2 c 240 2
		answer try /dev/1 r; answer try /dev/1 w; answer try /dev/2 r; answer try /dev/2 w"
	assert_output "$(printf '%s\n' allowed denied denied allowed)"
}

@test "the last rule that matches counts" {
	requires cap:mknod
	rules '{allow: true, type: "c", major: 240, minor: 1, access: "rw"}, {allow: false, access: "rwm"},
		{allow: true, type: "c", major: 240, minor: 2, access: "rw"}, {allow: false, type: "c", major: 240, minor: 2, access: "w"}'
	run_sh "$TRY; make /dev/1 c 240 1; make /dev/2 c 240 2
		answer try /dev/1 r; answer try /dev/2 r; answer try /dev/2 w"
	assert_output "$(printf '%s\n' denied allowed denied)"
}

@test "everything can be allowed" {
	requires cap:mknod
	rules '{allow: true, access: "rwm"}'
	run_sh "$TRY; make /dev/1 c 240 1; make /dev/2 b 240 2; answer try /dev/1 w; answer try /dev/2 r"
	assert_output "$(printf '%s\n' allowed allowed)"
}

@test "allow all, deny one" {
	requires cap:mknod
	rules '{allow: true, access: "rwm"}, {allow: false, type: "c", major: 240, minor: 5, access: "rw"}'
	run_sh "$TRY; make /dev/1 c 240 1; make /dev/5 c 240 5; answer try /dev/1 r; answer try /dev/5 r"
	assert_output "$(printf '%s\n' allowed denied)"
}

@test "a thousand rules work" {
	requires cap:mknod
	config '.linux.resources.devices = [{allow: false, access: "rwm"}]
			+ [range(1000) | {allow: true, type: "c", major: 240, minor: ., access: "rw"}]
		| .process.capabilities |= with_entries(.value += ["CAP_MKNOD"])'
	run_sh "$TRY; make /dev/1 c 240 999; make /dev/2 c 240 1000; answer try /dev/1 r; answer try /dev/2 r"
	assert_output "$(printf '%s\n' allowed denied)"
}

@test "the rules hold for every process of the container, and not for the host" {
	requires cap:mknod
	rules '{allow: false, access: "rwm"}'
	mknod "$T/host" c 240 77
	create_ok
	local said
	said=$( (: <"$T/host") 2>&1) || true
	assert_has_not "$said" "not permitted"
}

# Where GPU vendors' hooks add their rules to it (nvidia-container-cli).
@test "the rules are in force when prestart and createRuntime hooks run" {
	requires cap:mknod cgroup2
	rules '{allow: false, access: "rwm"}'
	mknod "$T/host" c 240 77
	local kind in_cgroup
	in_cgroup="pid=\$(sed -n 's/.*\"pid\": *\([0-9]*\).*/\1/p'); dir=$(cgroup2_mount)\$(sed -n 's/^0:://p' /proc/\$pid/cgroup)
		sh -c \"echo 0 >\$dir/cgroup.procs && : <$T/host\" 2>>\$LOG"
	for kind in prestart createRuntime; do
		hook $kind "$in_cgroup; true"
	done
	run_sh true
	assert_equal "$(log | grep -c "not permitted")" 2
}

@test "a rule of unknown type or access is refused" {
	config '.linux.resources.devices = [{allow: true, type: "x", access: "rwm"}]'
	create
	assert_refused /linux/resources/devices/0
	config '.linux.resources.devices = [{allow: true, type: "c", access: "rwxyz"}]'
	create
	assert_refused /linux/resources/devices/0
}

# Becomes a process of the cgroup that opens the node without a pause, and prints the kernel's answers when it is ended.
open_all_the_time() {
	exec python3 - "$1" "$2" <<-'EOS'
		import os, signal, sys
		node, cgroup = sys.argv[1:]
		ended, answers = [], set()
		signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
		with open(cgroup, "w") as procs:
		    procs.write("0")
		os.mknod(node + "-ready")
		while not ended:
		    try:
		        os.close(os.open(node, os.O_RDONLY))
		        answers.add("opened")
		    except OSError as e:
		        answers.add(os.strerror(e.errno))
		print("\n".join(sorted(answers)))
	EOS
}

# bats test_tags=mcrun
@test "while update puts other rules in the place of the old ones, there is no moment without rules" {
	requires mcrun root cgroup2 cap:mknod tool:python3
	rules '{allow: false, access: "rwm"}'
	running
	mknod "$T/node" c 240 77
	open_all_the_time "$T/node" "$(cgroup2_mount)/$ID/cgroup.procs" >"$T/answers" 3>&- &
	local opener=$! i minor
	own_pid "$opener"
	wait_for test -e "$T/node-ready"
	for ((i = 0; i < 50; i++)); do
		minor=$((i % 2))
		mcrun_bare --root "$ROOT" update --resources - "$ID" \
			<<<"{\"devices\": [{\"allow\": false, \"access\": \"rwm\"}, {\"allow\": true, \"type\": \"c\", \"major\": 241, \"minor\": $minor, \"access\": \"r\"}]}"
		assert_success
	done
	kill "$opener"
	wait "$opener"
	assert_equal "$(<"$T/answers")" "Operation not permitted" "answers to an open that the rules forbid"
}

# The same against this kernel, from C: what `make check` has built runs here too, so that it does on every kernel
# that this suite runs on.
unit_test() {
	local program=${MCRUN_BUILD:-$TESTS_DIR/../..}/tests/unit/$1
	requires root mcrun cgroup2 cap:mknod
	[ -x "$program" ] || skip_avoidable "needs the program $1, which make check builds"
	run "$program"
	[ "$status" -eq 0 ] || fail "$output"
	assert_has_not "$output" "not ok" SKIP
}

# bats test_tags=mcrun
@test "the kernel's verdicts are those of the rules, whatever the rules" {
	unit_test test-act-devfilter
}

# bats test_tags=mcrun
@test "cgroups are made, limited, taken, given back and removed" {
	unit_test test-act-cgroup
}
