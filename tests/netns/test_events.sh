#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What changes is told: with cause, scope and how long it took to notice; to who asks, to who follows,
# to the file and to journald.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking) || skip_all "$why"

# The number of the newest event a node has.
newest() { # NUMBER
	cluster_steer "$1" -j events -n 0 | jq .next
}

# Does a filter hold for the list of events behind a number?
told() { # NUMBER SINCE FILTER
	holds "$(cluster_steer "$1" -j events -n 1000)" \
		"[.events[] | select(.sequence > $2)] | $3"
}

awaits() { # SECONDS NUMBER SINCE FILTER
	bed_await "$1" told "$2" "$3" "$4" || told "$2" "$3" "$4"
}

hangup() { # NUMBER
	kill -HUP "${BED_PIDS[steerd$1]}"
}

status_is() { # NUMBER EXIT
	local status
	cluster_steer "$1" status
	status=$?
	same "$2" $status
}

degraded_has() { # NUMBER TEXT
	cluster_says "$1" ".degraded | map(select(contains(\"$2\"))) | length > 0" status
}

# --- followers ---

declare -A followers=()

follow() { # NAME NUMBER ARGUMENT...
	local name=$1 number=$2
	shift 2
	"$B/steer" --socket "$BED_DIR/n$number.sock" events -f "$@" >"$BED_DIR/$name.jsonl" \
		2>"$BED_DIR/$name.err" &
	followers[$name]=$!
}

unfollow() { # NAME
	kill "${followers[$1]}" 2>/dev/null
	kill -CONT "${followers[$1]}" 2>/dev/null
	wait "${followers[$1]}" 2>/dev/null
	unset "followers[$1]"
}

followed() { # NAME FILTER
	holds "$(jq -s . "$BED_DIR/$1.jsonl")" "$2"
}

