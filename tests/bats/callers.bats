#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Each caller's command lines in the order in which it gives them, as they stand in its source, and what it reads:
# containerd's shim, conmon, Podman, CRI-O, buildah, Docker, Kubernetes. Lines that were captured from engines that
# run are in real-input.bats; checkpoint and restore are in checkpoint.bats and criu-request.bats, the systemd driver's
# in systemd.bats.

load helpers

# as_caller NAME=VALUE... : the runtime's whole environment, from here on.
as_caller() {
	printf '#!/bin/sh\nexec env -i MCRUN_TEST_ID=%s %s %s "$@"\n' "$ID" "$*" "$RUNTIME" >"$T/mcrun"
	chmod +x "$T/mcrun"
	RUNTIME=$T/mcrun
}

# call WORD...: the runtime, word for word; it must succeed and say nothing on stderr.
call() {
	mcrun_bare "$@" </dev/null
	assert_success
	assert_equal "$stderr" "" "stderr of $*"
}

# receive_terminal NAME: something like conmon or the shim waits at $T/NAME for one terminal.
receive_terminal() {
	python3 "$TESTS_DIR/recvtty.py" --output "$T/$1.tty" --report "$T/$1.report" "$T/$1" >/dev/null 2>&1 3>&- &
	own_pid "$!"
	wait_for test -S "$T/$1"
}

# What stands in a pid file: digits, and no newline.
is_pid_file() {
	[[ $(od -An -c "$1" | tr -d ' ') =~ ^[0-9]+$ ]]
}

# A stop file in the bundle's /data ends this program.
until_stopped() {
	config_sh 'until [ -e /data/stop ]; do sleep 0.05; done; exit 3'
}

# --- containerd's shim ------------------------------------------------------------------------

# shim WORD...: its global options, and the parent's death signal that it asks for.
shim() {
	call --root "$ROOT" --log "$BUNDLE/log.json" --log-format json "$@"
}

@test "containerd's shim: create, start, state, exec, ps, pause, resume, kill, delete" {
	requires root cgroup2 tool:setpriv
	unset NOTIFY_SOCKET
	process '.args = ["sleep", "1000"]'
	printf '#!/bin/sh\nexec setpriv --pdeathsig KILL %s "$@"\n' "$RUNTIME" >"$T/mcrun"
	chmod +x "$T/mcrun"
	RUNTIME=$T/mcrun
	shim create --bundle "$BUNDLE" --pid-file "$BUNDLE/init.pid" "$ID"
	assert is_pid_file "$BUNDLE/init.pid"
	shim start "$ID"
	shim state "$ID"
	assert jq -e --argjson pid "$(<"$BUNDLE/init.pid")" '.status == "running" and .pid == $pid' "$OUT"
	shim exec --process "$T/process.json" --detach --pid-file "$BUNDLE/one.pid" "$ID"
	assert is_pid_file "$BUNDLE/one.pid"
	shim ps --format json "$ID"
	assert jq -e --argjson a "$(<"$BUNDLE/init.pid")" --argjson b "$(<"$BUNDLE/one.pid")" 'sort == ([$a, $b] | sort)' "$OUT"
	shim pause "$ID"
	assert is_status paused
	shim resume "$ID"
	assert is_status running
	shim kill "$ID" 0
	shim kill --all "$ID" 9
	wait_for is_status stopped
	shim delete "$ID"
	shim delete --force "$ID"
	assert [ ! -s "$BUNDLE/log.json" ]
	assert_nothing_left
}

@test "containerd's shim: update --resources=- takes JSON on stdin" {
	requires root controller:hugetlb
	create_ok
	mcrun_bare --root "$ROOT" --log "$T/log.json" --log-format json update --resources=- "$ID" \
		<<<'{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	assert_success
	assert_equal "$stderr" ""
	assert_equal "$(cat "$(container_cgroups | head -n 1)/hugetlb.2MB.max")" 4194304
}

