#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Mounts: kinds, destinations, order, and every option of the spec's table.

load helpers

# in_mount DEST: mount options, super options and propagation of a destination, from mountinfo in $output.
mount_line() {
	awk -v d="$1" '$5 == d { last = $0 } END { print last }' <<<"$output"
}

# flags_of DEST: "options|super options|type|propagation" of the last mount there.
flags_of() {
	mount_line "$1" | awk '{ p = ""; for (i = 7; $i != "-"; i++) p = p $i " ";
		print "," $6 ",|," $(i + 3) ",|" $(i + 1) "|" p }'
}

assert_flag() {
	local flags
	flags=$(flags_of "$1")
	[[ ${flags%%|*} == *",$2,"* ]] || fail "$1 is not $2: $(mount_line "$1")"
}

refute_flag() {
	local flags
	flags=$(flags_of "$1")
	[ -n "$flags" ] || fail "no mount at $1"
	[[ ${flags%%|*} != *",$2,"* ]] || fail "$1 is $2: $(mount_line "$1")"
}

assert_super() {
	local flags
	flags=$(flags_of "$1" | cut -d'|' -f2)
	[[ $flags == *",$2,"* ]] || fail "the file system at $1 is not $2: $(mount_line "$1")"
}

refute_super() {
	local flags
	flags=$(flags_of "$1" | cut -d'|' -f2)
	[ -n "$flags" ] || fail "no mount at $1"
	[[ $flags != *",$2,"* ]] || fail "the file system at $1 is $2: $(mount_line "$1")"
}

# assert_flags DEST=FLAG...: each mount has its flag, or has it not where the word says DEST=!FLAG. With BELOW=/sub in
# front, the same is true of the mount at DEST/sub.
assert_flags() {
	local word where
	for word; do
		for where in "${word%%=*}" ${BELOW:+"${word%%=*}$BELOW"}; do
			case ${word#*=} in
			!*) refute_flag "$where" "${word#*=!}" ;;
			*) assert_flag "$where" "${word#*=}" ;;
			esac
		done
	done
}

# tmpfs_with DEST=OPTION,OPTION...: adds a tmpfs for each word.
tmpfs_with() {
	config '.mounts += [$ARGS.positional[] | capture("(?<d>[^=]*)=(?<o>.*)")
		| {destination: .d, type: "tmpfs", source: "tmpfs", options: (.o | split(","))}]' --args -- "$@"
}

# bind_with DEST=OPTION,OPTION...: binds $SOURCE there.
bind_with() {
	config --arg s "$SOURCE" '.mounts += [$ARGS.positional[] | capture("(?<d>[^=]*)=(?<o>.*)")
		| {destination: .d, type: "bind", source: $s, options: (.o | split(","))}]' --args -- "$@"
}

# A source with a mount inside, made in a mount namespace of the runtime's own: the host's stay as they are.
run_with_submount() {
	MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
		mount -t tmpfs outer "$1" && mkdir "$1/sub" && mount -t tmpfs inner "$1/sub" && touch "$1/file" "$1/sub/file" &&
		shift && exec timeout -k 2 "$@"' sh "$SOURCE" "$LIMIT" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		>"$T/out" 2>"$T/err" </dev/null 3>&- || fail "run: $(cat "$T/err")"
	output=$(cat "$T/out")
	mapfile -t lines <<<"$output"
}

# loop_devices FILE...: a loop device for each, in LOOPS; teardown lets go of them.
loop_devices() {
	local file
	LOOPS=()
	for file; do
		LOOPS+=("$(losetup --find --show "$file" 2>"$T/losetup")") || skip "machine: no loop devices: $(cat "$T/losetup")"
	done
}

teardown() {
	[ -z "${LOOPS[*]:-}" ] || losetup --detach "${LOOPS[@]}"
	teardown_bundle
}

setup() {
	setup_bundle
	SOURCE=$T/source
	mkdir "$SOURCE"
	echo inside >"$SOURCE/file"
}

@test "bind: a directory, writable" {
	bind_with /mnt=bind
	run_sh 'cat /mnt/file; echo written >/mnt/new'
	assert_output inside
	assert_equal "$(cat "$SOURCE/new")" written
}

@test "bind, ro: nothing can be written, and the host's directory stays writable" {
	bind_with /mnt=bind,ro
	run_sh 'cat /mnt/file; touch /mnt/new 2>/dev/null || echo refused'
	assert_output "$(printf 'inside\nrefused')"
	touch "$SOURCE/new"
}

@test "bind: a file on a file" {
	echo hello >"$T/hosts"
	config --arg s "$T/hosts" '.mounts += [{destination: "/etc/hosts", source: $s, options: ["bind", "ro"]}]'
	echo old >"$BUNDLE/rootfs/etc/hosts"
	run_sh 'cat /etc/hosts'
	assert_output hello
	assert_equal "$(cat "$BUNDLE/rootfs/etc/hosts")" old
}

@test "bind: the type is a dummy" {
	config --arg s "$SOURCE" '.mounts += [
		{destination: "/data/none", type: "none", source: $s, options: ["rbind"]},
		{destination: "/data/any", type: "dummy", source: $s, options: ["bind"]},
		{destination: "/data/absent", source: $s, options: ["rbind", "rw"]}]'
	run_sh 'cat /data/none/file /data/any/file /data/absent/file'
	assert_output "$(printf 'inside\ninside\ninside')"
}

