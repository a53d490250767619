#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Networks: none, the host's, another container's, a bridge with published ports.

load helpers

# bats test_tags=core
@test "network none: lo alone; host: the host's" {
	needs docker
	run box box sh -c 'ls /sys/class/net'
	assert_output lo
	run e run --rm "${HOST_USERNS[@]}" --network host box readlink /proc/self/ns/net
	assert_success
	[[ $ENGINE == rootless* ]] || assert_output "$(readlink /proc/self/ns/net)"
}

@test "bridge: a published port is reached from the host, another container by name" {
	needs docker bridge
	requires bridge
	e network create "net-$C" >/dev/null
	e run -d --name "$C" --network "net-$C" -p 127.0.0.1:18080:80 box \
		sh -c 'echo from-inside >/tmp/index.html; exec httpd -f -p 80 -h /tmp' >/dev/null
	reached() { busybox wget -q -O - 127.0.0.1:18080/ | grep -q from-inside; }
	wait_for reached
	run e run --rm --network "net-$C" box wget -q -O - "http://$C/"
	assert_output from-inside
	e rm -f -t 0 "$C" >/dev/null 2>&1 || e rm -f "$C" >/dev/null
	e network rm "net-$C" >/dev/null
}

@test "an ordinary user's network: a published port is reached from the host" {
	needs docker publish
	requires tun
	e run -d --name "$C" -p 127.0.0.1:18081:80 box sh -c 'echo from-inside >/tmp/index.html; exec httpd -f -p 80 -h /tmp' >/dev/null
	reached() { busybox wget -q -O - 127.0.0.1:18081/ | grep -q from-inside; }
	wait_for reached
}
