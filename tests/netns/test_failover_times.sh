#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What make bench-failover measures, a few times each, with margins for machines that have other
# things to do; and that the tap it is measured with tells what a packet capture tells, too.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking wrk pgrep dumpcap tshark) || skip_all "$why"

figures=$(mktemp "${TMPDIR:-/tmp}/steer-failover.XXXXXX") || exit 1
bench() {
	STEER_FAILOVER_KILLS=3 STEER_FAILOVER_MINUTES=0.05 STEER_FAILOVER_JSON=$figures \
		tests/bench/failover/run
}
check "all figures are taken" bench
json=$(<"$figures")
rm -f "$figures" "$figures.samples"

# Five times what is aimed at, or what the configuration makes it.
median_within() { # KIND MS
	holds "$json" '.[$kind] | .n >= 3 and .p50_ms > 0 and .p50_ms <= $ms and
		.p50_ms <= .p99_ms and .p99_ms <= .max_ms' --arg kind "$1" --argjson ms "$2"
}
check "a link goes down: nobody sends there any more" median_within link_down 175
check "at 3 ms, sooner" median_within link_down_fast 75
check "a silent kernel" median_within kernel_silent 175
check "two nodes at once" median_within two_nodes 175
check "a killed service gets no new flows" median_within service_killed 1000
check "nor does one that hangs" median_within service_hung 1500
check "steerd is killed, and no packet is lost" holds "$json" '.steerd_killed | .n == 3 and .packets_lost == 0'
check "nobody breaks by a drain, or a return" holds "$json" \
	'.broken_connections | .drain == 0 and .return == 0'
check "no false alarm" holds "$json" '.false_alarms.count == 0'

# --- the tap and a capture of the same wires ---

VICTIM=3

# What the tap has seen of a port since first_ns, as the capture has it.
captured() { # FILE
	tshark -r "$1" -T fields -e frame.interface_name -e frame.time_epoch -e tcp.flags 2>/dev/null |
		tests/tools/capture_as_tap.py "$seen" "$(bed_mac $VICTIM)"
}

capture_start() {
	local i ports=()
	for ((i = 1; i <= BED_NODES; i++)); do
		((i == VICTIM)) || ports+=(-i "n$i")
	done
	bed_start capture fabric dumpcap -q -f "inbound and ether dst $(bed_mac $VICTIM) and dst host $BED_VIP4" \
		"${ports[@]}" -w "$BED_DIR/capture.pcapng"
	bed_await 10 capture_has_all
}

# It says that it captures before it does.
capture_has_all() {
	[[ $(tshark -r "$BED_DIR/capture.pcapng" -T fields -e frame.interface_name 2>/dev/null |
		sort -u | wc -l) -eq $((BED_NODES - 1)) ]]
}

# Every single packet, and the times within a millisecond.
tap_agrees() {
	holds "$seen" 'map(select(.to == $to and .from != $own)) | length == 3 and
		all(.[]; $captured[.from] as $c | $c and .packets > 20 and .last_ns > $event.before_ns and
			(.packets - $c.packets | fabs) <= 1 and
			(.last_ns - $c.last_ns | fabs) < 1e6 and
			(.last_syn_ns - $c.last_syn_ns | fabs) < 1e6)' \
		--arg to "$(bed_mac $VICTIM)" --arg own n$VICTIM --argjson event "$event" \
		--argjson captured "$(captured "$BED_DIR/capture.pcapng")"
}

flows() {
	bed_tap read | jq -e --arg to "$(bed_mac $VICTIM)" \
		'map(select(.to == $to and .packets > 100)) | length == 3'
}

cluster_up 4
bed_start pulse client "$B/test/pulse" "$BED_DIR/pulse.sock" 3000 2000 "$BED_VIP4" 7000 80
check "a capture runs" capture_start
bed_tap reset
check "traffic flows" bed_await 10 flows
event=$(bed_cut $VICTIM)
check "a death is seen" bed_await 5 cluster_is_steering 1 2 4
seen=$(bed_tap read)
# What was captured comes in blocks, the last one later.
check "the tap tells what a capture tells" bed_await 5 tap_agrees
bed_stop capture INT
finish
