#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The property: whatever happens to the cluster, connections whose server stays alive do not break.
#
# 1000 long-lived connections with data flowing, a large download and upload per node, and at random:
# nodes drain, return, die and come back, weights change, members leave and join, daemons are
# restarted, killed and frozen, configurations are reloaded at different times on different nodes or
# for some seconds only on half of them, the router hashes anew. For l2 and for GUE with 5 nodes, and
# for l2 with 12, whose rows cannot name all nodes; others by argument: l2:16 gue:9 routed:6.
#
# STEER_PROPERTY_SECONDS (100 each), STEER_PROPERTY_SEED (by the clock; it is printed) to repeat a run,
# STEER_PROPERTY_CONNECTIONS (1000), STEER_PROPERTY_KEEP (a directory for logs and who sent resets).
#
# Timeout: 600 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

SECONDS_EACH=${STEER_PROPERTY_SECONDS:-100}
SEED=${STEER_PROPERTY_SEED:-$((EPOCHSECONDS % 32768))}
CONNECTIONS=${STEER_PROPERTY_CONNECTIONS:-1000}
NODES=5 # of the present run
STALL_MS=10000
BULK_BYTES_PER_SECOND=300000
kinds=(drain drain weight member member reload differ restart freeze hash hash cut cut)
expected="drain activate weight leave join reload differ restart kill-9 freeze hash cut mend"

# --- what the cluster is at the moment ---

declare -A weight member drained daemon done_actions
cut=      # the node that is cut off
frozen_at=0
cut_ns=0  # since when
excuses=  # JSON: periods in which a node's connections may break

now_ns() {
	"$B/test/longlived" report "$BED_DIR/longlived.sock" | jq .now_ns
}

# In place of cluster_config: weights and members as they are now.
cluster_config() {
	local i members=()
	cat <<-EOF
	cluster: bed
	key-file: $BED_DIR/key
	liveness: { interval: 20ms, multiplier: 5 }
	forward: $CLUSTER_FORWARD
	nodes:
	EOF
	for ((i = 1; i <= NODES; i++)); do
		echo "  - { name: n$i, id: $i, address: $(bed_node4 "$i"), address6: \"$(bed_node6 "$i")\"," \
			"interface: eth0, weight: ${weight[$i]} }"
		((member[$i])) && members+=("n$i")
	done
	cat <<-EOF
	pools:
	  - { name: web, members: [$(IFS=,; echo "${members[*]}")] }
	services:
	EOF
	cluster_service echo4 "$BED_VIP4" tcp 7000
	cluster_service echo6 "$BED_VIP6" tcp 7000
	cluster_service bulk4 "$BED_VIP4" tcp 7100
	cluster_service bulk6 "$BED_VIP6" tcp 7100
}

