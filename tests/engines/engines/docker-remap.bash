# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# Docker with the root of every container mapped to subordinate ids.
. "${BASH_SOURCE[0]%/*}/docker.bash"
FEATURES='restart health bridge update remap'
DAEMON='{"userns-remap": "tester"}'
HOST_USERNS=(--userns host)	# without it Docker shares no other namespace of the host, and makes nobody privileged