@test "bind: a relative source is relative to the bundle" {
	mkdir "$BUNDLE/volume"
	echo relative >"$BUNDLE/volume/file"
	config '.mounts += [{destination: "/mnt", source: "volume", options: ["bind"]}]'
	cd /
	run_sh 'cat /mnt/file'
	assert_output relative
}

@test "bind leaves mounts below the source out, rbind takes them along" {
	requires root
	bind_with /data/one=bind /data/all=rbind
	config_sh 'ls /data/one/sub /data/all/sub'
	run_with_submount
	assert_output "$(printf '/data/all/sub:\nfile\n\n/data/one/sub:')"
}

@test "rbind, ro makes only the top read-only, rro all of it" {
	requires root
	bind_with /data/ro=rbind,ro /data/rro=rbind,rro
	config_sh 'for f in /data/ro /data/ro/sub /data/rro /data/rro/sub; do
		touch $f/new 2>/dev/null && echo $f writable || echo $f read-only; done'
	run_with_submount
	assert_output "$(printf '%s\n' '/data/ro read-only' '/data/ro/sub writable' '/data/rro read-only' '/data/rro/sub read-only')"
}

@test "recursive options reach every mount below" {
	requires root
	bind_with /data/a=rbind,rnosuid /data/b=rbind,rnodev /data/c=rbind,rnoexec /data/d=rbind,rnoatime \
		/data/e=rbind,rnodiratime /data/f=rbind,rnosymfollow /data/g=rbind,rrelatime /data/h=rbind,rstrictatime
	config_args cat /proc/self/mountinfo
	run_with_submount
	BELOW=/sub assert_flags /data/a=nosuid /data/b=nodev /data/c=noexec /data/d=noatime /data/e=nodiratime \
		/data/f=nosymfollow /data/g=relatime /data/h=!relatime /data/h=!noatime
}

@test "recursive options that clear reach every mount below" {
	requires root
	bind_with /data/a=rbind,rrw /data/b=rbind,rsuid /data/c=rbind,rdev /data/d=rbind,rexec \
		/data/e=rbind,rdiratime /data/f=rbind,rsymfollow /data/g=rbind,ratime
	config_args cat /proc/self/mountinfo
	MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
		o=ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
		mount -t tmpfs outer "$1" && mkdir "$1/sub" && mount -t tmpfs -o $o inner "$1/sub" && mount -o remount,$o "$1" &&
		shift && exec timeout -k 2 "$@"' sh "$SOURCE" "$LIMIT" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		>"$T/out" 2>"$T/err" </dev/null 3>&- || fail "run: $(cat "$T/err")"
	output=$(cat "$T/out")
	BELOW=/sub assert_flags /data/a=!ro /data/b=!nosuid /data/c=!nodev /data/d=!noexec /data/e=!nodiratime \
		/data/f=!nosymfollow /data/g=!noatime /data/a=nosuid		# and nothing else has changed
}

@test "options of a mount point: ro, nosuid, nodev, noexec, noatime, nodiratime, relatime, nosymfollow" {
	tmpfs_with /data/1=ro /data/2=nosuid /data/3=nodev /data/4=noexec /data/5=noatime /data/6=nodiratime \
		/data/7=relatime /data/8=nosymfollow /data/9=strictatime
	run_sh 'cat /proc/self/mountinfo'
	assert_flags /data/1=ro /data/2=nosuid /data/3=nodev /data/4=noexec /data/5=noatime /data/6=nodiratime \
		/data/7=relatime /data/8=nosymfollow /data/9=!relatime /data/9=!noatime /data/2=!ro
}

@test "options of a bind: ro, nosuid, nodev, noexec, noatime, nodiratime, relatime, nosymfollow" {
	bind_with /data/1=bind,ro /data/2=bind,nosuid /data/3=bind,nodev /data/4=bind,noexec /data/5=bind,noatime \
		/data/6=bind,nodiratime /data/7=bind,relatime /data/8=bind,nosymfollow /data/9=bind,strictatime
	run_sh 'cat /proc/self/mountinfo'
	assert_flags /data/1=ro /data/2=nosuid /data/3=nodev /data/4=noexec /data/5=noatime /data/6=nodiratime \
		/data/7=relatime /data/8=nosymfollow /data/9=!relatime /data/9=!noatime
}

@test "an option that clears undoes the one before it, the last word counts" {
	tmpfs_with /data/1=ro,rw /data/2=nosuid,suid /data/3=nodev,dev /data/4=noexec,exec /data/5=noatime,atime \
		/data/6=nodiratime,diratime /data/7=nosymfollow,symfollow /data/8=rw,ro /data/9=suid,nosuid
	run_sh 'cat /proc/self/mountinfo'
	assert_flags /data/1=!ro /data/2=!nosuid /data/3=!nodev /data/4=!noexec /data/5=!noatime \
		/data/6=!nodiratime /data/7=!nosymfollow /data/8=ro /data/9=nosuid
}

@test "strictatime, relatime and noatime exclude one another" {
	tmpfs_with /data/1=noatime,strictatime /data/3=relatime,noatime \
		/data/4=noatime,norelatime /data/5=strictatime,nostrictatime
	run_sh 'cat /proc/self/mountinfo'
	assert_flags /data/1=!noatime /data/1=!relatime /data/3=noatime /data/5=relatime
}

