#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# linux.netDevices: devices of the host that move into the container's network namespace, on ends of veth pairs
# in a network namespace of this test's own.

load helpers

setup() {
	requires root tool:ip tool:nsenter
	setup_bundle
	RUN=$RUNTIME
	# The "host" of these tests: whatever happens here, the machine's own devices are not touched.
	unshare --net sleep 1000 3>&- &
	HOST=$!
	own_pid "$HOST"
	wait_for has_own_net "$HOST"
	device dev0 2>/dev/null || skip "machine: the kernel has no veth devices"
	printf '#!/bin/sh\nexec nsenter --net=/proc/%s/ns/net %s "$@"\n' "$HOST" "$RUN" >"$T/runtime"
	chmod 755 "$T/runtime"
	RUNTIME=$T/runtime
}

teardown() {
	RUNTIME=$RUN			# the "host" goes first
	teardown_bundle
}

has_own_net() {
	[ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$1/ns/net")" ]
}

# A command of the host.
host() {
	nsenter --net="/proc/$HOST/ns/net" "$@"
}

device() {
	host ip link add "$1" type veth peer name "$1-peer"
}

# A command in the network namespace of the container.
inside() {
	nsenter --net="/proc/$(pid_of)/ns/net" "$@"
}

@test "a device moves into the container under its name, and is up there" {
	config '.linux.netDevices = {dev0: {}}'
	create_ok
	refute host ip link show dev0
	assert inside ip link show dev0
	assert grep -q '[<,]UP[,>]' <<<"$(inside ip -o link show dev0)"
	start_ok
	assert test -n "$(inside ip -o link show dev0)"
}

@test "name: the device is called otherwise in the container" {
	config '.linux.netDevices = {dev0: {name: "eth0"}}'
	create_ok
	assert inside ip link show eth0
	refute inside ip link show dev0
}

@test "a name with %d gets the first number that is free" {
	device dev1
	config '.linux.netDevices = {dev0: {name: "net%d"}, dev1: {name: "net%d"}}'
	create_ok
	assert inside ip link show net0
	assert inside ip link show net1
}

@test "permanent addresses of global scope are kept, IPv4 and IPv6, others are not" {
	host ip addr add 192.0.2.1/24 brd + dev dev0
	host ip addr add 192.0.2.2/24 dev dev0
	host ip addr add 198.51.100.1 peer 198.51.100.2/32 dev dev0
	host ip addr add 169.254.7.7/16 scope link dev dev0
	host ip addr add 203.0.113.9/24 valid_lft 1000 preferred_lft 1000 dev dev0
	host ip addr add 2001:db8::1/64 dev dev0 nodad || skip "machine: the kernel has no IPv6"
	host ip addr add fe80::1:2/64 dev dev0 nodad
	config '.linux.netDevices = {dev0: {name: "eth0"}}'
	create_ok
	local found
	found=$(inside ip -o addr show dev eth0)
	assert_has "$found" 192.0.2.1/24 "brd 192.0.2.255" 192.0.2.2/24 "198.51.100.1 peer 198.51.100.2/32" 2001:db8::1/64
	assert_has_not "$found" 169.254.7.7 203.0.113.9 fe80::1:2
}

@test "attributes of the device are kept" {
	host ip link set dev0 mtu 1400 address 02:00:00:00:00:07
	config '.linux.netDevices = {dev0: {}}'
	create_ok
	assert_has "$(inside ip -o link show dev0)" "mtu 1400" 02:00:00:00:00:07
}

@test "a name that the container has already is refused, and the device stays" {
	host ip addr add 192.0.2.1/24 dev dev0
	config '.linux.netDevices = {dev0: {name: "lo"}}'
	create
	assert_refused /linux/netDevices/dev0 lo
	assert_equal "$(host ip -o addr show dev dev0 | awk '{ print $4 }')" 192.0.2.1/24
}

@test "a device that is not there is refused" {
	config '.linux.netDevices = {nosuch: {}}'
	create
	assert_refused /linux/netDevices/nosuch
}

@test "a device of a kind that does not move is refused" {
	config '.linux.netDevices = {lo: {name: "lo7"}}'
	create
	assert_refused /linux/netDevices/lo
	assert host ip link show lo
}

