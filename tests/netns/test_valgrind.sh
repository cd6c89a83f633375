#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The whole life of a steerd under valgrind: it reads nothing that was not written, keeps all that it
# has allocated in sight, and leaves no file open.
#
# n1 of three nodes. It is slower by a factor of 30 or so, so nodes have time: what is late here says
# nothing. What valgrind does not know about the kernel is in valgrind.supp. Checks by a command need
# pidfd_open(), which valgrind has since 3.20.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

why=$(cluster_lacking && bed_lacking valgrind) || skip_all "$why"
[[ -e $B/test/pidfds.so ]] || skip_all "no $B/test/pidfds.so: make tools"

DB_PORT=7001
ERRORS=99 # the exit status that says so
PATIENCE=60

export CLUSTER_INTERVAL=200ms
export CLUSTER_CHECK="interval: 1s, fast-interval: 500ms, timeout: 1s, rise: 1, fall: 1"

cluster_more_pools() {
	cat <<-EOF
	  - name: db
	    mode: active-passive
	    preempt: false
	    members: [n1, n2]
	    health: { type: tcp, address: 127.0.0.1, port: $DB_PORT, $CLUSTER_CHECK }
	  - name: app
	    members: all
	    health: { type: exec, command: [ $BED_DIR/app, $BED_DIR ], $CLUSTER_CHECK }
	EOF
}

cluster_more_services() {
	echo "  - { name: db4, vip: \"$BED_VIP4\", protocol: tcp, port: $DB_PORT, pool: db }"
	echo "  - { name: app4, vip: \"$BED_VIP4\", protocol: tcp, port: 7002, pool: app }"
	echo "  - { name: dns4, vip: \"$BED_VIP4\", protocol: udp, port: 53, pool: web, flow-table: { entries: 1024 } }"
}

cluster_more_servers() { # NUMBER
	bed_start "db$1" "n$1" "$B/test/echo" "n$1" "$BED_VIP4" $DB_PORT 127.0.0.1 $DB_PORT
}

VALGRIND=(valgrind --quiet --error-exitcode="$ERRORS" --leak-check=full --num-callers=30
	--errors-for-leak-kinds=definite --show-leak-kinds=definite --track-origins=yes
	--track-fds=yes --fair-sched=try --child-silent-after-fork=yes
	--suppressions=tests/netns/valgrind.supp)

# The command that checks app, and who opens files for its processes.
starts_app() {
	ln -s "$PWD/tests/tools/check_as_told.sh" "$BED_DIR/app"
	bed_start pidfds n1 tests/tools/pidfds.py "$BED_DIR/pidfds"
	bed_await 5 test -S "$BED_DIR/pidfds"
}

cluster_steerd() { # NUMBER
	local under=()
	if (($1 == 1)); then
		starts_app
		under=(env STEER_PIDFDS="$BED_DIR/pidfds" LD_PRELOAD="$(realpath "$B/test/pidfds.so")"
			"${VALGRIND[@]}" --log-file="$BED_DIR/valgrind.log")
	fi
	mkdir -p "$BED_PINS/n$1" "$BED_DIR/n$1"
	bed_start "steerd$1" "n$1" "${under[@]}" "$B/steerd" --config "$BED_DIR/steer.yaml" \
		--node "n$1" --pin-dir "$BED_PINS/n$1" --socket "$BED_DIR/n$1.sock" \
		--state-dir "$BED_DIR/n$1" --object "$B/steer.bpf.o"
}

# What n1 says, within a while.
soon() { # FILTER ARGUMENT...
	bed_await $PATIENCE cluster_says 1 "$@"
}

hangup() {
	kill -HUP "${BED_PIDS[steerd1]}"
}

active() { # NODE
	soon ".pools[] | select(.name == \"db\") | .active.node == \"$1\"" pool show
}

member() { # POOL NODE STATE
	soon ".pools[] | select(.name == \"$1\") | .members[] | select(.node == \"$2\") |
		.state == \"$3\"" pool show
}

# --- a life ---

follows() {
	bed_start follower n1 "$B/steer" --socket "$BED_DIR/n1.sock" -j events -f
}

peers_come_and_go() {
	bed_cut 3 >/dev/null
	check "a peer dies" member web n3 down
	bed_mend 3
	check "a peer returns" member web n3 serving
	cluster_steer 2 node drain >/dev/null
	check "a peer drains" member web n2 draining
	cluster_steer 2 node activate >/dev/null
	check "a peer serves again" member web n2 serving
}

reload() { # NAME FILTER ARGUMENT...
	local name=$1
	shift
	hangup
	check "$name" soon "$@"
}

