#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What checkpoint and restore ask of CRIU: each option comes to it as its member of the request, and nothing else does.
# In CRIU's place is fake-criu.py, so no CRIU is needed; what the real one does with it is in checkpoint.bats.

load helpers

# bats file_tags=mcrun

setup() {
	setup_bundle
	requires mcrun root tool:python3
	mkdir "$T/bin" "$T/parent"
	install -m 0755 "$TESTS_DIR/fake-criu.py" "$T/bin/criu"
	ln -s /bin/true "$T/bin/iptables-restore"	# so that nothing has to be said of the lock
	PATH=$T/bin:$PATH
	config_args sleep 1000
	running
	mcrun checkpoint --image-path "$T/images" "$ID"
	asked >"$T/base"
	assert_has "$(<"$T/base")" DUMP "images_dir_fd=$T/images" "work_dir_fd=$T/images" "pid=$(pid_of)" leave_running=0 manage_cgroups_mode=3
}

# What CRIU was asked for by the last call, which it has refused.
asked() {
	assert_failure
	assert [ -e "$T/bin/asked" ]
	sort "$T/bin/asked"
	rm "$T/bin/asked"
}

# told MEMBERS CALL...: the call asks CRIU for what the one without options did, and for these, or for these instead.
told() {
	local members=$1
	shift
	"$@" "$ID"
	asked >"$T/asked"
	assert_equal "$(comm -13 "$T/base" "$T/asked" | tr '\n' ' ')" "${members:+$members }" "what CRIU was told by ${*:2}"
}

@test "options of checkpoint, each as its member of CRIU's request" {
	exec 9>/dev/null
	told "" mcrun checkpoint --image-path "$T/images"
	told "images_dir_fd=$T/other work_dir_fd=$T/other" mcrun checkpoint --image-path "$T/other"
	told "work_dir_fd=$T/work" mcrun checkpoint --image-path "$T/images" --work-path "$T/work"
	told "parent_img=../parent" mcrun checkpoint --image-path "$T/images" --parent-path ../parent
	told "leave_running=1" mcrun checkpoint --image-path "$T/images" --leave-running
	told "PRE_DUMP track_mem=1" mcrun checkpoint --image-path "$T/images" --pre-dump
	told "tcp_established=1" mcrun checkpoint --image-path "$T/images" --tcp-established
	told "tcp_skip_in_flight=1" mcrun checkpoint --image-path "$T/images" --tcp-skip-in-flight
	told "ext_unix_sk=1" mcrun checkpoint --image-path "$T/images" --ext-unix-sk
	told "shell_job=1" mcrun checkpoint --image-path "$T/images" --shell-job
	told "file_locks=1" mcrun checkpoint --image-path "$T/images" --file-locks
	told "auto_dedup=1" mcrun checkpoint --image-path "$T/images" --auto-dedup
	told "link_remap=1" mcrun checkpoint --image-path "$T/images" --link-remap
	told "empty_ns=$((0x40000000))" mcrun checkpoint --image-path "$T/images" --empty-ns network
	told "network_lock=1" mcrun checkpoint --image-path "$T/images" --network-lock iptables
	told "network_lock=2" mcrun checkpoint --image-path "$T/images" --network-lock nftables
	told "ps=address=10.0.0.9,port=27100" mcrun checkpoint --image-path "$T/images" --page-server 10.0.0.9:27100
	told "lazy_pages=1 ps=address=::1,port=1 status_fd=9" mcrun checkpoint --image-path "$T/images" --lazy-pages --page-server ::1:1 --status-fd 9
	exec 9>&-
	local mode n=0
	for mode in ignore none props soft full strict; do
		told "$(grep -vxF manage_cgroups_mode=3 <<<"manage_cgroups_mode=$n")" mcrun checkpoint --image-path "$T/images" --manage-cgroups-mode "$mode"
		n=$((n + 1))
	done
	assert_equal "$(state_of)" running
}

# What a restore without options asks for, and it alone.
restorable() {
	mcrun delete --force "$ID"
	assert_success
	mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach "$ID"
	asked >"$T/base"
	assert_has "$(<"$T/base")" RESTORE rst_sibling=1 "root=$BUNDLE/rootfs" "images_dir_fd=$T/images" "work_dir_fd=$T/images" \
		manage_cgroups_mode=3
	assert_nothing_left
}

@test "options of restore, each as its member of CRIU's request" {
	restorable
	told "" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach
	told "work_dir_fd=$T/work" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --work-path "$T/work"
	told "tcp_established=1" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --tcp-established
	told "tcp_close=1" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --tcp-close
	told "ext_unix_sk=1" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --ext-unix-sk
	told "shell_job=1" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --shell-job
	told "file_locks=1" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --file-locks
	told "auto_dedup=1" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --auto-dedup
	told "lazy_pages=1" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --lazy-pages
	told "empty_ns=$((0x40000000))" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --empty-ns network
	told "manage_cgroups_mode=0" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --manage-cgroups-mode ignore
	told "network_lock=2" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --network-lock nftables
	told "lsm_profile=selinux:a:b:c:s0" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --lsm-profile selinux:a:b:c:s0
	told "lsm_mount_context=a:b:c:s0" mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach --lsm-mount-context a:b:c:s0
	assert_nothing_left
}

@test "conmon's restore, word for word, with everything that Podman may have it add" {
	restorable
	config '.process.terminal = true'
	python3 "$TESTS_DIR/recvtty.py" --output "$T/tty" "$T/tty.sock" >/dev/null 2>&1 3>&- &
	own_pid "$!"
	wait_for test -S "$T/tty.sock"
	told "file_locks=1 lsm_mount_context=a:b:c:s0:c1,c2 lsm_profile=selinux:a:b:c:s0:c1,c2 tcp_close=1 tcp_established=1 work_dir_fd=$T/work" \
		mcrun restore --bundle "$BUNDLE" --pid-file "$T/pid" --no-pivot --no-new-keyring --detach --image-path "$T/images" \
		--work-path "$T/work" --preserve-fds 2 --tcp-established --tcp-close --file-locks \
		--lsm-mount-context=a:b:c:s0:c1,c2 --lsm-profile=selinux:a:b:c:s0:c1,c2 --console-socket "$T/tty.sock"
	assert [ ! -e "$T/pid" ]
	assert_nothing_left
}
