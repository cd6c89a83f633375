#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every fuzzer on its corpus, input by input, and then under libFuzzer for a minute: one line for each. As
# many run at once as there are CPUs.
#
# FUZZ_SECONDS=5 for those who try things ("make fuzz" has 600). STEER_FUZZ_SEED repeats a run; it is
# printed. STEER_FUZZ_CORPUS=DIR keeps what is found new, and goes on with it. Names pick fuzzers:
# tests/fuzz/test_fuzz.sh [NAME]... An input that fails is kept in build/fuzz/failed and shown in base64.
#
# Timeout: 1500 s

set -u
cd "$(dirname "$0")/../.." || exit 1
shopt -s nullglob

B=${B:-build}
seconds=${FUZZ_SECONDS:-60}
seed=${STEER_FUZZ_SEED:-$((EPOCHSECONDS % 1000000 + 1))}
jobs=$(nproc)
MAX_BYTES=4096 # of an input
MEMORY_MB=768  # of a fuzzer, what its sanitizers keep included
kept=$B/fuzz/failed

# In memory: they write files.
base=/dev/shm
[[ -w $base ]] || base=${TMPDIR:-/tmp}
work=$(mktemp -d "$base/steer-fuzz.XXXXXX") || exit 1
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

declare -A names=() # of processes: what they fuzz
declare -A corpora=() # how many inputs of its corpus a fuzzer has taken
trap 'kill "${!names[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
number=0 failed=0

# What it was, so that it can be repeated, also after this machine is gone.
show_artifacts() { # NAME
	local artifact
	for artifact in "$work/$1"-{crash,leak,oom,timeout}-*; do
		mkdir -p "$kept" && cp "$artifact" "$kept/"
		echo "# input, kept as $kept/${artifact##*/}, base64: $(base64 -w 0 "$artifact")"
	done
}

report() { # NAME STATUS INPUTS
	local what="${corpora[$1]:-0} of the corpus, $3 in $seconds s"
	number=$((number + 1))
	# Of a fuzzer that cannot run at all nothing is to be heard, either.
	if (($2 == 0 && $3 > 0 && ${corpora[$1]:-0} > 0)); then
		echo "ok $number - $1: inputs: $what"
		return
	fi
	echo "not ok $number - $1: exit status $2, inputs: $what, seed $seed"
	grep '^Running: ' "$work/$1.log" | tail -n 1 | sed 's/^/# /'
	tail -n 40 "$work/$1.log" | sed 's/^/# /'
	show_artifacts "$1"
	failed=1
}

run() { # NAME OPTION...
	local name=$1
	shift
	"$B/fuzz/fuzz_$name" -seed="$seed" -rss_limit_mb=$MEMORY_MB -artifact_prefix="$work/$name-" "$@" \
		>"$work/$name.log" 2>&1 &
	names[$!]=$name
}

replay() { # NAME
	run "$1" tests/fuzz/corpus/"$1"/*
}

fuzz() { # NAME
	local corpus=${STEER_FUZZ_CORPUS:-$work/corpus}/$1 options=()
	[[ -e tests/fuzz/$1.dict ]] && options=(-dict="tests/fuzz/$1.dict")
	mkdir -p "$corpus"
	run "$1" -max_total_time="$seconds" -max_len=$MAX_BYTES -timeout=20 -print_final_stats=1 \
		"${options[@]}" "$corpus" "tests/fuzz/corpus/$1"
}

# What has passed its corpus goes on; one that fails on what it is given would only fail again.
go_on() {
	local pid status name runs
	wait -n -p pid "${!names[@]}"
	status=$?
	name=${names[$pid]}
	unset "names[$pid]"
	if [[ ! ${corpora[$name]:-} ]]; then
		corpora[$name]=$(grep -c '^Executed ' "$work/$name.log")
		((status)) || { fuzz "$name"; return; }
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log")
	report "$name" $status "${runs:-0}"
}

fuzzers=("$@")
if ((!$#)); then
	for file in tests/fuzz/fuzz_*.c; do
		fuzzers+=("$(basename "${file#tests/fuzz/fuzz_}" .c)")
	done
fi
echo "1..${#fuzzers[@]}"
echo "# seed $seed"
for name in "${fuzzers[@]}"; do
	while ((${#names[@]} >= jobs)); do
		go_on
	done
	replay "$name"
done
while ((${#names[@]})); do
	go_on
done
exit $failed
