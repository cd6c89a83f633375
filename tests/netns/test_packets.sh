#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The packets that balancers lose: fragments, ICMP errors, pings, packets that do not fit; l2 and GUE.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking && bed_lacking ping sha256sum) || skip_all "$why"

NARROW_MTU=1300

cluster_more_services() {
	cluster_service digest4 "$BED_VIP4" udp 7100
	cluster_service digest6 "$BED_VIP6" udp 7100
	cluster_service upload4 "$BED_VIP4" tcp 7101
	cluster_service upload6 "$BED_VIP6" tcp 7101
}

# UDP: answers a datagram with the node's name and the datagram's digest. TCP: the same for all that
# comes until the end of the stream.
digest_server() { # NUMBER
	bed_start "digest$1" "n$1" tests/tools/digest_server.py "n$1" "$BED_VIP4" "$BED_VIP6"
}

# The nodes that get BYTES from each of a range of ports, in a line.
digests() { # udp|tcp VIP FIRST LAST BYTES
	bed_in client tests/tools/digest_client.py "$@" | tr '\n' ' '
}

# Fragments get where the whole datagrams of the same flow get, whoever the router hands them to.
fragments_follow() { # VIP
	local whole large
	whole=$(digests udp "$1" 30000 30011 100)
	[[ $whole != *none* ]] || { echo "$whole"; return 1; }
	large=$(digests udp "$1" 30000 30011 4000)
	same "$whole" "$large" || return 1
	bed_hops 3
	large=$(digests udp "$1" 30000 30011 4000)
	bed_hops 1 2 3 4
	same "$whole" "$large"
}

# A last fragment that comes first is not lost silently: some node counts it.
overtaking() {
	local before after
	before=$(counted local_fragment)
	bed_in client tests/tools/last_fragment.py $BED_VIP4
	after=$(counted local_fragment)
	same "$((before + 1))" "$after"
}

counted() { # VERDICT: on all nodes
	local i total=0
	for ((i = 1; i <= BED_NODES; i++)); do
		total=$((total + $(cluster_steer "$i" --pin-dir "$BED_PINS/n$i" -j stats |
			jq ".verdicts[] | select(.verdict == \"$1\") | .packets")))
	done
	echo "$total"
}

moved() { # VERDICT COUNT-BEFORE
	local now
	now=$(counted "$1")
	((now > $2)) || { echo "$1: $now, as before"; return 1; }
}

# The way to the client is narrower than the node's own link: its server has to be told. So many
# flows that they do not all belong to one node by chance (6 did, once in a thousand runs).
narrow_way() { # VIP FIRST-PORT
	local port url=http://$1/large
	[[ $1 == *:* ]] && url=http://[$1]/large
	for ((port = $2; port < $2 + 16; port++)); do
		same "$(sha256sum <"$BED_DIR/large")" "$(bed_in client curl -s -g --max-time 20 \
			--local-port "$port" "$url" | sha256sum)" || return 1
	done
}

learned_mtu() { # -4|-6
	local i known=0
	for ((i = 1; i <= BED_NODES; i++)); do
		bed_in "n$i" ip "$1" route get "$([[ $1 == -4 ]] && echo $BED_CLIENT4 || echo $BED_CLIENT6)" |
			grep -q "mtu $NARROW_MTU" && known=$((known + 1))
	done
	((known >= 2)) || { echo "only $known nodes know the narrow way's MTU"; return 1; }
}

pings() { # VIP
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		bed_hops "$i"
		bed_in client ping -q -c 2 -i 0.1 -W 5 "$1" || return 1
	done
	bed_in client ping -q -c 2 -i 0.1 -s 3000 -W 5 "$1" || return 1
	bed_hops 1 2 3 4
}

uploads() { # VIP FIRST-PORT
	local owners
	owners=$(digests tcp "$1" "$2" $(($2 + 7)) 2000000)
	[[ $owners == *none* ]] && { echo "$owners"; return 1; }
	(($(tr ' ' '\n' <<<"$owners" | grep . | sort -u | wc -l) >= 2)) || { echo "$owners"; return 1; }
}

suite() { # l2|gue|routed
	local i before
	cluster_kind "$1"
	cluster_up 4
	head -c 1000000 /dev/urandom >"$BED_DIR/large"
	for ((i = 1; i <= BED_NODES; i++)); do
		digest_server "$i"
		bed_await 10 bed_in "n$i" bash -c ": </dev/tcp/$BED_VIP6/7101" ||
			bed_die "no digest server on n$i"
	done
	before=$(counted forward_fragment)
	check "$1: IPv4 fragments follow their flow" fragments_follow "$BED_VIP4"
	check "$1: IPv6 fragments follow their flow" fragments_follow "$BED_VIP6"
	check "$1: they were collected" moved forward_fragment "$before"
	check "$1: a fragment that overtakes the first is counted" overtaking
	check "$1: IPv4 ping, through any node, large ones too" pings "$BED_VIP4"
	check "$1: IPv6 ping, through any node, large ones too" pings "$BED_VIP6"
	check "$1: IPv4 uploads" uploads "$BED_VIP4" 32000
	check "$1: IPv6 uploads" uploads "$BED_VIP6" 32100
	[[ $1 != l2 ]] && check "$1: clients were told what fits" moved reflect_too_big 0
	bed_in router ip link set client mtu $NARROW_MTU
	check "$1: IPv4 downloads through a narrow way" narrow_way "$BED_VIP4" 31000
	check "$1: the nodes were told what fits" learned_mtu -4
	check "$1: IPv6 downloads through a narrow way" narrow_way "$BED_VIP6" 31100
	check "$1: IPv6: the nodes were told what fits" learned_mtu -6
	bed_close
}

suite l2
suite gue
suite routed
finish
