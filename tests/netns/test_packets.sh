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
	_cluster_service digest4 "$BED_VIP4" udp 7100
	_cluster_service digest6 "$BED_VIP6" udp 7100
	_cluster_service upload4 "$BED_VIP4" tcp 7101
	_cluster_service upload6 "$BED_VIP6" tcp 7101
}

# UDP: answers a datagram with the node's name and the datagram's digest. TCP: the same for all that
# comes until the end of the stream.
digest_server() { # NUMBER
	cat >"$BED_DIR/digest.py" <<-EOF
	import hashlib, selectors, socket, sys, threading

	def answer(data):
	    return (sys.argv[1] + " " + hashlib.sha256(data).hexdigest()).encode()

	def datagrams(family, address):
	    s = socket.socket(family, socket.SOCK_DGRAM)
	    s.bind((address, 7100))
	    while True:
	        data, client = s.recvfrom(65536)
	        s.sendto(answer(data), client)

	def stream(s):
	    data = b""
	    while chunk := s.recv(65536):
	        data += chunk
	    s.sendall(answer(data))
	    s.close()

	def streams(family, address):
	    s = socket.create_server((address, 7101), family=family, backlog=64)
	    while True:
	        threading.Thread(target=stream, args=(s.accept()[0],)).start()

	for serve in datagrams, streams:
	    for family, address in (socket.AF_INET, "$BED_VIP4"), (socket.AF_INET6, "$BED_VIP6"):
	        threading.Thread(target=serve, args=(family, address)).start()
	EOF
	bed_start "digest$1" "n$1" python3 "$BED_DIR/digest.py" "n$1"
}

# Sends so many bytes from a port, by UDP or TCP; prints who answered. Fails if the answer is not
# that of the bytes sent.
digest_of() { # udp|tcp VIP PORT BYTES
	bed_in client python3 - "$@" <<-'EOF'
	import hashlib, random, socket, sys
	kind, vip, port, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
	family = socket.AF_INET6 if ":" in vip else socket.AF_INET
	data = random.Random(port).randbytes(size)
	s = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.bind(("", port))
	s.settimeout(2 if kind == "udp" else 20)
	s.connect((vip, 7100 if kind == "udp" else 7101))
	for attempt in range(3):  # a datagram that is too big once teaches the sender the path's MTU
	    try:
	        s.sendall(data)
	        if kind == "tcp":
	            s.shutdown(socket.SHUT_WR)
	        name, digest = s.recv(100).decode().split()
	        break
	    except (TimeoutError, OSError) as error:
	        if kind == "tcp" or attempt == 2:
	            raise
	assert digest == hashlib.sha256(data).hexdigest(), "not what was sent"
	print(name)
	EOF
}

# The owners of a range of ports when so many bytes are sent, in a line.
digests() { # udp|tcp VIP FIRST LAST BYTES
	local port
	for ((port = $3; port <= $4; port++)); do
		digest_of "$1" "$2" "$port" "$5" || echo "none"
	done | tr '\n' ' '
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
	bed_in client /usr/bin/python3 - $BED_VIP4 <<-'EOF'
	import logging, sys
	logging.getLogger("scapy").setLevel(logging.ERROR)
	from scapy.all import IP, UDP, Raw, fragment, send
	pieces = fragment(IP(dst=sys.argv[1], id=4711) / UDP(sport=999, dport=7100) / Raw(bytes(2000)), 1000)
	send(pieces[-1], verbose=False)
	EOF
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

suite() { # l2|gue
	local i before
	CLUSTER_FORWARD=$1
	cluster_up 4
	head -c 1000000 /dev/urandom >"$BED_DIR/large"
	for ((i = 1; i <= BED_NODES; i++)); do
		digest_server "$i"
		bed_await 10 bed_in "n$i" python3 -c "import socket; socket.create_connection(('$BED_VIP6', 7101))" ||
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
	[[ $1 == gue ]] && check "gue: clients were told what fits" moved reflect_too_big 0
	bed_in router ip link set client mtu $NARROW_MTU
	check "$1: IPv4 downloads through a narrow way" narrow_way "$BED_VIP4" 31000
	check "$1: the nodes were told what fits" learned_mtu -4
	check "$1: IPv6 downloads through a narrow way" narrow_way "$BED_VIP6" 31100
	check "$1: IPv6: the nodes were told what fits" learned_mtu -6
	bed_close
}

suite l2
suite gue
finish
