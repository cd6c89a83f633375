#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The bench of packets per second, short: it runs, has all its keys, and every packet came to where it should.
# What the figures are is not looked at.
#
# Timeout: 300 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/tap.sh
. tests/netns/bed.sh

why=$(bed_lacking nft jq) || skip_all "$why"
work=$(mktemp -d "${TMPDIR:-/tmp}/steer-bench-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

measures() {
	STEER_BENCH_SHORT=1 tests/bench/part_live_mpps "$work/live_mpps.json"
}

# A sink that expects another way's packets must find all of them wrong.
notices() {
	! STEER_LIVE_KIND=nat STEER_LIVE_ROUNDS=1 STEER_LIVE_PACKETS=20000 \
		tests/bench/live/run l2 >"$work/wrong" 2>&1 || { echo "packets of l2 pass for nat"; return 1; }
	grep -q 'no packet for node' "$work/wrong" || { cat "$work/wrong"; return 1; }
}

check "it runs" measures
json=$(cat "$work/live_mpps.json" 2>/dev/null)
check "all ways have come through, whole" holds "$json" '[.floor_tx, .l2, .gue, .nft_dnat, .ip_forward] |
	all(.median > 0 and .min > 0 and .max >= .median and .median >= .min and .lost == 0)'
check "there are ratios" holds "$json" \
	'[.l2_over_floor, .gue_over_floor, .steer_over_nft_dnat, .steer_over_ip_forward] | all(. > 0)'
if [[ $(jq -r '.ipvs_6_1.skipped' <<<"$json") == "there is no "* ]]; then
	skip "IPVS, on Debian's kernel" "$(jq -r '.ipvs_6_1.skipped' <<<"$json")"
else
	check "IPVS, on Debian's kernel" holds "$json" '.ipvs_6_1 | .steer_over_ipvs > 0 and
		([.floor_tx, .l2, .ipvs_mh] | all(.median > 0 and .lost < 0.5))'
fi
check "packets that are not as they should be are noticed" notices
finish