@test "containerd's shim: terminals of create and exec each come to their socket, as one descriptor" {
	requires root
	config '.process.terminal = true'
	config_args tty
	process '.args = ["tty"] | .terminal = true'
	receive_terminal init
	receive_terminal one
	shim create --bundle "$BUNDLE" --pid-file "$BUNDLE/init.pid" --console-socket "$T/init" --no-pivot --no-new-keyring "$ID"
	wait_for test -s "$T/init.report"
	assert_equal "$(jq '.fds | if type == "array" then length else . end' "$T/init.report")" 1 descriptors
	shim exec --process "$T/process.json" --console-socket "$T/one" --detach --pid-file "$BUNDLE/one.pid" "$ID"
	wait_for grep -q /dev/pts "$T/one.tty"
	shim start "$ID"
	wait_for grep -qE '/dev/(pts|console)' "$T/init.tty"
}

@test "containerd's shim: the reason of a failure is the last object with level error, its time is RFC 3339" {
	config '.root.path = "missing"'
	mcrun_bare --root "$ROOT" --log "$T/log.json" --log-format json create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID" </dev/null
	assert_failure
	mcrun_bare --root "$ROOT" --log "$T/log.json" --log-format json delete "$ID"
	assert_failure
	# As Go decodes it: one object behind the other, each time a time.
	python3 - "$T/log.json" <<-'END' || fail "the log is: $(cat "$T/log.json")"
		import datetime, json, sys
		text, decoder, found = open(sys.argv[1]).read(), json.JSONDecoder(), []
		while text.strip():
		    one, end = decoder.raw_decode(text.lstrip())
		    text = text.lstrip()[end:]
		    datetime.datetime.strptime(one["time"], "%Y-%m-%dT%H:%M:%SZ")
		    found += [one["msg"]] if one["level"] == "error" else []
		assert len(found) == 2 and "missing" in found[0] and "does not exist" in found[1], found
	END
}

@test "containerd's shim: clean-up after a shim that died" {
	requires root
	create_ok
	start_ok
	call --root "$ROOT" --log "$BUNDLE/log.json" --log-format json delete --force "$ID"
	assert_nothing_left
}

@test "containerd's shim: what it takes for a container that is gone" {
	config_args true
	create_ok
	start_ok
	wait_for is_status stopped
	mcrun kill "$ID" 15
	assert_failure
	assert_has "${stderr,,}" "container not running" "no such process"
	mcrun delete "$ID"
	assert_success
	local command
	for command in "kill $ID 15" "delete $ID" "state $ID"; do
		# shellcheck disable=SC2086
		mcrun $command
		assert_failure
		assert_has "$stderr" "does not exist"
	done
}

# go_program NAME LIBRARY PACKAGE: builds NAME.go, which needs this library of Debian's, as $T/NAME.
go_program() {
	local sources=/usr/share/gocode
	command -v go >/dev/null && [ -d "$sources/src/github.com/$2" ] || skip_avoidable "needs $2 (packages golang-go, $3)"
	(cd "$T" && GO111MODULE=off GOPATH=$sources GOCACHE=$BATS_FILE_TMPDIR/go HOME=$T CGO_ENABLED=0 \
		go build -o "$1" "$TESTS_DIR/$1.go") >"$T/go" 2>&1 || fail "go build: $(cat "$T/go")"
}

# bats test_tags=mcrun
@test "containerd's shim: its own library reads all that it asks for: state, list, ps, events, log, pid files" {
	requires mcrun root controller:hugetlb
	go_program go-runc containerd/go-runc golang-github-containerd-go-runc-dev
	config '.annotations = {"a": "b"}'
	status=0
	MCRUN_TEST_ID=$ID timeout 100 "$T/go-runc" "$RUNTIME" "$ROOT" "$BUNDLE" "$ID" >"$T/said" 2>&1 </dev/null 3>&- || status=$?
	assert_equal "$status $(cat "$T/said")" "0 "
	# What failed on purpose, and nothing else.
	assert_equal "$(jq -rs 'map(.level) | join(" ")' "$BUNDLE/log.json")" "error error error"
	assert_nothing_left
}

# bats test_tags=mcrun
@test "features is read by runc's own types, and has no member that neither they nor the specification know" {
	requires mcrun
	go_program features opencontainers/runc/types/features golang-github-opencontainers-runc-dev
	status=0
	"$T/features" "$RUNTIME" >"$T/said" 2>&1 </dev/null || status=$?
	assert_equal "$status $(cat "$T/said")" "0 "
}

