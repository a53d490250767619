# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the checks share: TAP on stdout, where the tree is, which files it has. `make check` runs them in
# the build tree; each runs by itself too. Nothing here asks git: a release tarball has none.
#
#   check SENTENCE [FINDINGS]    one test; it fails when there are findings, and shows them
#   needs PROGRAM PACKAGE        skips everything where the program is missing (a failure with MCRUN_TEST_STRICT=1)
#   finish                       the last line: the plan, and the exit status
# shellcheck disable=SC2034  # used by the checks

set -uo pipefail
export LC_ALL=C

build=$PWD
checks=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
tree=$(cd "$checks/../.." && pwd -P)
cd "$tree" || exit 99

number=0
failed=0

check() {
	local sentence=$1 findings=${2-}

	number=$((number + 1))
	if [[ -z $findings ]]; then
		printf 'ok %d - %s\n' "$number" "$sentence"
		return
	fi
	failed=1
	printf 'not ok %d - %s\n' "$number" "$sentence"
	printf '#   %s\n' "${findings//$'\n'/$'\n#   '}"
}

needs() {
	command -v "$1" >/dev/null && return
	if [[ ${MCRUN_TEST_STRICT:-0} != 0 ]]; then
		printf '1..1\nnot ok 1 - the program %s is there (package %s)\n' "$1" "$2"
		exit 1
	fi
	printf '1..0 # SKIP needs %s (package %s)\n' "$1" "$2"
	exit 0
}

finish() {
	printf '1..%d\n' "$number"
	exit "$failed"
}

# Every file that is ours to look at, by its path in the tree. What a build made is not.
all_files() {
	local name

	{
		find libocispec src tests man contrib .ci -type f 2>/dev/null
		for name in *; do
			[[ ! -f $name ]] || printf '%s\n' "$name"
		done
		printf '%s\n' .clang-format .editorconfig .gitignore
	} | grep -Ev '\.(o|a|log|trs|lo|la)$|/\.deps/|/\.dirstamp$|/__pycache__/' |
		grep -Evx 'configure|configure~|config\.(h|h\.in|h\.in~|log|status)|aclocal\.m4|stamp-h1|Makefile(\.in)?|mcrun' |
		sort
}

# Sources in C; libraries (src and libocispec) first.
c_files() {
	find libocispec src tests/unit tests/fuzz tests/tools tests/bench tests/faults -name '*.[ch]' 2>/dev/null | sort
}

# Scripts that begin with a line for this interpreter: scripts bash, scripts python3.
scripts() {
	local file first

	all_files | while IFS= read -r file; do
		IFS= read -r first <"$file" 2>/dev/null || continue
		case $first in
		"#!"*[/\ ]"$1" | "#!"*[/\ ]"$1 "*) printf '%s\n' "$file" ;;
		esac
	done 2>/dev/null
}
