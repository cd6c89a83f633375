# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: test files that run together in one virtual machine with one of Debian's kernels.
#
# One test here is one file there; its own tests are shown when it fails. A test sources this file
# from the top of the tree and calls debian_tests.

. tests/netns/tap.sh

B=${B:-build}

# What keeps the kernel from being booted here; says why.
debian_lacking() { # RELEASE
	[[ $(id -u) -eq 0 ]] || { echo "needs root"; return 1; }
	[[ $(uname -m) == x86_64 ]] || { echo "only for x86_64"; return 1; }
	command -v qemu-system-x86_64 >/dev/null || { echo "no qemu: tools/install-packages kernel"; return 1; }
	STEER_KERNEL=$1 tools/run-in-kernel --find >/dev/null ||
		{ echo "apt knows no Debian kernel $1 here"; return 1; }
}

# The machine with all files; fails only if it does not get to the end, or says so wrongly.
debian_runs() { # RELEASE FILE...
	local status
	STEER_TEST_TIMEOUT_S=400 STEER_KERNEL_TIMEOUT_S=1700 STEER_KERNEL=$1 tools/run-in-kernel \
		tests/run "${@:2}" >"$work/output" 2>&1
	status=$?
	grep -qE '^[0-9]+ passed, [0-9]+ failed' "$work/output" || { tail -n 20 "$work/output"; return 1; }
	same "$(! grep -q '^failed: ' "$work/output"; echo $?)" $status
}

debian_passes() { # FILE
	grep -q "^ok .*$1: " "$work/output" || { echo "it ran no test"; return 1; }
	! grep -A 20 "^FAILED .*$1: " "$work/output"
}

debian_tests() { # RELEASE FILE...
	local release=$1 file why
	shift
	why=$(debian_lacking "$release") || skip_all "$why"
	work=$(mktemp -d "${TMPDIR:-/tmp}/steer-kernel-test.XXXXXX") || exit 1
	trap 'rm -rf "$work"' EXIT
	check "the machine runs them" debian_runs "$release" "$@"
	for file; do
		check "$file" debian_passes "$file"
	done
	finish
}