# --- conmon and Podman ------------------------------------------------------------------------

@test "conmon: create, and exec with a terminal, a pid file, and descriptors to keep" {
	requires root
	config '.process.terminal = true'
	config_args sleep 1000
	process '.args = ["sh", "-c", "tty; ls /proc/self/fd >&2"] | .terminal = true'
	receive_terminal init
	receive_terminal one
	status=0
	"$RUNTIME" --root "$ROOT" --log-format=json --log "$T/oci-log" create --bundle "$BUNDLE" --pid-file "$T/pidfile" \
		--no-pivot --no-new-keyring --preserve-fds 1 --console-socket "$T/init" "$ID" \
		3</dev/null 4>&- </dev/null >"$T/out" 2>"$T/err" || status=$?
	assert_equal "$status $(cat "$T/out" "$T/err")" "0 "
	assert is_pid_file "$T/pidfile"
	wait_for test -s "$T/init.report"
	call --root "$ROOT" start "$ID"
	status=0
	"$RUNTIME" --root "$ROOT" exec --pid-file "$T/exec.pid" --process "$T/process.json" --detach --preserve-fds 1 \
		--console-socket "$T/one" "$ID" 3</dev/null 4>&- </dev/null >"$T/out" 2>"$T/err" || status=$?
	assert_equal "$status $(cat "$T/out" "$T/err")" "0 "
	assert is_pid_file "$T/exec.pid"
	wait_for grep -q /dev/pts "$T/one.tty"
}

@test "conmon: an exec that fails leaves no pid file, and says why on stderr" {
	requires root
	create_ok
	start_ok
	local bad
	for bad in '.args = ["/no/such/program"]' '.cwd = "/no/such/dir"' '.user.uid = -1' '.args = []' \
		'.apparmorProfile = "nosuch"' '.capabilities.effective = 5'; do
		process "$bad"
		mcrun exec --pid-file "$T/exec.pid" --process "$T/process.json" --detach "$ID"
		case $bad in
		*cwd*) continue ;;	# it is made, as the specification has it
		esac
		assert [ "$status" -ne 0 ]
		assert [ -n "$stderr" ]
		refute test -e "$T/exec.pid"
	done
}

@test "Podman: start, kill, pause, resume, update, delete with no environment but XDG_RUNTIME_DIR" {
	requires root cgroup2 controller:hugetlb
	as_caller XDG_RUNTIME_DIR="$T/xdg"
	call --root "$ROOT" --log-format=json --log "$T/oci-log" create --bundle "$BUNDLE" --pid-file "$T/pidfile" "$ID"
	call --root "$ROOT" start "$ID"
	call --root "$ROOT" pause "$ID"
	call --root "$ROOT" resume "$ID"
	echo '{"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]}' >"$T/resources.json"
	call --root "$ROOT" update --resources="$T/resources.json" "$ID"
	call --root "$ROOT" kill "$ID" 15
	call --root "$ROOT" kill --all "$ID" 9
	wait_for is_status stopped
	call --root "$ROOT" delete --force "$ID"
	assert_nothing_left
}

# podman_says: the exit status that Podman makes of the log's one object.
podman_says() {
	python3 - "$T/oci-log" <<-'END'
		import json, re, sys
		said = json.load(open(sys.argv[1]))["msg"]
		if re.search("(?i)permission denied|operation not permitted", said):
		    print(126)
		elif re.search("(?i)executable file not found in|no such file or directory|open executable", said):
		    print(127)
		else:
		    print(125)
	END
}

# docker_says: the exit status that Docker makes of a message.
docker_says() {
	case ${1,,} in
	*"executable file not found"* | *"no such file or directory"* | *"system cannot find the file specified"*) echo 127 ;;
	*"permission denied"* | *"is a directory"*) echo 126 ;;
	*"not a directory"*) echo 127 ;;
	*) echo 128 ;;
	esac
}

