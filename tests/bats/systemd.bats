#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The systemd cgroup driver: the unit that a container gets, its limits in systemd's words and in the cgroup's files,
# and that nothing is left of it. Needs a machine with systemd as process 1 (tests/vm, flavour systemd).

load helpers
load captured

# bats file_tags=mcrun

setup() {
	requires mcrun systemd root unified
	setup_bundle
	config 'del(.linux.cgroupsPath)'
	UNIT=mcrun-$ID.scope
}

# Like create, with the driver.
create_unit() {
	mcrun --systemd-cgroup create --bundle "$BUNDLE" "$@" "$ID"
}

create_unit_ok() {
	create_unit "$@"
	assert_success
	CGROUP=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of)/cgroup")
}

# property NAME [UNIT]: what systemd thinks.
property() {
	systemctl show --property "$1" --value "${2:-$UNIT}"
}

# assert_properties NAME=VALUE...: of the unit.
assert_properties() {
	local names
	names=$(printf '%s,' "${@%%=*}")
	assert_equal "$(systemctl show --property "${names%,}" "$UNIT" | sort)" "$(printf '%s\n' "$@" | sort)" properties
}

# assert_files NAME=VALUE...: of the cgroup.
assert_files() {
	local one
	for one; do
		assert_equal "$(<"$CGROUP/${one%%=*}")" "${one#*=}" "${one%%=*}"
	done
}

unit_is_gone() {
	[ "$(property LoadState "${1:-$UNIT}")" = not-found ]
}

# --- the unit ---------------------------------------------------------------------------------

@test "a container is a scope in system.slice, and gone after delete" {
	create_unit_ok
	assert_equal "$CGROUP" "/sys/fs/cgroup/system.slice/$UNIT"
	assert_equal "$(state | jq -r '."systemd-scope"')" "$UNIT"
	assert_properties ActiveState=active Slice=system.slice Delegate=yes DefaultDependencies=no \
		Description="mcrun container $ID ($ROOT/$ID)"
	start_ok
	assert_equal "$(state_of)" running
	mcrun exec "$ID" cat /proc/self/cgroup
	assert_output "0::/system.slice/$UNIT"
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
	assert_equal "$stderr" ""
	assert unit_is_gone
	assert_nothing_left
}

@test "run in the foreground leaves no unit" {
	config_sh 'cat /proc/self/cgroup'
	mcrun --cgroup-manager systemd run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output "0::/system.slice/$UNIT"
	assert unit_is_gone
}

@test "a cgroup namespace is made in the unit, and its mount shows it" {
	config '.linux.namespaces += [{type: "cgroup"}]
		| .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}]'
	config_sh 'cat /proc/self/cgroup; cat /sys/fs/cgroup/cgroup.procs'
	mcrun --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_success
	assert_equal "${lines[0]}" 0::/
	assert_equal "${lines[1]}" 1
}

# All forms that it may have are in tests/unit/test-plan-unit.c.
@test "cgroupsPath is slice:prefix:name" {
	config --arg path "system-mctest.slice:a+b:$ID" '.linux.cgroupsPath = $path'
	create_unit_ok
	assert_equal "$CGROUP" "/sys/fs/cgroup/system.slice/system-mctest.slice/a\\x2bb-$ID.scope"
	mcrun delete --force "$ID"
	assert_success
	assert unit_is_gone "a\\x2bb-$ID.scope"
}

@test "a name that ends in .slice makes a slice" {
	local slice=mctest-${ID//[!0-9]/}.slice
	config --arg path ":ignored:$slice" '.linux.cgroupsPath = $path'
	create_unit_ok
	assert_equal "$CGROUP" "/sys/fs/cgroup/mctest.slice/$slice"
	assert_equal "$(property ActiveState "$slice")" active
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(property ActiveState "$slice")" inactive
	refute [ -e "$CGROUP" ]
}

# --- limits -----------------------------------------------------------------------------------

# What systemd thinks, and what the files say, of the container of `limits`.
assert_limits() {
	assert_properties MemoryMax=67108864 MemoryLow=1048576 MemorySwapMax=33554432 MemoryHigh=50331648 CPUWeight=174 \
		CPUQuotaPerSecUSec=130ms TasksMax=50 AllowedCPUs=0 AllowedMemoryNodes=0-1
	assert_files memory.max=67108864 memory.low=1048576 memory.swap.max=33554432 memory.high=50331648 cpu.weight=174 \
		cpu.max='6500 50000' pids.max=50 cpuset.cpus=0 cpuset.mems=0-1
}

@test "limits are in the files and in systemd's properties, also after daemon-reload" {
	config '.linux.resources = {
		memory: {limit: 67108864, reservation: 1048576, swap: 100663296},
		cpu: {shares: 2048, quota: 6172, period: 50000, cpus: "0", mems: "0-1"},
		pids: {limit: 50}, unified: {"memory.high": "48M"}}'
	create_unit_ok
	assert_limits
	systemctl daemon-reload
	assert_limits
	start_ok
}