@test "options of a file system: sync, dirsync, lazytime do not end up as its data" {
	tmpfs_with /data/1=sync /data/2=dirsync /data/3=lazytime /data/4=sync,async /data/5=lazytime,nolazytime
	run_sh 'cat /proc/self/mountinfo'
	assert_super /data/1 sync
	assert_super /data/2 dirsync
	assert_super /data/3 lazytime
	refute_super /data/4 sync
	refute_super /data/5 lazytime
}

@test "iversion, noiversion, silent, loud, nomand and defaults are known" {
	tmpfs_with /data/1=iversion /data/2=noiversion /data/3=silent /data/4=loud /data/5=silent,loud /data/6=nomand \
		/data/7=defaults /data/8=defaults,ro
	run_sh 'cat /proc/self/mountinfo'
	assert_flags /data/8=ro /data/7=!ro
}

@test "every option that only clears is known alone" {
	local option words=() n=0
	for option in async atime dev diratime exec nolazytime norelatime nostrictatime rw suid symfollow loud noiversion; do
		n=$((n + 1))
		words+=("/data/$n=$option")
	done
	tmpfs_with "${words[@]}"
	run_sh 'grep -c " /data/" /proc/self/mountinfo'
	assert_output "$n"
}

@test "propagation: private, shared, slave, unbindable" {
	tmpfs_with /data/1=private /data/2=shared /data/3=slave /data/4=unbindable /data/5=rprivate /data/6=rshared \
		/data/7=rslave /data/8=runbindable
	run_sh 'cat /proc/self/mountinfo'
	assert_has_not "$(flags_of /data/1)" shared: master:
	assert_has "$(flags_of /data/2)" shared:
	assert_has_not "$(flags_of /data/3)" shared:
	assert_has "$(flags_of /data/4)" unbindable
	assert_has_not "$(flags_of /data/5)" shared: master:
	assert_has "$(flags_of /data/6)" shared:
	assert_has_not "$(flags_of /data/7)" shared:
	assert_has "$(flags_of /data/8)" unbindable
}

@test "propagation of a bind: rslave follows a shared source, rprivate does not" {
	requires root
	bind_with /data/slave=rbind,rslave /data/private=rbind,rprivate /data/shared=rbind,rshared
	config '.linux.rootfsPropagation = "rslave"'
	config_args cat /proc/self/mountinfo
	MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
		mount -t tmpfs outer "$1" && mount --make-shared "$1" && shift && exec timeout -k 2 "$@"' sh "$SOURCE" "$LIMIT" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" </dev/null 3>&- ||
		fail "run: $(cat "$T/err")"
	output=$(cat "$T/out")
	assert_has "$(flags_of /data/slave)" master:
	assert_has_not "$(flags_of /data/slave)" shared:
	assert_has_not "$(flags_of /data/private)" master: shared:
	assert_has "$(flags_of /data/shared)" shared:
}

@test "remount changes a mount that is there" {
	tmpfs_with /data/1=rw,size=64k /data/1=remount,ro,size=64k
	run_sh 'cat /proc/self/mountinfo'
	assert_equal "$(grep -c ' /data/1 ' <<<"$output")" 1 "mounts at /data/1"
	assert_flag /data/1 ro
}

@test "remount takes back what the file system was told" {
	tmpfs_with /data/1=sync,lazytime /data/1=remount,async,nolazytime /data/2=sync,lazytime /data/2=remount,noexec
	run_sh 'cat /proc/self/mountinfo'
	refute_super /data/1 sync
	refute_super /data/1 lazytime
	assert_super /data/2 sync
	assert_super /data/2 lazytime
}

# Kernels since 5.15 take the word and have no such locks any more; they show it, and so it can be taken back.
@test "mand and nomand reach the file system" {
	local mount
	tmpfs_with /data/1=mand /data/2=nomand /data/3=mand,nomand /data/4=mand /data/4=remount,nomand /data/5=nomand /data/5=remount,mand \
		/data/6=mand,size=64k
	run_sh 'cat /proc/self/mountinfo; for i in 1 2 3 4 5 6; do echo $i >/data/$i/file || exit; cat /data/$i/file; done'
	assert_equal "$(tail -n 6 <<<"$output" | tr '\n' ' ')" "1 2 3 4 5 6 " "files in the mounts"
	for mount in 1 5 6; do
		assert_super "/data/$mount" mand
	done
	for mount in 2 3 4; do
		refute_super "/data/$mount" mand
	done
}

@test "remount, rw of a read-only tmpfs leaves it writable" {
	tmpfs_with /data/1=ro /data/1=remount,rw /data/2=rw /data/2=remount,ro
	run_sh 'touch /data/1/new && echo writable; touch /data/2/new 2>/dev/null || echo read-only'
	assert_output "$(printf 'writable\nread-only')"
}

@test "a read-only tmpfs under a bind of the same place: the tmpfs is read-only, the bind is not" {
	tmpfs_with /mnt=ro
	bind_with /mnt=bind,rw
	run_sh 'echo written >/mnt/new; grep " /mnt " /proc/self/mountinfo | cut -d " " -f 6 | cut -d , -f 1'
	assert_output "$(printf 'ro\nrw')"
	assert_equal "$(cat "$SOURCE/new")" written
}