# engines_say PODMAN DOCKER EXPR: what they make of the failure of create with this config.
engines_say() {
	config "$3"
	rm -f "$T/oci-log"
	mcrun_bare --root "$ROOT" --log-format=json --log "$T/oci-log" create --bundle "$BUNDLE" --pid-file "$T/pidfile" "$ID" </dev/null
	assert_failure
	assert_equal "$(podman_says)" "$1" "Podman's exit status for $3: $stderr"
	assert_equal "$(docker_says "$stderr")" "$2" "Docker's exit status for $3: $stderr"
	cp "$T/config.before" "$BUNDLE/config.json"
}

# bats test_tags=mcrun
@test "Podman and Docker: a program that is missing is 127, one that may not be executed 126, all else neither" {
	requires mcrun root
	cp "$BUNDLE/config.json" "$T/config.before"
	engines_say 127 127 '.process.args = ["no-such-program"]'
	engines_say 127 127 '.process.args = ["/no/such/program"]'
	engines_say 126 126 '.process.args = ["/etc/passwd"]'
	engines_say 126 126 '.process.args = ["/etc"]'
	local missing
	for missing in '.root.path = "missing"' '.mounts += [{destination: "/m", source: "/no/such", options: ["bind"]}]' \
		'.hooks.createRuntime = [{path: "/no/such/hook"}]' '.linux.devices = [{path: "/dev/x", type: "c", major: 1}]' \
		'(.linux.namespaces[] | select(.type == "network")).path = "/no/such/netns"' \
		'.linux.sysctl = {"net.no.such": "1"}' '.linux.netDevices = {"nosuchdev0": {}}' \
		'.linux.resources.unified = {"no.such": "1"}' '.mounts += [{destination: "/m", type: "nosuchfs", source: "x"}]' \
		'.mounts += [{destination: "/etc/passwd/m", type: "tmpfs", source: "x"}]' \
		'.process.noSuch = 1 | .process.args = 5'; do
		engines_say 125 128 "$missing"
	done
}

# --- CRI-O ------------------------------------------------------------------------------------

@test "CRI-O: --root=DIR, kill -a, update --resources -, and exec in the foreground with the program's status" {
	requires root cgroup2 controller:hugetlb
	process '.args = ["sh", "-c", "echo out; echo err >&2; exit 9"]'
	call --root="$ROOT" create --bundle "$BUNDLE" --pid-file "$T/pidfile" "$ID"
	call --root="$ROOT" start "$ID"
	call --root="$ROOT" state "$ID"
	assert jq -e '.status == "running" and (.created | test("^[0-9-]+T[0-9:.]+Z$"))' "$OUT"
	mcrun_bare --root="$ROOT" exec --process "$T/process.json" "$ID" </dev/null
	assert_status 9
	assert_equal "$output $stderr" "out err"
	mcrun_bare --root="$ROOT" update --resources - "$ID" <<<'{"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]}'
	assert_success
	call --root="$ROOT" pause "$ID"
	call --root="$ROOT" resume "$ID"
	call --root="$ROOT" kill -a "$ID" 15
	call --root="$ROOT" kill -a "$ID" 9
	wait_for is_status stopped
	mcrun_bare --root="$ROOT" exec --process "$T/process.json" "$ID" </dev/null
	assert [ "$status" -ne 0 ]
	assert_has "$stderr" "no such process" "container not running"
	call --root="$ROOT" delete --force "$ID"
}

@test "CRI-O: --version and features, both streams together, and what it wants of features" {
	output=$("$RUNTIME" --version 2>&1)
	assert_equal "$(grep -c . <<<"$output")" "$("$RUNTIME" --version 2>/dev/null | grep -c .)"
	output=$("$RUNTIME" features 2>&1)
	assert jq -e '.ociVersionMin != "" and .ociVersionMax != "" and (.mountOptions | index("rro"))
		and .linux.mountExtensions.idmap.enabled != null and (.linux.namespaces | index("user"))' <<<"$output"
}

# --- buildah ----------------------------------------------------------------------------------

