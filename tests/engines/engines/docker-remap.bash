# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# Docker with the root of every container mapped to subordinate ids.
. "${BASH_SOURCE[0]%/*}/docker.bash"
FEATURES='remap'
STATE_ROOTS+=(/run/docker/runtime-runc/moby)

eval "$(declare -f engine_start | sed '1s/engine_start/docker_start/')"
engine_start() {
	grep -q ^dockremap: /etc/subuid || echo dockremap:200000:65536 | tee -a /etc/subuid >>/etc/subgid
	docker_start --userns-remap tester
}
