#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# When the network is cut: what docs/failover.md says each side does, is what each side does.
#
# Where a connection's packets enter the cluster is the router's choice, and is taken from a capture
# before the cut. Only a connection whose way in and whose server are on different sides may break.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh

why=$(cluster_lacking dumpcap tshark) || skip_all "$why"

CONNECTIONS=160
# Longer than any cut here: what is lost is sent again, and only a reset or a lost server breaks.
STALL_MS=20000

# --- who sees what ---

sees() { # OBSERVER LIVENESS NUMBER...
	local observer=$1 liveness=$2 node
	shift 2
	for node; do
		cluster_says "$observer" "any(.nodes[]; .name == \"n$node\" and .liveness == \"$liveness\")" node show ||
			return 1
	done
}

# Nodes that see just these others down.
each_sees_down() { # "OBSERVER..." "NUMBER..."
	local observer node
	for observer in $1; do
		for ((node = 1; node <= BED_NODES; node++)); do
			((node == observer)) && continue
			if [[ " $2 " == *" $node "* ]]; then
				sees "$observer" down "$node" || return 1
			else
				sees "$observer" up "$node" || return 1
			fi
		done
	done
}

isolated_are() { # NUMBER...: these, and nobody else
	local node
	for ((node = 1; node <= BED_NODES; node++)); do
		if [[ " $* " == *" $node "* ]]; then
			cluster_says "$node" .isolated status || return 1
		else
			cluster_says "$node" '.isolated | not' status || return 1
		fi
	done
}

# In the table of pool web, as a node has it.
serving_are() { # OBSERVER NUMBER...
	local observer=$1
	shift
	cluster_says "$observer" "[.pools[] | select(.name == \"web\") | .members[] |
		select(.state == \"serving\") | .node] == [$(printf '"n%s"\n' "$@" | paste -sd ,)]" pool show
}

# --- connections ---

entries={} # where the router sends each: {"v4 10000": 3, ...}

# Some on every node, and none where it is because of what was cut before.
connections_anew() {
	bed_stop longlived
	rm -f "$BED_DIR/longlived.sock"
	bed_start longlived client "$B/test/longlived" "$BED_DIR/longlived.sock" $CONNECTIONS 20 $STALL_MS \
		"$BED_VIP4" 7000 "$BED_VIP6" 7000
	bed_await 10 all_go_on || bed_die "connections cannot be opened"
	bed_start capture fabric dumpcap -q -f "inbound and tcp dst port 7000" -i router \
		-w "$BED_DIR/capture.pcapng"
	bed_await 10 entries_are_known || bed_die "connections move no data"
	bed_stop capture INT
}

entries_are_known() {
	entries=$(tshark -r "$BED_DIR/capture.pcapng" -T fields -e ipv6.version -e tcp.srcport -e eth.dst 2>/dev/null |
		awk '{ n = NF == 3 ? $3 : $2; port = NF == 3 ? $2 : $1; sub(/.*:/, "", n);
			print (NF == 3 ? "v6 " : "v4 ") port, n + 0 }' | sort -u |
		jq -Rn '[inputs | split(" ") | {key: "\(.[0]) \(.[1])", value: (.[2] | tonumber)}] | from_entries')
	jq -e "length >= $CONNECTIONS" <<<"$entries"
}

