#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An edge that steers to hosts without Steer: n1 alone runs it, n2 to n4 only have the VIPs.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

edge_config() {
	local i
	cat <<-EOF
	cluster: edge
	key-file: $BED_DIR/key
	nodes:
	  - { name: n1, id: 1, address: $(bed_node4 1), address6: "$(bed_node6 1)", interface: eth0 }
	EOF
	for i in 2 3 4; do
		echo "  - { name: n$i, id: $i, address: $(bed_node4 $i), address6: \"$(bed_node6 $i)\", agent: false }"
	done
	cat <<-EOF
	pools:
	  - name: web
	    members: [n2, n3, n4]
	    health: { type: http, port: 80, path: /healthz, interval: 300ms, timeout: 300ms, rise: 2, fall: 2 }
	services:
	  - { name: web4, vip: $BED_VIP4, protocol: tcp, port: 80, pool: web, flow-table: on }
	  - { name: web6, vip: "$BED_VIP6", protocol: tcp, port: 80, pool: web, flow-table: on }
	  - { name: udp4, vip: $BED_VIP4, protocol: udp, port: 7000, pool: web, flow-table: { entries: 1000 } }
	EOF
}

serving() { # NUMBER...: just these
	local want
	want=$(printf '"n%s",' "$@")
	cluster_says 1 "[.pools[0].members[] | select(.state == \"serving\") | .node] == [${want%,}]" pool show
}

served_by() { # URL FIRST LAST: who answers from these ports, each once
	local port
	for ((port = $2; port <= $3; port++)); do
		bed_in client curl -s -g --max-time 5 --local-port "$port" -H 'Connection: close' "$1" || echo none
	done | sort -u | tr '\n' ' '
}

udp_owners() { # FIRST LAST
	bed_in client tests/tools/who_answers.py -p "$1-$2" udp 7000 "$BED_VIP4" | tr '\n' ' '
}

# Of the flows that somebody else had, none has moved; those of NODE have.
only_moved_from() { # NODE BEFORE AFTER
	local before after i
	read -ra before <<<"$2"
	read -ra after <<<"$3"
	for i in "${!before[@]}"; do
		[[ ${after[i]} != none && ${after[i]} != "$1" ]] || { echo "$2 / $3"; return 1; }
		[[ ${before[i]} == "$1" || ${before[i]} == "${after[i]}" ]] || { echo "$2 / $3"; return 1; }
	done
}

bed_open 4
od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$BED_DIR/key"
chmod 0600 "$BED_DIR/key"
edge_config >"$BED_DIR/steer.yaml"
for i in 2 3 4; do
	cluster_nginx $i
	cluster_echo $i
done
bed_hops 1
bed_in client sysctl -qw net.ipv4.tcp_max_tw_buckets=0
cluster_steerd 1

check "all come to serve" bed_await 15 serving 2 3 4
check "IPv4 goes to all of them" same "n2 n3 n4 " "$(served_by "http://$BED_VIP4/" 20000 20039)"
check "IPv6 goes to all of them" same "n2 n3 n4 " "$(served_by "http://[$BED_VIP6]/" 21000 21039)"

old=$(udp_owners 30000 30019)
bed_stop nginx2
check "a host whose service is gone is left out" bed_await 15 serving 3 4
new=$(udp_owners 30000 30019)
check "its flows have new owners, others stay" only_moved_from n2 "$old" "$new"
cluster_nginx 2
check "it comes back" bed_await 15 serving 2 3 4
check "flows stay where they went" same "$new" "$(udp_owners 30000 30019)"

# It answers at its own address, but not what is forwarded to it.
bed_in n3 ip address del $BED_VIP4/32 dev lo
check "a host without the VIP is left out" bed_await 15 serving 2 4
check "and that is said" cluster_says 1 '[.pools[0].members[] | select(.node == "n3") | .state] == ["down"]' pool show
bed_in n3 ip address add $BED_VIP4/32 dev lo
check "with the VIP it comes back" bed_await 15 serving 2 3 4

check "drained, at the edge" cluster_steer 1 node drain n4
check "it owns nothing new" bed_await 5 serving 2 3
check "new flows go to the others" same "n2 n3 " "$(served_by "http://$BED_VIP4/" 22000 22029)"
bed_stop steerd1 KILL
cluster_steerd 1
check "it is still drained for the next daemon" bed_await 15 serving 2 3
cluster_steer 1 node activate n4 >/dev/null
check "activated" bed_await 5 serving 2 3 4

flow_table_counts() {
	local flows
	flows=$(cluster_steer 1 --pin-dir "$BED_PINS/n1" -j stats)
	holds "$flows" 'any(.flows[]; .hits > 0 and .misses > 0 and .used > 0 and .entries == 65536) and
		any(.flows[]; .moved > 0 and .entries == 1000)'
}
check "flow tables count" flow_table_counts
finish
