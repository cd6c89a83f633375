# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: the kinds of death that are timed.

CHECK_MS=100
CHECK_FALL=2

# --- a link, or two ---

strike_link_down() { # NODE...
	bed_cut "$@"
}

mend_link_down() { # NODE...
	local node
	for node; do bed_mend "$node"; done
}

measure_link_down() {
	kills_measure link_down link_down down last_ns 1 10
}

# shellcheck disable=SC2034 # for cluster_config
measure_link_down_fast() {
	CLUSTER_INTERVAL=3ms
	reload
	await 10 "all nodes serve" cluster_is_steering
	kills_measure link_down_fast link_down down last_ns 1 3
	CLUSTER_INTERVAL=10ms
	reload
	await 10 "all nodes serve" cluster_is_steering
}

measure_two_nodes() {
	kills_measure two_nodes link_down down last_ns 2 10
}

# --- the kernel: nobody answers probes any more, nor for its address ---

strike_kernel_silent() { # NODE
	bed_in "n$1" "$B/test/strike" silence eth0 &&
		bed_in "n$1" ip address flush dev eth0 scope global
}

# As after a reboot: addresses, then a daemon that attaches the program.
mend_kernel_silent() { # NODE
	bed_stop "steerd$1"
	bed_node_address "$1"
	cluster_steerd "$1"
}

measure_kernel_silent() {
	kills_measure kernel_silent kernel_silent down last_ns 1 10
}

# --- the service: what was begun may stay, what begins may not come ---

nginx_worker() { # NODE
	pgrep -P "${BED_PIDS[nginx$1]}"
}

strike_service_killed() { # NODE
	bed_kill "nginx$1" "$(nginx_worker "$1")"
}

mend_service_killed() { # NODE
	cluster_nginx "$1"
}

strike_service_hung() { # NODE
	"$B/test/strike" signal STOP "${BED_PIDS[nginx$1]}" "$(nginx_worker "$1")"
}

mend_service_hung() { # NODE
	kill -CONT "${BED_PIDS[nginx$1]}" "$(nginx_worker "$1")"
}

check_json() {
	jq -n --argjson ms $CHECK_MS --argjson fall $CHECK_FALL \
		'{check: {interval_ms: $ms, timeout_ms: $ms, fall: $fall}}'
}

measure_service_killed() {
	kills_measure service_killed service_killed unhealthy last_syn_ns 1 10 "$(check_json)"
}

measure_service_hung() {
	kills_measure service_hung service_hung unhealthy last_syn_ns 1 10 "$(check_json)"
}