@test "update tells systemd as well" {
	config '.linux.resources = {memory: {limit: 67108864, swap: 67108864}, cpu: {shares: 1024}}'
	create_unit_ok
	mcrun update --memory 50331648 --memory-swap 50331648 --cpu-share 2048 --cpu-quota 12345 --pids-limit 40 "$ID"
	assert_success
	assert_properties MemoryMax=50331648 MemorySwapMax=0 CPUWeight=174 CPUQuotaPerSecUSec=130ms TasksMax=40
	systemctl daemon-reload
	assert_properties MemoryMax=50331648 MemorySwapMax=0 CPUWeight=174 CPUQuotaPerSecUSec=130ms TasksMax=40
	assert_files memory.max=50331648 memory.swap.max=0 cpu.weight=174 cpu.max='13000 100000' pids.max=40
}

@test "a limit of processes below what init needs holds once the program runs" {
	config '.linux.resources.pids.limit = 1'
	config_sh 'echo here; ls / && echo forked'
	mcrun --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_has "$output" here
	assert_has_not "$output" forked
}

@test "what systemd has no property for is written to the files" {
	config '.linux.resources = {hugepageLimits: [{pageSize: "2MB", limit: 4194304}], cpu: {quota: 100000, burst: 5000}}'
	create_unit_ok
	assert_files hugetlb.2MB.max=4194304 cpu.max.burst=5000
}

@test "annotations set properties" {
	config '.annotations = {"org.systemd.property.KillSignal": "15",
		"org.systemd.property.TimeoutStopUSec": "uint64 10000000",
		"org.systemd.property.RuntimeMaxSec": "3600",
		"org.systemd.property.Documentation": "['"'man:mcrun(8)'"']",
		"org.systemd.property.CollectMode": "'"'inactive'"'"}'
	create_unit_ok
	assert_properties KillSignal=15 TimeoutStopUSec=10s RuntimeMaxUSec=1h CollectMode=inactive
	assert_has "$(property Documentation)" 'man:mcrun(8)'
}

@test "a property that systemd does not know is an error, and nothing is left" {
	config '.annotations = {"org.systemd.property.NoSuchThing": "true"}'
	create_unit
	assert_refused NoSuchThing "$UNIT"
	assert unit_is_gone
}

@test "an update that fails behind systemd's part leaves its old values, in the files and in the properties" {
	requires tool:strace
	config '.linux.resources = {memory: {limit: 67108864}, cpu: {shares: 2048, quota: 20000, period: 100000},
		pids: {limit: 50}, devices: [{allow: false, access: "rwm"}]}'
	create_unit_ok
	local before resources
	before=$(<"$ROOT/$ID/state.json")
	resources='{"memory": {"limit": 33554432}, "cpu": {"shares": 512, "quota": 50000},
		"pids": {"limit": 20}, "devices": [{"allow": true, "access": "rwm"}]}'
	# Where the kernel takes no device program.
	status=0
	strace -f -qqq -o "$T/trace" -e trace=bpf -e inject=bpf:error=EPERM "$RUNTIME" --root "$ROOT" update --resources - "$ID" \
		<<<"$resources" >"$T/said" 2>&1 || status=$?
	assert_equal "$status" 1
	assert_has "$(<"$T/said")" /devices
	assert_properties MemoryMax=67108864 CPUWeight=174 CPUQuotaPerSecUSec=200ms TasksMax=50
	assert_files memory.max=67108864 cpu.weight=174 cpu.max='20000 100000' pids.max=50
	assert_equal "$(<"$ROOT/$ID/state.json")" "$before"
	systemctl daemon-reload
	assert_files memory.max=67108864 cpu.weight=174 cpu.max='20000 100000' pids.max=50
	mcrun_bare --root "$ROOT" update --resources - "$ID" <<<"$resources"
	assert_success
	assert_properties MemoryMax=33554432 CPUWeight=59 CPUQuotaPerSecUSec=500ms TasksMax=20
}

# --- as engines call it -----------------------------------------------------------------------

@test "the containers that engines configured for the systemd driver run" {
	requires tool:script
	all_run '*-systemd-cgroup'
}

