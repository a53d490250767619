# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# Podman as root, with cgroups that systemd makes.
. "${BASH_SOURCE[0]%/*}/podman.bash"
MANAGER=systemd
