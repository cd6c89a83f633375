#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The instruments, in short: all parts are merged, every packet measured has the verdict it should have.
# No figure decides anything here.
#
# Timeout: 120 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/tap.sh
B=${B:-build}

[[ $(id -u) -eq 0 ]] || skip_all "needs root"
command -v jq >/dev/null || skip_all "lacks jq"
for file in bench/packets bench/wrapper.bpf.o bench/floors.bpf.o bench/stages.bpf.o steer.bpf.o; do
	[[ -e $B/$file ]] || skip_all "no $B/$file: make all benches"
done

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

measure() {
	STEER_BENCH_SHORT=1 "$B/bench/packets" -o "$dir/packets.json"
}

# Names of all entries that are missing, or have no figures.
missing() {
	jq -r '
		def figure: (.median | type == "number") and (.min | type == "number");
		def scales: ["flows_1", "flows_100k", "flows_1m"];
		def all: scales + ["scale_1m_1000_4", "scale_1m_1_1000", "scale_1m_1000_1000"];
		. as $all |
		([["floor_tx"], ["floor_gue"], ["floor_gue_v6"], ["floor_parse"], ["floor_parse_v6"]] +
		 [("l2_v4", "gue_v4") as $s | all[] | [$s, .]] +
		 [("l2_v6", "gue_v6", "deliver_udp_v4", "pass", "pass_v6", "flow_hit", "unwrap") as $s |
		  scales[] | [$s, .]] +
		 [("deliver_v4", "deliver_v6", "flow_miss") as $s | "flows_100k" | [$s, .]])[] as $path |
		select($all | getpath($path) | figure | not) | $path | join(".")' "$dir/packets.json"
}

no_missing() {
	local names
	names=$(missing) && [[ -z $names ]] && return
	echo "$names"
	return 1
}

stages() {
	! STEER_BENCH_SHORT=1 "$B/bench/packets" -s gue_v4 | grep ERROR
}

merged() {
	mkdir -p "$dir/bench" && cp tests/tools/fake_bench_table.sh "$dir/bench/bench_table" &&
		echo '{"a": 1}' >"$dir/bench/one.json" && echo '{"b": 2}' >"$dir/bench/two.json" &&
		B="$dir" tests/bench/run table &&
		jq -e '.one.a == 1 and .two.b == 2 and .table["16"].build_ms == 1 and
			.table.maglev["16"].build_ms == 1' "$dir/bench.json"
}

unknown() {
	B="$dir" tests/bench/run nothing 2>&1 | grep "no part nothing"
}

check "every packet has the verdict it should have" measure
check "no figure is missing" no_missing
check "the program cut short behind each stage" stages
check "what parts have written is merged" merged
check "an unknown part is refused" unknown
finish
