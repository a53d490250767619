# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# containerd: ctr and the runc v2 shim, with mcrun as the shim's binary.
PACKAGES=(containerd)
STATE_ROOTS=(/run/containerd/runc/default /run/containerd/runc/k8s.io)
CLI=ctr
FEATURES=''

engine_version() { containerd --version; }

engine_start() {
	install -D -m 0644 "$CONTRIB/config.toml" /etc/containerd/config.toml
	# ctr forgets which runtime it was told when it maps ids, and takes the first runc that there is.
	mkdir -p "$ENGINES_WORK/bin"
	ln -sf "$RUNTIME" "$ENGINES_WORK/bin/runc"
	PATH=$ENGINES_WORK/bin:$PATH containerd >"$ENGINES_WORK/containerd.log" 2>&1 3>&- 4>&- &
	echo $! >"$ENGINES_WORK/containerd.pid"
	wait_for e version || { tail "$ENGINES_WORK/containerd.log" >&2; return 1; }
}

engine_stop() { end_daemon "$ENGINES_WORK/containerd.pid"; }

engine_words() { echo ctr; }

# ctr reads archives of images, not of roots: this makes $ENGINES_WORK/image.tar, an image of a single layer.
image_archive() {	# TAR NAME CMD
	local dir=$ENGINES_WORK/image
	mkdir -p "$dir"
	cp "$1" "$dir/layer.tar"
	jq -n --arg diff "sha256:$(sha256sum "$1" | cut -d ' ' -f 1)" --argjson cmd "$3" '{
		architecture: "amd64", os: "linux", config: { Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: $cmd },
		rootfs: { type: "layers", diff_ids: [$diff] } }' >"$dir/config.json"
	jq -n --arg name "$2" '[{ Config: "config.json", RepoTags: [$name], Layers: ["layer.tar"] }]' >"$dir/manifest.json"
	tar -C "$dir" -cf "$ENGINES_WORK/image.tar" manifest.json config.json layer.tar
}

engine_import() {	# TAR NAME
	image_archive "$1" "$2" '["/bin/sh"]'
	e image import "$ENGINES_WORK/image.tar"
}

engine_containers() { e container ls -q; }

engine_remove() {
	local id
	for id; do
		e task rm -f "$id" >/dev/null 2>&1 || true
		e container rm "$id"
	done
}
