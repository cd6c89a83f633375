#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every packet of a flow gets to its owner, whichever node the router hands it to; for l2 and GUE.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

# Who answers a connection from this client port?
owner() { # PORT [-6]
	local url=http://$BED_VIP4/
	[[ ${2:-} ]] && url=http://[$BED_VIP6]/
	bed_in client curl -s -g --max-time 5 -H 'Connection: close' --local-port "$1" "$url"
}

# The owners of a range of client ports, in a line.
owners() { # FIRST LAST [-6]
	local port
	for ((port = $1; port <= $2; port++)); do
		owner "$port" "${3:-}" || echo "none"
	done | tr '\n' ' '
}

udp_owners() { # FIRST LAST VIP
	bed_in client tests/tools/who_answers.py -p "$1-$2" udp 7000 "$3" | tr '\n' ' '
}

several() { # OWNERS: at least three nodes, and nobody else
	[[ $(tr ' ' '\n' <<<"$1" | grep -c .) -gt 0 && $1 != *none* ]] || { echo "$1"; return 1; }
	(($(tr ' ' '\n' <<<"$1" | grep . | sort -u | wc -l) >= 3)) || { echo "$1"; return 1; }
}

verdict() { # NUMBER NAME
	cluster_steer "$1" --pin-dir "$BED_PINS/n$1" -j stats |
		jq ".verdicts[] | select(.verdict == \"$2\") | .packets"
}

forwarded() { # VERDICT: has any node counted it?
	local i total=0
	for ((i = 1; i <= BED_NODES; i++)); do
		total=$((total + $(verdict "$i" "$1")))
	done
	((total > 0)) || { echo "no node counts $1"; return 1; }
}

nothing_dropped() {
	local i dropped
	for ((i = 1; i <= BED_NODES; i++)); do
		dropped=$(cluster_steer "$i" --pin-dir "$BED_PINS/n$i" -j stats |
			jq -c '[.verdicts[] | select(.class == "drop" and .packets > 0) | .verdict]')
		same "[]" "$dropped" || return 1
	done
}

# A TCP connection to a node's own address, which no service claims.
own_address() {
	bed_in n2 python3 -m http.server --bind "$(bed_node4 2)" 9000 --directory "$BED_DIR/www" \
		>/dev/null 2>&1 &
	local pid=$!
	bed_await 5 bed_in client curl -s "http://$(bed_node4 2):9000/"
	same own "$(bed_in client curl -s --max-time 5 "http://$(bed_node4 2):9000/")"
	local status=$?
	kill "$pid"
	wait "$pid" 2>/dev/null
	return $status
}

suite() { # l2|gue|routed
	local before after
	cluster_kind "$1"
	cluster_up 4
	# No TIME_WAIT at the client: it uses its ports again at once.
	bed_in client sysctl -qw net.ipv4.tcp_max_tw_buckets=0
	mkdir "$BED_DIR/www"
	echo own >"$BED_DIR/www/index.html"

	before=$(owners 20000 20029)
	check "$1: IPv4 flows are spread over the nodes" several "$before"
	bed_hops 3
	after=$(owners 20000 20029)
	check "$1: all through n3: the same owners" same "$before" "$after"
	bed_hops 2 4
	after=$(owners 20000 20029)
	check "$1: through n2 and n4: the same owners" same "$before" "$after"

	before=$(owners 21000 21019 -6)
	check "$1: IPv6 flows are spread over the nodes" several "$before"
	bed_hops 1
	after=$(owners 21000 21019 -6)
	check "$1: IPv6 all through n1: the same owners" same "$before" "$after"

	before=$(udp_owners 22000 22014 "$BED_VIP4")
	check "$1: UDP flows are spread over the nodes" several "$before"
	bed_hops 4
	after=$(udp_owners 22000 22014 "$BED_VIP4")
	check "$1: UDP all through n4: the same owners" same "$before" "$after"
	check "$1: UDP over IPv6" several "$(udp_owners 22100 22114 "$BED_VIP6")"

	check "$1: it was forwarded as configured" forwarded "forward_$CLUSTER_FORWARD"
	[[ $1 != l2 ]] && check "$1: and unwrapped" forwarded local_decapsulated
	check "$1: a node's own address is left alone" own_address
	check "$1: nothing was dropped" nothing_dropped
	bed_close
}

# STEER_TEST_KINDS: only these (make quick).
for kind in ${STEER_TEST_KINDS:-l2 gue routed}; do
	suite "$kind"
done
finish
