#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is done to steerd must not be felt by traffic: reloads, bad configurations, its end and its
# death; and what is done around it is noticed: a second one, a changed MAC, garbage on its socket.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/demo/traffic.sh
. tests/netns/tap.sh

why=$(cluster_lacking wrk) || skip_all "$why"

CONNECTIONS=100

since=0
mark() {
	since=$(traffic_now_ns)
}

# Since the mark no connection broke, and every one of them has moved on.
undisturbed() {
	holds "$(traffic_report)" '.open == .connections and
		([.broken[] | select(.at_ns >= $since)] | length) == 0' --argjson since "$since"
}

generation() { # NUMBER
	cluster_steer "$1" -j status | jq .generation
}

hangup() { # NUMBER
	kill -HUP "${BED_PIDS[steerd$1]}"
}

counter_sum() { # NUMBER
	cluster_steer "$1" --pin-dir "$BED_PINS/n$1" -j stats | jq '[.verdicts[].packets] | add'
}

program_id() { # NUMBER
	cluster_steer "$1" -j status | jq .program.id
}

requests_without_error() { # NAME
	holds "$(traffic_wrk_result "$1")" '.errors == 0 and .requests > 0'
}

cluster_up 3
traffic_connect "$CONNECTIONS"
check "long-lived connections are open" bed_await 10 traffic_is_open

# --- reload ---
mark
traffic_wrk_start reload 4
before=$(generation 1)
for i in 1 2 3; do hangup "$i"; done
check "a reload raises the generation" bed_await 10 cluster_generation_is 1 $((before + 1))
sed -i 's/path: \/healthz,/path: \/healthz, host: www.example,/' "$BED_DIR/steer.yaml"
sed -i "/^services:/a\\  - { name: more, vip: $BED_VIP4, protocol: tcp, port: 443, pool: web }" \
	"$BED_DIR/steer.yaml"
for i in 1 2 3; do hangup "$i"; done
check "a service is added" bed_await 10 cluster_says 1 '.services | map(.name) | index("more")' service show
sed -i '/name: more/d' "$BED_DIR/steer.yaml"
for i in 1 2 3; do hangup "$i"; done
check "and removed" bed_await 10 cluster_says 1 '.services | map(.name) | index("more") | not' service show

cp "$BED_DIR/steer.yaml" "$BED_DIR/good.yaml"
before=$(generation 1)
sed -i 's/protocol: udp/protocoll: udp/' "$BED_DIR/steer.yaml"
hangup 1
check "a bad configuration is refused" bed_await 10 cluster_says 1 '.config.error != null' status
check "the log says where and what was meant" grep -q 'steer.yaml:[0-9]*:[0-9]*: .*did you mean "protocol"' \
	"$BED_DIR/steerd1.log"
check "the old one stays" cluster_generation_is 1 "$before"
check "status is degraded" bash -c '"$@" >/dev/null; (($? == 5))' - \
	"$B/steer" --socket "$BED_DIR/n1.sock" status
check "steer config check exits with 4" bash -c '"$@" 2>/dev/null; (($? == 4))' - \
	"$B/steer" config check "$BED_DIR/steer.yaml" --node n1
check "steerd would not start with it" bash -c '"$@" 2>/dev/null; (($? == 4))' - \
	"$B/steerd" --config "$BED_DIR/steer.yaml" --node n1
cp "$BED_DIR/good.yaml" "$BED_DIR/steer.yaml"
hangup 1
check "the good one is taken again" bed_await 10 cluster_says 1 '.config.error == null' status
traffic_wrk_wait reload
check "no request failed during reloads" requests_without_error reload
check "no connection broke during reloads" undisturbed

# --- all nodes become unhealthy, at slightly different times ---
mark
# A VIP that no node has makes the pool unhealthy everywhere: it fails open.
sed -i '/^services:/a\  - { name: nowhere, vip: 198.51.100.8, protocol: tcp, port: 443, pool: web }' \
	"$BED_DIR/steer.yaml"
for i in 1 2 3; do hangup "$i"; done
check "a VIP that no node has is noticed" bed_await 10 cluster_says 1 '.pools[0].panic' pool show
sed -i '/name: nowhere/d' "$BED_DIR/steer.yaml"
for i in 1 2 3; do hangup "$i"; done
check "and all is well without it" bed_await 10 cluster_is_steering
check "no connection broke" undisturbed

