#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Debian's stock kernel 6.1, in a virtual machine: the verifier takes the program, packets get what they
# get elsewhere, steerd works with the program in libxdp's dispatcher, and four nodes steer.
#
# One test here is one file there; its own tests are shown when it fails.
#
# Timeout: 900 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/tap.sh

B=${B:-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/steer-kernel-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

[[ $(id -u) -eq 0 ]] || skip_all "needs root"
[[ $(uname -m) == x86_64 ]] || skip_all "only for x86_64"
command -v qemu-system-x86_64 >/dev/null || skip_all "no qemu: tools/install-packages kernel"

files=(tests/prog/test_verifier.py tests/prog/test_compilers.py tests/prog/test_forward.py tests/prog/test_second.py
	tests/load/test_xdp_loader.sh tests/kernel/smoke.sh
	"$B/unit/datapath/test_replace" "$B/unit/datapath/test_attachment" "$B/unit/datapath/test_tables")

runs() { # the machine, with all files; fails only if it does not get to the end, or says so wrongly
	local status
	STEER_TEST_TIMEOUT_S=400 STEER_KERNEL_TIMEOUT_S=900 tools/run-in-kernel \
		tests/run "${files[@]}" >"$work/output" 2>&1
	status=$?
	grep -qE '^[0-9]+ passed, [0-9]+ failed' "$work/output" || { tail -n 20 "$work/output"; return 1; }
	same "$(! grep -q '^failed: ' "$work/output"; echo $?)" $status
}

passes() { # FILE
	grep -q "^ok .*$1: " "$work/output" || { echo "it ran no test"; return 1; }
	! grep -A 20 "^FAILED .*$1: " "$work/output"
}

check "every clang builds the program" tests/prog/test_compilers.py --build
check "the machine runs them" runs
for file in "${files[@]}"; do
	check "$file" passes "$file"
done
finish