cluster_up 4
for i in 1 2 3 4; do
	check "n$i tells of its beginning" told "$i" 0 "
		any(.[]; .kind == \"daemon\" and .node == \"n$i\" and .new == \"running\") and
		any(.[]; .kind == \"program\" and .new == \"attached\" and (.cause | contains(\"eth0\"))) and
		any(.[]; .kind == \"config\" and .new == \"generation 1\")"
done
follow all 1 -j -n 0
follow systemic 1 -j -n 0 --scope systemic

# --- a node dies ---
since=(0)
for i in 1 2 3 4; do since[i]=$(newest "$i"); done
bed_cut 3 >/dev/null
for i in 1 2 4; do
	check "n$i tells of a dead node, and how long detection took" awaits 5 "$i" "${since[i]}" '
		any(.[]; .kind == "liveness" and .node == "n3" and .old == "up" and .new == "down" and
			.alarm and .scope == "node" and (.cause | contains("3 probes")) and
			.detection_ms > 20 and .detection_ms < 1000)'
	check "n$i tells what follows from it" awaits 5 "$i" "${since[i]}" '
		any(.[]; .kind == "member" and .pool == "web" and .node == "n3" and .new == "down" and
			(.alarm | not) and .detection_ms > 20)'
done
check "a follower has it within a second" bed_await 1 followed all \
	'any(.[]; .kind == "liveness" and .node == "n3" and .new == "down")'
bed_mend 3
check "its return is told" awaits 10 1 "${since[1]}" '
	any(.[]; .kind == "liveness" and .node == "n3" and .old == "down" and .new == "up") and
	any(.[]; .kind == "member" and .node == "n3" and .new == "serving")'
bed_await 10 cluster_is_steering

# --- an operator ---
for i in 1 2; do since[i]=$(newest "$i"); done
cluster_steer 2 node drain >/dev/null
check "a drain is told, and who asked" awaits 5 2 "${since[2]}" '
	any(.[]; .kind == "admin" and .node == "n2" and .old == "active" and .new == "draining" and
		(.cause | startswith("asked by uid 0, pid ")) and .scope == "node" and (.alarm | not))'
check "peers tell of it, too" awaits 5 1 "${since[1]}" '
	any(.[]; .kind == "admin" and .node == "n2" and .new == "draining") and
	any(.[]; .kind == "member" and .node == "n2" and .old == "serving" and .new == "draining")'
cluster_steer 2 node activate >/dev/null
check "so is its end" awaits 5 1 "${since[1]}" \
	'any(.[]; .kind == "admin" and .node == "n2" and .old == "draining" and .new == "active")'

# --- a service ---
for i in 1 4; do since[i]=$(newest "$i"); done
bed_stop nginx4
check "a service that is gone is an alarm of scope service" awaits 10 4 "${since[4]}" '
	any(.[]; .kind == "health" and .pool == "web" and .node == "n4" and .new == "unhealthy" and
		.alarm and .scope == "service" and (.cause | contains(":80/healthz")))'
check "for its peers, too" awaits 5 1 "${since[1]}" '
	any(.[]; .kind == "member" and .node == "n4" and .new == "unhealthy" and .alarm and
		.scope == "service")'
check "who asks by name gets what has that name" bash -c '"$@" | jq -e "
	(.events | length > 0) and all(.events[]; .node == \"n4\" and .pool == \"web\")"' - \
	"$B/steer" --socket "$BED_DIR/n1.sock" -j events --node n4 --pool web
cluster_nginx 4
bed_await 10 cluster_is_steering

# --- reloads ---
since[1]=$(newest 1)
hangup 1
check "a reload is told" awaits 10 1 "${since[1]}" \
	'any(.[]; .kind == "config" and .old == "generation 1" and .new == "generation 2")'
cp "$BED_DIR/steer.yaml" "$BED_DIR/good.yaml"
sed -i 's/protocol: udp/protocoll: udp/' "$BED_DIR/steer.yaml"
hangup 1
check "a refused one is an alarm" awaits 10 1 "${since[1]}" '
	any(.[]; .kind == "config" and .old == "generation 2" and .new == "refused" and .alarm and
		(.cause | contains("/steer.yaml:")))'
cp "$BED_DIR/good.yaml" "$BED_DIR/steer.yaml"
hangup 1
bed_await 10 cluster_says 1 '.generation == 3' status

# --- the cluster disagrees ---
since[2]=$(newest 2)
sed -i '0,/name: n4, id: 4,/s//name: n4, id: 4, weight: 50,/' "$BED_DIR/steer.yaml"
hangup 1
check "another table is seen at once" bed_await 5 cluster_says 2 \
	'.nodes[] | select(.name == "n1") | .config == "differs"' node show
check "and is a fault when it lasts" bed_await 10 degraded_has 2 "node n1: other tables than ours for"
check "with exit status 5" status_is 2 5
check "the node that differs from all is told of once" awaits 5 1 "${since[1]}" '
	[.[] | select(.kind == "tables" and .new == "differ")] | length == 1 and
	.[0].scope == "systemic" and .[0].node == "n1" and (.[0].cause | startswith("3 of 3"))'
check "by the others by its name" awaits 5 2 "${since[2]}" '
	[.[] | select(.kind == "tables" and .new == "differ")] | length == 1 and
	.[0].scope == "node" and .[0].node == "n1" and .[0].alarm'
for i in 2 3 4; do hangup "$i"; done
check "until all have it" bed_await 10 status_is 2 0
check "which is told" awaits 5 2 "${since[2]}" \
	'any(.[]; .kind == "tables" and .node == "n1" and .old == "differ" and .new == "same")'
since[1]=$(newest 1)
for i in 1 2 3 4; do hangup "$i"; done
bed_await 10 cluster_says 4 '.generation == 3' status
check "a reload of all is no disagreement" told 1 "${since[1]}" 'all(.[]; .kind != "tables")'

# --- cut off ---
bed_await 10 cluster_is_steering
for i in 1 2; do since[i]=$(newest "$i"); done
bed_cut 1 >/dev/null
check "being cut off is a systemic alarm" awaits 5 1 "${since[1]}" '
	any(.[]; .kind == "isolation" and .old == "connected" and .new == "isolated" and .alarm and
		.scope == "systemic" and .detection_ms > 20 and (.cause | startswith("3 of 3")))'
check "for the others it is the death of a node" awaits 5 2 "${since[2]}" \
	'any(.[]; .kind == "liveness" and .node == "n1" and .new == "down" and .scope == "node")'
bed_mend 1
check "its end is told" awaits 15 1 "${since[1]}" \
	'any(.[]; .kind == "isolation" and .old == "isolated" and .new == "connected")'
bed_await 10 cluster_is_steering
check "once, and nothing of the peers" told 1 "${since[1]}" '
	([.[] | select(.alarm)] | length == 1) and all(.[]; .kind == "isolation")'
check "who follows one scope gets that alone" bed_await 2 followed systemic '
	([.[] | select(.kind == "isolation")] | length == 2) and all(.[]; .scope == "systemic")'

# --- restarts ---
count=$(cluster_steer 1 -j events -n 1000 | jq '.events | length')
bed_stop steerd1 TERM
printf '{"sequence":1000000,"time_us":1,"ki' >>"$BED_DIR/n1/events.jsonl"
cluster_steerd 1
bed_await 10 cluster_is_steering
check "events survive a restart" told 1 0 \
	"length > $count and any(.[]; .kind == \"daemon\" and .old == \"running\" and .new == \"stopped\")"
check "the end before was a good one" told 1 0 \
	'[.[] | select(.kind == "daemon")] | last | .old == "stopped" and (.alarm | not)'
check "numbers go on without a gap, behind a torn line" told 1 0 \
	'[.[].sequence] | . == [range(1; length + 1)]'
bed_stop steerd1 KILL
cluster_steerd 1
bed_await 10 cluster_is_steering
check "a death is told by the next one" told 1 0 \
	'[.[] | select(.kind == "daemon")] | last | .old == "died" and .alarm'
same_as_told() {
	same "$(cluster_steer 1 -j events -n 1000 | jq -c '[.events[].sequence]')" \
		"$(jq -sc "[range(1; $first)] + [.[].sequence]" "$BED_DIR/all.jsonl")"
}
first=$(jq -s '.[0].sequence' "$BED_DIR/all.jsonl")
check "a follower has missed nothing all along" bed_await 5 same_as_told
check "and says when the daemon was away" grep -q "the daemon is away; waiting" "$BED_DIR/all.err"
unfollow all
unfollow systemic

# --- bad company ---
for ((n = 1; n <= 24; n++)); do
	follow "slow$n" 2 -j
done
enough_followers() {
	local n
	for ((n = 1; n <= 24; n++)); do [[ -s $BED_DIR/slow$n.jsonl ]] || return 1; done
}
check "more may follow than may wait" bed_await 10 enough_followers
kill -STOP "${followers[@]}"
since[1]=$(newest 1)
cpu_of() { # NUMBER
	awk '{ print $14 + $15 }' "/proc/${BED_PIDS[steerd$1]}/stat"
}
memory_of() { # NUMBER
	awk '/^VmRSS/ { print $2 }' "/proc/${BED_PIDS[steerd$1]}/status"
}
before=$(memory_of 2)
for ((n = 0; n < 20; n++)); do
	cluster_steer 2 node drain >/dev/null
	cluster_steer 2 node activate >/dev/null
done
check "stopped followers hold nobody up" cluster_says 2 '.nodes.live == 4' status
check "and cost no memory" test $(($(memory_of 2) - before)) -lt 4096
check "and no liveness" told 1 "${since[1]}" 'all(.[]; .kind != "liveness")'
for ((n = 1; n <= 24; n++)); do unfollow "slow$n"; done

# --- the disk is full ---
full_disk() { # NUMBER: its daemon, with a state directory of one page
	bed_start "steerd$1" "n$1" unshare -m bash -c "mount -t tmpfs -o size=4k tmpfs '$BED_DIR/n$1' &&
		exec '$B/steerd' --config '$BED_DIR/steer.yaml' --node 'n$1' --pin-dir '$BED_PINS/n$1' \
		--socket '$BED_DIR/n$1.sock' --state-dir '$BED_DIR/n$1' --object '$B/steer.bpf.o'"
}
bed_stop steerd3
full_disk 3
bed_await 10 cluster_is_steering
flood() { # NUMBER: 40 events
	local n
	for ((n = 0; n < 10; n++)); do
		hangup "$1"
		bed_await 5 cluster_says "$1" ".generation >= $((n + 2))" status
	done
	told "$1" 0 '[.[] | select(.kind == "config")] | length == 11'
}
check "a full disk keeps no event from being told" flood 3
complaints() {
	same 1 "$(grep -c 'events cannot be stored: No space left on device' "$BED_DIR/steerd3.log")"
}
check "and is complained of once" complaints
in_state() { # NUMBER COMMAND...
	local number=$1
	shift
	nsenter -m -t "${BED_PIDS[steerd$number]}" -- "$@"
}
check "what is in the file is whole" in_state 3 jq -e . "$BED_DIR/n3/events.jsonl"
in_state 3 mount -o remount,size=64k "$BED_DIR/n3"
hangup 3
check "with room again, events are stored again" \
	bed_await 5 grep -q 'events are stored again' "$BED_DIR/steerd3.log"
bed_await 10 cluster_is_steering

# --- journald ---
# One of our own, in a mount namespace with the daemon: one line of JSON per entry.
journald_steerd() { # NUMBER
	bed_start "steerd$1" "n$1" unshare -m bash -c "mount -t tmpfs tmpfs /run &&
		mkdir -p /run/systemd/journal &&
		{ tests/tools/journald.py '$BED_DIR/journal.jsonl' & } &&
		until [[ -S /run/systemd/journal/socket ]]; do sleep 0.05; done
		export JOURNAL_STREAM=\$(stat -L -c %d:%i /proc/self/fd/2)
		exec '$B/steerd' --config '$BED_DIR/steer.yaml' --node 'n$1' --pin-dir '$BED_PINS/n$1' \
		--socket '$BED_DIR/n$1.sock' --state-dir '$BED_DIR/n$1' --object '$B/steer.bpf.o'"
}
in_journal() { # FILTER
	followed journal "$1"
}
bed_stop steerd4
journald_steerd 4
bed_await 10 cluster_is_steering
bed_cut 3 >/dev/null
check "the journal gets fields" bed_await 5 in_journal '
	any(.[]; .STEER_KIND == "liveness" and .STEER_NODE == "n3" and .STEER_OLD == "up" and
		.STEER_NEW == "down" and .STEER_SCOPE == "node" and .PRIORITY == "4" and
		(.STEER_DETECTION_MS | tonumber) > 20 and (.MESSAGE | startswith("node n3: ")) and
		.MESSAGE_ID == "7a2666f538a64706af0df3f019c51cb7" and
		.SYSLOG_IDENTIFIER == "steerd") and
	any(.[]; .STEER_KIND == "member" and .STEER_POOL == "web" and .STEER_NODE == "n3")'
check "in place of lines" bash -c '! grep -q "<4>node n3: liveness" "$1"' - "$BED_DIR/steerd4.log"
bed_mend 3
check "it returns" bed_await 10 cluster_is_steering
finish
