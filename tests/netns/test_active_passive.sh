#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Active-passive pools: who is the active member when one dies, returns, is handed over to, restarts,
# or is cut off; that all nodes agree on it; and which connections live on.
#
# Pool db has a history (preempt: false), pool pre has none. Members are n1, n2, n3 of five nodes; of
# pool pair n1 and n4, without a check.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

# A service that does not answer for a moment, as the machine is busy, has not failed.
CLUSTER_CHECK="interval: 500ms, fast-interval: 200ms, timeout: 500ms, rise: 2, fall: 5"
CONNECTIONS=40
DB_PORT=7001
PRE_PORT=7002

cluster_more_pools() {
	cat <<-EOF
	  - name: db
	    mode: active-passive
	    preempt: false
	    members: [n1, n2, n3]
	    health: { type: tcp, address: 127.0.0.1, port: $DB_PORT, $CLUSTER_CHECK }
	  - name: pre
	    mode: active-passive
	    members: [n1, n2, n3]
	    health: { type: tcp, address: 127.0.0.1, port: $PRE_PORT, $CLUSTER_CHECK }
	  - name: pair
	    mode: active-passive
	    preempt: false
	    members: [n1, n4]
	EOF
	local i
	# Of different weights: each has a table of its own to be built.
	for ((i = 1; i <= ${more_pools:-0}; i++)); do
		echo "  - { name: more$i, members: [n1, n2, n3, n4, { node: n5, weight: $i }] }"
	done
}

cluster_more_services() {
	local pool port
	for pool in db pre; do
		port=$DB_PORT
		[[ $pool == pre ]] && port=$PRE_PORT
		echo "  - { name: $pool-4, vip: \"$BED_VIP4\", protocol: tcp, port: $port, pool: $pool }"
		echo "  - { name: $pool-6, vip: \"$BED_VIP6\", protocol: tcp, port: $port, pool: $pool }"
	done
}

cluster_more_servers() { # NUMBER
	(($1 <= 3)) || return 0
	bed_start "db$1" "n$1" "$B/test/echo" "n$1" "$BED_VIP4" $DB_PORT "$BED_VIP6" $DB_PORT 127.0.0.1 $DB_PORT
	bed_start "pre$1" "n$1" "$B/test/echo" "n$1" "$BED_VIP4" $PRE_PORT "$BED_VIP6" $PRE_PORT 127.0.0.1 $PRE_PORT
}

# --- what the nodes say ---

active_is() { # POOL NODE OBSERVER...
	local pool=$1 node=$2 observer
	shift 2
	for observer; do
		cluster_says "$observer" ".pools[] | select(.name == \"$pool\") |
			.active == \"$node\" and .serving == 1" status || return 1
	done
}

term() { # OBSERVER
	cluster_steer "$1" -j pool show db | jq '.pools[0].active.term'
}

standby_is_ready() { # OBSERVER POOL NODE
	cluster_says "$1" ".pools[0].members[] | select(.node == \"$3\") |
		.state == \"ready\" and .ready_s > 0" pool show "$2"
}

# Who answers connections to a port, wherever they enter: all of them.
answered_by() { # NODE PORT
	local answers
	answers=$(bed_in client tests/tools/who_answers.py -n 12 tcp "$2" "$BED_VIP4" "$BED_VIP6")
	same "$1" "$(sort -u <<<"$answers")"
}

connect() { # PORT
	bed_stop longlived
	rm -f "$BED_DIR/longlived.sock"
	bed_start longlived client "$B/test/longlived" "$BED_DIR/longlived.sock" $CONNECTIONS 20 3000 \
		"$BED_VIP4" "$1" "$BED_VIP6" "$1"
	bed_await 10 traffic_is_open || bed_die "connections cannot be opened"
}

settled() { # SINCE_NS
	bed_await 15 traffic_is_settled "{\"before_ns\":$1}"
}

