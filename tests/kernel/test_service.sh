#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The service as systemd runs it, installed by "make install" in a virtual machine: its user, what
# it may do, its sandbox, and programs that root loads before or beside it in libxdp's dispatcher.
#
# The file calls itself: in the machine it starts systemd in a process namespace, then runs the tests
# in there.
#
# Timeout: 600 s

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/netns/tap.sh

B=${B:-build}
self=tests/kernel/test_service.sh
export SYSTEMD_IGNORE_CHROOT=1 # which the machine's files are in

configure() {
	mkdir -p /etc/steer
	(umask 077; od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >/etc/steer/cluster.key)
	chown steer /etc/steer/cluster.key
	install -m 0755 tests/tools/check_unprivileged.sh /etc/steer/check
	cat >/etc/steer/steer.yaml <<-EOT
	cluster: edge
	key-file: /etc/steer/cluster.key
	self: n1
	nodes:
	  - { name: n1, id: 1, address: 192.0.2.11, interface: st0 }
	  - { name: n2, id: 2, address: 192.0.2.12, interface: st0 }
	pools:
	  - name: web
	    members: [n1, n2]
	    health: { type: exec, command: [/etc/steer/check], interval: 5s, timeout: 4s }
	services:
	  - { name: web4, vip: 198.51.100.1, protocol: tcp, port: 80, pool: web }
	EOT
}

prepare_machine() {
	tar -C "$STEER_TEST_FILES" -c . | tar -C / -x --keep-directory-symlink && systemd-sysusers steer.conf 2>/dev/null || exit 1
	configure
	ip link add st0 type veth peer name st1
	ip link set st0 up
	ip link set st1 up
	ip address add 192.0.2.11/24 dev st0
	ip address add 198.51.100.1/32 dev lo
	chmod 0700 /sys/fs/bpf # as systemd mounts it at boot
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mknod /dev/full c 1 7
	mknod /dev/console c 5 1
	mkdir -p /dev/pts /dev/mqueue
	mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts
	ln -s pts/ptmx /dev/ptmx
	mount -t mqueue mqueue /dev/mqueue
	printf '%032d\n' 1 >/etc/machine-id
	# It would empty /tmp, and the tree may be in there.
	ln -s /dev/null /etc/systemd/system/systemd-tmpfiles-setup.service
	printf '[Unit]\nRequires=systemd-journald.service\n' >/etc/systemd/system/bare.target
}

start_systemd() {
	local systemd
	unshare --fork --pid --mount-proc env container=other /lib/systemd/systemd \
		--unit=bare.target --log-target=null --show-status=0 >/dev/null 2>&1 &
	for _ in $(seq 50); do
		systemd=$(pgrep -o -x systemd) && break
		sleep 0.1
	done
	exec nsenter -t "$systemd" -p -m -r -w "$PWD/$self"
}

await() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.2
	done
}

says() { # FILTER ARGUMENT...
	local filter=$1
	shift
	holds "$(steer -j "$@")" "$filter"
}

starts() {
	systemctl restart steerd && return
	journalctl -u steerd --no-pager -o cat | tail -n 5
	return 1
}

pid() {
	systemctl show -p MainPID --value steerd
}

runs_as_steer() {
	same "$(id -u steer) $(id -g steer)" "$(stat -c '%u %g' "/proc/$(pid)")"
}

holds_few() {
	local task
	for task in "/proc/$(pid)"/task/*/status; do
		same "000000c000003000 000000c000003000 0000000000000000 1 2" "$(awk '/^CapPrm|^CapEff|^CapAmb|^NoNewPrivs|^Seccomp:/ { print $2 }' \
			"$task" | paste -sd' ')" || return 1
	done
}

checks_pass() {
	await 20 says '.events | any(.kind == "health" and .new == "healthy")' events && return
	steer pool show
	return 1
}

program_id() {
	steer -j status | jq .program.id
}

adopted() { # ID
	await 20 says . status
	says ".program.adopted and .program.attached and .program.id == $1" status
}

# Its directory then is root's.
other_program() {
	xdp-loader load -m native -n xdp_pass st0 /usr/lib/*/bpf/xdp-dispatcher.o &&
		xdp-loader status st0 | grep -q '=>.*xdp_pass'
}

