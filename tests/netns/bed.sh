# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: a cluster on one machine, as a library for bash.
#
#   client --veth-- router --veth-- bridge in "fabric" --veth-- n1 ... nN
#
# Network namespaces only, documentation addresses only, no link to the machine's own network. The
# router spreads packets for the VIPs over the nodes by ECMP (a hash of the 5-tuple) and knows nothing
# of who owns what; the nodes answer clients directly. The bridge's ends of the nodes' veth pairs run
# tap.bpf.c, which XDP_TX on veth needs and which counts what nodes send to each other.
#
# With BED_SEGMENTS=3 there are three bridges, each with a subnet and an interface of the router, and
# the nodes are spread over them: packets between nodes of different segments pass the router.
#
# Everything is named after the run (BED_ID), so that two runs do not meet, and goes away with
# bed_close(), which runs on exit and on interrupt: processes started here, whatever else still lives
# in the namespaces, pins, namespaces, files.
#
# A user sources this file from the top of the tree and calls bed_open N. Then there are
#
#   BED_DIR     a directory for files; NAME.log is the output of what bed_start NAME started
#   BED_NODES   N
#   BED_PINS    a directory on bpffs
#   BED_PIDS    process numbers, by the names given to bed_start
#
# and the addresses below. All of these are to be read, not written.
#
# What a user may set, in the environment:
#
#   B           the build directory (default: build)
#   BED_SEGMENTS  how many subnets the nodes are spread over (default: 1, at most 4)
#   BED_KEEP    if not empty, BED_DIR is kept, and its name is printed at the end (default: empty)
#   TMPDIR      where BED_DIR is created (default: /tmp)
#
# What runs on the nodes, and what of it a test may change: cluster.sh.

B=${B:-build}
BED_SEGMENTS=${BED_SEGMENTS:-1}
BED_VIP4=198.51.100.1
BED_VIP6=2001:db8:5::1
BED_CLIENT4=203.0.113.2
# shellcheck disable=SC2034 # for users
BED_CLIENT6=2001:db8:c::2

BED_ID=
BED_OWNER=
BED_DIR=
BED_PINS=
BED_NODES=0
declare -A BED_PIDS=()

_bed_segment() { echo $((($1 - 1) % BED_SEGMENTS)); } # NUMBER

# The router's addresses, which are the nodes' gateways.
_bed_gateway4() { echo "192.0.2.$((64 * $1 + 1))"; } # SEGMENT
_bed_gateway6() { echo "$(_bed_network6 "$1")::1"; }
_bed_network6() { if (($1)); then echo "2001:db8:f:$1"; else echo "2001:db8:f"; fi; }

bed_node4() { echo "192.0.2.$((64 * $(_bed_segment "$1") + 10 + $1))"; }
bed_node6() { echo "$(_bed_network6 "$(_bed_segment "$1")")::$((10 + $1))"; }
bed_mac() { printf '02:00:00:00:00:%02d\n' "$1"; }
bed_netns() { echo "/run/netns/steer-$BED_ID-$1"; }

# Ends the shell with a message: for what a test cannot go on without.
bed_die() { # MESSAGE
	echo "bed: $*" >&2
	exit 1
}

# systemd mounts it at boot; a container may lack it.
_bed_bpffs() {
	[[ $(stat -f -c %T /sys/fs/bpf 2>/dev/null) == bpf_fs ]] ||
		mount -t bpf bpf /sys/fs/bpf 2>/dev/null
}

