# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# DOC: the demo's clients: long-lived connections, and wrk on both address families.

# A message on every connection each 20 ms; 3 s without an answer count as broken.
traffic_connect() { # CONNECTIONS [PORT]
	bed_start longlived client "$B/test/longlived" "$BED_DIR/longlived.sock" "$1" 20 3000 \
		"$BED_VIP4" "${2:-7000}" "$BED_VIP6" "${2:-7000}"
}

traffic_report() {
	"$B/test/longlived" report "$BED_DIR/longlived.sock"
}

traffic_now_ns() {
	traffic_report | jq .now_ns
}

traffic_none_broken() { # SINCE_NS
	local broken
	broken=$(traffic_report | jq -c --argjson since "$1" '[.broken[] | select(.at_ns >= $since)]')
	[[ $broken == '[]' ]] || { echo "broken: $broken"; return 1; }
}

traffic_is_open() {
	[[ $(traffic_report | jq '.open == .connections') == true ]]
}

# Every connection is open and was answered just now, and none broke for a second. A connection that
# lost packets is silent until it retransmits, so this waits for what is not decided yet.
traffic_is_settled() { # JSON WITH .before_ns
	[[ $(traffic_report | jq --argjson since "$1" '.open == .connections and .silent_ms < 200 and
		.now_ns - ([.broken[].at_ns, $since.before_ns] | max) > 1e9') == true ]]
}

# One wrk per address family, one thread each.
traffic_wrk_start() { # NAME SECONDS
	local family url
	for family in 4 6; do
		url=http://$BED_VIP4/
		((family == 6)) && url=http://[$BED_VIP6]/
		bed_start "wrk-$1-$family" client wrk -t 1 -c 16 -d "$2s" -H 'Connection: close' \
			-s tests/tools/wrk.lua "$url"
	done
}

traffic_wrk_wait() { # NAME
	wait "${BED_PIDS[wrk-$1-4]}" "${BED_PIDS[wrk-$1-6]}"
	unset "BED_PIDS[wrk-$1-4]" "BED_PIDS[wrk-$1-6]"
}

# wrk ends early on SIGINT, and still says what it saw.
traffic_wrk_stop() { # NAME
	kill -INT "${BED_PIDS[wrk-$1-4]}" "${BED_PIDS[wrk-$1-6]}"
	traffic_wrk_wait "$1"
}

# Both families together.
traffic_wrk_result() { # NAME
	grep -h '^{' "$BED_DIR/wrk-$1-4.log" "$BED_DIR/wrk-$1-6.log" | jq -s '
		if length != 2 then error("wrk failed") else . end |
		{requests: (map(.requests) | add), errors: (map(.errors) | add),
		 seconds: (map(.seconds) | max), p99_us: (map(.p99_us) | max)}'
}

traffic_requests_of() { # NUMBER
	wc -l <"$BED_DIR/nginx$1/access.log"
}

# nginx writes its log in batches.
traffic_all_logged() { # REQUESTS
	local i sum=0
	for ((i = 1; i <= BED_NODES; i++)); do
		sum=$((sum + $(traffic_requests_of "$i")))
	done
	((sum >= $1))
}
