#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A minute under libFuzzer: the program's parsers most of it, the configuration reader the rest.
# STEER_FUZZ_SEED repeats a run; it is printed.

set -u
cd "$(dirname "$0")/../.." || exit 1

B=${B:-build}
seed=${STEER_FUZZ_SEED:-$((EPOCHSECONDS % 1000000 + 1))}
work=$(mktemp -d "${TMPDIR:-/tmp}/steer-fuzz.XXXXXX") || exit 1
trap 'kill "${pid:-}" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
number=0 failed=0

fuzz() { # NAME SECONDS
	local runs status
	number=$((number + 1))
	mkdir "$work/$1"
	"$B/fuzz/fuzz_$1" -seed="$seed" -max_total_time="$2" -max_len=2048 -print_final_stats=1 \
		-artifact_prefix="$work/" "$work/$1" "tests/fuzz/corpus/$1" >"$work/$1.log" 2>&1 &
	pid=$!
	wait "$pid"
	status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$1.log")
	# Of a fuzzer that cannot run at all nothing is to be heard, either.
	if ((status == 0 && ${runs:-0} > 1000)); then
		echo "ok $number - $1: $runs inputs, seed $seed"
		return
	fi
	echo "not ok $number - $1: seed $seed"
	tail -n 40 "$work/$1.log"
	for artifact in "$work"/crash-* "$work"/oom-* "$work"/timeout-*; do
		[[ -e $artifact ]] && echo "# input, base64: $(base64 -w 0 "$artifact")" && rm "$artifact"
	done
	failed=1
}

echo 1..2
fuzz packet 45
fuzz config 15
exit $failed
