#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Kubernetes' way: a sandbox, containers that join its namespaces, probes by the hundred, resizing in place. What a
# kubelet asks of containerd, through the same socket; see cri.py.

load helpers

# By their numbers in the interface.
POD=0 CONTAINER=1 NODE=2 TARGET=3
EXITED=2
PROBES=200
HOST_TO_CONTAINER=1 BIDIRECTIONAL=2

# pod [FILTER]: runs a sandbox as a kubelet does, with a network and a cgroup of its own; FILTER, of jq, changes what is
# asked for. Sets $SANDBOX, its id.
pod() {
	jq -n --arg name "$C" --arg log "$T/log" --arg parent "$(pod_cgroup)" --argjson pid "$CONTAINER" '{
		metadata: { name: $name, uid: $name, namespace: "test" }, hostname: $name, log_directory: $log,
		linux: { cgroup_parent: $parent, security_context: {
			namespace_options: { pid: $pid }, seccomp: { profile_type: 0 } } } }
		| '"${1:-.}" >"$T/pod.json"
	SANDBOX=$(e RunPodSandbox "$(jq '{ config: . }' "$T/pod.json")" | jq -r .pod_sandbox_id)
	[ -n "$SANDBOX" ]
}

# create NAME [FILTER] -- COMMAND...: makes a container in the sandbox. Sets $ID.
create() {
	local name=$1 filter=.
	shift
	[[ $1 == -- ]] || { filter=$1; shift; }
	shift
	ID=$(e CreateContainer "$(jq -n --arg sandbox "$SANDBOX" --arg name "$name" --slurpfile pod "$T/pod.json" '{
		pod_sandbox_id: $sandbox, sandbox_config: $pod[0], config: ({
			metadata: { name: $name }, image: { image: "localhost/box:1" }, log_path: "\($name).log",
			command: $ARGS.positional,
			linux: { security_context: { namespace_options: $pod[0].linux.security_context.namespace_options,
				seccomp: { profile_type: 0 } } } } | '"$filter"') }' --args -- "$@")" | jq -r .container_id)
	[ -n "$ID" ]
}

# start NAME [FILTER] -- COMMAND...: makes and starts one.
start() { create "$@" && begin "$ID"; }
begin() { e StartContainer "{\"container_id\": \"$1\"}" >/dev/null; }
stop() { e StopContainer "{\"container_id\": \"$1\", \"timeout\": $2}" >/dev/null; }		# ID SECONDS
remove() { e RemoveContainer "{\"container_id\": \"$1\"}" >/dev/null; }
resize() { e UpdateContainerResources "{\"container_id\": \"$1\", \"linux\": $2}" >/dev/null; }	# ID RESOURCES
status_of() { e ContainerStatus "{\"container_id\": \"$1\", \"verbose\": true}"; }
member() { status_of "$1" | jq -r ".status.$2"; }						# ID NAME
is_member() { [[ $(member "$1" "$2") == "$3" ]]; }
pid_of() { status_of "$1" | jq -r '.info.info | fromjson | .pid'; }
said() { cut -d ' ' -f 4- "$T/log/$1.log"; }							# NAME

# The cgroup of a process, as the host sees it.
cgroup_of() { echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")"; }

