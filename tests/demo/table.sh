# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: the demo's figures as a table to read.

_table_row() { # LABEL CELL...
	local cell
	printf '  %-44s' "$1"
	shift
	for cell; do
		printf ' %9s' "$cell"
	done
	echo
}

# The output of jq -r, one cell per line, as a row.
_table_jq() { # FILE LABEL FILTER
	local cells
	mapfile -t cells < <(jq -r "$3" "$1")
	_table_row "$2" "${cells[@]}"
}

table_print() { # FILE
	echo
	echo "Steady state"
	# shellcheck disable=SC2046
	_table_row "" $(seq -f 'n%g' "$BED_NODES")
	_table_jq "$1" "rows of the forwarding table" '.rows_per_node[]'
	_table_jq "$1" "requests" '.requests_per_node[]'
	_table_jq "$1" "long-lived connections" '.connections_per_node | to_entries |
		sort_by(.key)[].value'
	_table_jq "$1" "requests, all (per second)" '.requests, "(\(.requests_per_second))"'
	_table_jq "$1" "requests that failed" .request_errors_steady
	_table_jq "$1" "fullest node over mean: requests, rows" \
		'.share_max_over_mean, .rows_max_over_mean'
	echo
	echo "$(jq -r .kill.node "$1") dies"
	_table_jq "$1" "last packet a peer sent it after, ms" .kill.blackout_ms
	_table_jq "$1" "last connection broken after, ms" .kill.settled_ms
	_table_jq "$1" "long-lived connections, of these on it" \
		'.kill | .connections, .on_dead_node'
	_table_jq "$1" "broken: on it, elsewhere" \
		'.kill | .broken_on_dead_node, .broken_elsewhere'
	echo
	echo "and then"
	_table_jq "$1" "broken when it comes back" .rejoin.broken
	_table_jq "$1" "broken by drain of $(jq -r .drain.node "$1"), by activate" \
		'.drain | .broken_by_drain, .broken_by_activate'
	echo
}