# held CONFIG CGROUPS-PATH UNIT SLICE: a captured container's life from create to delete in that unit.
held() {
	local file
	start_held "$1" "$2"
	assert_equal "$(property ActiveState "$3")" active
	assert_equal "$(property Slice "$3")" "$4"
	assert_equal "$(state | jq -r '."systemd-scope"')" "$3"
	for file in "${1%.json}".process*.json; do
		exec_captured "$file"
	done
	mcrun exec "$ID" cat /proc/1/cgroup
	assert_success
	mcrun update --pids-limit 99 "$ID"
	assert_success
	assert_equal "$(property TasksMax "$3")" 99
	mcrun pause "$ID"
	assert_success
	mcrun resume "$ID"
	assert_success
	mcrun kill "$ID" KILL
	assert_success
	wait_for is_status stopped
	mcrun delete "$ID"
	assert_success
	assert unit_is_gone "$3"
}

@test "containers of Docker, containerd's CRI and Podman live in the units that these ask for; exec and delete know by themselves" {
	requires tool:script
	held "$CAPTURED/docker-20.10.24-lifecycle.json" "system.slice:docker:$ID" "docker-$ID.scope" system.slice
	held "$CAPTURED/containerd-1.6.20-lifecycle.json" "kubepods-besteffort-podx.slice:cri-containerd:$ID" \
		"cri-containerd-$ID.scope" kubepods-besteffort-podx.slice
	held "$CAPTURED/podman-4.3.1-lifecycle.json" "machine.slice:libpod:$ID" "libpod-$ID.scope" machine.slice
}

# journal: what the journal has under the name of this test.
journal() {
	journalctl --sync
	journalctl -t "$ID" -o json --no-pager
}

@test "the journal has what --log journald:NAME and syslog:NAME sent it, with its priority" {
	requires tool:journalctl
	config '.root.path = "missing"'
	local log
	for log in journald syslog; do
		mcrun --log "$log:$ID" create --bundle "$BUNDLE" "$ID"
		assert_refused /root/path
	done
	assert jq -es 'length == 2 and all(.PRIORITY == "3" and (.MESSAGE | contains("/root/path"))) and
		(map(._TRANSPORT) | sort) == ["journal", "syslog"]' <(journal)
}

# --- devices ----------------------------------------------------------------------------------

@test "access to devices is the same before and after daemon-reload and daemon-reexec" {
	local i script='head -c 1 /dev/zero >/dev/null && echo zero; head -c 1 /dev/fuse; head -c 1 /dev/kmsg >/dev/null && echo kmsg'
	config '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229},
			{path: "/dev/kmsg", type: "c", major: 1, minor: 11}]
		| .linux.resources.devices = [{allow: false, access: "rwm"},
			{allow: true, type: "c", major: 1, minor: 11, access: "r"}]'
	config_sh "for i in 1 2 3 4; do until [ -e /data/\$i ]; do sleep 0.1; done; { $script; } >/data/out.\$i 2>&1; touch /data/done.\$i; done"
	create_unit_ok
	start_ok
	for i in 1 2 3 4; do
		touch "$BUNDLE/rootfs/data/$i"
		wait_for test -e "$BUNDLE/rootfs/data/done.$i"
		assert_has "$(cat "$BUNDLE/rootfs/data/out.$i")" zero kmsg 'fuse: Operation not permitted'
		case $i in
		1) systemctl daemon-reload ;;
		2) systemctl daemon-reexec ;;
		3) systemctl set-property --runtime "$UNIT" CPUWeight=50 ;;
		esac
	done
}

# --- failures ---------------------------------------------------------------------------------

@test "a create that fails leaves no unit" {
	config_args /no/such/program
	create_unit
	assert_refused /no/such/program
	assert unit_is_gone
}

@test "a limit that cannot be set leaves no unit" {
	config '.linux.resources.unified = {"memory.nonsense": "1"}'
	create_unit
	assert_refused memory.nonsense
	assert unit_is_gone
}

@test "what a killed create has left, delete --force removes" {
	hook createRuntime 'echo hook >>$LOG; sleep 1000'
	mcrun_bg --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	wait_for file_has "$T/log" hook
	assert_properties ActiveState=active
	kill -KILL "$BG"
	join_bg
	mcrun delete --force "$ID"
	assert_success
	assert unit_is_gone
	assert_nothing_left
}

@test "a unit of that name that is somebody else's is left alone" {
	systemd-run --quiet --scope --unit "$UNIT" sleep 1000 >/dev/null 2>&1 3>&- &
	own_pid "$!"
	wait_for systemctl is-active "$UNIT"
	create_unit
	assert_failure
	assert_says "$UNIT" already
	assert_properties ActiveState=active
	systemctl stop "$UNIT"
}

