# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# Docker: dockerd with mcrun as its default runtime, on its default folders.
PACKAGES=(docker.io iptables ca-certificates)
STATE_ROOTS=(/run/docker/runtime-runc/moby /run/docker/runtime-mcrun/moby)
CLI=docker
FEATURES='restart health bridge update'

engine_version() { dockerd --version; }

engine_start() {	# [OPTION...]
	local network=(--iptables=false --ip6tables=false --bridge=none)
	! can_bridge || network=()
	install -D -m 0644 "$CONTRIB/daemon.json" /etc/docker/daemon.json
	dockerd "${network[@]}" "$@" >"$ENGINES_WORK/dockerd.log" 2>&1 3>&- 4>&- &
	echo $! >"$ENGINES_WORK/dockerd.pid"
	wait_for docker version || { tail "$ENGINES_WORK/dockerd.log" >&2; return 1; }
}

engine_stop() {
	end_daemon "$ENGINES_WORK/dockerd.pid"
}

engine_words() { echo docker; }

engine_import() {	# TAR NAME [CHANGE...]
	local tar=$1 name=$2 changes=() c
	shift 2
	for c; do changes+=(--change "$c"); done
	e import "${changes[@]}" "$tar" "$name"
}
