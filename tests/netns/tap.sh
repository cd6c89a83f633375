# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: TAP for tests in bash. "check NAME COMMAND..." is one test: the command succeeds or it does not.

_tap_number=0
_tap_failed=0

check() { # NAME COMMAND...
	local name=$1 output status
	shift
	output=$("$@" 2>&1)
	status=$?
	_tap_number=$((_tap_number + 1))
	if ((status == 0)); then
		echo "ok $_tap_number - $name"
	else
		echo "not ok $_tap_number - $name"
		printf '%s\n' "exit status $status of: $*" "$output" | sed 's/^/# /'
		_tap_failed=$((_tap_failed + 1))
	fi
}

skip() { # NAME WHY
	_tap_number=$((_tap_number + 1))
	echo "ok $_tap_number - $1 # SKIP $2"
}

skip_all() { # WHY
	echo "1..0 # SKIP $1"
	exit 0
}

# The end of a test file; with failures it shows what the cluster logged.
finish() {
	echo "1..$_tap_number"
	((_tap_failed == 0)) && exit 0
	declare -F cluster_logs >/dev/null && [[ ${BED_DIR:-} ]] && cluster_logs
	exit 1
}

# Equality, with both sides shown.
same() { # EXPECTED ACTUAL
	[[ $1 == "$2" ]] && return
	echo "expected: $1"
	echo "actual:   $2"
	return 1
}

# Does a jq filter hold for a JSON text? An empty text is no success, as it would be with jq -e alone.
holds() { # JSON FILTER [JQ OPTION...]
	local json=$1 filter=$2
	shift 2
	[[ $json ]] || { echo "no JSON to look at"; return 1; }
	jq -e "$@" "$filter" <<<"$json" >/dev/null && return
	echo "not so: $filter"
	jq -c . <<<"$json"
	return 1
}
