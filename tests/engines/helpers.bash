#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What the workflows stand on. `e ARG...` calls the engine that $ENGINE names: a file of engines/ that says
#   PACKAGES          what is to be installed
#   STATE_ROOTS       where mcrun keeps its state under this engine
#   CLI               whose command line it speaks: docker (Podman's is the same), ctr or buildah
#   FEATURES          what the engine can do, for `needs`
#   HOST_USERNS       options with which a container may share namespaces of the host (none unless told)
#   engine_start, engine_stop, engine_version, engine_words, engine_import TAR NAME [CHANGE...]
# A test skips with `needs` what its engine has not, and with `requires` what this machine has not.
IFS=$' \t\n'	# bats loses it with --filter-tags
ENGINES_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034  # for the files of engines
CONTRIB=$ENGINES_DIR/../../contrib/engines
LIMIT=${MCRUN_TEST_LIMIT:-60}
# shellcheck disable=SC2034  # for the tests
HOST_USERNS=()

# shellcheck source=/dev/null
. "$ENGINES_DIR/engines/$ENGINE.bash"

# --- the engine -----------------------------------------------------------------------------------

# e ARG...: the engine's command line, with a time limit. Use it with bats' run, or alone to have a failure end the test.
# shellcheck disable=SC2046  # words
e() { timeout --foreground -k 5 "$LIMIT" $(engine_words) "$@" 3>&- 4>&-; }

needs() {	# FEATURE...
	local word
	for word; do
		[[ " $CLI $FEATURES " == *" $word "* ]] || skip "machine: $ENGINE has no $word"
	done
}

# The file that says which controllers the engine can give to containers; an ordinary user has those of the user's
# systemd.
controllers() {
	local own=/sys/fs/cgroup
	[[ $ENGINE != rootless* ]] || own=/sys/fs/cgroup/user.slice/user-$(id -u tester).slice/user@$(id -u tester).service
	[[ $ENGINE != rootless && -e $own/cgroup.controllers ]] && echo "$own/cgroup.controllers" || echo /dev/null
}

requires() {	# WORD...
	local word
	for word; do
		case $word in
		controller:*) grep -qw "${word#*:}" "$(controllers)" ||
			skip "needs the cgroup v2 controller ${word#*:}" ;;
		cap:sys_resource) (( 0x$(sed -n 's/^CapEff:.//p' /proc/self/status) >> 24 & 1 )) ||
			skip "needs CAP_SYS_RESOURCE" ;;
		tun) [ -n "$(find /dev/net/tun -perm -002 2>/dev/null)" ] || skip "needs /dev/net/tun for everybody" ;;
		mqueue) [ -d /dev/mqueue ] || skip "needs /dev/mqueue" ;;
		bridge) can_bridge || skip "needs netfilter and bridges" ;;
		criu) criu check >/dev/null 2>&1 || skip "needs a CRIU that runs on this kernel" ;;
		systemd) [ -d /run/systemd/system ] || skip "needs systemd" ;;
		*) fail "requires: unknown word '$word'" ;;
		esac
	done
}

# Whether networks of engines work here: bridges, and iptables' nat table.
can_bridge() {
	iptables -w -t nat -L -n >/dev/null 2>&1 && ip link add mcrun-probe type bridge 2>/dev/null &&
		ip link delete mcrun-probe
}

# --- containers of a test -------------------------------------------------------------------------

setup() {
	T=$BATS_TEST_TMPDIR
	C=t$BATS_TEST_NUMBER-$$	# its name
	chmod 0711 "$BATS_RUN_TMPDIR"	# ordinary users get through
	chmod 0755 "$T"
	[[ $ENGINE != rootless* ]] || chown tester: "$T"
}

# Containers of this test go, whatever happened; those that do not are a failure.
teardown() {
	local all
	all=$(engine_containers) || return
	# shellcheck disable=SC2086  # ids
	[[ -z $all ]] || engine_remove $all || return
}

# For those who speak docker's command line; an engine may say it otherwise.
declare -F engine_containers >/dev/null || engine_containers() { e ps -aq; }
declare -F engine_remove >/dev/null || engine_remove() { e rm -f -v "$@" >/dev/null; }

# box ARG...: runs a container of the box image in the foreground, without a network.
box() { e run --rm --network none "$@"; }

