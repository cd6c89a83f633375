#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Pools whose tables are the same share one: how many tables there are, that a pool which changes does so
# alone, and that packets go where its own table says.
#
# All three nodes are members of web, s1 ... s10 and of the pool of collectors, which makes twelve; heavy has
# another weight.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh

why=$(cluster_lacking bpftool) || skip_all "$why"

declare -A PORT=([s1]=7001 [s2]=7002 [heavy]=7003)

cluster_more_pools() {
	seq -f '  - { name: s%g, members: all }' 10
	echo "  - { name: heavy, members: [n1, n2, { node: n3, weight: 50 }] }"
}

cluster_more_services() {
	local pool
	for pool in "${!PORT[@]}"; do
		cluster_service "$pool-4" "$BED_VIP4" tcp "${PORT[$pool]}" | sed "s/pool: web/pool: $pool/"
		cluster_service "$pool-6" "$BED_VIP6" tcp "${PORT[$pool]}" | sed "s/pool: web/pool: $pool/"
	done
}

cluster_more_servers() { # NUMBER
	local port sockets=()
	for port in "${PORT[@]}"; do
		sockets+=("$BED_VIP4" "$port" "$BED_VIP6" "$port")
	done
	bed_start "pools$1" "n$1" "$B/test/echo" "n$1" "${sockets[@]}"
}

# The tables of a node's pools, the one that most have last: "POOLS ID", the id as bytes.
tables() { # NUMBER
	bpftool -j map dump pinned "$BED_PINS/n$1"/v*/steer_tables |
		jq -r '.[].value | arrays | join("")' | sort | uniq -c | sort -n | sed 's/^ *//'
}

# On all nodes: so many pools for each table.
tables_are() { # "POOLS..."
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		same "$1" "$(tables "$i" | cut -d ' ' -f 1 | paste -s -d ' ')" || return 1
	done
}

# Each pool has a pin of its own, and it is what the pool has.
pins_are() { # NUMBER POOLS
	local pin
	for pin in "$BED_PINS/n$1"/v*/steer_tables_*; do
		bpftool -j map show pinned "$pin" | jq .id
	done | sort | uniq -c | sort -n | sed 's/^ *//' | cut -d ' ' -f 1 | paste -s -d ' ' >"$BED_DIR/pins"
	same "$2" "$(cat "$BED_DIR/pins")"
}

# The table that most pools have.
common_table() {
	tables 1 | tail -n 1 | cut -d ' ' -f 2
}

# All nodes take over a changed configuration, and say the same of their tables.
reload() { # SED-EXPRESSION...
	cluster_config | sed "$@" >"$BED_DIR/steer.yaml"
	cluster_reload 20 && bed_await 10 nodes_agree
}

nodes_agree() {
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		cluster_says "$i" '[.nodes[] | .tables] | unique | length == 1' node show || return 1
	done
}

# Who answers 60 connections to a pool's port, wherever they enter.
answered_by() { # "NODES" POOL
	local answers
	answers=$(bed_in client tests/tools/who_answers.py -n 60 tcp "${PORT[$2]}" "$BED_VIP4")
	same "$1" "$(sort -u <<<"$answers" | paste -s -d ' ')"
}

none_broken() {
	holds "$(traffic_report)" '.open == .connections and .broken == []'
}

# Not every pause of a busy machine is a death.
CLUSTER_INTERVAL=50ms
cluster_up 3
traffic_connect 60 "${PORT[s2]}"
check "long-lived connections to a pool are open" bed_await 10 traffic_is_open
check "twelve pools have one table, one has its own" tables_are "1 12"
check "all are pinned" pins_are 1 "1 12"
check "all members of a pool get its packets" answered_by "n1 n2 n3" s2

# --- one of them changes ---
common=$(common_table)
check "a pool loses a member" reload 's/name: s1, members: all/name: s1, members: [n2, n3]/'
check "it alone has another table" tables_are "1 1 11"
check "the others have what they had" same "$common" "$(common_table)"
check "its pin follows" pins_are 1 "1 1 11"
check "its packets go to its members" answered_by "n2 n3" s1
check "and those of others to theirs" answered_by "n1 n2 n3" s2

# --- what all have changes ---
light='s/{ name: n1, id: 1,/{ name: n1, id: 1, weight: 50,/'
check "a node's weight changes" reload "$light"
# That of the collectors has no weights.
check "its pools have one table again" tables_are "1 1 11"
check "which is another one" bash -c "[[ \$1 != \$2 ]]" - "$common" "$(common_table)"
check "to which packets go" answered_by "n1 n2 n3" s1

# --- a daemon comes and goes; so does a pool ---
common=$(common_table)
bed_stop steerd1 KILL
cluster_steerd 1
check "a new daemon takes over" bed_await 20 cluster_is_steering
check "and shares nothing anew" same "$common" "$(common_table)"
check "a pool is removed" reload "$light; /name: s10,/d"
check "the others keep their table" same "$common" "$(common_table)"
check "with one user less" tables_are "1 1 10"
check "and one pin" pins_are 1 "1 1 10"
check "a pool is added" reload "$light"
check "and has the table of the others" tables_are "1 1 11"
check "which is still the same" same "$common" "$(common_table)"
check "no connection broke" none_broken
finish
