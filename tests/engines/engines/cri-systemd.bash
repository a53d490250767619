# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# The same with systemd's cgroups, as most clusters are set up.
. "${BASH_SOURCE[0]%/*}/cri.bash"
SYSTEMD_CGROUP=true

pod_cgroup() { echo "/kubepods.slice/kubepods-${C//-/_}.slice"; }
pod_cgroup_remove() { systemctl stop kubepods.slice; }
