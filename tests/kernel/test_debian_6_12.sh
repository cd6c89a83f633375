#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Debian 13's stock kernel 6.12, which Debian 12 has as a further one, in a virtual machine: it refuses
# libxdp's dispatcher, so all loaders attach the program alone, steerd says so, and four nodes steer.
#
# Timeout: 1800 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/kernel/debian.sh

debian_tests 6.12 tests/prog/test_verifier.py \
	tests/load/test_{steer_load,ip_link,bpftool,xdp_loader}.sh tests/kernel/smoke.sh \
	"$B"/unit/datapath/test_*