# bats test_tags=core
@test "pod: a network of its own, reached from the host; members share it, host name and ipc, and not processes" {
	needs cri
	local ip
	pod
	# The runtime that the drop-in names, and a state root for each namespace of containerd.
	run e PodSandboxStatus "{\"pod_sandbox_id\": \"$SANDBOX\", \"verbose\": true}"
	assert_equal "$(jq -r '.info.info | fromjson.runtimeOptions.binary_name' <<<"$output")" "$RUNTIME"
	"$RUNTIME" --root /run/containerd/runc/k8s.io state "$SANDBOX"
	ip=$(e PodSandboxStatus "{\"pod_sandbox_id\": \"$SANDBOX\"}" | jq -r .status.network.ip)
	[[ $ip == "$POD_NET."* ]]
	start server -- sh -c 'echo from-inside >/tmp/index.html; exec httpd -f -p 80 -h /tmp'
	reached() { busybox wget -q -O - "$ip/" | grep -q from-inside; }
	wait_for reached
	start client -- sh -c 'hostname; wget -q -O - 127.0.0.1/; echo error >&2; ps -o args; readlink /proc/self/ns/ipc'
	wait_for is_member "$ID" state "$EXITED"
	run said client
	assert_has "$C" from-inside error "$(readlink "/proc/$(e PodSandboxStatus \
		"{\"pod_sandbox_id\": \"$SANDBOX\", \"verbose\": true}" | jq -r '.info.info | fromjson | .pid')/ns/ipc")"
	[[ $output != *httpd* ]] || fail "it sees the processes of another container"
	grep -q '^[^ ]* stderr F error$' "$T/log/client.log"
}

@test "pod: on the host's network" {
	needs cri
	pod "del(.hostname) | .linux.security_context.namespace_options.network = $NODE"
	start box -- sh -c 'readlink /proc/self/ns/net; hostname'
	wait_for is_member "$ID" state "$EXITED"
	run said box
	assert_output "$(readlink /proc/self/ns/net)"$'\n'"$(hostname)"
}

@test "pod: one process namespace for all; a debugger joins that of one container" {
	needs cri
	pod ".linux.security_context.namespace_options.pid = $POD"
	start one -- sleep 1234
	run e exec "$ID" ps -o pid,args
	assert_has "sleep 100000" "sleep 1234"
	e remove "$SANDBOX"

	C+=-two
	pod
	start target -- sleep 1234
	local target=$ID
	start debug ".linux.security_context.namespace_options = { pid: $TARGET, target_id: \"$target\" }" -- sleep 4321
	run e exec "$ID" ps -o pid,args
	assert_has "1 sleep 1234" "sleep 4321"
	stop "$ID" 0
	is_member "$target" state 1
}

# bats test_tags=core
@test "probes: output and status; no such program; one that takes too long is killed" {
	needs cri
	pod
	start box -- sleep 1000
	run e exec "$ID" sh -c 'echo out; echo err >&2; exit 3'
	assert_status 3
	assert_has out err
	run e exec "$ID" no-such-program
	assert_status 125
	assert_has 'executable file not found in $PATH'
	run e ExecSync "{\"container_id\": \"$ID\", \"cmd\": [\"sleep\", \"777\"], \"timeout\": 1}"
	assert_status 125
	assert_has DEADLINE_EXCEEDED
	run e exec "$ID" ps -o args
	[[ $output != *777* ]] || fail "it lives on"
	is_member "$ID" state 1
}

# bats test_tags=core
@test "stop: TERM, KILL when the time is up; exit codes; the next attempt; what is removed is gone" {
	needs cri
	pod
	start patient -- sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.1; done'
	local first=$ID
	ready() { said patient | grep -q ready; }
	wait_for ready
	stop "$first" 30
	assert_equal "$(member "$first" exit_code)" 5
	start patient '.metadata.attempt = 1' -- sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
	stop "$ID" 1
	assert_equal "$(member "$ID" exit_code)" 137
	remove "$ID"
	run status_of "$ID"
	assert_status 125
	[ ! -e "/run/containerd/runc/k8s.io/$ID" ]
	create missing -- /no/such/program
	run begin "$ID"
	assert_status 125
	assert_has "no such file or directory"
	assert_equal "$(member "$ID" state)" "$EXITED"
	start last -- sleep 1000
	e StopPodSandbox "{\"pod_sandbox_id\": \"$SANDBOX\"}" >/dev/null
	assert_equal "$(member "$ID" exit_code)" 137 "of what ran when the pod was stopped"
}

