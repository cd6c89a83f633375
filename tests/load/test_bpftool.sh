#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The program loaded and attached by bpftool.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/load/loader.sh

why=$(loader_lacking bpftool) || skip_all "$why"

# The pin is for bpftool to attach from; the attachment holds the program after that.
load_program() { # NUMBER
	local pin=$BED_PINS/program$1 status
	bpftool prog load "$B/steer.bpf.o" "$pin" || return 1
	bed_in "n$1" bpftool net attach xdpdrv pinned "$pin" dev eth0
	status=$?
	rm -f "$pin"
	return "$status"
}

loader_up
loader_tests
finish
