#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Liveness on the wire and in the daemon: what routers are answered, what tshark takes probes for, what
# the daemon says of them, and that a death is noticed while it is busy.

set -u
cd "$(dirname "$0")/../.." || exit 1
source tests/netns/tap.sh
source tests/netns/bed.sh
source tests/netns/cluster.sh

why=$(cluster_lacking) || skip_all "$why"
why=$(bed_lacking tshark ss chrt) || skip_all "$why"
LC_ALL=C.UTF-8
export LC_ALL

family=4   # of the nodes' addresses
more_pools=0

node_address() { # NUMBER
	if ((family == 4)); then bed_node4 "$1"; else bed_node6 "$1"; fi
}

# Like cluster.sh's, but of one family, with routers, and with as many more pools as wanted.
cluster_config() {
	local i
	cat <<-EOF
	cluster: bed
	key-file: $BED_DIR/key
	liveness: { interval: 10ms, multiplier: 3, answer: [192.0.2.1, "2001:db8:f::1"] }
	nodes:
	EOF
	for ((i = 1; i <= BED_NODES; i++)); do
		echo "  - { name: n$i, id: $i, address: \"$(node_address "$i")\", interface: eth0 }"
	done
	echo "pools:"
	echo "  - { name: web, members: all }"
	# Of different weights: each has a table of its own to be built.
	for ((i = 1; i <= more_pools; i++)); do
		echo "  - { name: more$i, members: [n1, n2, { node: n3, weight: $i }] }"
	done
	echo "services:"
	cluster_service web4 "$BED_VIP4" tcp 80
	cluster_service web6 "$BED_VIP6" tcp 80
}

ask() { # NS ARGUMENT...
	local ns=$1
	shift
	bed_in "$ns" tests/tools/ask.py "$@"
}

answers() { # NS FILTER ARGUMENT...
	local ns=$1 filter=$2
	shift 2
	holds "$(ask "$ns" "$@")" "$filter"
}

right='.ttl == 255 and .port == 7784 and .bytes == 24 and .length == 24 and .flags == 0 and
	.multiplier == 3 and .my_discriminator == 1 and .is_mine and .min_tx_us == 50000 and
	.min_rx_us == 1000 and .min_echo_us == 0'

# Take up a configuration on all nodes.
reload() {
	local i generation
	generation=$(cluster_steer 1 -j status | jq .generation)
	cluster_config >"$BED_DIR/steer.yaml"
	for ((i = 1; i <= BED_NODES; i++)); do
		kill -HUP "${BED_PIDS[steerd$i]}"
	done
	bed_await 20 cluster_says 1 ".generation > $generation" status &&
		bed_await 20 cluster_is_steering
}

# --- the wire, as tshark sees it ---

capture_probes() { # the next 40 packets of n1's, with a router's in between, to BED_DIR/pcap$family
	bed_start "tshark$family" n1 tshark -l -i eth0 -f "udp port 7784" -a packets:40 \
		-w "$BED_DIR/pcap$family"
	bed_await 10 test -s "$BED_DIR/pcap$family"
	ask router "$(node_address 1)" 1 >"$BED_DIR/asked$family"
	bed_await 20 eval "! bed_alive tshark$family"
}

shark() { # ARGUMENT...
	tshark -r "$BED_DIR/pcap$family" -d udp.port==7784,bfd "$@" 2>/dev/null
}

count() { # FILTER
	shark -Y "$1" | wc -l
}

# The file has what we think it has, and nothing of it is odd.
decodes() {
	local all
	all=$(count bfd)
	((all >= 40)) || { echo "$all BFD packets"; return 1; }
	same 0 "$(count 'not bfd or _ws.malformed or _ws.expert or _ws.short')"
}

probes_decode() {
	local probes answers
	# shellcheck disable=SC2016
	probes='bfd.my_discriminator == 1 and bfd.your_discriminator == 2 and bfd.sta == 1 and
		bfd.flags.d == 1 and bfd.flags.a == 1 and bfd.message_length == 248'
	answers='bfd.my_discriminator == 2 and bfd.your_discriminator == 1 and bfd.sta == 3 and
		bfd.flags.d == 0 and bfd.flags.a == 1 and bfd.message_length == 248'
	(($(count "$probes") >= 5 && $(count "$answers") >= 5)) || { shark; return 1; }
}

