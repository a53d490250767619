# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# Docker: dockerd with mcrun as its default runtime, on its default folders; where systemd runs, as its unit, with the
# cgroups that Docker then takes, systemd's.
PACKAGES=(docker.io iptables ca-certificates)
STATE_ROOTS=(/run/docker/runtime-runc/moby /run/docker/runtime-mcrun/moby)
CLI=docker
FEATURES='restart health bridge update system'
DAEMON='{}'	# what daemon.json says beside the drop-in

engine_version() { dockerd --version; }

engine_start() {
	local network='{}'
	can_bridge || network='{"iptables": false, "ip6tables": false, "bridge": "none"}'
	mkdir -p /etc/docker
	jq -s add "$CONTRIB/daemon.json" - <<<"$network $DAEMON" >/etc/docker/daemon.json
	if [ -d /run/systemd/system ]; then
		systemctl start docker
	else
		dockerd >"$ENGINES_WORK/dockerd.log" 2>&1 3>&- 4>&- &
		echo $! >"$ENGINES_WORK/dockerd.pid"
	fi
	wait_for docker version || { docker_log >&2; return 1; }
}

docker_log() {
	if [ -d /run/systemd/system ]; then journalctl -n 50 -u docker; else tail "$ENGINES_WORK/dockerd.log"; fi
}

engine_stop() {
	if [ -d /run/systemd/system ]; then
		systemctl stop docker.socket docker containerd
	else
		end_daemon "$ENGINES_WORK/dockerd.pid"
	fi
}

engine_words() { echo docker; }

engine_import() {	# TAR NAME [CHANGE...]
	local tar=$1 name=$2 changes=() c
	shift 2
	for c; do changes+=(--change "$c"); done
	e import "${changes[@]}" "$tar" "$name"
}
