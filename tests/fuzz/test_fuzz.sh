#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every fuzzer on its corpus, input by input, and then under libFuzzer for a while, two at once.
#
# FUZZ_SECONDS each (8; "make fuzz" has 60). STEER_FUZZ_SEED repeats a run; it is printed.
# STEER_FUZZ_CORPUS=DIR keeps what is found new, and goes on with it. Names pick fuzzers:
# tests/fuzz/test_fuzz.sh [NAME]...
#
# Timeout: 1200 s

set -u
cd "$(dirname "$0")/../.." || exit 1
shopt -s nullglob

B=${B:-build}
seconds=${FUZZ_SECONDS:-8}
seed=${STEER_FUZZ_SEED:-$((EPOCHSECONDS % 1000000 + 1))}
JOBS=2
MAX_BYTES=4096 # of an input

# In memory: they write files.
base=/dev/shm
[[ -w $base ]] || base=${TMPDIR:-/tmp}
work=$(mktemp -d "$base/steer-fuzz.XXXXXX") || exit 1
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

declare -A names=()
trap 'kill "${!names[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
number=0 failed=0

# What it was, so that it can be repeated after this machine is gone.
show_artifacts() { # NAME
	local artifact
	for artifact in "$work/$1"-{crash,leak,oom,timeout}-*; do
		echo "# input, base64: $(base64 -w 0 "$artifact")"
	done
}

report() { # NAME WHAT STATUS INPUTS
	number=$((number + 1))
	# Of a fuzzer that cannot run at all nothing is to be heard, either.
	if (($3 == 0 && $4 > 0)); then
		echo "ok $number - $1: $2: $4 inputs"
		return
	fi
	echo "not ok $number - $1: $2: exit status $3, $4 inputs, seed $seed"
	tail -n 40 "$work/$1.log" | sed 's/^/# /'
	show_artifacts "$1"
	failed=1
}

replay() { # NAME
	local inputs=(tests/fuzz/corpus/"$1"/*) status
	"$B/fuzz/fuzz_$1" -artifact_prefix="$work/$1-" "${inputs[@]}" >"$work/$1.log" 2>&1
	status=$?
	report "$1" corpus $status "$(grep -c '^Executed ' "$work/$1.log")"
	return $status
}

start() { # NAME
	local corpus=${STEER_FUZZ_CORPUS:-$work/corpus}/$1 options=()
	[[ -e tests/fuzz/$1.dict ]] && options=(-dict="tests/fuzz/$1.dict")
	mkdir -p "$corpus"
	"$B/fuzz/fuzz_$1" -seed="$seed" -max_total_time="$seconds" -max_len=$MAX_BYTES -timeout=20 \
		-print_final_stats=1 -artifact_prefix="$work/$1-" "${options[@]}" "$corpus" \
		"tests/fuzz/corpus/$1" >"$work/$1.log" 2>&1 &
	names[$!]=$1
}

finish_one() {
	local pid status runs
	wait -n -p pid "${!names[@]}"
	status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/${names[$pid]}.log")
	report "${names[$pid]}" "$seconds s" $status "${runs:-0}"
	unset "names[$pid]"
}

fuzzers=("$@")
if ((!$#)); then
	for file in tests/fuzz/fuzz_*.c; do
		fuzzers+=("$(basename "${file#tests/fuzz/fuzz_}" .c)")
	done
fi
echo "1..$((2 * ${#fuzzers[@]}))"
echo "# seed $seed"
for name in "${fuzzers[@]}"; do
	# One that fails on what it is given would only fail again.
	if ! replay "$name"; then
		report "$name" "$seconds s" 1 0
		continue
	fi
	((${#names[@]} < JOBS)) || finish_one
	start "$name"
done
while ((${#names[@]})); do
	finish_one
done
exit $failed
