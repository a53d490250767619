#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Hooks: six kinds, their order, where they run, what they are told, and what their failure does.

load helpers

# hook_told PLACE HOW: the message, as it stands but for the line of config.json, and N in place of how long a hook ran.
hook_told() {
	local kind=${1#*/hooks/}
	[ "$RUNTIME_NAME" = mcrun ] || return 0
	assert_equal "$(sed -E "s|$BUNDLE/config.json:[0-9]+:[0-9]+: ||; s/((exited with|was killed by) \\S+ after) [0-9]+ ms/\\1 N ms/" "$ERR")" \
		"mcrun: $1: ${kind%/*} hook: $2" message
}

# now: milliseconds.
now() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

@test "all kinds run, in the order of the lifecycle, and those of a kind in the listed order" {
	local kind
	for kind in poststop poststart createContainer createRuntime prestart; do
		hook "$kind" "echo $kind 1 >>$BUNDLE/rootfs/log"
		hook "$kind" "echo $kind 2 >>$BUNDLE/rootfs/log"
	done
	hook startContainer 'echo startContainer 1 >>/log'
	hook startContainer 'echo startContainer 2 >>/log'
	config_sh 'sleep 1000'
	create_ok
	assert_equal "$(cat "$BUNDLE/rootfs/log")" "$(printf '%s\n' prestart\ {1,2} createRuntime\ {1,2} createContainer\ {1,2})" \
		"hooks of create"
	start_ok
	assert_equal "$(tail -n +7 "$BUNDLE/rootfs/log")" "$(printf '%s\n' startContainer\ {1,2} poststart\ {1,2})" "hooks of start"
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(tail -n +11 "$BUNDLE/rootfs/log")" "$(printf '%s\n' poststop\ {1,2})" "hooks of delete"
}

@test "the program runs after startContainer hooks, and before poststart hooks" {
	hook startContainer 'echo startContainer >>/log'
	hook poststart "readlink /proc/\$(sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p')/exe >\$LOG"
	config_sh 'echo program >>/log; sleep 1000'
	create_ok
	start_ok
	wait_for file_has "$BUNDLE/rootfs/log" program
	assert_equal "$(cat "$BUNDLE/rootfs/log")" "$(printf 'startContainer\nprogram')"
	assert_equal "$(log)" /bin/busybox "the program that the poststart hook saw"
}

@test "a hook gets the state on stdin: version, id, status, pid, bundle, annotations" {
	config '.annotations = {key: "value"}'
	hook createRuntime 'cat >$LOG'
	create_ok
	assert jq -e --arg id "$ID" --arg bundle "$BUNDLE" --argjson pid "$(pid_of)" '
		.id == $id and .bundle == $bundle and .pid == $pid and .annotations.key == "value"
		and (.ociVersion | length > 0) and .status == "creating"' "$T/log"
}

@test "the status that a hook is told is that of its moment" {
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook "$kind" "echo $kind \$(sed -n 's/.*\"status\": *\"\\([a-z]*\\)\".*/\\1/p') >>\$LOG"
	done
	hook startContainer "echo startContainer \$(sed -n 's/.*\"status\": *\"\\([a-z]*\\)\".*/\\1/p') >/log"
	create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(log)" "$(printf '%s\n' 'prestart creating' 'createRuntime creating' 'createContainer creating' \
		'poststart running' 'poststop stopped')"
	assert_equal "$(cat "$BUNDLE/rootfs/log")" "startContainer created"
}

@test "the pid that a hook is told is the one of its namespace" {
	local kind pid
	for kind in prestart createRuntime createContainer poststart; do
		hook "$kind" "echo $kind \$(sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p') >>\$LOG"
	done
	hook startContainer "sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p' >/log"
	create_ok
	pid=$(pid_of)
	start_ok
	assert_equal "$(log)" "$(printf '%s\n' "prestart $pid" "createRuntime $pid" "createContainer 1" "poststart $pid")"
	assert_equal "$(cat "$BUNDLE/rootfs/log")" 1
}

@test "prestart, createRuntime, poststart and poststop run in the namespaces of the runtime" {
	local kind name
	for kind in prestart createRuntime poststart poststop; do
		hook "$kind" "for n in mnt net pid uts ipc; do readlink /proc/self/ns/\$n; done >>\$LOG"
	done
	create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_success
	for name in mnt net pid uts ipc; do
		assert_equal "$(log | grep -cF "$(readlink /proc/self/ns/$name)")" 4 "hooks in the $name namespace of the runtime"
	done
}

@test "createContainer runs in the namespaces of the container, and its path is the runtime's" {
	hook createContainer 'for n in mnt net pid uts ipc; do readlink /proc/self/ns/$n; done >$LOG'
	create_ok
	local pid name
	pid=$(pid_of)
	for name in mnt net uts ipc; do
		assert file_has "$T/log" "$(readlink "/proc/$pid/ns/$name" | sed 's/[][]/\\&/g')"
	done
}

@test "createContainer runs before the root is changed, with the mounts in place" {
	config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"}]'
	hook createContainer "grep -c ' $BUNDLE/rootfs/mnt ' /proc/self/mountinfo >\$LOG; touch $BUNDLE/rootfs/mnt/by-hook"
	run_sh 'ls /mnt'
	assert_equal "$(log)" 1
	assert_output by-hook
}

@test "a mount that a createContainer hook makes in the root is seen by the program" {
	mkdir "$T/volume"
	echo by-hook >"$T/volume/file"
	hook createContainer "mount --bind $T/volume $BUNDLE/rootfs/mnt"
	run_sh 'cat /mnt/file'
	assert_output by-hook
	assert_nothing_left
}

@test "a createRuntime hook can reach the network namespace of the container" {
	requires tool:nsenter
	hook createRuntime 'pid=$(sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p"); nsenter -t $pid -n sh -c "echo 42 >/proc/sys/net/ipv4/ip_default_ttl"'
	run_sh 'cat /proc/sys/net/ipv4/ip_default_ttl'
	assert_output 42
}

@test "while startContainer hooks run the container is created, for others as well" {
	hook startContainer 'touch /begun; while [ ! -e /go ]; do sleep 0.05; done'
	config_args sleep 1000
	create_ok
	"$RUNTIME" --root "$ROOT" start "$ID" 3>&- &
	own_pid $!
	local start=$!
	wait_for test -e "$BUNDLE/rootfs/begun"
	assert_equal "$(state_of)" created status
	touch "$BUNDLE/rootfs/go"
	wait "$start"
	assert_equal "$(state_of)" running status
}

@test "startContainer runs in the container: its root, its path" {
	printf '#!/bin/sh\npwd >/log; hostname >>/log; ls -d /data >>/log; echo "$1" >>/log\n' | rootfs_file hook 0755
	config '.hooks.startContainer = [{path: "/hook", args: ["hook", "argument"]}]'
	create_ok
	start_ok
	assert_has "$(cat "$BUNDLE/rootfs/log")" box /data argument
}

@test "a hook has its args and its env, and only these" {
	export CALLER_SECRET=secret
	config --arg log "$T/log" '.hooks.createRuntime = [{path: "/bin/sh",
		args: ["name", "-c", "tr \"\\0\" \"\\n\" </proc/self/cmdline >\($log); tr \"\\0\" \"\\n\" </proc/$$/environ >>\($log)", "a b"], env: ["ONE=1", "TWO=2 2"]}]'
	create_ok
	assert_has "$(log)" ONE=1 "TWO=2 2"
	assert_has_not "$(log)" CALLER_SECRET
}

