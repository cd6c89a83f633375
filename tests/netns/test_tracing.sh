#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What becomes of single packets: steer explain, steer trace, and bpftool on what the program has.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking && bed_lacking tshark bpftool) || skip_all "$why"

# On node 1, in its namespace, as somebody who has logged in there would.
steer() { # ARGUMENT...
	timeout 20 nsenter --net="$(bed_netns n1)" "$B/steer" --socket "$BED_DIR/n1.sock" \
		--pin-dir "$BED_PINS/n1" "$@"
}

explained() { # FILTER ARGUMENT...
	local filter=$1
	shift
	holds "$(steer -j explain "$@")" "$filter"
}

# What the program says of a connection's first packet is what becomes of it.
explained_owner_answers() {
	local port owner
	for port in 40000 40001 40002 40003 40004 40005; do
		owner=$(steer -j explain --syn tcp "$BED_CLIENT4:$port" "$BED_VIP4:80" | jq -r .owner)
		same "$owner" "$(bed_in client curl -s --max-time 5 --local-port $port "http://$BED_VIP4/")" ||
			return 1
	done
}

refuses() { # STATUS TEXT ARGUMENT...
	local want=$1 text=$2 output status
	shift 2
	output=$(steer "$@" 2>&1)
	status=$?
	same "$want" "$status" || { echo "$output"; return 1; }
	[[ $output == *"$text"* ]] || { echo "$output"; return 1; }
}

counted() { # all verdicts
	steer -j stats | jq '[.verdicts[] | select(.verdict | test("sbfd|pass") | not) | .packets] | add'
}

explaining_counts_nothing() {
	local before
	before=$(counted)
	steer explain tcp "$BED_CLIENT4:40000" "$BED_VIP4:80" >/dev/null
	same "$before" "$(counted)"
}

traffic() { # some connections, until the file is there
	local port=45000
	while [[ ! -e $1 ]] && ((port < 45400)); do
		bed_in client curl -s --max-time 5 --local-port $((port++)) "http://$BED_VIP4/" >/dev/null
	done
}

# Run a trace while there is traffic; its output is in trace.out.
traced() { # ARGUMENT...
	local status
	rm -f "$BED_DIR/trace.done"
	traffic "$BED_DIR/trace.done" &
	steer "$@" >"$BED_DIR/trace.out"
	status=$?
	: >"$BED_DIR/trace.done"
	wait $!
	return $status
}

trace_in_words() {
	traced trace --reason forward --service web4 -c 5 || return 1
	same 5 "$(grep -cE '^[0-9:.]+ eth0 forward_l2 tcp 203\.0\.113\.2:[0-9]+ > 198\.51\.100\.1:80 length [0-9]+, web4, to n[23]$' \
		"$BED_DIR/trace.out")" || { cat "$BED_DIR/trace.out"; return 1; }
}

trace_as_json() {
	traced trace -j --reason all --node n2 --address "$BED_CLIENT4/24" -c 3 || return 1
	holds "$(jq -s . "$BED_DIR/trace.out")" 'length == 3 and
		all(.[]; .target == "n2" and .service == "web4" and .verdict == "forward_l2" and .row >= 0)'
}

trace_to_file() {
	traced trace --reason forward --service web4 -c 4 -w "$BED_DIR/trace.pcapng" || return 1
	same "forward_l2 198.51.100.1" "$(tshark -r "$BED_DIR/trace.pcapng" -T fields -e frame.comment -e ip.dst \
		2>/dev/null | sort -u | tr '\t' ' ')"
}

# The clients' side of the bargain: what is dropped is told, by default.
trace_of_drops() {
	local status
	rm -f "$BED_DIR/trace.done"
	while [[ ! -e $BED_DIR/trace.done ]]; do
		bed_in n2 tests/tools/datagram.py -x 0204000052020000 -z 60 "$(bed_node4 1)" 6080
	done &
	steer trace -c 1 >"$BED_DIR/trace.out"
	status=$?
	: >"$BED_DIR/trace.done"
	wait $!
	grep -q "drop_gue_malformed" "$BED_DIR/trace.out" || { cat "$BED_DIR/trace.out"; return 1; }
	return $status
}