@test "remount, ro of a disk reaches its file system, with bind only the mount" {
	requires root tool:mkfs.ext4
	local image
	for image in 1 2 3; do
		truncate -s 4M "$T/image$image"
		mkfs.ext4 -q "$T/image$image"
	done
	loop_devices "$T/image1" "$T/image2" "$T/image3"
	config --argjson d "$(printf '%s\n' "${LOOPS[@]}" | jq -R . | jq -s .)" '.mounts += [
		{destination: "/data/1", type: "ext4", source: $d[0]}, {destination: "/data/1", options: ["remount", "ro"]},
		{destination: "/data/2", type: "ext4", source: $d[1]}, {destination: "/data/2", options: ["remount", "bind", "ro"]},
		{destination: "/data/3", type: "ext4", source: $d[2], options: ["ro"]}, {destination: "/data/3", options: ["remount", "rw"]}]'
	run_sh 'cat /proc/self/mountinfo'
	assert_flag /data/1 ro
	assert_super /data/1 ro
	assert_flag /data/2 ro
	assert_super /data/2 rw
	assert_flag /data/3 rw
	assert_super /data/3 rw
}

@test "tmpfs takes size, mode, uid and gid as its own data" {
	tmpfs_with /data/1=size=64k,mode=0750,uid=7,gid=8 /data/2=nosuid,nr_inodes=10,mode=1777
	run_sh 'stat -c "%a %u %g" /data/1; stat -c %a /data/2; df -k /data/1 | tail -n 1 | awk "{ print \$2 }"; stat -f -c %c /data/2'
	assert_output "$(printf '%s\n' '750 7 8' 1777 64 10)"
}

@test "an option that the file system refuses is an error that names the mount" {
	tmpfs_with /data/1=nosuchoption=7
	create
	assert_refused /mounts/ /data/1
}

@test "tmpcopyup keeps owners, times, links, fifos and extended attributes, read-only too" {
	requires root
	local dir=$BUNDLE/rootfs/data/copy
	mkdir -p "$dir/sub"
	echo one >"$dir/file"
	ln "$dir/file" "$dir/sub/same"
	ln -s /nowhere "$dir/link"
	mkfifo "$dir/fifo"
	chown 5:6 "$dir/file" "$dir/sub"
	chown -h 7:8 "$dir/link"
	chmod 4755 "$dir/file"
	touch -d @1000 "$dir/sub" "$dir/file"
	python3 -c 'import os, sys, struct
os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0))' "$dir/file"
	tmpfs_with /data/copy=tmpcopyup,ro
	create_ok # a container of its own: its init can be looked at
	assert_equal "$(python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "security.capability")[4:8].hex())' \
		"/proc/$(pid_of)/root/data/copy/file")" 00040000
	mcrun delete --force "$ID"
	run_sh 'cd /data/copy; stat -c "%n %F %a %u:%g %Y" file sub; stat -c "%u:%g" link; readlink link; stat -c %F fifo
		[ $(stat -c %i file) = $(stat -c %i sub/same) ] && stat -c %h file; cat sub/same; touch x 2>/dev/null || echo read-only'
	assert_output "$(printf '%s\n' 'file regular file 4755 5:6 1000' 'sub directory 755 5:6 1000' 7:8 /nowhere fifo 2 one read-only)"
}

# bats test_tags=mcrun
@test "src-nofollow binds a symlink itself, dest-nofollow refuses one as the destination" {
	requires mcrun
	ln -s file "$SOURCE/link"
	rm -f "$BUNDLE/rootfs/data/link"
	config --arg s "$SOURCE/link" '.mounts += [{destination: "/data/file", source: $s, options: ["bind"]},
		{destination: "/data/itself", source: $s, options: ["bind", "src-nofollow"]}]'
	run_sh 'cat /data/file; stat -c %F /data/itself'
	assert_output "$(printf 'inside\nsymbolic link')"
	mkdir "$BUNDLE/rootfs/real"
	ln -s /real "$BUNDLE/rootfs/data/astray"
	config --arg s "$SOURCE" '.mounts[-2:] = [{destination: "/data/astray", source: $s, options: ["bind"]}]'
	run_sh 'cat /real/file'
	assert_output inside
	config '.mounts[-1].options += ["dest-nofollow"]'
	create
	assert_refused /mounts/ /data/astray symlink
}

@test "a read-only /sys is read-only" {
	run_sh 'awk "\$5 == \"/sys\" { print substr(\$6, 1, 2) }" /proc/self/mountinfo; mkdir /sys/fs/x 2>/dev/null || echo refused'
	assert_output "$(printf 'ro\nrefused')"
}

@test "a mount on / is the root, and later mounts lie in it" {
	mkdir -p "$T/other"
	cp -al "$BUNDLE/rootfs/." "$T/other"
	echo other >"$T/other/root/which"
	config --arg s "$T/other" '.mounts = [{destination: "/", source: $s, options: ["bind"]}] + .mounts'
	bind_with /mnt=bind
	run_sh 'cat /root/which /mnt/file'
	assert_output "$(printf 'other\ninside')"
}

@test "tmpcopyup copies what was below into the tmpfs" {
	mkdir "$BUNDLE/rootfs/data/copy"
	echo original >"$BUNDLE/rootfs/data/copy/file"
	chmod 640 "$BUNDLE/rootfs/data/copy/file"
	ln -s file "$BUNDLE/rootfs/data/copy/link"
	mkdir -m 700 "$BUNDLE/rootfs/data/copy/dir"
	tmpfs_with /data/copy=tmpcopyup
	run_sh 'cd /data/copy; cat file; stat -c %a file dir; readlink link; echo changed >file'
	assert_output "$(printf '%s\n' original 640 700 file)"
	assert_equal "$(cat "$BUNDLE/rootfs/data/copy/file")" original
}