# Of what broke since then, nothing but what a filter says, of .entry and .server.
broken_only() { # SINCE_NS FILTER
	holds "$(traffic_report)" "[.broken[] | select(.at_ns >= \$since) |
		{cause, server: (.node[1:] | tonumber), entry: \$entries[\"\\(.family) \\(.port)\"]} |
		select(($2) | not)] | if length > 0 then debug else . end | length == 0" \
		--argjson since "$1" --argjson entries "$entries"
}

none_broken() { # SINCE_NS
	broken_only "$1" false
}

some_broken() { # SINCE_NS
	holds "$(traffic_report)" 'any(.broken[]; .at_ns >= $since)' --argjson since "$1"
}

# All are open and move data again.
all_go_on() {
	holds "$(traffic_report)" '.open == .connections and .silent_ms < 300'
}

# Requests whose way in is one of these nodes. No port is used twice.
requests_answered() { # REQUESTS "ENTRY..."
	local port asked=0 failed=0 hop
	port=$(<"$BED_DIR/port")
	while ((asked < $1)); do
		port=$((port + 1))
		hop=$(bed_in router ip -j route get $BED_VIP4 from $BED_CLIENT4 iif client ipproto tcp \
			sport $port dport 80 | jq -r '.[0].gateway')
		[[ " $2 " == *" $((${hop##*.} - 10)) "* ]] || continue
		asked=$((asked + 1))
		bed_in client curl -s -f --max-time 5 --local-port $port "http://$BED_VIP4/" >/dev/null ||
			failed=$((failed + 1))
	done
	echo "$port" >"$BED_DIR/port"
	same 0 $failed
}

# Ends a part: the cut is mended, all converges, and that breaks nothing, but what a filter says.
mended() { # NAME FILTER COMMAND...
	local name=$1 filter=$2 since
	since=$(traffic_now_ns)
	"${@:3}"
	check "$name: mended, all see all" bed_await 10 cluster_is_steering
	check "$name: nobody is isolated" bed_await 10 isolated_are
	bed_hops 1 2 3 4
	check "$name: all connections go on" bed_await 20 all_go_on
	check "$name: none breaks by the mending" broken_only "$since" "$filter"
	check "$name: requests are answered again" requests_answered 20 "1 2 3 4"
}

alarms() { # NUMBER
	grep -c ' isolated: ' "$BED_DIR/steerd$1.log"
}

cluster_up 4
echo 40000 >"$BED_DIR/port"

# --- one node, from everybody ---

name="one node, from all"
connections_anew
since=$(traffic_now_ns)
before=$(alarms 4)
bed_cut 4 >/dev/null
check "$name: the others see it down" bed_await 5 each_sees_down "1 2 3" "4"
check "$name: it is isolated, and they are not" bed_await 5 isolated_are 4
check "$name: it raises one alarm" test $(($(alarms 4) - before)) -eq 1
check "$name: it steers as before" serving_are 4 1 2 3 4
check "$name: they steer without it" serving_are 1 1 2 3
bed_hops 1 2 3
check "$name: requests are answered" requests_answered 20 "1 2 3"
# What waits for it sends again, ever more seldom, until somebody else answers with a reset.
check "$name: its connections are opened anew" bed_await 20 all_go_on
check "$name: only its own break" broken_only "$since" '.server == 4'
mended "$name" false bed_mend 4

# --- one node from the others, but not from the router ---

name="one node, from its peers"
connections_anew
since=$(traffic_now_ns)
bed_cut_between 4 "1 2 3" >/dev/null
check "$name: the others see it down" bed_await 5 each_sees_down "1 2 3" "4"
check "$name: it is isolated, and they are not" bed_await 5 isolated_are 4
check "$name: it steers as before" serving_are 4 1 2 3 4
check "$name: requests by the others are answered" requests_answered 20 "1 2 3"
check "$name: others' connections to it break" bed_await 5 some_broken "$since"
mended "$name" false bed_mend_ways
check "$name: no others, though what went by it had to wait" broken_only "$since" \
	'.server == 4 and .entry != 4'

# --- two and two ---

name="half and half"
connections_anew
since=$(traffic_now_ns)
bed_cut_between "1 2" "3 4" >/dev/null
check "$name: each half sees the other down" bed_await 5 each_sees_down "1 2" "3 4"
check "$name: on both sides" bed_await 5 each_sees_down "3 4" "1 2"
check "$name: nobody is isolated" isolated_are
check "$name: each half serves alone" serving_are 1 1 2
check "$name: on both sides" serving_are 3 3 4
check "$name: requests are answered by both" requests_answered 40 "1 2 3 4"
check "$name: connections across the cut are opened anew" bed_await 5 all_go_on
check "$name: they break" some_broken "$since"
check "$name: no others" broken_only "$since" '.entry != null and (.entry <= 2) != (.server <= 2)'
mended "$name" false bed_mend_ways

# --- two and two, and the router is with two of them ---

name="half and half, router on one side"
connections_anew
since=$(traffic_now_ns)
# The router first: what it sent to the other half after the cut would be reset there.
bed_hops 1 2
bed_cut_way router 3 router 4 >/dev/null
bed_cut_between "1 2" "3 4" >/dev/null
check "$name: each half sees the other down" bed_await 5 each_sees_down "1 2" "3 4"
check "$name: requests are answered" requests_answered 20 "1 2"
check "$name: connections to the other half are opened anew" bed_await 20 all_go_on
check "$name: only these break" broken_only "$since" '.server >= 3'
mended "$name" false bed_mend_ways

# --- one direction ---

name="one direction"
connections_anew
since=$(traffic_now_ns)
bed_cut_way 1 3 >/dev/null
check "$name: its sender sees the receiver down" bed_await 5 each_sees_down 1 3
check "$name: and the receiver the sender" bed_await 5 each_sees_down 3 1
check "$name: others see both" each_sees_down "2 4" ""
check "$name: nobody is isolated" isolated_are
check "$name: requests are answered" requests_answered 40 "1 2 3 4"
check "$name: all connections go on" bed_await 10 all_go_on
check "$name: none breaks" none_broken "$since"
mended "$name" false bed_mend_ways

# --- one direction, of all that is sent to one node by its peers ---

name="one node hears nobody"
connections_anew
since=$(traffic_now_ns)
bed_cut_way 1 4 2 4 3 4 >/dev/null
check "$name: the others see it down" bed_await 5 each_sees_down "1 2 3" "4"
check "$name: it is isolated, and they are not" bed_await 5 isolated_are 4
check "$name: requests are answered, by whomever they come in" requests_answered 40 "1 2 3 4"
mended "$name" false bed_mend_ways
check "$name: only others' connections to it break" broken_only "$since" '.server == 4 and .entry != 4'
finish