@test "the environment of a hook of any kind is exactly its env, in its order; of one without env it is empty" {
	export CALLER_SECRET=secret
	local kind log kinds="prestart createRuntime createContainer startContainer poststart poststop"
	config '.process.env += ["OF_THE_PROGRAM=1"]'
	for kind in $kinds; do
		# The shell opens it, and is there while it is read: what it was given itself. startContainer hooks see the root of the container.
		log=$T/$kind
		[ "$kind" != startContainer ] || log=/$kind
		config --arg k "$kind" --arg s "exec 3</proc/self/environ; cat <&3 >$log" '.hooks[$k] = [
			{path: "/bin/sh", args: ["sh", "-c", $s + ".given; true"], env: ["TWO=2 2", "ONE=1", "PATH=/usr/bin:/bin", "KIND=\($k)", "NONE="]},
			{path: "/bin/sh", args: ["sh", "-c", $s + ".absent; true"]}]'
	done
	create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_success
	cp "$BUNDLE"/rootfs/startContainer.* "$T"
	for kind in $kinds; do
		assert_equal "$(tr '\0' '\n' <"$T/$kind.given")" "$(printf '%s\n' "TWO=2 2" ONE=1 PATH=/usr/bin:/bin "KIND=$kind" NONE=)" "$kind"
		assert_equal "$(tr '\0' '\n' <"$T/$kind.absent")" "" "$kind without env"
	done
}

