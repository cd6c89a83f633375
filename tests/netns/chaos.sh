# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: what goes wrong in test_chaos.sh, and what must be right after each of it.
#
# A fault is a function fault_NAME. It picks a node by chance, does its damage, looks at what must hold meanwhile,
# and takes the damage away; it fails with a message. chaos_is_well is the rest: sooner or later all
# nodes steer again, agree, and their maps say what they say.
#
# Beside pool web of cluster.sh there is pool moody, whose health endpoint does what its file says.

CHAOS_MOODY_PORT=8081
CHAOS_STATE_BYTES=512k

declare -A chaos_weight chaos_member

cluster_more_pools() {
	cat <<-EOF_POOLS
	  - name: moody
	    members: all
	    health: { type: http, port: $CHAOS_MOODY_PORT, path: /, interval: 300ms, fast-interval: 100ms,
	              timeout: 300ms, rise: 1, fall: 1 }
	EOF_POOLS
}

cluster_more_services() {
	echo "  - { name: moody4, vip: $BED_VIP4, protocol: tcp, port: $CHAOS_MOODY_PORT, pool: moody }"
}

cluster_more_servers() { # NUMBER
	bed_start "moody$1" "n$1" tests/tools/moody.py 0.0.0.0 $CHAOS_MOODY_PORT "$BED_DIR/mood$1"
}

# In place of cluster.sh's: with a shim that can refuse updates of maps, and with a small disk.
cluster_steerd() { # NUMBER
	mkdir -p "$BED_PINS/n$1" "$BED_DIR/n$1"
	mountpoint -q "$BED_DIR/n$1" || mount -t tmpfs -o size=$CHAOS_STATE_BYTES tmpfs "$BED_DIR/n$1"
	bed_start "steerd$1" "n$1" env STEER_REFUSE="$BED_DIR/refuse$1" LD_PRELOAD="$(realpath "$B/test/refuse.so")" \
		"$B/steerd" --config "$BED_DIR/steer.yaml" --node "n$1" --pin-dir "$BED_PINS/n$1" \
		--socket "$BED_DIR/n$1.sock" --state-dir "$BED_DIR/n$1" --object "$B/steer.bpf.o"
}

# Mounts, pins and all that is bound to them are this test's alone: a read-only bpffs would be everybody's.
chaos_own_mounts() { # COMMAND...
	[[ ${CHAOS_OWN_MOUNTS:-} ]] && { mount -t bpf bpf /sys/fs/bpf; return; }
	CHAOS_OWN_MOUNTS=1 exec unshare --mount --propagation private "$@"
}

# The trap of bed_close(), with the disks away before.
chaos_close() {
	local status=$?
	[[ $BED_OWNER -eq $BASHPID ]] || return $status
	umount -l "$BED_DIR"/n[0-9] 2>/dev/null
	(exit $status)
	bed_close
}

# --- chance ---

# Sets n: a node.
chaos_pick() {
	n=$((1 + RANDOM % BED_NODES))
}

# Sets pause: some milliseconds, at most so many.
chaos_pause() { # MILLISECONDS
	printf -v pause '%d.%03d' $((RANDOM % $1 / 1000)) $((RANDOM % $1 % 1000))
	sleep "$pause"
}

# --- the configuration, which changes ---

# Weights and members as they are now, for all nodes.
chaos_config() {
	local i members=
	for ((i = 1; i <= BED_NODES; i++)); do
		((chaos_member[$i])) && members+="${members:+, }n$i"
	done
	cluster_config | sed -e "/name: web$/,/members:/s/members: .*/members: [$members]/" >"$BED_DIR/steer.yaml.new"
	for ((i = 1; i <= BED_NODES; i++)); do
		sed -i "s/name: n$i, id: $i,/& weight: ${chaos_weight[$i]},/" "$BED_DIR/steer.yaml.new"
	done
	mv "$BED_DIR/steer.yaml.new" "$BED_DIR/steer.yaml"
}

chaos_other_weights() {
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		chaos_weight[$i]=$((80 + RANDOM % 40))
	done
	chaos_config
}

# Whoever has just been started might die of it.
chaos_takes_signals() { # NUMBER
	local mask
	mask=$(awk '/^Name:/ { name = $2 } /^SigBlk:/ && name == "steerd" { print $2 }' \
		"/proc/${BED_PIDS[steerd$1]}/status")
	((0x${mask:-0} & 1))
}