@test "delete does not stop a unit that has taken over the name" {
	config_args true
	create_unit_ok
	start_ok
	wait_for is_status stopped
	wait_for unit_is_gone
	systemd-run --quiet --scope --unit "$UNIT" sleep 1000 >/dev/null 2>&1 3>&- &
	own_pid "$!"
	wait_for systemctl is-active "$UNIT"
	mcrun delete "$ID"
	assert_success
	assert_properties ActiveState=active
	systemctl stop "$UNIT"
}

@test "a unit that has failed does not keep its name" {
	systemd-run --quiet --scope --unit "$UNIT" --property RuntimeMaxSec=1 --property TimeoutStopSec=1 sleep 1000 || true
	wait_for systemctl is-failed "$UNIT"
	create_unit_ok
}

@test "a container that the OOM killer has hit is stopped, and its unit goes" {
	requires swap
	config '.linux.resources.memory = {limit: 20971520, swap: 20971520}'
	config_args dd if=/dev/zero of=/dev/null bs=100M count=1
	mcrun --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	assert_status 137
	assert unit_is_gone
}

@test "a container that was checkpointed is restored into a unit, with its limits" {
	requires tool:criu
	criu check >/dev/null 2>&1 || skip "needs a CRIU that runs on this kernel"
	config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 40}}'
	config_sh 'n=0; while :; do n=$((n + 1)); echo $n >/tmp/n; sleep 0.05; done'
	create_unit_ok
	start_ok
	wait_for grep -q '[0-9][0-9]' "$BUNDLE/rootfs/tmp/n"
	mcrun checkpoint --image-path "$T/images" "$ID"
	assert_success
	assert_equal "$(state_of)" stopped

	echo 0 >"$BUNDLE/rootfs/tmp/n"
	# As conmon has it.
	mcrun --systemd-cgroup restore --bundle "$BUNDLE" --pid-file "$T/pid" --no-pivot --no-new-keyring --detach \
		--image-path "$T/images" --work-path "$T/criu" --preserve-fds 0 --file-locks "$ID"
	assert_success
	assert_equal "$(cat "$T/pid")" "$(pid_of)"
	wait_for grep -q '[0-9][0-9]' "$BUNDLE/rootfs/tmp/n"
	assert_properties ActiveState=active Slice=system.slice Delegate=yes MemoryMax=67108864 TasksMax=40
	CGROUP=/sys/fs/cgroup/system.slice/$UNIT
	assert_has "$(<"$CGROUP/cgroup.procs")" "$(pid_of)"
	assert_files memory.max=67108864 pids.max=40
	mcrun delete --force "$ID"
	assert_success
	assert unit_is_gone
}

@test "a restore that fails leaves no unit" {
	requires tool:criu
	criu check >/dev/null 2>&1 || skip "needs a CRIU that runs on this kernel"
	mkdir "$T/images"
	mcrun --systemd-cgroup restore --image-path "$T/images" --bundle "$BUNDLE" --detach "$ID"
	assert_refused "cannot restore" "restore.log"
	assert unit_is_gone
}

# --- the bus ----------------------------------------------------------------------------------

# A bus at $T/bus to which one can connect, and which says nothing.
silent_bus() {
	python3 -c 'import signal, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
signal.pause()' "$T/bus" >/dev/null 2>&1 3>&- &
	own_pid "$!"
	wait_for test -S "$T/bus"
}

@test "a bus that never answers is not waited for for ever" {
	silent_bus
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/bus MCRUN_SYSTEMD_TIMEOUT=1
	create_unit
	unset DBUS_SYSTEM_BUS_ADDRESS
	assert_refused 'has not answered within 1 s' "$UNIT" "$T/bus"
	assert unit_is_gone
}

@test "a bus that has gone silent does not keep delete" {
	create_unit_ok
	silent_bus
	jq --arg bus "unix:path=$T/bus" '.cgroup.bus = $bus' "$ROOT/$ID/state.json" >"$T/state.json"
	cp "$T/state.json" "$ROOT/$ID/state.json"
	MCRUN_SYSTEMD_TIMEOUT=1 mcrun delete --force "$ID"
	assert_success
	assert_says warning 'has not answered within 1 s'
	wait_for unit_is_gone
	assert_nothing_left
}

@test "where there is no bus, the message says what the driver needs" {
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/none create_unit
	assert_refused "$T/none" 'process 1' 'cgroupfs'
}

@test "a bus without systemd" {
	requires tool:dbus-daemon
	dbus-daemon --session --nofork --address="unix:path=$T/bus" >/dev/null 2>&1 3>&- &
	own_pid "$!"
	wait_for test -S "$T/bus"
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/bus create_unit
	assert_refused 'no systemd on the bus' "$T/bus"
}

