#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Four nodes that steer, lose one, and drain one: for a kernel in a virtual machine, which is slow. All
# times are a multiple of the usual ones.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

CLUSTER_INTERVAL=500ms
CLUSTER_CHECK="interval: 3s, fast-interval: 1s, timeout: 3s, rise: 1, fall: 3"
CLUSTER_UP_S=120
REQUESTS=16

# Of so many requests over both families, all are answered, by several nodes (or by less than that, if
# there are but two), and by no others than these.
answered_by() { # NUMBER...
	local i url answers
	answers=$(for ((i = 0; i < REQUESTS; i++)); do
		url=http://$BED_VIP4/
		((i % 2)) && url=http://[$BED_VIP6]/
		bed_in client curl -s -g --max-time 20 -H 'Connection: close' "$url" || echo none
	done | sort | uniq -c)
	echo "$answers"
	(($(wc -l <<<"$answers") >= ($# > 2 ? 2 : 1))) && ! grep -qvE " n($(tr ' ' '|' <<<"$*"))$" <<<"$answers"
}

cluster_up 4
check "all serve" answered_by 1 2 3 4
bed_hops 2
check "whatever node they enter at" answered_by 1 2 3 4
bed_cut 3 >/dev/null
check "a dead node is noticed" bed_await 60 cluster_member_is 2 3 down
check "the others serve" answered_by 1 2 4
cluster_steer 4 node drain --wait=60 >/dev/null
check "a drained node gets nothing new" answered_by 1 2
bed_close
finish
