# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What quickstart, check and the packages share: where the tree is, missing packages by their Debian name, the build,
# and one line of output for each stage with the time that it took.
# shellcheck disable=SC2034  # used by all of them

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
jobs=$(nproc)
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin

# What a build needs, by package name.
BUILD_PACKAGES=(autoconf automake gcc libc6-dev make pkg-config libyajl-dev libseccomp-dev libcap-dev)

bold=
plain=
if [[ -t 1 && -z ${NO_COLOR-} ]]; then
	bold=$'\e[1m'
	plain=$'\e[0m'
fi

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# --- a stage: one line -------------------------------------------------------------------------

stage_begin() {		# NAME
	stage_name=$1
	stage_start=$EPOCHREALTIME
	[[ ! -t 1 ]] || printf '  %-16s ...' "$stage_name"
}

stage_end() {		# WHAT CAME OF IT
	[[ ! -t 1 ]] || printf '\r\e[K'
	awk -v name="$stage_name" -v what="$1" -v from="$stage_start" -v to="$EPOCHREALTIME" \
		'BEGIN { printf "  %-16s %-48s %6.1f s\n", name, what, to - from }'
}

# --- packages ----------------------------------------------------------------------------------

# Those of the named packages that are not installed. Where there is no dpkg, nobody knows.
packages_missing() {
	command -v dpkg-query >/dev/null || return 0
	comm -23 <(printf '%s\n' "$@" | sort -u) \
		<(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

# Installs what is missing; no daemon is started by it. Its output goes to the log.
packages_install() {	# LOG PACKAGE...
	local log=$1 policy=/usr/sbin/policy-rc.d made='' status=0 missing
	shift
	mapfile -t missing < <(packages_missing "$@")
	((${#missing[@]})) || return 0
	if [[ $EUID -ne 0 ]]; then
		echo "missing: ${missing[*]}; as root: apt-get install ${missing[*]}" >>"$log"
		return 1
	fi
	if [[ ! -e $policy ]]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 0755 "$policy"
		made=1
	fi
	# shellcheck disable=SC2016  # for the inner shell
	DEBIAN_FRONTEND=noninteractive timeout -k 30 600 bash -c '
		install=(apt-get install -qq -y --no-install-recommends "$@")
		"${install[@]}" || { apt-get update -qq && "${install[@]}"; }' - "${missing[@]}" \
		>>"$log" 2>&1 </dev/null || status=1
	[[ -z $made ]] || rm -f "$policy"
	return "$status"
}

# --- the tree ----------------------------------------------------------------------------------

# A copy of it as DIR, without what git and builds have put there.
tree_copy() {		# DIR
	mkdir "$1" && tar -C "$here" --exclude=./.git --exclude=./build --exclude='*.o' -cf - . | tar -C "$1" -xf - &&
		{ [[ ! -e $1/Makefile ]] || make -C "$1" distclean >/dev/null; }
}

tree_version() { sed -n 's/^AC_INIT(\[[^]]*\], *\[\([^]]*\)\].*/\1/p' "$here/configure.ac"; }

# --- the build ---------------------------------------------------------------------------------

# Makes DIR ready for make: autoreconf where it never ran, configure where options or it changed, or where DIR was built
# from another tree, whose objects go.
# A tree that was configured in place cannot be built elsewhere; that is told as configure tells it.
build_configure() {	# DIR [OPTION...]
	local dir=$1
	shift
	if [[ ! -x $here/configure || $here/configure.ac -nt $here/configure ]] ||
		[[ -n $(find "$here" -maxdepth 2 -name 'Makefile.*' ! -name Makefile.in -newer "$here/Makefile.in" 2>/dev/null) ]]; then
		(cd "$here" && autoreconf -fi) || return
	fi
	mkdir -p "$dir"
	if [[ -e $dir/Makefile ]] && ! grep -qx "abs_top_srcdir = $here" "$dir/Makefile"; then
		find "$dir/src" "$dir/libocispec" "$dir/tests" \( -name '*.o' -o -name '*.Po' \) -delete
		rm "$dir/config.status"
	fi
	if [[ ! -e $dir/config.status || $here/configure -nt $dir/config.status || "$*" != "$(cat "$dir/.options" 2>/dev/null)" ]]; then
		(cd "$dir" && "$here/configure" --quiet "$@") || return
		printf '%s\n' "$*" >"$dir/.options"
	fi
}