@test "a hook whose args are absent has its path as its name" {
	printf '#!/bin/sh\necho "$0" >%s\n' "$T/log" >"$T/hook"
	chmod 755 "$T/hook"
	config --arg p "$T/hook" '.hooks.createRuntime = [{path: $p}]'
	create_ok
	assert_equal "$(log)" "$T/hook"
}

@test "a hook that does not read its stdin is no failure" {
	config '.hooks.createRuntime = [{path: "/bin/true"}] | .annotations = {long: ("x" * 200000)}'
	create_ok
}

@test "a hook that fails stops create: its name and what it said are told, nothing is left" {
	local kind
	for kind in prestart createRuntime createContainer; do
		config 'del(.hooks)'
		hook "$kind" true
		hook "$kind" 'echo this is why >&2; exit 7'
		hook "$kind" "touch $T/third"
		create
		assert_refused "/hooks/$kind/1"
		hook_told "/hooks/$kind/1" "/bin/sh exited with 7 after N ms; output: this is why"
		refute test -e "$T/third"
	done
}

@test "a startContainer hook that fails makes start fail, and the program does not run" {
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo this is why >&2; exit 7"]}]'
	hook poststop 'echo poststop >>$LOG'
	config_sh 'echo ran >/ran'
	create_ok
	mcrun start "$ID"
	assert_failure
	hook_told /hooks/startContainer/0 "/bin/sh exited with 7 after N ms; output: this is why"
	refute test -e "$BUNDLE/rootfs/ran"
	# The lifecycle goes on with steps 12 and 13: destroyed, poststop hooks.
	mcrun state "$ID"
	[ "$status" -ne 0 ] || wait_for is_status stopped
}

@test "a poststart hook that fails makes start fail, and the program is stopped" {
	hook poststart 'echo this is why; exit 7'
	create_ok
	local pid
	pid=$(pid_of)
	mcrun start "$ID"
	assert_failure
	hook_told /hooks/poststart/0 "/bin/sh exited with 7 after N ms; output: this is why"
	wait_for pid_gone "$pid"
}

# bats test_tags=mcrun
@test "a container whose startContainer or poststart hook failed is destroyed, its poststop hooks run" {
	requires mcrun
	local kind
	for kind in startContainer poststart; do
		rm -f "$T/log"
		config 'del(.hooks)'
		config --arg k "$kind" '.hooks[$k] = [{path: "/bin/false"}]'
		hook poststop 'echo poststop >>$LOG'
		create_ok
		mcrun start "$ID"
		assert_failure
		assert_equal "$(log)" poststop
		assert_nothing_left
	done
}

@test "poststop hooks run also after a create that failed in its hooks" {
	hook createRuntime 'exit 7'
	hook poststop 'echo poststop >>$LOG'
	create
	assert_failure
	assert_equal "$(log)" poststop
	assert_nothing_left
}

@test "no hook runs when create fails before them" {
	hook createRuntime 'echo createRuntime >>$LOG'
	hook poststop 'echo poststop >>$LOG'
	config '.linux.sysctl = {"vm.swappiness": "1"}'
	create
	assert_failure
	assert_equal "$(log)" ""
}

