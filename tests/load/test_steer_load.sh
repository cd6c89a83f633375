#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The program loaded by "steer load", and what that refuses.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/load/loader.sh

why=$(loader_lacking bpftool) || skip_all "$why"

load_program() { # NUMBER
	bed_in "n$1" "$B/steer" --pin-dir "$BED_PINS/n$1" --object "$B/steer.bpf.o" load eth0
}

# The command fails with status 1 and a message that has all the words.
refuses() { # NS WORDS -- COMMAND...
	local ns=$1 words=() word output status
	shift
	while [[ $1 != -- ]]; do
		words+=("$1")
		shift
	done
	shift
	output=$(bed_in "$ns" "$B/steer" --pin-dir "$BED_PINS/other" "$@" 2>&1)
	status=$?
	echo "exit status $status: $output"
	((status == 1)) || return 1
	for word in "${words[@]}"; do
		[[ $output == *"$word"* ]] || { echo "does not say: $word"; return 1; }
	done
	[[ ! -e $BED_PINS/other ]] || { echo "left pins behind"; return 1; }
}

# A program of somebody else on the router's link; ours goes neither over it nor takes it away.
visitor_stays() {
	local before
	before=$(bed_in fabric ip -j -d link show n1 | jq '.[0].xdp.prog.id')
	[[ $before ]] || return 1
	refuses fabric n1 "another XDP program" -- --object "$B/steer.bpf.o" load n1 || return 1
	refuses fabric n1 -- unload n1 || return 1
	same "$before" "$(bed_in fabric ip -j -d link show n1 | jq '.[0].xdp.prog.id')"
}

is_generic() {
	bed_in client "$B/steer" --pin-dir "$BED_PINS/lo" --object "$B/steer.bpf.o" \
		--mode generic load lo || return 1
	same 2 "$(bed_in client ip -j -d link show lo | jq '.[0].xdp.mode')" || return 1
	bed_in client "$B/steer" --pin-dir "$BED_PINS/lo" unload lo || return 1
	same null "$(bed_in client ip -j -d link show lo | jq '.[0].xdp.mode')"
}

# With and without a dispatcher, the answer says what is there; a dispatcher is another program.
answers() { # DISPATCHER
	local answer note name
	answer=$(bed_in client "$B/steer" --pin-dir "$BED_PINS/eth0" --object "$B/steer.bpf.o" -j \
		--dispatcher "$1" load eth0) || return 1
	name=$(bed_in client ip -j -d link show eth0 | jq -r '.[0].xdp.prog.name')
	bed_in client "$B/steer" --pin-dir "$BED_PINS/eth0" unload eth0 || return 1
	note=$(jq -r '.note // empty' <<<"$answer")
	echo "runs $name, note: $note"
	case $1,$name in
	auto,steer) [[ $note == *"attached alone"*"dispatcher"* ]] ;;
	auto,xdp_dispatcher | off,steer) [[ ! $note ]] ;;
	*) return 1 ;;
	esac
}

loader_up
check "alone, where there is no dispatcher, and says so" answers auto
check "alone, when asked for" answers off
check "no such interface" refuses client nosuch0 -- --object "$B/steer.bpf.o" load nosuch0
check "no native XDP: generic is offered, not chosen" \
	refuses client "lo" "--mode generic" -- --object "$B/steer.bpf.o" load lo
check "generic when asked for" is_generic
check "unload where nothing is" refuses client eth0 -- unload eth0
check "a program of others stays" visitor_stays
loader_tests
finish
