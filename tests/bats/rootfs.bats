#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The root file system: where it is, read-only, propagation, and that nothing else is seen.

load helpers

@test "a relative root is relative to the bundle" {
	echo here >"$BUNDLE/rootfs/marker"
	cd /
	run_sh 'cat /marker'
	assert_output here
}

@test "an absolute root may lie outside the bundle" {
	mv "$BUNDLE/rootfs" "$T/elsewhere"
	echo there >"$T/elsewhere/marker"
	config --arg p "$T/elsewhere" '.root.path = $p'
	run_sh 'cat /marker'
	assert_output there
}

@test "a root that is not read-only can be written" {
	run_sh 'echo new >/file'
	assert_equal "$(cat "$BUNDLE/rootfs/file")" new
}

@test "a read-only root cannot be written, mounts in it can" {
	config '.root.readonly = true | .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]'
	run_sh 'touch /file 2>/dev/null || echo refused; touch /tmp/file && echo written'
	assert_output "$(printf 'refused\nwritten')"
}

@test "a read-only root stays writable on the host" {
	config '.root.readonly = true'
	create_ok
	touch "$BUNDLE/rootfs/file"
}

@test "two containers can share one read-only root" {
	config '.root.readonly = true'
	create_ok
	config '.linux.cgroupsPath += "-2"'
	mcrun create --bundle "$BUNDLE" "$ID-2"
	assert_success
	start_ok
	mcrun start "$ID-2"
	assert_success
}

@test "the container sees its root and its mounts, and no mount of the host" {
	run_sh 'awk "{ print \$5 }" /proc/self/mountinfo; ls -A /'
	local line
	while IFS= read -r line; do
		case $line in
		/ | /proc | /proc/* | /dev | /dev/* | /sys | /sys/*) ;;
		/*) fail "a mount at $line" ;;
		esac
	done <<<"$output"
	assert_has_not "$output" put_old old_root .pivot
}

@test ".. of the root is the root" {
	echo here >"$BUNDLE/rootfs/marker"
	run_sh 'cd /; cat ../../../marker; cd /proc/1/root && cat marker'
	assert_output "$(printf 'here\nhere')"
}

@test "the runtime leaves nothing in the root but the places of mounts" {
	mkdir "$BUNDLE/rootfs/sys/x" && rmdir "$BUNDLE/rootfs/sys/x"
	find "$BUNDLE/rootfs" | sort >"$T/before"
	config_args true
	run_container
	assert_success
	find "$BUNDLE/rootfs" | sort >"$T/after"
	assert_equal "$(diff "$T/before" "$T/after")" ""
}

@test "rootfsPropagation: private, slave, shared and unbindable" {
	requires root
	local kind
	for kind in private rprivate slave rslave shared rshared unbindable runbindable; do
		config --arg k "$kind" '.linux.rootfsPropagation = $k'
		config_sh 'awk "\$5 == \"/\"" /proc/self/mountinfo'
		MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
			mount --make-rshared / && exec timeout -k 2 "$@"' sh "$LIMIT" \
			"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" </dev/null 3>&- ||
			fail "$kind: $(cat "$T/err")"
		output=$(cat "$T/out")
		case $kind in
		*private) assert_has_not "$output" shared: master: unbindable ;;
		*slave) assert_has_not "$output" shared: unbindable ;;
		*shared) assert_has "$output" shared: ;;
		*unbindable) assert_has "$output" unbindable ;;
		esac
	done
}

@test "without rootfsPropagation the host sees no mount of the container" {
	local before
	before=$(wc -l </proc/self/mountinfo)
	create_ok
	start_ok
	assert_equal "$(wc -l </proc/self/mountinfo)" "$before" "mounts of the host"
}

@test "an unknown rootfsPropagation is refused" {
	config '.linux.rootfsPropagation = "sideways"'
	create
	assert_refused /linux/rootfsPropagation sideways
}

@test "a root on a tmpfs works" {
	requires root
	config_sh 'echo alive'
	output=$(MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
		mount -t tmpfs x "$1/data" && cp -a "$1/bin" "$1/data/" && mkdir "$1/data/proc" "$1/data/dev" "$1/data/sys" &&
		shift && exec timeout -k 2 "$@"' sh "$BUNDLE/rootfs" "$LIMIT" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" 3>&-)
	assert_output alive
}

@test "an empty root has what the mounts bring" {
	rm -r "$BUNDLE/rootfs"
	mkdir "$BUNDLE/rootfs"
	config --arg b "$BATS_FILE_TMPDIR/rootfs/bin" '.mounts = [{destination: "/bin", source: $b, options: ["bind", "ro"]}] + .mounts'
	run_sh 'ls -d /bin /proc /dev /sys | wc -l'
	assert_output 4
}

@test "--no-pivot keeps the container in its root" {
	echo here >"$BUNDLE/rootfs/marker"
	config_sh "cat /marker; cat ../../marker; test -e $T -o -e /boot || echo inside"
	mcrun run --no-pivot --bundle "$BUNDLE" "$ID"
	assert_success
	assert_output "$(printf 'here\nhere\ninside')"
}

# bats test_tags=mcrun
@test "in a chroot, where nothing can be mounted, that is told" {
	requires mcrun root
	cp "$RUNTIME" "$T/runtime"
	config 'del(.linux.cgroupsPath)'
	MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c 'outer=$1 T=$2 && shift 2
		for dir in /usr /bin /lib /lib64 /proc /sys "$T"; do
			[ ! -e "$dir" ] || { mkdir -p "$outer$dir" && mount --rbind "$dir" "$outer$dir"; } || exit
		done
		exec timeout -k 2 "$@"' sh "$BATS_FILE_TMPDIR/outer" "$T" "$LIMIT" chroot "$BATS_FILE_TMPDIR/outer" "$T/runtime" \
		--root "$ROOT" create --bundle "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" </dev/null 3>&- && fail "it was created"
	OUT=$T/out ERR=$T/err
	read_output
	assert_has "$stderr" /linux/rootfsPropagation "mount point" chroot
	assert_nothing_left
}
