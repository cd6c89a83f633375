# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: a dead daemon costs nothing. Every datagram that the pulse sends while steerd is killed, while
# it is dead, and while another one takes over must be answered.

STEERD_DEAD_MS=300

steerd_settled() { # NUMBER OF A DATAGRAM
	[[ $(pulse_report | jq ".settled >= $1") == true ]]
}

# Prints what was lost so far, of what was sent so far.
steerd_lost() {
	local sent
	sent=$(pulse_report | jq .sent)
	await 5 "all datagrams are answered or given up" steerd_settled "$sent"
	pulse_report | jq .lost
}

# The others go on probing it: that is the time in which they could have found it down.
steerd_dead_for() { # EVENT MS
	[[ $(pulse_report | jq --argjson event "$1" ".now_ns - \$event.before_ns > $2 * 1e6") == true ]]
}

# What a machine without CPU loses by itself, in the same time.
steerd_control() { # DATAGRAMS LOST BEFORE
	local until
	until=$(($(pulse_report | jq .sent) + $1))
	await 600 "as many datagrams have been sent again" steerd_settled "$until"
	echo $(($(steerd_lost) - $2))
}

measure_steerd_killed() {
	local i node event sent lost_before lost
	lost_before=$(steerd_lost)
	sent=$(pulse_report | jq .sent)
	for ((i = 0; i < KILLS; i++)); do
		node=$((1 + i % NODES))
		bed_kill "steerd$node" >"$BED_DIR/events" || die "steerd cannot be killed"
		event=$(<"$BED_DIR/events")
		await 5 "time has passed" steerd_dead_for "$event" $STEERD_DEAD_MS
		cluster_steerd "$node"
		await 20 "n$node has a daemon again" cluster_is_steering
	done
	lost=$(($(steerd_lost) - lost_before))
	sent=$(($(pulse_report | jq .sent) - sent))
	say "steerd_killed: $lost of $sent datagrams lost"
	((lost)) && say "and without kills: $(steerd_control "$sent" $((lost + lost_before)))"
	figures_add "$(jq -n --argjson n "$KILLS" --argjson lost "$lost" \
		'{steerd_killed: {n: $n, packets_lost: $lost}}')"
}
