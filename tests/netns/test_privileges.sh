#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# steerd as an ordinary user with four capabilities: it loads, steers, is restarted and reconfigured
# like root's, holds no CAP_SYS_ADMIN after its start, and says what it lacks; and who may tell it
# what over its socket.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh

why=$(cluster_lacking setpriv bpftool) || skip_all "$why"

# Numbers that no user of the machine has; steerd's group is the socket's, too.
DAEMON=64242
WATCHER=64243
OPERATORS=64299
FEW=bpf,perfmon,net_admin,net_raw
FEW_MASK=000000c000003000 # these four
CONNECTIONS=60

capabilities=$FEW
options=()

# Sets as: the words that start a command as systemd would.
as_daemon() { # CAPABILITY[,CAPABILITY]...
	local granted=-all,+${1//,/,+}
	as=(setpriv --reuid "$DAEMON" --regid "$DAEMON" --clear-groups --inh-caps "$granted"
		--ambient-caps "$granted" --bounding-set "$granted")
}

# What others may read and run, wherever the tree is.
publish() {
	chmod 0711 "$BED_DIR" "$BED_PINS"
	[[ -d $BED_DIR/bin ]] && return
	mkdir "$BED_DIR/bin"
	cp "$B/steerd" "$B/steer" "$B/steer.bpf.o" "$BED_DIR/bin/"
	chmod -R a+rX "$BED_DIR/bin"
}

directories() { # NUMBER
	mkdir -p "$BED_PINS/n$1" "$BED_DIR/n$1"
	chown -R $DAEMON:$DAEMON "$BED_PINS/n$1" "$BED_DIR/n$1" "$BED_DIR/key"
}

arguments() { # NUMBER
	printf '%s\n' --config "$BED_DIR/steer.yaml" --node "n$1" --pin-dir "$BED_PINS/n$1" \
		--socket "$BED_DIR/n$1/sock" --state-dir "$BED_DIR/n$1" \
		--object "$BED_DIR/bin/steer.bpf.o"
}

cluster_steerd() { # NUMBER
	local arguments as
	mapfile -t arguments < <(arguments "$1")
	as_daemon "$capabilities"
	publish
	directories "$1"
	bed_start "steerd$1" "n$1" "${as[@]}" "$BED_DIR/bin/steerd" "${arguments[@]}" "${options[@]}"
}

cluster_steer() { # NUMBER ARGUMENT...
	local number=$1
	shift
	"$B/steer" --socket "$BED_DIR/n$number/sock" "$@"
}

restart() { # NUMBER
	bed_stop "steerd$1"
	cluster_steerd "$1"
}

status_of() { # NUMBER FIELD
	awk -v field="$2:" '$1 == field { print $2 }' "/proc/${BED_PIDS[steerd$1]}/status"
}

# Every thread, as each has capabilities of its own.
holds_few() { # NUMBER
	local task
	for task in /proc/"${BED_PIDS[steerd$1]}"/task/*/status; do
		grep -q "^CapEff:.*$FEW_MASK" "$task" && grep -q "^CapPrm:.*$FEW_MASK" "$task" &&
			grep -q '^CapInh:.*0000000000000000' "$task" &&
			grep -q '^CapAmb:.*0000000000000000' "$task" || { grep Cap "$task"; return 1; }
	done
	same "$DAEMON" "$(status_of "$1" Uid)" && same 1 "$(status_of "$1" NoNewPrivs)"
}

# All answer: those of the others come through n1, which gets all packets.
answers() {
	local i
	for ((i = 0; i < 32; i++)); do
		bed_in client curl -s --max-time 5 "http://$BED_VIP4/" || echo none
	done | sort -u | tr '\n' ' '
}

program_id() { # NUMBER
	cluster_steer "$1" -j status | jq .program.id
}

since=0
# From here on no connection may break.
mark() {
	since=$(traffic_report | jq .now_ns)
}
undisturbed() {
	bed_await 10 traffic_is_settled "{\"before_ns\":$since}" || echo "not settled"
	holds "$(traffic_report)" '.open == .connections and
		([.broken[] | select(.at_ns >= $since)] | length) == 0' --argjson since "$since"
}

# A table that has been read and need not change is not written anew.
table_id() { # NUMBER
	bpftool -j map lookup pinned "$BED_PINS/n$1"/v*/steer_tables key 0 0 0 0 |
		jq -c '.value // .inner_map_id // .'
}

# Another weight for n1: many rows get another owner, who must know the owner before.
weigh() { # WEIGHT
	local number generation
	sed -i "s/name: n1, id: 1,.* address:/name: n1, id: 1, weight: $1, address:/" "$BED_DIR/steer.yaml"
	for number in 1 2 3; do
		generation=$(cluster_steer $number -j status | jq .generation)
		kill -HUP "${BED_PIDS[steerd$number]}"
		bed_await 10 cluster_generation_is $number $((generation + 1)) || return 1
	done
	cluster_steer 1 pool show | grep -q "^  n1 *$1" || { cluster_steer 1 pool show; return 1; }
}

# What steerd says when it does not start.
fails_with() { # CAPABILITIES TEXT
	local arguments as output status
	mapfile -t arguments < <(arguments 1)
	as_daemon "$1"
	output=$(bed_in n1 "${as[@]}" timeout 10 "$BED_DIR/bin/steerd" "${arguments[@]}" 2>&1)
	status=$?
	echo "exit status $status: $output"
	((status != 0 && status != 124)) && [[ $output == *"$2"* ]]
}

# A client of the socket: WHO is "UID GID GROUPS", the groups with commas or none.
ask_as() { # NUMBER WHO ARGUMENT...
	local who groups=(--clear-groups) number=$1
	read -r -a who <<<"$2"
	shift 2
	[[ ${who[2]:-} ]] && groups=(--groups "${who[2]}")
	setpriv --reuid "${who[0]}" --regid "${who[1]}" "${groups[@]}" --bounding-set=-all \
		"$BED_DIR/bin/steer" --socket "$BED_DIR/n$number/sock" "$@" 2>&1
}

may() { # NUMBER WHO ARGUMENT...
	local output
	output=$(ask_as "$@")
	(($? == 0)) || { echo "$output"; return 1; }
}

may_not() { # TEXT NUMBER WHO ARGUMENT...
	local text=$1 output status
	shift
	output=$(ask_as "$@")
	status=$?
	echo "exit status $status: $output"
	((status == 1)) && [[ $output == *"$text"* ]]
}

detach() { # NUMBER
	bed_stop "steerd$1"
	bed_in "n$1" "$B/steer" --pin-dir "$BED_PINS/n$1" unload eth0
}

cluster_up 3
bed_hops 1
check "without CAP_SYS_ADMIN it loads and attaches" cluster_says 1 '.program.attached and
	(.program.adopted | not) and .program.mode == "native"' status
check "and steers" same "n1 n2 n3 " "$(answers)"
check "all threads have the four capabilities alone" holds_few 1
traffic_connect "$CONNECTIONS"
check "long-lived connections are open" bed_await 10 traffic_is_open

# --- restarts and reloads ---
mark
check "a reload moves rows" weigh 50
check "and no connection breaks" undisturbed
table=$(table_id 1)
ids="$(program_id 1) $(program_id 2)"
restart 1
restart 2
restart 3
check "a new daemon adopts program and maps" bed_await 15 cluster_is_steering
check "the same program" same "$ids" "$(program_id 1) $(program_id 2)"
check "the same table, which it has read" same "$table" "$(table_id 1)"
check "again with four capabilities" holds_few 1
check "the next reload moves rows" weigh 100
check "and no connection breaks" undisturbed

# --- what looks at the program needs no more than the pins ---
explained() {
	bed_in n1 setpriv --reuid $DAEMON --regid $DAEMON --clear-groups --bounding-set=-all \
		"$BED_DIR/bin/steer" --pin-dir "$BED_PINS/n1" --socket "$BED_DIR/n1/sock" -j explain \
		tcp "$BED_CLIENT4:40000" "$BED_VIP4:80" | jq -e '.owner | test("^n[123]$")'
}
check "the daemon's user gets explanations, without any capability" explained
check "steer stats by root reads the daemon's maps" bash -c '"$@" | grep -q local_owner' - \
	"$B/steer" --pin-dir "$BED_PINS/n1" stats

# --- who may look, who may operate ---
member="$WATCHER $WATCHER $DAEMON"
check "a member of the socket's group may look" may 1 "$member" node show
check "and drain, as nobody has said otherwise" may 1 "$member" node drain
check "and activate" may 1 "$member" node activate
check "others are told which group they lack" may_not "permission denied" 1 "$WATCHER $WATCHER" node show
options=(--operators "$OPERATORS")
restart 1
check "with --operators it is as before" bed_await 15 cluster_is_steering
check "a member of the socket's group may look" may 1 "$member" node show
check "but not drain" may_not \
	"node.drain: permission denied; it is for root and the members of the group $OPERATORS" \
	1 "$member" node drain
check "nor activate" may_not "node.activate: permission denied" 1 "$member" node activate
check "nor hand over" may_not "pool.handover: permission denied" 1 "$member" pool handover web n1
check "nothing has changed by that" cluster_says 1 '.admin == "active"' status
check "the operators' group may drain" may 1 "$WATCHER $WATCHER $DAEMON,$OPERATORS" node drain
check "also as the first group" may 1 "$WATCHER $OPERATORS $DAEMON" node activate
check "not one that cannot even connect" may_not "permission denied" 1 "$WATCHER $OPERATORS" node drain
check "root may drain" cluster_steer 1 node drain
check "and activate" cluster_steer 1 node activate
unknown_group() {
	local output
	output=$("$B/steerd" --operators steer-nobody 2>&1) && return 1
	[[ $output == *"--operators steer-nobody: there is no such group; "* ]] || { echo "$output"; return 1; }
}
check "a group that is none is refused" unknown_group
options=()

# --- what is lacking is named ---
lacks() { # CAPABILITY
	check "to load it needs CAP_${1^^}" fails_with "$(tr ' ' '\n' <<<"${FEW//,/ } sys_nice" |
		grep -vx "$1" | paste -sd,)" "missing: CAP_${1^^}"
}
check "it is stopped, its program and pins are removed" detach 1
lacks bpf
lacks perfmon
lacks net_admin
chown root "$BED_DIR/key"
check "a key of root is not for it: how to change that" fails_with $FEW \
	"$BED_DIR/key cannot be opened: Permission denied; run: chown $DAEMON $BED_DIR/key"
chown $DAEMON "$BED_DIR/key"
chown root:root "$BED_PINS/n1"
check "a directory of root is not for its pins: how to change that" fails_with $FEW \
	"permission denied to user $DAEMON: \"chown -R $DAEMON $BED_PINS/n1\""

# --- CAP_SYS_ADMIN, for the start alone ---
load_as_root() {
	bed_in n1 ip link set dev eth0 xdp obj "$B/steer.bpf.o" sec xdp
}
check "somebody else loads the program" load_as_root
directories 1
check "without CAP_SYS_ADMIN it cannot be adopted" fails_with $FEW "missing: CAP_SYS_ADMIN"
capabilities=$FEW,sys_admin
cluster_steerd 1
check "with it, it is" bed_await 15 cluster_says 1 '.program.adopted' status
check "it steers" bed_await 15 cluster_is_steering
check "and holds CAP_SYS_ADMIN no more" holds_few 1
capabilities=bpf
restart 1
check "the next one needs it no more" bed_await 15 cluster_is_steering
check "but says what it will need" grep -q \
	"capabilities: CAP_PERFMON, CAP_NET_ADMIN, CAP_NET_RAW: missing; " "$BED_DIR/steerd1.log"
check "the daemon's log says what it lacks for real time" grep -q 'grant CAP_SYS_NICE' "$BED_DIR/steerd1.log"
finish
