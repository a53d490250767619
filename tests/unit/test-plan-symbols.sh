#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Plan makes no system call, asks no clock and no environment: what its objects need of libc is
# this list and nothing else. Usage: test-plan-symbols.sh LIBRARY_OR_OBJECT... (or $PLAN_LIBRARY)
set -eu

if [ $# -eq 0 ]; then
	# shellcheck disable=SC2086 # a list
	set -- ${PLAN_LIBRARY:-libplan.a}
fi

# String and memory functions, formatting, arithmetic; with _FORTIFY_SOURCE and stack protector.
libc='mem(cpy|set|cmp|move|chr)
str(len|cmp|ncmp|ncasecmp|chr|rchr|str|spn|cspn|nlen|pbrk)
strto(u?l|u?ll)
v?snprintf
(__)?(memcpy|memset|memmove|vsnprintf|snprintf|strcpy|strcat|stpcpy)_chk
__isoc[0-9]*_strto(u?l|u?ll)
qsort|bsearch|abs|labs
__stack_chk_(fail|guard)
__assert_fail
_GLOBAL_OFFSET_TABLE_'

# Ours: what stands above plan in the layers and is pure itself.
own='arena_.*|err_.*|oci_.*|table_.*
build_.*|plan_.*|facts_.*
str_.*|path_(clean|join|below)
(rlimit|capability|signal)_(number|name)|ns_by_(name|flag)|ns_names|n_ns_names'

# libseccomp is asked for the numbers of system calls, by name; it knows them from tables.
seccomp='seccomp_(syscall_resolve_.*|arch_native|arch_resolve_name)'

# Sanitizers and coverage add calls of their own.
tools='__(asan|ubsan|tsan|msan|lsan|sanitizer|gcov|llvm|sancov)_.*'

allowed=$(printf '%s\n' "$libc" "$own" "$seccomp" "$tools" | paste -sd '|')
defined=$(nm -g --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u)
needed=$(nm -u "$@" | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u)
bad=$(printf '%s\n' "$needed" | grep -Evx "$allowed" | grep -Fvx -e "$defined" || true)

echo 1..1
if [ -n "$bad" ]; then
	echo "not ok 1 - plan needs nothing of libc but strings and memory"
	printf '%s\n' "$bad" | sed 's/^/# needs: /'
	exit 1
fi
echo "ok 1 - plan needs nothing of libc but strings and memory"