chaos_hangup() { # NUMBER...
	local number
	for number; do
		bed_alive "steerd$number" && bed_await 5 chaos_takes_signals "$number" && kill -HUP "${BED_PIDS[steerd$number]}"
	done
	return 0
}

chaos_reload() {
	# shellcheck disable=SC2046
	chaos_hangup $(seq "$BED_NODES")
}

chaos_restart() { # NUMBER [SIGNAL]
	bed_stop "steerd$1" "${2:-TERM}"
	cluster_steerd "$1"
}

# --- what must be right ---

# So many requests of both families to each node as the router's only hop.
chaos_answers() { # REQUESTS [NUMBER...]
	local hop i urls=() requests=$1 hops=("${@:2}")
	((${#hops[@]})) || mapfile -t hops < <(seq "$BED_NODES")
	for ((i = 0; i < requests; i++)); do
		urls+=("http://$BED_VIP4/" "http://[$BED_VIP6]/")
	done
	for hop in "${hops[@]}"; do
		bed_hops "$hop"
		for i in "${urls[@]}"; do
			bed_in client curl -sf --max-time 5 "$i" >/dev/null ||
				{ echo "no answer from $i through n$hop"; bed_hops "${hops[@]}"; return 1; }
		done
	done
	bed_hops "${hops[@]}"
}

chaos_status() { # NUMBER: exit status 0, no error, all with the same configuration and tables
	cluster_steer "$1" status >/dev/null &&
		cluster_says "$1" '.config.error == null and .degraded == []' status &&
		cluster_says "$1" 'all(.nodes[] | select(.self | not); .config == "same")' node show
}

chaos_all_status() {
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		chaos_status "$i" || return 1
	done
}

# Whose is this flow? One line per node.
chaos_owners() { # FAMILY PORT
	local i flow=("$BED_CLIENT4:$2" "$BED_VIP4:80")
	[[ $1 == 6 ]] && flow=("[$BED_CLIENT6]:$2" "[$BED_VIP6]:80")
	for ((i = 1; i <= BED_NODES; i++)); do
		bed_in "n$i" "$B/steer" --socket "$BED_DIR/n$i.sock" --pin-dir "$BED_PINS/n$i" -j explain --syn tcp \
			"${flow[@]}" | jq -c '[.row, .owner, [.ranks[].node]]'
	done
}

chaos_agree() {
	local port family owners
	for port in 20001 20002; do
		for family in 4 6; do
			owners=$(chaos_owners $family $port)
			[[ $(wc -l <<<"$owners") -eq $BED_NODES && $(sort -u <<<"$owners") != *$'\n'* && $owners != *null* ]] ||
				{ echo "owners of the flow from port $port: $owners"; return 1; }
		done
	done
}

# The maps say of every member what "steer pool show" says: serving, live, healthy.
chaos_bytes() {
	local i pins bytes
	for ((i = 1; i <= BED_NODES; i++)); do
		pins=$(compgen -G "$BED_PINS/n$i/v*") || { echo "n$i has no pins"; return 1; }
		for pool in 0 1; do
			bytes=$(bpftool -j map lookup pinned "$pins/steer_states" key $pool 0 0 0 |
				jq -c ".formatted.value.node[1:$((BED_NODES + 1))]")
			[[ $bytes == "[$(for ((j = 1; j < BED_NODES; j++)); do echo -n 7,; done)7]" ]] ||
				{ echo "n$i: pool in slot $pool: $bytes"; return 1; }
		done
	done
}

# What a node holds: programs and pins, one of each.
chaos_holds() {
	local i pins programs
	programs=$(bpftool -j prog show)
	for ((i = 1; i <= BED_NODES; i++)); do
		pins=$(compgen -G "$BED_PINS/n$i/v*/*" | wc -l)
		same "$CHAOS_PINS" "$pins" || return 1
		holds "$programs" '[.[] | select(.map_ids // [] | index($map))] | length == 1' --argjson map \
			"$(bpftool -j map show pinned "$(compgen -G "$BED_PINS/n$i/v*/steer_settings")" | jq .id)" || return 1
	done
}

# Descriptors of a daemon, by kind: sockets of clients and checks come and go.
chaos_descriptors() { # NUMBER PATTERN
	local fd n=0
	for fd in "/proc/${BED_PIDS[steerd$1]}/fd/"*; do
		[[ $(readlink "$fd") =~ $2 ]] && n=$((n + 1))
	done
	echo $n
}

chaos_rss_kib() { # NUMBER
	awk '/^VmRSS:/ { print $2 }' "/proc/${BED_PIDS[steerd$1]}/status"
}

chaos_is_well() {
	bed_await 30 cluster_is_steering || { echo "not all steer"; cluster_steer 1 status; return 1; }
	bed_await 30 chaos_all_status || { echo "status is degraded"; cluster_steer 1 status; return 1; }
	bed_await 10 chaos_bytes || chaos_bytes || return 1
	chaos_answers 2 && chaos_agree && chaos_holds
}

# --- faults ---

fault_flap() {
	local i
	chaos_pick
	for ((i = 0; i < 4; i++)); do
		bed_in fabric ip link set "n$n" down
		chaos_pause 150
		bed_in fabric ip link set "n$n" up
		chaos_pause 150
	done
}

# As a driver or an operator would have it: the neighbours are told.
chaos_set_mac() { # NUMBER MAC
	bed_in "n$1" sysctl -qw net.ipv4.conf.eth0.arp_notify=1 net.ipv6.conf.eth0.ndisc_notify=1 \
		net.ipv6.conf.eth0.keep_addr_on_down=1
	bed_in "n$1" ip link set eth0 down
	bed_in "n$1" ip link set eth0 address "$2"
	bed_in "n$1" ip link set eth0 up
	bed_in "n$1" ip route replace default via 192.0.2.1
	bed_in "n$1" ip -6 route replace default via 2001:db8:f::1
	# That the router learns of it, too, is not what is tried here, and takes up to half a minute.
	bed_in router ip neigh flush to "$(bed_node4 "$1")" dev fabric
	bed_in router ip -6 neigh flush to "$(bed_node6 "$1")" dev fabric
}

chaos_mac_is() { # NUMBER MAC
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		((i == $1)) || cluster_says "$i" ".nodes[] | select(.name == \"n$1\") | .mac == \"$2\"" node show || return 1
	done
}

fault_mac() {
	local other
	chaos_pick
	other=02:00:00:00:0b:$(printf '%02x' $((RANDOM % 256)))
	chaos_set_mac $n "$other"
	bed_await 20 chaos_mac_is $n "$other" || { echo "the MAC of n$n is not followed"; return 1; }
	bed_await 20 cluster_is_steering && chaos_answers 2 || return 1
	chaos_set_mac $n "$(bed_mac $n)"
	bed_await 20 chaos_mac_is $n "$(bed_mac $n)" || { echo "nor back"; return 1; }
}

fault_vanish() {
	local i others=()
	chaos_pick
	for ((i = 1; i <= BED_NODES; i++)); do
		((i == n)) || others+=("$i")
	done
	bed_cut $n >/dev/null
	for i in "${others[@]}"; do
		bed_await 10 cluster_member_is "$i" $n down || { echo "n$i does not miss n$n"; return 1; }
	done
	chaos_answers 2 "${others[@]}" || return 1
	bed_mend $n
}

fault_kill_in_reload() {
	local i
	for ((i = 0; i < 4; i++)); do
		chaos_pick
		chaos_other_weights
		chaos_reload
		chaos_pause 40
		chaos_restart $n KILL
	done
	# Who was started in the middle of it has read one file or the other.
	bed_await 20 cluster_is_steering || { echo "no steering after kills"; return 1; }
	chaos_reload
}

fault_full_disk() {
	chaos_pick
	dd if=/dev/zero of="$BED_DIR/n$n/full" bs=4k count=1000 2>/dev/null
	cluster_steer $n node drain >/dev/null 2>&1 && { echo "drained, though it cannot be kept"; return 1; }
	chaos_reload
	bed_await 10 cluster_is_steering && chaos_answers 1 || { echo "no steering with a full disk"; return 1; }
	chaos_restart $n
	bed_await 10 cluster_is_steering || { echo "no start with a full disk"; return 1; }
	rm "$BED_DIR/n$n/full"
	cluster_steer $n node drain >/dev/null || { echo "no drain with room on the disk"; return 1; }
	chaos_restart $n KILL
	bed_await 10 cluster_says $n '.admin == "draining"' status || { echo "the drain is forgotten"; return 1; }
	cluster_steer $n node activate >/dev/null
}

fault_read_only_bpffs() {
	chaos_pick
	mount -o remount,ro /sys/fs/bpf || { echo "cannot remount"; return 1; }
	chaos_restart $n "$( ((RANDOM % 2)) && echo KILL || echo TERM)"
	chaos_reload
	chaos_pause 1000
	chaos_answers 2 || { mount -o remount,rw /sys/fs/bpf; return 1; }
	mount -o remount,rw /sys/fs/bpf
	# It may have refused to start; what was attached has steered on.
	bed_alive "steerd$n" || cluster_steerd $n
}

fault_pins_removed() {
	chaos_pick
	rm -rf "$BED_PINS/n$n"/v*
	chaos_other_weights
	chaos_reload
	bed_await 10 cluster_is_steering && chaos_answers 2 || { echo "no steering without pins"; return 1; }
	chaos_restart $n "$( ((RANDOM % 2)) && echo KILL || echo TERM)"
}

# Has node n write into maps, while one after SKIP of the updates is refused.
chaos_refuse() { # SKIP COUNT ERRNO
	rm -f "$BED_DIR/refuse$n.done"
	echo "$*" >"$BED_DIR/refuse$n.new"
	mv "$BED_DIR/refuse$n.new" "$BED_DIR/refuse$n"
}

fault_map_refuses() {
	local i skip leaver errnos=(12 7) # ENOMEM E2BIG
	chaos_pick
	for ((i = 0; i < 4; i++)); do
		leaver=$((1 + RANDOM % BED_NODES))
		chaos_member[$leaver]=$((i % 2))
		skip=$((RANDOM % 12))
		chaos_refuse $skip 1 "${errnos[RANDOM % 2]}"
		chaos_other_weights
		chaos_reload
		bed_await 5 test -s "$BED_DIR/refuse$n.done" || { echo "the shim of n$n is not asked"; return 1; }
		bed_await 2 grep -q 1 "$BED_DIR/refuse$n.done" && refused=$((refused + 1))
		cluster_steer $n pool show >/dev/null || { echo "n$n: no answer after update $skip was refused"; return 1; }
		chaos_answers 1 || return 1
	done
	# Now in the start of a daemon, which may give up: the maps have what the one before has written.
	chaos_refuse $((RANDOM % 12)) 1 12
	chaos_restart $n
	bed_await 5 test -s "$BED_DIR/refuse$n.done"
	chaos_answers 2 || { echo "no answers while n$n starts"; return 1; }
	rm -f "$BED_DIR/refuse$n" "$BED_DIR/refuse$n.done"
	bed_alive "steerd$n" || cluster_steerd $n
	for ((i = 1; i <= BED_NODES; i++)); do
		chaos_member[$i]=1
	done
	chaos_config
	chaos_reload
}

fault_control_flood() {
	chaos_pick
	timeout 20 python3 tests/tools/flood.py "$BED_DIR/n$n.sock" "$RANDOM" || { echo "no answer after a flood"; return 1; }
	cluster_steer $n status >/dev/null || { echo "no answer after a flood"; return 1; }
}

chaos_moody_is() { # NUMBER STATE: as all see it
	local i
	for ((i = 1; i <= BED_NODES; i++)); do
		cluster_says "$i" ".pools[] | select(.name == \"moody\") | .members[] | select(.node == \"n$1\") |
			.state == \"$2\"" pool show || return 1
	done
}

fault_health() {
	local mood moods=(slow silent garbage huge closed)
	chaos_pick
	for mood in "${moods[RANDOM % 5]}" "${moods[RANDOM % 5]}"; do
		echo "$mood" >"$BED_DIR/mood$n"
		bed_await 10 chaos_moody_is $n unhealthy || { echo "n$n is $mood, which nobody minds"; return 1; }
		cluster_member_is 1 $n serving || { echo "pool web of n$n suffers"; return 1; }
		rm "$BED_DIR/mood$n"
		bed_await 10 chaos_moody_is $n serving || { echo "n$n is well again, which nobody sees"; return 1; }
	done
}
