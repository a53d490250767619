# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# Kubernetes' way to containerd: its CRI plugin with mcrun as the default runtime, and cri.py in place of a kubelet.
. "${BASH_SOURCE[0]%/*}/containerd.bash"
PACKAGES+=(containernetworking-plugins python3-grpcio python3-protobuf)
CLI=cri
FEATURES=''
SYSTEMD_CGROUP=false
KUBELET=/run/cri.sock		# where cri.py answers
PAUSE=localhost/pause:1
POD_NET=10.88.77	# pods are its .2, .3 ...

engine_config() {
	sed "s/SystemdCgroup = .*/SystemdCgroup = $SYSTEMD_CGROUP/" "$CONTRIB/config.toml"
	printf '%s\n' '[plugins."io.containerd.grpc.v1.cri"]' "sandbox_image = \"$PAUSE\""
	# What this host has not: cgroups for cpu shares, which containerd sets always, and the right to be killed less.
	has_cpu || printf '%s\n' 'disable_cgroup = true' 'restrict_oom_score_adj = true'
	printf '%s\n' '[plugins."io.containerd.grpc.v1.cri".cni]' 'bin_dir = "/usr/lib/cni"'
	# A shim that answers later than that has, to containerd, a task with the pid 0: in an emulated machine it may.
	printf '%s\n' '[timeouts]' '"io.containerd.timeout.task.state" = "60s"'
}

engine_start() {
	mkdir -p /etc/containerd /etc/cni/net.d
	engine_config >/etc/containerd/config.toml
	jq -n --arg subnet "$POD_NET.0/24" '{ cniVersion: "0.4.0", name: "pods", plugins: [
		{ type: "ptp", ipam: { type: "host-local", subnet: $subnet, routes: [{ dst: "0.0.0.0/0" }] } }] }' \
		>/etc/cni/net.d/10-pods.conflist
	containerd >"$ENGINES_WORK/containerd.log" 2>&1 3>&- 4>&- &
	echo $! >"$ENGINES_WORK/containerd.pid"
	"$ENGINES_DIR/cri.py" serve /run/containerd/containerd.sock "$KUBELET" >"$ENGINES_WORK/cri.log" 2>&1 3>&- 4>&- &
	echo $! >"$ENGINES_WORK/cri.pid"
	wait_for e Status || { tail "$ENGINES_WORK"/{containerd,cri}.log >&2; return 1; }
}

engine_stop() {
	end_daemon "$ENGINES_WORK/cri.pid"
	rm -f "$KUBELET"
	end_daemon "$ENGINES_WORK/containerd.pid"
}

# The image of pods is that of all: what a sandbox runs is its Cmd.
engine_import() {	# TAR NAME
	image_archive "$1" "localhost/$2:1" '["/bin/sh"]' >/dev/null
	ctr -n k8s.io image import "$ENGINES_WORK/image.tar"
	image_archive "$1" "$PAUSE" '["/bin/sleep", "100000"]' >/dev/null
	ctr -n k8s.io image import "$ENGINES_WORK/image.tar"
}

engine_words() { echo "$ENGINES_DIR/cri.py $KUBELET"; }
engine_containers() { e pods; }

engine_remove() {
	e remove "$@" && pod_cgroup_remove
}

# The cgroup of a pod is its kubelet's to make and remove. Prints what the engine is told of it.
pod_cgroup() {
	! has_cpu || { mkdir -p "/sys/fs/cgroup/kubepods/$C" && echo "/kubepods/$C"; }
}

pod_cgroup_remove() {
	! has_cpu || rmdir /sys/fs/cgroup/kubepods/*/ /sys/fs/cgroup/kubepods
}

has_cpu() { grep -qw cpu /sys/fs/cgroup/cgroup.controllers; }
