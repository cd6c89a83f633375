#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Debian 12's stock kernel 6.1, in a virtual machine: the verifier takes the program, packets get what
# they get elsewhere, steerd works with the program in libxdp's dispatcher, and four nodes steer.
#
# Timeout: 1800 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/kernel/debian.sh

# The objects of all clangs, built here: there are no compilers to be waited for in there.
tests/prog/test_compilers.py --build >&2
debian_tests 6.1 tests/prog/test_verifier.py tests/prog/test_compilers.py tests/prog/test_forward.py \
	tests/prog/test_second.py \
	tests/load/test_xdp_loader.sh tests/kernel/smoke.sh \
	"$B"/unit/datapath/test_{xdp_attach,xdp_find,replace,tables}
