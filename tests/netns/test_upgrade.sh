#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Upgrade and downgrade of program and daemon, node by node, under traffic: no packet is lost, no connection
# breaks. A program with maps of another layout is refused, and what runs runs on.
#
# The other versions are built for this: steerd-other from the same sources with another name of its
# version, other_program.bpf.c with other instructions, other_schema.bpf.c with another map.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh

why=$(cluster_lacking bpftool) || skip_all "$why"
[[ -x $B/test/steerd-other && -e $B/test/other_schema.bpf.o ]] || skip_all "no $B/test/steerd-other: make tools"

NODES=3
OLD=$B/steer.bpf.o
NEW=$B/test/other_program.bpf.o
CONNECTIONS=100
CLUSTER_FORWARD=${1:-l2}

# --- traffic, and what it has suffered ---

pulse() {
	"$B/test/pulse" report "$BED_DIR/pulse.sock"
}

# What was sent before this moment is answered, or will not be any more.
pulse_is_settled() { # SENT
	(($(pulse | jq .settled) >= $1))
}

traffic_up() {
	traffic_connect "$CONNECTIONS"
	bed_start pulse client "$B/test/pulse" "$BED_DIR/pulse.sock" 1500 200 "$BED_VIP4" 7000 80
	# shellcheck disable=SC2016
	bed_start requests client bash -c 'while :; do curl -sf --max-time 5 "$1" >/dev/null || echo failed: $?
		sleep 0.05; done' - "http://$BED_VIP4/"
}

traffic_flows() {
	bed_await 10 traffic_is_open && bed_await 10 pulse_is_settled 1
}

# Sets lost: datagrams, while a command runs.
lost_by() { # COMMAND...
	local before
	before=$(pulse | jq .lost)
	"$@" || return 1
	bed_await 10 pulse_is_settled "$(pulse | jq .sent)" || return 1
	lost=$(($(pulse | jq .lost) - before))
}

# A machine that is too busy loses packets by itself, now and then: a step that does so loses them each time.
loses_nothing() { # COMMAND...
	local tries
	for ((tries = 0; tries < 3; tries++)); do
		lost_by "$@" || { echo "failed: $*"; return 1; }
		((lost)) || return 0
		echo "$lost datagrams lost"
	done
	return 1
}

none_broken() {
	holds "$(traffic_report)" '.broken | length == 0' &&
		same "" "$(cat "$BED_DIR/requests.log")"
}

# Steps start and stop daemons, so they run in this shell; check tells of them.
told() { # STATUS
	cat "$BED_DIR/step.log"
	return "$1"
}

step() { # NAME COMMAND...
	local name=$1
	shift
	loses_nothing "$@" >"$BED_DIR/step.log" 2>&1
	check "$name" told $?
}

# --- what runs ---

tag() { # NUMBER
	cluster_steer "$1" -j status | jq -r .program.tag
}

program_id() { # NUMBER
	cluster_steer "$1" -j status | jq -r .program.id
}

# By the node's interface, whatever its daemon believes.
attached_id() { # NUMBER
	bed_in "n$1" ip -j -d link show eth0 | jq '.[0].xdp.prog.id'
}

is_well() { # NUMBER
	cluster_is_steering && cluster_steer "$1" status >/dev/null
}

put() { # NUMBER OBJECT
	bed_in "n$1" "$B/steer" --pin-dir "$BED_PINS/n$1" --object "$2" load --replace eth0
}

put_everywhere() { # OBJECT
	local i
	for ((i = 1; i <= NODES; i++)); do
		put "$i" "$1" && bed_await 10 is_well "$i" || return 1
	done
}

back_and_forth() { # TIMES
	local i
	for ((i = 0; i < $1; i++)); do
		put_everywhere "$NEW" && put_everywhere "$OLD" || return 1
	done
}

steerd() { # NUMBER BINARY
	bed_start "steerd$1" "n$1" "$2" --config "$BED_DIR/steer.yaml" --node "n$1" --pin-dir "$BED_PINS/n$1" \
		--socket "$BED_DIR/n$1.sock" --state-dir "$BED_DIR/n$1" --object "$OLD"
}

restart_everywhere() { # BINARY SIGNAL
	local i
	for ((i = 1; i <= NODES; i++)); do
		bed_stop "steerd$i" "$2"
		steerd "$i" "$1"
		bed_await 10 is_well "$i" || return 1
	done
}

versions_are() { # VERSION
	local i
	for ((i = 1; i <= NODES; i++)); do
		cluster_says "$i" ".version == \"$1\"" status || return 1
	done
}