@test "security context: user and groups, capabilities, read-only root, no new privileges, seccomp; privileged" {
	needs cri
	pod '.linux.sysctls = { "net.ipv4.ip_unprivileged_port_start": "80" } | .linux.security_context.privileged = true'
	start bound '.linux.security_context += { run_as_user: { value: 1000 }, run_as_group: { value: 1001 },
		supplemental_groups: [2000], readonly_rootfs: true, no_new_privs: true,
		capabilities: { drop_capabilities: ["ALL"], add_capabilities: ["NET_BIND_SERVICE"] },
		masked_paths: ["/proc/timer_list"], readonly_paths: ["/proc/sys"] }' -- sh -c \
		'id -u; id -g; id -G; touch /tmp/x 2>&1; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; cat /proc/self/status'
	wait_for is_member "$ID" state "$EXITED"
	run said bound
	assert_has $'1000\n1001\n' 2000 "Read-only file system" $'\n80\n' $'NoNewPrivs:\t1' $'Seccomp:\t2' \
		$'CapBnd:\t0000000000000400'
	start free '.linux.security_context.privileged = true' -- sh -c 'mount -t tmpfs none /data && echo mounted; cat /proc/self/status'
	wait_for is_member "$ID" state "$EXITED"
	run said free
	assert_has mounted $'Seccomp:\t0'
}

@test "volumes: read-only; what is mounted on the host afterwards appears, and what a driver mounts inside, outside" {
	needs cri
	local box volume=$ENGINES_WORK/volume
	mkdir -p "$volume/in" "$volume/out"
	mount --bind "$volume" "$volume"
	mount --make-shared "$volume"
	pod '.linux.security_context.privileged = true'
	start box ".mounts = [{ container_path: \"/in\", host_path: \"$volume\", readonly: true, propagation: $HOST_TO_CONTAINER }]" -- \
		sleep 1000
	box=$ID
	mount -t tmpfs -o size=1m later "$volume/in"
	run e exec "$box" sh -c 'grep " /in/in " /proc/mounts; touch /in/x'
	assert_has later "Read-only file system"
	start driver ".linux.security_context.privileged = true
		| .mounts = [{ container_path: \"/driver\", host_path: \"$volume\", propagation: $BIDIRECTIONAL }]" -- \
		sh -c 'mount -t tmpfs -o size=1m driver /driver/out && sleep 1000'
	appeared() { grep -q "^driver $volume/out " /proc/mounts; }
	wait_for appeared
	run e exec "$box" grep ' /in/out ' /proc/mounts
	assert_has driver
	e remove "$SANDBOX"
	umount "$volume/in" "$volume/out" "$volume"
}

# bats test_tags=core
@test "resources: what a container was given, and given in place of it while it runs" {
	needs cri
	requires controller:cpu controller:memory controller:cpuset
	local pid group
	pod '.linux.resources = {}'
	start box '.linux.resources = { cpu_shares: 512, cpu_period: 100000, cpu_quota: 50000, memory_limit_in_bytes: 67108864,
		memory_swap_limit_in_bytes: 67108864, oom_score_adj: 950 }' -- sleep 1000
	pid=$(pid_of "$ID")
	group=$(cgroup_of "$pid")
	assert_equal "$(<"$group/memory.max")" 67108864
	assert_equal "$(<"$group/memory.swap.max")" 0
	assert_equal "$(<"$group/cpu.max")" "50000 100000"
	assert_equal "$(<"$group/cpu.weight")" "$(weight 512)"
	assert_equal "$(<"/proc/$pid/oom_score_adj")" 950

	resize "$ID" '{ "cpu_shares": 1024, "cpu_period": 100000, "cpu_quota": 150000, "memory_limit_in_bytes": 134217728,
		"memory_swap_limit_in_bytes": 134217728 }'
	assert_equal "$(<"$group/memory.max")" 134217728 "more memory"
	assert_equal "$(<"$group/memory.swap.max")" 0 "as much swap"
	assert_equal "$(<"$group/cpu.max")" "150000 100000" "more cpu"
	assert_equal "$(<"$group/cpu.weight")" "$(weight 1024)" "more weight"
	resize "$ID" '{ "memory_limit_in_bytes": 33554432, "memory_swap_limit_in_bytes": 33554432, "cpuset_cpus": "0" }'
	assert_equal "$(<"$group/memory.max")" 33554432 "less memory"
	assert_equal "$(<"$group/cpu.max")" "150000 100000" "what was not said stays"
	assert_equal "$(<"$group/cpuset.cpus")" 0 cpus
	resize "$ID" '{ "unified": { "memory.high": "16777216" } }'
	assert_equal "$(<"$group/memory.high")" 16777216 "a file of cgroup v2 by its name"
	assert_equal "$(pid_of "$ID")" "$pid" "the same process"
	run e ContainerStats "{\"container_id\": \"$ID\"}"
	[ "$(jq -r .stats.memory.working_set_bytes.value <<<"$output")" -gt 0 ]
}