# A map of node 1, as bpftool names it.
pinned() { # MAP
	echo "$BED_PINS/n1/v$("$B/steer" -j version | jq .map_schema)/$1"
}

is_tracing() {
	[[ $(bpftool -j map dump pinned "$(pinned steer_tracing)" |
		jq '[.[0].formatted.value.filter[].verdicts] | add') != 0 ]]
}

interrupted() {
	bed_start tracer n1 "$B/steer" --socket "$BED_DIR/n1.sock" --pin-dir "$BED_PINS/n1" trace --reason all
	bed_await 5 is_tracing || return 1
	refuses 1 "trac" trace --reason all || return 1
	bed_stop tracer INT || return 1
	! is_tracing
}

killed() {
	bed_start tracer n1 "$B/steer" --socket "$BED_DIR/n1.sock" --pin-dir "$BED_PINS/n1" trace --reason all
	bed_await 5 is_tracing || return 1
	bed_stop tracer KILL
	bed_await 5 eval '! is_tracing'
}

# bpftool shows bytes; those of the probes that nodes send each other are enough of them.
event_pipe() {
	bed_start tracer n1 "$B/steer" --socket "$BED_DIR/n1.sock" --pin-dir "$BED_PINS/n1" trace --bpftool \
		--reason reflect_sbfd
	bed_start bpftool n1 bpftool map event_pipe pinned "$(pinned steer_events)"
	bed_await 10 grep -q "^== @.* CPU: " "$BED_DIR/bpftool.log"
	local status=$?
	bed_stop bpftool INT
	bed_stop tracer INT
	! is_tracing && return $status
}

# Names, not offsets, in what stock bpftool prints.
readable() { # MAP FILTER
	holds "$(bpftool -j map dump pinned "$(pinned "$1")")" "$2"
}

cluster_up 3
bed_hops 1
check "who is said to own a flow answers it" explained_owner_answers
check "what a service's packet goes through" explained '.service == "web4" and .pool == "web" and
	(.ranks | length == 3 and all(.state == "serving")) and .owner != null and .row >= 0' \
	tcp "$BED_CLIENT4:40000" "$BED_VIP4:80"
check "IPv6" explained '.service == "echo6-udp" and .class != "drop"' udp "[2001:db8:c::2]:5" "[$BED_VIP6]:7000"
check "no service there" explained '.verdict == "pass_no_service"' tcp "$BED_CLIENT4:1" "$BED_VIP4:81"
check "no virtual address" explained '.verdict == "pass_no_vip"' tcp "$BED_CLIENT4:1" 192.0.2.77:80
check "a ping stays" explained '.verdict == "pass_no_service"' icmp "$BED_CLIENT4" "$BED_VIP4"
check "explaining counts nothing" explaining_counts_nothing
check "bad address" refuses 2 "is no address" explain tcp here "$BED_VIP4:80"
check "bad protocol" refuses 2 "known: tcp, udp, sctp" explain tpc "$BED_CLIENT4:1" "$BED_VIP4:80"
check "two families" refuses 2 "of two families" explain tcp "$BED_CLIENT4:1" "$BED_VIP6"
check "unknown reason" refuses 2 'did you mean "drop"' trace --reason drup
check "unknown service" refuses 2 'service "nosuch" is not known' trace --service nosuch
check "bad count" refuses 2 "is no number" trace --count 0

check "trace, in words" trace_in_words
check "trace, as JSON" trace_as_json
check "trace, as a file" trace_to_file
check "trace of drops" trace_of_drops
check "an interrupted trace ends; two at once are refused" interrupted
check "a killed trace ends" killed
check "bpftool's event_pipe" event_pipe
check "verdicts by name" readable steer_verdicts '.[0].formatted.values[0].value.local_owner.packets >= 0'
check "settings by name" readable steer_settings '.[0].formatted.value.self == 1'
check "nodes by name" readable steer_nodes '.[2].formatted.value.mtu_bytes == 1500'

bed_stop steerd1
check "without a daemon: numbers" explained '.service == "service 0" and (.owner | startswith("node"))' \
	tcp "$BED_CLIENT4:40000" "$BED_VIP4:80"
finish
