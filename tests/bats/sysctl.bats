#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# linux.sysctl.

load helpers

@test "a sysctl of the network namespace is set, and the host's is not" {
	local host
	host=$(cat /proc/sys/net/ipv4/ip_default_ttl)
	config '.linux.sysctl = {"net.ipv4.ip_default_ttl": "77", "net.ipv4.ping_group_range": "0 0"}'
	run_sh 'cat /proc/sys/net/ipv4/ip_default_ttl; cat /proc/sys/net/ipv4/ping_group_range'
	assert_output "$(printf '77\n0\t0')"
	assert_equal "$(cat /proc/sys/net/ipv4/ip_default_ttl)" "$host" "of the host"
}

@test "sysctls of the ipc namespace are set" {
	config '.linux.sysctl = {"kernel.shmmni": "1234", "fs.mqueue.msg_max": "15", "kernel.sem": "1000 32000 100 128"}'
	run_sh 'cat /proc/sys/kernel/shmmni /proc/sys/fs/mqueue/msg_max; tr "\t" " " </proc/sys/kernel/sem'
	assert_output "$(printf '%s\n' 1234 15 '1000 32000 100 128')"
}

@test "a sysctl whose name has slashes for dots is the same" {
	config '.linux.sysctl = {"net/ipv4/ip_default_ttl": "78"}'
	run_sh 'cat /proc/sys/net/ipv4/ip_default_ttl'
	assert_output 78
}

@test "a sysctl that belongs to no namespace is refused" {
	config '.linux.sysctl = {"vm.swappiness": "1"}'
	create
	assert_refused /linux/sysctl vm.swappiness
}

@test "a sysctl of a namespace that is the host's is refused" {
	config '.linux.namespaces |= map(select(.type != "network")) | .linux.sysctl = {"net.ipv4.ip_default_ttl": "79"}
		| del(.mounts[] | select(.destination == "/sys" or .type == "cgroup"))'
	create
	assert_refused /linux/sysctl net.ipv4.ip_default_ttl
	config '.linux.namespaces |= map(select(.type != "ipc")) | .linux.sysctl = {"kernel.shmmni": "1234"}
		| del(.mounts[] | select(.destination == "/dev/mqueue"))'
	create
	assert_refused /linux/sysctl kernel.shmmni
}

@test "a sysctl whose namespace path is the host's own is refused" {
	local host
	host=$(cat /proc/sys/net/ipv4/ip_default_ttl)
	config '(.linux.namespaces[] | select(.type == "network")).path = "/proc/1/ns/net"
		| .linux.sysctl = {"net.ipv4.ip_default_ttl": "79"} | del(.mounts[] | select(.destination == "/sys" or .type == "cgroup"))'
	[ "$(readlink /proc/1/ns/net)" = "$(readlink /proc/self/ns/net)" ] || skip "this shell is not in the host's network"
	create
	assert_refused /linux/sysctl net.ipv4.ip_default_ttl
	assert_equal "$(cat /proc/sys/net/ipv4/ip_default_ttl)" "$host" "of the host"
}

@test "a sysctl that does not exist is refused" {
	config '.linux.sysctl = {"net.ipv4.no_such_thing": "1"}'
	create
	assert_refused /linux/sysctl no_such_thing
}

@test "a value that the kernel refuses is told" {
	config '.linux.sysctl = {"net.ipv4.ip_default_ttl": "many"}'
	create
	assert_refused /linux/sysctl ip_default_ttl many
}

@test "a name with .. is refused" {
	config '.linux.sysctl = {"net/../../sysrq-trigger": "h"}'
	create
	assert_refused /linux/sysctl
	config '.linux.sysctl = {"net.ipv4/../../kernel/panic": "1"}'
	create
	assert_refused /linux/sysctl
}

@test "sysctls are set although /proc/sys is read-only in the container" {
	config '.linux.sysctl = {"net.ipv4.ip_default_ttl": "80"} | .linux.readonlyPaths = ["/proc/sys"]'
	run_sh 'cat /proc/sys/net/ipv4/ip_default_ttl; echo 81 2>/dev/null >/proc/sys/net/ipv4/ip_default_ttl || echo refused'
	assert_output "$(printf '80\nrefused')"
}