# weight SHARES: as the spec of today says it of cgroup v2.
weight() {
	awk -v s="$1" 'BEGIN { l = log(s) / log(2); print int(10 ^ ((l * l + 125 * l) / 612.0 - 7.0 / 34.0) + 0.999999) }'
}

@test "resources: what takes too much memory is killed, and the engine says why" {
	needs cri
	requires controller:memory
	pod
	start box '.linux.resources = { memory_limit_in_bytes: 33554432, memory_swap_limit_in_bytes: 33554432 }' -- \
		sh -c 'sleep 1; tail /dev/zero; exit 137'
	wait_for is_member "$ID" state "$EXITED"
	assert_equal "$(member "$ID" exit_code)" 137
	assert_equal "$(member "$ID" reason)" OOMKilled
}

# What could grow with each probe, one a line: what the pod's shim holds open, what is on disk, mounted, and in the tree of
# cgroups; and the processes, by name.
holds() {
	local shim
	shim=$(awk '/^PPid/ { print $2 }' "/proc/$(pid_of "$1")/status")
	# Some go while they are counted.
	find "/proc/$shim/fd" -mindepth 1 -printf 'descriptor of the shim\n' 2>/dev/null || :
	find /run/containerd -mindepth 1 -printf 'file\n' 2>/dev/null || :
	find /sys/fs/cgroup -type d -printf 'cgroup\n' 2>/dev/null || :
	sed 's/.*/mount/' /proc/self/mountinfo
	# shellcheck disable=SC2009 # each with its number
	ps -e -o comm= | grep -E '^(mcrun|containerd.*|sleep|sh)$'
}

# grown ID: what there is more of than $T/before holds.
grown() {
	holds "$1" | awk 'NR == FNR { n[$0]--; next } { n[$0]++ } END { for (what in n) if (n[what] > 0) print n[what], what }' \
		"$T/before" -
}

@test "a storm: hundreds of probes, eight at once, while others start and stop; nothing fails, nothing grows" {
	needs cri
	local probed storm what round=0
	pod
	start probed -- sleep 1000
	probed=$ID
	e probes 40 8 "$probed" true >/dev/null
	holds "$probed" >"$T/before"
	for what in descriptor file cgroup mount containerd-shim; do grep -q "^$what" "$T/before"; done
	# shellcheck disable=SC2046 # words
	timeout $((LIMIT * 10)) $(engine_words) probes "$PROBES" 8 "$probed" sh -c 'exit 4' >"$T/storm" 2>&1 3>&- 4>&- &
	storm=$!
	until pid_gone "$storm"; do
		round=$((round + 1))
		start "other$round" -- sleep 1000
		run e exec "$ID" echo ready
		assert_output ready
		stop "$ID" 0
		remove "$ID"
	done
	wait "$storm"
	[ "$round" -ge 2 ]
	assert_equal "$(<"$T/storm")" "$PROBES status 4" "what became of them"
	settled() { [ -z "$(grown "$probed")" ]; }
	wait_for settled || fail "$(grown "$probed")"
}
