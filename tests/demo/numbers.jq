# SPDX-License-Identifier: GPL-2.0
# From what was seen to build/demo.json.

def max_over_mean: max / (add / length) | . * 10000 | round / 10000;
def tenths: . * 10 | round / 10;
def broken($report; $from; $to): [$report.broken[] | select(.at_ns >= $from and .at_ns < $to)];

# Who a connection that broke after the kill was on says whether the death explains it. A connection
# that was opened anew and broke again elsewhere counts too.
broken($killed; $kill; $rejoin) as $after_kill |
broken($rejoined; $rejoin; $drain) as $after_rejoin |
broken($drained_report; $drain; $activate) as $after_drain |
broken($finish; $activate; $finish.now_ns) as $after_activate |
{
	nodes: $nodes,
	forward: $forward,
	requests: $steady.requests,
	requests_per_second: ($steady.requests / $steady.seconds | round),
	request_errors_steady: $steady.errors,
	request_p99_us: $steady.p99_us,
	requests_per_node: $per_node,
	rows_per_node: $rows,
	share_max_over_mean: ($per_node | max_over_mean),
	rows_max_over_mean: ($rows | max_over_mean),
	connections_per_node: $before.nodes,
	kill: {
		node: $dead,
		blackout_ms: ($blackout | tenths),
		connections: $before.open,
		on_dead_node: ($before.nodes[$dead] // 0),
		broken_on_dead_node: ([$after_kill[] | select(.node == $dead)] | length),
		broken_elsewhere: ([$after_kill[] | select(.node != $dead)] | length),
		settled_ms: (($after_kill | map(.at_ns) | max // $kill) - $kill | . / 1e6 | tenths)
	},
	rejoin: {
		broken: ($after_rejoin | length)
	},
	drain: {
		node: $drained,
		broken: ($after_drain + $after_activate | length),
		broken_by_drain: ($after_drain | length),
		broken_by_activate: ($after_activate | length),
		broken_on_drained_node: ([$after_drain[] | select(.node == $drained)] | length)
	},
	request_errors_after: $failing.errors,
	requests_after: $failing.requests
}
