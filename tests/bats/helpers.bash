#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What every test of this suite stands on: a bundle of its own, a runtime with a time limit,
# waiting on conditions, assertions that show what happened, and a teardown that leaves nothing
# behind and fails the test when the runtime did.
#
#   RUNTIME              the runtime under test: a path or a command name
#   MCRUN_BUILD          where mcrun was built, when RUNTIME is not given (default: the source tree)
#   MCRUN_TEST_STRICT=1  a skip that this machine could have avoided is a failure
#   MCRUN_TEST_LIMIT     seconds that one call or one wait may take (default 10)
#
# A test file says `load helpers` and nothing else; setup and teardown are the ones below.

TESTS_DIR=${BASH_SOURCE[0]%/*}
[[ $TESTS_DIR == /* ]] || TESTS_DIR=$PWD/$TESTS_DIR
LIMIT=${MCRUN_TEST_LIMIT:-10}

if [ -z "${RUNTIME:-}" ]; then
	MCRUN_LIBEXECDIR=${MCRUN_BUILD:-$(cd "$TESTS_DIR/../.." && pwd)}	# its helper programs
	RUNTIME=$MCRUN_LIBEXECDIR/mcrun
	export MCRUN_LIBEXECDIR
fi
if [ -z "${RUNTIME_NAME:-}" ]; then
	RUNTIME_NAME=$("$RUNTIME" --version 2>/dev/null | head -n 1)
	RUNTIME_NAME=${RUNTIME_NAME%% *}
	export RUNTIME_NAME
fi
export RUNTIME

# --- the bundle -------------------------------------------------------------------------------

# Once a file: the root file system that the tests copy (hard links), and the config they begin with.
setup_file() {
	[ -n "$RUNTIME_NAME" ] || {
		echo "no runtime at '$RUNTIME': build mcrun, or set RUNTIME or MCRUN_BUILD" >&2
		return 1
	}
	local rootfs=$BATS_FILE_TMPDIR/rootfs busybox
	busybox=$(command -v busybox) || { echo "busybox is missing (package busybox-static)" >&2; return 1; }

	chmod 0711 "$BATS_RUN_TMPDIR"		# ids mapped by a user namespace must get through
	mkdir -p "$rootfs"/{bin,etc,proc,sys,dev,tmp,root,mnt,data}
	chmod 1777 "$rootfs/tmp"
	cp "$(readlink -f "$busybox")" "$rootfs/bin/busybox"
	(cd "$rootfs/bin" && ./busybox sh -c 'for a in $(./busybox --list); do [ $a = busybox ] || ln -s busybox $a; done')
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'user:x:1000:1000:user:/home/user:/bin/sh' >"$rootfs/etc/passwd"
	printf '%s\n' 'root:x:0:' 'user:x:1000:' >"$rootfs/etc/group"

	mkdir "$BATS_FILE_TMPDIR/template"
	"$RUNTIME" spec --bundle "$BATS_FILE_TMPDIR/template"
	jq '.process.terminal = false
	  | .process.args = ["sleep", "1000"]
	  | .process.env += ["MCRUN_TEST_ID=@ID@"]
	  | .root = {path: "rootfs", readonly: false}
	  | .hostname = "box"
	  | .linux.namespaces = ["pid", "network", "ipc", "uts", "mount" | {type: .}]
	  | .linux.cgroupsPath = "/@ID@"' "$BATS_FILE_TMPDIR/template/config.json" >"$BATS_FILE_TMPDIR/config.json"
}

setup() {
	setup_bundle
}

teardown() {
	teardown_bundle
}

# Makes $BUNDLE and $ID, both this test's own, and $ROOT, the state root (not yet there).
setup_bundle() {
	trace_tests_only
	T=$BATS_TEST_TMPDIR
	BUNDLE=$T/bundle
	ROOT=$T/root
	ID=ct-$BASHPID-$RANDOM
	CALLS=0 BG_CALL=()
	mkdir "$BUNDLE"
	cp -al "$BATS_FILE_TMPDIR/rootfs" "$BUNDLE/rootfs"
	sed "s/@ID@/$ID/" "$BATS_FILE_TMPDIR/config.json" >"$BUNDLE/config.json"
}

# For each command bats notes where it stands: some fifty steps of bash in place of one, and most of the time that this
# suite takes. The commands of this file do without; of what fails here, bats shows the line of the test.
trace_tests_only() {
	[[ ${BATS_TRACE_LEVEL:-0} -eq 0 ]] || return 0
	trap '[[ $BASH_SOURCE == "$TESTS_DIR/helpers.bash" ]] || bats_debug_trap "$BASH_SOURCE"' DEBUG
}

# config [JQ-OPTION...] EXPR: changes $BUNDLE/config.json.
config() {
	local text
	text=$(jq "$@" <"$BUNDLE/config.json") || return
	printf '%s\n' "$text" >"$BUNDLE/config.json"
}

# config_args WORD...: the program of the container. In place of the first one that is done without jq, which takes
# 20 ms to start.
config_args() {
	local text words first=$'"args": [\n      "sleep",\n      "1000"\n    ]'
	text=$(<"$BUNDLE/config.json")
	if [[ $text == *"$first"* ]] && json_words words "$@"; then
		printf '%s"args": [%s]%s\n' "${text%%"$first"*}" "$words" "${text#*"$first"}" >"$BUNDLE/config.json"
	else
		config '.process.args = $ARGS.positional' --args -- "$@"
	fi
}

# json_words VARIABLE WORD...: the words as JSON, a comma between; fails for what is not plain text.
json_words() {
	local -n json_out=$1
	local word LC_ALL=C
	json_out=
	for word in "${@:2}"; do
		word=${word//\\/\\\\}
		word=${word//\"/\\\"}
		word=${word//$'\n'/\\n}
		word=${word//$'\t'/\\t}
		[[ $word != *[^[:print:]]* ]] || return
		json_out+="${json_out:+, }\"$word\""
	done
}

# config_sh SCRIPT: the container runs this with its sh.
config_sh() {
	config_args sh -c "$1"
}

# hook KIND SCRIPT: adds a hook that runs the script with sh; $LOG is a file for its notes.
hook() {
	config --arg k "$1" --arg s "$2" --arg log "$T/log" \
		'.hooks[$k] += [{path: "/bin/sh", args: ["sh", "-c", $s], env: ["LOG=\($log)", "PATH=/usr/bin:/bin"]}]'
}

# What the hooks have noted.
log() {
	cat "$T/log" 2>/dev/null || true
}

# rootfs_file PATH [MODE]: a file of the root file system, from stdin; never through a hard link.
rootfs_file() {
	rm -f "$BUNDLE/rootfs/$1"
	cat >"$BUNDLE/rootfs/$1"
	chmod "${2:-0644}" "$BUNDLE/rootfs/$1"
}

# --- running the runtime ----------------------------------------------------------------------

# mcrun ARG...: like bats' run: sets status, output, stderr and lines, and returns 0.  The output goes through
# files, so that a container left running does not keep anybody waiting; OUT and ERR are their names.
mcrun() {
	CALLS=$((CALLS + 1))
	OUT=$T/out.$CALLS
	ERR=$T/err.$CALLS
	status=0
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" "$@" \
		</dev/null >"$OUT" 2>"$ERR" 3>&- 4>&- || status=$?
	LAST="mcrun $*"
	read_output
}

# Like mcrun, with stdin of the test, and not a word about --root: for usage and global options.
mcrun_bare() {
	CALLS=$((CALLS + 1))
	OUT=$T/out.$CALLS
	ERR=$T/err.$CALLS
	status=0
	MCRUN_TEST_ID=$ID timeout -k 2 "$LIMIT" "$RUNTIME" "$@" >"$OUT" 2>"$ERR" 3>&- 4>&- || status=$?
	LAST="mcrun $*"
	read_output
}

# mcrun_bg ARG...: in the background; BG is the pid of the runtime.  join_bg waits for it.
mcrun_bg() {
	CALLS=$((CALLS + 1))
	OUT=$T/out.$CALLS
	ERR=$T/err.$CALLS
	LAST="mcrun $*"
	: >"$OUT" 2>"$ERR" # they are there also before the call itself has opened them
	MCRUN_TEST_ID=$ID "$RUNTIME" --root "$ROOT" "$@" </dev/null >"$OUT" 2>"$ERR" 3>&- 4>&- &
	BG=$!
	BG_CALL[BG]=$CALLS
	own_pid "$BG"
}

# join_bg [PID]: waits for a call in the background and sets status, output and stderr.
join_bg() {
	local pid=${1:-$BG}
	wait_for pid_gone "$pid"
	status=0
	wait "$pid" || status=$?
	if [ -n "${BG_CALL[pid]:-}" ]; then
		OUT=$T/out.${BG_CALL[pid]}
		ERR=$T/err.${BG_CALL[pid]}
	fi
	read_output
}

# Reads the output again: a container may have written more since.
read_output() {
	read_text output "$OUT"
	read_text stderr "$ERR"
	mapfile -t lines <<<"$output"
}

# read_text VARIABLE FILE: what $(<FILE) gives, without a process; zero bytes are left out.
read_text() {
	local -n text_out=$1
	local parts=() IFS=
	[ ! -e "$2" ] || mapfile -d '' -t parts <"$2"
	text_out=${parts[*]}
	while [[ $text_out == *$'\n' ]]; do
		text_out=${text_out%$'\n'}
	done
}

create() {
	mcrun create --bundle "$BUNDLE" "$@" "$ID"
}

# create_ok, start_ok: the same where the test is about something else.
create_ok() {
	create "$@"
	assert_success
}

start_ok() {
	mcrun start "$ID"
	assert_success
}

# run [OPTION...]: in the foreground; status and output are the program's.
run_container() {
	mcrun run --bundle "$BUNDLE" "$@" "$ID"
}

# run_sh SCRIPT: the container runs the script in the foreground, and must succeed.
run_sh() {
	config_sh "$1"
	run_container
	assert_success
}

# running: the container runs in the background, with what config.json says by then.
running() {
	run_container --detach
	assert_success
}

# inside [OPTION...] ID PROGRAM...: exec, which must succeed.
inside() {
	mcrun exec "$@"
	assert_success
}

# process [JQ-EXPR]: $T/process.json, for --process; a program that ends well, if the expression says nothing else.
process() {
	jq -n '{cwd: "/", args: ["true"], env: ["PATH=/bin", "MCRUN_TEST_ID='"$ID"'"], user: {uid: 0, gid: 0}} | '"${1:-.}" \
		>"$T/process.json"
}

# not_started PART...: a failure of exec itself, in one line; no program has run.
not_started() {
	if [ "$RUNTIME_NAME" = mcrun ]; then
		assert_status 255
		assert_equal "$(grep -c '' "$ERR")" 1 "lines on stderr"
	else
		assert [ "$status" -ne 0 ]
	fi
	assert_says "$@"
}

state() {
	"$RUNTIME" --root "$ROOT" state "${1:-$ID}" 2>/dev/null
}

# member NAME: the string or number of that name in the state document on stdin; the first, which is the document's own
# for the names that stand before its annotations.
member() {
	local text
	IFS= read -r -d '' text || true
	[[ $text =~ \"$1\":[[:space:]]*\"?([^\",}[:space:]]*) ]] && echo "${BASH_REMATCH[1]}"
}

state_of() {
	state "${1:-$ID}" | member status
}

# The process of a container; nothing, and failure, when there is none (kill takes 0 for everybody).
pid_of() {
	local pid
	pid=$(state "${1:-$ID}" | member pid)
	[ "${pid:-0}" -gt 1 ] || fail "the container has no process" || return
	echo "$pid"
}

is_status() {
	[ "$(state_of "${2:-$ID}")" = "$1" ]
}

# find_tool NAME [OPTION...]: sets TOOL to the program NAME of tests/tools: that which `make check` built, or else, for
# other runtimes than mcrun, one that is compiled with these options, -static unless told, once a file of tests.
find_tool() {
	local options=("${@:2}") name=$1
	TOOL=${MCRUN_BUILD:-$TESTS_DIR/../..}/tests/tools/$name
	[ ! -x "$TOOL" ] || return 0
	requires tool:cc
	TOOL=$BATS_FILE_TMPDIR/$name
	[ -x "$TOOL" ] || cc -O1 -D_GNU_SOURCE "${options[@]:--static}" -o "$TOOL" "$TESTS_DIR/../tools/${name%.so}.c" 2>"$T/cc" ||
		skip_avoidable "needs tests/tools/$name, which make check builds, or a compiler that does"
}

# The program started in the background of this test that teardown ends.
own_pid() {
	echo "$1" >>"$T/pids"
}

# hold OPTION...: a process in new namespaces of the types that are given as options of unshare(1); sets HOLDER.
hold() {
	unshare "$@" sh -c 'echo ready; exec sleep 1000' >"$T/holder" 3>&- &
	HOLDER=$!
	own_pid "$HOLDER"
	wait_for file_has "$T/holder" ready
}

# --- waiting ----------------------------------------------------------------------------------

# wait_for CONDITION...: until the command succeeds, or the time limit is over.
wait_for() {
	local end=$((SECONDS + LIMIT))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || fail "waited $LIMIT s in vain for: $*"
		sleep 0.02
	done
}

pid_gone() {
	local line=
	{ IFS= read -r -d '' line <"/proc/$1/stat"; } 2>/dev/null || true
	[[ $line != *')'* || ${line##*') '} == Z* ]]
}

file_has() {
	grep -qs -- "$2" "$1"
}

# --- assertions -------------------------------------------------------------------------------

# Says what went wrong and what the last call had to say.
fail() {
	{
		printf '%s\n' "$*"
		if [ -n "${LAST:-}" ]; then
			printf -- '-- %s\n-- status: %s\n' "$LAST" "${status:-}"
			printf -- '-- stdout: %s\n-- stderr: %s\n' "${output:0:1500}" "${stderr:0:1500}"
		fi
	} >&2
	return 1
}

assert() {
	"$@" || fail "not true: $*"
}

refute() {
	! "$@" || fail "true, and should not be: $*"
}

assert_equal() {
	[ "$1" = "$2" ] || fail "${3:-value}: expected '$2', got '$1'"
}

assert_success() {
	[ "$status" -eq 0 ] || fail "expected success"
}

# assert_status N: of a program in the container.
assert_status() {
	[ "$status" -eq "$1" ] || fail "expected status $1"
}

# The runtime itself refused or failed: status 1 (124 and more would be the time limit or a signal).
assert_failure() {
	if [ "$RUNTIME_NAME" = mcrun ]; then
		[ "$status" -eq 1 ] || fail "expected failure with status 1"
	else
		[ "$status" -ne 0 ] && [ "$status" -lt 124 ] || [ "$status" -eq 255 ] || fail "expected failure"
	fi
}

assert_output() {
	[ "$output" = "$1" ] || fail "expected stdout '$1'"
}

# assert_has TEXT PART...: all parts, whatever their case.
assert_has() {
	local text=${1,,} part
	shift
	for part in "$@"; do
		[[ $text == *"${part,,}"* ]] || fail "no '$part' in: $text"
	done
}

# assert_says PART...: the message of the last call, where the words are mcrun's own.
assert_says() {
	[ -n "$stderr" ] || fail "no message"
	[ "$RUNTIME_NAME" != mcrun ] || assert_has "$stderr" "$@"
}

assert_has_not() {
	local text=${1,,} part
	shift
	for part in "$@"; do
		[[ $text != *"${part,,}"* ]] || fail "'$part' in: $text"
	done
}

assert_line() {
	printf '%s\n' "$output" | grep -qxF -- "$1" || fail "no line '$1'"
}

# assert_refused [NOUN...]: failed with one message that names every noun, and nothing is left of the container.
# The words of the message are mcrun's own; of another runtime only a message is expected.
assert_refused() {
	assert_failure
	[ -n "$stderr" ] || fail "failed without a message"
	if [ "$RUNTIME_NAME" = mcrun ]; then
		[ "$(grep -c '' "$ERR")" -eq 1 ] || fail "expected one line on stderr"
		[[ $stderr == "mcrun: "* ]] || fail "the message does not begin with 'mcrun: '"
		assert_has "$stderr" "$@"
	fi
	assert_nothing_left
}

# What a container may leave: its state, processes, cgroups, mounts.  Sets LEFT to what it found.
find_left() {
	local dir mounts
	LEFT=
	for dir in "$ROOT"/*; do
		[ ! -d "$dir" ] || LEFT+="state directory $dir"$'\n'
	done
	for dir in $(container_cgroups); do
		LEFT+="cgroup $dir (processes: $(tr '\n' ' ' <"$dir/cgroup.procs" 2>/dev/null))"$'\n'
	done
	for dir in $(container_pids); do
		LEFT+="process $dir: $(tr '\0' ' ' <"/proc/$dir/cmdline" 2>/dev/null)"$'\n'
	done
	mapfile -t mounts </proc/self/mountinfo
	for dir in "${mounts[@]}"; do
		[[ $dir != *" $BUNDLE"* ]] || LEFT+="mount: $dir"$'\n'
	done
	[ -z "$LEFT" ]
}

assert_nothing_left() {
	local end=$((SECONDS + 2))
	until find_left; do			# a killed process takes a moment to go
		[ "$SECONDS" -lt "$end" ] || { fail "left behind: $LEFT"; return 1; }
		sleep 0.02
	done
}

# Every cgroup directory of this test's containers, the deepest first.
container_cgroups() {
	local mounts=() mount type
	while read -r _ mount type _; do
		[[ $type != cgroup && $type != cgroup2 ]] || mounts+=("$mount")
	done </proc/self/mounts
	((${#mounts[@]} == 0)) || find "${mounts[@]}" -depth -maxdepth 6 -type d -path "*$ID*" 2>/dev/null || true
}

# Every process of this test's containers: it carries the id in its environment.
container_pids() {
	local file pid
	grep -lsaF "MCRUN_TEST_ID=$ID" /proc/[0-9]*/environ 2>/dev/null | while IFS= read -r file; do
		pid=${file#/proc/}
		pid=${pid%/environ}
		pid_gone "$pid" || echo "$pid"
	done
}

# For wait_for.
no_process() {
	[ -z "$(container_pids)" ]
}

# --- the end ----------------------------------------------------------------------------------

# Deletes whatever exists, then says what the runtime could not delete itself, and fails for it.
teardown_bundle() {
	local id pid dir left
	[ -n "${BUNDLE:-}" ] || return 0

	if [ -f "$T/pids" ]; then
		while read -r pid; do
			kill -CONT "$pid" 2>/dev/null || true
			kill -TERM "$pid" 2>/dev/null || true
		done <"$T/pids"
	fi
	for dir in "$ROOT"/*/; do
		[ -d "$dir" ] || continue
		id=${dir%/}
		timeout -k 2 "$LIMIT" "$RUNTIME" --root "$ROOT" delete --force "${id##*/}" \
			</dev/null >"$T/out.end" 2>&1 3>&- || echo "delete --force ${id##*/} failed: $(cat "$T/out.end")" >&2
	done
	if [ -f "$T/pids" ]; then
		while read -r pid; do
			pid_gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
		done <"$T/pids"
	fi
	assert_nothing_left 2>"$T/left" || left=1
	[ -z "${left:-}" ] || remove_left
	if [ -n "${left:-}" ]; then
		printf 'the runtime left something behind:\n' >&2
		grep -v '^-- ' "$T/left" >&2
		return 1
	fi
}

# What the runtime left behind must not trouble the next test.  Only things with this test's id.
remove_left() {
	local dir pid
	for pid in $(container_pids) $(for dir in $(container_cgroups); do cat "$dir/cgroup.procs" 2>/dev/null; done); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	awk -v b=" $BUNDLE" 'index($0, b) { print $5 }' /proc/self/mountinfo | sort -r | while IFS= read -r dir; do
		umount -l "$dir" || true
	done
	for dir in $(container_cgroups); do
		wait_for rmdir "$dir" || true
	done
}

# --- what a test needs ------------------------------------------------------------------------

# requires WORD...: skips the test where the machine cannot run it. A reason that begins with "machine:" is for good:
# neither this kind of machine nor the virtual one of tests/vm could meet it. Any other must be met in one of the two.
#   mcrun            the runtime under test is mcrun itself
#   root             run as root
#   tool:NAME        a program of the machine
#   command:NAME     a command that mcrun may not have yet; another runtime is taken to have it
#   unified hybrid   pure cgroup v2; v1 controllers with a cgroup v2 tree beside them
#   cgroup2          a cgroup v2 tree, whatever else is there
#   controller:NAME  a cgroup v2 controller
#   swap             swap, counted by the memory controller
#   userns timens    namespaces of the kernel
#   kernel:6.3       this Linux or a newer one
#   cap:NAME         a capability of the caller's (cap:sys_resource)
#   systemd          systemd is the init of this machine
requires() {
	local word
	for word in "$@"; do
		case $word in
		mcrun)
			[ "$RUNTIME_NAME" = mcrun ] || skip "this is mcrun's own"
			;;
		root)
			[ "$(id -u)" -eq 0 ] || skip_avoidable "needs root"
			;;
		tool:*)
			command -v "${word#*:}" >/dev/null || skip_avoidable "needs the program ${word#*:}"
			;;
		command:*)
			[ "$RUNTIME_NAME" != mcrun ] || "$RUNTIME" --help | grep -qE "^  ${word#*:} " ||
				skip "not built yet: ${word#*:}"
			;;
		unified)
			[ "$(stat -f -c %T /sys/fs/cgroup 2>/dev/null)" = cgroup2fs ] || skip "needs a cgroup v2 host"
			;;
		hybrid)
			[ "$(stat -f -c %T /sys/fs/cgroup 2>/dev/null)" = tmpfs ] &&
				[ -n "$(cgroup2_mount)" ] || skip "machine: needs a host with cgroup v1 and v2"
			;;
		cgroup2)
			[ -n "$(cgroup2_mount)" ] || skip "needs a cgroup v2 tree"
			;;
		controller:*)
			grep -qsw "${word#*:}" "$(cgroup2_mount)/cgroup.controllers" ||
				skip "needs the cgroup v2 controller ${word#*:}"
			;;
		swap)
			[ "$(wc -l </proc/swaps)" -gt 1 ] || skip "needs swap"
			;;
		userns)
			[ -e /proc/self/ns/user ] && unshare --user true 2>/dev/null || skip "needs user namespaces"
			;;
		kernel:*)
			printf '%s\n' "${word#*:}" "$(uname -r)" | sort --version-sort --check=quiet ||
				skip "needs Linux ${word#*:}"
			;;
		timens)
			[ -e /proc/self/ns/time ] || skip "needs time namespaces"
			;;
		cap:*)
			has_cap "${word#*:}" || skip "needs CAP_${word#*:}"
			;;
		systemd)
			[ -d /run/systemd/system ] || skip "needs systemd"
			;;
		*)
			fail "requires: unknown word '$word'"
			;;
		esac
	done
}

