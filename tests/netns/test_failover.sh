#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Nodes die, return, drain, lose their service: flows move, connections whose server lives do not break.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

# No connection may have broken on a node other than NODE since then.
none_broken_elsewhere() { # NODE SINCE_NS
	holds "$(traffic_report)" '[.broken[] | select(.at_ns >= $since and .node != $node)] | length == 0' \
		--arg node "$1" --argjson since "$2"
}

some_broken_on() { # NODE SINCE_NS
	holds "$(traffic_report)" '[.broken[] | select(.at_ns >= $since and .node == $node)] | length > 0' \
		--arg node "$1" --argjson since "$2"
}

all_open() {
	holds "$(traffic_report)" '.open == $n' --argjson n "$CONNECTIONS"
}

# As the others see it.
state_is() { # NUMBER STATE
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		((i == $1)) || cluster_member_is "$i" "$1" "$2" || return 1
	done
}

no_request_fails() { # REQUESTS
	local i failed=0
	for ((i = 0; i < $1; i++)); do
		bed_in client curl -s -f --max-time 5 "http://$BED_VIP4/" >/dev/null ||
			failed=$((failed + 1))
	done
	same 0 "$failed"
}

CONNECTIONS=200

suite() { # l2|gue|routed
	local since
	cluster_kind "$1"
	cluster_up 4
	traffic_connect "$CONNECTIONS"
	check "$1: all long-lived connections are open" bed_await 10 all_open

	since=$(traffic_now_ns)
	bed_cut 3 >/dev/null
	check "$1: a dead node is seen by all others" bed_await 5 state_is 3 down
	bed_hops 1 2 4
	check "$1: its connections break" bed_await 10 some_broken_on n3 "$since"
	check "$1: and are opened anew" bed_await 10 all_open
	check "$1: no other connection breaks" none_broken_elsewhere n3 "$since"
	check "$1: requests are answered without it" no_request_fails 50

	since=$(traffic_now_ns)
	bed_mend 3
	check "$1: it returns" bed_await 10 cluster_is_steering
	bed_hops 1 2 3 4
	check "$1: requests are answered with it" no_request_fails 50
	check "$1: no connection breaks by its return" traffic_none_broken "$since"

	since=$(traffic_now_ns)
	check "$1: a node is drained" cluster_steer 2 node drain
	check "$1: which all others see" bed_await 5 state_is 2 draining
	check "$1: requests are answered meanwhile" no_request_fails 50
	check "$1: no connection breaks by the drain" traffic_none_broken "$since"
	check "$1: it is activated" cluster_steer 2 node activate n2
	check "$1: which all others see, too" bed_await 5 state_is 2 serving
	check "$1: no connection breaks by the activation" traffic_none_broken "$since"

	bed_stop nginx1
	check "$1: a web server that is gone is noticed" bed_await 10 state_is 1 unhealthy
	check "$1: requests are answered by the others" no_request_fails 50
	check "$1: status says so, with exit status 5" \
		bash -c '"$@" | grep -q "unhealthy on node n1"; ((PIPESTATUS[0] == 5))' - \
		"$B/steer" --socket "$BED_DIR/n2.sock" status
	cluster_nginx 1
	check "$1: and when it is back" bed_await 10 state_is 1 serving
	check "$1: no long-lived connection has suffered" traffic_none_broken "$since"
	bed_close
}

(($#)) || set -- l2 routed
for kind; do
	suite "$kind"
done
finish
