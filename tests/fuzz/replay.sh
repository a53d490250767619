#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Replays the corpora through the fuzz targets that stand in the build tree; no clang is needed.
# What a target once failed on is in its corpus, so that it stays mended.
set -u

tests=${srcdir:-.}/tests
n=0
failed=0

test_on() {		# SENTENCE COMMAND...
	sentence=$1
	shift
	n=$((n + 1))
	if said=$("$@" 2>&1); then
		echo "ok $n - $sentence"
	else
		failed=1
		echo "not ok $n - $sentence"
		printf '%s\n' "$said" | tail -n 30 | sed 's/^/# /'
	fi
}

# shellcheck disable=SC2317 # called by test_on
replay() {		# TARGET FOLDER...
	target=$1
	shift
	for folder; do
		set -- "$@" "$tests/$folder"/*
		shift
	done
	"$target" "$@"
}

while read -r name folders; do
	[ "${name#\#}" = "$name" ] || continue
	# shellcheck disable=SC2086 # a list
	test_on "$name takes its corpus: $folders" replay "tests/fuzz/$name" $folders
done <"$tests/fuzz/corpora"
without=$(for target in tests/fuzz/fuzz-*; do
	[ ! -f "$target" ] || [ ! -x "$target" ] || grep -q "^${target##*/}	" "$tests/fuzz/corpora" || echo "$target"
done)
test_on "every target has a corpus" [ -z "$without" ]
echo "1..$n"
exit $failed
