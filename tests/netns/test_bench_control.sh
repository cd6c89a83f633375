#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The bench of steerd's time and memory, short: it runs, and all that it measures has happened. Times and CPU
# are not looked at; memory is, as it does not depend on what else the machine does.
#
# Timeout: 120 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/tap.sh
. tests/netns/bed.sh

why=$(bed_lacking jq bpftool) || skip_all "$why"
work=$(mktemp -d "${TMPDIR:-/tmp}/steer-bench-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

measures() {
	STEER_BENCH_SHORT=1 tests/bench/part_control "$work/control.json"
}

check "it runs, reloads have taken effect" measures
json=$(cat "$work/control.json" 2>/dev/null)
check "at all sizes" holds "$json" '[.[] | .services] == [4, 100, 100, 1000]'
check "pools of the same members have one table, others their own" holds "$json" \
	'.pools.pools == 100 and .pools.maps.tables == 1 and .thousand.maps.tables == .thousand.pools + 1'
check "all is measured" holds "$json" 'all(.[]; .start_ms > 0 and .cpu_percent >= 0 and
	all(.reload_ms[]; .median > 0 and .max >= .median) and
	(.state_ms | keys == ["activate", "drain"]) and (.health_ms | keys == ["bad", "good"]) and
	all(.state_ms[], .health_ms[]; .median > 0 and .p99 >= .median))'
check "steerd takes less than 64 MiB at 100 services and 100 nodes" holds "$json" \
	'.hundred | .rss_kib > 1024 and .peak_kib >= .rss_kib and .peak_kib < 65536'
check "every item's memory is told" holds "$json" '.thousand.maps | .fixed_bytes > 1000000 and
	.per_table_bytes > 65536 * 16 and .per_pool_bytes > 1023 and .per_service_bytes > 0 and .per_node_bytes > 64 and
	.per_vip_bytes > 0 and .per_flow_bytes > 44'
finish
