# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: a cluster of two nodes whose program somebody else loads, before steerd comes.
#
# A test sources this file from the top of the tree, defines load_program (run once per node, in its
# namespace, with the node's number), and calls loader_up, then loader_tests. All of the client's
# packets reach n1; what n2 answers was steered.

. tests/netns/bed.sh
. tests/netns/cluster.sh
. tests/netns/tap.sh

# What a node's interface runs: "MODE ID", or nothing.
loader_runs() { # NUMBER
	bed_in "n$1" ip -j -d link show eth0 | jq -r '.[0].xdp // empty |
		"\({"1": "native", "2": "generic"}[.mode | tostring] // .mode) \(.prog.id)"'
}

loader_is_running() { # NUMBER
	[[ $(loader_runs "$1") == "native "* ]]
}

# The id of our program: in libxdp's dispatcher it is another than the interface's.
loader_program() { # NUMBER
	local id
	id=$(bed_in "n$1" xdp-loader status eth0 2>/dev/null | awk '$1 == "=>" && $3 == "steer" { print $4 }')
	[[ $id ]] || { id=$(loader_runs "$1"); id=${id#native }; }
	echo "$id"
}

loader_adopted() { # NUMBER ID: the program that was there, not one of its own
	holds "$(cluster_steer "$1" -j status)" ".program.adopted and .program.attached and
		.program.mode == \"native\" and .program.id == $2"
}

# Who answers 24 connections: names, each once. One process for all, as starting one takes long where
# the machine is emulated.
loader_answers() {
	local i urls=()
	for ((i = 0; i < 24; i++)); do
		urls+=("http://$BED_VIP4/")
	done
	bed_in client curl -s --max-time 5 -H 'Connection: close' -w '%{onerror}none\n' "${urls[@]}" |
		sort -u | tr '\n' ' '
}

# Without a program, or with one that is not configured: what n1 gets, n1 answers.
loader_passes() {
	same "n1 " "$(loader_answers)"
}

loader_steers() {
	same "n1 n2 " "$(loader_answers)"
}

loader_both_run() {
	loader_is_running 1 && loader_is_running 2
}

loader_pinned() { # NUMBER
	local schema
	schema=$("$B/steer" -j version | jq .map_schema)
	bpftool map show pinned "$BED_PINS/n$1/v$schema/steer_settings" >/dev/null
}

# A new daemon, after one that was killed, finds what that one left.
loader_readopted() { # ID
	bed_await 10 cluster_is_steering || { echo "no steering after a restart"; return 1; }
	loader_adopted 1 "$1"
}

loader_second_steerd_is_refused() {
	local output
	output=$(bed_in n1 timeout 10 "$B/steerd" --config "$BED_DIR/steer.yaml" --node n1 \
		--pin-dir "$BED_PINS/n1" --socket "$BED_DIR/second.sock" \
		--state-dir "$BED_DIR/second" --object "$B/steer.bpf.o" 2>&1)
	local status=$?
	echo "exit status $status: $output"
	((status != 0 && status != 124)) && [[ $output == *"$BED_PINS/n1"* ]]
}

# With the daemons gone, "steer unload" leaves neither program nor pins, and the interface works.
loader_unloads() {
	local i
	for i in 1 2; do
		loader_is_running "$i" || { echo "gone with the daemon"; return 1; }
		bed_in "n$i" "$B/steer" --pin-dir "$BED_PINS/n$i" unload eth0 || return 1
		same "" "$(loader_runs "$i")" || return 1
		[[ -z $(compgen -G "$BED_PINS/n$i/v*") ]] || { echo "pins are left"; return 1; }
	done
	loader_passes
}

loader_lacking() { # TOOL...
	cluster_lacking && bed_lacking "$@"
}

loader_up() {
	local i
	bed_open 2
	bed_hops 1
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$BED_DIR/key"
	chmod 0600 "$BED_DIR/key"
	cluster_config >"$BED_DIR/steer.yaml"
	for i in 1 2; do
		cluster_nginx "$i"
		cluster_echo "$i"
	done
}

# Load on both nodes, in their namespaces.
loader_load() {
	load_program 1 && load_program 2
}

loader_tests() {
	local id
	check "it loads" loader_load
	check "both run it natively" loader_both_run
	check "without a configuration all passes" loader_passes
	id=$(loader_program 1)
	cluster_steerd 1
	cluster_steerd 2
	check "steerd comes to steer" bed_await 10 cluster_is_steering
	check "steerd has adopted the program" loader_adopted 1 "${id:-0}"
	check "its maps are pinned" loader_pinned 1
	check "traffic is steered from one node to another" loader_steers
	check "a second steerd is refused" loader_second_steerd_is_refused
	bed_stop steerd1 KILL
	check "traffic flows on without the daemon" loader_steers
	cluster_steerd 1
	check "after a kill, a new steerd adopts it again" loader_readopted "${id:-0}"
	bed_stop steerd1
	bed_stop steerd2
	check "unload leaves nothing" loader_unloads
}
