#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What "make install" brings for systemd: a unit that is well-formed and exposed little, a user, and
# commands that make a bpffs of root's usable for that user. tests/kernel/test_service.sh runs it.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/tap.sh

EXPOSURE_MAX=3.0

command -v systemd-analyze >/dev/null || skip_all "lacks systemd"
[[ $(id -u) -eq 0 ]] || skip_all "needs root"

work=$(mktemp -d "${TMPDIR:-/tmp}/steer-service.XXXXXX") || exit 1
trap 'umount "$work/bpf" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
unit=$work/lib/systemd/system/steerd.service

installs() {
	make -s install DESTDIR="$work" && [[ -s $unit && -s $work/usr/lib/sysusers.d/steer.conf &&
		-x $work/usr/sbin/steerd && -s $work/usr/lib/steer/steer.bpf.o ]]
}

well_formed() {
	local output
	output=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep -F steerd.service |
		grep -v "Command /usr/sbin/steerd is not executable")
	[[ -z $output ]] || { echo "$output"; return 1; }
}

exposed_little() {
	local exposure
	exposure=$(systemd-analyze security --offline=true --no-pager "$unit" |
		sed -n 's/.*Overall exposure level[^:]*: \([0-9.]*\) .*/\1/p')
	echo "exposure level: ${exposure:-none}"
	[[ $exposure ]] && awk -v is="$exposure" -v max=$EXPOSURE_MAX 'BEGIN { exit !(is <= max) }'
}

capabilities() { # SETTING
	sed -n "s/^$1=//p" "$unit" | tr ' ' '\n' | sort | paste -sd' '
}

few_capabilities() {
	local few="CAP_BPF CAP_NET_ADMIN CAP_NET_RAW CAP_PERFMON CAP_SYS_ADMIN"
	same "$few" "$(capabilities CapabilityBoundingSet)" && same "$few" "$(capabilities AmbientCapabilities)"
}

# In a root of its own: this machine gets no user.
makes_user() {
	mkdir -p "$work/etc"
	systemd-sysusers --root="$work" steer.conf || return 1
	grep -q '^steer:.*:/usr/sbin/nologin$' "$work/etc/passwd" && grep -q '^steer:' "$work/etc/group"
}

# The same commands, of a bpffs of our own and that user's number.
commands() { # ID
	sed -n 's/^ExecStartPre=+//p' "$unit" |
		sed "s|/sys/fs/bpf|$work/bpf|g; s/ steer:steer / $1:$1 /; s/ steer / $1 /"
}

prepares_pins() {
	local command id
	id=$(awk -F: '$1 == "steer" { print $3 }' "$work/etc/passwd")
	mkdir "$work/bpf"
	mount -t bpf -o mode=0700 bpf "$work/bpf" || return 1
	chmod 0711 "$work"
	# Twice, the second time over what a daemon of root's has left.
	for _ in 1 2; do
		while read -r command; do
			$command || { echo "failed: $command"; return 1; }
		done < <(commands "$id")
		mkdir -p "$work/bpf/steer/v0"
	done
	setpriv --reuid "$id" --regid "$id" --clear-groups --bounding-set=-all \
		mkdir "$work/bpf/steer/v0/x" "$work/bpf/xdp/x" || return 1
	same "1701 700 770" "$(stat -c %a "$work/bpf" "$work/bpf/steer" "$work/bpf/xdp" | paste -sd' ')"
}

check "make install brings it" installs
check "the unit is well-formed" well_formed
check "exposed to at most $EXPOSURE_MAX" exposed_little
check "with the capabilities that are documented" few_capabilities
check "there is a user for it" makes_user
check "its commands make a bpffs of root's usable for that user" prepares_pins
finish
