#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demo, as a test: what it promises must hold.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking wrk) || skip_all "$why"

result() { # FILTER
	holds "$(cat "$B/demo.json")" "$1"
}

for forward in l2 gue; do
	rm -f "$B/demo.json"
	check "$forward: the demo runs" tests/demo/run --forward $forward --seconds 4
	check "$forward: no request failed in the steady state" result '.request_errors_steady == 0'
	check "$forward: requests were spread" result '.share_max_over_mean < 1.1'
	check "$forward: the dead node's connections broke" result '.kill.broken_on_dead_node > 0'
	check "$forward: and no other" result '.kill.broken_elsewhere == 0'
	check "$forward: nothing was sent to it a second later" result '.kill.blackout_ms < 1000'
	check "$forward: its return broke nothing" result '.rejoin.broken == 0'
	check "$forward: draining and activating broke nothing" result '.drain.broken == 0'
done
finish
