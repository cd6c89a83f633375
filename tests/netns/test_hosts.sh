#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Hosts as they are: an interface is renamed, or deleted and made anew; the configured address is not
# the one that the kernel prefers; a peer cannot be reached; a host is started as another node. Traffic
# goes on, and where something is wrong, "steer status" says so (exit status 5).
#
# Timeout: 300 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

now_ns() {
	traffic_report | jq .now_ns
}

none_broken() { # SINCE_NS
	holds "$(traffic_report)" '[.broken[] | select(.at_ns >= $since)] | length == 0' --argjson since "$1"
}

# Whatever the router's choice, each is answered.
requests_answered() { # REQUESTS [CURL-ARG...]
	local i failed=0 url=http://$BED_VIP4/
	for ((i = 0; i < $1; i++)); do
		bed_in client curl -s -f --max-time 5 "${@:2}" "$url" >/dev/null || failed=$((failed + 1))
	done
	same 0 $failed
}

status_is() { # NUMBER CODE
	cluster_steer "$1" status >/dev/null
	same "$2" $?
}

degraded_says() { # NUMBER REGEX
	cluster_says "$1" "any(.degraded[]; test(\"$2\"))" status
}

interface_is_attached() { # NUMBER
	cluster_says "$1" '.program.attached' status
}

nobody_is_degraded() {
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		status_is "$i" 0 || return 1
	done
}

interfaces() {
	local since
	cluster_kind l2
	cluster_up 3
	traffic_connect 150
	check "connections are open" bed_await 10 traffic_is_open

	since=$(now_ns)
	bed_in n2 ip link set eth0 name lan0
	check "renamed: status says so" bed_await 5 degraded_says 2 'interface eth0: it is named lan0 now'
	check "renamed: with exit status 5" status_is 2 5
	check "renamed: requests are answered" requests_answered 40
	check "renamed: all connections live on" bed_await 10 traffic_is_settled "{\"before_ns\":$since}"
	check "renamed: none broke" none_broken "$since"
	bed_in n2 ip link set lan0 name eth0
	check "named as before: nothing is degraded" bed_await 5 nobody_is_degraded

	bed_in n2 ip link del eth0
	check "deleted: status says so" bed_await 5 degraded_says 2 'interface eth0: it is gone'
	check "deleted: the others see the node down" bed_await 5 cluster_member_is 1 2 down
	check "deleted: requests are answered by the others" requests_answered 1
	_bed_link n2 eth0 "$(bed_mac 2)" fabric n2 -
	bed_in fabric ip link set n2 master br0
	bed_in fabric ethtool -K n2 gro on # or nothing receives what the program transmits
	bed_node_address 2
	check "made again: the program is attached by itself" bed_await 10 interface_is_attached 2
	check "made again: all nodes steer" bed_await 20 cluster_is_steering
	check "made again: requests are answered" requests_answered 40
	check "made again: nothing is degraded" bed_await 5 nobody_is_degraded
	check "made again: it is an event" bash -c '"$@" | grep -q "program.*detached.*attached"' - \
		"$B/steer" --socket "$BED_DIR/n2.sock" events -n 50
	bed_close
}

# An address of the segment that is older than the configured one, and so the kernel's choice.
addresses() {
	cluster_kind gue
	cluster_up 3
	bed_stop steerd1
	bed_in n1 ip address flush dev eth0 scope global
	bed_in n1 ip address add 192.0.2.201/24 dev eth0
	bed_node_address 1
	check "another address is preferred" bash -c 'nsenter --net="$1" ip route get 192.0.2.12 | grep -q "src 192.0.2.201"' - "$(bed_netns n1)"
	cluster_steerd 1
	check "two addresses: all nodes steer" bed_await 20 cluster_is_steering
	bed_hops 1
	check "two addresses: requests through it are answered" requests_answered 40
	bed_hops 2 3
	check "two addresses: through the others as well" requests_answered 40
	check "two addresses: nothing is degraded" bed_await 5 nobody_is_degraded

	# The way to a peer is missing from the start.
	bed_hops 1
	bed_stop steerd1
	bed_in n1 "$B/steer" --pin-dir "$BED_PINS/n1" unload eth0
	bed_in n1 ip route add unreachable "$(bed_node4 3)/32"
	bed_in n1 ip neigh flush dev eth0
	cluster_steerd 1
	check "no way to a peer: it is down" bed_await 10 cluster_member_is 1 3 down
	check "no way to a peer: status says so" bed_await 5 degraded_says 1 'node n3: down'
	check "no way to a peer: with exit status 5" status_is 1 5
	check "no way to a peer: requests are answered" requests_answered 40
	bed_in n1 ip route del unreachable "$(bed_node4 3)/32"
	check "the way is back: all nodes steer" bed_await 20 cluster_is_steering
	bed_hops 1 2 3

	# A host that takes itself for another node.
	traffic_connect 100
	check "connections are open" bed_await 10 traffic_is_open
	bed_stop steerd3
	since=$(now_ns)
	mkdir "$BED_DIR/clone"
	check "started as another node: refused" refused_as_n2
	check "started as another node: the reason is said" grep -q \
		"node n2: its address 192.0.2.12 is not on this host; give the name of this host's node" "$BED_DIR/clone.log"
	check "started as another node: no connection broke" none_broken "$since"
	cluster_steerd 3
	check "started as itself: all nodes steer" bed_await 20 cluster_is_steering
	check "started as itself: no connection broke" none_broken "$since"
	bed_close
}

refused_as_n2() {
	bed_in n3 timeout 10 "$B/steerd" --config "$BED_DIR/steer.yaml" --node n2 --pin-dir "$BED_PINS/n3" \
		--socket "$BED_DIR/clone.sock" --state-dir "$BED_DIR/clone" --object "$B/steer.bpf.o" \
		>"$BED_DIR/clone.log" 2>&1
	same 4 $?
}

interfaces
addresses
finish
