# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # read by helpers.bash
# Podman as an ordinary user, in the user's own part of the cgroup tree where systemd gives one.
. "${BASH_SOURCE[0]%/*}/podman.bash"
PACKAGES+=(slirp4netns passt fuse-overlayfs dbus-user-session)
STATE_ROOTS=("/run/user/$(id -u tester)/mcrun")
FEATURES='podman restart health publish update pods userns'

eval "$(declare -f engine_start | sed '1s/engine_start/podman_start/')"
engine_start() {
	local uid slice
	uid=$(id -u tester)
	slice=/sys/fs/cgroup/user.slice/user-$uid.slice/user@$uid.service/app.slice
	chmod 0755 "$ENGINES_WORK"
	{
		printf '#!/bin/sh\n'
		if [ -d "$slice" ]; then
			mkdir -p "$slice/engines.scope"
			chown -R tester: "$slice/engines.scope"
			printf 'echo $$ >%s/engines.scope/cgroup.procs\n' "$slice"
		fi
		# shellcheck disable=SC2016
		printf 'cd / && exec setpriv --reuid tester --regid tester --init-groups env -i PATH="$PATH" TERM=xterm \
			HOME="$(getent passwd tester | cut -d: -f6)" XDG_RUNTIME_DIR="/run/user/$(id -u tester)" \
			DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$(id -u tester)/bus" "$@"\n'
	} >"$ENGINES_WORK/as-tester"
	chmod 0755 "$ENGINES_WORK/as-tester"
	podman_start
}

engine_words() { echo "$ENGINES_WORK/as-tester" podman --cgroup-manager "$MANAGER"; }
