# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: no false alarms. Both CPUs have more than they can do, with steered traffic and with work that
# has nothing to do with it, and nobody may take anybody for dead.

BUSY_PER_CPU=2

# What nodes have said of each other so far: one line each, in the order of time.
alarms_lines() {
	grep -hE 'node n[0-9]+: liveness up → down' "$BED_DIR"/steerd*.log | sort
}

alarms_since() { # COUNT
	alarms_lines | tail -n +$(($1 + 1)) | head -n 20
}

alarms_more_than() { # COUNT
	(($(alarms_lines | wc -l) > $1))
}

# That there were none must not be because what nodes say has been reworded.
alarms_are_counted() {
	local before
	before=$(alarms_lines | wc -l)
	bed_cut 2 >/dev/null
	await 10 "a true alarm is counted" alarms_more_than "$before"
	bed_mend 2
	await 20 "all nodes serve" cluster_is_steering
}

measure_false_alarms() {
	local seconds i before count
	seconds=$(jq -n "$MINUTES * 60 | ceil")
	before=$(alarms_lines | wc -l)
	for ((i = 0; i < BUSY_PER_CPU * $(nproc); i++)); do
		bed_start "busy$i" client timeout "$seconds" bash -c 'while :; do :; done'
	done
	traffic_wrk_start alarms "$seconds"
	traffic_wrk_wait alarms
	for ((i = 0; i < BUSY_PER_CPU * $(nproc); i++)); do
		wait "${BED_PIDS[busy$i]}"
		unset "BED_PIDS[busy$i]"
	done
	count=$(($(alarms_lines | wc -l) - before))
	((count)) && alarms_since "$before"
	say "wrk meanwhile: $(grep -h '^{' "$BED_DIR"/wrk-alarms-?.log | jq -sc '{requests: map(.requests) | add,
		errors: [(.[0] | {connect, read, write, status, timeout} | keys[]) as $kind |
			{($kind): map(.[$kind]) | add}] | add}')"
	alarms_are_counted
	figures_add "$(jq -n --argjson minutes "$MINUTES" --argjson count $count \
		'{false_alarms: {minutes: $minutes, count: $count}}')"
}