@test "a create that fails puts everything back: name, addresses, state" {
	device dev1
	host ip addr add 192.0.2.1/24 dev dev0
	host ip addr add 2001:db8::1/64 dev dev0 nodad
	host ip link set dev0 up
	config '.linux.netDevices = {dev0: {name: "eth0"}, dev1: {}} | .hooks.createRuntime = [{path: "/bin/false"}]'
	create
	assert_refused /hooks/createRuntime/0
	assert_has "$(host ip -o addr show dev dev0)" 192.0.2.1/24 2001:db8::1/64
	assert grep -q '[<,]UP[,>]' <<<"$(host ip -o link show dev0)"
	refute grep -q '[<,]UP[,>]' <<<"$(host ip -o link show dev1)"
}

@test "when the second device cannot move, the first comes back" {
	config '.linux.netDevices = {dev0: {name: "eth0"}, nosuch: {}}'
	create
	assert_refused /linux/netDevices/nosuch
	assert host ip link show dev0
}

@test "a device moves into a network namespace that is joined, and stays there after delete" {
	unshare --net sleep 1000 3>&- &
	local other=$!
	own_pid "$other"
	wait_for has_own_net "$other"
	config --arg p "/proc/$other/ns/net" '.linux.netDevices = {dev0: {name: "eth7"}}
		| .linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	create_ok
	assert nsenter --net="/proc/$other/ns/net" ip link show eth7
	mcrun delete --force "$ID"
	assert_success
	assert nsenter --net="/proc/$other/ns/net" ip link show eth7
	refute host ip link show dev0
}

# bats test_tags=must:netDevices
@test "netDevices: neither the end of the container nor its delete moves a device back" {
	config '.linux.netDevices = {dev0: {name: "eth0"}}'
	create_ok
	start_ok
	# Somebody else keeps the namespace, and the device with it: it would be there to move back.
	nsenter --net="/proc/$(pid_of)/ns/net" sleep 1000 3>&- &
	local keeper=$!
	own_pid "$keeper"
	wait_for has_own_net "$keeper"
	left_alone() { nsenter --net="/proc/$keeper/ns/net" ip link show eth0 && ! host ip link show dev0; }
	mcrun kill "$ID" KILL
	wait_for is_status stopped
	assert left_alone
	mcrun delete "$ID"
	assert_success
	assert left_alone
}

@test "a device whose namespace goes with the container is not moved back before" {
	config '.linux.netDevices = {dev0: {}}'
	create_ok
	mcrun delete --force "$ID"
	assert_success
	refute host ip link show dev0
}

@test "a run that cannot start gives the device back, with its address" {
	host ip addr add 192.0.2.1/24 dev dev0
	config '.linux.netDevices = {dev0: {name: "eth0"}} | .process.args = ["no-such-program"]'
	mcrun run -b "$BUNDLE" "$ID"
	assert_failure
	assert host ip link show dev0
	assert_has "$(host ip -o addr show dev0)" 192.0.2.1/24
}

@test "a device moves into the network namespace of a new user namespace" {
	requires userns
	config '.linux.netDevices = {dev0: {name: "eth0"}} | .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chmod -R go+rX "$BUNDLE"
	create_ok
	assert inside ip link show eth0
}

@test "sysctls of a moved device are set" {
	config '.linux.netDevices = {dev0: {name: "eth0"}} | .linux.sysctl = {"net.ipv4.conf.eth0.forwarding": "1"}'
	create_ok
	assert_equal "$(inside sysctl -n net.ipv4.conf.eth0.forwarding 2>/dev/null || inside cat /proc/sys/net/ipv4/conf/eth0/forwarding)" 1
}

@test "without a network namespace of its own, and in the host's, netDevices are refused" {
	config '.linux.netDevices = {dev0: {}} | .linux.namespaces |= map(select(.type != "network"))'
	create
	assert_refused /linux/netDevices network
	config --arg p "/proc/$HOST/ns/net" '.linux.namespaces += [{type: "network", path: $p}]'
	create
	assert_refused /linux/netDevices
	assert host ip link show dev0
}