# Daemons take a second to notice.
tags_are() { # TAG
	local i
	for ((i = 1; i <= NODES; i++)); do
		bed_await 10 knows_its_program "$i" || { echo "n$i believes in another program"; return 1; }
		same "$1" "$(tag "$i")" || return 1
	done
}

knows_its_program() { # NUMBER
	same "$(attached_id "$1")" "$(program_id "$1")"
}

# Each node its package: program, then daemon, or the other way about.
upgrade_nodes() {
	local i
	for ((i = 1; i <= NODES; i++)); do
		put "$i" "$NEW" || return 1
		bed_stop "steerd$i"
		steerd "$i" "$B/test/steerd-other"
		bed_await 10 is_well "$i" || return 1
	done
}

downgrade_nodes() {
	local i
	for ((i = 1; i <= NODES; i++)); do
		bed_stop "steerd$i"
		steerd "$i" "$B/steerd"
		bed_await 10 is_well "$i" || return 1
		put "$i" "$OLD" && bed_await 10 is_well "$i" || return 1
	done
}

replace_without_daemon() {
	bed_stop steerd1
	put 1 "$NEW" || return 1
	steerd 1 "$B/steerd"
	bed_await 10 is_well 1
}

settings_map() { # NUMBER
	bpftool -j map show pinned "$(compgen -G "$BED_PINS/n$1/v*/steer_settings")" | jq .id
}

# Programs that use a node's maps: none of those before may be left.
one_program_each() {
	local i
	for ((i = 1; i <= NODES; i++)); do
		holds "$(bpftool -j prog show)" '[.[] | select(.map_ids // [] | index($map))] | length == 1' \
			--argjson map "$(settings_map "$i")" || return 1
	done
}

refuses() { # TEXT COMMAND...
	local text=$1 output status
	shift
	output=$("$@" 2>&1)
	status=$?
	echo "exit status $status: $output"
	((status == 1)) && [[ $output == *"$text"* ]]
}

event_says() { # NUMBER NEW
	cluster_steer "$1" -j events -n 50 | jq -se --arg new "$2" 'any(.. | objects; .kind? == "program" and .new? == $new)'
}

nobody_says() { # NEW
	local i
	for ((i = 1; i <= NODES; i++)); do
		! event_says "$i" "$1" || return 1
	done
}

cluster_up $NODES
traffic_up
check "traffic flows" traffic_flows
step "nothing is lost when nothing is done" sleep 1
old_tag=$(tag 1)
old_id=$(program_id 1)

step "daemons restart" restart_everywhere "$B/steerd" TERM
step "daemons are killed" restart_everywhere "$B/steerd" KILL
check "the program is the same" same "$old_id" "$(program_id 1)"
check "no connection has broken, no request failed" none_broken

step "another program is put in its place" put_everywhere "$NEW"
check "the daemon notices" bed_await 10 knows_its_program 1
check "and tells so" event_says 1 replaced
new_tag=$(tag 1)
check "it is another one" test "$old_tag" != "$new_tag"
check "on all nodes" tags_are "$new_tag"
step "back, and forth, and back" back_and_forth 2
check "no daemon took it for taken away" nobody_says detached
check "the old one runs" tags_are "$old_tag"
check "no connection has broken, no request failed" none_broken

step "daemons of another version, node by node" restart_everywhere "$B/test/steerd-other" TERM
check "they are" versions_are other
step "and back" restart_everywhere "$B/steerd" TERM
step "both, the program first" upgrade_nodes
check "both are the new ones" versions_are other
check "with the new program" tags_are "$new_tag"
step "both back, the daemon first" downgrade_nodes
check "with the old program" tags_are "$old_tag"
step "a program is replaced while no daemon runs" replace_without_daemon
check "which then adopts it" same "$new_tag" "$(tag 1)"
check "no connection has broken, no request failed" none_broken

id=$(attached_id 1)
step "a program with maps of another layout is refused" \
	refuses "is of another version of Steer" put 1 "$B/test/other_schema.bpf.o"
step "a file that is no program, too" refuses "$B/steer" put 1 "$B/steer"
check "what ran runs on" same "$id" "$(attached_id 1)"
check "and its node is well" is_well 1
check "no program is left behind" one_program_each
check "no connection has broken, no request failed" none_broken
echo "# $(pulse | jq -c '{sent, lost, syns}'), $(traffic_report | jq -c '{open, messages}')"
finish
