#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The program loaded by iproute2.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/load/loader.sh

why=$(loader_lacking) || skip_all "$why"

load_program() { # NUMBER
	bed_in "n$1" ip link set dev eth0 xdp obj "$B/steer.bpf.o" sec xdp
}

loader_up
loader_tests
finish
