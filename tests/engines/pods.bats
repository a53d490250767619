#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pods: containers that share namespaces, and end together.

load helpers

@test "pod: members share network, ipc and uts; it stops and goes as one" {
	needs docker pods
	infra_image
	local options=(--infra-image infra --share 'net,ipc,uts,pid')
	# With cgroupfs Podman 4.3 makes a cgroup for the pod in which no device may be opened: no runtime works in it.
	[[ $(engine_words) != *cgroupfs* ]] || options+=(--share-parent=false)
	e pod create --name "pod-$C" --network none "${options[@]}" >/dev/null
	e run -d --pod "pod-$C" --name "$C" box sh -c 'echo from-inside >/tmp/index.html; exec httpd -f -p 80 -h /tmp' >/dev/null
	reached() { e run --rm --pod "pod-$C" box wget -q -O - 127.0.0.1/ | grep -q from-inside; }
	wait_for reached
	run e pod inspect "pod-$C" --format '{{.State}} {{.NumContainers}}'
	assert_output "Running 2"
	if [[ $ENGINE != rootless ]]; then	# who has no cgroups
		e pod pause "pod-$C" >/dev/null
		is_field '{{.State.Status}}' paused
		e pod unpause "pod-$C" >/dev/null
	fi
	e pod stop -t 1 "pod-$C" >/dev/null 2>&1
	wait_for is_field '{{.State.Status}}' exited
	e pod rm -f -t 0 "pod-$C" >/dev/null
}

# Pods need an image whose program waits.
infra_image() {
	engine_import "$ENGINES_WORK/box.tar" infra 'CMD ["sleep", "1000"]' >/dev/null 2>&1
}