# --- ordinary users ---------------------------------------------------------------------------

# as_tester COMMAND...: with the environment that Podman gives its runtime.
as_tester() {
	setpriv --reuid 1000 --regid 1000 --init-groups env -i PATH="$PATH" XDG_RUNTIME_DIR=/run/user/1000 \
		MCRUN_LIBEXECDIR="$MCRUN_LIBEXECDIR" MCRUN_TEST_ID="$ID" "$@"
}

setup_rootless() {
	[ -S /run/user/1000/bus ] || skip "needs a service manager of user 1000"
	"$RUNTIME" spec --rootless --bundle "$T" >/dev/null
	config --slurpfile less "$T/config.json" '.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}]
		| .linux.gidMappings = [{containerID: 0, hostID: 1000, size: 1}]
		| .linux.namespaces += [{type: "user"}]
		| .mounts |= map(select(.destination != "/sys" and .destination != "/dev/pts"))
		| .process.capabilities = {} | del(.process.rlimits)'
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_SUITE_TMPDIR" "$(dirname "$T")"
	mkdir "$ROOT"
	chown -R 1000:1000 "$T"
}

@test "an ordinary user's container is a scope of his own manager" {
	setup_rootless
	config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 50}}'
	as_tester "$RUNTIME" --root "$ROOT" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	CGROUP=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of)/cgroup")
	assert_has "$CGROUP" /user@1000.service/user.slice/mcrun-
	assert_files memory.max=67108864 pids.max=50
	as_tester "$RUNTIME" --root "$ROOT" start "$ID"
	# From a session of the system's manager, out of which the user may not move a process himself.
	assert_equal "$(as_tester "$RUNTIME" --root "$ROOT" exec "$ID" cat /proc/self/cgroup)" "0::${CGROUP#/sys/fs/cgroup}"
	as_tester "$RUNTIME" --root "$ROOT" delete --force "$ID"
	assert_nothing_left
	assert_equal "$(as_tester systemctl --user show --property LoadState --value "$UNIT")" not-found
}

# There is no way back from their pid namespace into the host's, in which systemd has to be asked.
@test "root of a user namespace, as with Podman's pods: exec, and a container that joins another's pid namespace" {
	setup_rootless
	config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	cp -r "$BUNDLE" "$T/second"
	chown -R 1000:1000 "$T/second"
	cat >"$T/calls" <<-EOS
		mcrun() { "$RUNTIME" --root "$ROOT" --systemd-cgroup "\$@" 2>>"$T/said"; }
		mcrun run --detach --bundle "$BUNDLE" "$ID" >/dev/null
		mcrun exec "$ID" cat /proc/self/cgroup
		pid=\$(mcrun state "$ID" | jq .pid)
		cat "/proc/\$pid/cgroup"
		readlink "/proc/\$pid/ns/pid"
		jq '(.linux.namespaces[] | select(.type == "pid")).path = "/proc/'"\$pid"'/ns/pid"
			| .process.args = ["readlink", "/proc/self/ns/pid"]' "$BUNDLE/config.json" >"$T/second/config.json"
		mcrun run --bundle "$T/second" "$ID-second"
		mcrun delete --force "$ID"
	EOS
	as_tester unshare -Ur sh "$T/calls" </dev/null >"$T/out" 3>&-
	mapfile -t lines <"$T/out"
	assert_has "${lines[0]-}" "/user@1000.service/user.slice/$UNIT"
	assert_equal "${lines[0]}" "${lines[1]}" "cgroup"
	assert_equal "${lines[3]-$(<"$T/said")}" "${lines[2]}" "pid namespace"
	assert_nothing_left
}

@test "without a user bus, the message says where it was looked for and what to switch on" {
	setup_rootless
	status=0
	as_tester XDG_RUNTIME_DIR="$T" "$RUNTIME" --root "$ROOT" --systemd-cgroup create --bundle "$BUNDLE" "$ID" \
		>"$T/said" 2>&1 || status=$?
	assert_equal "$status" 1
	assert_has "$(<"$T/said")" "unix:path=$T/bus" 'enable-linger'
	status=0
	as_tester XDG_RUNTIME_DIR= "$RUNTIME" --root "$ROOT" --systemd-cgroup create --bundle "$BUNDLE" "$ID" \
		>"$T/said" 2>&1 || status=$?
	assert_equal "$status" 1
	assert_has "$(<"$T/said")" 'no user bus' XDG_RUNTIME_DIR 'enable-linger'
	assert_nothing_left
}