@test "tmpcopyup: an option that tells the mode or the owner is stronger than what was below" {
	requires root
	mkdir -m 750 "$BUNDLE/rootfs/data/copy"
	chown 5:6 "$BUNDLE/rootfs/data/copy"
	tmpfs_with /data/copy=tmpcopyup,mode=1770,uid=7 /data/new=tmpcopyup,mode=1777
	run_sh 'stat -c "%a %u:%g" /data/copy /data/new'
	assert_output "$(printf '%s\n' '1770 7:6' '1777 0:0')"
}

@test "proc, sysfs, devpts, mqueue and tmpfs are what they say" {
	run_sh 'for d in /proc /sys /dev/pts /dev/mqueue /dev/shm /dev; do awk -v d=$d "\$2 == d { print d, \$3 }" /proc/mounts; done'
	assert_output "$(printf '%s\n' '/proc proc' '/sys sysfs' '/dev/pts devpts' '/dev/mqueue mqueue' '/dev/shm tmpfs' '/dev tmpfs')"
}

@test "devpts is a new instance with the mode that was asked for" {
	run_sh 'stat -c %a /dev/pts/ptmx; ls /dev/pts'
	assert_output "$(printf '%s\n' 666 ptmx)"
}

@test "a destination that is missing is made: directories, and a file for a file" {
	echo hello >"$T/file"
	bind_with /data/new/deep/dir=bind
	config --arg s "$T/file" '.mounts += [{destination: "/data/other/deep/file", source: $s, options: ["bind"]}]'
	run_sh 'cat /data/new/deep/dir/file /data/other/deep/file'
	assert_output "$(printf 'inside\nhello')"
}

@test "a relative destination is relative to /" {
	config --arg s "$SOURCE" '.mounts += [{destination: "data/here", source: $s, options: ["bind"]}]
		| .process.cwd = "/tmp"'
	run_sh 'cat /data/here/file'
	assert_output inside
}

@test "a destination with .. stays inside" {
	bind_with /data/../../../../../data/up=bind
	run_sh 'cat /data/up/file'
	assert_output inside
}

@test "a symlink in the destination is followed inside the root file system" {
	mkdir -p "$BUNDLE/rootfs/real/dir"
	ln -s /real "$BUNDLE/rootfs/absolute"
	ln -s ../../../../../../../../real "$BUNDLE/rootfs/data/relative"
	bind_with /absolute/dir=bind /data/relative/other=bind
	run_sh 'cat /real/dir/file /real/other/file'
	assert_output "$(printf 'inside\ninside')"
}

@test "a symlink in the destination does not lead out to the host" {
	mkdir "$T/host"
	ln -s "$T/host" "$BUNDLE/rootfs/out"
	ln -s "../../../../../../../../../../../../../../..$T/host" "$BUNDLE/rootfs/data/out"
	bind_with /out/one=bind /data/out/two=bind
	config_args true
	run_container
	assert_equal "$(ls -A "$T/host")" "" "what was made on the host"
}

@test "mounts are made in the listed order: a later one covers an earlier one" {
	tmpfs_with /data/a=mode=755 /data/a/b=mode=755 /data/c/d=mode=755 /data/c=mode=755
	run_sh 'awk "{ print \$5 }" /proc/self/mountinfo | grep ^/data; ls -d /data/c/d 2>/dev/null || echo covered'
	assert_output "$(printf '%s\n' /data/a /data/a/b /data/c/d /data/c covered)"
}

@test "two mounts on one destination: the later one is seen" {
	mkdir "$T/second"
	echo second >"$T/second/file"
	bind_with /mnt=bind
	SOURCE=$T/second
	bind_with /mnt=bind
	run_sh 'cat /mnt/file'
	assert_output second
}

@test "a bind over the place of an earlier mount sees through it" {
	tmpfs_with /data/a=mode=755
	bind_with /data/a/b=bind
	run_sh 'cat /data/a/b/file'
	assert_output inside
}

@test "/dev read-only still has its devices" {
	config '(.mounts[] | select(.destination == "/dev") | .options) += ["ro"]'
	run_sh 'test -c /dev/null && test -c /dev/zero && echo devices; touch /dev/x 2>/dev/null || echo read-only; cat /proc/self/mountinfo'
	assert_line devices
	assert_line read-only
	assert_flag /dev ro
}

@test "nothing is mounted on the host" {
	bind_with /data/a=rbind,rshared /data/b=bind,ro
	config '.linux.rootfsPropagation = "shared"'
	local before
	before=$(wc -l </proc/self/mountinfo)
	create_ok
	assert_equal "$(wc -l </proc/self/mountinfo)" "$before" "mounts of the host"
}

@test "a bind of a bind keeps the flags that were not asked to change" {
	requires root
	bind_with /data/plain=bind /data/noexec=bind,noexec
	config_args cat /proc/self/mountinfo
	MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
		mount -t tmpfs -o nosuid,nodev outer "$1" && shift && exec timeout -k 2 "$@"' sh "$SOURCE" "$LIMIT" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" </dev/null 3>&- ||
		fail "run: $(cat "$T/err")"
	output=$(cat "$T/out")
	assert_flags /data/plain=nosuid /data/plain=nodev /data/noexec=noexec
}