# valid [--exact] SCHEMA [MAY-BE-ABSENT]: the last call's output; tests/data/schema has SCHEMA, schema.py says the rest.
valid() {
	python3 -c 'import jsonschema' 2>/dev/null || skip_avoidable "needs python3 with jsonschema (package python3-jsonschema)"
	local errors
	errors=$(python3 "$TESTS_DIR/schema.py" "$@" <<<"$output") || fail "not as $* wants it: $errors"
}

skip_avoidable() {
	[ "${MCRUN_TEST_STRICT:-0}" = 0 ] || { fail "$1 (a failure because of MCRUN_TEST_STRICT)"; return 1; }
	skip "$1"
}

# Where cgroup v2 is mounted, the first place.
cgroup2_mount() {
	local mount type
	while read -r _ mount type _; do
		[ "$type" != cgroup2 ] || { echo "$mount"; break; }
	done </proc/self/mounts
}

# The capabilities a test can ask for, by number.
has_cap() {
	local n eff
	case ${1,,} in
	sys_admin) n=21 ;;
	sys_resource) n=24 ;;
	mknod) n=27 ;;
	*) fail "has_cap: add the number of '$1'"; return 1 ;;
	esac
	eff=$(awk '/^CapEff/ { print $2 }' /proc/self/status)
	[ $(((16#$eff >> n) & 1)) -eq 1 ]
}
