# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: figures: from samples to percentiles (nearest rank), to JSON, to a table with targets.

figures_open() {
	echo '{}' >"$BED_DIR/figures.json"
	echo '{}' >"$BED_DIR/samples.json"
}

_figures_merge() { # FILE OBJECT
	jq --argjson object "$2" '. + $object' "$1" >"$1.new" && mv "$1.new" "$1"
}

figures_add() { # OBJECT
	_figures_merge "$BED_DIR/figures.json" "$1"
}

# Reads times in ms, one a line.
figures_distribution() { # NAME INTERVAL_MS EXTRA
	local samples
	samples=$(jq -cs 'map(. * 100 | round / 100) | sort')
	_figures_merge "$BED_DIR/samples.json" "{\"$1\":$samples}"
	figures_add "$(jq -n --arg name "$1" --argjson interval "$2" --argjson samples "$samples" \
		--argjson extra "$3" '
		def rank(p): $samples[($samples | length) * p | ceil - 1];
		{($name): ({interval_ms: $interval, multiplier: 3, n: ($samples | length),
			p50_ms: rank(0.5), p99_ms: rank(0.99), max_ms: $samples[-1]} + $extra)}')"
	say "$1: $(jq -r 'map(tostring) | join(" ")' <<<"$samples")"
}

_figures_table='
def rank($s; p): $s[($s | length) * p | ceil - 1];
def row: map(tostring) | join("\t");
def single(name; value; target): [name, value // "-", "-", "-", "-", "-", "-", target];
["-", "min", "p10", "p50", "p90", "p99", "max", "target"],
({link_down: "p50 <= 35, p99 <= 60", link_down_fast: "p50 <= 15", two_nodes: "p50 <= 35, p99 <= 60"} as $target |
 $samples[0] | to_entries[] | .key as $key | .value as $s |
 ["\($key), ms"] + [0.0001, 0.1, 0.5, 0.9, 0.99, 1 | rank($s; .)] + [$target[$key] // "-"]),
($figures[0] |
 (.steerd_killed // empty | single("packets lost, steerd killed"; .packets_lost; 0)),
 (.broken_connections // empty | {drain, handover, return} | to_entries[] |
  single("connections broken, \(.key)"; .value; 0)),
 (.false_alarms // empty | single("false alarms in \(.minutes) min"; .count; 0)),
 (.initiator_250_peers // empty | single("250 peers, % of a CPU"; .cpu_percent; "<= 25"))) | row'

# Print all, store all.
figures_close() { # FILE
	echo
	jq -nr --slurpfile samples "$BED_DIR/samples.json" --slurpfile figures "$BED_DIR/figures.json" \
		"$_figures_table" | column -t -s $'\t'
	echo
	cp "$BED_DIR/samples.json" "$1.samples" &&
		jq -c . "$BED_DIR/figures.json" >"$1.new" && mv "$1.new" "$1" || die "cannot write $1"
}