pick() { # WORD...
	local words=("$@")
	picked=${words[RANDOM % $#]}
}

# Any node; every other time one of which the array says WANTED, if there is one: or in a large
# cluster hardly any that left would come back.
pick_node() { # ARRAY WANTED
	local -n array=$1
	local i wanted=()
	for ((i = 1; i <= NODES; i++)); do
		((array[$i] == $2)) && wanted+=("$i")
	done
	pick $(seq $NODES)
	((${#wanted[@]} && RANDOM % 2)) && pick "${wanted[@]}"
	return 0
}

# Nodes that own flows: at least so many must be left.
owners_without() { # NUMBER
	local i n=0
	for ((i = 1; i <= NODES; i++)); do
		[[ $i != "$1" && $i != "$cut" ]] && ((member[$i] && !drained[$i])) && n=$((n + 1))
	done
	echo $n
}

said() { # WHAT
	local action=${1%% *}
	done_actions[$action]=$((${done_actions[$action]:-0} + 1))
	echo "$(now_ns) $1" >>"$BED_DIR/actions.log"
}

# --- what may happen ---

do_drain() {
	pick_node drained 1
	[[ $picked == "$cut" ]] && return
	if ((drained[$picked])); then
		cluster_steer "$picked" node activate "n$picked" >/dev/null 2>&1 || return
		drained[$picked]=0
		said "activate n$picked"
	elif (($(owners_without "$picked") >= 2)); then
		cluster_steer "$picked" node drain "n$picked" >/dev/null 2>&1 || return
		drained[$picked]=1
		said "drain n$picked"
	fi
}

new_config() {
	cluster_config >"$BED_DIR/steer.yaml.new"
	mv "$BED_DIR/steer.yaml.new" "$BED_DIR/steer.yaml"
}

# All nodes get the new file; when each reads it is chance.
reload_everywhere() {
	local i
	new_config
	for i in $(seq $NODES | shuf --random-source=<(yes $RANDOM)); do
		[[ ${daemon[$i]} == up ]] && kill -HUP "${BED_PIDS[steerd$i]}"
		sleep "0.$((RANDOM % 4))"
	done
}

do_weight() {
	pick $(seq $NODES)
	weight[$picked]=$((50 + RANDOM % 150))
	said "weight n$picked ${weight[$picked]}"
	reload_everywhere
}

do_member() {
	pick_node member 0
	[[ $picked == "$cut" ]] && return
	if ((!member[$picked])); then
		member[$picked]=1
		said "join n$picked"
	elif (($(owners_without "$picked") >= 2)); then
		member[$picked]=0
		said "leave n$picked"
	else
		return
	fi
	reload_everywhere
}

do_reload() {
	said "reload"
	reload_everywhere
}

# For some seconds, only some nodes have the new weights.
do_differ() {
	local i
	pick $(seq $NODES)
	weight[$picked]=$((50 + RANDOM % 150))
	said "differ n$picked ${weight[$picked]}"
	new_config
	for ((i = 1 + RANDOM % 2; i <= NODES; i += 2)); do
		[[ ${daemon[$i]} == up ]] && kill -HUP "${BED_PIDS[steerd$i]}"
	done
	sleep 3
	reload_everywhere
}

do_restart() {
	pick $(seq $NODES)
	[[ ${daemon[$picked]} == up ]] || return
	pick_signal=$((RANDOM % 2))
	((pick_signal)) && said "kill-9 n$picked" || said "restart n$picked"
	bed_stop "steerd$picked" "$( ((pick_signal)) && echo KILL || echo TERM)"
	sleep "0.$((RANDOM % 10))"
	cluster_steerd "$picked"
}

do_freeze() {
	pick $(seq $NODES)
	[[ ${daemon[$picked]} == up ]] || return
	said "freeze n$picked"
	kill -STOP "${BED_PIDS[steerd$picked]}"
	daemon[$picked]=frozen
	frozen_at=$SECONDS
}

# A node whose daemon is frozen goes on sending to one that died meanwhile: not for long.
thaw() {
	local i
	for ((i = 1; i <= NODES; i++)); do
		[[ ${daemon[$i]} == frozen ]] || continue
		kill -CONT "${BED_PIDS[steerd$i]}"
		kill -HUP "${BED_PIDS[steerd$i]}"
		daemon[$i]=up
		said "thaw n$i"
	done
}

do_hash() {
	local i hops=()
	for i in $(seq $NODES | shuf --random-source=<(yes $RANDOM)); do
		[[ $i == "$cut" ]] || hops+=("$i")
	done
	hops=("${hops[@]:0:1 + RANDOM % ${#hops[@]}}")
	bed_hops "${hops[@]}"
	said "hash ${hops[*]}"
}

do_cut() {
	if [[ $cut ]]; then
		bed_mend "$cut"
		said "mend n$cut"
		# What the client had to give up in the meantime shows when it has waited long enough.
		excuses+="{\"node\":\"n$cut\",\"from\":$cut_ns,\"to\":$(($(now_ns) + STALL_MS * 1500000))},"
		cut=
		do_hash
		return
	fi
	pick $(seq $NODES)
	(($(owners_without "$picked") >= 2)) || return
	cut=$picked
	cut_ns=$(now_ns)
	said "cut n$cut"
	bed_cut "$cut" >/dev/null
	do_hash
}

# --- the run ---

report() {
	"$B/test/longlived" report "$BED_DIR/longlived.sock"
}

# What every node would do with packets of connections that wait: for whoever reads it afterwards.
ask_about_waiting() {
	local node family port silent i flow
	report | jq -r '.waiting[] | "\(.node) \(.family) \(.port) \(.silent_ms)"' |
		while read -r node family port silent; do
			echo "$(now_ns) waiting: $node $family $port $silent ms"
			flow=("$BED_CLIENT4:$port" "$BED_VIP4:7000")
			[[ $family == v6 ]] && flow=("[$BED_CLIENT6]:$port" "[$BED_VIP6]:7000")
			for ((i = 1; i <= NODES; i++)); do
				bed_in "n$i" "$B/steer" --pin-dir "$BED_PINS/n$i" explain tcp "${flow[@]}" 2>&1 |
					sed "s/^/  n$i: /"
			done
		done >>"$BED_DIR/waiting.log"
}

is_settled() { # all open, all answered just now
	[[ $(report | jq '.open == .connections and .silent_ms < 1000') == true ]]
}

unexcused() {
	report | jq -c --argjson excuses "[${excuses%,}]" '[.broken[] | . as $b |
		select(any($excuses[]; .node == $b.node and $b.at_ns >= .from and $b.at_ns <= .to) | not)]'
}

none_broken() {
	local broken at
	broken=$(unexcused)
	[[ $broken == "[]" ]] && return
	echo "seed $SEED; $(jq length <<<"$broken") connections broke:"
	jq -r 'group_by([.node, .cause]) | .[] | "\(length) on \(.[0].node): \(.[0].cause), first at \(.[0].at_ns)"' \
		<<<"$broken"
	at=$(jq '[.[].at_ns] | min' <<<"$broken")
	echo "before the first one:"
	awk -v at="$at" '$1 <= at' "$BED_DIR/actions.log" | tail -n 12
	return 1
}

# All of them went on to the end, but for those on nodes that were cut off.
bulk_was_whole() {
	: >"$BED_DIR/bulk.stop"
	bed_await 30 test -s "$BED_DIR/bulk.json" || { echo "no end"; cat "$BED_DIR/bulk.log"; return 1; }
	holds "$(cat "$BED_DIR/bulk.json")" "length == 2 * $NODES and
		([.[] | select(.cause == null) | .bytes] | length >= 2 and min > 1000000)" || return 1
	same "[]" "$(jq -c --argjson excuses "[${excuses%,}]" '[.[] | select(.cause) | . as $b |
		select(any($excuses[]; .node == $b.node and $b.at_ns >= .from and $b.at_ns <= .to) | not)]' \
		"$BED_DIR/bulk.json")"
}

all_kinds_happened() {
	local kind lacking=
	for kind in $expected; do
		((${done_actions[$kind]:-0} > 0)) || lacking+=" $kind"
	done
	# Chance may leave one out.
	[[ $(wc -w <<<"$lacking") -le 1 ]] || { echo "not once:$lacking"; return 1; }
}

run() { # l2|gue|routed[:NODES]
	local i end deck=()
	cluster_kind "${1%:*}"
	NODES=5
	[[ $1 == *:* ]] && NODES=${1#*:}
	weight=() member=() drained=() daemon=()
	RANDOM=$SEED
	cut='' excuses='' done_actions=()
	for ((i = 1; i <= NODES; i++)); do
		weight[$i]=100 member[$i]=1 drained[$i]=0 daemon[$i]=up
	done
	bed_open $NODES
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$BED_DIR/key"
	chmod 0600 "$BED_DIR/key"
	cluster_config >"$BED_DIR/steer.yaml"
	for ((i = 1; i <= NODES; i++)); do
		cluster_echo "$i"
		bed_start "bulk$i" "n$i" python3 tests/tools/bulk.py serve "n$i" 7100 "$BED_VIP4" "$BED_VIP6"
		cluster_steerd "$i"
	done
	bed_await 20 cluster_is_steering || bed_die "the nodes do not steer after 20 s"
	[[ ${STEER_PROPERTY_KEEP:-} ]] && bed_start resets router tshark -l -i fabric -T fields -e frame.time_epoch \
		-e eth.src -e ip.dst -e ipv6.dst -e tcp.dstport \
		-f "(tcp[tcpflags] & tcp-rst != 0 and src port 7000) or (ip6[6] == 6 and ip6[53] & 4 != 0 and ip6[40:2] == 7000)"
	bed_start longlived client "$B/test/longlived" "$BED_DIR/longlived.sock" "$CONNECTIONS" 250 $STALL_MS \
		"$BED_VIP4" 7000 "$BED_VIP6" 7000
	# shellcheck disable=SC2016
	bed_start bulk client bash -c 'python3 tests/tools/bulk.py run "${@:2}" >"$1.tmp"; mv "$1.tmp" "$1"' - \
		"$BED_DIR/bulk.json" 7100 "$BED_DIR/bulk.stop" $BULK_BYTES_PER_SECOND \
		"$(seq -s , -f 'n%g' $NODES)" "$BED_VIP4" "$BED_VIP6"
	check "$1: $CONNECTIONS connections are open" bed_await 30 is_settled
	check "$1: a download and an upload per node" bed_await 60 grep -q open "$BED_DIR/bulk.log"

	end=$((SECONDS + SECONDS_EACH))
	while ((SECONDS < end)); do
		# By chance, but nothing is left out for long
		((${#deck[@]})) || mapfile -t deck < <(shuf -e "${kinds[@]}" --random-source=<(yes $RANDOM))
		"do_${deck[0]}"
		deck=("${deck[@]:1}")
		sleep "$((RANDOM % 2)).$((RANDOM % 10))"
		((RANDOM % 3 == 0 || SECONDS - frozen_at > 3)) && thaw
		[[ ${STEER_PROPERTY_KEEP:-} ]] && ask_about_waiting
	done
	thaw
	[[ $cut ]] && do_cut
	bed_hops $(seq $NODES)
	check "$1: all are open in the end" bed_await 60 is_settled
	check "$1: none broke whose server lived" none_broken
	check "$1: nor did a download or an upload, and every byte is right" bulk_was_whole
	check "$1: everything has happened" all_kinds_happened
	echo "# $1, seed $SEED: $(for i in "${!done_actions[@]}"; do echo -n "$i ${done_actions[$i]} "; done)"
	echo "# $(report | jq -c '{messages, excused: (.broken | length)}')" \
		"bulk MB: $(jq -c '[.[].bytes / 1e6 | floor]' "$BED_DIR/bulk.json")"
	if [[ ${STEER_PROPERTY_KEEP:-} ]]; then
		mkdir -p "$STEER_PROPERTY_KEEP/$1"
		report >"$STEER_PROPERTY_KEEP/$1/report.json"
		cp "$BED_DIR"/*.log "$STEER_PROPERTY_KEEP/$1"
	fi
	bed_close
}

echo "# seed $SEED"
(($#)) || set -- l2 gue l2:12
for kind; do
	run "$kind"
done
finish
