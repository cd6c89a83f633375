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
	local i urls=() answers
	for ((i = 0; i < REQUESTS; i += 2)); do
		urls+=("http://$BED_VIP4/" "http://[$BED_VIP6]/")
	done
	answers=$(bed_in client curl -s -g --max-time 20 -H 'Connection: close' \
		-w '%{onerror}none\n' "${urls[@]}" | sort | uniq -c)
	echo "$answers"
	(($(wc -l <<<"$answers") >= ($# > 2 ? 2 : 1))) && ! grep -qvE " n($(tr ' ' '|' <<<"$*"))$" <<<"$answers"
}

# In a dispatcher, or alone, which Linux 6.1 does not force, and the log says why.
says_how_attached() {
	cluster_says 1 .program.dispatcher status && return
	[[ $(uname -r) != 6.1.* ]] || { echo "not in a dispatcher"; return 1; }
	grep "attached alone.*libxdp's dispatcher does not work here" "$BED_DIR/steerd1.log"
}

cluster_up 4
check "the log says if there is no dispatcher" says_how_attached
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
