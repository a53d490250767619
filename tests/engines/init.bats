#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A whole system in a container: systemd is its process 1, and has a part of the cgroup tree of its own.

load helpers

setup_file() {
	[[ " $CLI " == *" docker "* && -x /lib/systemd/systemd ]] || return 0
	make_system_image
}

# Debian packages of this host and all that they depend on.
closure() {	# PACKAGE...
	# shellcheck disable=SC2016	# dpkg's
	dpkg-query -W -f '${Package}\t${Pre-Depends}, ${Depends}\n' | awk -F'\t' -v todo="$*" '
		{ gsub(/\([^)]*\)|:[a-z]+/, "", $2); depends[$1] = $2 }
		END {
			n = split(todo, queue, " ")
			for (i = 1; i <= n; i++) {
				if (!(queue[i] in depends) || seen[queue[i]]++)
					continue
				print queue[i]
				m = split(depends[queue[i]], more, /[ ,|]+/)
				for (k = 1; k <= m; k++)
					queue[++n] = more[k]
			}
		}'
}

# The files of this host's own systemd, with one service more.
make_system_image() {
	local root=$ENGINES_WORK/system
	mkdir -p "$root"/{dev,etc/systemd/system/multi-user.target.wants,proc,root,run,sys,tmp,var/log,var/lib}
	closure systemd bash coreutils mount util-linux | xargs dpkg-query -L | sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,' |
		grep '^/usr/' | grep -vE '^/usr/(share/(doc|man|locale|zoneinfo|perl)|lib/(udev|x86_64-linux-gnu/(perl|gconv)))' | sort -u |
		while read -r f; do [ -d "$f" ] && [ ! -L "$f" ] || [ ! -e "$f" ] || echo "${f#/}"; done >"$root.files"
	tar -C / -cf - -T "$root.files" | tar -C "$root" -xf -
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root/"
	printf '%s\n' root:x:0:0:root:/root:/bin/bash messagebus:x:100:100::/:/bin/false >"$root/etc/passwd"
	printf '%s\n' root:x:0: tty:x:5: messagebus:x:100: >"$root/etc/group"
	: >"$root/etc/machine-id"
	cat >"$root/etc/systemd/system/hello.service" <<-'END'
		[Service]
		ExecStart=/bin/bash -c 'echo hello >/run/hello; exec sleep 1000'
		TasksMax=20
	END
	ln -s ../hello.service "$root/etc/systemd/system/multi-user.target.wants/hello.service"
	tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$ENGINES_WORK/system.tar" .
	chmod 0644 "$ENGINES_WORK/system.tar"
	rm -rf "$root"
	engine_import "$ENGINES_WORK/system.tar" system >/dev/null
}

@test "systemd as the container's init: it comes up, runs services, and stops in order" {
	needs docker system
	[ -x /lib/systemd/systemd ] || skip "needs systemd"
	local options=(--systemd=always --stop-signal RTMIN+3) group
	[[ $ENGINE != docker* ]] || options=(--stop-signal RTMIN+3 --privileged --cgroupns private --tmpfs /run --tmpfs /tmp -e container=docker)
	e run -d --name "$C" --network none "${options[@]}" system /lib/systemd/systemd >/dev/null
	up() { [[ $(e exec "$C" systemctl is-system-running) =~ ^(running|degraded)$ ]]; }
	wait_for up
	assert_equal "$(e exec "$C" cat /proc/1/comm)" systemd
	run e exec "$C" systemctl is-active hello
	assert_output active
	run e exec "$C" cat /run/hello /sys/fs/cgroup/system.slice/hello.service/cgroup.procs
	assert_success
	[[ $output =~ ^hello$'\n'[0-9]+$ ]] || fail "no service in a cgroup of its own"
	! grep -qw pids /sys/fs/cgroup/cgroup.controllers || {
		group=$(e exec "$C" cat /sys/fs/cgroup/system.slice/hello.service/pids.max)
		assert_equal "$group" 20 "pids.max of the service"
	}
	e stop -t 60 "$C" >/dev/null
	run field '{{.State.ExitCode}}'
	[[ $output =~ ^(0|130)$ ]] || fail "it did not stop in order"
}
