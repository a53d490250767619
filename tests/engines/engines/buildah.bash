# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# buildah: RUN steps in containers of mcrun.
PACKAGES=(buildah conmon netavark uidmap)
STATE_ROOTS=(/run/mcrun)
CLI=buildah
FEATURES=''

engine_version() { buildah --version; }

engine_start() {
	install -D -m 0644 "$CONTRIB/containers.conf" /etc/containers/containers.conf.d/mcrun.conf
	[ -e /etc/containers/policy.json ] || echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
}

engine_stop() { e rmi -fa >/dev/null; }

engine_words() { echo buildah; }

# An image from nothing.
engine_import() {	# TAR NAME
	local box
	box=$(e from scratch)
	e add "$box" "$1" / >/dev/null
	e commit -q "$box" "$2"
	e rm "$box" >/dev/null
}

engine_containers() { e containers -q; }
engine_remove() { e rm "$@" >/dev/null; }