@test "an idmapped bind shows the mapped owners" {
	requires root
	chown 1000:1001 "$SOURCE/file"
	config --arg s "$SOURCE" '.mounts += [{destination: "/mnt", source: $s, options: ["bind", "idmap"],
		uidMappings: [{containerID: 1000, hostID: 5000, size: 10}],
		gidMappings: [{containerID: 1001, hostID: 6000, size: 10}]}]'
	config_sh 'stat -c "%u %g" /mnt/file'
	run_container
	assert_success
	assert_output "5000 6000"
}

@test "idmap without mappings and without a user namespace is refused" {
	bind_with /mnt=bind,idmap
	create
	assert_refused /mounts/ idmap
	config '.mounts[-1].options = ["rbind", "ridmap"]'
	create
	assert_refused /mounts/ idmap
}

@test "uidMappings of a mount without gidMappings are refused" {
	config --arg s "$SOURCE" '.mounts += [{destination: "/mnt", source: $s, options: ["bind", "idmap"],
		uidMappings: [{containerID: 0, hostID: 1000, size: 10}]}]'
	create
	assert_refused /mounts/ gidMappings
}

@test "several options of a file system in one string are several" {
	config '.mounts += [{destination: "/data/1", type: "tmpfs", options: ["nosuid", "size=64k,mode=0750,uid=7", ",gid=8,"]}]'
	run_sh 'stat -c "%a %u %g" /data/1; df -k /data/1 | tail -n 1 | awk "{ print \$2 }"'
	assert_output "$(printf '750 7 8\n64')"
}

# overlay DEST LAYER...: an overlay of these folders of the host, read-only.
overlay() {
	local dest=$1 IFS=:
	shift
	config --arg d "$dest" --arg l "lowerdir=$*" '.mounts += [{destination: $d, type: "overlay", source: "overlay", options: [$l]}]'
}

@test "an overlay of twenty layers with long names" {
	requires root
	local i layers=()
	for i in $(seq 20); do
		layers+=("$T/$(printf 'layer%.0s' 1 2 3 4 5 6 7 8 9 10 11 12)-$i")
		mkdir "${layers[-1]}"
		echo "$i" >"${layers[-1]}/file"
		touch "${layers[-1]}/of-$i"
	done
	overlay /mnt "${layers[@]}"
	overlay /data "${layers[@]:0:2}"
	run_sh 'cat /mnt/file /data/file; ls /mnt/of-* | wc -l; ls /data/of-* | wc -l; cut -d " " -f 5 /proc/self/mountinfo | grep -c -e ^/mnt -e ^/data -e new'
	assert_output "$(printf '%s\n' 1 1 20 2 2)"
}

@test "an overlay's layer with a colon and a comma in its name" {
	requires root
	local i layers=() name
	mkdir "$T/a,b:c"
	echo odd >"$T/a,b:c/file"
	name=$T/'a\,b\:c'
	overlay /mnt "$name" "$SOURCE"
	for i in $(seq 5); do
		layers+=("$T/$(printf 'layer%.0s' 1 2 3 4 5 6 7 8 9 10)-$i")
		mkdir "${layers[-1]}"
	done
	overlay /data "$name" "${layers[@]}"
	run_sh 'cat /mnt/file /data/file'
	assert_output "$(printf 'odd\nodd')"
}

@test "an overlay with a long upper folder is writable, and an option too long for the kernel is an error" {
	requires root
	local long
	long=$T/$(printf 'x%.0s' $(seq 150))/$(printf 'y%.0s' $(seq 150))
	mkdir -p "$long/upper" "$long/work"
	config --arg l "$SOURCE" --arg u "$long" '.mounts += [{destination: "/mnt", type: "overlay", source: "overlay",
		options: ["lowerdir=" + $l, "upperdir=" + $u + "/upper", "workdir=" + $u + "/work"]}]'
	run_sh 'cat /mnt/file; echo new >/mnt/new'
	assert_output inside
	assert_equal "$(cat "$long/upper/new")" new
	config '.mounts[-1].options[0] += ([range(4000)] | map(":x") | add)'
	create
	assert_refused /mounts/ 4095
}

@test "a type that the kernel does not know is an error that names the mount" {
	config '.mounts += [{destination: "/mnt", type: "nosuchfs", source: "x"}]'
	create
	assert_refused /mounts/ nosuchfs
}

@test "a mount with neither type nor bind is an error that names it" {
	config '.mounts += [{destination: "/mnt", source: "/tmp"}]'
	create
	assert_refused /mounts/
}

@test "a hundred mounts work" {
	config --arg s "$SOURCE" '.mounts += [range(100) | {destination: "/data/\(.)", source: $s, options: ["bind", "ro"]}]'
	run_sh 'cat /data/*/file | wc -l'
	assert_output 100
}

@test "a mount of type cgroup shows the container's cgroup tree" {
	config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup"}]'
	run_sh 'grep -c " /sys/fs/cgroup" /proc/self/mountinfo; ls /sys/fs/cgroup | wc -l; grep " /sys/fs/cgroup " /proc/mounts'
	assert [ "${lines[0]}" -ge 1 ]
	assert [ "${lines[1]}" -ge 1 ]
}

# --- user namespaces --------------------------------------------------------------------------

# new_userns: container ids 0-999 are 100000-100999 of the host, 1000-65535 are 201000-265535.
new_userns() {
	requires userns root
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 201000, size: 64536}]
		| .linux.gidMappings = .linux.uidMappings'
	chown 100000:100000 "$BUNDLE"/rootfs{,/data,/etc}
}

