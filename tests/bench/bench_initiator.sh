#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What probing costs steerd: tests/bench/bench_initiator.sh [PEERS [INTERVAL_MS [SECONDS]]]
#
# A steerd in a network namespace probes so many nodes (250), which are addresses of a second namespace
# where the program's reflector answers for each (tests/tools/many.c). The last line is JSON:
#
#   cpu_percent     of one core, all threads of steerd; too much rather than too little, as on a veth pair
#                   the work for answers, of both ends' kernels, is done within the call that sends
#   answered_share  of the probes sent
#   false_alarms    how often steerd said that a peer is down
#
# Needs root and: make all tools.

set -u
cd "$(dirname "$0")/../.." || exit 1

B=${B:-build}
peers=${1:-250}
interval=${2:-10}
seconds=${3:-10}
self=1 first=2 last=$((peers + 1))

die() {
	echo "bench_initiator: $*" >&2
	exit 1
}

[[ $(id -u) -eq 0 ]] || die "needs root"
((peers >= 1 && peers <= 253)) || die "$peers peers: 1 to 253"
for file in steerd steer steer.bpf.o test/many test/many.bpf.o; do
	[[ -e $B/$file ]] || die "no $B/$file: make all tools"
done

dir=$(mktemp -d "${TMPDIR:-/tmp}/steer-bench.XXXXXX") || exit 1
id=${dir##*.}
pins=/sys/fs/bpf/steer-bench-$id
steerd=

close() {
	local status=$?
	trap - EXIT
	[[ $steerd ]] && kill "$steerd" 2>/dev/null && wait "$steerd" 2>/dev/null
	ip netns delete "steer-$id-node" 2>/dev/null
	ip netns delete "steer-$id-peers" 2>/dev/null
	rm -rf "$pins" "$dir"
	exit $status
}
trap close EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

inside() { # NS COMMAND...
	local ns=$1
	shift
	nsenter --net="/run/netns/steer-$id-$ns" -- "$@"
}

print_config() {
	local i
	printf '%s\n' "cluster: bench" "key-file: $dir/key" \
		"liveness: { interval: ${interval}ms, multiplier: 3 }" "nodes:"
	for ((i = self; i <= last; i++)); do
		echo "  - { name: n$i, id: $i, address: 192.0.2.$i, interface: eth0 }"
	done
	printf '%s\n' "pools:" "  - { name: web, members: all }" "services:" \
		"  - { name: web, vip: 198.51.100.1, protocol: tcp, port: 80, pool: web }"
}

build_net() {
	local ns i
	for ns in node peers; do
		ip netns add "steer-$id-$ns" || die "cannot create a network namespace"
		inside "$ns" ip link set lo up
	done
	ip link add eth0 netns "steer-$id-node" type veth peer name eth0 netns "steer-$id-peers" ||
		die "cannot create veth"
	for ns in node peers; do
		inside "$ns" ethtool -K eth0 tx off >/dev/null 2>&1
		inside "$ns" ip link set eth0 up
	done
	inside node ip address add "192.0.2.$self/24" dev eth0
	for ((i = first; i <= last; i++)); do
		echo "address add 192.0.2.$i/24 dev eth0"
	done | inside peers ip -batch - || die "cannot add addresses"
}

start_steerd() {
	mkdir -p "$pins" "$dir/state"
	nsenter --net="/run/netns/steer-$id-node" -- "$B/steerd" --config "$dir/steer.yaml" --node "n$self" --pin-dir "$pins" \
		--socket "$dir/sock" --state-dir "$dir/state" --object "$B/steer.bpf.o" \
		>"$dir/log" 2>&1 </dev/null &
	steerd=$!
}

ask() { # FILTER ARGUMENT...
	local filter=$1
	shift
	"$B/steer" --socket "$dir/sock" -j "$@" 2>/dev/null | jq -r "$filter"
}

await_peers() {
	local i
	for ((i = 0; i < 300; i++)); do
		[[ $(ask .nodes.live status) == $((peers + 1)) ]] && return
		sleep 0.1
	done
	tail -n 5 "$dir/log" >&2
	die "not all $peers peers are up after 30 s"
}

# Time on a CPU so far, of all threads, ns.
cpu_ns() {
	cat "/proc/$steerd"/task/*/schedstat | awk '{ sum += $1 } END { print sum }'
}

counters() { # prints SENT ANSWERED MICROSECONDS
	ask '[.nodes[].probes // empty] | "\([.[].sent] | add) \([.[].answered] | add)"' node show |
		tr '\n' ' '
	echo "${EPOCHREALTIME/[.,]/}"
}

# Sets percent, share, rate.
measure() {
	local before after cpu0 cpu1 start end
	read -ra before < <(counters)
	cpu0=$(cpu_ns)
	start=${EPOCHREALTIME/[.,]/}
	sleep "$seconds"
	cpu1=$(cpu_ns)
	end=${EPOCHREALTIME/[.,]/}
	read -ra after < <(counters)
	percent=$(awk "BEGIN { printf \"%.1f\", ($cpu1 - $cpu0) / 10 / ($end - $start) }")
	share=$(awk "BEGIN { printf \"%.4f\", (${after[1]} - ${before[1]}) / (${after[0]} - ${before[0]}) }")
	rate=$(awk "BEGIN { printf \"%.0f\", (${after[0]} - ${before[0]}) * 1e6 / (${after[2]} - ${before[2]}) }")
}

key=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
(umask 077 && echo "$key" >"$dir/key")
print_config >"$dir/steer.yaml"
build_net
inside peers "$B/test/many" "$B/test/many.bpf.o" eth0 "${key:32}" $first $last ||
	die "cannot attach the reflectors"
start_steerd
await_peers
measure
alarms=$(grep -c ': down, silent' "$dir/log")
rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$steerd/status")
printf '{"cpu_percent":%s,"peers":%d,"interval_ms":%d,"probes_per_second":%s,"answered_share":%s,"false_alarms":%d,"realtime":%s,"rss_kib":%d}\n' \
	"$percent" "$peers" "$interval" "$rate" "$share" "$alarms" \
	"$(ask .liveness.realtime status)" "$rss"
