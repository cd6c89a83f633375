# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: kill nodes again and again, and take the time until nobody sends to them any more.
#
# A kind of death is two functions: strike_KIND NODE... prints when, as tests/tools/strike.c does, and
# mend_KIND NODE... undoes it. What is timed is not what anybody says, but what the tap at the bridge
# has seen: the last service packet (or the last SYN) from any other node's port with the victim's
# MAC, and that it was the last shows when there was none for QUIET_MS.

QUIET_MS=60
QUIET_SYN_MS=150

# Every other node has sent NODEs packets (SYNs among them) just now.
kills_are_steered_to() { # NODE...
	local seen node
	seen=$(bed_tap read)
	for node; do
		jq -e --arg to "$(bed_mac "$node")" --arg own "n$node" --argjson n $((NODES - 1)) '
			[.[] | select(.to == $to and .from != $own and .now_ns - .last_ns < 5e7 and
				.now_ns - .last_syn_ns < 2e8)] | length == $n' <<<"$seen" || return 1
	done
}

# Nobody sends NODEs anything (any new flow) any more. Sets seen.
kills_is_quiet() { # last_ns|last_syn_ns NODE...
	local quiet_ms=$QUIET_MS what=$1 node
	[[ $what == last_syn_ns ]] && quiet_ms=$QUIET_SYN_MS
	shift
	seen=$(bed_tap read)
	for node; do
		jq -e --arg to "$(bed_mac "$node")" --arg own "n$node" --argjson ns "$quiet_ms"000000 \
			'all(.[] | select(.to == $to and .from != $own); .now_ns - .'"$what"' > $ns)' \
			<<<"$seen" || return 1
	done
}

# All nodes but NODEs agree on the state of NODEs.
kills_seen() { # STATE NODE...
	local state=$1 node i
	shift
	for ((i = 1; i <= NODES; i++)); do
		[[ " $* " == *" $i "* ]] && continue
		for node; do
			cluster_member_is "$i" "$node" "$state" || return 1
		done
	done
}

# Prints the time in ms from its own event to the last packet to each of NODEs.
kills_times() { # last_ns|last_syn_ns EVENTS NODE...
	local what=$1 events=$2 i=0 node
	shift 2
	for node; do
		jq -n --argjson seen "$seen" --argjson event "$(jq -s ".[$i] // .[0]" <<<"$events")" \
			--arg to "$(bed_mac "$node")" --arg own "n$node" '
			[$seen[] | select(.to == $to and .from != $own) | .'"$what"' - $event.before_ns] |
			[max, 0] | max / 1e6'
		i=$((i + 1))
	done
}

# One death; adds its times to the samples.
kills_once() { # KIND STATE last_ns|last_syn_ns NODE...
	local kind=$1 state=$2 what=$3 seen events
	shift 3
	"strike_$kind" "$@" >"$BED_DIR/events" || die "$kind: cannot be done to n$*"
	events=$(<"$BED_DIR/events")
	await 20 "all nodes find n$* $state" kills_seen "$state" "$@"
	await 5 "nobody sends to n$* any more" kills_is_quiet "$what" "$@"
	kills_times "$what" "$events" "$@" >>"$BED_DIR/samples"
	"mend_$kind" "$@"
	await 20 "n$* serves again" cluster_is_steering
	await 10 "n$* is sent to again" kills_are_steered_to "$@"
}

# KILLS deaths, of all nodes but the first by turns; two at a time if so wanted.
kills_measure() { # NAME KIND STATE last_ns|last_syn_ns AT_ONCE INTERVAL_MS [JSON]
	local name=$1 kind=$2 state=$3 what=$4 at_once=$5 interval_ms=$6 extra=${7:-} i victims
	[[ $extra ]] || extra='{}'
	: >"$BED_DIR/samples"
	for ((i = 0; i < KILLS; i++)); do
		victims=($((2 + i % (NODES - 1))))
		((at_once == 2)) && victims+=($((2 + (i + 1 + i / 4 % 3) % (NODES - 1))))
		kills_once "$kind" "$state" "$what" "${victims[@]}"
	done
	figures_distribution "$name" "$interval_ms" "$extra" <"$BED_DIR/samples"
}