# joined_userns: one with the same maps, by path.
joined_userns() {
	requires userns root
	hold --user
	local file
	for file in uid_map gid_map; do # in one write
		env printf '0 100000 1000\n1000 201000 64536\n' >"/proc/$HOLDER/$file"
	done
	config --arg p "/proc/$HOLDER/ns/user" '.linux.namespaces += [{type: "user", path: $p}]'
	chown 100000:100000 "$BUNDLE"/rootfs{,/data,/etc}
}

# idmapped DEST OPTION...: binds $SOURCE there.
idmapped() {
	config --arg d "$1" --arg s "$SOURCE" '.mounts += [{destination: $d, type: "none", source: $s,
		options: $ARGS.positional}]' --args -- "${@:2}"
}

@test "user namespace: sources and a rootfs below a folder that the new user cannot enter" {
	new_userns
	mkdir -m 0700 "$T/private"
	mkdir "$T/private/dir"
	echo inside >"$T/private/dir/file"
	echo a file >"$T/private/one"
	mv "$BUNDLE/rootfs" "$T/private/rootfs"
	config --arg p "$T/private" '.root.path = $p + "/rootfs" | .mounts += [
		{destination: "/mnt", source: ($p + "/dir"), options: ["rbind"]},
		{destination: "/etc/hosts", source: ($p + "/one"), options: ["bind", "ro"]}]'
	run_sh 'cat /mnt/file /etc/hosts'
	assert_output "$(printf 'inside\na file')"
}

@test "a joined user namespace: sources and a rootfs below a folder that its user cannot enter" {
	joined_userns
	mkdir -m 0700 "$T/private"
	mkdir "$T/private/dir"
	echo inside >"$T/private/dir/file"
	mv "$BUNDLE/rootfs" "$T/private/rootfs"
	config --arg p "$T/private" '.root.path = $p + "/rootfs"
		| .mounts |= map(select(.destination == "/proc" or .destination == "/dev"))
		| .mounts += [{destination: "/mnt", source: ($p + "/dir"), options: ["rbind"]}]'
	run_sh 'cat /mnt/file'
	assert_output inside
}

@test "user namespace: a rootfs that cannot be entered works with shared propagation, too" {
	new_userns
	mkdir -m 0700 "$T/private"
	mv "$BUNDLE/rootfs" "$T/private/rootfs"
	config --arg p "$T/private" '.root.path = $p + "/rootfs" | .linux.rootfsPropagation = "shared"'
	run_sh 'echo yes'
	assert_output yes
}

@test "user namespace: a source that is missing is an error that names it" {
	new_userns
	config --arg s "$T/missing" '.mounts += [{destination: "/mnt", source: $s, options: ["bind"]}]'
	create
	assert_refused /source "$T/missing"
}

# chown_source: files of the host's root, and of 5 and 1005.
chown_source() {
	touch "$SOURCE/five" "$SOURCE/many"
	chown 0:0 "$SOURCE/file"
	chown 5:5 "$SOURCE/five"
	chown 1005:1005 "$SOURCE/many"
}

@test "idmap, ridmap without mappings: by the container's new user namespace" {
	new_userns
	chown_source
	idmapped /data/bind bind idmap
	idmapped /data/rbind rbind ridmap
	idmapped /data/plain bind
	run_sh 'cd /data; stat -c %u:%g bind/file bind/five bind/many rbind/many plain/file; touch bind/new'
	assert_output "$(printf '%s\n' 0:0 5:5 1005:1005 1005:1005 65534:65534)"
	assert_equal "$(stat -c %u:%g "$SOURCE/new")" 0:0
}

@test "idmap, ridmap without mappings: by a joined user namespace" {
	joined_userns
	chown_source
	config '.mounts |= map(select(.destination == "/proc" or .destination == "/dev"))'
	idmapped /data/bind bind idmap
	idmapped /data/rbind rbind ridmap
	run_sh 'cd /data; stat -c %u:%g bind/file bind/five bind/many rbind/many; touch bind/new'
	assert_output "$(printf '%s\n' 0:0 5:5 1005:1005 1005:1005)"
	assert_equal "$(stat -c %u:%g "$SOURCE/new")" 0:0
}

# own_maps: the last mount maps 0-9 of the disk to container root and on, 1000-1009 to 1500 and on.
own_maps() {
	config '.mounts[-1].uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 1000, hostID: 201500, size: 10}]
		| .mounts[-1].gidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 1000, hostID: 201500, size: 10}]'
}

@test "mappings of a mount's own, with a new user namespace" {
	new_userns
	chown_source
	idmapped /data/bind bind
	own_maps
	idmapped /data/rbind rbind ridmap
	own_maps
	run_sh 'cd /data; stat -c %u:%g bind/file bind/five bind/many rbind/many; touch bind/new'
	assert_output "$(printf '%s\n' 0:0 5:5 1505:1505 1505:1505)"
	assert_equal "$(stat -c %u:%g "$SOURCE/new")" 0:0
}

@test "mappings of a new tmpfs's own, with a new user namespace" {
	requires kernel:6.3 # before, tmpfs had no mapped ids
	new_userns
	config '.mounts += [{destination: "/data/tmpfs", type: "tmpfs", options: ["uid=1003", "mode=777"]}]'
	own_maps
	run_sh 'cd /data; stat -c %u:%g tmpfs; touch tmpfs/new; stat -c %u tmpfs/new'
	assert_output "$(printf '%s\n' 1503:0 0)"
}

