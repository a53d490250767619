# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# Podman as root, with cgroups that mcrun makes itself (MANAGER=cgroupfs) or through systemd.
PACKAGES=(podman conmon netavark aardvark-dns catatonit uidmap iptables)
STATE_ROOTS=(/run/mcrun)
CLI=docker
FEATURES='podman restart health bridge update system pods userns checkpoint'
MANAGER=cgroupfs

engine_version() { podman --version; }

engine_start() {
	install -D -m 0644 "$CONTRIB/containers.conf" /etc/containers/containers.conf.d/mcrun.conf
	{
		printf '[network]\nnetwork_backend = "netavark"\n'
		grep -qw pids /sys/fs/cgroup/cgroup.controllers || printf '[containers]\npids_limit = 0\n'
	} >/etc/containers/containers.conf.d/suite.conf
	[ -e /etc/containers/policy.json ] || echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
	grep -q ^containers: /etc/subuid || echo containers:300000:65536 | tee -a /etc/subuid >>/etc/subgid # --userns=auto
	e info >"$ENGINES_WORK/info"
	grep -q 'name: mcrun' "$ENGINES_WORK/info" || { cat "$ENGINES_WORK/info" >&2; return 1; }
}

# Podman has no daemon; its pause process and images are all that is there.
engine_stop() { e rmi -fa >/dev/null; }

engine_words() { echo podman --cgroup-manager "$MANAGER"; }

engine_import() {	# TAR NAME [CHANGE...]
	local tar=$1 name=$2 changes=() c
	shift 2
	for c; do changes+=(--change "$c"); done
	e import -q "${changes[@]}" "$tar" "$name"
}

engine_remove() { e pod rm -f -a -t 0 >/dev/null && e rm -f -v -t 0 --ignore "$@" >/dev/null; }