@test "a poststop hook that fails is a warning: the others run and delete succeeds" {
	hook poststop 'echo this is why >&2; exit 7'
	hook poststop 'echo second >>$LOG'
	create_ok
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(log)" second
	hook_told "warning: /hooks/poststop/0" "/bin/sh exited with 7 after N ms; output: this is why"
	assert_nothing_left
}

# bats test_tags=mcrun
@test "what became of a hook is told in numbers: its status or signal, how long it ran, the end of what it said" {
	requires mcrun
	local script how ms
	while IFS='|' read -r script how; do
		config 'del(.hooks)'
		hook createRuntime true
		hook createRuntime "$script"
		create
		assert_refused
		hook_told /hooks/createRuntime/1 "/bin/sh $how"
	done <<-'CASES'
		exit 1|exited with 1 after N ms
		exit 255|exited with 255 after N ms
		echo one; echo two >&2; exit 3|exited with 3 after N ms; output: one two
		printf 'a\tb\n\033[1mc\n\n'; exit 3|exited with 3 after N ms; output: a b  [1mc
		kill -SEGV $$|was killed by SIGSEGV after N ms
		echo last words; kill -TERM $$|was killed by SIGTERM after N ms; output: last words
	CASES
	# Of more than 3072 bytes the last ones.
	config 'del(.hooks)'
	hook createRuntime 'printf "%05072d\nend\n" 0 | tr 0 x; exit 3'
	create
	hook_told /hooks/createRuntime/0 "/bin/sh exited with 3 after N ms; output: ...$(printf '%03067d' 0 | tr 0 x) end"
	config 'del(.hooks)'
	hook createRuntime 'sleep 0.3; exit 3'
	ms=$(now)
	create
	ms=$(($(now) - ms))
	[[ $stderr =~ after\ ([0-9]+)\ ms$ ]]
	assert test "${BASH_REMATCH[1]}" -ge 300 -a "${BASH_REMATCH[1]}" -le "$ms"
}

@test "poststop hooks run after the container is gone" {
	hook poststop 'sed -n "s/.*\"status\": *\"\([a-z]*\)\".*/\1/p" >$LOG'
	hook poststop "ls -d $ROOT/$ID >>\$LOG 2>/dev/null; cat /sys/fs/cgroup/$ID/cgroup.procs /sys/fs/cgroup/*/$ID/cgroup.procs 2>/dev/null >>\$LOG"
	create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(head -n 1 "$T/log")" stopped
	assert_equal "$(sed -n '2,$p' "$T/log" | grep -v "^$ROOT")" "" "processes in the cgroup"
}

@test "a hook that takes longer than its timeout is ended then, and create fails" {
	local begin ms timeout
	for timeout in 1 2; do
		config --arg log "$T/log" --argjson s "$timeout" '.hooks.createRuntime = [{path: "/bin/sh",
			args: ["sh", "-c", "echo $$ >\($log); echo waiting; exec sleep 1000"], timeout: $s}]'
		begin=$(now)
		create
		ms=$(($(now) - begin))
		assert_refused /hooks/createRuntime/0
		hook_told /hooks/createRuntime/0 "/bin/sh timed out after ${timeout}000 ms and was killed; output: waiting"
		assert test "$ms" -ge "${timeout}000" -a "$ms" -lt "$((timeout + 4))000"
		wait_for pid_gone "$(log)"
	done
}

@test "hooks begin in the bundle; a startContainer hook begins where the program will" {
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook "$kind" "echo $kind \$(pwd -P) >>\$LOG"
	done
	hook startContainer 'pwd -P >/log'
	config '.process.cwd = "/data"'
	cd /
	create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(log)" "$(printf '%s '"$BUNDLE"'\n' prestart createRuntime createContainer poststart poststop)"
	assert_equal "$(cat "$BUNDLE/rootfs/log")" /data startContainer
}

# slow_hook KIND FILE: a hook with a child, in one group, that notes both pids and ends only by its timeout.
slow_hook() {
	config --arg k "$1" --arg f "$2" '.linux.namespaces |= map(select(.type != "pid"))
		| .hooks[$k] = [{path: "/bin/sh", timeout: 1, args: ["sh", "-c", "sleep 1000 & echo $$ $! >\($f); wait"]}]'
}