alone_and_says_why() {
	says '.program.dispatcher == false and .program.attached' status &&
		journalctl -u steerd --no-pager -o cat | grep "libxdp's dispatcher does not work here"
}

cannot_join() {
	! systemctl start steerd || return 1
	systemctl stop steerd
	journalctl --sync
	journalctl -u steerd --no-pager -o cat | grep -q 'as root, run "steer load" for st0'
}

in_group() { # GROUP[,GROUP]... ARGUMENT...
	local groups=$1
	shift
	setpriv --reuid 65534 --regid 65534 --groups "$groups" steer "$@"
}

# Programs beside it, which root loads.
run_dispatcher_tests() {
	local id
	check "root loads another program into a dispatcher" other_program
	check "it cannot join that: how to" cannot_join
	check "root can" steer load st0
	id=$(xdp-loader status st0 | awk '$1 == "=>" && $3 == "steer" { print $4 }')
	check "it starts" starts
	check "and has adopted that program, in root's dispatcher" adopted "$id"
	systemctl stop steerd
	check "root unloads both" bash -c 'steer unload st0 && xdp-loader unload st0 --all'
}

run_tests() {
	local id dispatcher=
	[[ $(uname -r) == 6.1.* ]] && dispatcher=yes # later kernels may refuse it
	await 30 systemctl is-active bare.target
	await 30 systemctl is-active systemd-journald
	check "it starts" starts
	check "as a user of its own" runs_as_steer
	check "with few capabilities in all threads, sandboxed" holds_few
	check "probes have real-time priority, memory is locked" says \
		'.liveness.realtime and .liveness.memory_locked' status
	if [[ $dispatcher ]]; then
		check "the program is in a dispatcher" says '.program.dispatcher and .program.attached' status
	else
		check "the program is alone, and the log says why" alone_and_says_why
	fi
	check "checks run as that user, without capabilities" checks_pass
	check "a member of the group steer may look" in_group steer node show
	check "others may not" bash -c '! "$@"' - setpriv --reuid 65534 --regid 65534 --clear-groups \
		steer node show
	check "root may check the configuration, though the key is not his" \
		steer config check /etc/steer/steer.yaml
	id=$(program_id)
	check "it restarts" starts
	check "the same program" adopted "$id"
	check "it reloads" systemctl reload steerd
	check "and counts that" await 20 says '.generation == 2 and .config.error == null' status
	systemctl stop steerd
	check "root unloads" steer unload st0
	check "nothing is left" bash -c '! compgen -G "/sys/fs/bpf/steer/*" && ! ip link show st0 | grep xdp'
	[[ $dispatcher ]] && run_dispatcher_tests
	check "root loads it without a dispatcher" ip link set dev st0 xdp obj "$B/steer.bpf.o" sec xdp
	id=$(ip -j -d link show st0 | jq '.[0].xdp.prog.id')
	check "it starts" starts
	check "and has adopted that program" adopted "$id"
	check "with few capabilities" holds_few
	finish
}

case ${STEER_TEST_SERVICE:-outside} in
outside)
	[[ $(id -u) -eq 0 ]] || skip_all "needs root"
	[[ $(uname -m) == x86_64 ]] || skip_all "only for x86_64"
	command -v qemu-system-x86_64 >/dev/null || skip_all "no qemu: tools/install-packages kernel"
	[[ -x /lib/systemd/systemd ]] || skip_all "no systemd"
	work=$(mktemp -d "${TMPDIR:-/var/tmp}/steer-service-test.XXXXXX") || exit 1
	trap 'rm -rf "$work"' EXIT
	make -s install DESTDIR="$work/files" >/dev/null || exit 1
	# The kernel that lets programs run beside ours, if apt knows it.
	STEER_KERNEL=6.1 tools/run-in-kernel --find >/dev/null && export STEER_KERNEL=6.1
	STEER_TEST_SERVICE=machine STEER_TEST_FILES=$work/files tools/run-in-kernel "$PWD/$self"
	;;
machine)
	prepare_machine
	export STEER_TEST_SERVICE=inside
	start_systemd
	;;
inside) run_tests ;;
esac
