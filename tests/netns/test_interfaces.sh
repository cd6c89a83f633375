#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# An edge with two interfaces: what comes in on the one goes out on the other, to hosts behind it.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

# n1 is the edge. n2 and n3 leave the bed's segment for one of their own, behind n1's eth1; their
# answers go back through n1's kernel.
inner4() { echo "192.0.2.$((128 + $1))"; }
inner6() { printf '2001:db8:e::%d\n' "$1"; }

move_behind() { # NUMBER
	bed_in fabric ip link set "n$1" down
	bed_in "n$1" ip address flush dev eth0
	_bed_link "n$1" inner "02:00:00:00:02:0$1" n1 "in$1" -
	bed_in n1 ip link set "in$1" master inner
	bed_in "n$1" "$B/test/tap" attach "$B/test/tap.bpf.o" "$BED_PINS/tap$1" "$BED_VIP4,$BED_VIP6" inner
	_bed_address "n$1" inner "$(inner4 "$1")/26" "$(inner6 "$1")/64"
	bed_in "n$1" ip route replace default via "$(inner4 1)"
	bed_in "n$1" ip -6 route replace default via "$(inner6 1)"
}

# The edge's own end is eth1, a veth whose other end is in a bridge with the hosts.
edge() {
	bed_in n1 sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	bed_in n1 ip address del $BED_VIP4/32 dev lo
	bed_in n1 ip -6 address del $BED_VIP6/128 dev lo
	bed_in n1 ip link add inner type bridge stp_state 0 mcast_snooping 0 forward_delay 0
	bed_in n1 sysctl -qw net.ipv6.conf.inner.disable_ipv6=1
	bed_in n1 ip link set inner up
	_bed_link n1 eth1 02:00:00:00:02:01 n1 trunk -
	bed_in n1 ip link set trunk master inner
	bed_in n1 "$B/test/tap" attach "$B/test/tap.bpf.o" "$BED_PINS/tap1" "$BED_VIP4,$BED_VIP6" trunk
	_bed_address n1 eth1 "$(inner4 1)/26" "$(inner6 1)/64"
	move_behind 2
	move_behind 3
}

edge_config() {
	cat <<-EOF
	cluster: edge
	key-file: $BED_DIR/key
	damping: { hold: 0s }
	nodes:
	  - { name: n1, id: 1, address: $(bed_node4 1), address6: "$(bed_node6 1)", interface: [eth0, eth1] }
	  - { name: n2, id: 2, address: $(inner4 2), address6: "$(inner6 2)", agent: false }
	  - { name: n3, id: 3, address: $(inner4 3), address6: "$(inner6 3)", agent: false }
	pools:
	  - name: web
	    members: [n2, n3]
	    health: { type: http, port: 80, path: /healthz, interval: 300ms, timeout: 300ms, rise: 2, fall: 2 }
	services:
	  - { name: web4, vip: $BED_VIP4, protocol: tcp, port: 80, pool: web, flow-table: on }
	  - { name: web6, vip: "$BED_VIP6", protocol: tcp, port: 80, pool: web, flow-table: on }
	EOF
}

# Listens on the address it has now.
nginx_behind() { # NUMBER
	(
		bed_node4() { inner4 "$1"; }
		cluster_nginx "$1"
		echo "${BED_PIDS[nginx$1]}" >"$BED_DIR/nginx$1.pid"
	)
	BED_PIDS[nginx$1]=$(<"$BED_DIR/nginx$1.pid")
}

both_serve() {
	cluster_says 1 '[.pools[0].members[] | select(.state == "serving")] | length == 2' pool show
}

served_by() { # URL FIRST LAST
	local port
	for ((port = $2; port <= $3; port++)); do
		bed_in client curl -s -g --max-time 5 --local-port "$port" "$1" || echo none
	done | sort -u | tr '\n' ' '
}

redirected() {
	holds "$(cluster_steer 1 --pin-dir "$BED_PINS/n1" -j stats)" \
		'[.verdicts[] | select(.verdict == "forward_l2") | .packets] | add > 100'
}

bed_open 3
mkdir "$BED_PINS/tap1" "$BED_PINS/tap2" "$BED_PINS/tap3"
od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$BED_DIR/key"
chmod 0600 "$BED_DIR/key"
edge_config >"$BED_DIR/steer.yaml"
edge
for i in 2 3; do
	nginx_behind $i
done
bed_hops 1
cluster_steerd 1

check "the hosts come to serve" bed_await 40 both_serve
check "the program is on both interfaces" cluster_says 1 '[.programs[] | select(.attached)] | length == 2' status
check "IPv4 goes to both" same "n2 n3 " "$(served_by "http://$BED_VIP4/" 20000 20019)"
check "IPv6 goes to both" same "n2 n3 " "$(served_by "http://[$BED_VIP6]/" 21000 21019)"
check "and was forwarded" redirected
finish
