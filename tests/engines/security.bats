#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a container may do: capabilities, filters, users, devices, limits of its processes, and its namespaces.

load helpers

# status_of NAME: a line of /proc/self/status that the container printed.
status_of() { sed -n "s/^$1:[[:space:]]*//p" <<<"$output"; }

# bats test_tags=core
@test "capabilities: the default, added, dropped, privileged" {
	needs docker
	run box box grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
	assert_success
	assert_equal "$(status_of Seccomp)" 2 "a filter"
	[ $((0x$(status_of CapEff) >> 21 & 1)) = 0 ]	# SYS_ADMIN
	[ $((0x$(status_of CapEff) & 1)) = 1 ]		# CHOWN
	run box --cap-drop ALL --cap-add CHOWN --cap-add NET_ADMIN box cat /proc/self/status
	assert_equal "$(status_of CapBnd)" 0000000000001001
	run box --user 1000 box cat /proc/self/status
	assert_equal "$(status_of CapEff)" 0000000000000000
}

# bats test_tags=core
@test "--privileged: all capabilities, no filter, a writable /sys" {
	needs docker
	run box "${HOST_USERNS[@]}" --privileged box cat /proc/self/status
	assert_success
	assert_equal "$(status_of Seccomp)" 0
	[ $((0x$(status_of CapEff) >> 21 & 1)) = 1 ]
	run box "${HOST_USERNS[@]}" --privileged box sh -c 'mount -t tmpfs none /mnt2 2>/dev/null || { mkdir /mnt2 && mount -t tmpfs none /mnt2; } && echo mounted'
	assert_output mounted
}

# bats test_tags=core
@test "seccomp: the default, a profile of one's own, unconfined; no-new-privileges" {
	needs docker
	jq -n '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 42}]}' >"$T/profile.json"
	run box --security-opt "seccomp=$T/profile.json" box sh -c 'mkdir /tmp/no 2>/dev/null || echo refused'
	assert_output refused
	run box --security-opt seccomp=unconfined --security-opt no-new-privileges box cat /proc/self/status
	assert_equal "$(status_of Seccomp)" 0
	assert_equal "$(status_of NoNewPrivs)" 1
}

# bats test_tags=core
@test "--device, --sysctl, --init, --hostname, --shm-size" {
	needs docker
	run box --device /dev/zero:/dev/my-zero:r --hostname moored --shm-size 2m \
		--sysctl net.ipv4.ip_unprivileged_port_start=80 box sh -c \
		'head -c 4 /dev/my-zero | wc -c; hostname; df -k /dev/shm | awk "END { print \$2 }"; cat /proc/sys/net/ipv4/ip_unprivileged_port_start'
	assert_output $'4\nmoored\n2048\n80'
	if [[ $ENGINE != rootless* ]]; then	# who has no device rules
		run box --device /dev/loop-control:/dev/mine:r box sh -c ': </dev/mine && echo opened; : >/dev/mine'
		assert_has opened "not permitted"
	fi
	run box --init box sh -c '[ $$ != 1 ] && cat /proc/1/comm'
	assert_success
	[[ $output =~ ^(docker-init|podman-init|catatonit|tini)$ ]] || fail "no init"
}

@test "--ulimit" {
	needs docker
	[[ $ENGINE == docker* ]] || requires cap:sys_resource	# Podman raises another limit with it
	run box --ulimit nofile=512:1024 box sh -c 'ulimit -n; ulimit -Hn'
	assert_output $'512\n1024'
}

@test "devices: others are refused by the cgroup's program" {
	needs docker
	[[ $ENGINE != rootless* ]] || skip "machine: ordinary users have no device rules"
	run box --cap-add MKNOD box sh -c 'mknod /tmp/kmsg c 1 11 && head -c 1 /tmp/kmsg'
	[ "$status" -ne 0 ]
	assert_has "not permitted"
}

# bats test_tags=core
@test "namespaces: --pid=host, --ipc=host, --uts=host, --network=host, and of another container" {
	needs docker
	[[ $ENGINE != rootless* ]] || requires mqueue	# of the host: Podman mounts it
	run e run --rm "${HOST_USERNS[@]}" --pid host --ipc host --uts host --network host box \
		sh -c 'for n in pid ipc uts net; do readlink /proc/self/ns/$n; done'
	assert_success
	[[ $ENGINE == rootless* ]] || assert_output "$(for n in pid ipc uts net; do readlink "/proc/self/ns/$n"; done)"
	detached --ipc shareable -- sleep 1000
	run e run --rm --pid "container:$C" --network "container:$C" --ipc "container:$C" box \
		sh -c 'for n in pid ipc net; do readlink /proc/self/ns/$n; done; cat /proc/1/comm'
	assert_output "$(e exec "$C" sh -c 'for n in pid ipc net; do readlink /proc/self/ns/$n; done; cat /proc/1/comm')"
}
