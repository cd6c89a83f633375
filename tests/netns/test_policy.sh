#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Too few members, members that flap, members that return: panic, damping, slow start.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

# All nodes take over a configuration with these holds and keys of the pool.
configure() { # HOLD KEY...
	CLUSTER_HOLD=$1
	shift
	cluster_config | sed "/^    members:/r /dev/fd/3" 3< <((($#)) && printf '    %s\n' "$@") \
		>"$BED_DIR/steer.yaml"
	cluster_reload 30
}

# A member of pool web as a node sees it, as JSON.
member() { # OBSERVER NUMBER
	cluster_steer "$1" -j pool show | jq -c ".pools[0].members[] | select(.node == \"n$2\")"
}

member_is() { # OBSERVER NUMBER FILTER
	holds "$(member "$1" "$2")" "$3"
}

# As all nodes but itself see it.
others_see() { # NUMBER FILTER
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		((i == $1)) || member_is "$i" "$1" "$2" || return 1
	done
}

all_panic() { # true|false
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		cluster_says "$i" ".pools[0].panic == $1" pool show || return 1
	done
}

stop_nginx() { # NUMBER...
	local i
	for i; do bed_stop "nginx$i"; done
}

start_nginx() { # NUMBER...
	local i
	for i; do cluster_nginx "$i"; done
}

# Which nodes have answered so many requests, each a connection of its own: "n1 98 n2 102 ...".
answers() { # REQUESTS
	bed_in client curl -s -m 20 -H 'Connection: close' "http://$BED_VIP4/[1-$1]" | sort | uniq -c |
		awk '{ printf "%s %s ", $2, $1 }'
}

answers_of() { # NUMBER REQUESTS
	answers "$2" | tr ' ' '\n' | grep -A 1 -x "n$1" | tail -n 1 | grep . || echo 0
}

dropped() {
	local i sum=0
	for ((i = 1; i <= BED_NODES; i++)); do
		sum=$((sum + $("$B/steer" --pin-dir "$BED_PINS/n$i" -j stats |
			jq '.verdicts[] | select(.verdict == "drop_no_owner").packets')))
	done
	echo "$sum"
}

request() {
	bed_in client curl -s -f -m 2 "http://$BED_VIP4/"
}

no_request_fails() { # REQUESTS
	local i failed=0
	for ((i = 0; i < $1; i++)); do
		request >/dev/null || failed=$((failed + 1))
	done
	same 0 "$failed"
}

all_open() {
	holds "$(traffic_report)" ".open == 100"
}

# Failures are counted here: a busy machine shall add none of its own.
CLUSTER_INTERVAL=50ms
cluster_up 4
traffic_connect 100
check "all long-lived connections are open" bed_await 10 all_open
since=$(traffic_now_ns)

# --- min-healthy, all: two of four are too few, so all four are used ---
check "min-healthy of three, fail open" configure 2s 'min-healthy: 3'
check "no panic yet" all_panic false
stop_nginx 1
check "one member is unhealthy" bed_await 10 others_see 1 '.state == "unhealthy"'
check "three are enough" all_panic false
stop_nginx 2
check "two are too few" bed_await 10 all_panic true
check "a member that is unhealthy, but lives, is used" others_see 1 '.state == "serving" and .share == 1'
check "status says so" bash -c '"$@" | grep -q "fewer than 3 members serve, all live ones are used"' - \
	"$B/steer" --socket "$BED_DIR/n3.sock" status
start_nginx 1
check "with the third the panic ends" bed_await 20 all_panic false
check "and the fourth is used no more" others_see 2 '.state == "unhealthy"'
start_nginx 2
check "until it is well, too" bed_await 20 cluster_is_steering

# --- min-healthy, drop ---
check "min-healthy of three quarters, drop" configure 0s 'min-healthy: 75%' 'on-panic: drop'
check "requests are answered" no_request_fails 20
stop_nginx 1 2
check "two are too few" bed_await 10 all_panic true
check "a healthy member is ready, and not used" others_see 3 '.state == "ready" and .share == 0'
dropped_before=$(dropped)
check "no request is answered" bash -c '! "$@"' - nsenter --net="$(bed_netns client)" -- \
	curl -s -f -m 2 "http://$BED_VIP4/"
check "its packets are counted as dropped for want of an owner" test "$(dropped)" -gt "$dropped_before"
start_nginx 1 2
check "enough members, and all serve" bed_await 20 cluster_is_steering
check "requests are answered again" no_request_fails 20
check "drop does break connections, which are opened anew" bed_await 20 all_open
since=$(traffic_now_ns)

# --- a node that flaps: held down from the second time on, for longer each time ---
check "damping of 5 s" configure 5s
held_log() {
	grep -o "node n3: liveness down .* held down for [0-9.]* s after [0-9]* failures" "$BED_DIR/steerd1.log" |
		sed 's/ liveness.*; it is/ it is/' | tail -n 1
}
flap() {
	bed_cut 3 >/dev/null
	bed_await 5 others_see 3 '.state == "down"' || return 1
	bed_mend 3
}
bed_hops 1 2 4
check "a node goes down" flap
check "and returns" bed_await 10 others_see 3 '.state == "serving"'
check "without having been held down" same "" "$(held_log)"
check "it goes down again" flap
check "and returns, but is held down" bed_await 10 member_is 1 3 '.state == "ready" and .held_s <= 5'
check "for 5 s" same "node n3: it is held down for 5.0 s after 2 failures" "$(held_log)"
check "then it serves" bed_await 20 others_see 3 '.state == "serving"'
check "it goes down a third time" flap
check "and is held down by all" bed_await 10 others_see 3 '.state == "ready" and .held_s <= 10'
check "for 10 s" same "node n3: it is held down for 10.0 s after 3 failures" "$(held_log)"
check "status says so" bash -c '"$@" | grep -q "node n3 keeps failing, and is held down"' - \
	"$B/steer" --socket "$BED_DIR/n1.sock" status
requests=$(answers_of 3 100)
still=$(member 1 3)
check "meanwhile it gets nothing" same "0 ready" "$requests $(jq -r .state <<<"$still")"
check "the node itself was cut off, and holds nobody down" \
	bash -c '"$@" | jq -e "all(.pools[0].members[]; .held_s == null)"' - \
	"$B/steer" --socket "$BED_DIR/n3.sock" -j pool show
check "then it serves again" bed_await 20 others_see 3 '.state == "serving"'
bed_hops 1 2 3 4

stop_nginx 4
check "a service goes down" bed_await 10 others_see 4 '.state == "unhealthy"'
start_nginx 4
check "and returns" bed_await 10 others_see 4 '.state == "serving"'
check "without having been held down" bash -c '! grep -q "node n4: held down" "$1"' - "$BED_DIR/steerd4.log"
stop_nginx 4
check "it goes down again" bed_await 10 others_see 4 '.state == "unhealthy"'
start_nginx 4
check "its node holds it down" bed_await 10 member_is 4 4 '.state == "unhealthy" and .held_s > 0'
check "so that all others do" bed_await 4 others_see 4 '.state == "unhealthy"'
check "then it serves again" bed_await 20 cluster_is_steering

# --- slow start ---
check "slow start of 30 s" configure 0s 'slow-start: 30s'
since=$(traffic_now_ns)
check "who is there has its whole share" others_see 2 '.share == 1'
stop_nginx 2
check "a service goes down" bed_await 10 others_see 2 '.state == "unhealthy"'
start_nginx 2
check "and returns with a small share" bed_await 10 others_see 2 '.state == "serving" and .share < 0.2'
first=$(answers_of 2 400)
check "explain shows why others own its flows" bash -c \
	'for p in {2000..2040}; do "$@" explain tcp 203.0.113.2:$p 198.51.100.1:80; done |
		grep -q "n2 (serving, share [0-9]*%)"' - nsenter --net="$(bed_netns n1)" -- \
	"$B/steer" --pin-dir "$BED_PINS/n1" --socket "$BED_DIR/n1.sock"
check "which grows" bed_await 30 others_see 2 '.share >= 0.4'
bed_stop steerd1
cluster_steerd 1
check "and goes on to, under a new daemon" bed_await 10 member_is 1 2 '.share >= 0.4 and .share < 1'
second=$(answers_of 2 400)
check "up to its whole" bed_await 40 others_see 2 '.share == 1'
third=$(answers_of 2 400)
echo "# of 400 requests, n2 answered $first at first, $second in between, $third at last"
check "its part of the requests is small at first" test "$first" -le 45
check "is larger later" test "$second" -ge $((first + 10))
check "and fair at last" test "$third" -ge 70 -a "$third" -ge $((first + 30))
check "no long-lived connection has suffered" traffic_none_broken "$since"
finish
