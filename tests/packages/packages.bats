#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The packages: they build from the tree, have all that `make install` has, install, work and go again. Never on this
# host itself: what dpkg and mcrun do here happens in a copy of it that a mount namespace holds.
# Needs root, MCRUN_BUILD, and the packages debhelper dpkg-dev lintian rpm busybox-static.
IFS=$' \t\n'

TREE=$(cd "$BATS_TEST_DIRNAME/../.." && pwd -P)
CONTRIB=$TREE/contrib

# Builds the packages once, and asks make what there is to install.
setup_file() {
	[ "$EUID" -eq 0 ]
	"$CONTRIB/debian/build" "$BATS_FILE_TMPDIR"
	# rpm cannot know what Debian's packages provide.
	"$CONTRIB/rpm/build" "$BATS_FILE_TMPDIR" --nodeps
	make -s -C "${MCRUN_BUILD:-$TREE}" install prefix=/usr DESTDIR="$BATS_FILE_TMPDIR/installed" >/dev/null
	(cd "$BATS_FILE_TMPDIR/installed" && find . -type f | sed 's/^\.//' | sort) >"$BATS_FILE_TMPDIR/files"
	grep -qx /usr/bin/mcrun "$BATS_FILE_TMPDIR/files"
}

setup() {
	T=$BATS_TEST_TMPDIR
	DEB=$(echo "$BATS_FILE_TMPDIR"/mcrun_*.deb)
	RPM=$(echo "$BATS_FILE_TMPDIR"/mcrun-*.rpm)
}

# has_all LIST: every file that make installs is in the list; the rest is documentation.
has_all() {
	sed 's/\.gz$//' "$1" | sort >"$T/list"
	comm -23 "$BATS_FILE_TMPDIR/files" "$T/list" >"$T/missing"
	comm -13 "$BATS_FILE_TMPDIR/files" "$T/list" | grep -vE '^/usr/share/(doc|licenses|lintian)/|^/usr/lib/\.build-id/' >"$T/more" || :
	[ ! -s "$T/missing" ] || { echo "missing: $(<"$T/missing")"; return 1; }
	[ ! -s "$T/more" ] || { echo "and why these: $(<"$T/more")"; return 1; }
}

# on_copy SCRIPT [ARG...]: in a copy of this host, which is its root. What it writes is under $T/copy/upper afterwards.
on_copy() {
	mkdir -p "$T/copy"
	mount -t tmpfs tmpfs "$T/copy"
	mkdir "$T/copy"/{upper,work,root}
	# shellcheck disable=SC2016 # for the inner shells
	unshare --mount --pid --fork --kill-child --propagation slave bash -euc '
		mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
		for dir in proc sys dev; do mount --rbind "/$dir" "$1/root/$dir"; done
		mount -t proc proc "$1/root/proc"
		mount -t tmpfs tmpfs "$1/root/run"
		chroot "$1/root" bash -euc "${@:2}"' - "$T/copy" "$@"
}

teardown() {
	! mountpoint -q "$T/copy" || umount "$T/copy"
}

@test "the Debian package has all that make installs, and lintian nothing to say" {
	dpkg-deb --fsys-tarfile "$DEB" | tar -t | sed -n 's,^\./\(.*[^/]\)$,/\1,p' >"$T/deb"
	has_all "$T/deb"
	lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$DEB"
	[ "$(dpkg-deb -f "$DEB" Version)" = "$("${MCRUN_BUILD:-$TREE}/mcrun" --version | awk '{ print $NF; exit }')" ]
}

@test "it installs, runs a container, lends engines its drop-ins, and is purged: nothing is left" {
	cp "$DEB" "$T/mcrun.deb"
	chmod 0755 "$T"
	# shellcheck disable=SC2016 # for the inner shell
	run on_copy '
		dpkg -i "$1/mcrun.deb" >/dev/null
		mkdir -p /run/b/rootfs/bin /run/systemd/system
		cp "$(command -v busybox)" /run/b/rootfs/bin/sh
		mcrun spec -b /run/b -- sh -c "echo it runs"
		mcrun run -b /run/b packaged
		mcrun list -q
		mcrun features | grep -o "\"systemd\": *true" | head -n 1
		grep -l "\"/usr/bin/mcrun\"" /usr/share/doc/mcrun/examples/*
		[[ -z $(grep -r /usr/local /usr/share/doc/mcrun/examples) ]]
		dpkg --purge mcrun >/dev/null
		[[ ! -e /usr/bin/mcrun ]]
		[[ -z $(dpkg-query -W mcrun 2>/dev/null) ]]' - "$T"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"it runs"* ]]
	[[ $output == *'"systemd": true'* ]]	# it finds its helper
	[ "$(grep -c /doc/mcrun/examples/ <<<"$output")" = "$(find "$CONTRIB/engines" -type f | wc -l)" ]
	find "$T/copy/upper" \( ! -type d -o -path '*mcrun*' \) -printf '/%P\n' |
		grep -vE '^/var/(lib/dpkg|log|cache)/|^/run/' >"$T/left" || :
	[ ! -s "$T/left" ] || { cat "$T/left"; return 1; }
}

@test "the RPM has all that make installs, installs in a root of its own, and is erased: nothing is left" {
	local root=$T/root
	rpm -qlp "$RPM" >"$T/all"
	rpm -qp --qf '[%{FILEMODES:perms} %{FILENAMES}\n]' "$RPM" | sed -n 's/^-[^ ]* //p' >"$T/rpm"
	has_all "$T/rpm"
	grep -qx /usr/libexec/mcrun "$T/all"	# folders of its own go with it
	mkdir "$root"
	rpm --root "$root" -i --nodeps "$RPM"
	"$root/usr/bin/mcrun" --version
	grep -q '"/usr/bin/mcrun"' "$root"/usr/share/doc/mcrun-*/engines/daemon.json
	rpm --root "$root" -e mcrun
	run find "$root" -name '*mcrun*'
	[ -z "$output" ]
}

@test "the drop-in of CRI-O has only keys that crio.conf(5) documents" {
	run /usr/bin/python3 - "$CONTRIB/engines/crio.conf" <<-'END'
		import sys, tomllib
		with open(sys.argv[1], "rb") as file:
		    runtime = tomllib.load(file)["crio"]["runtime"]
		name = runtime["default_runtime"]
		assert set(runtime) == {"default_runtime", "runtimes"}, runtime
		assert set(runtime["runtimes"]) == {name}, name
		assert set(runtime["runtimes"][name]) <= {"runtime_path", "runtime_type", "runtime_root", "monitor_path"}
		assert runtime["runtimes"][name]["runtime_type"] == "oci"
	END
	echo "$output"
	[ "$status" -eq 0 ]
}