reloads() {
	cp "$BED_DIR/steer.yaml" "$BED_DIR/good.yaml"
	sed -i "/^services:/a\\  - { name: more, vip: $BED_VIP4, protocol: tcp, port: 443, pool: web }" \
		"$BED_DIR/steer.yaml"
	sed -i 's/members: \[n1, n2\]/members: [n2, n1]/' "$BED_DIR/steer.yaml"
	reload "a service is added" '.services | map(.name) | index("more")' service show
	sed -i 's/protocol: udp/protocoll: udp/; s/type: http/type: htpp/' "$BED_DIR/steer.yaml"
	reload "what is no configuration is refused" '.config.error != null' status
	echo '{ [' >"$BED_DIR/steer.yaml"
	reload "neither is what is no YAML one" '.config.error | test("steer.yaml:")' status
	sed 's/, interface: eth0/, interface: eth9/' "$BED_DIR/good.yaml" >"$BED_DIR/steer.yaml"
	reload "nor one that is not for this node" '.config.error | test("restart steerd")' status
	cp "$BED_DIR/good.yaml" "$BED_DIR/steer.yaml"
	reload "a service is removed" '.services | map(.name) | index("more") | not' service show
}

is_operated() {
	check "it is drained" cluster_steer 1 node drain --wait=$PATIENCE
	check "it knows it" soon '.admin == "draining"' status
	check "it is activated" cluster_steer 1 node activate --wait=$PATIENCE
	check "the standby is ready" soon '.pools[] | select(.name == "db") | .members |
		all(.ready_s)' pool show
	cluster_steer 1 pool handover db n2 --wait=$PATIENCE >/dev/null
	check "a pool is handed over" active n2
	cluster_steer 1 pool handover db n1 --wait=$PATIENCE >/dev/null
	check "and back" active n1
	cluster_steer 1 pool handover web n1 2>/dev/null # refused
}

# Its services fail and are well again; the active one of db changes by that.
is_unwell() {
	bed_stop db1
	check "its service dies: another one takes over" active n2
	cluster_more_servers 1
	check "its service is back" soon '.pools[] | select(.name == "db") | .members |
		all(.ready_s)' pool show
	bed_stop nginx1
	check "a check over HTTP fails" member web n1 unhealthy
	cluster_nginx 1
	check "and is well again" member web n1 serving
	echo 'echo "it is ill"; exit 1' >"$BED_DIR/app-n1"
	check "a check by a command fails" member app n1 unhealthy
	rm "$BED_DIR/app-n1"
	check "and is well again" member app n1 serving
	echo 'exec sleep 60' >"$BED_DIR/app-n1"
	check "a command takes too long" member app n1 unhealthy
	rm "$BED_DIR/app-n1"
	check "and is quick again" member app n1 serving
}

on_n1() { # ARGUMENT...
	timeout 20 nsenter --net="$(bed_netns n1)" "$B/steer" --socket "$BED_DIR/n1.sock" \
		--pin-dir "$BED_PINS/n1" "$@"
}

is_traced() {
	bed_in client curl -s --max-time 1 "http://$BED_VIP4/" >/dev/null
	[[ -s $BED_DIR/tracer.log ]]
}

tells() {
	check "it explains" on_n1 explain tcp "$BED_CLIENT4:40000" "$BED_VIP4:80"
	bed_start tracer n1 "$B/steer" --socket "$BED_DIR/n1.sock" --pin-dir "$BED_PINS/n1" \
		trace --reason all -c 1
	check "it is traced" bed_await $PATIENCE is_traced
	bed_stop tracer
	for what in status node pool service events stats; do
		on_n1 -j $what >/dev/null
	done
	tests/tools/control_garbage.py "$BED_DIR/n1.sock"
	check "and it still answers" soon '.node == "n1"' status
}

# --- what valgrind says ---

# Only what it was given by its parent may be open in the end.
left_open() { # LOG
	awk '/Open (file descriptor|AF_)/ { what = $0; next }
		what && /inherited from parent/ { what = ""; next }
		what { print what; print }
		{ what = "" }' "$1"
}

nothing_is_open() { # LOG
	grep -q "FILE DESCRIPTORS: " "$1" || { echo "valgrind says nothing"; return 1; }
	same "" "$(left_open "$1")"
}

no_errors() { # EXPECTED STATUS LOG
	same "$1" "$2" && return
	cat "$3"
	return 1
}

# One that cannot start cleans up, too.
cannot_start() { # NAME STATUS CONFIGURATION
	local log="$BED_DIR/valgrind-refused.log" ended
	bed_in n1 "${VALGRIND[@]}" --log-file="$log" "$B/steerd" --config "$3" --node n1 \
		--pin-dir "$BED_PINS/n1" --socket "$BED_DIR/other.sock" \
		--state-dir "$BED_DIR/n1" --object "$B/steer.bpf.o" 2>"$BED_DIR/refused.log"
	ended=$?
	check "$1: no error, and no leak" no_errors "$2" $ended "$log"
	check "$1: no file is left open" nothing_is_open "$log"
}

cluster_up 3
follows
peers_come_and_go
reloads
is_operated
is_unwell
tells
echo 'nodes: [' >"$BED_DIR/wrong.yaml"
cannot_start "without a configuration" 4 "$BED_DIR/wrong.yaml"
cannot_start "beside another one" 1 "$BED_DIR/steer.yaml"
bed_stop steerd1 TERM
ended=$?
check "a whole life: no error, and no leak" no_errors 0 $ended "$BED_DIR/valgrind.log"
check "a whole life: no file is left open" nothing_is_open "$BED_DIR/valgrind.log"
bed_stop follower
finish