@test "mappings of a mount's own, with a joined user namespace" {
	joined_userns
	chown_source
	config '.mounts |= map(select(.destination == "/proc" or .destination == "/dev"))'
	idmapped /data/bind bind
	own_maps
	run_sh 'cd /data; stat -c %u:%g bind/file bind/five bind/many'
	assert_output "$(printf '%s\n' 0:0 5:5 1505:1505)"
}

@test "idmap reaches the mount alone, ridmap what is mounted below it, too" {
	new_userns
	idmapped /data/one rbind idmap
	idmapped /data/all rbind ridmap
	mkdir "$SOURCE/sub" "$T/inner"
	touch "$T/inner/file"
	config_sh 'cd /data; stat -c %u one/file one/sub/file all/file all/sub/file'
	MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c 'mount --bind "$1" "$2/sub" && shift 2 && exec timeout -k 2 "$@"' \
		sh "$T/inner" "$SOURCE" "$LIMIT" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
		>"$T/out" 2>"$T/err" </dev/null 3>&- || fail "run: $(cat "$T/err")"
	output=$(cat "$T/out")
	assert_output "$(printf '%s\n' 0 65534 0 0)"
}

@test "user namespace with the host's network: /sys is the host's, read-only as asked" {
	new_userns
	config '.linux.namespaces |= map(select(.type != "network")) | .linux.maskedPaths = []
		| .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	run_sh 'test -d /sys/class/net && echo there; grep " /sys[/ ]" /proc/self/mountinfo | cut -d " " -f 6 | grep -vc ^ro || true'
	assert_output "$(printf 'there\n0')"
	assert_says /sys
}

@test "user namespace: proc and mqueue without their namespaces are errors that name these" {
	new_userns
	config '.linux.namespaces |= map(select(.type != "ipc"))'
	create
	assert_refused /mounts/ mqueue ipc
	config '.linux.namespaces |= map(select(.type != "pid"))'
	create
	assert_refused /mounts/0 proc pid
}

@test "a new tmpfs in a user namespace has the container's ids, idmap or not" {
	new_userns
	tmpfs_with /data/1=idmap /data/2=mode=755
	run_sh 'touch /data/1/new; stat -c %u:%g /data/1 /data/1/new /data/2'
	assert_output "$(printf '%s\n' 0:0 0:0 0:0)"
}

@test "user namespace: what the host mounted read-only stays so for the container's root" {
	new_userns
	bind_with /mnt=bind
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	config_sh 'mount -o remount,bind,rw /mnt 2>/dev/null; touch /mnt/new 2>/dev/null || echo read-only'
	MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
		mount -t tmpfs -o ro outer "$1" && shift && exec timeout -k 2 "$@"' sh "$SOURCE" "$LIMIT" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" </dev/null 3>&- ||
		fail "run: $(cat "$T/err")"
	output=$(cat "$T/out")
	assert_output read-only
}

# run_from_tmpfs OPTIONS: $SOURCE is a tmpfs of the host with these, in a mount namespace of the runtime's own.
run_from_tmpfs() {
	LAST="mcrun run, from a tmpfs with $1"
	status=0
	MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
		mount -t tmpfs -o "$2" outer "$1" && shift 2 && exec timeout -k 2 "$@"' sh "$SOURCE" "$1" "$LIMIT" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" </dev/null 3>&- || status=$?
	OUT=$T/out ERR=$T/err
	read_output
}

@test "user namespace: a flag that the host's mount has locked is named" {
	new_userns
	local flag off
	for flag in nosuid:suid nodev:dev noexec:exec ro:rw; do
		off=${flag#*:} flag=${flag%:*}
		config --arg s "$SOURCE" --arg o "$off" '.mounts |= map(select(.destination != "/mnt"))
			+ [{destination: "/mnt", source: $s, options: ["bind", $o]}]'
		run_from_tmpfs "$flag"
		assert_refused /mounts/ "$flag is locked"
	done
}

@test "user namespace: relatime on a locked noatime is a warning, flags that are there already are no error" {
	new_userns
	bind_with /mnt=bind,relatime,nosuid,ro
	config_sh 'grep " /mnt " /proc/self/mountinfo | cut -d " " -f 6'
	run_from_tmpfs noatime,nosuid
	assert_success
	assert_output ro,nosuid,noatime
	assert_says noatime /mnt
}

@test "user namespace: a shared mount of the host does not get the container's mounts" {
	new_userns
	config '.linux.rootfsPropagation = "shared"'
	idmapped /data/a rbind rshared
	idmapped /data/b rbind ridmap rshared
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	config_sh 'mount -t tmpfs x /data/a/x && mount -t tmpfs y /data/b/y && echo mounted'
	MCRUN_TEST_ID=$ID unshare --mount --propagation private sh -c '
		mount --bind "$1" "$1" && mount --make-shared "$1" && mkdir -m 777 "$1/x" "$1/y" && shift &&
		timeout -k 2 "$@" && cat /proc/self/mountinfo' sh "$SOURCE" "$LIMIT" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" </dev/null 3>&- ||
		fail "run: $(cat "$T/err")"
	output=$(cat "$T/out")
	assert_line mounted
	assert_has_not "$output" "$SOURCE/x" "$SOURCE/y"
}