# --- a second daemon, garbage on the socket ---
second() {
	bed_in n1 "$B/steerd" --config "$BED_DIR/steer.yaml" --node n1 --pin-dir "$BED_PINS/n1" \
		--socket "$BED_DIR/other.sock" --state-dir "$BED_DIR/n1" --object "$B/steer.bpf.o"
}
refused() {
	local output
	output=$(second 2>&1) && return 1
	grep -q "another steerd uses the maps in $BED_PINS/n1" <<<"$output" || { echo "$output"; return 1; }
}
check "a second steerd on the same pins is refused" refused
check "garbage on the control socket is answered" tests/tools/control_garbage.py "$BED_DIR/n1.sock"
check "and disturbs nobody" cluster_is_steering

# --- end and death ---
id=$(program_id 2)
mark
traffic_wrk_start death 6
bed_stop steerd2 TERM
check "steerd ends with status 0" test $? -eq 0
count=$(counter_sum 2)
moves_on() { (($(counter_sum 2) > count)); }
check "without it the program goes on" bed_await 10 moves_on
check "no command without a daemon: exit 3" bash -c '"$@" 2>/dev/null; (($? == 3))' - \
	"$B/steer" --socket "$BED_DIR/n2.sock" status
check "its peers do not miss it" cluster_says 1 '.nodes.live == 3' status
cluster_steerd 2
check "a new one takes over" bed_await 10 cluster_is_steering
check "the same program" test "$(program_id 2)" = "$id"
bed_stop steerd2 KILL
cluster_steerd 2
check "also after kill -9" bed_await 10 cluster_is_steering
check "still the same program" test "$(program_id 2)" = "$id"
check "status says adopted" cluster_says 2 '.program.adopted' status
traffic_wrk_wait death
check "no request failed meanwhile" requests_without_error death
check "no connection broke meanwhile" undisturbed

# --- drained stays drained ---
check "a node is drained" cluster_steer 3 node drain
bed_stop steerd3 TERM
cluster_steerd 3
check "and knows it after a restart" bed_await 10 cluster_says 3 '.admin == "draining"' status
check "as do the others" cluster_member_is 1 3 draining
check "until it is activated" cluster_steer 3 node activate
check "then all serve" bed_await 10 cluster_is_steering
check "no connection broke by that" undisturbed

# --- a MAC changes ---
# As a driver or an operator would have it: the neighbours are told.
bed_in n3 sysctl -qw net.ipv4.conf.eth0.arp_notify=1 net.ipv6.conf.eth0.ndisc_notify=1
new_mac=02:00:00:00:0a:03
bed_in n3 ip link set eth0 down
bed_in n3 ip link set eth0 address $new_mac
bed_in n3 ip link set eth0 up
bed_in n3 ip route replace default via 192.0.2.1
bed_in n3 ip -6 route replace default via 2001:db8:f::1
check "a changed MAC is followed" bed_await 15 cluster_says 1 \
	".nodes[] | select(.name == \"n3\") | .mac == \"$new_mac\"" node show
check "and steered to" bed_await 15 cluster_is_steering
check "connections go on" bed_await 40 traffic_is_open

# --- a weight changes, and nothing else ---
hangup_all() {
	local i
	for i in 1 2 3; do
		hangup "$i"
	done
}
rows_of_n1() { # FILTER
	cluster_says 1 ".pools[0].members[] | select(.node == \"n1\") | .rows | $1" pool show
}
cluster_config | sed 's/members: \[n1,/members: [{ node: n1, weight: 50 },/' >"$BED_DIR/steer.yaml"
hangup_all
check "half the weight takes rows" bed_await 10 rows_of_n1 '. < 15000'
cluster_config >"$BED_DIR/steer.yaml"
hangup_all
check "the old weight gives them back" bed_await 10 rows_of_n1 '. > 20000'
check "to all" bed_await 10 cluster_is_steering

# --- somebody takes a table away ---
# Of a pool whose configuration is the same, so that there is no other reason to make it.
table_is_there() {
	bpftool map lookup pinned "$BED_PINS"/n1/v*/steer_tables key 0 0 0 0 >/dev/null
}
bpftool map delete pinned "$BED_PINS"/n1/v*/steer_tables key 0 0 0 0
check "a table is gone" bash -c '! "$@"' - bpftool map lookup pinned "$BED_PINS"/n1/v*/steer_tables key 0 0 0 0
hangup 1
check "a reload makes it again" bed_await 10 table_is_there
check "and all goes on" bed_await 10 cluster_is_steering

# --- somebody takes the program away ---
bed_in n3 ip link set dev eth0 xdp off
check "a detached program is noticed" bed_await 10 cluster_says 3 '.program.attached | not' status
finish