@test "buildah: it reaps the container itself, as the subreaper that create leaves it to" {
	requires root
	until_stopped
	python3 - "$RUNTIME" "$ROOT" "$BUNDLE" "$ID" <<-'END' || fail "buildah's part: $?"
		import ctypes, json, os, subprocess, sys, time
		runtime, root, bundle, name = sys.argv[1:]
		PR_SET_CHILD_SUBREAPER = 36
		assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
		def call(*words, stdout=subprocess.DEVNULL):
		    return subprocess.run([runtime, "--root", root, *words], check=True, stdin=subprocess.DEVNULL,
		                          stdout=stdout, timeout=10).stdout
		seen = []
		def state():
		    seen.append(json.loads(call("state", name, stdout=subprocess.PIPE))["status"])
		    return seen[-1]
		call("create", "--bundle", bundle, "--pid-file", bundle + "/pid", "--no-pivot", "--no-new-keyring", name)
		pid = int(open(bundle + "/pid").read())
		assert state() == "created"
		call("start", name)
		state()
		open(bundle + "/rootfs/data/stop", "w").close()
		_, status = os.waitpid(pid, 0)
		assert os.WEXITSTATUS(status) == 3, status
		assert state() == "stopped"
		call("delete", name)
		assert set(seen) <= {"creating", "created", "running", "stopped"}, seen
	END
	assert_nothing_left
}

# reaped SCRIPT-LINE: the exit status of the init of a container whose program begins like this, as its reaper sees it.
reaped() {
	printf '%s\n' "$1" | rootfs_file bin/script 0755
	python3 - "$RUNTIME" "$ROOT" "$BUNDLE" "$ID" <<-'END'
		import ctypes, os, subprocess, sys
		runtime, root, bundle, name = sys.argv[1:]
		PR_SET_CHILD_SUBREAPER = 36
		assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
		def call(*words):
		    return subprocess.run([runtime, "--root", root, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
		                          stderr=subprocess.DEVNULL, timeout=10).returncode
		assert call("create", "--bundle", bundle, "--pid-file", bundle + "/pid", name) == 0
		pid = int(open(bundle + "/pid").read())
		assert call("start", name) == 1
		print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))
		assert call("delete", name) == 0
	END
}

# bats test_tags=mcrun
@test "conmon: init of a program that cannot be executed leaves a shell's exit status" {
	requires mcrun root
	config_args /bin/script
	assert_equal "$(reaped '#!/no/such/interpreter')" 127
	assert_equal "$(reaped 'neither a program nor a script')" 126
}

@test "buildah: kill with and without a signal, delete without force" {
	requires root
	config_sh 'trap "" TERM; touch /data/ready; while :; do sleep 0.1; done'
	call --root "$ROOT" create --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	call --root "$ROOT" start "$ID"
	wait_for test -e "$BUNDLE/rootfs/data/ready"
	call --root "$ROOT" kill "$ID"
	assert is_status running
	call --root "$ROOT" kill "$ID" SIGKILL
	wait_for is_status stopped
	call --root "$ROOT" delete "$ID"
}

# --- Docker -----------------------------------------------------------------------------------

@test "Docker: features and --version when the daemon starts, and runtimeArgs by way of a script" {
	printf '#!/bin/sh\nexec %s --debug=false --log-level error "$@"\n' "$RUNTIME" >"$T/script"
	chmod +x "$T/script"
	RUNTIME=$T/script
	call features
	assert jq -e '.linux and .mountOptions' "$OUT"
	call --version
	# As Docker takes it apart: a version from a line with that word, a commit from its own line.
	assert_equal "$(sed -n '1s/.* version //p' "$OUT" | wc -w)" 1 "words behind 'version'"
	assert grep -qE '^commit: .' "$OUT"
	assert grep -qE '^spec: [0-9]' "$OUT"
	call --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	call --root "$ROOT" delete --force "$ID"
}

# --- Kubernetes -------------------------------------------------------------------------------

@test "Kubernetes: twenty probes, each exec --process --detach, leave nothing in the container" {
	requires root cgroup2
	create_ok
	start_ok
	process '.args = ["true"]'
	local i
	for i in {1..20}; do
		call --root "$ROOT" exec --process "$T/process.json" --detach --pid-file "$T/probe.$i" "$ID"
		assert is_pid_file "$T/probe.$i"
	done
	only_init() { [ "$("$RUNTIME" --root "$ROOT" ps --format json "$ID")" = "[$(pid_of)]" ]; }
	wait_for only_init
}