# Of the hook above nothing is left.
assert_group_gone() {
	local pids pid
	read -ra pids <"$1"
	assert_equal "${#pids[@]}" 2 "pids of hook and child"
	for pid in "${pids[@]}"; do
		own_pid "$pid"
		wait_for pid_gone "$pid"
	done
}

@test "a hook of create that takes too long is ended with its children, and create fails" {
	local kind
	for kind in prestart createRuntime createContainer; do
		rm -f "$T/log"
		config 'del(.hooks)'
		slow_hook "$kind" "$T/pids-of-$kind"
		hook poststop 'echo poststop >>$LOG'
		create
		assert_refused "/hooks/$kind/0"
		hook_told "/hooks/$kind/0" "/bin/sh timed out after 1000 ms and was killed"
		assert_group_gone "$T/pids-of-$kind"
		assert_equal "$(log)" poststop
	done
}

@test "a hook of start that takes too long is ended with its children, and start fails" {
	local kind
	for kind in startContainer poststart; do
		config 'del(.hooks)'
		rm -f "$T/pids-of" "$BUNDLE/rootfs/pids-of"
		case $kind in
		startContainer) slow_hook "$kind" /pids-of ;;
		*) slow_hook "$kind" "$T/pids-of" ;;
		esac
		create_ok
		mcrun start "$ID"
		assert_failure
		hook_told "/hooks/$kind/0" "/bin/sh timed out after 1000 ms and was killed"
		[ "$kind" = poststart ] || mv "$BUNDLE/rootfs/pids-of" "$T/pids-of"
		assert_group_gone "$T/pids-of"
		mcrun delete --force "$ID"
	done
}

@test "a poststop hook that takes too long is ended with its children: a warning, and the next one runs" {
	slow_hook poststop "$T/pids-of"
	hook poststop 'echo second >>$LOG'
	create_ok
	mcrun delete --force "$ID"
	assert_success
	hook_told "warning: /hooks/poststop/0" "/bin/sh timed out after 1000 ms and was killed"
	assert_equal "$(log)" second
	assert_group_gone "$T/pids-of"
	assert_nothing_left
}

@test "a hook can ask for the state of its own container" {
	local kind
	for kind in prestart createRuntime poststart; do
		hook "$kind" "$RUNTIME --root $ROOT state $ID | tr -d '\n' >>\$LOG; echo >>\$LOG"
	done
	hook poststop "$RUNTIME --root $ROOT state $ID 2>/dev/null || echo '{\"status\": \"none\"}' >>\$LOG"
	create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(jq -r .status "$T/log" | tr '\n' ' ')" "creating creating running none "
}

@test "a createContainer hook that asks for the state of its container is answered" {
	hook createContainer "$RUNTIME --root $ROOT state $ID >\$LOG"
	create_ok
	assert_equal "$(jq -r .id "$T/log")" "$ID"
}

@test "a poststart hook can kill its own container" {
	hook poststart "$RUNTIME --root $ROOT kill $ID KILL; echo \$? >\$LOG"
	create_ok
	local pid
	pid=$(pid_of)
	start_ok
	assert_equal "$(log)" 0
	wait_for pid_gone "$pid"
	wait_for is_status stopped
}

# bats test_tags=mcrun
@test "a createRuntime hook that deletes its own container with --force: create fails, nothing is left" {
	requires mcrun
	hook createRuntime "$RUNTIME --root $ROOT delete --force $ID"
	create
	assert_failure
	assert_nothing_left
}

@test "a poststop hook is told no pid" {
	hook poststop 'cat >$LOG'
	create_ok
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(jq -r '.pid // "none"' "$T/log")" none
}

@test "a hook that ends within its timeout is fine" {
	config '.hooks.createRuntime = [{path: "/bin/true", timeout: 100}]'
	create_ok
}

