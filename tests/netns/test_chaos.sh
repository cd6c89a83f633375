#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Everything that can go wrong around a cluster, in random order, under traffic; after each fault all is well
# again: requests are answered by whatever way they come in, all nodes agree, maps say what they should,
# and nothing is left behind. Then twenty times the same to one daemon, which must not grow.
#
# STEER_CHAOS_SEED (1) for another order, STEER_CHAOS_SECONDS (30) for more of it: each fault comes at
# least once. The faults are in chaos.sh; arguments name some of them.
#
# Timeout: 300 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh
. tests/netns/chaos.sh

why=$(cluster_lacking bpftool unshare) || skip_all "$why"
[[ -e $B/test/refuse.so ]] || skip_all "no $B/test/refuse.so: make tools"
chaos_own_mounts "$0" "$@"

SEED=${STEER_CHAOS_SEED:-1}
SECONDS_IN_ALL=${STEER_CHAOS_SECONDS:-30}
NODES=4
CONNECTIONS=60
REPETITIONS=20
GROWTH_KIB=1024

kinds=("$@")
(($#)) || kinds=(flap mac vanish kill_in_reload full_disk read_only_bpffs pins_removed map_refuses control_flood health)
refused=0

# Faults start and stop daemons, so they run in this shell; check tells of them.
told() { # STATUS
	cat "$BED_DIR/step.log"
	return "$1"
}

step() { # NAME COMMAND...
	local name=$1
	shift
	"$@" >"$BED_DIR/step.log" 2>&1
	check "$name" told $?
}

shuffle() {
	mapfile -t deck < <(shuf -e "${kinds[@]}" --random-source=<(yes "$1"))
}

# To one daemon, which lives on: from outside and from below, and its clients and checks.
disturb_below() { # NUMBER
	bed_in fabric ip link set "n$1" down
	sleep 0.05
	bed_in fabric ip link set "n$1" up
	chaos_refuse $((RANDOM % 12)) 1 12
	chaos_other_weights
	chaos_hangup "$1"
	bed_await 5 test -s "$BED_DIR/refuse$1.done"
	rm -f "$BED_DIR/refuse$1"
	chaos_hangup "$1"
	bed_await 20 cluster_is_steering
}

disturb_above() { # NUMBER
	python3 tests/tools/flood.py "$BED_DIR/n$1.sock" $RANDOM || { echo "no answer after a flood"; return 1; }
	echo huge >"$BED_DIR/mood$1"
	bed_await 10 cluster_says 1 '.pools[] | select(.name == "moody") | .members[0].state == "unhealthy"' pool show ||
		{ echo "a huge answer is healthy"; return 1; }
	rm -f "$BED_DIR/mood$1"
	bed_await 20 cluster_is_steering
}

disturb_often() { # NUMBER TIMES
	local i
	n=$1
	for ((i = 0; i < $2; i++)); do
		disturb_below "$1" || { echo "time $i"; return 1; }
		((i % 2)) && continue
		disturb_above "$1" || { echo "time $i"; return 1; }
	done
	chaos_reload
}

holds_as_before() {
	local maps programs others
	maps=$(chaos_descriptors 1 bpf-map)
	programs=$(chaos_descriptors 1 bpf-prog)
	others=$(chaos_descriptors 1 .)
	echo "maps $maps ($maps_before), programs $programs ($programs_before), descriptors $others ($others_before)"
	((maps == maps_before && programs == programs_before && others <= others_before))
}

has_not_grown() {
	local rss
	rss=$(chaos_rss_kib 1)
	echo "# RSS of a daemon: $rss_before KiB, after $REPETITIONS times all of that $rss KiB"
	((rss <= rss_before + GROWTH_KIB))
}

echo "# seed $SEED"
RANDOM=$SEED
for ((i = 1; i <= NODES; i++)); do
	chaos_weight[$i]=100 chaos_member[$i]=1
done
cluster_up $NODES
trap chaos_close EXIT
CHAOS_PINS=$(compgen -G "$BED_PINS/n1/v*/*" | wc -l)
traffic_connect "$CONNECTIONS"
step "all is well" chaos_is_well

deck=()
order=()
end=$((SECONDS + SECONDS_IN_ALL))
while ((SECONDS < end || ${#order[@]} < ${#kinds[@]})); do
	((${#deck[@]})) || shuffle $RANDOM
	n='' kind=${deck[0]}
	deck=("${deck[@]:1}")
	order+=("$kind")
	step "$kind" "fault_$kind"
	step "$kind, n$n: all is well again" chaos_is_well
	((_tap_failed)) && break
done
check "connections are open again" bed_await 30 traffic_is_open
[[ " ${order[*]} " != *" map_refuses "* ]] || check "updates were refused" test "$refused" -gt 0

if ((_tap_failed == 0)); then
	step "a daemon is disturbed three times" disturb_often 1 3
	step "all is well" chaos_is_well
	rss_before=$(chaos_rss_kib 1)
	maps_before=$(chaos_descriptors 1 bpf-map)
	programs_before=$(chaos_descriptors 1 bpf-prog)
	others_before=$(chaos_descriptors 1 .)
	step "and $REPETITIONS times" disturb_often 1 $REPETITIONS
	step "all is well" chaos_is_well
	check "it has as much open as before" bed_await 15 holds_as_before
	check "it has not grown" has_not_grown
	holds_as_before | sed 's/^/# /'
	has_not_grown
fi
echo "# seed $SEED: ${order[*]}; updates refused: $refused"
finish