# The node's own program takes a router's probe before anybody sees it; it sees its own answer as little.
router_decodes() {
	bed_start shark-router router tshark -l -i fabric -f "udp port 7784 and host $(node_address 1)" \
		-a packets:2 -w "$BED_DIR/router$family"
	bed_await 10 test -s "$BED_DIR/router$family"
	ask router "$(node_address 1)" 1 >/dev/null
	bed_await 10 eval "! bed_alive shark-router"
	same "0x01,0xfedcba98,0x00000001,0 0x03,0x00000001,0xfedcba98,0" "$(tshark -r "$BED_DIR/router$family" \
		-d udp.port==7784,bfd -T fields -E separator=, -e bfd.sta -e bfd.my_discriminator \
		-e bfd.your_discriminator -e bfd.flags.a 2>/dev/null | paste -sd ' ')" &&
		same "" "$(tshark -r "$BED_DIR/router$family" -d udp.port==7784,bfd \
			-Y 'not bfd or _ws.malformed or _ws.expert' 2>/dev/null)"
}

cluster_up 3

check "a router is answered over IPv4" answers router "$right and .state == \"up\"" 192.0.2.11 1
check "not for another node's discriminator" answers router '. == null' 192.0.2.11 2
check "not from farther away" answers router '. == null' -t 254 192.0.2.11 1
check "not a stranger" answers n2 '. == null' 192.0.2.11 1
check "not through a router" answers client '. == null' 192.0.2.11 1
cluster_steer 1 node drain >/dev/null
check "a draining node says so" answers router "$right and .state == \"admin down\"" 192.0.2.11 1
cluster_steer 1 node activate >/dev/null
check "an active one does again" answers router "$right and .state == \"up\"" 192.0.2.11 1

capture_probes
check "tshark takes probes and answers for BFD over IPv4" probes_decode
check "tshark finds nothing wrong with them" decodes
check "nor with a router's" router_decodes
family=6
check "all nodes go over to IPv6" reload
check "a router is answered over IPv6" answers router "$right and .state == \"up\"" 2001:db8:f::11 1
capture_probes
check "tshark takes probes and answers for BFD over IPv6" probes_decode
check "tshark finds nothing wrong with them over IPv6" decodes
check "nor with a router's over IPv6" router_decodes
family=4
check "all nodes go back to IPv4" reload

# --- the daemon ---

is_fifo() {
	chrt -f 10 true 2>/dev/null || { cluster_says 1 '.liveness.realtime == false' status; return; }
	cluster_says 1 '.liveness.realtime' status &&
		grep -qE '^policy +: +1$' "/proc/${BED_PIDS[steerd1]}"/task/*/sched &&
		same 1 "$(grep -lE '^policy +: +1$' "/proc/${BED_PIDS[steerd1]}"/task/*/sched | wc -l)"
}

# Something to the initiator's port that is no answer.
send_garbage() { # TTL BYTES
	local port
	port=$(bed_in n1 ss -Hunap4 | sed -n "s/.*0\.0\.0\.0:\([0-9]*\) .*pid=${BED_PIDS[steerd1]},.*/\1/p" | head -n 1)
	[[ $port ]] || { bed_in n1 ss -Hunap4; return 1; }
	bed_in n2 tests/tools/datagram.py -t "$1" -z "$2" 192.0.2.11 "$port"
}

rejects_are() { # JQ-OBJECT
	bed_await 5 cluster_says 1 "(.liveness.rejected | with_entries(select(.value > 0))) == $1" status
}

check "the thread has the priority that the daemon says it has" is_fifo
check "no answer was refused so far" rejects_are '{}'
send_garbage 255 10
send_garbage 64 248
send_garbage 255 248
check "garbage is counted by reason" rejects_are '{"short":1,"discriminator":2}'
check "and nobody is disturbed" cluster_is_steering
check "probes are counted" cluster_says 1 '.nodes[] | select(.name == "n2") | .probes |
	.sent > 100 and .answered > 0 and .rejected == 0 and .rejected_last == null' node show

# While it builds tables for many pools, the daemon cannot do anything else.
down_while_busy() {
	more_pools=100
	cluster_config >"$BED_DIR/steer.yaml"
	lines=$(wc -l <"$BED_DIR/steerd1.log")
	kill -HUP "${BED_PIDS[steerd1]}"
	bed_cut 3 >/dev/null
	bed_await 60 eval 'log_since | grep "config generation"' || return 1
	# It is told when there is time again; how long the silence was when it was noticed is in it.
	bed_await 10 cluster_says 1 '[.events[] | select(.kind == "liveness" and .node == "n3" and .new == "down" and
		.detection_ms < 500)] | length > 0' events -n 1000 --node n3
}

log_since() {
	tail -n +$((lines + 1)) "$BED_DIR/steerd1.log" | grep -v 'pool more'
}

check "a death is noticed while tables are built" down_while_busy
log_since | sed 's/^/# /'

bed_stop steerd1 KILL
check "without a daemon, routers are answered" answers router "$right" 192.0.2.11 1
finish