# Why no bed can be built here; silent and 0 if one can.
bed_lacking() {
	local tool missing=()
	[[ $(id -u) -eq 0 ]] || { echo "needs root"; return 1; }
	for tool in ip nsenter ethtool bridge sysctl "$@"; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	((${#missing[@]})) && { echo "lacks ${missing[*]}"; return 1; }
	_bed_bpffs || { echo "no bpffs at /sys/fs/bpf, and none can be mounted"; return 1; }
	return 0
}

# Run in a namespace: client, router, fabric, n1 ...
bed_in() { # NS COMMAND...
	local ns=$1
	shift
	nsenter --net="$(bed_netns "$ns")" -- "$@"
}

# Start in a namespace and in the background; output goes to BED_DIR/NAME.log.
bed_start() { # NAME NS COMMAND...
	local name=$1 ns=$2
	shift 2
	nsenter --net="$(bed_netns "$ns")" -- "$@" >>"$BED_DIR/$name.log" 2>&1 </dev/null &
	BED_PIDS[$name]=$!
}

bed_alive() { # NAME
	[[ ${BED_PIDS[$1]:-} ]] && kill -0 "${BED_PIDS[$1]}" 2>/dev/null
}

# A signal, unless it has ended by itself: its number may be somebody else's by now.
_bed_signal() { # PROCESS SIGNAL
	[[ $'\n'$(jobs -pr)$'\n' == *$'\n'$1$'\n'* ]] && kill "-$2" "$1" 2>/dev/null
}

# End what bed_start() started, wait for it; returns its exit status.
bed_stop() { # NAME [SIGNAL]
	local pid=${BED_PIDS[$1]:-}
	[[ $pid ]] || return 0
	unset "BED_PIDS[$1]"
	_bed_signal "$pid" "${2:-TERM}"
	wait "$pid" 2>/dev/null
}

# KILL it, and the processes below it; prints when, as JSON.
bed_kill() { # NAME [PROCESS...]
	local pid=${BED_PIDS[$1]}
	unset "BED_PIDS[$1]"
	# Of deaths by a signal the shell tells on stderr.
	{
		"$B/test/strike" signal KILL "$pid" "${@:2}" || return 1
		wait "$pid"
		return 0
	} 2>>"$BED_DIR/strike.log"
}

# Try until it succeeds: bed_await SECONDS COMMAND...; its output is thrown away.
bed_await() { # SECONDS COMMAND...
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		((${EPOCHREALTIME/[.,]/} < end)) || return 1
		sleep 0.05
	done
}

_bed_namespace() { # NS
	ip netns add "steer-$BED_ID-$1" || bed_die "cannot create a network namespace"
	bed_in "$1" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.accept_ra=0 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.default.send_redirects=0
	bed_in "$1" ip link set lo up
}

# Create a veth pair across two namespaces. A frame must carry its checksum: after XDP_TX nobody
# would fill it in, so offloads go off on both ends.
_bed_link() { # NS1 DEV1 MAC1|- NS2 DEV2 MAC2|-
	local mac1=() mac2=()
	[[ $3 == - ]] || mac1=(address "$3")
	[[ $6 == - ]] || mac2=(address "$6")
	ip link add "$2" netns "steer-$BED_ID-$1" "${mac1[@]}" type veth \
		peer name "$5" netns "steer-$BED_ID-$4" "${mac2[@]}" || bed_die "cannot create veth"
	bed_in "$1" ethtool -K "$2" tx off >/dev/null 2>&1
	bed_in "$4" ethtool -K "$5" tx off >/dev/null 2>&1
	bed_in "$1" ip link set "$2" up
	bed_in "$4" ip link set "$5" up
}

_bed_address() { # NS DEV ADDRESS...
	local ns=$1 dev=$2 address nodad
	shift 2
	for address; do
		nodad=()
		[[ $address == *:* ]] && nodad=(nodad)
		bed_in "$ns" ip address add "$address" dev "$dev" "${nodad[@]}"
	done
}

_bed_client_and_router() {
	_bed_link client eth0 02:00:00:00:01:02 router client 02:00:00:00:01:01
	_bed_address client eth0 $BED_CLIENT4/24 2001:db8:c::2/64
	_bed_address router client 203.0.113.1/24 2001:db8:c::1/64
	bed_in client ip route add default via 203.0.113.1
	bed_in client ip -6 route add default via 2001:db8:c::1
	bed_in client sysctl -qw net.ipv4.ip_local_port_range="1024 65000" net.ipv4.tcp_tw_reuse=1
	# Policy 3 with the fields of the 5-tuple: policy 1 would take over the hash of the sender's
	# socket, which veth carries along and which TCP changes at every timeout.
	bed_in router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.fib_multipath_hash_policy=3 net.ipv4.fib_multipath_hash_fields=0x37 \
		net.ipv6.fib_multipath_hash_policy=3 net.ipv6.fib_multipath_hash_fields=0x37

	local i dev
	for ((i = 0; i < BED_SEGMENTS; i++)); do
		dev=$(_bed_router_dev $i)
		_bed_link router "$dev" "$(printf '02:00:00:00:00:%x' $((254 - i)))" fabric "router${dev#fabric}" -
		bed_in fabric ip link set "router${dev#fabric}" master br$i
		_bed_address router "$dev" "$(_bed_gateway4 $i)/$(_bed_prefix4)" \
			"$(_bed_gateway6 $i)/64"
	done
}

# In one segment there is room for all nodes.
_bed_prefix4() { if ((BED_SEGMENTS == 1)); then echo 24; else echo 26; fi; }

_bed_router_dev() { if (($1)); then echo "fabric$1"; else echo fabric; fi; } # SEGMENT

# Also for one whose addresses and with them its routes are gone.
bed_node_address() { # NUMBER
	local segment
	segment=$(_bed_segment "$1")
	_bed_address "n$1" eth0 "$(bed_node4 "$1")/$(_bed_prefix4)" "$(bed_node6 "$1")/64"
	bed_in "n$1" ip route replace default via "$(_bed_gateway4 "$segment")"
	bed_in "n$1" ip -6 route replace default via "$(_bed_gateway6 "$segment")"
}

_bed_node() { # NUMBER
	local segment dev
	segment=$(_bed_segment "$1")
	dev=$(_bed_router_dev "$segment")
	_bed_link "n$1" eth0 "$(bed_mac "$1")" fabric "n$1" -
	bed_in fabric ip link set "n$1" master "br$segment"
	_bed_address "n$1" lo $BED_VIP4/32 $BED_VIP6/128
	bed_node_address "$1"
	bed_in router ip nexthop add id $((400 + $1)) via "$(bed_node4 "$1")" dev "$dev"
	bed_in router ip nexthop add id $((600 + $1)) via "$(bed_node6 "$1")" dev "$dev"
}

# The router spreads new and old flows over these nodes from now on, as after an ECMP change.
bed_hops() { # NUMBER...
	local number group4="" group6=""
	for number; do
		group4+=${group4:+/}$((400 + number))
		group6+=${group6:+/}$((600 + number))
	done
	bed_in router ip nexthop replace id 4 group "$group4" &&
		bed_in router ip nexthop replace id 6 group "$group6"
}

bed_open() { # NODES
	local i ports=()
	BED_NODES=$1
	BED_OWNER=$BASHPID
	[[ -x $B/test/tap && -e $B/test/tap.bpf.o ]] || bed_die "no $B/test/tap: make tools"
	BED_DIR=$(mktemp -d "${TMPDIR:-/tmp}/steer-bed.XXXXXX") || exit 1
	BED_ID=${BED_DIR##*.}
	BED_PINS=/sys/fs/bpf/steer-test-$BED_ID
	trap bed_close EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	mkdir "$BED_PINS" "$BED_PINS/tap" || bed_die "cannot create $BED_PINS"

	for i in client router fabric $(seq -f 'n%g' "$BED_NODES"); do
		_bed_namespace "$i"
	done
	bed_in fabric sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	for ((i = 0; i < BED_SEGMENTS; i++)); do
		bed_in fabric ip link add br$i type bridge stp_state 0 mcast_snooping 0 forward_delay 0
		bed_in fabric ip link set br$i up
	done
	_bed_client_and_router
	for ((i = 1; i <= BED_NODES; i++)); do
		_bed_node "$i"
		ports+=("n$i")
	done
	# shellcheck disable=SC2046
	bed_hops $(seq "$BED_NODES")
	bed_in router ip route add $BED_VIP4/32 nhid 4
	bed_in router ip -6 route add $BED_VIP6/128 nhid 6
	bed_in fabric "$B/test/tap" attach "$B/test/tap.bpf.o" "$BED_PINS/tap" \
		"$BED_VIP4,$BED_VIP6" "${ports[@]}" || bed_die "cannot attach the tap"
}

_bed_any_mac() { # NUMBER|router
	if [[ $1 == router ]]; then echo 02:00:00:00:00:fe; else bed_mac "$1"; fi
}

# Cut nodes off without a goodbye; prints when, as JSON, a line for each.
bed_cut() { # NUMBER...
	bed_in fabric "$B/test/strike" down "${@/#/n}"
}

bed_mend() { # NUMBER
	bed_in fabric ip link set "n$1" up
}

# Nothing of what a node (or the router) sends gets to another node; prints when, as JSON.
bed_cut_way() { # FROM|router NUMBER [FROM|router NUMBER]...
	local words=()
	while (($#)); do
		words+=("$(_bed_any_mac "$1")" "n$2")
		shift 2
	done
	bed_in fabric "$B/test/tap" cut "$BED_PINS/tap" "${words[@]}"
}

# Between these and those nodes, in both directions, at once.
bed_cut_between() { # "NUMBER..." "NUMBER..."
	local a b words=()
	for a in $1; do
		for b in $2; do
			words+=("$a" "$b" "$b" "$a")
		done
	done
	bed_cut_way "${words[@]}"
}

bed_mend_ways() {
	bed_in fabric "$B/test/tap" mend "$BED_PINS/tap"
}

bed_tap() { # read|reset
	bed_in fabric "$B/test/tap" "$1" "$BED_PINS/tap"
}

_bed_pids() { # NS...
	local ns
	for ns; do
		ip netns pids "steer-$BED_ID-$ns" 2>/dev/null
	done
}

bed_close() {
	local status=$? name ns all
	trap - EXIT
	trap '' INT TERM HUP
	# A child that a signal meets before it has become its command would close its parent's bed.
	[[ $BED_ID && $BED_OWNER -eq $BASHPID ]] || return $status
	# Also those that a test has added.
	mapfile -t all < <(ip netns list | sed -n "s/^steer-$BED_ID-\([^ ]*\).*/\1/p")
	for name in "${!BED_PIDS[@]}"; do
		_bed_signal "${BED_PIDS[$name]}" TERM
	done
	# shellcheck disable=SC2046
	bed_await 2 _bed_is_empty "${all[@]}" || kill -KILL $(_bed_pids "${all[@]}") 2>/dev/null
	wait 2>/dev/null
	for ns in "${all[@]}"; do
		ip netns delete "steer-$BED_ID-$ns" 2>/dev/null
	done
	rm -rf "$BED_PINS"
	if [[ ${BED_KEEP:-} ]]; then
		echo "# files are kept in $BED_DIR" >&2
	else
		rm -rf "$BED_DIR"
	fi
	BED_ID=
	return $status
}

_bed_is_empty() { # NS...
	[[ -z $(_bed_pids "$@") ]]
}
