#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "steer node drain --wait" returns when all live peers act on it, and says who does not.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

# The state byte of n2 in pool web that a node's program goes by, read from its map.
serves_at() { # NUMBER
	local byte
	byte=$(bpftool -j map lookup pinned "$(echo "$BED_PINS/n$1"/v*/steer_states)" key 0 0 0 0 |
		jq -r '.value[2]')
	((byte & 1))
}

# Without awaiting anything: what holds the moment the command returns.
drained() { # NUMBER...
	local number
	"$B/steer" --socket "$BED_DIR/n2.sock" node drain --wait || return 1
	for number; do
		serves_at "$number" && { echo "n$number sends it new flows"; return 1; }
	done
	return 0
}

active() { # NUMBER...
	local number
	"$B/steer" --socket "$BED_DIR/n2.sock" node activate --wait=20 || return 1
	for number; do
		serves_at "$number" || { echo "n$number sends it no flows"; return 1; }
	done
}

refused() { # SECONDS TEXT
	local output
	output=$(cluster_steer 2 node drain --wait="$1" 2>&1 >/dev/null) && return 1
	grep -q -- "$2" <<<"$output" || { echo "$output"; return 1; }
}

command -v bpftool >/dev/null || skip_all "lacks bpftool"
cluster_up 4
check "the byte is that of a serving node" serves_at 1
for i in 1 2 3 4 5 6 7 8; do
	check "a drain that was waited for is in all maps, $i" drained 1 2 3 4
	check "so is an activation, $i" active 1 2 3 4
done
check "asked twice" active 1 2 3 4

bed_stop steerd3 KILL
check "a peer whose daemon is dead does not act on it" refused 0.5 "after 0.5 s: n3; does steerd run"
check "it is drained all the same" cluster_says 2 '.admin == "draining"' status
check "its activation is what that peer goes by" active 1 2 3 4
cluster_steerd 3
check "with a daemon it follows" drained 1 2 3 4
check "both ways" active 1 2 3 4

bed_cut 3 >/dev/null
check "a dead peer is seen" bed_await 5 cluster_member_is 2 3 down
check "and not waited for" drained 1 2 4
bed_mend 3
check "it learns of it when it is back" bed_await 10 cluster_member_is 3 2 draining
check "two nodes drained at the same time are waited for" bash -c '
	"$1" --socket "$2/n1.sock" node drain --wait & "$1" --socket "$2/n2.sock" node drain --wait && wait $!' \
	- "$B/steer" "$BED_DIR"
check "and activated" bash -c '
	"$1" --socket "$2/n1.sock" node activate --wait & "$1" --socket "$2/n2.sock" node activate --wait && wait $!' \
	- "$B/steer" "$BED_DIR"
check "all serve" cluster_is_steering
finish