# detached [OPTION...] -- COMMAND...: a container that stays, called $C.
detached() {
	local options=()
	while [[ $1 != -- ]]; do options+=("$1"); shift; done
	shift
	e run -d --name "$C" --network none "${options[@]}" box "$@" >/dev/null
}

# field FORMAT [CONTAINER]: of the engine's inspect.
field() { e inspect --type container --format "$1" "${2:-$C}"; }
is_field() { [[ $(field "$1") == "$2" ]]; }
says() { e logs "${2:-$C}" 2>&1 | grep -q -- "$1"; }

# terminal_e [STEP...] -- ARG...: calls the engine on a pseudo-terminal; see terminal.py for the steps.
terminal_e() {
	local steps=()
	while [[ $1 != -- ]]; do steps+=("$1"); shift; done
	shift
	# shellcheck disable=SC2046  # words
	python3 "$ENGINES_DIR/terminal.py" "$LIMIT" "${steps[@]}" -- $(engine_words) "$@" 3>&- 4>&-
}

# --- waiting, and words ---------------------------------------------------------------------------

wait_for() {
	local end=$((SECONDS + LIMIT))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || { fail "waited $LIMIT s in vain for: $*"; return 1; }
		sleep 0.1
	done
}

fail() {
	printf '%s\n' "$*" >&2
	printf -- '-- status: %s\n-- output: %s\n' "${status-}" "${output-}" >&2
	return 1
}

assert_success() { [ "$status" -eq 0 ] || fail "expected success"; }
assert_status() { [ "$status" -eq "$1" ] || fail "expected status $1"; }
assert_output() { [ "$output" = "$1" ] || fail "expected '$1'"; }
assert_has() {	# PART...
	local part
	for part; do [[ $output == *"$part"* ]] || fail "no '$part'" || return; done
}
assert_equal() { [ "$1" = "$2" ] || fail "${3:-value}: expected '$2', got '$1'"; }

pid_gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.[ZX]' "/proc/$1/status" 2>/dev/null; }

# Ends a daemon by the pid in its file, and waits for it.
end_daemon() {
	local pid
	[ -e "$1" ] || return 0
	pid=$(<"$1")
	kill "$pid" 2>/dev/null || true
	wait_for pid_gone "$pid"
	rm "$1"
}

# --- the image ------------------------------------------------------------------------------------

# Makes $ENGINES_WORK/box.tar: busybox, and what programs expect of a root.
make_box() {
	local root=$ENGINES_WORK/box applet
	mkdir -p "$root"/{bin,dev,etc,home,proc,root,run,sys,tmp,var/tmp,data}
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in $(busybox --list); do
		[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
	done
	printf '%s\n' root:x:0:0:root:/root:/bin/sh user:x:1000:1000:user:/home:/bin/sh >"$root/etc/passwd"
	printf '%s\n' root:x:0: user:x:1000: more:x:2000:user >"$root/etc/group"
	chmod 1777 "$root/tmp" "$root/var/tmp"
	printf '#!/bin/missing\n' >"$root/bin/no-interpreter"
	chmod 0755 "$root/bin/no-interpreter"
	tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$ENGINES_WORK/box.tar" .
	chmod 0644 "$ENGINES_WORK/box.tar"
}

# --- nothing is left ------------------------------------------------------------------------------

# What a host holds that a container could have left.
holdings() {
	local root
	find /sys/fs/cgroup -mindepth 1 -type d | grep -E 'docker|libpod|buildah|moby|/default/|\.scope|k8s|/t[0-9]+-' |
		grep -vE '/libpod_parent(/conmon)?$|/engines\.scope$|/podman-pause-[0-9a-f]+\.scope$' | sed 's/^/cgroup /' || :
	awk '{ print "mount", $5 }' /proc/self/mountinfo | grep -E 'merged|rootfs|mcrun' || :
	for root in /run/mcrun "${STATE_ROOTS[@]}"; do
		[ ! -d "$root" ] || find "$root" -mindepth 1 -maxdepth 1 | sed 's/^/state /'
	done
	# shellcheck disable=SC2009  # each with its number
	ps -e -o comm= | grep -E '^(mcrun|containerd-shim|conmon|conmonrs|sleep|sh)$' | sed 's/^/process /' || :
}
