# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: what operators do to a cluster breaks no connection: drain and activate, a dead node's return,
# handover of an active-passive pool.

CONNECTIONS=200
LEDGER_PORT=7001
LEDGER_NODES=4 # members of the active-passive pool

cluster_more_pools() {
	cat <<-EOF
	  - name: ledger
	    mode: active-passive
	    preempt: false
	    members: [$(seq -s ', ' -f 'n%g' $LEDGER_NODES)]
	EOF
}

cluster_more_services() {
	echo "  - { name: ledger4, vip: \"$BED_VIP4\", protocol: tcp, port: $LEDGER_PORT, pool: ledger }"
	echo "  - { name: ledger6, vip: \"$BED_VIP6\", protocol: tcp, port: $LEDGER_PORT, pool: ledger }"
}

cluster_more_servers() { # NUMBER
	bed_start "ledger$1" "n$1" "$B/test/echo" "n$1" "$BED_VIP4" $LEDGER_PORT "$BED_VIP6" $LEDGER_PORT
}

connections_open() { # [PORT]
	rm -f "$BED_DIR/longlived.sock"
	traffic_connect $CONNECTIONS "$@"
	await 10 "$CONNECTIONS connections are open" traffic_is_open
}

broken_between() { # FROM_NS TO_NS
	traffic_report | jq --argjson from "$1" --argjson to "$2" \
		'[.broken[] | select(.at_ns >= $from and .at_ns < $to)] | length'
}

connections_now() {
	traffic_report | jq .now_ns
}

await_settled() { # SINCE_NS
	await 30 "the connections have settled" traffic_is_settled "{\"before_ns\":$1}"
}

# Drain and activate one node; adds to drain what broke.
connections_drain() { # NODE
	local since
	since=$(connections_now)
	cluster_steer "$1" node drain "n$1" >/dev/null || die "n$1 cannot be drained"
	await 5 "n$1 drains" kills_seen draining "$1"
	await_settled "$since"
	cluster_steer "$1" node activate "n$1" >/dev/null || die "n$1 cannot be activated"
	await 5 "n$1 serves again" cluster_is_steering
	await_settled "$(connections_now)"
	drain=$((drain + $(broken_between "$since" "$(connections_now)")))
}

# One node dies, all gets quiet, it comes back; adds to return what its return broke.
connections_return() { # NODE
	local since
	since=$(bed_cut "$1" | jq .before_ns)
	await 5 "n$1 is down" kills_seen down "$1"
	# shellcheck disable=SC2046
	bed_hops $(seq $NODES | grep -vx "$1")
	await_settled "$since"
	since=$(connections_now)
	bed_mend "$1"
	await 20 "n$1 serves again" cluster_is_steering
	# shellcheck disable=SC2046
	bed_hops $(seq $NODES)
	await_settled "$(connections_now)"
	return=$((return + $(broken_between "$since" "$(connections_now)")))
}

# To a node, confirmed by all; adds to handover what broke.
connections_handover() { # NODE
	local since
	since=$(connections_now)
	cluster_steer 5 pool handover ledger "n$1" >/dev/null || die "no handover to n$1"
	await_settled "$since"
	handover=$((handover + $(broken_between "$since" "$(connections_now)")))
}

measure_broken_connections() {
	local i rounds=$(((KILLS + 9) / 10)) drain=0 return=0 handover=0
	connections_open
	for ((i = 0; i < rounds; i++)); do
		connections_drain $((2 + i % (NODES - 1)))
		connections_return $((2 + (i + 1) % (NODES - 1)))
	done
	bed_stop longlived
	connections_open $LEDGER_PORT
	for ((i = 0; i < rounds; i++)); do
		connections_handover $((1 + (i + 1) % LEDGER_NODES))
	done
	bed_stop longlived
	figures_add "$(jq -n --argjson drain $drain --argjson return $return --argjson handover $handover \
		'{broken_connections: {drain: $drain, handover: $handover, return: $return}}')"
}
