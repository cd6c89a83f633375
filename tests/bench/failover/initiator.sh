# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: what it costs one daemon to probe 250 peers. Measured by a bench of its own, which prints
# {"cpu_percent": ...} as its last line.

INITIATOR_BENCH=tests/bench/bench_initiator.sh

measure_initiator_250_peers() {
	local line
	if [[ ! -x $INITIATOR_BENCH ]]; then
		say "initiator_250_peers: skipped: there is no $INITIATOR_BENCH"
		return
	fi
	line=$("$INITIATOR_BENCH" | tail -n 1)
	line=$(jq -c '{initiator_250_peers: {cpu_percent: .cpu_percent}}' <<<"$line") ||
		die "$INITIATOR_BENCH does not end with JSON"
	figures_add "$line"
}