@test "a hook that is missing, or no program, fails with its name" {
	config '.hooks.createRuntime = [{path: "/no/such/hook"}]'
	create
	assert_refused /hooks/createRuntime/0
	hook_told /hooks/createRuntime/0 "execute /no/such/hook: missing (ENOENT)"
	echo text >"$T/text"
	config --arg p "$T/text" '.hooks.createRuntime = [{path: $p}]'
	create
	assert_refused /hooks/createRuntime/0
	hook_told /hooks/createRuntime/0 "execute $T/text: access denied (EACCES)"
	chmod +x "$T/text"
	create
	assert_refused /hooks/createRuntime/0
	hook_told /hooks/createRuntime/0 "execute $T/text: Exec format error"
}

@test "a hook that dies of a signal fails" {
	hook createRuntime 'kill -KILL $$'
	create
	assert_refused /hooks/createRuntime/0
	hook_told /hooks/createRuntime/0 "/bin/sh was killed by SIGKILL after N ms"
}

@test "a hook whose path is not absolute is refused before anything happens" {
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		config --arg k "$kind" '.hooks = {($k): [{path: "bin/true"}]}'
		create
		assert_refused "/hooks/$kind/0/path"
	done
}

@test "a timeout that is not greater than zero is refused" {
	local timeout
	for timeout in 0 -1; do
		config ".hooks.createRuntime = [{path: \"/bin/true\", timeout: $timeout}]"
		create
		assert_refused /hooks/createRuntime/0/timeout
	done
}

@test "hooks get no descriptor but stdin, stdout and stderr" {
	config --arg l "$T/log" '.hooks.createRuntime = [{path: "/bin/ls", args: ["ls", "/proc/self/fd"]},
		{path: "/bin/sh", args: ["sh", "-c", "exec ls /proc/self/fd >\($l)"]}]'
	create_ok
	assert_equal "$(tr '\n' ' ' <"$T/log")" "0 1 2 3 " "descriptors of ls"
}

@test "what hooks print does not come out of create that succeeds" {
	hook createRuntime 'echo noise'
	create_ok
	assert_equal "$output" "" stdout
}

@test "hooks of fields that are null or empty are none" {
	config '.hooks = {createRuntime: null, poststop: []}'
	create_ok
}

# bats test_tags=mcrun
@test "annotations name files that all hooks' stdout and stderr are appended to" {
	requires mcrun
	local kind
	config --arg t "$T" '.annotations = {"run.oci.hooks.stdout": "\($t)/said", "run.oci.hooks.stderr": "wrong"}'
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook "$kind" "echo out of $kind; echo err of $kind >&2"
	done
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo out of startContainer; echo err of startContainer >&2"]}]'
	create_ok
	start_ok
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(cat "$T/said")" "$(printf 'out of %s\n' prestart createRuntime createContainer startContainer poststart poststop)"
	assert_equal "$(cat "$BUNDLE/wrong")" "$(printf 'err of %s\n' prestart createRuntime createContainer startContainer poststart poststop)"
}

# bats test_tags=mcrun
@test "of a hook that fails, only what is not written to a file stands in the error" {
	requires mcrun
	config --arg t "$T" '.annotations = {"run.oci.hooks.stdout": "\($t)/said"}'
	hook createRuntime 'echo to the file; echo to the error >&2; exit 3'
	create
	assert_refused /hooks/createRuntime/0 'exited with 3' 'to the error'
	assert_has_not "$stderr" 'to the file'
	assert_equal "$(cat "$T/said")" 'to the file'
}

# bats test_tags=mcrun
@test "a file for what hooks say that cannot be opened is an error, for poststop a warning" {
	requires mcrun
	config --arg t "$T" '.annotations = {"run.oci.hooks.stderr": "\($t)/no/such"}'
	hook createContainer 'true'
	create
	assert_refused '/annotations/run.oci.hooks.stderr' "$T/no/such"
	config '.hooks = {}'
	hook poststop 'echo ran >>$LOG'
	create_ok
	mcrun delete --force "$ID"
	assert_success
	assert_has "$stderr" warning "$T/no/such"
	assert_equal "$(log)" ran
}
