#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The program loaded by xdp-tools: in libxdp's dispatcher where the kernel allows that, else alone.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/load/loader.sh

why=$(loader_lacking xdp-loader) || skip_all "$why"

# Linux from 6.12 on refuses the dispatcher, and Debian's xdp-loader has to be told not to try.
load_program() { # NUMBER
	local output
	output=$(bed_in "n$1" xdp-loader load -m native eth0 "$B/steer.bpf.o" 2>&1) && return
	echo "$output"
	[[ $output == *"Invalid argument"* ]] &&
		LIBXDP_SKIP_DISPATCHER=1 bed_in "n$1" xdp-loader load -m native eth0 "$B/steer.bpf.o"
}

loader_up
loader_tests
finish