# When a node saw a pool's active member change to another, last; in microseconds.
changed_at() { # OBSERVER NODE
	cluster_steer "$1" -j events -n 1000 | jq -s "[.[] | .events? // [.] | .[] |
		select(.kind == \"active\" and .pool == \"db\" and (.new | startswith(\"$2\")))] | last | .time_us"
}

all_follow() { # POOL NODE: within some seconds, all five
	bed_await 15 active_is "$1" "$2" 1 2 3 4 5
}

# --- what happens ---

# Whoever is ready first when the nodes start: not always the first one.
first() {
	check "there is one active member" bed_await 10 standby_is_ready 5 db n3
	cluster_steer 3 pool handover db n1
	check "all nodes agree" all_follow db n1
	check "with preempt, too" all_follow pre n1
	check "the service is answered by it, wherever it is asked" answered_by n1 $DB_PORT
	check "with preempt, too: answered" answered_by n1 $PRE_PORT
	check "a standby is checked, and known to be ready" bed_await 10 standby_is_ready 5 db n2
	check "a standby knows itself to be ready" standby_is_ready 2 db n2
}

hands_over() {
	local since before
	before=$(term 5)
	connect $DB_PORT
	since=$(traffic_now_ns)
	check "handover" cluster_steer 4 pool handover db n2
	check "handover: all follow at once" active_is db n2 1 2 3 4 5
	check "handover: a new term" same $((before + 1)) "$(term 5)"
	check "handover: new connections" answered_by n2 $DB_PORT
	settled "$since"
	check "handover: no connection broke" traffic_none_broken "$since"
	check "handover: again is no error" cluster_steer 4 pool handover db n2
	check "handover: which changes nothing" same $((before + 1)) "$(term 3)"
	check "handover: with preempt is refused" refused "drain n1 instead" pool handover pre n2
	check "handover: of an active-active pool is refused" refused "active-active" pool handover web n2
	check "handover: to no member is refused" refused "no member" pool handover db n5
}

refused() { # TEXT ARGUMENT...
	local text=$1 said status
	shift
	said=$(cluster_steer 4 "$@" 2>&1)
	status=$?
	same 1 $status && [[ $said == *"$text"* ]] || { echo "$said"; return 1; }
}

not_ready() { # NUMBER
	cluster_says 4 ".pools[0].members[] | select(.node == \"n$1\") | .state == \"unhealthy\" and .ready_s == null" \
		pool show db
}

# n2 is the active one here.
refuses_who_is_not_ready() {
	bed_stop db3
	bed_await 10 not_ready 3 || bed_die "n3 is taken to be ready without its service"
	check "handover: to one that is not ready is refused" refused "not ready" pool handover db n3
	bed_stop db2
	check "the service dies: the first that is ready, not the one behind" all_follow db n1
	check "the service dies: new connections" answered_by n1 $DB_PORT
	serve_db 2
	serve_db 3
	bed_await 10 standby_is_ready 4 db n2
	check "the service is back: that changes nothing" active_is db n1 1 2 3 4 5
}

serve_db() { # NUMBER
	bed_start "db$1" "n$1" "$B/test/echo" "n$1" "$BED_VIP4" $DB_PORT "$BED_VIP6" $DB_PORT 127.0.0.1 $DB_PORT
}

# n1 is the active one, in both pools.
dies() {
	local since before
	before=$(term 5)
	bed_stop longlived # or n1 would keep sockets of ports that are used again
	bed_cut 1 >/dev/null
	check "cut off: a standby takes over" bed_await 5 active_is db n2 2 3 4 5
	check "cut off: with preempt, too" bed_await 5 active_is pre n2 2 3 4 5
	check "cut off: one term later" same $((before + 1)) "$(term 5)"
	check "cut off: the old one knows that it is not active any more" bed_await 5 active_is db n2 1
	check "cut off: both are active for no longer than a detection time" overlap_is_short
	bed_hops 2 3 4 5
	check "cut off: new connections" answered_by n2 $DB_PORT
	connect $DB_PORT
	since=$(traffic_now_ns)
	bed_mend 1
	bed_await 15 cluster_is_steering || bed_die "n1 does not return"
	bed_hops 1 2 3 4 5
	check "back: it follows the one that took over" all_follow db n2
	check "back: nobody had another idea" same $((before + 1)) "$(term 1)"
	check "back: with preempt it is the active one again" all_follow pre n1
	settled "$since"
	check "back: no connection broke" traffic_none_broken "$since"
	check "back: new connections" answered_by n2 $DB_PORT
}

# Each side finds out within a detection time (30 ms); the margin is for a busy machine.
overlap_is_short() {
	local gave took node
	gave=$(changed_at 1 n2)
	for node in 2 3 4 5; do
		took=$(changed_at $node n2)
		echo "# n1 gave up $(((gave - took) / 1000)) ms after n$node followed n2" >&2
		((gave - took < 300000)) || return 1
	done
}

# The return of the first one, with preempt, takes the service back and breaks nothing.
preempts() {
	local since
	bed_cut 1 >/dev/null
	bed_await 5 active_is pre n2 2 3 4 5 || bed_die "nobody takes over"
	bed_hops 2 3 4 5
	connect $PRE_PORT
	since=$(traffic_now_ns)
	bed_mend 1
	bed_await 15 cluster_is_steering || bed_die "n1 does not return"
	bed_hops 1 2 3 4 5
	check "preempt: it takes the service back" all_follow pre n1
	settled "$since"
	check "preempt: no connection broke" traffic_none_broken "$since"
	check "preempt: new connections" answered_by n1 $PRE_PORT
}

# The daemon of the active one, n2, and then all daemons at once.
remembers() {
	local i before
	before=$(term 5)
	bed_kill steerd2
	cluster_steerd 2
	bed_await 15 cluster_is_steering || bed_die "n2 does not come up"
	check "restart: the active one remembers" all_follow db n2
	check "restart: the term, too" same "$before" "$(term 2)"
	for i in 1 2 3 4 5; do bed_kill "steerd$i"; done
	for i in 1 2 3 4 5; do cluster_steerd $i; done
	bed_await 15 cluster_is_steering || bed_die "the nodes do not come up"
	check "restart of all: they remember" all_follow db n2
	check "restart of all: the term, too" same "$before" "$(term 4)"
	check "restart of all: connections" answered_by n2 $DB_PORT
}

drains() {
	local since
	connect $DB_PORT
	since=$(traffic_now_ns)
	check "drain of the active one" cluster_steer 2 node drain --wait
	check "drain: the first one takes over" all_follow db n1
	settled "$since"
	check "drain: no connection broke" traffic_none_broken "$since"
	check "drain: handover back is refused" refused drains pool handover db n2
	cluster_steer 2 node activate --wait
	check "activate: changes nothing" active_is db n1 1 2 3 4 5
}

# The active one is in the minority, which knows that it is one.
is_cut_from_most() {
	cluster_steer 2 pool handover pair n1 >/dev/null || bed_die "n1 is not live"
	bed_cut_between "1 4" "2 3 5"
	check "from most: they have their own" bed_await 5 active_is db n2 2 3 5
	check "from most: the minority has given up" bed_await 5 active_is db n2 1 4
	check "from most: what only the minority has stays" active_is pair n1 1 4
	check "from most: and is out of reach for the others" bed_await 5 nobody_is_active pair 2 3 5
	bed_mend_ways
	bed_await 15 cluster_is_steering || bed_die "the nodes do not find each other"
	check "from most, mended: all follow one" all_follow db n2
	check "from most, mended: all follow the other" all_follow pair n1
	cluster_steer 2 pool handover db n1 || bed_die "n1 is not ready"
}

nobody_is_active() { # POOL OBSERVER...
	local pool=$1 observer
	shift
	for observer; do
		cluster_says "$observer" ".pools[] | select(.name == \"$pool\") | .active == null" status || return 1
	done
}

# While somebody reaches both, a member that cannot reach the active one is not its rival.
is_cut_in_between() {
	bed_cut_between "1 4" "2 3"
	bed_await 5 cluster_says 2 '.nodes.live == 3' status || bed_die "n2 still reaches n1"
	check "cut between: no rival" active_is db n1 1 2 3 4 5
	bed_mend_ways
	bed_await 15 cluster_is_steering || bed_die "the nodes do not find each other"
	check "cut between, mended: still the same" active_is db n1 1 2 3 4 5
}

# Two and two: neither half can tell who is alone, so each has its own; until they meet.
is_cut_in_two() {
	local mended i
	bed_cut 5 >/dev/null
	bed_await 5 cluster_says 1 '.nodes.live == 4' status || bed_die "n1 still reaches n5"
	sleep 1.2 # what falls silent within a second did so at once
	bed_cut_between "1 4" "2 3"
	check "two halves: the other one has its own" bed_await 5 active_is db n2 2 3
	check "two halves: the one keeps its own" active_is db n1 1 4
	mended=$(($(date +%s%N) / 1000))
	bed_mend_ways
	bed_await 15 cluster_says 1 '.nodes.live == 4' status || bed_die "the halves do not find each other"
	check "mended: all follow one" bed_await 5 active_is db n2 1 2 3 4
	for i in 1 4; do
		echo "# n$i follows n2 $((($(changed_at $i n2) - mended) / 1000)) ms after the cut was mended" >&2
	done
	check "mended: no longer than it takes to hear each other" all_since "$mended" 2000 1 4
	bed_mend 5
	bed_await 15 cluster_is_steering || bed_die "n5 does not return"
	check "mended: who comes later follows, too" all_follow db n2
	check "mended: connections" answered_by n2 $DB_PORT
}

# n2 is the active one, and n5 builds tables for some seconds.
dies_while_tables_change() {
	more_pools=150
	cluster_config >"$BED_DIR/steer.yaml"
	lines=$(wc -l <"$BED_DIR/steerd5.log")
	kill -HUP "${BED_PIDS[steerd5]}"
	sleep 0.3 # it has begun
	bed_cut 2 >/dev/null
	bed_hops 5
	check "meanwhile: a standby takes over at once" bed_await 3 answered_by n1 $DB_PORT
	check "meanwhile: tables were not done yet" same 0 "$(reloads_told)"
	check "meanwhile: and stays the active one" bed_await 60 active_is db n1 1 3 4 5
	check "meanwhile: now they are" same 1 "$(reloads_told)"
}

reloads_told() {
	tail -n +$((lines + 1)) "$BED_DIR/steerd5.log" | grep -c "config generation"
}

all_since() { # US MS OBSERVER...
	local since=$1 most=$2 observer
	shift 2
	for observer; do
		(($(changed_at "$observer" n2) - since < most * 1000)) || return 1
	done
}

cluster_up 5
first
hands_over
refuses_who_is_not_ready
dies
preempts
remembers
drains
is_cut_from_most
is_cut_in_between
is_cut_in_two
dies_while_tables_change
bed_close
finish
