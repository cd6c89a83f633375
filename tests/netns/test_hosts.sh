#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Hosts as they are: an interface is renamed, or deleted and made anew; it is a port of a bridge, or the
# host has a second MAC; the configured address is not the one that the kernel prefers; a peer cannot be
# reached; a host is started as another node; the service is in a container. Traffic goes on, and where
# something is wrong, "steer status" says so (exit status 5).
#
# Timeout: 300 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

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

	since=$(traffic_now_ns)
	bed_in n2 ip link set eth0 name lan0
	check "renamed: status says so" bed_await 5 degraded_says 2 'interface eth0: it is named lan0 now'
	check "renamed: with exit status 5" status_is 2 5
	check "renamed: requests are answered" requests_answered 40
	check "renamed: a reload is taken" cluster_reload 5
	check "renamed: status still says so" bed_await 5 degraded_says 2 'interface eth0: it is named lan0 now'
	check "renamed: requests are answered as before" requests_answered 20
	check "renamed: all connections live on" bed_await 10 traffic_is_settled "{\"before_ns\":$since}"
	check "renamed: none broke" traffic_none_broken "$since"
	bed_in n2 ip link set lan0 name eth0
	check "named as before: nothing is degraded" bed_await 5 nobody_is_degraded

	bed_in n2 ip link del eth0
	check "deleted: status says so" bed_await 5 degraded_says 2 'interface eth0: it is gone'
	check "deleted: the others see the node down" bed_await 5 cluster_member_is 1 2 down
	bed_hops 1 3
	check "deleted: requests are answered by the others" requests_answered 10
	_bed_link n2 eth0 "$(bed_mac 2)" fabric n2 -
	bed_in fabric ip link set n2 master br0
	bed_in fabric ethtool -K n2 gro on # or nothing receives what the program transmits
	bed_node_address 2
	check "made again: the program is attached by itself" bed_await 10 interface_is_attached 2
	check "made again: all nodes steer" bed_await 20 cluster_is_steering
	bed_hops 1 2 3
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
	since=$(traffic_now_ns)
	mkdir "$BED_DIR/clone"
	check "started as another node: refused" refused_as_n2
	check "started as another node: the reason is said" grep -q \
		"node n2: its address 192.0.2.12 is not on this host; give the name of this host's node" "$BED_DIR/clone.log"
	check "started as another node: no connection broke" traffic_none_broken "$since"
	cluster_steerd 3
	check "started as itself: all nodes steer" bed_await 20 cluster_is_steering
	check "started as itself: no connection broke" traffic_none_broken "$since"
	bed_close
}

refused_as_n2() {
	bed_in n3 timeout 10 "$B/steerd" --config "$BED_DIR/steer.yaml" --node n2 --pin-dir "$BED_PINS/n3" \
		--socket "$BED_DIR/clone.sock" --state-dir "$BED_DIR/clone" --object "$B/steer.bpf.o" \
		>"$BED_DIR/clone.log" 2>&1
	same 4 $?
}

# The service is in a network namespace of its own, and the host translates its address: no socket of it
# is where the program looks.
container_up() { # NUMBER
	local port=7200
	ip netns add "steer-$BED_ID-c$1" || return 1
	ip link add c0 netns "steer-$BED_ID-n$1" type veth peer name eth0 netns "steer-$BED_ID-c$1"
	bed_in "n$1" ip address add 203.0.113.129/25 dev c0
	bed_in "n$1" ip link set c0 up
	bed_in "c$1" ip address add 203.0.113.130/25 dev eth0
	bed_in "c$1" ip link set eth0 up
	bed_in "c$1" ip link set lo up
	bed_in "c$1" ip route add default via 203.0.113.129
	bed_in "n$1" sysctl -qw net.ipv4.ip_forward=1
	bed_in "n$1" nft -f - <<-RULES
	table ip containers {
		chain in {
			type nat hook prerouting priority dstnat;
			ip daddr $BED_VIP4 tcp dport $port dnat to 203.0.113.130:$port
		}
	}
	RULES
	mkdir -p "$BED_DIR/c$1"
	head -c 300000 /dev/zero >"$BED_DIR/c$1/large"
	bed_start "container$1" "c$1" python3 -m http.server --directory "$BED_DIR/c$1" $port
	bed_await 5 bed_in "c$1" curl -s -o /dev/null "http://203.0.113.130:$port/"
}

containers_down() {
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		bed_stop "container$i"
		ip netns delete "steer-$BED_ID-c$i"
	done
}

downloads() { # NUMBER
	local i failed=0
	for ((i = 0; i < $1; i++)); do
		bed_in client curl -s -f --max-time 5 -o /dev/null "http://$BED_VIP4:7200/large" ||
			failed=$((failed + 1))
	done
	same 0 $failed
}

containers() {
	local i
	cluster_kind l2
	cluster_more_services() {
		echo "  - { name: contained, vip: $BED_VIP4, protocol: tcp, port: 7200, pool: web, second-chance: off }"
	}
	cluster_up 3
	for ((i = 1; i <= BED_NODES; i++)); do
		container_up $i || bed_die "no container on n$i"
	done
	check "in containers: downloads are whole" downloads 30
	bed_hops 2
	check "in containers: through one node as well" downloads 15
	check "in containers: all nodes get some" each_has_delivered
	containers_down
	bed_close
}

each_has_delivered() {
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		grep -q "GET /large" "$BED_DIR/container$i.log" || { echo "none on n$i"; return 1; }
	done
}

# A router may reach the host by a second MAC, as that of keepalived's virtual router.
second_mac() {
	local since
	cluster_kind l2
	unset -f cluster_more_services
	cluster_up 3
	traffic_connect 100
	check "connections are open" bed_await 10 traffic_is_open
	since=$(traffic_now_ns)
	bed_in n2 sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
	bed_in n2 ip link add link eth0 name vrrp address 00:00:5e:00:01:33 type macvlan mode private
	bed_in n2 ip address add 192.0.2.202/24 dev vrrp
	bed_in n2 ip link set vrrp up
	bed_in router ip nexthop replace id 402 via 192.0.2.202 dev fabric
	check "second MAC: requests are answered" requests_answered 40
	check "second MAC: all connections live on" bed_await 10 traffic_is_settled "{\"before_ns\":$since}"
	check "second MAC: none broke" traffic_none_broken "$since"
	bed_close
}

# The interface is a port of the bridge that has the addresses, as on a host of virtual machines.
bridge_port() {
	cluster_kind l2
	cluster_up 3
	bed_stop steerd2
	bed_in n2 "$B/steer" --pin-dir "$BED_PINS/n2" unload eth0 >/dev/null
	bed_in n2 ip link add br0 address 02:00:00:00:00:b2 type bridge stp_state 0 forward_delay 0
	bed_in n2 ip link set br0 up
	bed_in n2 ip address flush dev eth0 scope global
	bed_in n2 ip link set eth0 master br0
	_bed_address n2 br0 "$(bed_node4 2)/24" "$(bed_node6 2)/64"
	bed_in n2 ip route replace default via 192.0.2.1
	bed_in n2 ip -6 route replace default via 2001:db8:f::1
	cluster_steerd 2
	check "a port of a bridge: all nodes steer" bed_await 20 cluster_is_steering
	check "a port of a bridge: requests are answered" requests_answered 60
	bed_hops 2
	check "a port of a bridge: through it as well" requests_answered 40
	check "a port of a bridge: nothing is degraded" bed_await 5 nobody_is_degraded
	bed_close
}

interfaces
addresses
second_mac
bridge_port
containers
finish
