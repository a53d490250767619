# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# Podman as an ordinary user, with cgroups that the user's systemd makes.
. "${BASH_SOURCE[0]%/*}/rootless.bash"
MANAGER=systemd
